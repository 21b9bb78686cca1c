// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/activation_kernel.h"
#include "betwixt/ops/detail/conv2d_options.h"
#include "betwixt/ops/detail/conv_kernel.h"
#include "betwixt/ops/detail/prefetch_kernel.h"
#include "betwixt/ops/detail/slope_kernel.h"
#include "betwixt/ops/detail/winograd_kernel.h"

// conv2d, conv2d_grad_input and conv2d_transpose: products whose rows are pixels.

namespace betwixt::BETWIXT_ISA {
namespace {

constexpr std::int64_t kPackChannels = 64;
constexpr std::int64_t kWantedChunks = 16;
/// With fewer rows in all, copying the weights into panels would not pay if it had to be done in every call.
constexpr std::int64_t kPackRows = 24;

/// The right side of the product.
template <class T>
struct Weights {
  const T* values;
  const T* bias;        ///< padded to whole vectors per group, or null
  bool as_given;        ///< the weights themselves, not panels
  std::int64_t padded;  ///< columns of a group in whole vectors
  const T* dots;        ///< laid out for multiply_dots, or null
};

/// Panels of (phase, group) start here; those of column n follow at n * terms.
std::int64_t panel_base(const ConvPlan& plan, int phase, std::int64_t group, std::int64_t padded) {
  std::int64_t taps = 0;
  for (int i = 0; i < phase; ++i) taps += plan.taps(i);
  return (taps * plan.groups + group * plan.taps(phase)) * plan.in_group() * padded;
}

/// Adds up the kernel elements of a tap for channels [c, c_end) into rows of a panel.
template <class T>
void pack_panel(const ConvPlan& plan, const ConvTap& ty, const ConvTap& tx, const T* group_weights, std::int64_t c,
                std::int64_t c_end, Piece columns, std::int64_t width, T* to) {
  const std::int64_t n_count = columns.end - columns.begin;
  for (std::int64_t r = 0; r < c_end - c; ++r)
    for (std::int64_t n = n_count; n < width; ++n) to[r * width + n] = 0;
  bool first = true;
  for (int ky = ty.kernel_begin; ky < ty.kernel_end; ++ky) {
    for (int kx = tx.kernel_begin; kx < tx.kernel_end; first = false, ++kx) {
      const T* from = group_weights + (std::int64_t{ky} * plan.kernel_width + kx) * plan.weight_tap +
                      c * plan.weight_in + columns.begin * plan.weight_out;
      if (plan.weight_out == 1) {
        for (std::int64_t r = 0; r < c_end - c; ++r) {
          const T* row = from + r * plan.weight_in;
          for (std::int64_t n = 0; n < n_count; ++n) to[r * width + n] = first ? row[n] : to[r * width + n] + row[n];
        }
      } else {
        if (first) {
          transpose(from, plan.weight_out, to, width, n_count, c_end - c);
          continue;
        }
        for (std::int64_t n = 0; n < n_count; ++n)
          for (std::int64_t r = 0; r < c_end - c; ++r) to[r * width + n] += from[n * plan.weight_out + r];
      }
    }
  }
}

template <class T>
void pack_tap(const ConvPlan& plan, std::int64_t tap, std::int64_t group, std::int64_t block, std::int64_t padded,
              const T* weights, T* panels) {
  int phase = 0;
  for (; tap >= plan.taps(phase); ++phase) tap -= plan.taps(phase);
  const int phase_x = phase % plan.x.phases;
  const int phase_y = phase / plan.x.phases;
  const int across = plan.x.tap_count(phase_x);
  const ConvTap& ty = plan.y.taps[plan.y.first[phase_y] + tap / across];
  const ConvTap& tx = plan.x.taps[plan.x.first[phase_x] + tap % across];
  const std::int64_t terms = plan.taps(phase) * plan.in_group();
  const std::int64_t c = block * kPackChannels;
  const std::int64_t c_end = c + kPackChannels < plan.in_group() ? c + kPackChannels : plan.in_group();
  T* base = panels + panel_base(plan, phase, group, padded);
  for (std::int64_t p = 0; p < panel_count<T>(plan.out_group()); ++p) {
    const Piece columns = panel_columns<T>(plan.out_group(), p);
    const std::int64_t width = vectors_of(columns.end - columns.begin, kLanes<T>) * kLanes<T>;
    pack_panel(plan, ty, tx, weights + group * plan.weight_group, c, c_end, columns, width,
               base + columns.begin * terms + (tap * plan.in_group() + c) * width);
  }
}

/// True when the weights already lie as rows of terms x columns.
bool lies_in_order(const ConvPlan& plan) {
  if (plan.groups != 1 || plan.phases() != 1 || plan.weight_out != 1) return false;
  if (plan.x.tap_count(0) != plan.kernel_width) return false;
  for (int i = 0; i < plan.y.tap_count(0); ++i)
    if (plan.y.taps[i].kernel_begin != i || plan.y.taps[i].kernel_end != i + 1) return false;
  for (int i = 0; i < plan.x.tap_count(0); ++i)
    if (plan.x.taps[i].kernel_begin != i || plan.x.taps[i].kernel_end != i + 1) return false;
  return true;
}

/// Very few output channels: rows of products along the terms instead of columns.
template <class T>
bool suits_dots(const ConvPlan& plan) {
  return plan.groups == 1 && plan.out <= detail::kFewConvColumns && plan.in >= kLanes<T> &&
         dot_tile_rows<T>(static_cast<int>(plan.out)) > 0;
}

/// Rearranges a phase's panel for multiply_dots.
template <class T>
void lay_out_dots(const ConvPlan& plan, int phase, Run* runs, const T* panel, T* to) {
  constexpr int L = kLanes<T>;
  const int count = phase_runs(plan, phase, plan.patch_width * plan.in, runs);
  for (int r = 0; r < count; ++r) {
    for (std::int64_t k = 0; k < runs[r].length; k += L) {
      for (std::int64_t n = 0; n < plan.out; ++n)
        for (std::int64_t i = 0; i < L; ++i) *to++ = k + i < runs[r].length ? panel[(k + i) * L + n] : T(0);
    }
    panel += runs[r].length * L;
  }
}

template <class T>
void pack_panels(const CpuCall& call, const ConvPlan& plan, std::int64_t padded, const T* weights, T* panels) {
  const std::int64_t blocks = piece_count(plan.in_group(), kPackChannels);
  const std::int64_t units = plan.tap_total() * plan.groups * blocks;
  const std::int64_t unit_work = padded * (plan.in_group() < kPackChannels ? plan.in_group() : kPackChannels);
  call.pool.parallel_for(units, piece_count(kSerialWork / 4, unit_work), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t unit = begin; unit < end; ++unit)
      pack_tap(plan, unit / blocks / plan.groups, unit / blocks % plan.groups, unit % blocks, padded, weights, panels);
  });
}

