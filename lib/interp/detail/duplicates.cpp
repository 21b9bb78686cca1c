// SPDX-License-Identifier: MIT
#include "betwixt/interp/detail/duplicates.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "betwixt/core/error.h"
#include "betwixt/interp/detail/squared_distance.h"

namespace betwixt::detail {
namespace {

/// Codes sorted along one line in general direction: codes within a distance lie within it on the line too.
struct Line {
  std::vector<double> position;     ///< per code
  std::vector<std::int32_t> order;  ///< codes by position
  std::vector<std::int32_t> rank;   ///< per code, in order
  double rounding = 0;
};

std::vector<double> direction(int dimensions) {
  // Fractional parts of multiples of the golden ratio: no axis or lattice direction.
  std::vector<double> unit(static_cast<std::size_t>(dimensions));
  double squared = 0;
  for (std::size_t c = 0; c < unit.size(); ++c) {
    const double turn = static_cast<double>(c + 1) * 0.6180339887498949;
    unit[c] = 0.25 + (turn - std::floor(turn));
    squared += unit[c] * unit[c];
  }
  for (double& value : unit) value /= std::sqrt(squared);
  return unit;
}

Line line_of(const Codes& codes) {
  const std::vector<double> unit = direction(codes.dimensions);
  Line line;
  line.position.resize(static_cast<std::size_t>(codes.count));
  double largest = 0;
  for (std::size_t i = 0; i < line.position.size(); ++i) {
    const std::span<const float> code = codes.row(static_cast<std::int64_t>(i));
    for (std::size_t c = 0; c < unit.size(); ++c) {
      line.position[i] += unit[c] * static_cast<double>(code[c]);
      largest = std::max(largest, std::fabs(static_cast<double>(code[c])));
    }
  }
  line.rounding = largest * codes.dimensions * 4 * std::numeric_limits<double>::epsilon();
  line.order.resize(line.position.size());
  std::iota(line.order.begin(), line.order.end(), 0);
  std::sort(line.order.begin(), line.order.end(), [&](std::int32_t a, std::int32_t b) {
    const double x = line.position[static_cast<std::size_t>(a)], y = line.position[static_cast<std::size_t>(b)];
    return x < y || (x == y && a < b);
  });
  line.rank.resize(line.order.size());
  for (std::size_t i = 0; i < line.order.size(); ++i)
    line.rank[static_cast<std::size_t>(line.order[i])] = static_cast<std::int32_t>(i);
  return line;
}

/// Walks along the line from `code` in one direction and gives free codes within the tolerance to `group`.
void gather(const Codes& codes, const Line& line, std::int32_t code, int step, double tolerance, std::int32_t group,
            std::vector<std::int32_t>& group_of) {
  const double reach = tolerance * (1 + 1e-9) + line.rounding;
  const double start = line.position[static_cast<std::size_t>(code)];
  const std::int32_t count = static_cast<std::int32_t>(line.order.size());
  for (std::int32_t r = line.rank[static_cast<std::size_t>(code)] + step; r >= 0 && r < count; r += step) {
    const std::int32_t other = line.order[static_cast<std::size_t>(r)];
    if (std::fabs(line.position[static_cast<std::size_t>(other)] - start) > reach) return;
    if (group_of[static_cast<std::size_t>(other)] < 0 &&
        squared_distance(codes.row(code), codes.row(other)) <= tolerance * tolerance)
      group_of[static_cast<std::size_t>(other)] = group;
  }
}

void list_members(MergedCodes& merged, std::size_t groups) {
  merged.offsets.assign(groups + 1, 0);
  for (const std::int32_t group : merged.group_of) ++merged.offsets[static_cast<std::size_t>(group) + 1];
  std::partial_sum(merged.offsets.begin(), merged.offsets.end(), merged.offsets.begin());
  merged.members.resize(merged.group_of.size());
  std::vector<std::int64_t> next(merged.offsets.begin(), merged.offsets.end() - 1);
  for (std::size_t i = 0; i < merged.group_of.size(); ++i)
    merged.members[static_cast<std::size_t>(next[static_cast<std::size_t>(merged.group_of[i])]++)] =
        static_cast<std::int64_t>(i);
}

}  // namespace

MergedCodes merge_duplicates(const Codes& codes, double tolerance) {
  if (codes.count > std::numeric_limits<std::int32_t>::max())
    throw Error(ErrorCode::kLimit, "neighbours", "%lld codes, at most 2147483647", static_cast<long long>(codes.count));
  const Line line = line_of(codes);
  MergedCodes merged;
  merged.group_of.assign(static_cast<std::size_t>(codes.count), -1);
  std::vector<std::int64_t> first;
  for (std::int32_t code = 0; code < static_cast<std::int32_t>(codes.count); ++code) {
    if (merged.group_of[static_cast<std::size_t>(code)] >= 0) continue;
    const std::int32_t group = static_cast<std::int32_t>(first.size());
    first.push_back(code);
    merged.group_of[static_cast<std::size_t>(code)] = group;
    gather(codes, line, code, -1, tolerance, group, merged.group_of);
    gather(codes, line, code, +1, tolerance, group, merged.group_of);
  }
  list_members(merged, first.size());
  merged.nodes = codes.select(first);
  return merged;
}

}  // namespace betwixt::detail
