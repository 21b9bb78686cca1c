// SPDX-License-Identifier: MIT
#include "betwixt/interp/detail/spanning_tree.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace betwixt::detail {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::int32_t kMixed = -1;

/// A strict order of all edges, which keeps Boruvka's rounds free of cycles when lengths tie.
bool shorter(const TreeEdge& a, const TreeEdge& b) {
  return std::make_tuple(a.squared, std::min(a.from, a.to), std::max(a.from, a.to)) <
         std::make_tuple(b.squared, std::min(b.from, b.to), std::max(b.from, b.to));
}

/// Finds the nearest code of another component within a radius.
struct ForeignVisitor {
  const std::vector<std::int32_t>& component;
  const std::vector<std::int32_t>& node_component;
  std::int32_t own;
  double radius;
  std::int32_t found = -1;

  double bound() const { return radius; }
  bool skip(std::int32_t node) const { return node_component[static_cast<std::size_t>(node)] == own; }
  void offer(std::int32_t index, double squared) {
    if (component[static_cast<std::size_t>(index)] == own) return;
    if (squared == radius && found >= 0 && found < index) return;
    radius = squared;
    found = index;
  }
};

class Boruvka {
 public:
  Boruvka(const KdTree& tree, UnionFind& sets)
      : tree_(tree),
        sets_(sets),
        component_(tree.order().size()),
        node_component_(static_cast<std::size_t>(tree.nodes())),
        nearest_(tree.order().size(), -1),
        lower_(tree.order().size(), 0.0),
        best_(tree.order().size()) {}

  std::vector<TreeEdge> run() {
    std::vector<TreeEdge> edges;
    while (sets_.sets() > 1) {
      label();
      offer_known();
      for (const std::int32_t code : tree_.order()) search(code);
      for (const TreeEdge& edge : best_)
        if (edge.from >= 0 && sets_.join(edge.from, edge.to)) edges.push_back(edge);
    }
    return edges;
  }

 private:
  static std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

  void label() {
    for (std::size_t i = 0; i < component_.size(); ++i) component_[i] = sets_.find(static_cast<std::int32_t>(i));
    std::fill(best_.begin(), best_.end(), TreeEdge{-1, -1, kInfinity});
    tree_.bottom_up(
        [&](std::int32_t node, std::span<const std::int32_t> codes) {
          std::int32_t label = component_[at(codes.front())];
          for (const std::int32_t code : codes)
            if (component_[at(code)] != label) label = kMixed;
          node_component_[at(node)] = label;
        },
        [&](std::int32_t node, std::int32_t left, std::int32_t right) {
          const bool same = node_component_[at(left)] == node_component_[at(right)];
          node_component_[at(node)] = same ? node_component_[at(left)] : kMixed;
        });
  }

  bool known(std::int32_t code) const {
    return nearest_[at(code)] >= 0 && component_[at(nearest_[at(code)])] != component_[at(code)];
  }

  void offer(std::int32_t code) {
    const TreeEdge edge{code, nearest_[at(code)], lower_[at(code)]};
    TreeEdge& best = best_[at(component_[at(code)])];
    if (shorter(edge, best)) best = edge;
  }

  /// A nearest foreign code stays the nearest as long as it is foreign: components only grow.
  void offer_known() {
    for (const std::int32_t code : tree_.order())
      if (known(code)) offer(code);
  }

  void search(std::int32_t code) {
    if (known(code)) return;
    const std::int32_t own = component_[at(code)];
    const double radius = best_[at(own)].squared;
    if (lower_[at(code)] > radius) return;
    ForeignVisitor visitor{component_, node_component_, own, radius};
    tree_.search(tree_.codes().row(code), visitor);
    nearest_[at(code)] = visitor.found;
    lower_[at(code)] = visitor.radius;
    if (visitor.found >= 0) offer(code);
  }

  const KdTree& tree_;
  UnionFind& sets_;
  std::vector<std::int32_t> component_;
  std::vector<std::int32_t> node_component_;
  std::vector<std::int32_t> nearest_;  ///< nearest foreign code when last searched, or -1
  std::vector<double> lower_;          ///< no foreign code is nearer than this
  std::vector<TreeEdge> best_;         ///< per component: its shortest way out
};

}  // namespace

std::vector<TreeEdge> joining_edges(const KdTree& tree, UnionFind& sets) { return Boruvka(tree, sets).run(); }

}  // namespace betwixt::detail
