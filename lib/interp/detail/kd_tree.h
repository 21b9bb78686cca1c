// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "betwixt/interp/codes.h"
#include "betwixt/interp/detail/squared_distance.h"

namespace betwixt::detail {

/// Exact searches over codes: a balanced tree of bounding boxes (Bentley 1975; boxes as in Friedman, Bentley and
/// Finkel 1977) with 32 or, in many dimensions, 64 codes
/// a leaf. Where boxes stop helping, in many dimensions, a search becomes a blocked scan.
/// Memory is linear in the numbers. Keeps a pointer to the codes, which must stay where they are.
///
/// Written here rather than taken from a library because a spanning tree needs to skip whole boxes by a rule of its
/// own, and because ties at the rim of a search must go to the lowest index.
class KdTree {
 public:
  static constexpr int kLargestLeaf = 64;

  /// Codes with `active` indices (all when empty). At most 2^31 - 1 of them.
  explicit KdTree(const Codes& codes, std::vector<std::int32_t> active = {});

  const Codes& codes() const { return *codes_; }
  /// Indices in the order of the leaves: neighbours in this list are neighbours in space.
  std::span<const std::int32_t> order() const { return order_; }
  std::int64_t nodes() const { return static_cast<std::int64_t>(nodes_.size()); }

  /// Visits every code that may matter, near boxes first. A visitor has
  ///   double bound() const          squared distance beyond which nothing matters; may shrink during the search
  ///   bool skip(int32 node) const   true to leave out a whole node
  ///   void offer(int32 index, double squared)   called for squared distances <= bound()
  template <class Visitor>
  void search(std::span<const float> query, Visitor& visitor) const {
    if (!nodes_.empty()) descend(0, box_distance(0, query, visitor.bound()), query, visitor);
  }

  /// Calls rule(node, left, right) for inner nodes and leaf(node, indices) for leaves, children before parents.
  template <class Leaf, class Inner>
  void bottom_up(Leaf&& leaf, Inner&& inner) const {
    for (std::int32_t node = static_cast<std::int32_t>(nodes_.size()) - 1; node >= 0; --node) {
      const Node& n = nodes_[static_cast<std::size_t>(node)];
      if (n.right == 0)
        leaf(node, leaf_indices(n));
      else
        inner(node, node + 1, n.right);
    }
  }

 private:
  struct Node {
    std::int32_t begin = 0;  ///< range in order_
    std::int32_t end = 0;
    std::int32_t right = 0;  ///< right child, 0 for a leaf; the left child follows its parent
    std::int32_t block = 0;  ///< of a leaf, in blocks_
  };

  void build(std::int32_t begin, std::int32_t end);
  void append_box(std::int32_t begin, std::int32_t end);
  int widest_axis(std::int32_t node) const;
  void append_block(Node& node);
  /// Squared distance to a node's box; once above `bound` any number above it.
  double box_distance(std::int32_t node, std::span<const float> query, double bound) const;
  /// Approximate squared distances to a leaf's codes, in single precision; false when all are above `rim`.
  bool block_distances(const Node& leaf, std::span<const float> query, float rim, float (&squared)[kLargestLeaf]) const;

  std::span<const std::int32_t> leaf_indices(const Node& n) const {
    return std::span(order_).subspan(static_cast<std::size_t>(n.begin), static_cast<std::size_t>(n.end - n.begin));
  }

  /// Widens a bound so that rounding in single precision cannot lose a code.
  float screen(double bound) const {
    return static_cast<float>(bound * (1 + (codes_->dimensions + 8) * 1.2e-7)) + std::numeric_limits<float>::min();
  }

  template <class Visitor>
  void visit_leaf(const Node& leaf, std::span<const float> query, Visitor& visitor) const {
    float approximate[kLargestLeaf];
    float rim = screen(visitor.bound());
    if (!block_distances(leaf, query, rim, approximate)) return;
    const std::span<const std::int32_t> indices = leaf_indices(leaf);
    for (std::size_t i = 0; i < indices.size(); ++i) {
      if (!(approximate[i] <= rim)) continue;
      const double squared = squared_distance(codes_->row(indices[i]), query);
      if (!(squared <= visitor.bound())) continue;
      visitor.offer(indices[i], squared);
      rim = screen(visitor.bound());
    }
  }

  template <class Visitor>
  void descend(std::int32_t node, double box, std::span<const float> query, Visitor& visitor) const {
    if (box > visitor.bound() || visitor.skip(node)) return;
    const Node& n = nodes_[static_cast<std::size_t>(node)];
    if (n.right == 0) return visit_leaf(n, query, visitor);
    const double left = box_distance(node + 1, query, visitor.bound());
    const double right = box_distance(n.right, query, visitor.bound());
    if (left <= right) {
      descend(node + 1, left, query, visitor);
      descend(n.right, right, query, visitor);
    } else {
      descend(n.right, right, query, visitor);
      descend(node + 1, left, query, visitor);
    }
  }

  const Codes* codes_;
  int leaf_;  ///< codes per leaf
  std::vector<std::int32_t> order_;
  std::vector<Node> nodes_;
  std::vector<float> boxes_;   ///< per node: low and high of every axis
  std::vector<float> blocks_;  ///< per leaf: [dimensions][leaf_]
};

/// Keeps the k nearest, ties to the lowest index, without the code `self` (-1: none).
class NearestVisitor {
 public:
  struct Found {
    double squared;
    std::int32_t index;
    friend bool operator<(const Found& a, const Found& b) {
      return a.squared < b.squared || (a.squared == b.squared && a.index < b.index);
    }
  };

  NearestVisitor(std::size_t k, std::int32_t self) : k_(k), self_(self) { heap_.reserve(k); }

  double bound() const { return heap_.size() < k_ ? std::numeric_limits<double>::infinity() : heap_.front().squared; }
  bool skip(std::int32_t) const { return k_ == 0; }
  void offer(std::int32_t index, double squared);

  void restart(std::int32_t self) {
    heap_.clear();
    self_ = self;
  }
  /// Ascending; the visitor must be restarted before it is used again.
  std::span<const Found> sorted();

 private:
  std::size_t k_;
  std::int32_t self_;
  std::vector<Found> heap_;
};

}  // namespace betwixt::detail
