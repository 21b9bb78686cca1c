// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "tests/ops/support/check_op.h"

// Sampling of pictures, straight from the definitions.
namespace betwixt::ops_test {

enum class Outside { kZero, kClamp, kReflect, kMirror };
enum class Interpolation { kNearest, kLinear, kCubic };

/// Pixel that stands for `index`, or -1.
inline std::int64_t inside(std::int64_t index, std::int64_t size, Outside outside) {
  if (index >= 0 && index < size) return index;
  if (outside == Outside::kZero) return -1;
  if (outside == Outside::kClamp) return std::clamp<std::int64_t>(index, 0, size - 1);
  if (outside == Outside::kReflect && size == 1) return 0;
  const std::int64_t period = outside == Outside::kReflect ? 2 * (size - 1) : 2 * size;
  const std::int64_t at = (index % period + period) % period;
  return at < size ? at : (outside == Outside::kReflect ? period - at : period - 1 - at);
}

struct SampleTap {
  std::int64_t index;
  double weight;
};

/// Taps of the position base + part, base whole.
inline std::vector<SampleTap> taps_at(double base, double part, Interpolation interpolation) {
  const double below = std::floor(part);
  const double f = part - below;
  const auto first = static_cast<std::int64_t>(base + below);
  if (interpolation == Interpolation::kNearest) return {{static_cast<std::int64_t>(std::nearbyint(base + part)), 1.0}};
  if (interpolation == Interpolation::kLinear) return {{first, 1 - f}, {first + 1, f}};
  auto cubic = [](double x) {
    constexpr double a = -0.75;
    x = std::abs(x);
    if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? a * (((x - 5) * x + 8) * x - 4) : 0;
  };
  return {{first - 1, cubic(1 + f)}, {first, cubic(f)}, {first + 1, cubic(1 - f)}, {first + 2, cubic(2 - f)}};
}

/// One call: where result pixel i of an axis looks, given the number that stands in the points.
struct SampleCase {
  Shape image;
  Shape points;
  Outside outside = Outside::kZero;
  Interpolation interpolation = Interpolation::kLinear;
  bool is_flow = true;
  bool align_corners = false;

  std::vector<SampleTap> taps(double point, std::int64_t i, std::int64_t size) const {
    double part = point;
    if (!is_flow)
      part = align_corners ? (point + 1) / 2 * static_cast<double>(size - 1)
                           : ((point + 1) * static_cast<double>(size) - 1) / 2;
    part = std::isnan(part) ? -0x1p23 : std::clamp(part, -0x1p23, 0x1p23);
    return taps_at(is_flow ? static_cast<double>(i) : 0, part, interpolation);
  }
};

/// visit(flat position in the picture, flat position in the result, weight) for every tap inside the picture.
inline void for_each_tap(const SampleCase& s, const std::vector<double>& points,
                         const std::function<void(std::int64_t, std::int64_t, double)>& visit) {
  for_each_index(s.points.with(3, 1), [&](const std::int64_t* i, std::int64_t pixel) {
    const auto x = s.taps(points[static_cast<std::size_t>(2 * pixel)], i[2], s.image[2]);
    const auto y = s.taps(points[static_cast<std::size_t>(2 * pixel + 1)], i[1], s.image[1]);
    for (const SampleTap& row : y)
      for (const SampleTap& column : x) {
        const std::int64_t from[] = {i[0], inside(row.index, s.image[1], s.outside),
                                     inside(column.index, s.image[2], s.outside), 0};
        if (from[1] < 0 || from[2] < 0) continue;
        for (std::int64_t c = 0; c < s.image[3]; ++c)
          visit(flat_index(s.image, from) + c, pixel * s.image[3] + c, row.weight * column.weight);
      }
  });
}

inline Values sample_oracle(const SampleCase& s, const Values& in) {
  std::vector<double> out(static_cast<std::size_t>(s.points.product(0, 3) * s.image[3]));
  for_each_tap(s, in[1], [&](std::int64_t from, std::int64_t to, double weight) {
    out[static_cast<std::size_t>(to)] += weight * in[0][static_cast<std::size_t>(from)];
  });
  return {out};
}

/// Errors of a position count against the whole of every tap.
inline Values sample_magnitude(const SampleCase& s, const Values& in) {
  std::vector<double> out(static_cast<std::size_t>(s.points.product(0, 3) * s.image[3]));
  const double spread = s.is_flow ? 1 : static_cast<double>(1 + std::max(s.image[1], s.image[2]));
  for_each_tap(s, in[1], [&](std::int64_t from, std::int64_t to, double weight) {
    out[static_cast<std::size_t>(to)] +=
        (std::abs(weight) + 1) * spread * std::abs(in[0][static_cast<std::size_t>(from)]);
  });
  return {out};
}

/// Gradient with respect to the picture; in[2] is that of the result.
inline Values scatter_oracle(const SampleCase& s, const Values& in) {
  std::vector<double> out(static_cast<std::size_t>(s.image.elements()));
  for_each_tap(s, in[1], [&](std::int64_t to, std::int64_t from, double weight) {
    out[static_cast<std::size_t>(to)] += weight * in[2][static_cast<std::size_t>(from)];
  });
  return {out};
}

/// Sums in integers have an error of their own, a part of the largest gradient.
inline Values scatter_magnitude(const SampleCase& s, const Values& in) {
  std::vector<double> out(static_cast<std::size_t>(s.image.elements()));
  double largest = 0;
  for (const double g : in[2]) largest = std::max(largest, std::abs(g));
  const double spread = s.is_flow ? 1 : static_cast<double>(1 + std::max(s.image[1], s.image[2]));
  for_each_tap(s, in[1], [&](std::int64_t to, std::int64_t from, double weight) {
    out[static_cast<std::size_t>(to)] +=
        (std::abs(weight) + 1) * spread * std::abs(in[2][static_cast<std::size_t>(from)]) + 0.05 * largest;
  });
  return {out};
}

}  // namespace betwixt::ops_test