template <class T>
Weights<T> prepare_weights(const CpuCall& call, const ConvPlan& plan, const detail::ConvScratch& scratch,
                           const T* weights, const T* bias) {
  const std::int64_t columns = plan.out_group();
  const std::int64_t padded = vectors_of(columns, kLanes<T>) * std::int64_t{kLanes<T>};
  Weights<T> result{weights, bias, false, padded, nullptr};
  if (bias && padded != columns) {
    T* to = reinterpret_cast<T*>(call.scratch + scratch.bias);
    for (std::int64_t g = 0; g < plan.groups; ++g)
      for (std::int64_t n = 0; n < padded; ++n) to[g * padded + n] = n < columns ? bias[g * columns + n] : T(0);
    result.bias = to;
  }
  const std::int64_t rows = plan.batch * plan.y.count(0) * plan.x.count(0);
  const bool few = columns <= kPanelWidth<T> || (rows <= kPackRows && !call.keeps_prepared);
  if (padded == columns && few && lies_in_order(plan) && !detail::suits_winograd(plan, sizeof(T))) {
    result.as_given = true;
    return result;
  }
  T* panels = reinterpret_cast<T*>((scratch.weights_in_scratch ? call.scratch : call.prepared) + scratch.weights);
  T* dots = reinterpret_cast<T*>(call.prepared + scratch.dots);
  result.values = panels;
  if (suits_dots<T>(plan)) result.dots = dots;
  if (call.is_prepared) return result;
  pack_panels(call, plan, padded, weights, panels);
  if (result.dots) {
    Run* runs = reinterpret_cast<Run*>(call.scratch + scratch.slots + scratch.runs);
    for (int phase = 0; phase < plan.phases(); ++phase) {
      const std::int64_t base = panel_base(plan, phase, 0, padded);
      lay_out_dots(plan, phase, runs, panels + base, dots + base);
    }
  }
  return result;
}

