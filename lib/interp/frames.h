// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "betwixt/image/images.h"

namespace betwixt {

/// Baselines that need no learning: what any method must beat.

/// Pixel cross-dissolve from picture `from` to picture `to` of `set`: (1 - alpha) a + alpha b, rounded half up,
/// alpha = 0 ... 1 evenly. Two frames at least.
Images cross_dissolve(const Images& set, std::int64_t from, std::int64_t to, int frames);

/// Cross-dissolve between key pictures at known times, sampled at `times`; before the first and after the last key the
/// end pictures stand still. `key_times` ascend strictly, one per key: E_ARGUMENT otherwise.
Images cross_dissolve(const Images& keys, std::span<const double> key_times, std::span<const double> times);

/// Shows the key picture nearest in time; exactly between two, the earlier one.
Images nearest_frame_playback(const Images& keys, std::span<const double> key_times, std::span<const double> times);

/// Every frame replaced by the nearest picture of the set (smallest squared difference, ties to the lowest index):
/// playback of known pictures along a decoded path. nearest_pictures in lib/metrics tells which ones.
Images nearest_picture_playback(const Images& frames, const Images& set);

}  // namespace betwixt
