// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

namespace betwixt::detail {

/// Squared Euclidean distance, summed in double in the order of the dimensions: every search uses this one sum, so
/// equal distances compare equal whatever way they were found. Spans of equal size.
inline double squared_distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return sum;
}

}  // namespace betwixt::detail