/// One convolution under way.
template <class T>
struct Product {
  const ConvPlan& plan;
  const detail::ConvScratch& scratch;
  const T* input;
  Weights<T> weights;
  T* output;
  const ActivationOptions& activation;
  SlopeEnding<T> ending;
};

/// Rows of the picture that this thread will probably copy for its next tile. They are asked for little by little while
/// it multiplies, which leaves the path to memory idle.
struct RowsAhead {
  std::uintptr_t at = 0;
  std::int64_t bytes = 0;  ///< left to ask for
  std::int64_t step = 0;   ///< each time

  void ask() {
    const std::int64_t now = step < bytes ? step : bytes;
    prefetch_lines<kToSecondLevel>(at, now);
    at += static_cast<std::uintptr_t>(now);
    bytes -= now;
  }
};

/// Pixels of one phase of a tile and the terms of their sums.
template <class T>
struct PhaseWork {
  int phase;
  const T** in;
  T** out;
  std::int64_t pixels = 0;
  Run* runs;  ///< as many again may be stored behind them
  int run_count;
  std::int64_t terms;
  RowsAhead* ahead;
};

template <class T>
void multiply_panel(const Product<T>& product, const PhaseWork<T>& work, std::int64_t panel) {
  const ConvPlan& plan = product.plan;
  const Weights<T>& weights = product.weights;
  const std::int64_t panels = panel_count<T>(plan.out_group());
  const std::int64_t group = panel / panels;
  const Piece columns = panel_columns<T>(plan.out_group(), panel % panels);
  const int count = static_cast<int>(columns.end - columns.begin);
  const std::int64_t width = vectors_of(count, kLanes<T>) * std::int64_t{kLanes<T>};
  const std::int64_t ldb = weights.as_given ? plan.weight_in : width;
  const T* b = weights.as_given
                   ? weights.values + columns.begin
                   : weights.values + panel_base(plan, work.phase, group, weights.padded) + columns.begin * work.terms;
  std::int64_t blocks = piece_count(work.terms, block_length<T>(static_cast<int>(width)));
  if (blocks == 0) blocks = 1;
  const std::int64_t row_tiles = piece_count(work.pixels, row_tile_rows<T>(count));
  Run* runs = work.runs + work.run_count;
  RowTile<T> tile{};
  tile.c_offset = group * plan.out_group() + columns.begin;
  tile.runs = runs;
  tile.ldb = ldb;
  tile.columns = count;
  tile.bias = weights.bias ? weights.bias + group * weights.padded + columns.begin : nullptr;
  tile.slope = static_cast<T>(rectifier_slope(product.activation));
  for (std::int64_t block = 0; block < blocks; ++block) {
    const Piece part = piece(work.terms, blocks, block);
    tile.run_count = clip_runs(work.runs, work.run_count, part.begin, part.end, runs);
    for (int i = 0; i < tile.run_count; ++i) runs[i].offset += group * plan.in_group();
    tile.b = b + part.begin * ldb;
    tile.accumulate = block > 0;
    tile.rectify = block + 1 == blocks && is_rectifier(product.activation);
    for (std::int64_t i = 0; i < row_tiles; ++i) {
      const Piece rows = piece(work.pixels, row_tiles, i);
      tile.a = work.in + rows.begin;
      tile.c = work.out + rows.begin;
      tile.rows = static_cast<int>(rows.end - rows.begin);
      work.ahead->ask();
      if (block == 0) ask_for_slopes(product.ending, tile.c, tile.rows, tile.c_offset, count);
      multiply_rows(tile);
    }
  }
  if (is_curve(product.activation))
    apply_curve_to_rows(product.activation.kind, work.out, work.pixels, tile.c_offset, count);
  multiply_by_slopes(product.ending, work.out, work.pixels, tile.c_offset, count);
}

