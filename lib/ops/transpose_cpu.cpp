// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/copy_kernel.h"
#include "betwixt/ops/detail/transpose_loop.h"

namespace betwixt::BETWIXT_ISA {
namespace {

constexpr std::int64_t kBlock = 16;  // a block of 16 x 16 elements of 8 bytes stays in the first cache

/// Offsets in both tensors of index `index` over all axes but `skip_a` and `skip_b`.
struct Offsets {
  std::int64_t in = 0;
  std::int64_t out = 0;
};
Offsets offsets_of(const TransposeLoop& loop, std::int64_t index, int skip_a, int skip_b) {
  Offsets offsets;
  for (int axis = loop.rank - 1; axis >= 0; --axis) {
    if (axis == skip_a || axis == skip_b) continue;
    const std::int64_t at = index % loop.size[axis];
    index /= loop.size[axis];
    offsets.in += at * loop.in_stride[axis];
    offsets.out += at * loop.out_stride(axis);
  }
  return offsets;
}

std::int64_t product_without(const TransposeLoop& loop, int skip_a, int skip_b) {
  std::int64_t product = 1;
  for (int axis = 0; axis < loop.rank; ++axis)
    if (axis != skip_a && axis != skip_b) product *= loop.size[axis];
  return product;
}

/// The innermost axis stays innermost: rows are copied.
template <class T>
void copy_inner_rows(const CpuCall& call, const TransposeLoop& loop) {
  const int last = loop.rank - 1;
  const std::int64_t bytes = loop.size[last] * static_cast<std::int64_t>(sizeof(T));
  call.pool.parallel_for(
      product_without(loop, last, last), copy_grain(bytes), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) {
          const Offsets at = offsets_of(loop, row, last, last);
          std::memcpy(call.out<T>() + at.out, call.in<T>(0) + at.in, static_cast<std::size_t>(bytes));
        }
      });
}

template <class T>
void transpose_block(const T* in, T* out, std::int64_t in_stride, std::int64_t out_stride, std::int64_t rows,
                     std::int64_t columns) {
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) out[i * out_stride + j] = in[i + j * in_stride];
}

/// Axis `inner` of the result is the input's innermost: blocks of it and the result's innermost are turned over.
template <class T>
void transpose_planes(const CpuCall& call, const TransposeLoop& loop, int inner) {
  const int last = loop.rank - 1;
  const std::int64_t strips = (loop.size[inner] + kBlock - 1) / kBlock;
  const std::int64_t work = kBlock * loop.size[last] * static_cast<std::int64_t>(sizeof(T));
  const std::int64_t out_stride = loop.out_stride(inner);
  const std::int64_t in_stride = loop.in_stride[last];
  const std::int64_t units = product_without(loop, inner, last) * strips;
  call.pool.parallel_for(units, copy_grain(work), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t unit = begin; unit < end; ++unit) {
      const Offsets at = offsets_of(loop, unit / strips, inner, last);
      const std::int64_t first = unit % strips * kBlock;
      const std::int64_t rows = first + kBlock <= loop.size[inner] ? kBlock : loop.size[inner] - first;
      const T* in = call.in<T>(0) + at.in + first;
      T* out = call.out<T>() + at.out + first * out_stride;
      for (std::int64_t j = 0; j < loop.size[last]; j += kBlock)
        transpose_block(in + j * in_stride, out + j, in_stride, out_stride, rows,
                        j + kBlock <= loop.size[last] ? kBlock : loop.size[last] - j);
    }
  });
}

}  // namespace

void transpose_cpu(const CpuCall& call) {
  const TransposeLoop loop = transpose_loop(call.in_shape(0), call.options<TransposeOptions>());
  with_element_size(call.node.output_type().dtype, [&](auto element) {
    using T = decltype(element);
    if (loop.in_stride[loop.rank - 1] == 1) return copy_inner_rows<T>(call, loop);
    int inner = 0;
    while (loop.in_stride[inner] != 1) ++inner;
    transpose_planes<T>(call, loop, inner);
  });
}

}  // namespace betwixt::BETWIXT_ISA
