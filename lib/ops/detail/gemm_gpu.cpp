// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/gemm_gpu.h"

#include <algorithm>
#include <numeric>

#include "betwixt/ops/detail/gpu_launch.h"

namespace betwixt {

/// A workgroup's tile. All but the largest fit into 128 invocations and 16 KiB of shared memory.
struct GpuTile {
  std::uint32_t rows, columns;
  std::uint32_t row_quads, column_quads;  ///< of one invocation

  std::uint32_t threads() const { return rows / 4 / row_quads * (columns / 4 / column_quads); }
  std::int64_t row_tiles(std::int64_t count) const { return (count + rows - 1) / rows; }
  std::int64_t column_tiles(std::int64_t count) const { return (count + columns - 1) / columns; }
};

namespace {

constexpr GpuTile kLargest{128, 128, 2, 2};
constexpr std::uint32_t kLargestShared = 20480;  // bytes
constexpr GpuTile kSmall{32, 32, 1, 1};
constexpr GpuTile kMiddle{64, 64, 2, 1};
constexpr GpuTile kLarge{128, 64, 2, 2};
constexpr GpuTile kNarrow{128, 32, 2, 1};
constexpr GpuTile kThin{128, 8, 1, 1};

constexpr std::int64_t kTermsOfBlock = 16;  // of shaders/gemm.comp
constexpr std::int64_t kFewestTerms = 128;  // of a part: fewer are not worth writing it
constexpr std::int64_t kMostTerms = 8192;   // of a part: for the sake of accuracy
constexpr std::int64_t kMostPartialElements = std::int64_t{1} << 24;

std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// Rows, columns and terms of the product of one phase and group.
struct Sizes {
  std::int64_t rows, columns, depth, phases;
};

Sizes sizes_of(const GpuGemm& gemm) {
  const std::int64_t phases = gemm.axis == GpuGemm::kPlain ? 1 : gemm.stride;
  const std::int64_t pixels = gemm.batch * divide_up(gemm.result_height, phases) * divide_up(gemm.result_width, phases);
  const std::int64_t taps = gemm.in_group * gemm.taps;
  return {gemm.tap_rows ? taps : pixels, gemm.out_group, gemm.tap_rows ? pixels : taps, phases * phases};
}

const GpuTile& choose_tile(const Sizes& sizes, std::int64_t groups, const GpuLimits& limits) {
  const std::int64_t cores = limits.cores;
  const auto count = [&](const GpuTile& tile) {
    return tile.row_tiles(sizes.rows) * tile.column_tiles(sizes.columns) * sizes.phases * groups;
  };
  if (sizes.columns <= 8) return kThin;
  if (sizes.columns <= 32) return count(kNarrow) >= 2 * cores ? kNarrow : kSmall;
  const bool roomy = !limits.few_registers;
  const bool fits = roomy && limits.max_invocations >= kLargest.threads() && limits.shared_bytes >= kLargestShared;
  if (fits && sizes.columns > 64 && count(kLargest) >= 2 * cores) return kLargest;
  if (roomy && count(kLarge) >= 2 * cores) return kLarge;
  if (sizes.rows <= 32) return kSmall;
  return count(kMiddle) * std::max<std::int64_t>(1, sizes.depth / (4 * kFewestTerms)) >= cores ? kMiddle : kSmall;
}

std::int64_t choose_parts(const GpuGemm& gemm, const Sizes& sizes, std::int64_t workgroups, std::int64_t cores) {
  // A picture's result that is cut costs a dispatch more; a gradient's mostly has a dispatch behind it anyway.
  const bool worth_it = gemm.tap_rows || (2 * workgroups <= cores && sizes.depth >= 8 * kFewestTerms);
  const std::int64_t most = std::max<std::int64_t>(1, sizes.depth / (gemm.tap_rows ? kFewestTerms : 2 * kFewestTerms));
  const std::int64_t wanted = worth_it ? std::min(divide_up(2 * cores, workgroups), most) : 1;
  const std::int64_t room = std::max<std::int64_t>(1, kMostPartialElements / std::max<std::int64_t>(1, gemm.elements));
  const std::int64_t parts = std::max(std::min(wanted, room), divide_up(sizes.depth, kMostTerms));
  const std::int64_t blocks = std::max<std::int64_t>(1, divide_up(sizes.depth, kTermsOfBlock));
  return divide_up(blocks, divide_up(blocks, std::max<std::int64_t>(1, parts)));
}

/// The smallest tile for everything. The sum is cut as before, so that the scratch is the same.
void use_plain_tile(GpuGemmPlan& plan, const Sizes& sizes) {
  plan.tile = &kSmall;
  plan.row_tiles = kSmall.row_tiles(sizes.rows);
  plan.column_tiles = kSmall.column_tiles(sizes.columns);
}

bool weights_in_fours(const GpuGemm& gemm) { return in_fours(gemm.weight_row, gemm.weight_tap, gemm.weight_group); }
bool result_in_fours(const GpuGemm& gemm) {
  return gemm.result_channel == 1 && in_fours(gemm.out_group, gemm.result_pixel, gemm.result_group);
}
bool columns_in_fours(const GpuGemm& gemm) {
  return gemm.weight_out == 1 && in_fours(gemm.out_group, gemm.weight_in) && weights_in_fours(gemm);
}
bool terms_in_fours(const GpuGemm& gemm) {
  return gemm.weight_in == 1 && in_fours(gemm.in_group, gemm.weight_out) && weights_in_fours(gemm);
}

std::uint32_t vectors_of_other(const GpuGemm& gemm) {
  if (gemm.tap_rows) return result_in_fours(gemm);
  return columns_in_fours(gemm) ? 1 : terms_in_fours(gemm) ? 2 : 0;
}

std::uint32_t signed_word(std::int64_t value) { return static_cast<std::uint32_t>(static_cast<std::int32_t>(value)); }

void add_words(GpuDispatch& dispatch, const GpuGemm& gemm, const GpuGemmPlan& plan) {
  const std::int64_t period = gemm.stride / std::gcd(gemm.stride, gemm.dilation);
  for (const std::int64_t word :
       {plan.row_tiles,     plan.column_tiles, gemm.groups,         plan.parts,      gemm.elements,
        gemm.batch,         gemm.height,       gemm.width,          gemm.pixel,      gemm.result_height,
        gemm.result_width,  gemm.result_pixel, gemm.result_channel, gemm.in_group,   gemm.out_group,
        gemm.picture_group, gemm.result_group, gemm.weight_group,   gemm.weight_row, gemm.weight_tap,
        gemm.weight_in,     gemm.weight_out})
    dispatch.word(gpu_word(word));
  dispatch.word(signed_word(gemm.before_y)).word(signed_word(gemm.before_x)).word(gpu_word(gemm.dilation));
  dispatch.word(gpu_word(gemm.kernel_height | gemm.kernel_width << 8 | gemm.stride << 16 | period << 24));
  dispatch.word(gemm.axis).number(gemm.activation.slope);
}

void record_product(GpuCall& call, const GpuGemm& gemm, const GpuGemmPlan& plan, const GpuOperand& picture,
                    const GpuOperand& other, const GpuOperand& bias, const GpuOperand& target) {
  const GpuTile& tile = *plan.tile;
  const bool sums = gemm.bias && gemm.tap_rows;
  const GpuOperand& third = gemm.bias || gemm.activation_grad ? bias : picture;
  GpuDispatch dispatch(sums ? "gemm_sums" : "gemm", {picture, other, third, target});
  dispatch.constant(tile.threads()).constant(tile.rows).constant(tile.columns);
  dispatch.constant(tile.row_quads).constant(tile.column_quads).constant(gemm.tap_rows);
  const bool vectors = !call.limits().plain;
  dispatch.constant(vectors && in_fours(gemm.pixel, gemm.in_group, gemm.picture_group));
  dispatch.constant(vectors ? vectors_of_other(gemm) : 0);
  dispatch.constant(vectors && (gemm.tap_rows ? columns_in_fours(gemm) : result_in_fours(gemm)));
  dispatch.constant(gemm.bias && !sums).constant(static_cast<std::uint32_t>(gemm.activation.kind));
  dispatch.constant(gemm.activation_grad);
  add_words(dispatch, gemm, plan);
  const std::int64_t workgroups = plan.row_tiles * plan.column_tiles * plan.phases * gemm.groups * plan.parts;
  if (workgroups == 0) return;
  dispatch.items(static_cast<std::uint64_t>(workgroups) * tile.threads(), tile.threads(), call.limits());
  call.dispatch(dispatch);
}

void record_join(GpuCall& call, const GpuGemm& gemm, const GpuGemmPlan& plan, const GpuOperand& from,
                 const GpuOperand& bias, const GpuOperand& target) {
  const std::int64_t channels = gemm.groups * gemm.out_group;
  const bool adds_bias = gemm.bias && !gemm.tap_rows;
  const bool vector = in_fours(gemm.elements) && (!adds_bias || in_fours(channels));
  const std::int64_t unit = vector ? 4 : 1;
  const GpuOperand& third = gemm.bias || gemm.activation_grad ? bias : from;
  GpuDispatch dispatch(gemm.bias && gemm.tap_rows ? "gemm_join_sums" : "gemm_join", {from, third, target});
  dispatch.constant(kGpuLocal).constant(vector).constant(0).constant(adds_bias);
  dispatch.constant(static_cast<std::uint32_t>(gemm.activation.kind)).constant(gemm.activation_grad);
  dispatch.word(gpu_word(gemm.elements / unit)).word(gpu_word(plan.parts)).word(gpu_word(gemm.elements / unit));
  dispatch.word(gpu_word(channels / unit)).number(gemm.activation.slope);
  for (int unused = 0; unused < 7; ++unused) dispatch.word(1);
  const GpuColumnSums sums = column_sums(gemm, plan);
  add_column_sums(dispatch, sums);
  run_items(call, dispatch, gemm.elements / unit + sums.columns);
}

}  // namespace

GpuGemmPlan gemm_plan(const GpuGemm& gemm, const GpuLimits& limits) {
  const Sizes sizes = sizes_of(gemm);
  GpuGemmPlan plan;
  plan.tile = &choose_tile(sizes, gemm.groups, limits);
  plan.row_tiles = plan.tile->row_tiles(sizes.rows);
  plan.column_tiles = plan.tile->column_tiles(sizes.columns);
  plan.phases = sizes.phases;
  const std::int64_t workgroups = plan.row_tiles * plan.column_tiles * plan.phases * gemm.groups;
  if (workgroups > 0) plan.parts = choose_parts(gemm, sizes, workgroups, limits.cores);
  if (limits.plain) use_plain_tile(plan, sizes);
  return plan;
}

std::size_t gemm_parts_bytes(const GpuGemm& gemm, const GpuGemmPlan& plan) {
  const GpuColumnSums sums = column_sums(gemm, plan);
  const auto floats = static_cast<std::size_t>(sums.parts > 0 ? sums.parts * sums.columns : 0);
  return sums.offset + sizeof(float) * floats;
}

GpuColumnSums column_sums(const GpuGemm& gemm, const GpuGemmPlan& plan) {
  constexpr std::size_t kAlignment = 64;
  const std::size_t bytes = sizeof(float) * static_cast<std::size_t>(plan.parts * gemm.elements);
  GpuColumnSums sums;
  sums.offset = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  if (!gemm.bias || !gemm.tap_rows) return sums;
  sums.parts = plan.parts * plan.phases;
  sums.columns = gemm.groups * gemm.out_group;
  return sums;
}

void add_column_sums(GpuDispatch& dispatch, const GpuColumnSums& sums) {
  dispatch.word(gpu_word(static_cast<std::int64_t>(sums.offset / sizeof(float))));
  dispatch.word(gpu_word(sums.parts)).word(gpu_word(sums.columns));
}

std::size_t gemm_scratch_bytes(const GpuGemm& gemm, const GpuLimits& limits) {
  const GpuGemmPlan plan = gemm_plan(gemm, limits);
  return plan.parts == 1 ? 0 : gemm_parts_bytes(gemm, plan);
}

void record_gemm(GpuCall& call, const GpuGemm& gemm, const GpuOperand& picture, const GpuOperand& other,
                 const GpuOperand& bias, const GpuOperand& target, std::size_t scratch) {
  const GpuGemmPlan plan = gemm_plan(gemm, call.limits());
  if (plan.parts == 1) return record_product(call, gemm, plan, picture, other, bias, target);
  record_gemm_parts(call, gemm, picture, other, scratch);
  call.barrier();
  record_join(call, gemm, plan, gpu_scratch(scratch), bias, target);
}

void record_gemm_parts(GpuCall& call, const GpuGemm& gemm, const GpuOperand& picture, const GpuOperand& other,
                       std::size_t scratch) {
  GpuGemm bare = gemm;
  bare.bias = gemm.bias && gemm.tap_rows;
  bare.activation = {};
  bare.activation_grad = false;
  const GpuGemmPlan plan = gemm_plan(gemm, call.limits());
  record_product(call, bare, plan, picture, other, gpu_scratch(scratch + column_sums(gemm, plan).offset),
                 gpu_scratch(scratch));
}

}  // namespace betwixt
