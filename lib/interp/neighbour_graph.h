// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "betwixt/interp/codes.h"
#include "betwixt/interp/paths.h"

namespace betwixt {

class ThreadPool;

/// Which codes are linked. All graphs are undirected.
enum class GraphRule {
  kSmallestK,        ///< each code with its k nearest, k growing from `k` until all is connected
  kNearest,          ///< each code with its `k` nearest
  kMutual,           ///< codes that are among each other's `k` nearest
  kSmallestEpsilon,  ///< codes within the smallest distance that connects all: the minimum spanning tree's longest edge
  kEpsilon,          ///< codes within `epsilon` (inclusive)
};

/// An undirected edge between two codes, from < to.
struct Edge {
  std::int64_t from = 0;  ///< the lower index
  std::int64_t to = 0;    ///< the higher index
};

/// Lengths of a batch of edges, in order; finite and not negative. A decoder-induced length (distance between decoded
/// ends, or the pull-back metric) makes shortest paths follow the picture manifold.
using EdgeLengths = std::function<std::vector<double>(std::span<const Edge>)>;

/// How many neighbours a code is linked to where nobody says: the natural logarithm of the number of different codes,
/// rounded up, but at most 8. That is twice what it takes to connect codes at random (Balister, Bollobas, Sarkar,
/// Walters 2005), and 8 is what a place on a grid of two factors has. With the fewest that connect everything (3 or 4
/// on a plane of many codes), links lead in so few directions that shortest paths go zigzag; with more, or as many in
/// a small set, they leap over what they should go round. Measured in lib/methods/autoencoder/README.md.
int usual_neighbours(std::int64_t codes);

/// Which codes are linked, and how long a link is.
struct NeighbourGraphOptions {
  GraphRule rule = GraphRule::kSmallestK;  ///< which codes are linked
  /// First k tried, or the k of kNearest and kMutual; 0: usual_neighbours. "Surfing" as published starts at 2.
  int k = 0;
  int k_limit = 0;     ///< kSmallestK gives up beyond it (the published code stops at 99); 0: never
  double epsilon = 0;  ///< for kEpsilon
  /// Codes closer than this, as a fraction of the bounding box's diagonal, become one node, so that repeated pictures
  /// do not use up k. 0 merges equal codes only.
  double duplicate_tolerance = 1e-6;
  /// Adds the shortest edges that join what the rule leaves apart (edges of the minimum spanning tree).
  bool join_components = false;
  std::int64_t edge_limit = 64'000'000;  ///< E_LIMIT instead of exhausting memory
  EdgeLengths lengths = nullptr;         ///< Euclidean when empty
  std::int64_t length_batch = 4096;      ///< edges per call of `lengths`
  ThreadPool* pool = nullptr;            ///< shares the neighbour searches of the k rules; the result is the same
};

/// The neighbour graph of a set of codes: the data manifold as a road map (Yadlin and Botchan, "Data Interpolation in
/// Latent Space"). Neighbours are exact; ties go to the lowest index; the result depends on nothing but the codes and
/// the options. A million codes in 2-D or a hundred thousand in 16-D are fine: memory is linear in codes and edges.
///
/// Near-equal codes are one *node*. Nodes are numbered by their lowest members; without duplicates, nodes and codes
/// have the same numbers. The same storage as in sparse matrices (CSR): links of node i, ascending.
class NeighbourGraph {
 public:
  /// Keeps a copy of the codes.
  /// Errors: E_ARGUMENT for no codes or impossible options, E_NOT_FINITE, E_LIMIT above `k_limit` or `edge_limit`,
  /// E_SHAPE or E_VALUE for what `lengths` returns.
  explicit NeighbourGraph(Codes codes, const NeighbourGraphOptions& options = {});

  /// The codes it was made from.
  const Codes& codes() const { return codes_; }
  /// Number of nodes; fewer than codes when some are near-equal.
  std::int64_t nodes() const { return static_cast<std::int64_t>(offsets_.size()) - 1; }
  /// Number of undirected edges.
  std::int64_t edges() const { return static_cast<std::int64_t>(links_.size()) / 2; }
  /// Number of connected parts.
  std::int64_t components() const { return components_; }
  /// Whether every node can be reached from every other.
  bool connected() const { return components_ == 1; }
  /// The k in use (never more than nodes - 1); 0 for an epsilon graph.
  int k() const { return k_; }
  /// The distance in use; 0 for a k graph.
  double epsilon() const { return epsilon_; }
  /// Edge lengths are distances in code space, as A* needs.
  bool euclidean() const { return euclidean_; }

  /// Node of a code, and the codes of a node, ascending; the first one stands for the node. E_ARGUMENT out of range.
  std::int64_t node_of(std::int64_t code) const;
  std::span<const std::int64_t> members(std::int64_t node) const;
  std::int64_t representative(std::int64_t node) const { return members(node).front(); }
  /// Code-space position of a node.
  std::span<const float> position(std::int64_t node) const { return codes_.row(representative(node)); }

  /// Linked nodes, ascending, and the lengths of those links. E_ARGUMENT out of range.
  std::span<const std::int32_t> links(std::int64_t node) const;
  std::span<const double> lengths(std::int64_t node) const;
  /// All edges as pairs of nodes with from < to, ascending.
  std::vector<Edge> edge_list() const;

  /// The shortest path between two codes, as a way through code space. Ends exactly at the two codes asked for; in
  /// between are the nodes' first members. E_ARGUMENT for bad indices, E_MISSING when nothing connects them.
  CodePath path(std::int64_t from_code, std::int64_t to_code) const;

 private:
  Codes codes_;
  std::vector<std::int32_t> node_of_;
  std::vector<std::int64_t> members_;
  std::vector<std::int64_t> member_offsets_;
  std::vector<std::int64_t> offsets_;
  std::vector<std::int32_t> links_;
  std::vector<double> lengths_;
  std::int64_t components_ = 0;
  int k_ = 0;
  double epsilon_ = 0;
  bool euclidean_ = true;
};

}  // namespace betwixt
