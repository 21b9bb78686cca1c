// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstring>

#include "betwixt/tensor/op.h"

// Moving elements about, for kernel files.

namespace betwixt::BETWIXT_ISA {

/// Calls f with a value of an unsigned type of the element's size: moves need to know nothing else.
template <class F>
void with_element_size(DType dtype, const F& f) {
  switch (dtype_size(dtype)) {
    case 1:
      return f(std::uint8_t{});
    case 2:
      return f(std::uint16_t{});
    case 4:
      return f(std::uint32_t{});
    default:
      return f(std::uint64_t{});
  }
}

constexpr std::int64_t kCopyGrain = 1 << 17;  // bytes

inline std::int64_t copy_grain(std::int64_t bytes_each) {
  return bytes_each >= kCopyGrain ? 1 : kCopyGrain / (bytes_each > 0 ? bytes_each : 1);
}

/// Copies `rows` rows of `bytes`, strides in bytes. One long row is cut into pieces.
inline void copy_rows(ThreadPool& pool, std::byte* to, std::int64_t to_stride, const std::byte* from,
                      std::int64_t from_stride, std::int64_t rows, std::int64_t bytes) {
  if (rows == 1) {
    pool.parallel_for(bytes, kCopyGrain, [=](std::int64_t begin, std::int64_t end) {
      std::memcpy(to + begin, from + begin, static_cast<std::size_t>(end - begin));
    });
    return;
  }
  pool.parallel_for(rows, copy_grain(bytes), [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      std::memcpy(to + row * to_stride, from + row * from_stride, static_cast<std::size_t>(bytes));
  });
}

}  // namespace betwixt::BETWIXT_ISA
