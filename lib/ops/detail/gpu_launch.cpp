// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/gpu_launch.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "betwixt/core/error.h"

namespace betwixt {
namespace {

constexpr std::int64_t kFewResults = 64;
constexpr std::int64_t kEnoughGroups = 512;  // workgroups that keep a large device busy
constexpr std::int64_t kFewTerms = 8;        // of a lane: fewer are not worth a workgroup
constexpr std::int64_t kManyTerms = 256;     // of a lane

std::uint32_t rounded_up(std::int64_t value) {
  return std::bit_ceil(static_cast<std::uint32_t>(std::clamp<std::int64_t>(value, 1, kGpuLocal)));
}

}  // namespace

std::uint32_t gpu_word(std::int64_t value) {
  if (value < 0 || value > std::numeric_limits<std::uint32_t>::max())
    throw Error(ErrorCode::kLimit, "gpu", "%lld does not fit into 32 bits", static_cast<long long>(value));
  return static_cast<std::uint32_t>(value);
}

void run_items(GpuCall& call, GpuDispatch& dispatch, std::int64_t items) {
  if (items <= 0) return;
  dispatch.items(static_cast<std::uint64_t>(items), kGpuLocal, call.limits());
  call.dispatch(dispatch);
}

GpuLanes lanes_over_terms(std::int64_t terms, std::int64_t results) {
  return {rounded_up(results < kFewResults ? terms : (terms + 3) / 4), true};
}

GpuLanes lanes_over_results(std::int64_t terms, std::int64_t side_by_side) {
  constexpr std::int64_t kWidth = 32;
  const std::uint32_t columns = rounded_up(std::min(side_by_side, kWidth));
  return {std::min(kGpuLocal / columns, rounded_up((terms + 3) / 4)), false};
}

void add_lanes(GpuDispatch& dispatch, const GpuLanes& lanes) {
  dispatch.constant(kGpuLocal).constant(lanes.rows).constant(lanes.rows_first);
}

std::int64_t split_terms(const GpuLanes& lanes, std::int64_t terms, std::int64_t results) {
  const std::int64_t most = std::max<std::int64_t>(1, terms / (lanes.rows * kFewTerms));
  const std::int64_t least = (terms + lanes.rows * kManyTerms - 1) / (lanes.rows * kManyTerms);
  const std::int64_t wanted = kEnoughGroups / std::max<std::int64_t>(1, lanes.groups(results));
  return std::max(std::clamp<std::int64_t>(wanted, 1, most), std::max<std::int64_t>(1, least));
}

}  // namespace betwixt
