// SPDX-License-Identifier: MIT
#include "betwixt/ops/dense.h"
#include "betwixt/ops/detail/activation_kernel.h"
#include "betwixt/ops/detail/gemm_kernel.h"
#include "betwixt/ops/detail/matmul_gpu.h"
#include "betwixt/ops/detail/matmul_plan.h"
#include "betwixt/ops/detail/prefetch_kernel.h"
#include "betwixt/ops/detail/slope_kernel.h"
#include "betwixt/ops/detail/slot_kernel.h"
#include "betwixt/ops/matmul.h"
#include "betwixt/tensor/op.h"

// matmul and dense.

namespace betwixt::BETWIXT_ISA {
namespace {

constexpr std::int64_t kWantedChunks = 8;
/// With fewer rows, copying the right side into a panel would not pay.
constexpr std::int64_t kPackRows = 24;
/// With fewer panels, copying the left side would not pay.
constexpr std::int64_t kPackPanels = 4;

template <class T>
struct Matmul {
  const T* a;
  const T* b;
  T* c;
  const T* bias;
  std::int64_t batch, m, n, k;
  std::int64_t a_row, a_term;  ///< strides
  std::int64_t b_term, b_column;
  ActivationOptions activation;
  SlopeEnding<T> ending;
};

/// One block of rows of one matrix and its scratch.
template <class T>
struct BlockWork {
  const T* a;
  const T* b;
  T* c;
  Piece rows;
  T* panel;
  const T** a_pointers;
  T** c_pointers;  ///< pointers to b's terms when a is transposed
  T* packed;       ///< room for kMatmulPackedBytes of the left side
};

/// The right side of a block of terms and columns.
template <class T>
struct RightSide {
  const T* values;
  std::int64_t ldb;
};

/// Stretches of memory that are needed next, asked for a few at a time.
struct Ahead {
  std::uintptr_t from = 0;
  std::int64_t stride = 0;  ///< bytes from one stretch to the next
  std::int64_t bytes = 0;   ///< of a stretch
  std::int64_t count = 0;
  std::int64_t asked = 0;

