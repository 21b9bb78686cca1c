#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The same as graph_bench.cpp with SciPy's cKDTree (or scikit-learn) and SciPy's Dijkstra, one thread; CPU time.

  graph_peer.py CODES.raw DIMENSIONS K [scipy|sklearn]

CODES.raw is what `betwixt_bench_graph ... --write CODES.raw` left. Prints one JSON line. The graph is not joined: where
it is in parts, "length" may be infinite. SciPy's Dijkstra always visits the whole graph.
"""
import json
import resource
import sys
import time

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree


def neighbours(points, k, how):
    if how == "sklearn":
        from sklearn.neighbors import NearestNeighbors
        return NearestNeighbors(n_neighbors=k + 1, n_jobs=1).fit(points).kneighbors(points)
    return cKDTree(points).query(points, k=k + 1, workers=1)


def main():
    path, dimensions, k = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    how = sys.argv[4] if len(sys.argv) > 4 else "scipy"
    points = np.fromfile(path, dtype="<f4").reshape(-1, dimensions)
    begin = time.process_time()
    distances, indices = neighbours(points, k, how)
    rows = np.repeat(np.arange(len(points)), k)
    graph = coo_matrix((distances[:, 1:].ravel(), (rows, indices[:, 1:].ravel())), shape=(len(points),) * 2).tocsr()
    graph = graph.maximum(graph.T)
    build = time.process_time() - begin
    begin = time.process_time()
    length = dijkstra(graph, directed=False, indices=0)[len(points) - 1]
    search = time.process_time() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"peer": how, "n": len(points), "k": k, "edges": graph.nnz // 2, "build_ms": round(build * 1e3, 1),
                      "dijkstra_ms": round(search * 1e3, 2), "length": float(length), "peak_mib": round(peak)}))


if __name__ == "__main__":
    main()
