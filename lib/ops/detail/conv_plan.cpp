// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/conv_plan.h"

#include <algorithm>
#include <numeric>

namespace betwixt::detail {
namespace {

constexpr std::int64_t kPatchElements = 65536;  // a quarter of a second-level cache in f32
constexpr std::int64_t kMostTilePixels = 256;
constexpr std::int64_t kFewestTilePixels = 48;
constexpr std::int64_t kWantedTiles = 16;

std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }
std::int64_t ceil_divide(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

void set_range(ConvAxis& axis) {
  axis.low = axis.taps[0].offset;
  axis.high = axis.taps[0].offset;
  for (int i = 1; i < axis.tap_total(); ++i) {
    axis.low = std::min(axis.low, axis.taps[i].offset);
    axis.high = std::max(axis.high, axis.taps[i].offset);
  }
}

std::int64_t patch_side(const ConvAxis& axis, std::int64_t positions) {
  return (positions - 1) * axis.step + axis.high - axis.low + 1;
}

bool stays_inside(const ConvAxis& axis) {
  return axis.low >= 0 && (axis.count(0) - 1) * axis.step + axis.high < axis.in;
}

void choose_tiles(ConvPlan& plan, std::int64_t wanted_tiles) {
  const std::int64_t height = plan.y.count(0);
  const std::int64_t width = plan.x.count(0);
  const std::int64_t wanted =
      std::clamp(plan.batch * height * width / wanted_tiles, kFewestTilePixels, kMostTilePixels);
  const auto too_big = [&](std::int64_t images, std::int64_t rows, std::int64_t columns) {
    return images * patch_side(plan.y, rows) * patch_side(plan.x, columns) * plan.in > kPatchElements;
  };
  plan.columns = width;
  while (plan.columns > 16 && (plan.columns > wanted || too_big(1, 1, plan.columns)))
    plan.columns = ceil_divide(plan.columns, 2);
  plan.column_tiles = ceil_divide(width, plan.columns);
  plan.rows = std::clamp<std::int64_t>(wanted / plan.columns, 1, height);
  while (plan.rows > 1 && too_big(1, plan.rows, plan.columns)) plan.rows = ceil_divide(plan.rows, 2);
  plan.row_tiles = ceil_divide(height, plan.rows);
  plan.rows = ceil_divide(height, plan.row_tiles);
  plan.row_tiles = ceil_divide(height, plan.rows);
  if (plan.row_tiles == 1 && plan.column_tiles == 1)
    plan.images = std::clamp<std::int64_t>(wanted / (height * width), 1, plan.batch);
  while (plan.images > 1 && too_big(plan.images, plan.rows, plan.columns)) plan.images = ceil_divide(plan.images, 2);
  plan.image_tiles = ceil_divide(plan.batch, plan.images);
  plan.images = ceil_divide(plan.batch, plan.image_tiles);
  plan.image_tiles = ceil_divide(plan.batch, plan.images);
  plan.patch_height = patch_side(plan.y, plan.rows);
  plan.patch_width = patch_side(plan.x, plan.columns);
  plan.in_place = stays_inside(plan.y) && stays_inside(plan.x);
}

ConvPlan axes_plan(const Conv2dNode& node, std::int64_t batch) {
  ConvPlan plan;
  const Padding& p = node.conv.padding;
  const std::int64_t oh = conv2d_output(node.height, node.kernel_height, p.top, p.bottom, node.conv);
  const std::int64_t ow = conv2d_output(node.width, node.kernel_width, p.left, p.right, node.conv);
  plan.y = conv_axis(node.height, oh, node.kernel_height, p.top, node.conv);
  plan.x = conv_axis(node.width, ow, node.kernel_width, p.left, node.conv);
  plan.batch = batch;
  plan.in = node.in;
  plan.out = node.out;
  plan.groups = node.conv.groups;
  const std::int64_t in_group = plan.in_group();
  plan.weight_tap = in_group * node.out;
  plan.weight_group = node.transposed_weight ? plan.out_group() * in_group : plan.out_group();
  plan.weight_in = node.transposed_weight ? 1 : node.out;
  plan.weight_out = node.transposed_weight ? in_group : 1;
  plan.kernel_width = static_cast<int>(node.kernel_width);
  return plan;
}

/// Hands out aligned ranges one after another.
class Layout {
 public:
  std::size_t take(std::int64_t bytes) {
    const std::size_t offset = end_;
    end_ = (end_ + static_cast<std::size_t>(bytes) + 63) / 64 * 64;
    return offset;
  }
  std::size_t end() const { return end_; }

 private:
  std::size_t end_ = 0;
};

std::int64_t most_taps(const ConvPlan& plan) {
  std::int64_t most = 0;
  for (int phase = 0; phase < plan.phases(); ++phase) most = std::max(most, plan.taps(phase));
  return most;
}

/// An odd number of lines: slots of two threads do not fall into the same cache sets.
std::size_t slot_size(const Layout& slot) { return slot.end() | 64; }

template <class Scratch>
void lay_out_slot(Scratch& scratch, const ConvPlan& plan, std::int64_t element, int lanes) {
  Layout slot;
  scratch.patch = slot.take((plan.patch_elements() + lanes) * element);
  scratch.in_pointers = slot.take(plan.tile_pixels() * 8);
  scratch.out_pointers = slot.take(plan.tile_pixels() * 8);
  scratch.runs = slot.take(2 * most_taps(plan) * 16);
  scratch.slot_bytes = slot_size(slot);
}

void lay_out_squares(ConvScratch& scratch, const ConvPlan& plan, std::int64_t element) {
  const std::int64_t squares = squares_at_once(plan);
  Layout slot;
  scratch.patch = slot.take(plan.in * element);
  scratch.in_pointers = slot.take(squares * 8);
  scratch.out_pointers = slot.take(squares * 8);
  scratch.square_in = slot.take(kSquarePoints * square_plane(plan, plan.in) * element);
  scratch.square_out = slot.take(kSquarePoints * square_plane(plan, plan.out) * element);
  scratch.slot_bytes = slot_size(slot);
}

/// Three taps side by side, every result a step of one.
bool is_plain_triple(const ConvAxis& axis) {
  if (axis.phases != 1 || axis.step != 1 || axis.tap_count(0) != 3) return false;
  for (int i = 0; i < 3; ++i)
    if (axis.taps[i].offset != axis.low + i || axis.taps[i].kernel_end != axis.taps[i].kernel_begin + 1) return false;
  return true;
}

constexpr int kLaneChoices[2][3] = {{4, 8, 16}, {2, 4, 8}};

}  // namespace

ConvAxis conv_axis(std::int64_t in, std::int64_t out, std::int64_t kernel, int before, const Conv2dOptions& options) {
  ConvAxis axis;
  axis.phases = options.upsample / std::gcd(options.upsample, options.stride);
  axis.step = options.stride * axis.phases / options.upsample;
  axis.in = in;
  axis.out = out;
  int end = 0;
  for (int phase = 0; phase < axis.phases; ++phase) {
    axis.first[phase] = end;
    for (int k = 0; k < kernel; ++k) {
      const int position = options.stride * phase - before + k * options.dilation;
      const int offset = static_cast<int>(floor_divide(position, options.upsample));
      if (end > axis.first[phase] && axis.taps[end - 1].offset == offset)
        axis.taps[end - 1].kernel_end = k + 1;
      else
        axis.taps[end++] = {offset, k, k + 1};
    }
  }
  axis.first[axis.phases] = end;
  set_range(axis);
  return axis;
}

ConvAxis reversed(const ConvAxis& axis) {
  ConvAxis result;
  result.phases = axis.step;
  result.step = axis.phases;
  result.in = axis.out;
  result.out = axis.in;
  int end = 0;
  for (int phase = 0; phase < result.phases; ++phase) {
    result.first[phase] = end;
    for (int r = 0; r < axis.phases; ++r) {
      for (int i = axis.first[r]; i < axis.first[r + 1]; ++i) {
        const ConvTap& tap = axis.taps[i];
        if ((phase - tap.offset) % axis.step != 0) continue;
        result.taps[end++] = {(phase - tap.offset) / axis.step * axis.phases + r, tap.kernel_begin, tap.kernel_end};
      }
    }
    std::sort(result.taps + result.first[phase], result.taps + end,
              [](const ConvTap& a, const ConvTap& b) { return a.offset < b.offset; });
  }
  result.first[result.phases] = end;
  set_range(result);
  return result;
}

std::int64_t ConvPlan::work() const {
  std::int64_t products = 0;
  for (int phase = 0; phase < phases(); ++phase)
    products += y.count(phase / x.phases) * x.count(phase % x.phases) * taps(phase);
  return products * batch * in_group() * out;
}

ConvPlan forward_plan(const Conv2dNode& node, std::int64_t batch) {
  ConvPlan plan = axes_plan(node, batch);
  choose_tiles(plan, kWantedTiles);
  return plan;
}

ConvPlan input_plan(const Conv2dNode& node, std::int64_t batch) {
  ConvPlan plan = axes_plan(node, batch);
  plan.y = reversed(plan.y);
  plan.x = reversed(plan.x);
  std::swap(plan.in, plan.out);
  std::swap(plan.weight_in, plan.weight_out);
  choose_tiles(plan, kWantedTiles);
  return plan;
}

bool suits_winograd(const ConvPlan& plan, std::size_t element) {
  constexpr std::int64_t kFewestChannels = 32;
  constexpr std::int64_t kWholeVectors = 16;
  constexpr std::int64_t kFewestSquares = 128;
  if (element != sizeof(float) || plan.groups != 1 || !is_plain_triple(plan.y) || !is_plain_triple(plan.x))
    return false;
  for (const std::int64_t channels : {plan.in, plan.out})
    if (channels < kFewestChannels || channels % kWholeVectors != 0) return false;
  return plan.batch * squares_down(plan) * squares_across(plan) >= kFewestSquares;
}

std::int64_t squares_down(const ConvPlan& plan) { return ceil_divide(plan.y.out, 2); }
std::int64_t squares_across(const ConvPlan& plan) { return ceil_divide(plan.x.out, 2); }

std::int64_t squares_at_once(const ConvPlan& plan) {
  constexpr std::int64_t kFew = 12;  // whole register tiles of two, three, four, six and twelve rows
  constexpr std::int64_t kElements = 98304;
  const std::int64_t fit = kElements / (kSquarePoints * (plan.in + plan.out));
  return std::max(fit / kFew * kFew, kFew);
}

std::int64_t square_plane(const ConvPlan& plan, std::int64_t channels) {
  constexpr std::int64_t kApart = 16;
  return squares_at_once(plan) * channels + kApart;
}

ConvScratch conv_scratch(const ConvPlan& plan, std::size_t element_size, int lanes, int threads) {
  const auto element = static_cast<std::int64_t>(element_size);
  const std::int64_t columns = plan.groups * ceil_divide(plan.out_group(), lanes) * lanes;
  const bool squares = suits_winograd(plan, element_size);
  ConvScratch scratch;
  if (squares)
    lay_out_squares(scratch, plan, element);
  else
    lay_out_slot(scratch, plan, element, lanes);
  Layout layout, prepared;
  const std::int64_t weight_bytes = columns * plan.tap_total() * plan.in_group() * element;
  scratch.weights_in_scratch = squares;
  scratch.weights = (squares ? layout : prepared).take(weight_bytes);
  scratch.dots = prepared.take(plan.out <= kFewConvColumns ? weight_bytes : 0);
  scratch.square_weights = prepared.take(squares ? kSquarePoints * plan.in * plan.out * element : 0);
  scratch.prepared_total = prepared.end();
  scratch.bias = layout.take(columns * element);
  scratch.slots = layout.take(static_cast<std::int64_t>(scratch.slot_bytes) * threads);
  scratch.total = layout.end();
  return scratch;
}

WeightPlan weight_plan(const Conv2dNode& node, std::int64_t batch, int lanes) {
  WeightPlan plan{axes_plan(node, batch)};
  ConvPlan& conv = plan.conv;
  // Large tiles: every one of them reads and writes all the sums.
  choose_tiles(conv, 1);
  const std::int64_t run = conv.groups == 1 ? conv.x.tap_count(0) * conv.in : conv.in_group();
  const std::int64_t swapped_vectors = ceil_divide(run, lanes) * conv.out_group();
  const std::int64_t vectors = ceil_divide(conv.out_group(), lanes) * run;
  // With a single vector of output channels the other way round has the better tiles.
  const bool narrow = conv.out_group() <= lanes && run >= 4 * lanes;
  plan.swapped = swapped_vectors < vectors || (swapped_vectors == vectors && narrow);
  if (plan.swapped) conv.in_place = false;
  plan.partial_elements = conv.tap_total() * conv.in_group() * conv.out;
  const std::int64_t positions = batch * conv.y.count(0) * conv.x.count(0);
  plan.splits = std::clamp<std::int64_t>(positions / 1024, 1, kWantedTiles);
  plan.splits = std::min(plan.splits, std::max<std::int64_t>(1, (std::int64_t{1} << 22) / plan.partial_elements));
  plan.splits = std::min(plan.splits, conv.tiles());
  plan.direct = plan.splits == 1 && conv.phases() == 1 && node.conv.upsample == 1 && conv.groups == 1 &&
                !plan.swapped && !node.transposed_weight;
  return plan;
}

WeightScratch weight_scratch(const WeightPlan& plan, std::size_t element_size, int lanes, int threads) {
  const auto element = static_cast<std::int64_t>(element_size);
  const ConvPlan& conv = plan.conv;
  WeightScratch scratch;
  lay_out_slot(scratch, conv, element, lanes);
  scratch.tail_pixels = std::min(ceil_divide(lanes, conv.out), conv.batch * conv.y.out * conv.x.out);
  Layout layout;
  scratch.partials = layout.take(plan.direct ? 0 : plan.splits * plan.partial_elements * element);
  scratch.tail = layout.take((scratch.tail_pixels * conv.out + lanes) * element);
  scratch.slots = layout.take(static_cast<std::int64_t>(scratch.slot_bytes) * threads);
  scratch.total = layout.end();
  return scratch;
}

std::size_t conv_scratch_bytes(const ConvPlan& plan, DType dtype, int threads) {
  std::size_t most = 0;
  for (const int lanes : kLaneChoices[dtype == DType::kF64])
    most = std::max(most, conv_scratch(plan, dtype_size(dtype), lanes, threads).total);
  return most;
}

std::size_t conv_prepared_bytes(const ConvPlan& plan, DType dtype) {
  std::size_t most = 0;
  for (const int lanes : kLaneChoices[dtype == DType::kF64])
    most = std::max(most, conv_scratch(plan, dtype_size(dtype), lanes, 1).prepared_total);
  return most;
}

std::size_t weight_scratch_bytes(const Conv2dNode& node, std::int64_t batch, DType dtype, int threads) {
  std::size_t most = 0;
  for (const int lanes : kLaneChoices[dtype == DType::kF64])
    most = std::max(most, weight_scratch(weight_plan(node, batch, lanes), dtype_size(dtype), lanes, threads).total);
  return most;
}

}  // namespace betwixt::detail