  /// Asks for what part `index` of `parts` brings.
  void ask(std::int64_t index, std::int64_t parts) {
    for (const std::int64_t end = count * (index + 1) / parts; asked < end; ++asked)
      prefetch_lines<kToSecondLevel>(from + static_cast<std::uintptr_t>(asked * stride), bytes);
  }
};

template <class T>
Ahead right_side_ahead(const Matmul<T>& product, const BlockWork<T>& work, Piece terms, Piece columns) {
  constexpr auto kBytes = static_cast<std::int64_t>(sizeof(T));
  const T* from = work.b + terms.begin * product.b_term + columns.begin * product.b_column;
  const std::int64_t length = terms.end - terms.begin;
  const std::int64_t count = columns.end - columns.begin;
  if (product.b_column == 1)
    return {reinterpret_cast<std::uintptr_t>(from), product.b_term * kBytes, count * kBytes, length};
  return {reinterpret_cast<std::uintptr_t>(from), product.b_column * kBytes, length * kBytes, count};
}

template <class T>
RightSide<T> right_side(const Matmul<T>& product, const BlockWork<T>& work, Piece terms, Piece columns) {
  const std::int64_t count = columns.end - columns.begin;
  const std::int64_t width = vectors_of(count, kLanes<T>) * std::int64_t{kLanes<T>};
  const T* from = work.b + terms.begin * product.b_term + columns.begin * product.b_column;
  const bool few_rows = work.rows.end - work.rows.begin <= kPackRows || product.n <= kPanelWidth<T>;
  if (product.b_column == 1 && width == count && few_rows) return {from, product.b_term};
  T* to = work.panel;
  const std::int64_t length = terms.end - terms.begin;
  if (product.b_column == 1) {
    for (std::int64_t k = 0; k < length; ++k) {
      for (std::int64_t n = 0; n < count; ++n) to[k * width + n] = from[k * product.b_term + n];
      for (std::int64_t n = count; n < width; ++n) to[k * width + n] = 0;
    }
  } else {
    transpose(from, product.b_column, to, width, count, length);
    for (std::int64_t k = 0; k < length; ++k)
      for (std::int64_t n = count; n < width; ++n) to[k * width + n] = 0;
  }
  return {to, width};
}

template <class T>
void add_rows(const Matmul<T>& product, const BlockWork<T>& work, Piece terms, Piece columns, RightSide<T> right,
              Ahead& next) {
  const bool last = terms.end == product.k;
  const std::int64_t rows = work.rows.end - work.rows.begin;
  const Run run{terms.begin, terms.end - terms.begin};
  RowTile<T> tile{};
  tile.runs = &run;
  tile.run_count = 1;
  tile.b = right.values;
  tile.ldb = right.ldb;
  tile.c_offset = columns.begin;
  tile.columns = static_cast<int>(columns.end - columns.begin);
  tile.accumulate = terms.begin > 0;
  tile.rectify = last && is_rectifier(product.activation);
  tile.slope = static_cast<T>(rectifier_slope(product.activation));
  T bias[kPanelWidth<T>] = {};
  if (product.bias) {
    for (int n = 0; n < tile.columns; ++n) bias[n] = product.bias[columns.begin + n];
    tile.bias = bias;
  }
  const std::int64_t row_tiles = piece_count(rows, row_tile_rows<T>(tile.columns));
  for (std::int64_t i = 0; i < row_tiles; ++i) {
    const Piece part = piece(rows, row_tiles, i);
    tile.a = work.a_pointers + part.begin;
    tile.c = work.c_pointers + part.begin;
    tile.rows = static_cast<int>(part.end - part.begin);
    next.ask(i, row_tiles);
    multiply_rows(tile);
  }
  if (last && is_curve(product.activation))
    apply_curve_to_rows(product.activation.kind, work.c_pointers, rows, columns.begin, tile.columns);
  if (last) multiply_by_slopes(product.ending, work.c_pointers, rows, columns.begin, tile.columns);
}

/// Copies a block of terms of the left side: tile by tile, the rows of each term side by side, `tile_rows` apart.
/// Where they lie, they would all fall into a few sets of the first-level cache.
template <class T>
void pack_left(const Matmul<T>& product, const BlockWork<T>& work, Piece terms, int tile_rows) {
  const std::int64_t rows = work.rows.end - work.rows.begin;
  const std::int64_t tiles = piece_count(rows, tile_rows);
  const std::int64_t length = terms.end - terms.begin;
  for (std::int64_t k = 0; k < length; ++k) {
    const T* from = work.a + (terms.begin + k) * product.a_term + work.rows.begin;
    for (std::int64_t i = 0; i < tiles; ++i) {
      const Piece part = piece(rows, tiles, i);
      T* to = work.packed + (i * length + k) * tile_rows;
      for (std::int64_t m = part.begin; m < part.end; ++m) to[m - part.begin] = from[m];
    }
  }
}

/// Whether the left side's terms lie far apart: rows of a tile are neighbours.
template <class T>
bool has_far_terms(const Matmul<T>& product) {
  return product.a_row == 1 && product.m > 1 && product.k > 1;
}

/// Columns of the widest panel, in whole vectors.
template <class T>
int widest_panel(const Matmul<T>& product) {
  const std::int64_t whole = vectors_of(product.n, kLanes<T>) * std::int64_t{kLanes<T>};
  return whole < kPanelWidth<T> ? static_cast<int>(whole) : kPanelWidth<T>;
}

/// For has_far_terms().
template <class T>
void add_outer(const Matmul<T>& product, const BlockWork<T>& work, Piece terms, Piece columns, RightSide<T> right,
               bool is_packed, Ahead& next) {
  const T** b_pointers = const_cast<const T**>(work.c_pointers);
  const int most_rows = outer_tile_rows<T>(widest_panel(product));  // for every panel
  OuterTile<T> tile{};
  tile.count = terms.end - terms.begin;
  for (std::int64_t k = 0; k < tile.count; ++k) {
    work.a_pointers[k] =
        is_packed ? work.packed + k * most_rows : work.a + (terms.begin + k) * product.a_term + work.rows.begin;
    b_pointers[k] = right.values + k * right.ldb;
  }
  tile.a = work.a_pointers;
  tile.b = b_pointers;
  tile.ldc = product.n;
  tile.columns = static_cast<int>(columns.end - columns.begin);
  tile.accumulate = terms.begin > 0;
  const std::int64_t rows = work.rows.end - work.rows.begin;
  const std::int64_t row_tiles = piece_count(rows, most_rows);
  for (std::int64_t i = 0; i < row_tiles; ++i) {
    const Piece part = piece(rows, row_tiles, i);
    tile.a_offset = is_packed ? i * tile.count * most_rows : part.begin;
    tile.c = work.c + (work.rows.begin + part.begin) * product.n + columns.begin;
    tile.rows = static_cast<int>(part.end - part.begin);
    next.ask(i, row_tiles);
    multiply_outer(tile);
    for (int m = 0; terms.end == product.k && m < tile.rows; ++m) {
      T* row = tile.c + m * product.n;
      multiply_by_slopes(product.ending, &row, 1, 0, tile.columns);
    }
  }
}

/// Copies the block's left side if that pays; whether it did.
template <class T>
bool packs_left(const Matmul<T>& product, const BlockWork<T>& work, Piece terms, Piece panels) {
  const int most_rows = outer_tile_rows<T>(widest_panel(product));  // for every panel
  const std::int64_t tiles = piece_count(work.rows.end - work.rows.begin, most_rows);
  const std::int64_t bytes = tiles * most_rows * (terms.end - terms.begin) * static_cast<std::int64_t>(sizeof(T));
  if (panels.end - panels.begin < kPackPanels || bytes > detail::kMatmulPackedBytes) return false;
  pack_left(product, work, terms, most_rows);
  return true;
}

template <class T>
void multiply_block(const Matmul<T>& product, const BlockWork<T>& work, Piece panels) {
  const bool outer = has_far_terms(product);
  if (!outer) {
    for (std::int64_t m = work.rows.begin; m < work.rows.end; ++m) {
      work.a_pointers[m - work.rows.begin] = work.a + m * product.a_row;
      work.c_pointers[m - work.rows.begin] = work.c + m * product.n;
    }
  }
  std::int64_t most_terms = block_length<T>(widest_panel(product));
  if (outer && most_terms > detail::kMatmulPackedTerms) most_terms = detail::kMatmulPackedTerms;
  const std::int64_t blocks = piece_count(product.k, most_terms);
  const std::int64_t count = panels.end - panels.begin;
  bool is_packed = false;
  for (std::int64_t step = 0; step < blocks * count; ++step) {
    const auto terms_of = [&](std::int64_t at) { return piece(product.k, blocks, at / count); };
    const auto columns_of = [&](std::int64_t at) { return panel_columns<T>(product.n, panels.begin + at % count); };
    const Piece terms = terms_of(step);
    const Piece columns = columns_of(step);
    const RightSide<T> right = right_side(product, work, terms, columns);
    Ahead next;
    if (step + 1 < blocks * count) next = right_side_ahead(product, work, terms_of(step + 1), columns_of(step + 1));
    if (outer) {
      if (step % count == 0) is_packed = packs_left(product, work, terms, panels);
      add_outer(product, work, terms, columns, right, is_packed, next);
    } else {
      add_rows(product, work, terms, columns, right, next);
    }
  }
}

template <class T>
void multiply(const CpuCall& call, const Matmul<T>& product) {
  const SlotPool slots(call.scratch, detail::kMatmulSlotBytes, call.pool.threads());
  const std::int64_t row_blocks = piece_count(product.m, detail::kMatmulRows);
  const std::int64_t panels = panel_count<T>(product.n);
  const std::int64_t blocks = product.batch * row_blocks;
  std::int64_t parts = piece_count(kWantedChunks, blocks);
  if (parts > panels) parts = panels;
  const std::int64_t unit_work = product.batch * product.m * product.n * product.k / (blocks * parts) + 1;
  call.pool.parallel_for(blocks * parts, piece_count(kSerialWork, unit_work),
                         [&](std::int64_t begin, std::int64_t end) {
                           const Slot slot(slots);
                           T* panel = slot.at<T>(0);
                           const auto a_pointers = slot.at<const T*>(detail::kMatmulPointersAt);
                           const auto c_pointers = slot.at<T*>(detail::kMatmulPointersAt + 8 * detail::kMatmulBlock);
                           for (std::int64_t unit = begin; unit < end; ++unit) {
                             const std::int64_t block = unit / parts;
                             const std::int64_t matrix = block / row_blocks;
                             const BlockWork<T> work{product.a + matrix * product.m * product.k,
                                                     product.b + matrix * product.k * product.n,
                                                     product.c + matrix * product.m * product.n,
                                                     piece(product.m, row_blocks, block % row_blocks),
                                                     panel,
                                                     a_pointers,
                                                     c_pointers,
                                                     slot.at<T>(detail::kMatmulPackedAt)};
                             multiply_block(product, work, piece(panels, parts, unit % parts));
                           }
                         });
}

template <class T>
void matmul(const CpuCall& call, const MatmulOptions& options, const SlopeEnding<T>& ending) {
  const Shape& a = call.in_shape(0);
  const Shape& c = call.out_shape();
  Matmul<T> product{call.in<T>(0), call.in<T>(1), call.out<T>(), nullptr, 1, c[-2], c[-1], 0, 0, 0, 0, 0, {}, ending};
  product.batch = c.rank() == 3 ? c[0] : 1;
  product.k = a[options.transpose_a ? -2 : -1];
  product.a_row = options.transpose_a ? 1 : product.k;
  product.a_term = options.transpose_a ? product.m : 1;
  product.b_term = options.transpose_b ? 1 : product.n;
  product.b_column = options.transpose_b ? product.k : 1;
  multiply(call, product);
}

template <class T>
void dense(const CpuCall& call) {
  const std::int64_t m = call.out_shape()[0];
  const std::int64_t n = call.out_shape()[1];
  const std::int64_t k = call.in_shape(0)[1];
  const T* bias = call.node.input_count() > 2 ? call.in<T>(2) : nullptr;
  multiply(call, Matmul<T>{call.in<T>(0),
                           call.in<T>(1),
                           call.out<T>(),
                           bias,
                           1,
                           m,
                           n,
                           k,
                           k,
                           1,
                           n,
                           1,
                           call.options<DenseOptions>().activation,
                           {}});
}

}  // namespace

void matmul_cpu(const CpuCall& call) {
  const auto& options = call.options<MatmulOptions>();
  if (call.node.output_type().dtype == DType::kF64) return matmul<double>(call, options, {});
  matmul<float>(call, options, {});
}

void matmul_activation_grad_cpu(const CpuCall& call) {
  const auto& options = call.options<MatmulSlopeOptions>();
  matmul<float>(call, options.product, {options.activation, call.out<float>(), call.in<float>(2)});
}

void dense_cpu(const CpuCall& call) {
  if (call.node.output_type().dtype == DType::kF64) return dense<double>(call);
  dense<float>(call);
}

}  // namespace betwixt::BETWIXT_ISA
