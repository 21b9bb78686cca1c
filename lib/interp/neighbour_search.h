// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "betwixt/interp/codes.h"

namespace betwixt {

/// A code found by a search.
struct Neighbour {
  std::int64_t index = 0;  ///< row of the code
  double distance = 0;     ///< Euclidean
};

/// Exact nearest-neighbour searches in a set of codes, in any number of dimensions. Memory is linear; building takes
/// n log n. Among equal distances the lowest index comes first. Any number of threads may search at once.
class NeighbourSearch {
 public:
  /// Keeps its own copy. E_NOT_FINITE for NaN or infinity.
  explicit NeighbourSearch(Codes codes);
  NeighbourSearch(NeighbourSearch&&) noexcept;
  NeighbourSearch& operator=(NeighbourSearch&&) noexcept;
  ~NeighbourSearch();

  /// The codes searched.
  const Codes& codes() const;

  /// The k nearest codes, nearest first; fewer when there are fewer. E_ARGUMENT for k < 1.
  std::vector<Neighbour> nearest(std::span<const float> query, std::int64_t k) const;
  /// Index of the nearest code of every row of `queries`. E_MISSING when there are no codes.
  std::vector<std::int64_t> nearest_of_each(const Codes& queries) const;
  /// All codes within `radius` (inclusive), nearest first.
  std::vector<Neighbour> within(std::span<const float> query, double radius) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// Per row of `queries`, the distance to the nearest code: how far a path leaves the set.
std::vector<double> distances_to_set(const Codes& queries, const NeighbourSearch& set);

}  // namespace betwixt
