// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/copy_kernel.h"
#include "betwixt/ops/detail/handed_over_kernel.h"
#include "betwixt/ops/detail/pad_options.h"

namespace betwixt::BETWIXT_ISA {
namespace {

// Both kernels work on rows: the innermost axis that grows, with the axes inside it as one block of `inner` elements.
struct Rows {
  int axis;
  std::int64_t small_size;  ///< of the axis, without the border
  std::int64_t large_size;
  std::int64_t inner;

  Rows(const Shape& small, const Shape& large, const PadOptions& options)
      : axis(options.last_axis(small.rank())),
        small_size(small[axis]),
        large_size(large[axis]),
        inner(small.product(axis + 1, small.rank())) {}
};

/// The unpadded row behind padded row `row`, or -1 for a row of zeros.
std::int64_t source_row(const PadOptions& options, const Shape& small, const Shape& large, int axes, std::int64_t row) {
  std::int64_t source = 0;
  std::int64_t scale = 1;
  for (int axis = axes - 1; axis >= 0; --axis) {
    const std::int64_t at = options.source(axis, small[axis], row % large[axis]);
    if (at < 0) return -1;
    row /= large[axis];
    source += at * scale;
    scale *= small[axis];
  }
  return source;
}

template <class T>
void pad_block(const PadOptions& options, const Rows& rows, const T* from, T* to, std::int64_t position) {
  const std::int64_t at = options.source(rows.axis, rows.small_size, position);
  const auto bytes = static_cast<std::size_t>(rows.inner) * sizeof(T);
  if (at < 0)
    std::memset(to + position * rows.inner, 0, bytes);
  else
    std::memcpy(to + position * rows.inner, from + at * rows.inner, bytes);
}

template <class T>
void pad_row(const PadOptions& options, const Rows& rows, const T* from, T* to) {
  const std::int64_t before = options.of(rows.axis).before;
  for (std::int64_t i = 0; i < before; ++i) pad_block(options, rows, from, to, i);
  std::memcpy(to + before * rows.inner, from, static_cast<std::size_t>(rows.small_size * rows.inner) * sizeof(T));
  for (std::int64_t i = before + rows.small_size; i < rows.large_size; ++i) pad_block(options, rows, from, to, i);
}

template <class T>
void pad_typed(const CpuCall& call) {
  const auto& options = call.options<PadOptions>();
  const Shape& small = call.in_shape(0);
  const Shape& large = call.out_shape();
  const Rows rows(small, large, options);
  const std::int64_t large_row = rows.large_size * rows.inner;
  const std::int64_t grain = copy_grain(large_row * static_cast<std::int64_t>(sizeof(T)));
  call.pool.parallel_for(large.product(0, rows.axis), grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t source = source_row(options, small, large, rows.axis, row);
      T* to = call.out<T>() + row * large_row;
      if (source < 0)
        std::memset(to, 0, static_cast<std::size_t>(large_row) * sizeof(T));
      else
        pad_row(options, rows, call.in<T>(0) + source * rows.small_size * rows.inner, to);
    }
  });
}

/// Positions of the padded axis that are copies of element `at`: up to three ranges.
struct Copies {
  int count = 0;
  std::int64_t begin[3] = {};
  std::int64_t end[3] = {};

  void add(std::int64_t from, std::int64_t to) {
    begin[count] = from;
    end[count++] = to;
  }
};

Copies copies_of(const PadOptions& options, int axis, std::int64_t size, std::int64_t at) {
  const std::int64_t before = options.of(axis).before;
  const std::int64_t after = options.of(axis).after;
  Copies copies;
  if (options.mode == PadMode::kClamp) {
    copies.add(at == 0 ? 0 : before + at, before + at + 1 + (at == size - 1 ? after : 0));
    return copies;
  }
  copies.add(before + at, before + at + 1);
  if (options.mode == PadMode::kZero) return copies;
  if (at >= 1 && at <= before) copies.add(before - at, before - at + 1);
  const std::int64_t mirrored = 2 * (size - 1) - at;
  if (at <= size - 2 && mirrored < size + after) copies.add(before + mirrored, before + mirrored + 1);
  return copies;
}

template <class T>
struct PadGrad {
  const PadOptions& options;
  const Shape& small;
  const Shape& large;
  Rows rows;
  const T* gradient;

  void add_run(const T* from, T* to, std::int64_t n) const {
    for (std::int64_t i = 0; i < n; ++i) to[i] += from[i];
  }

  void add_block(const T* from, T* to, std::int64_t position) const {
    const std::int64_t at = options.source(rows.axis, rows.small_size, position);
    if (at >= 0) add_run(from + position * rows.inner, to + at * rows.inner, rows.inner);
  }

  void add_row(const T* from, T* to) const {
    const std::int64_t before = options.of(rows.axis).before;
    add_run(from + before * rows.inner, to, rows.small_size * rows.inner);
    for (std::int64_t i = 0; i < before; ++i) add_block(from, to, i);
    for (std::int64_t i = before + rows.small_size; i < rows.large_size; ++i) add_block(from, to, i);
  }

  /// Adds all padded rows that are copies of the row at `index` (one position per axis before the row's).
  void add_copies(const std::int64_t* index, int axis, std::int64_t large_row, T* to) const {
    if (axis == rows.axis) return add_row(gradient + large_row * rows.large_size * rows.inner, to);
    const Copies copies = copies_of(options, axis, small[axis], index[axis]);
    for (int k = 0; k < copies.count; ++k)
      for (std::int64_t at = copies.begin[k]; at < copies.end[k]; ++at)
        add_copies(index, axis + 1, large_row * large[axis] + at, to);
  }
};

template <class T>
void pad_grad_typed(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const auto& options = call.options<PadOptions>();
  const Shape& small = call.out_shape();
  const Shape& large = call.in_shape(0);
  const PadGrad<T> grad{options, small, large, Rows(small, large, options), call.in<T>(0)};
  const std::int64_t row_size = grad.rows.small_size * grad.rows.inner;
  const std::int64_t grain = copy_grain(2 * row_size * static_cast<std::int64_t>(sizeof(T)));
  call.pool.parallel_for(small.product(0, grad.rows.axis), grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      std::int64_t index[Shape::kMaxRank] = {};
      std::int64_t rest = row;
      for (int axis = grad.rows.axis - 1; axis >= 0; --axis) {
        index[axis] = rest % small[axis];
        rest /= small[axis];
      }
      T* to = call.out<T>() + row * row_size;
      for (std::int64_t i = 0; i < row_size; ++i) to[i] = T(0);
      grad.add_copies(index, 0, 0, to);
    }
  });
}

}  // namespace

void pad_cpu(const CpuCall& call) {
  with_element_size(call.node.output_type().dtype, [&](auto element) { pad_typed<decltype(element)>(call); });
}

void pad_grad_cpu(const CpuCall& call) {
  if (call.node.output_type().dtype == DType::kF64) return pad_grad_typed<double>(call);
  pad_grad_typed<float>(call);
}

}  // namespace betwixt::BETWIXT_ISA
