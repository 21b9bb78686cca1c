// SPDX-License-Identifier: MIT
#include "betwixt/metrics/grid_path.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "betwixt/core/error.h"
#include "betwixt/metrics/nearest_picture.h"

namespace betwixt {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::int64_t steps_between(std::int64_t a, std::int64_t b, std::int64_t size, bool wraps) {
  const std::int64_t straight = std::abs(a - b);
  return wraps ? std::min(straight, size - straight) : straight;
}

struct Place {
  std::int64_t row;
  std::int64_t column;
};

Place place(const FactorGrid& grid, std::int64_t picture) { return {picture / grid.columns, picture % grid.columns}; }

std::int64_t rows_between(const FactorGrid& grid, std::int64_t a, std::int64_t b) {
  return steps_between(place(grid, a).row, place(grid, b).row, grid.rows, grid.rows_wrap);
}
std::int64_t columns_between(const FactorGrid& grid, std::int64_t a, std::int64_t b) {
  return steps_between(place(grid, a).column, place(grid, b).column, grid.columns, grid.columns_wrap);
}

double squared(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  std::int64_t total = 0;
  constexpr std::size_t kPiece = 4096;  // sums of so many squares fit 32 bits, which is faster
  for (std::size_t begin = 0; begin < a.size(); begin += kPiece) {
    const std::size_t end = std::min(begin + kPiece, a.size());
    std::int32_t piece = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const std::int32_t difference = std::int32_t{a[i]} - std::int32_t{b[i]};
      piece += difference * difference;
    }
    total += piece;
  }
  return static_cast<double>(total);
}

int checked_reach(const Images& frames, const Images& set, const FactorGrid& grid, std::int64_t from, std::int64_t to,
                  int reach) {
  check_same_size("perfect_grid_path", frames, set);
  if (grid.rows < 1 || grid.columns < 1 || grid.rows * grid.columns != set.count)
    throw Error(ErrorCode::kShape, "perfect_grid_path", "a grid of %lld x %lld for %lld pictures",
                static_cast<long long>(grid.rows), static_cast<long long>(grid.columns),
                static_cast<long long>(set.count));
  if (frames.count < 2 || from < 0 || to < 0 || from >= set.count || to >= set.count)
    throw Error(ErrorCode::kArgument, "perfect_grid_path", "%lld frames from picture %lld to %lld",
                static_cast<long long>(frames.count), static_cast<long long>(from), static_cast<long long>(to));
  const std::int64_t apart = std::max(rows_between(grid, from, to), columns_between(grid, from, to));
  const std::int64_t least = std::max<std::int64_t>(1, (apart + frames.count - 2) / (frames.count - 1));
  if (reach == 0) return static_cast<int>(least) + 1;
  if (reach < least)
    throw Error(ErrorCode::kArgument, "perfect_grid_path", "a reach of %d where %lld is needed", reach,
                static_cast<long long>(least));
  return reach;
}

/// One pass along an axis: least cost within `reach`, and where it came from. `stride` is that between neighbours.
struct Sweep {
  std::int64_t lines, line_stride, size, stride;
  bool wraps;
};

void spread(const Sweep& sweep, int reach, std::vector<double>& cost, std::vector<std::int32_t>& source) {
  const std::vector<double> before = cost;
  const std::vector<std::int32_t> sources = source;
  for (std::int64_t line = 0; line < sweep.lines; ++line)
    for (std::int64_t i = 0; i < sweep.size; ++i) {
      const std::int64_t at = line * sweep.line_stride + i * sweep.stride;
      for (std::int64_t j = i - reach; j <= i + reach; ++j) {
        if (!sweep.wraps && (j < 0 || j >= sweep.size)) continue;
        const std::int64_t inside = ((j % sweep.size) + sweep.size) % sweep.size;
        const auto other = static_cast<std::size_t>(line * sweep.line_stride + inside * sweep.stride);
        if (!(before[other] < cost[static_cast<std::size_t>(at)])) continue;
        cost[static_cast<std::size_t>(at)] = before[other];
        source[static_cast<std::size_t>(at)] = sources[other];
      }
    }
}

}  // namespace

GridPath perfect_grid_path(const Images& frames, const Images& set, const FactorGrid& grid, std::int64_t from,
                           std::int64_t to, int reach) {
  reach = checked_reach(frames, set, grid, from, to, reach);
  const auto places = static_cast<std::size_t>(set.count);
  std::vector<double> cost(places, kInfinity);
  cost[static_cast<std::size_t>(from)] = squared(frames.picture(0), set.picture(from));
  std::vector<std::vector<std::int32_t>> came_from(static_cast<std::size_t>(frames.count));
  const Sweep along_columns{grid.rows, grid.columns, grid.columns, 1, grid.columns_wrap};
  const Sweep along_rows{grid.columns, 1, grid.rows, grid.columns, grid.rows_wrap};
  for (std::int64_t f = 1; f < frames.count; ++f) {
    std::vector<std::int32_t>& source = came_from[static_cast<std::size_t>(f)];
    for (std::size_t i = 0; i < places; ++i) source.push_back(static_cast<std::int32_t>(i));
    spread(along_columns, reach, cost, source);
    spread(along_rows, reach, cost, source);
    for (std::size_t i = 0; i < places; ++i)
      if (cost[i] < kInfinity) cost[i] += squared(frames.picture(f), set.picture(static_cast<std::int64_t>(i)));
  }
  GridPath best{.score = cost[static_cast<std::size_t>(to)] / static_cast<double>(frames.pixels.size()),
                .pictures = std::vector<std::int64_t>(static_cast<std::size_t>(frames.count))};
  std::int64_t at = to;
  for (auto f = static_cast<std::size_t>(frames.count); f-- > 0;) {
    best.pictures[f] = at;
    if (f > 0) at = came_from[f][static_cast<std::size_t>(at)];
  }
  return best;
}

double factor_smoothness(std::span<const std::int64_t> pictures, const FactorGrid& grid) {
  if (pictures.size() < 2) throw Error(ErrorCode::kArgument, "factor_smoothness", "%zu frames", pictures.size());
  const auto distance = [&](std::int64_t a, std::int64_t b) {
    return std::hypot(static_cast<double>(rows_between(grid, a, b)), static_cast<double>(columns_between(grid, a, b)));
  };
  double largest = 0;
  for (std::size_t i = 1; i < pictures.size(); ++i) largest = std::max(largest, distance(pictures[i - 1], pictures[i]));
  if (largest == 0) return 0;
  return largest / distance(pictures.front(), pictures.back()) - 1.0 / static_cast<double>(pictures.size() - 1);
}

}  // namespace betwixt
