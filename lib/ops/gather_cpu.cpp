// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/copy_kernel.h"
#include "betwixt/ops/detail/gather_options.h"

namespace betwixt::BETWIXT_ISA {
namespace {

/// Indices of one call, as numbers inside [0, size).
struct Indices {
  const void* data;
  DType dtype;
  std::int64_t size;

  Indices(const CpuCall& call, int input, std::int64_t range)
      : data(call.inputs[input]), dtype(call.node.input_type(input).dtype), size(range) {}
  std::int64_t operator[](std::int64_t i) const { return clamped_index(data, dtype, i, size); }
};

void gather_u8(const CpuCall& call, const Indices& indices, std::int64_t row) {
  const float scale = call.options<GatherOptions>().scale;
  const float shift = call.options<GatherOptions>().shift;
  const auto* table = call.in<std::uint8_t>(0);
  float* out = call.out<float>();
  call.pool.parallel_for(call.in_shape(1).elements(), copy_grain(4 * row), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::uint8_t* from = table + indices[i] * row;
      float* to = out + i * row;
      for (std::int64_t j = 0; j < row; ++j) to[j] = static_cast<float>(from[j]) * scale + shift;
    }
  });
}

template <class T>
void scatter_add_rows_typed(const CpuCall& call) {
  const std::int64_t count = call.out_shape()[0];
  const std::int64_t row = call.out_shape().product(1, call.out_shape().rank());
  const std::int64_t m = call.in_shape(0).elements();
  const Indices indices(call, 0, count);
  const T* rows = call.in<T>(1);
  T* out = call.out<T>();
  // A unit owns some rows and some columns of the result, and walks through all indices in order.
  const std::int64_t width = 256;
  const std::int64_t strips = (row + width - 1) / width;
  const bool much = (m + count) * row > 1 << 17;
  const std::int64_t parts = !much ? 1 : count < 16 ? count : 16;
  const std::int64_t part = (count + parts - 1) / parts;
  call.pool.parallel_for(parts * strips, much ? 1 : parts * strips + 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t unit = begin; unit < end; ++unit) {
      const std::int64_t low = unit / strips * part;
      const std::int64_t high = low + part < count ? low + part : count;
      const std::int64_t column = unit % strips * width;
      const std::int64_t columns = column + width < row ? width : row - column;
      for (std::int64_t r = low; r < high; ++r)
        for (std::int64_t j = 0; j < columns; ++j) out[r * row + column + j] = T(0);
      for (std::int64_t i = 0; i < m; ++i) {
        const std::int64_t at = indices[i];
        if (at < low || at >= high) continue;
        for (std::int64_t j = 0; j < columns; ++j) out[at * row + column + j] += rows[i * row + column + j];
      }
    }
  });
}

template <class T>
void scatter_add_last_typed(const CpuCall& call) {
  const std::int64_t n = call.out_shape()[-1];
  const std::int64_t k = call.in_shape(0)[-1];
  const Indices indices(call, 1, n);
  const std::int64_t rows = call.out_shape().product(0, call.out_shape().rank() - 1);
  call.pool.parallel_for(rows, copy_grain((n + k) * 8), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      T* to = call.out<T>() + row * n;
      for (std::int64_t j = 0; j < n; ++j) to[j] = T(0);
      for (std::int64_t j = 0; j < k; ++j) to[indices[row * k + j]] += call.in<T>(0)[row * k + j];
    }
  });
}

}  // namespace

void gather_rows_cpu(const CpuCall& call) {
  const Shape& table = call.in_shape(0);
  const Indices indices(call, 1, table[0]);
  const std::int64_t row = table.product(1, table.rank());
  if (call.node.input_type(0).dtype == DType::kU8) return gather_u8(call, indices, row);
  const std::int64_t bytes = row * static_cast<std::int64_t>(dtype_size(call.node.output_type().dtype));
  call.pool.parallel_for(call.in_shape(1).elements(), copy_grain(bytes), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      std::memcpy(call.out<std::byte>() + i * bytes, call.in<std::byte>(0) + indices[i] * bytes,
                  static_cast<std::size_t>(bytes));
  });
}

void scatter_add_rows_cpu(const CpuCall& call) {
  if (call.node.output_type().dtype == DType::kF64) return scatter_add_rows_typed<double>(call);
  scatter_add_rows_typed<float>(call);
}

void gather_last_cpu(const CpuCall& call) {
  const std::int64_t n = call.in_shape(0)[-1];
  const std::int64_t k = call.in_shape(1)[-1];
  const Indices indices(call, 1, n);
  const std::int64_t rows = call.out_shape().product(0, call.out_shape().rank() - 1);
  with_element_size(call.node.output_type().dtype, [&](auto element) {
    using T = decltype(element);
    call.pool.parallel_for(rows, copy_grain(k * 16), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row)
        for (std::int64_t j = 0; j < k; ++j) call.out<T>()[row * k + j] = call.in<T>(0)[row * n + indices[row * k + j]];
    });
  });
}

void scatter_add_last_cpu(const CpuCall& call) {
  if (call.node.output_type().dtype == DType::kF64) return scatter_add_last_typed<double>(call);
  scatter_add_last_typed<float>(call);
}

}  // namespace betwixt::BETWIXT_ISA
