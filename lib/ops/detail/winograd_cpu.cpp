// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/activation_kernel.h"
#include "betwixt/ops/detail/gemm_kernel.h"
#include "betwixt/ops/detail/prefetch_kernel.h"
#include "betwixt/ops/detail/rectify_kernel.h"
#include "betwixt/ops/detail/slot_kernel.h"
#include "betwixt/ops/detail/winograd_kernel.h"

namespace betwixt::BETWIXT_ISA {

using detail::ConvPlan;
using detail::kSquarePoints;

namespace {

constexpr int kLane = kLanes<float>;
using Floats = Vector<float>;

/// Pixels, or points, of a square, row by row.
constexpr int kSide = 4;

/// One direction of the pixels' transform.
inline void transform_pixels(const Floats& a, const Floats& b, const Floats& c, const Floats& d, Floats* to, int step) {
  to[0] = a - c;
  to[step] = b + c;
  to[2 * step] = c - b;
  to[3 * step] = b - d;
}

/// One direction of the weights' transform.
inline void transform_taps(const Floats& a, const Floats& b, const Floats& c, Floats* to, int step) {
  to[0] = a;
  to[step] = (a + b + c) * 0.5f;
  to[2 * step] = (a - b + c) * 0.5f;
  to[3 * step] = c;
}

/// The convolution under way.
struct Squares {
  const ConvPlan& plan;
  const float* input;
  const float* weights;  ///< of every point, in panels
  const float* bias;
  float* output;
  const ActivationOptions& activation;
  const SlopeEnding<float>& ending;
  std::int64_t down, across, at_once, in_plane, out_plane;

