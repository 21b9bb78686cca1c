// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace betwixt::detail {

/// Disjoint sets over 0 ... n-1 (Tarjan), by size with path halving.
class UnionFind {
 public:
  explicit UnionFind(std::int64_t count)
      : parent_(static_cast<std::size_t>(count)), size_(static_cast<std::size_t>(count), 1), sets_(count) {
    std::iota(parent_.begin(), parent_.end(), 0);
  }

  std::int32_t find(std::int32_t node) {
    while (parent_[at(node)] != node) node = parent_[at(node)] = parent_[at(parent_[at(node)])];
    return node;
  }

  /// Joins two sets; false when they were one already.
  bool join(std::int32_t a, std::int32_t b) {
    a = find(a);
    b = find(b);
    if (a == b) return false;
    if (size_[at(a)] < size_[at(b)]) std::swap(a, b);
    parent_[at(b)] = a;
    size_[at(a)] += size_[at(b)];
    --sets_;
    return true;
  }

  std::int64_t sets() const { return sets_; }

 private:
  static std::size_t at(std::int32_t node) { return static_cast<std::size_t>(node); }

  std::vector<std::int32_t> parent_;
  std::vector<std::int32_t> size_;
  std::int64_t sets_;
};

}  // namespace betwixt::detail
