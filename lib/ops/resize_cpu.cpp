// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/grain_kernel.h"
#include "betwixt/ops/detail/halves_kernel.h"
#include "betwixt/ops/detail/handed_over_kernel.h"
#include "betwixt/ops/detail/independent_kernel.h"
#include "betwixt/ops/detail/resize_table.h"
#include "betwixt/ops/detail/sweep.h"
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
  sweep(call.pool, map.n * map.target[0], chunk_of(line * 2), [&](std::int64_t begin, std::int64_t end) {
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

/// True for pictures of twice the height and width whose pixels have whole vectors of channels.
template <class T>
bool doubles(const ResizeTable& table) {
  const Shape& from = table.original;
  return !table.align_corners && table.mode != ResizeMode::kArea && table.resized[1] == 2 * from[1] &&
         table.resized[2] == 2 * from[2] && from[3] % kLanes<T> == 0;
}

/// Two rows of a doubled picture that lie between two rows of the original. At the border, where a row or column is its
/// own neighbour, the weights add up to one.
template <bool kPast, class T>
void blend_between(const T* above, const T* below, std::int64_t width, std::int64_t c, T* upper, T* lower) {
  const auto write = [](T* to, Vector<T> value) { kPast ? store_past(to, value) : store(to, value); };
  for (std::int64_t x = -1; x < width; ++x) {
    const std::int64_t left = (x < 0 ? 0 : x) * c;
    const std::int64_t right = (x + 1 < width ? x + 1 : x) * c;
    const std::int64_t first = (2 * x + 1 < 0 ? 0 : 2 * x + 1) * c;
    const std::int64_t second = (2 * x + 2 < 2 * width ? 2 * x + 2 : 2 * x + 1) * c;
    prefetch_ahead(below + right, c * static_cast<std::int64_t>(sizeof(T)));
    for (std::int64_t i = 0; i < c; i += kLanes<T>) {
      const Vector<T> a = load(above + left + i);
      const Vector<T> b = load(above + right + i);
      const Vector<T> d = load(below + left + i);
      const Vector<T> e = load(below + right + i);
      const Vector<T> upper_left = a * T(0.75) + d * T(0.25);
      const Vector<T> upper_right = b * T(0.75) + e * T(0.25);
      const Vector<T> lower_left = a * T(0.25) + d * T(0.75);
      const Vector<T> lower_right = b * T(0.25) + e * T(0.75);
      write(upper + first + i, upper_left * T(0.75) + upper_right * T(0.25));
      write(upper + second + i, upper_left * T(0.25) + upper_right * T(0.75));
      write(lower + first + i, lower_left * T(0.75) + lower_right * T(0.25));
      write(lower + second + i, lower_left * T(0.25) + lower_right * T(0.75));
    }
  }
}

/// Bilinear: row y of the original and the one below it give rows 2y + 1 and 2y + 2; y from -1.
template <class T>
void double_smoothly(const CpuCall& call, const Shape& original, bool past) {
  const std::int64_t height = original[1];
  const std::int64_t line = original[2] * original[3];
  const std::int64_t units = original[0] * (height + 1);
  sweep(call.pool, units, chunk_of(line * 8), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t y = i % (height + 1) - 1;
      const T* picture = call.in<T>(0) + i / (height + 1) * height * line;
      T* doubled = call.out<T>() + i / (height + 1) * height * line * 4;
      const T* above = picture + (y < 0 ? 0 : y) * line;
      const T* below = picture + (y + 1 < height ? y + 1 : y) * line;
      T* upper = doubled + (2 * y + 1 < 0 ? 0 : 2 * y + 1) * line * 2;
      T* lower = doubled + (2 * y + 2 < 2 * height ? 2 * y + 2 : 2 * y + 1) * line * 2;
      past ? blend_between<true>(above, below, original[2], original[3], upper, lower)
           : blend_between<false>(above, below, original[2], original[3], upper, lower);
    }
    if (past) end_streaming();
  });
}

