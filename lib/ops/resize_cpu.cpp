// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/grain_kernel.h"
#include "betwixt/ops/detail/independent_kernel.h"
#include "betwixt/ops/detail/resize_table.h"
#include "betwixt/tensor/cpu_kernel.h"

namespace betwixt::BETWIXT_ISA {
namespace {

constexpr std::int64_t kTile = 2048;  ///< elements of the vertically blended strip, on the stack

/// A resize in either direction: `rows` and `columns` give the target's samples.
struct Map {
  const ResizeAxis::Row* rows;
  const double* row_weights;
  const ResizeAxis::Row* columns;
  const double* column_weights;
  std::int64_t n, source[2], target[2], c;
};

Map make_map(const ResizeAxis* axes, const Shape& source, const Shape& target) {
  return {axes[0].rows.data(), axes[0].weights.data(), axes[1].rows.data(),    axes[1].weights.data(),
          source[0],           {source[1], source[2]}, {target[1], target[2]}, source[3]};
}

/// to[i] = sum over k of weights[k] * from[k * stride + i], k below `count`; the first two in one go.
template <class T>
void blend(const T* from, std::int64_t stride, const double* weights, std::int32_t count, std::int64_t length, T* to) {
  if (count == 0) {
    for (std::int64_t i = 0; i < length; ++i) to[i] = 0;
    return;
  }
  const T first = static_cast<T>(weights[0]);
  if (count == 1) {
    BETWIXT_INDEPENDENT
    for (std::int64_t i = 0; i < length; ++i) to[i] = first * from[i];
    return;
  }
  const T second = static_cast<T>(weights[1]);
  const T* next = from + stride;
  BETWIXT_INDEPENDENT
  for (std::int64_t i = 0; i < length; ++i) to[i] = first * from[i] + second * next[i];
  for (std::int32_t k = 2; k < count; ++k) {
    const T weight = static_cast<T>(weights[k]);
    next += stride;
    BETWIXT_INDEPENDENT
    for (std::int64_t i = 0; i < length; ++i) to[i] += weight * next[i];
  }
}

/// strip[i] = vertical blend of source columns [begin, begin + length / c).
template <class T>
void blend_rows(const Map& map, const T* picture, const ResizeAxis::Row& row, std::int64_t begin, std::int64_t length,
                T* strip) {
  const std::int64_t line = map.source[1] * map.c;
  blend(picture + row.start * line + begin, line, map.row_weights + row.offset, row.count, length, strip);
}

/// One target pixel from a strip that holds its source columns from `first` on. Channels > 0: their number, known when
/// compiling.
template <int Channels, class T>
void blend_columns(const Map& map, const T* strip, std::int64_t first, const ResizeAxis::Row& column, T* to) {
  const std::int64_t channels = Channels > 0 ? Channels : map.c;
  const double* weights = map.column_weights + column.offset;
  const T* from = strip + (column.start - first) * channels;
  if constexpr (Channels > 0) {
    T sum[Channels] = {};
    for (std::int32_t k = 0; k < column.count; ++k)
      for (int c = 0; c < Channels; ++c) sum[c] += static_cast<T>(weights[k]) * from[k * Channels + c];
    for (int c = 0; c < Channels; ++c) to[c] = sum[c];
  } else {
    blend(from, channels, weights, column.count, channels, to);
  }
}

/// For pixels whose source columns do not fit a strip.
template <class T>
void blend_directly(const Map& map, const T* picture, const ResizeAxis::Row& row, const ResizeAxis::Row& column,
                    T* to) {
  for (std::int64_t c = 0; c < map.c; ++c) to[c] = 0;
  for (std::int32_t j = 0; j < row.count; ++j)
    for (std::int32_t k = 0; k < column.count; ++k) {
      const T weight =
          static_cast<T>(map.row_weights[row.offset + j]) * static_cast<T>(map.column_weights[column.offset + k]);
      const T* from = picture + ((row.start + j) * map.source[1] + column.start + k) * map.c;
      for (std::int64_t c = 0; c < map.c; ++c) to[c] += weight * from[c];
    }
}

template <int Channels, class T>
void map_row(const Map& map, const T* picture, std::int64_t y, T* to) {
  T strip[kTile];
  const ResizeAxis::Row& row = map.rows[y];
  for (std::int64_t x = 0; x < map.target[1];) {
    const std::int64_t first = map.columns[x].start;
    std::int64_t end = x;
    std::int64_t length = 0;
    while (end < map.target[1]) {
      const std::int64_t wanted = (map.columns[end].start + map.columns[end].count - first) * map.c;
      if (wanted > kTile) break;
      length = wanted > length ? wanted : length;
      ++end;
    }
    if (end == x) {
      blend_directly(map, picture, row, map.columns[x], to + x * map.c);
      ++x;
      continue;
    }
    blend_rows(map, picture, row, first * map.c, length, strip);
    for (; x < end; ++x) blend_columns<Channels, T>(map, strip, first, map.columns[x], to + x * map.c);
  }
}

template <class T>
void map_row_any(const Map& map, const T* picture, std::int64_t y, T* to) {
  switch (map.c) {
    case 1:
      return map_row<1>(map, picture, y, to);
    case 2:
      return map_row<2>(map, picture, y, to);
    case 3:
      return map_row<3>(map, picture, y, to);
    case 4:
      return map_row<4>(map, picture, y, to);
    default:
      return map_row<0>(map, picture, y, to);
  }
}

template <class T>
void pick_row(const Map& map, const T* picture, std::int64_t y, T* to) {
  const T* from = picture + map.rows[y].start * map.source[1] * map.c;
  for (std::int64_t x = 0; x < map.target[1]; ++x)
    for (std::int64_t c = 0; c < map.c; ++c) to[x * map.c + c] = from[map.columns[x].start * map.c + c];
}

template <class T>
void run(const CpuCall& call, const Map& map, bool pick) {
  const std::int64_t line = map.target[1] * map.c;
  call.pool.parallel_for(map.n * map.target[0], chunk_of(line * 2), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const T* picture = call.in<T>(0) + i / map.target[0] * map.source[0] * map.source[1] * map.c;
      T* to = call.out<T>() + i * line;
      if (pick)
        pick_row(map, picture, i % map.target[0], to);
      else
        map_row_any(map, picture, i % map.target[0], to);
    }
  });
}

void run_any(const CpuCall& call, const Map& map, bool pick) {
  if (call.node.output_type().dtype == DType::kF64)
    run<double>(call, map, pick);
  else
    run<float>(call, map, pick);
}

}  // namespace

void resize_cpu(const CpuCall& call) {
  const auto& table = call.options<ResizeTable>();
  run_any(call, make_map(table.forward, table.original, table.resized), table.mode == ResizeMode::kNearest);
}

void resize_grad_cpu(const CpuCall& call) {
  const auto& table = call.options<ResizeTable>();
  run_any(call, make_map(table.adjoint, table.resized, table.original), false);
}

}  // namespace betwixt::BETWIXT_ISA
