// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace betwixt {

/// Latent vectors on the host: `count` rows of `dimensions` numbers, row by row. A path through code space is the same
/// type, its points in order.
struct Codes {
  std::int64_t count = 0;     ///< rows
  int dimensions = 0;         ///< numbers a row
  std::vector<float> values;  ///< count x dimensions numbers, row by row

  Codes() = default;
  /// Zero-filled. E_ARGUMENT for a negative size.
  Codes(std::int64_t rows, int columns);
  /// Takes `numbers` row by row; E_SHAPE when they do not divide into rows of `columns`.
  static Codes of_rows(int columns, std::vector<float> numbers);

  /// Row `index`. E_ARGUMENT when out of range.
  std::span<const float> row(std::int64_t index) const;
  std::span<float> row(std::int64_t index);
  /// Appends one row. An empty set takes its number of dimensions; otherwise E_SHAPE when they differ.
  void append(std::span<const float> code);
  /// The rows named by `indices`, in that order.
  Codes select(std::span<const std::int64_t> indices) const;

  /// Throws E_SHAPE when the sizes contradict each other or codes have no numbers, and E_NOT_FINITE, naming the row,
  /// for NaN or infinity. `operation` names the caller in the message.
  void check(const char* operation) const;
};

/// Euclidean distance, in double. E_SHAPE when the sizes differ.
double distance(std::span<const float> a, std::span<const float> b);

/// Sum of the distances between consecutive rows.
double polyline_length(const Codes& points);

/// Length of the diagonal of the bounding box.
double bounding_diagonal(const Codes& codes);

/// Two codes and their distance.
struct CodePair {
  std::int64_t first = 0;   ///< index of one code
  std::int64_t second = 0;  ///< index of the other
  double distance = 0;      ///< between them, Euclidean
};

/// The two codes that lie farthest apart; ties go to the lowest indices. Exact up to 20,000 codes (all pairs are
/// looked at). Above, walks from a code to the farthest one until the distance stops growing, from the centre and from
/// both ends of every axis, and keeps the best: a lower bound that is at least 1/sqrt(3) of the true distance, and in
/// practice nearly always exact. E_ARGUMENT when there are no codes.
CodePair farthest_pair(const Codes& codes);

}  // namespace betwixt