  std::int64_t count() const { return plan.batch * down * across; }
};

/// Scratch of one thread.
struct Work {
  const float* zeros;  ///< a pixel outside the picture
  const float** rows;  ///< the first point of every square before the products
  float** results;     ///< and after them
};

/// Transforms rows [begin, end) of every panel: row k of point p of a panel from the same rows of its nine taps.
void transform_weights(const ConvPlan& plan, const float* panels, std::int64_t begin, std::int64_t end, float* to) {
  for (std::int64_t p = 0; p < panel_count<float>(plan.out); ++p) {
    const Piece columns = panel_columns<float>(plan.out, p);
    const std::int64_t width = columns.end - columns.begin;
    const float* from = panels + columns.begin * 9 * plan.in;
    for (std::int64_t i = begin * width; i < end * width; i += kLane) {
      Floats rows[kSide][3];
      Floats points[kSquarePoints];
      BETWIXT_UNROLL
      for (int x = 0; x < 3; ++x) {
        const float* tap = from + x * plan.in * width + i;
        const std::int64_t line = 3 * plan.in * width;
        transform_taps(load(tap), load(tap + line), load(tap + 2 * line), &rows[0][x], 3);
      }
      BETWIXT_UNROLL
      for (int y = 0; y < kSide; ++y) transform_taps(rows[y][0], rows[y][1], rows[y][2], points + y * kSide, 1);
      float* result = to + columns.begin * plan.in + i;
      BETWIXT_UNROLL
      for (int k = 0; k < kSquarePoints; ++k) store(result + k * plan.in * plan.out, points[k]);
    }
  }
}

/// Pixels [-low, 4) of square `index` along both axes; those outside the picture are zeros.
void transform_square(const Squares& s, const Work& work, std::int64_t index, float* to) {
  const ConvPlan& plan = s.plan;
  const std::int64_t top = index / s.across % s.down * 2 + plan.y.low;
  const std::int64_t left = index % s.across * 2 + plan.x.low;
  const float* picture = s.input + index / s.across / s.down * plan.y.in * plan.x.in * plan.in;
  const float* pixels[kSquarePoints];
  for (int i = 0; i < kSquarePoints; ++i) {
    const std::int64_t y = top + i / kSide;
    const std::int64_t x = left + i % kSide;
    const bool inside = y >= 0 && y < plan.y.in && x >= 0 && x < plan.x.in;
    pixels[i] = inside ? picture + (y * plan.x.in + x) * plan.in : work.zeros;
  }
  for (std::int64_t c = 0; c < plan.in; c += kLane) {
    Floats rows[kSquarePoints];
    Floats points[kSquarePoints];
    BETWIXT_UNROLL
    for (int x = 0; x < kSide; ++x)
      transform_pixels(load(pixels[x] + c), load(pixels[kSide + x] + c), load(pixels[2 * kSide + x] + c),
                       load(pixels[3 * kSide + x] + c), rows + x, kSide);
    BETWIXT_UNROLL
    for (int y = 0; y < kSide; ++y) {
      const Floats* row = rows + y * kSide;
      transform_pixels(row[0], row[1], row[2], row[3], points + y * kSide, 1);
    }
    BETWIXT_UNROLL
    for (int k = 0; k < kSquarePoints; ++k) store(to + k * s.in_plane + c, points[k]);
  }
}

/// The products of one point: squares x input channels times input channels x output channels.
void multiply_point(const Squares& s, const Work& work, std::int64_t squares, int point) {
  const ConvPlan& plan = s.plan;
  RowTile<float> tile{};
  Run run{};
  tile.runs = &run;
  tile.run_count = 1;
  for (std::int64_t p = 0; p < panel_count<float>(plan.out); ++p) {
    const Piece columns = panel_columns<float>(plan.out, p);
    tile.columns = static_cast<int>(columns.end - columns.begin);
    tile.ldb = tile.columns;
    tile.c_offset = point * s.out_plane + columns.begin;
    const std::int64_t blocks = piece_count(plan.in, block_length<float>(tile.columns));
    const std::int64_t row_tiles = piece_count(squares, row_tile_rows<float>(tile.columns));
    for (std::int64_t block = 0; block < blocks; ++block) {
      const Piece part = piece(plan.in, blocks, block);
      run = {point * s.in_plane + part.begin, part.end - part.begin};
      tile.b = s.weights + (point * plan.out + columns.begin) * plan.in + part.begin * tile.ldb;
      tile.accumulate = block > 0;
      for (std::int64_t i = 0; i < row_tiles; ++i) {
        const Piece rows = piece(squares, row_tiles, i);
        tile.a = work.rows + rows.begin;
        tile.c = work.results + rows.begin;
        tile.rows = static_cast<int>(rows.end - rows.begin);
        multiply_rows(tile);
      }
    }
  }
}

/// Where the two by two results of square `index` go; null beyond the far borders of a picture of odd size.
struct Results {
  float* pixel[4];

