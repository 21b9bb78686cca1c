// SPDX-License-Identifier: MIT
// Workload G: neighbour graphs of many codes and shortest paths in them. One JSON line per case.
//   betwixt_bench_graph SET COUNT K [--write FILE]
// SET is uniform2 (the unit square), manifold16 (3 intrinsic dimensions bent through 16) or gauss16. --write leaves the
// codes as raw little-endian floats, row by row, for graph_peer.py.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <numbers>
#include <string>

#ifndef _WIN32
#include <sys/resource.h>
#endif

#include "betwixt/core/philox.h"
#include "betwixt/core/thread_pool.h"
#include "betwixt/interp/neighbour_graph.h"
#include "betwixt/interp/shortest_path.h"

namespace {

using namespace betwixt;

double uniform(const RandomStream& stream, std::uint64_t i, std::uint32_t word) {
  return (philox({static_cast<std::uint32_t>(i), word, 0, 0}, stream.key())[0] + 0.5) / 4294967296.0;
}

double normal(const RandomStream& stream, std::uint64_t i, std::uint32_t word) {
  return std::sqrt(-2 * std::log(uniform(stream, i, 2 * word))) *
         std::cos(2 * std::numbers::pi * uniform(stream, i, 2 * word + 1));
}

Codes make_codes(const std::string& set, std::int64_t count) {
  const RandomStream stream(1234, "workload G");
  const RandomStream bend(1234, "workload G, bend");
  const int dimensions = set == "uniform2" ? 2 : 16;
  Codes codes(count, dimensions);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto n = static_cast<std::uint64_t>(i);
    for (int d = 0; d < dimensions; ++d) {
      const auto word = static_cast<std::uint32_t>(d);
      double value = set == "uniform2" ? uniform(stream, n, word) : normal(stream, n, word);
      if (set == "manifold16") {
        double angle = normal(bend, 100, word);
        for (std::uint32_t j = 0; j < 3; ++j) angle += 2 * normal(bend, j, word) * uniform(stream, n, j);
        value = std::sin(angle);
      }
      codes.row(i)[static_cast<std::size_t>(d)] = static_cast<float>(value);
    }
  }
  return codes;
}

/// CPU time of this process, which has one thread: other load on the machine hardly matters.
double milliseconds_since(std::clock_t begin) {
  return 1000.0 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

double peak_mib() {
#ifdef _WIN32
  return 0;
#else
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
#endif
}

double time_path(const NeighbourGraph& graph, PathSearch search, double* length) {
  const auto begin = std::clock();
  *length = shortest_path(graph, 0, graph.nodes() - 1, search).length;
  return milliseconds_since(begin);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: %s uniform2|manifold16|gauss16 COUNT K [--write FILE]\n", argv[0]);
    return 2;
  }
  const Codes codes = make_codes(argv[1], std::atoll(argv[2]));
  if (argc == 6 && std::strcmp(argv[4], "--write") == 0)
    std::ofstream(argv[5], std::ios::binary)
        .write(reinterpret_cast<const char*>(codes.values.data()),
               static_cast<std::streamsize>(codes.values.size() * sizeof(float)));
  ThreadPool pool(1);
  const auto begin = std::clock();
  const NeighbourGraph graph(
      codes, {.rule = GraphRule::kNearest, .k = std::atoi(argv[3]), .join_components = true, .pool = &pool});
  const double build = milliseconds_since(begin);
  double length = 0;
  const double dijkstra = time_path(graph, PathSearch::kDijkstra, &length);
  const double both_ends = time_path(graph, PathSearch::kBidirectional, &length);
  const double guided = time_path(graph, PathSearch::kAStar, &length);
  std::printf(
      "{\"set\": \"%s\", \"n\": %s, \"k\": %s, \"edges\": %lld, \"build_ms\": %.1f, \"dijkstra_ms\": %.2f, "
      "\"bidirectional_ms\": %.2f, \"astar_ms\": %.2f, \"length\": %.6f, \"peak_mib\": %.0f}\n",
      argv[1], argv[2], argv[3], static_cast<long long>(graph.edges()), build, dijkstra, both_ends, guided, length,
      peak_mib());
  return 0;
}