/// The adjoint: a row of the original from the four rows of the doubled picture it went to.
template <class T>
void gather_doubled(const T* const* rows, std::int64_t width, std::int64_t c, T* to) {
  const auto bytes = 2 * c * static_cast<std::int64_t>(sizeof(T));
  for (std::int64_t x = 0; x < width; ++x, to += c) {
    const std::int64_t columns[4] = {(x > 0 ? 2 * x - 1 : 0) * c, 2 * x * c, (2 * x + 1) * c,
                                     (x + 1 < width ? 2 * x + 2 : 2 * x + 1) * c};
    prefetch_ahead(rows[2] + columns[1], bytes);
    prefetch_ahead(rows[3] + columns[1], bytes);
    for (std::int64_t i = 0; i < c; i += kLanes<T>) {
      Vector<T> sum[4];
      BETWIXT_UNROLL
      for (int k = 0; k < 4; ++k) {
        const std::int64_t at = columns[k] + i;
        sum[k] =
            (load(rows[0] + at) + load(rows[3] + at)) * T(0.25) + (load(rows[1] + at) + load(rows[2] + at)) * T(0.75);
      }
      store(to + i, (sum[0] + sum[3]) * T(0.25) + (sum[1] + sum[2]) * T(0.75));
    }
  }
}

template <class T>
void double_smoothly_back(const CpuCall& call, const Shape& original) {
  const std::int64_t height = original[1];
  const std::int64_t line = original[2] * original[3];
  sweep(call.pool, original[0] * height, chunk_of(line * 4), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t y = i % height;
      const T* first = call.in<T>(0) + 4 * i * line;  // row 2y
      const T* rows[4] = {y > 0 ? first - 2 * line : first, first, first + 2 * line,
                          first + (y + 1 < height ? 4 : 2) * line};
      gather_doubled(rows, original[2], original[3], call.out<T>() + i * line);
    }
  });
}

/// Nearest: every pixel becomes four, or, back again, gets the sum of four.
template <class T>
void double_plainly(const CpuCall& call, const Shape& original, bool back, bool past) {
  const std::int64_t line = original[2] * original[3];
  const Halves size{2 * line, original[2], original[3]};
  const std::int64_t rows = original[0] * original[1];
  sweep(call.pool, rows, chunk_of(line * 4), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      if (back)
        sum_halves(size, call.in<T>(0) + 4 * i * line, T(1), call.out<T>() + i * line);
      else
        spread_halves(
            size, call.in<T>(0) + i * line, [](auto value) { return value; }, past, call.out<T>() + 4 * i * line);
    }
  });
}

/// False when the general way must be taken.
template <class T>
bool run_doubled(const CpuCall& call, const ResizeTable& table, bool back) {
  if (!doubles<T>(table)) return false;
  const std::int64_t bytes = call.out_shape().elements() * static_cast<std::int64_t>(sizeof(T));
  const bool past = is_worth_streaming(bytes) && is_vector_aligned(call.out<T>());
  if (table.mode == ResizeMode::kNearest)
    double_plainly<T>(call, table.original, back, past);
  else
    back ? double_smoothly_back<T>(call, table.original) : double_smoothly<T>(call, table.original, past);
  return true;
}
bool run_doubled_any(const CpuCall& call, const ResizeTable& table, bool back) {
  if (call.node.output_type().dtype == DType::kF64)
    return handed_over<double>(call) || run_doubled<double>(call, table, back);
  return run_doubled<float>(call, table, back);
}

void run_any(const CpuCall& call, const Map& map, bool pick) {
  if (call.node.output_type().dtype != DType::kF64) return run<float>(call, map, pick);
  if (!handed_over<double>(call)) run<double>(call, map, pick);
}

}  // namespace

void resize_cpu(const CpuCall& call) {
  const auto& table = call.options<ResizeTable>();
  if (run_doubled_any(call, table, false)) return;
  run_any(call, make_map(table.forward, table.original, table.resized), table.mode == ResizeMode::kNearest);
}

void resize_grad_cpu(const CpuCall& call) {
  const auto& table = call.options<ResizeTable>();
  if (run_doubled_any(call, table, true)) return;
  run_any(call, make_map(table.adjoint, table.resized, table.original), false);
}

}  // namespace betwixt::BETWIXT_ISA
