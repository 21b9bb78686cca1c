// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "betwixt/interp/detail/kd_tree.h"
#include "betwixt/interp/detail/union_find.h"

namespace betwixt::detail {

struct TreeEdge {
  std::int32_t from = -1;
  std::int32_t to = -1;
  double squared = 0;
};

/// The edges of the Euclidean minimum spanning tree that join what `sets` holds apart; from single codes that is the
/// whole tree. Exact (Boruvka 1926, with nearest foreign codes from the tree); ties go to the lowest indices. `sets`
/// ends as one set. The tree must hold all codes.
std::vector<TreeEdge> joining_edges(const KdTree& tree, UnionFind& sets);

}  // namespace betwixt::detail
