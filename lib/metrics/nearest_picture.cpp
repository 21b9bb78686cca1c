// SPDX-License-Identifier: MIT
#include "betwixt/metrics/nearest_picture.h"

#include <algorithm>
#include <limits>
#include <span>

#include "betwixt/core/error.h"

namespace betwixt {
namespace {

constexpr std::size_t kPiece = 4096;  // 4096 * 255^2 fits an int32

/// Sum of squared differences, given up as soon as it is above `limit`.
std::int64_t squared_difference(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b, std::int64_t limit) {
  std::int64_t total = 0;
  for (std::size_t begin = 0; begin < a.size() && total <= limit; begin += kPiece) {
    const std::size_t end = std::min(begin + kPiece, a.size());
    std::int32_t piece = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const std::int32_t difference = std::int32_t{a[i]} - std::int32_t{b[i]};
      piece += difference * difference;
    }
    total += piece;
  }
  return total;
}

}  // namespace

void check_same_size(const char* operation, const Images& a, const Images& b) {
  if (a.height != b.height || a.width != b.width || a.channels != b.channels)
    throw Error(ErrorCode::kShape, operation, "pictures of %dx%dx%d and %dx%dx%d", a.width, a.height, a.channels,
                b.width, b.height, b.channels);
}

std::vector<PictureMatch> nearest_pictures(const Images& frames, const Images& set) {
  check_same_size("nearest_pictures", frames, set);
  if (set.count == 0) throw Error(ErrorCode::kMissing, "nearest_pictures", "the set has no pictures");
  std::vector<PictureMatch> matches;
  matches.reserve(static_cast<std::size_t>(frames.count));
  for (std::int64_t f = 0; f < frames.count; ++f) {
    PictureMatch best{-1, std::numeric_limits<std::int64_t>::max()};
    for (std::int64_t i = 0; i < set.count; ++i) {
      const std::int64_t squared = squared_difference(frames.picture(f), set.picture(i), best.squared);
      if (squared < best.squared) best = {i, squared};
    }
    matches.push_back(best);
  }
  return matches;
}

}  // namespace betwixt