  Results(const Squares& s, std::int64_t index) {
    const ConvPlan& plan = s.plan;
    const std::int64_t y = index / s.across % s.down * 2;
    const std::int64_t x = index % s.across * 2;
    const std::int64_t line = plan.x.out * plan.out;
    float* const first = s.output + ((index / s.across / s.down * plan.y.out + y) * plan.x.out + x) * plan.out;
    pixel[0] = first;
    pixel[1] = x + 1 < plan.x.out ? first + plan.out : nullptr;
    pixel[2] = y + 1 < plan.y.out ? first + line : nullptr;
    pixel[3] = pixel[1] && pixel[2] ? first + line + plan.out : nullptr;
  }
};

void ask_for_square(const Squares& s, std::int64_t index) {
  const Results results(s, index);
  for (float* pixel : results.pixel)
    if (pixel) ask_for_slopes(s.ending, &pixel, 1, 0, s.plan.out);
}

void write_square(const Squares& s, std::int64_t index, const float* from) {
  const ConvPlan& plan = s.plan;
  const Results results(s, index);
  const bool rectify = is_rectifier(s.activation);
  const float slope = rectifier_slope(s.activation);
  for (std::int64_t n = 0; n < plan.out; n += kLane) {
    const Floats bias = s.bias ? load(s.bias + n) : Floats{};
    Floats sum[2][kSide];
    BETWIXT_UNROLL
    for (int k = 0; k < kSide; ++k) {
      const float* column = from + k * s.out_plane + n;
      const std::int64_t row = kSide * s.out_plane;
      const Floats middle = load(column + row);
      const Floats next = load(column + 2 * row);
      sum[0][k] = load(column) + middle + next;
      sum[1][k] = middle - next - load(column + 3 * row);
    }
    BETWIXT_UNROLL
    for (int i = 0; i < 4; ++i) {
      if (!results.pixel[i]) continue;
      const Floats* row = sum[i / 2];
      const Floats value = (i % 2 ? row[1] - row[2] - row[3] : row[0] + row[1] + row[2]) + bias;
      store(results.pixel[i] + n, rectify ? rectified<float>(value, slope) : value);
    }
  }
  for (float* result : results.pixel) {
    if (!result) continue;
    if (is_curve(s.activation)) apply_curve(s.activation.kind, result, plan.out);
    multiply_by_slopes(s.ending, &result, 1, 0, plan.out);
  }
}

void run_squares(const Squares& s, const Work& work, std::int64_t begin, std::int64_t end) {
  for (std::int64_t i = begin; i < end; ++i) transform_square(s, work, i, const_cast<float*>(work.rows[i - begin]));
  for (std::int64_t i = begin; s.ending.y && i < end; ++i) ask_for_square(s, i);
  for (int point = 0; point < kSquarePoints; ++point) multiply_point(s, work, end - begin, point);
  for (std::int64_t i = begin; i < end; ++i) write_square(s, i, work.results[i - begin]);
}

/// Points the rows at the squares of a slot and clears the pixel outside.
Work prepare(const Squares& s, const detail::ConvScratch& scratch, const Slot& slot) {
  float* zeros = slot.at<float>(scratch.patch);
  for (std::int64_t c = 0; c < s.plan.in; ++c) zeros[c] = 0;
  const Work work{zeros, slot.at<const float*>(scratch.in_pointers), slot.at<float*>(scratch.out_pointers)};
  for (std::int64_t i = 0; i < s.at_once; ++i) {
    work.rows[i] = slot.at<float>(scratch.square_in) + i * s.plan.in;
    work.results[i] = slot.at<float>(scratch.square_out) + i * s.plan.out;
  }
  return work;
}

}  // namespace

void convolve_squares(const CpuCall& call, const ConvPlan& plan, const float* panels, const float* bias,
                      const ActivationOptions& activation, const SlopeEnding<float>& ending) {
  const detail::ConvScratch scratch = detail::conv_scratch(plan, sizeof(float), kLane, call.pool.threads());
  float* weights = reinterpret_cast<float*>(call.prepared + scratch.square_weights);
  if (!call.is_prepared)
    call.pool.parallel_for(
        plan.in, piece_count(kSerialWork / 4, 25 * plan.out),
        [&](std::int64_t begin, std::int64_t end) { transform_weights(plan, panels, begin, end, weights); });
  const Squares s{plan,
                  call.in<float>(0),
                  weights,
                  bias,
                  call.out<float>(),
                  activation,
                  ending,
                  detail::squares_down(plan),
                  detail::squares_across(plan),
                  detail::squares_at_once(plan),
                  detail::square_plane(plan, plan.in),
                  detail::square_plane(plan, plan.out)};
  const SlotPool slots(call.scratch + scratch.slots, scratch.slot_bytes, call.pool.threads());
  const std::int64_t blocks = piece_count(s.count(), s.at_once);
  const std::int64_t grain = piece_count(kSerialWork, s.at_once * kSquarePoints * plan.in * plan.out);
  call.pool.parallel_for(blocks, grain, [&](std::int64_t begin, std::int64_t end) {
    const Slot slot(slots);
    const Work work = prepare(s, scratch, slot);
    for (std::int64_t block = begin; block < end; ++block) {
      const std::int64_t first = block * s.at_once;
      run_squares(s, work, first, first + s.at_once < s.count() ? first + s.at_once : s.count());
    }
  });
}

}  // namespace betwixt::BETWIXT_ISA