template <class T>
void multiply_few(const Product<T>& product, const PhaseWork<T>& work) {
  const ConvPlan& plan = product.plan;
  DotTile<T> tile{};
  tile.runs = work.runs;
  tile.run_count = work.run_count;
  tile.b = product.weights.dots + panel_base(plan, work.phase, 0, product.weights.padded);
  tile.columns = static_cast<int>(plan.out);
  tile.bias = product.weights.bias;
  tile.rectify = is_rectifier(product.activation);
  tile.slope = static_cast<T>(rectifier_slope(product.activation));
  const int most = dot_tile_rows<T>(tile.columns);
  for (std::int64_t i = 0; i < work.pixels; i += most) {
    tile.a = work.in + i;
    tile.c = work.out + i;
    tile.rows = work.pixels - i < most ? static_cast<int>(work.pixels - i) : most;
    multiply_dots(tile);
  }
  if (is_curve(product.activation))
    apply_curve_to_rows(product.activation.kind, work.out, work.pixels, 0, tile.columns);
  multiply_by_slopes(product.ending, work.out, work.pixels, 0, tile.columns);
}

/// The rows under tile `index`, to be asked for in as many steps as a tile has products of a register tile.
template <class T>
RowsAhead rows_ahead(const Product<T>& product, std::int64_t index, std::int64_t panels) {
  constexpr std::int64_t kLine = 64;
  const ConvPlan& plan = product.plan;
  if (plan.in_place || plan.column_tiles != 1 || index >= plan.tiles()) return {};
  const TileRange tile = tile_range(plan, index);
  const std::int64_t row = tile.row * plan.y.step + plan.y.low;
  const std::int64_t first = row < 0 ? 0 : row;
  const std::int64_t last = row + plan.patch_height < plan.y.in ? row + plan.patch_height : plan.y.in;
  const std::int64_t line = plan.x.in * plan.in * static_cast<std::int64_t>(sizeof(T));
  if (last <= first) return {};
  const std::int64_t bytes = (last - first) * line;
  const int columns = static_cast<int>(plan.out_group() < kPanelWidth<T> ? plan.out_group() : kPanelWidth<T>);
  const std::int64_t blocks = piece_count(plan.taps(0) * plan.in_group(), block_length<T>(columns)) + 1;
  const std::int64_t products =
      panels * blocks * plan.phases() * piece_count(plan.tile_pixels(), row_tile_rows<T>(columns));
  const auto from = reinterpret_cast<std::uintptr_t>(product.input) +
                    static_cast<std::uintptr_t>((tile.image * plan.y.in + first) * line);
  return {from, bytes, piece_count(piece_count(bytes, products), kLine) * kLine};
}

/// `next`: the tile this thread will probably do afterwards.
template <class T>
void multiply_tile(const Product<T>& product, const Slot& slot, std::int64_t tile_index, std::int64_t next,
                   Piece panels) {
  const ConvPlan& plan = product.plan;
  const TileRange tile = tile_range(plan, tile_index);
  RowsAhead ahead = rows_ahead(product, next, panels.end - panels.begin);
  const Window<T> window = open_window(plan, tile, product.input, slot.at<T>(product.scratch.patch));
  for (int phase = 0; phase < plan.phases(); ++phase) {
    PhaseWork<T> work{phase,
                      slot.at<const T*>(product.scratch.in_pointers),
                      slot.at<T*>(product.scratch.out_pointers),
                      0,
                      slot.at<Run>(product.scratch.runs),
                      0,
                      0,
                      &ahead};
    for_each_pixel(plan, tile, window, phase, [&](const T* in, std::int64_t out) {
      work.in[work.pixels] = in;
      work.out[work.pixels++] = product.output + out * plan.out;
    });
    if (work.pixels == 0) continue;
    work.run_count = phase_runs(plan, phase, window.row_stride, work.runs);
    work.terms = plan.taps(phase) * plan.in_group();
    if (product.weights.dots) {
      multiply_few(product, work);
      continue;
    }
    for (std::int64_t panel = panels.begin; panel < panels.end; ++panel) multiply_panel(product, work, panel);
  }
}

