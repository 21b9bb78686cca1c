// SPDX-License-Identifier: MIT
// Frames of a real sweep, every second one held out, for the tests that fill them in again.
#pragma once

#include <cstdint>
#include <vector>

#include "betwixt/image/images.h"
#include "betwixt/interp/frames.h"

namespace betwixt {

constexpr int kSweep = 20;  ///< frames of one axis
constexpr int kSweeps = 2;

/// Even frames to learn, odd frames between two even ones to recover.
struct HeldOut {
  Images learned;
  Images middles;
  std::vector<std::int64_t> before;  ///< per middle, the learned frame before it; the next one follows

  explicit HeldOut(const Images& all) {
    std::vector<std::int64_t> even, odd;
    for (std::int64_t i = 0; i < all.count; ++i) {
      if (i % kSweep % 2 == 0) {
        even.push_back(i);
      } else if (i % kSweep + 1 < kSweep) {
        odd.push_back(i);
        before.push_back(static_cast<std::int64_t>(even.size()) - 1);
      }
    }
    learned = all.select(even);
    middles = all.select(odd);
  }

  /// The cross-dissolve of the neighbours of each middle.
  Images dissolved() const {
    Images found;
    const std::vector<std::int64_t> middle{1};
    for (const std::int64_t i : before) found.append(cross_dissolve(learned, i, i + 1, 3).select(middle));
    return found;
  }
};

}  // namespace betwixt
