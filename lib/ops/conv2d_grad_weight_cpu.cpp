// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/conv2d_options.h"
#include "betwixt/ops/detail/conv_kernel.h"

// The weight gradient: products whose sums run over pixels. The pixels are cut into a few parts, each summed in order
// into its own copy of the weights; the copies are then added in order.

namespace betwixt::BETWIXT_ISA {
namespace {

constexpr std::int64_t kWantedChunks = 4;
/// Every part copies the picture for itself: it should have this many terms to use it for.
constexpr std::int64_t kFewestTerms = 64;

/// What one thread adds up at a time: some panels, and of each some of the terms.
struct Share {
  Piece panels;
  std::int64_t term_parts;
  std::int64_t term_part;
};

template <class T>
struct Outer {
  const detail::WeightPlan& plan;
  const detail::WeightScratch& scratch;
  const T* x;
  const T* dy;
  const T* tail;            ///< last pixels of dy, with room behind them
  std::int64_t tail_begin;  ///< index of the first of them
  T* partials;
};

/// Pixels of one phase of a tile.
template <class T>
struct PhaseWork {
  const T** x;
  const T** dy;
  std::int64_t pixels = 0;
  const Run* runs;
  int run_count;
  std::int64_t terms;
  std::int64_t first_term;  ///< of the runs
  T* sums;                  ///< of this part and phase
  bool accumulate;
};

/// Adds the products of all pixels to rows x columns of the sums, `rows` being elements at `a`.
template <class T>
void add_block(const T* const* a, const T* const* b, const PhaseWork<T>& work, OuterTile<T> tile, std::int64_t rows) {
  T* c = tile.c;
  const std::int64_t a_offset = tile.a_offset;
  if (work.pixels == 0 && !work.accumulate) {
    for (std::int64_t m = 0; m < rows; ++m)
      for (int n = 0; n < tile.columns; ++n) c[m * tile.ldc + n] = 0;
  }
  const std::int64_t parts = piece_count(work.pixels, block_length<T>(tile.columns));
  const std::int64_t row_tiles = piece_count(rows, outer_tile_rows<T>(tile.columns));
  for (std::int64_t part = 0; part < parts; ++part) {
    const Piece pixels = piece(work.pixels, parts, part);
    tile.a = a + pixels.begin;
    tile.b = b + pixels.begin;
    tile.count = pixels.end - pixels.begin;
    tile.accumulate = work.accumulate || part > 0;
    for (std::int64_t i = 0; i < row_tiles; ++i) {
      const Piece part_rows = piece(rows, row_tiles, i);
      tile.rows = static_cast<int>(part_rows.end - part_rows.begin);
      tile.a_offset = a_offset + part_rows.begin;
      tile.c = c + part_rows.begin * tile.ldc;
      multiply_outer(tile);
    }
  }
}

/// Sums [terms][out_group]: vectors along output channels.
template <class T>
void add_panel(const ConvPlan& plan, const PhaseWork<T>& work, std::int64_t panel) {
  const std::int64_t panels = panel_count<T>(plan.out_group());
  const std::int64_t group = panel / panels;
  const Piece columns = panel_columns<T>(plan.out_group(), panel % panels);
  OuterTile<T> tile{};
  tile.b_offset = group * plan.out_group() + columns.begin;
  tile.ldc = plan.out_group();
  tile.columns = static_cast<int>(columns.end - columns.begin);
  T* sums = work.sums + (group * work.terms + work.first_term) * plan.out_group() + columns.begin;
  for (int i = 0; i < work.run_count; sums += work.runs[i].length * plan.out_group(), ++i) {
    tile.a_offset = work.runs[i].offset + group * plan.in_group();
    tile.c = sums;
    add_block(work.x, work.dy, work, tile, work.runs[i].length);
  }
}

/// Sums [out_group][terms]: vectors along taps and input channels.
template <class T>
void add_swapped(const ConvPlan& plan, const PhaseWork<T>& work, std::int64_t group) {
  OuterTile<T> tile{};
  tile.a_offset = group * plan.out_group();
  tile.ldc = work.terms;
  T* sums = work.sums + group * work.terms * plan.out_group() + work.first_term;
  for (int i = 0; i < work.run_count; sums += work.runs[i].length, ++i) {
    for (std::int64_t p = 0; p < panel_count<T>(work.runs[i].length); ++p) {
      const Piece columns = panel_columns<T>(work.runs[i].length, p);
      tile.b_offset = work.runs[i].offset + group * plan.in_group() + columns.begin;
      tile.columns = static_cast<int>(columns.end - columns.begin);
      tile.c = sums + columns.begin;
      add_block(work.dy, work.x, work, tile, plan.out_group());
    }
  }
}

template <class T>
void add_tile(const Outer<T>& outer, const Slot& slot, std::int64_t tile_index, T* sums, bool accumulate,
              const Share& share) {
  const ConvPlan& plan = outer.plan.conv;
  const TileRange tile = tile_range(plan, tile_index);
  const Window<T> window = open_window(plan, tile, outer.x, slot.at<T>(outer.scratch.patch));
  Run* runs = slot.at<Run>(outer.scratch.runs);
  for (int phase = 0; phase < plan.phases(); ++phase) {
    PhaseWork<T> work{slot.at<const T*>(outer.scratch.in_pointers),
                      slot.at<const T*>(outer.scratch.out_pointers),
                      0,
                      nullptr,
                      0,
                      plan.taps(phase) * plan.in_group(),
                      0,
                      sums,
                      accumulate};
    sums += work.terms * plan.out;
    for_each_pixel(plan, tile, window, phase, [&](const T* in, std::int64_t out) {
      work.x[work.pixels] = in;
      work.dy[work.pixels++] =
          out >= outer.tail_begin ? outer.tail + (out - outer.tail_begin) * plan.out : outer.dy + out * plan.out;
    });
    const int run_count = phase_runs(plan, phase, window.row_stride, runs);
    const Piece terms = piece(work.terms, share.term_parts, share.term_part);
    work.runs = runs + run_count;
    work.run_count = clip_runs(runs, run_count, terms.begin, terms.end, runs + run_count);
    work.first_term = terms.begin;
    for (std::int64_t panel = share.panels.begin; panel < share.panels.end; ++panel) {
      if (outer.plan.swapped)
        add_swapped(plan, work, panel);
      else
        add_panel(plan, work, panel);
    }
  }
}

/// Adds the sums of all parts, and of all phases and taps a kernel element takes part in, for one kernel element and
/// a range of its input channels.
template <class T>
void collect(const Outer<T>& outer, int ky, int kx, std::int64_t group, T* weights) {
  const ConvPlan& plan = outer.plan.conv;
  const std::int64_t in_group = plan.in_group();
  const std::int64_t out_group = plan.out_group();
  T* to = weights + (std::int64_t{ky} * plan.kernel_width + kx) * plan.weight_tap + group * plan.weight_group;
  for (std::int64_t c = 0; c < in_group; ++c)
    for (std::int64_t n = 0; n < out_group; ++n) to[c * plan.weight_in + n * plan.weight_out] = 0;
  for (std::int64_t split = 0; split < outer.plan.splits; ++split) {
    const T* sums = outer.partials + split * outer.plan.partial_elements;
    for (int phase = 0; phase < plan.phases(); sums += plan.taps(phase) * in_group * plan.out, ++phase) {
      const int phase_y = phase / plan.x.phases;
      const int phase_x = phase % plan.x.phases;
      const std::int64_t terms = plan.taps(phase) * in_group;
      const T* group_sums = sums + group * terms * out_group;
      for (int i = 0; i < plan.y.tap_count(phase_y); ++i) {
        const ConvTap& ty = plan.y.taps[plan.y.first[phase_y] + i];
        if (ky < ty.kernel_begin || ky >= ty.kernel_end) continue;
        for (int j = 0; j < plan.x.tap_count(phase_x); ++j) {
          const ConvTap& tx = plan.x.taps[plan.x.first[phase_x] + j];
          if (kx < tx.kernel_begin || kx >= tx.kernel_end) continue;
          const std::int64_t term = (std::int64_t{i} * plan.x.tap_count(phase_x) + j) * in_group;
          const std::int64_t c_step = outer.plan.swapped ? 1 : out_group;
          const std::int64_t n_step = outer.plan.swapped ? terms : 1;
          const T* from = group_sums + term * c_step;
          if (n_step == 1 && plan.weight_out == 1) {
            for (std::int64_t c = 0; c < in_group; ++c)
              for (std::int64_t n = 0; n < out_group; ++n) to[c * plan.weight_in + n] += from[c * c_step + n];
          } else {
            for (std::int64_t n = 0; n < out_group; ++n)
              for (std::int64_t c = 0; c < in_group; ++c)
                to[c * plan.weight_in + n * plan.weight_out] += from[c * c_step + n * n_step];
          }
        }
      }
    }
  }
}

template <class T>
void weight_gradient(const CpuCall& call) {
  const auto& options = call.options<Conv2dNode>();
  const detail::WeightPlan plan = detail::weight_plan(options, call.in_shape(0)[0], kLanes<T>);
  const detail::WeightScratch scratch = detail::weight_scratch(plan, sizeof(T), kLanes<T>, call.pool.threads());
  const ConvPlan& conv = plan.conv;
  const std::int64_t pixels = conv.batch * conv.y.out * conv.x.out;
  T* tail = reinterpret_cast<T*>(call.scratch + scratch.tail);
  const std::int64_t tail_begin = pixels - scratch.tail_pixels;
  const std::int64_t tail_elements = scratch.tail_pixels * conv.out;
  for (std::int64_t i = 0; i < tail_elements + kLanes<T>; ++i)
    tail[i] = i < tail_elements ? call.in<T>(1)[tail_begin * conv.out + i] : T(0);
  T* partials = plan.direct ? call.out<T>() : reinterpret_cast<T*>(call.scratch + scratch.partials);
  const Outer<T> outer{plan, scratch, call.in<T>(0), call.in<T>(1), tail, tail_begin, partials};
  const SlotPool slots(call.scratch + scratch.slots, scratch.slot_bytes, call.pool.threads());
  const std::int64_t panels = plan.swapped ? conv.groups : conv.groups * panel_count<T>(conv.out_group());
  const std::int64_t wanted = piece_count(kWantedChunks, plan.splits);
  const std::int64_t panel_parts = wanted < panels ? wanted : panels;
  const std::int64_t most_parts = 1 + conv.tap_total() / conv.phases() * conv.in_group() / kFewestTerms;
  const std::int64_t wanted_parts = piece_count(wanted, panel_parts);
  const std::int64_t term_parts = wanted_parts < most_parts ? wanted_parts : most_parts;
  const std::int64_t parts = panel_parts * term_parts;
  const std::int64_t unit_work = conv.work() / (plan.splits * parts) + 1;
  call.pool.parallel_for(
      plan.splits * parts, piece_count(kSerialWork, unit_work), [&](std::int64_t begin, std::int64_t end) {
        const Slot slot(slots);
        for (std::int64_t unit = begin; unit < end; ++unit) {
          const std::int64_t split = unit / parts;
          const std::int64_t part = unit % parts;
          const Piece tiles = piece(conv.tiles(), plan.splits, split);
          // Neighbours have the same terms: a thread, which keeps to neighbours, reads only some of the picture.
          const Share share{piece(panels, panel_parts, part % panel_parts), term_parts, part / panel_parts};
          for (std::int64_t tile = tiles.begin; tile < tiles.end; ++tile)
            add_tile(outer, slot, tile, partials + split * plan.partial_elements, tile > tiles.begin, share);
        }
      });
  if (plan.direct) return;
  const std::int64_t unit_sums = conv.in_group() * conv.out_group() * plan.splits * conv.phases();
  call.pool.parallel_for(options.kernel_height * options.kernel_width * conv.groups,
                         piece_count(kSerialWork / 4, unit_sums), [&](std::int64_t begin, std::int64_t end) {
                           for (std::int64_t unit = begin; unit < end; ++unit) {
                             const std::int64_t k = unit / conv.groups;
                             collect(outer, static_cast<int>(k / options.kernel_width),
                                     static_cast<int>(k % options.kernel_width), unit % conv.groups, call.out<T>());
                           }
                         });
}

}  // namespace

void conv2d_grad_weight_cpu(const CpuCall& call) {
  if (call.node.output_type().dtype == DType::kF64) return weight_gradient<double>(call);
  weight_gradient<float>(call);
}

}  // namespace betwixt::BETWIXT_ISA