/// What input 2 is: per output channel what is added, or the result of the activation whose derivative is taken along.
enum class Third { kBias, kSlope };

template <class T>
void convolve(const CpuCall& call, const ConvPlan& plan, const ActivationOptions& chosen, Third third) {
  const detail::ConvScratch scratch = detail::conv_scratch(plan, sizeof(T), kLanes<T>, call.pool.threads());
  const T* input = call.node.input_count() > 2 ? call.in<T>(2) : nullptr;
  const T* bias = third == Third::kBias ? input : nullptr;
  const ActivationOptions activation = third == Third::kBias ? chosen : ActivationOptions{};
  const SlopeEnding<T> ending{chosen, call.out<T>(), third == Third::kSlope ? input : nullptr};
  const Weights<T> weights = prepare_weights(call, plan, scratch, call.in<T>(1), bias);
  if constexpr (sizeof(T) == sizeof(float)) {
    if (detail::suits_winograd(plan, sizeof(T)))
      return convolve_squares(call, plan, weights.values, weights.bias, activation, ending);
  }
  const Product<T> product{plan, scratch, call.in<T>(0), weights, call.out<T>(), activation, ending};
  const SlotPool slots(call.scratch + scratch.slots, scratch.slot_bytes, call.pool.threads());
  const std::int64_t panels = plan.groups * panel_count<T>(plan.out_group());
  const std::int64_t tiles = plan.tiles();
  std::int64_t parts = piece_count(kWantedChunks, tiles);
  if (parts > panels) parts = panels;
  const std::int64_t unit_work = plan.work() / (tiles * parts) + 1;
  const std::int64_t grain = piece_count(kSerialWork, unit_work);
  call.pool.parallel_for(tiles * parts, grain, [&](std::int64_t begin, std::int64_t end) {
    const Slot slot(slots);
    for (std::int64_t unit = begin; unit < end; ++unit) {
      const std::int64_t next = unit + 1 < end ? unit + 1 : unit + 1 + (call.pool.threads() - 1) * grain;
      multiply_tile(product, slot, unit / parts, parts > 1 ? tiles : next, piece(panels, parts, unit % parts));
    }
  });
}

void convolve_any(const CpuCall& call, const ConvPlan& plan, const ActivationOptions& activation,
                  Third third = Third::kBias) {
  if (call.node.output_type().dtype == DType::kF64) return convolve<double>(call, plan, activation, third);
  convolve<float>(call, plan, activation, third);
}

}  // namespace

void conv2d_cpu(const CpuCall& call) {
  const auto& options = call.options<Conv2dNode>();
  convolve_any(call, detail::forward_plan(options, call.in_shape(0)[0]), options.conv.activation);
}

void conv2d_grad_input_cpu(const CpuCall& call) {
  convolve_any(call, detail::input_plan(call.options<Conv2dNode>(), call.in_shape(0)[0]), ActivationOptions{});
}

void conv2d_grad_input_activation_cpu(const CpuCall& call) {
  const auto& options = call.options<Conv2dNode>();
  convolve_any(call, detail::input_plan(options, call.in_shape(0)[0]), options.conv.activation, Third::kSlope);
}

void conv2d_transpose_cpu(const CpuCall& call) {
  const auto& options = call.options<Conv2dNode>();
  convolve_any(call, detail::input_plan(options, call.in_shape(0)[0]), options.conv.activation);
}

}  // namespace betwixt::BETWIXT_ISA
