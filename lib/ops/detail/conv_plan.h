// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include "betwixt/ops/detail/conv2d_options.h"

// How convolutions, their gradients and transposed convolutions are cut into work. Everything here depends on shapes
// and the instruction set only, never on the number of threads.

namespace betwixt::detail {

constexpr int kMaxConvTaps = 64;
constexpr int kMaxConvPhases = 32;
/// With so few output channels, weights are also laid out for products along the terms.
constexpr int kFewConvColumns = 4;

/// One tap along an axis: input position relative to the window, and the kernel elements whose sum multiplies it.
struct ConvTap {
  int offset;
  int kernel_begin;
  int kernel_end;
};

/// A convolution along one axis, as phases: for output position phases * q + phase and every tap of that phase the
/// input position is step * q + tap.offset. Ordinary convolution has one phase; upsampling and transposition have
/// more, and none of them multiplies by inserted zeros or repeats a product.
struct ConvAxis {
  int phases = 1;
  int step = 1;
  std::int64_t in = 0;
  std::int64_t out = 0;
  int low = 0, high = 0;  ///< smallest and largest offset
  int first[kMaxConvPhases + 1] = {};
  ConvTap taps[kMaxConvTaps] = {};

  int tap_count(int phase) const { return first[phase + 1] - first[phase]; }
  int tap_total() const { return first[phases]; }
  /// Output positions of a phase.
  std::int64_t count(int phase) const { return out <= phase ? 0 : (out - phase + phases - 1) / phases; }
};

/// Axis of conv2d; `out` from conv2d_output.
ConvAxis conv_axis(std::int64_t in, std::int64_t out, std::int64_t kernel, int before, const Conv2dOptions& options);
/// The same connections read from the output's side: from the result to the input.
ConvAxis reversed(const ConvAxis& axis);

/// A picture, its result and how to walk over them.
struct ConvPlan {
  ConvAxis y, x;
  std::int64_t batch = 0;
  std::int64_t in = 0, out = 0;  ///< channels
  int groups = 1;
  // Weight element (group, c of in, n of out) of a tap lies at group * weight_group + c * weight_in + n * weight_out.
  std::int64_t weight_tap = 0, weight_group = 0, weight_in = 0, weight_out = 0;
  int kernel_width = 1;

  // Tiles: images x rows x columns of q.
  std::int64_t images = 1, rows = 1, columns = 1;
  std::int64_t image_tiles = 1, row_tiles = 1, column_tiles = 1;
  /// No tap leaves the picture: it is read where it lies. Otherwise a tile is copied with its border.
  bool in_place = false;
  std::int64_t patch_height = 0, patch_width = 0;

  std::int64_t in_group() const { return in / groups; }
  std::int64_t out_group() const { return out / groups; }
  std::int64_t tiles() const { return image_tiles * row_tiles * column_tiles; }
  std::int64_t tile_pixels() const { return images * rows * columns; }
  std::int64_t patch_elements() const { return in_place ? 0 : images * patch_height * patch_width * in; }
  int phases() const { return y.phases * x.phases; }
  std::int64_t taps(int phase) const {
    return std::int64_t{y.tap_count(phase / x.phases)} * x.tap_count(phase % x.phases);
  }
  std::int64_t tap_total() const { return std::int64_t{y.tap_total()} * x.tap_total(); }
  /// Multiply-adds.
  std::int64_t work() const;
};

/// Of conv2d: from x to the result.
ConvPlan forward_plan(const Conv2dNode& node, std::int64_t batch);
/// Of conv2d_grad_input and conv2d_transpose: from dy to the picture.
ConvPlan input_plan(const Conv2dNode& node, std::int64_t batch);

/// Points of a four by four square, each with a matrix of its own where a plan suits Winograd's algorithm.
constexpr int kSquarePoints = 16;
/// Three by three taps next to each other, enough channels and pixels, f32: two by two results from four by four
/// pixels by 16 products instead of 36. Sums and halves only, so that small whole numbers stay exact.
bool suits_winograd(const ConvPlan& plan, std::size_t element);
/// Squares of two by two results down and across a picture, and how many make one piece of work.
std::int64_t squares_down(const ConvPlan& plan);
std::int64_t squares_across(const ConvPlan& plan);
std::int64_t squares_at_once(const ConvPlan& plan);
/// Elements from one point's matrix of so many squares to the next; not a multiple of a page, or all of them would fall
/// into the same cache sets.
std::int64_t square_plane(const ConvPlan& plan, std::int64_t channels);

/// Scratch of the row products (forward and input gradient), bytes and offsets.
struct ConvScratch {
  // What the products read the weights from, in memory of its own (CpuCall::prepared). Points of squares are made from
  // panels, which are not needed afterwards: those lie in the scratch then.
  std::size_t weights = 0, dots = 0, square_weights = 0;
  bool weights_in_scratch = false;
  std::size_t prepared_total = 0;
  std::size_t bias = 0, slots = 0;
  std::size_t slot_bytes = 0;
  // Inside a slot; the last two hold the points of squares before and after the products:
  std::size_t patch = 0, in_pointers = 0, out_pointers = 0, runs = 0, square_in = 0, square_out = 0;
  std::size_t total = 0;
};
ConvScratch conv_scratch(const ConvPlan& plan, std::size_t element, int lanes, int threads);

/// Of the weight gradient.
struct WeightPlan {
  ConvPlan conv;
  std::int64_t splits = 1;  ///< parts of the sum over pixels
  /// Few output channels: rows of a tile are output channels and vectors run along taps and input channels.
  bool swapped = false;
  bool direct = false;  ///< the one part is the result itself
  std::int64_t partial_elements = 0;
};
WeightPlan weight_plan(const Conv2dNode& node, std::int64_t batch, int lanes);

struct WeightScratch {
  std::size_t partials = 0, tail = 0, slots = 0;
  std::size_t slot_bytes = 0;
  std::size_t patch = 0, in_pointers = 0, out_pointers = 0, runs = 0;
  std::size_t total = 0;
  std::int64_t tail_pixels = 0;  ///< last pixels of dy, copied so that whole vectors may be read behind them
};
WeightScratch weight_scratch(const WeightPlan& plan, std::size_t element, int lanes, int threads);

/// Largest scratch over the instruction sets, and largest memory for the weights.
std::size_t conv_scratch_bytes(const ConvPlan& plan, DType dtype, int threads);
std::size_t conv_prepared_bytes(const ConvPlan& plan, DType dtype);
std::size_t weight_scratch_bytes(const Conv2dNode& node, std::int64_t batch, DType dtype, int threads);

}  // namespace betwixt::detail
