// SPDX-License-Identifier: MIT
#include <utility>

#include "betwixt/ops/detail/gemm_kernel.h"
#include "betwixt/ops/detail/rectify_kernel.h"

#if defined(__GNUC__)
#define BETWIXT_NOINLINE __attribute__((noinline))
#else
#define BETWIXT_NOINLINE
#endif

namespace betwixt::BETWIXT_ISA {
namespace {

// Not inlined: they would make up most of every kernel's code.
template <class T>
BETWIXT_NOINLINE void copy_part(T* to, const T* from, int count) {
  for (int i = 0; i < count; ++i) to[i] = from[i];
}
template <class T>
inline Vector<T> load_part(const T* p, int count) {
  T lanes[kLanes<T>] = {};
  copy_part(lanes, p, count);
  return load(lanes);
}
template <class T>
inline void store_part(T* p, Vector<T> v, int count) {
  T lanes[kLanes<T>];
  store(lanes, v);
  copy_part(p, lanes, count);
}
#if defined(__AVX512F__) && defined(__GNUC__)
template <>
inline Vector<float> load_part(const float* p, int count) {
  return reinterpret_cast<Vector<float>>(_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), p));
}
template <>
inline void store_part(float* p, Vector<float> v, int count) {
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << count) - 1), reinterpret_cast<__m512>(v));
}
#endif

/// Register tile of Rows x Vectors. `tail` is the number of columns of the last vector.
template <class T, int Rows, int Vectors>
struct Accumulators {
  Vector<T> value[Rows][Vectors];

  void start(int row, const T* from, int tail) {
    BETWIXT_UNROLL
    for (int v = 0; v < Vectors - 1; ++v) value[row][v] = load(from + v * kLanes<T>);
    const T* last = from + (Vectors - 1) * kLanes<T>;
    value[row][Vectors - 1] = tail < kLanes<T> ? load_part(last, tail) : load(last);
  }
  void finish(int row, T* to, int tail) const {
    BETWIXT_UNROLL
    for (int v = 0; v < Vectors - 1; ++v) store(to + v * kLanes<T>, value[row][v]);
    T* last = to + (Vectors - 1) * kLanes<T>;
    if (tail < kLanes<T>)
      store_part(last, value[row][Vectors - 1], tail);
    else
      store(last, value[row][Vectors - 1]);
  }
};

template <class T, int Rows, int Vectors>
void rows_kernel(const RowTile<T>& tile) {
  constexpr int L = kLanes<T>;
  const int tail = tile.columns - (Vectors - 1) * L;
  Accumulators<T, Rows, Vectors> sum;
  BETWIXT_UNROLL
  for (int m = 0; m < Rows; ++m) {
    if (tile.accumulate) {
      sum.start(m, tile.c[m] + tile.c_offset, tail);
    } else {
      BETWIXT_UNROLL
      for (int v = 0; v < Vectors; ++v) sum.value[m][v] = tile.bias ? load(tile.bias + v * L) : Vector<T>{};
    }
  }
  Vector<T> odd_sum[Rows] = {};
  const T* b = tile.b;
  for (int r = 0; r < tile.run_count; ++r) {
    const T* a[Rows];
    BETWIXT_UNROLL
    for (int m = 0; m < Rows; ++m) a[m] = tile.a[m] + tile.runs[r].offset;
    std::int64_t k = 0;
    if constexpr (Vectors == 1 && kPanelVectors<T> == 4) {
      // With one vector there are too few sums in flight to hide an addition's delay: the odd terms have their own.
      for (; k + 2 <= tile.runs[r].length; k += 2) {
        const Vector<T> even = load(b);
        const Vector<T> odd = load(b + tile.ldb);
        BETWIXT_UNROLL
        for (int m = 0; m < Rows; ++m) {
          sum.value[m][0] += even * a[m][k];
          odd_sum[m] += odd * a[m][k + 1];
        }
        b += 2 * tile.ldb;
      }
    }
    for (; k < tile.runs[r].length; ++k) {
      Vector<T> right[Vectors];
      BETWIXT_UNROLL
      for (int v = 0; v < Vectors; ++v) right[v] = load(b + v * L);
      BETWIXT_UNROLL
      for (int m = 0; m < Rows; ++m) {
        const T left = a[m][k];
        BETWIXT_UNROLL
        for (int v = 0; v < Vectors; ++v) sum.value[m][v] += right[v] * left;
      }
      b += tile.ldb;
    }
  }
  if constexpr (Vectors == 1 && kPanelVectors<T> == 4) {
    BETWIXT_UNROLL
    for (int m = 0; m < Rows; ++m) sum.value[m][0] += odd_sum[m];
  }
  if (tile.rectify) {
    BETWIXT_UNROLL
    for (int m = 0; m < Rows; ++m) {
      BETWIXT_UNROLL
      for (int v = 0; v < Vectors; ++v) sum.value[m][v] = rectified<T>(sum.value[m][v], tile.slope);
    }
  }
  BETWIXT_UNROLL
  for (int m = 0; m < Rows; ++m) sum.finish(m, tile.c[m] + tile.c_offset, tail);
}

template <class T, int Rows, int Vectors>
void outer_kernel(const OuterTile<T>& tile) {
  constexpr int L = kLanes<T>;
  const int tail = tile.columns - (Vectors - 1) * L;
  Accumulators<T, Rows, Vectors> sum;
  BETWIXT_UNROLL
  for (int m = 0; m < Rows; ++m) {
    if (tile.accumulate) {
      sum.start(m, tile.c + m * tile.ldc, tail);
    } else {
      BETWIXT_UNROLL
      for (int v = 0; v < Vectors; ++v) sum.value[m][v] = Vector<T>{};
    }
  }
  for (std::int64_t p = 0; p < tile.count; ++p) {
    const T* a = tile.a[p] + tile.a_offset;
    const T* b = tile.b[p] + tile.b_offset;
    Vector<T> right[Vectors];
    BETWIXT_UNROLL
    for (int v = 0; v < Vectors; ++v) right[v] = load(b + v * L);
    BETWIXT_UNROLL
    for (int m = 0; m < Rows; ++m) {
      const T left = a[m];
      BETWIXT_UNROLL
      for (int v = 0; v < Vectors; ++v) sum.value[m][v] += right[v] * left;
    }
  }
  BETWIXT_UNROLL
  for (int m = 0; m < Rows; ++m) sum.finish(m, tile.c + m * tile.ldc, tail);
}

#if defined(__GNUC__)
/// Lane i of the result: a[i] + a[i + Distance] where bit Distance of i is 0, else b[i - Distance] + b[i].
template <int Distance, class T, int... Lane>
inline Vector<T> add_pairs(Vector<T> a, Vector<T> b, std::integer_sequence<int, Lane...>) {
  constexpr int L = kLanes<T>;
  return __builtin_shufflevector(a, b, (Lane & Distance ? L + Lane - Distance : Lane)...) +
         __builtin_shufflevector(a, b, (Lane & Distance ? L + Lane : Lane + Distance)...);
}

/// Lane i of the result is the sum of all lanes of value[i].
template <int Distance, class T>
inline Vector<T> sum_lanes(const Vector<T>* value) {
  if constexpr (Distance == 0) {
    return value[0];
  } else {
    return add_pairs<Distance, T>(sum_lanes<Distance / 2, T>(value), sum_lanes<Distance / 2, T>(value + Distance),
                                  std::make_integer_sequence<int, kLanes<T>>());
  }
}

template <class T, int Columns>
[[maybe_unused]] constexpr int kDotRows = kLanes<T> / Columns < 8 ? kLanes<T> / Columns : 8;

template <class T, int Columns>
void dots_kernel(const DotTile<T>& tile) {
  constexpr int L = kLanes<T>;
  constexpr int Rows = kDotRows<T, Columns>;
  Vector<T> sum[L] = {};
  const T* row[Rows];
  BETWIXT_UNROLL
  for (int m = 0; m < Rows; ++m) row[m] = tile.a[m < tile.rows ? m : tile.rows - 1];
  const T* b = tile.b;
  for (int r = 0; r < tile.run_count; ++r) {
    const std::int64_t end = tile.runs[r].offset + tile.runs[r].length;
    for (std::int64_t k = tile.runs[r].offset; k < end; k += L, b += Columns * L) {
      Vector<T> left[Rows];
      const bool part = end - k < L;
      BETWIXT_UNROLL
      for (int m = 0; m < Rows; ++m)
        left[m] = part ? load_part(row[m] + k, static_cast<int>(end - k)) : load(row[m] + k);
      BETWIXT_UNROLL
      for (int n = 0; n < Columns; ++n) {
        const Vector<T> right = load(b + n * L);
        BETWIXT_UNROLL
        for (int m = 0; m < Rows; ++m) sum[m * Columns + n] += left[m] * right;
      }
    }
  }
  Vector<T> total = sum_lanes<L / 2, T>(sum);
  if (tile.bias) {
    T bias[L] = {};
    for (int i = 0; i < Rows * Columns; ++i) bias[i] = tile.bias[i % Columns];
    total += load(bias);
  }
  if (tile.rectify) total = rectified<T>(total, tile.slope);
  T result[L];
  store(result, total);
  for (int m = 0; m < tile.rows; ++m)
    for (int n = 0; n < Columns; ++n) tile.c[m][tile.c_offset + n] = result[m * Columns + n];
}

/// Four rows of four, turned.
template <class T>
inline void transpose_4x4(const T* from, std::ptrdiff_t from_stride, T* to, std::ptrdiff_t to_stride) {
  typedef T Quad __attribute__((vector_size(4 * sizeof(T))));
  typedef T Unaligned __attribute__((vector_size(4 * sizeof(T)), aligned(alignof(T)), may_alias));
  Quad row[4];
  BETWIXT_UNROLL
  for (int i = 0; i < 4; ++i) row[i] = *reinterpret_cast<const Unaligned*>(from + i * from_stride);
  const Quad a = __builtin_shufflevector(row[0], row[1], 0, 4, 1, 5);
  const Quad b = __builtin_shufflevector(row[0], row[1], 2, 6, 3, 7);
  const Quad c = __builtin_shufflevector(row[2], row[3], 0, 4, 1, 5);
  const Quad d = __builtin_shufflevector(row[2], row[3], 2, 6, 3, 7);
  *reinterpret_cast<Unaligned*>(to) = __builtin_shufflevector(a, c, 0, 1, 4, 5);
  *reinterpret_cast<Unaligned*>(to + to_stride) = __builtin_shufflevector(a, c, 2, 3, 6, 7);
  *reinterpret_cast<Unaligned*>(to + 2 * to_stride) = __builtin_shufflevector(b, d, 0, 1, 4, 5);
  *reinterpret_cast<Unaligned*>(to + 3 * to_stride) = __builtin_shufflevector(b, d, 2, 3, 6, 7);
}
#else
template <class T>
inline void transpose_4x4(const T* from, std::ptrdiff_t from_stride, T* to, std::ptrdiff_t to_stride) {
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) to[j * to_stride + i] = from[i * from_stride + j];
}
#endif

/// Rows of the largest tile that stays in registers, by vectors per row.
template <class T>
constexpr int kRowTileRows[4] = {4, 4, 0, 0};
template <class T>
constexpr int kOuterTileRows[4] = {4, 4, 0, 0};
#if defined(__AVX512F__) || defined(__aarch64__)
template <>
constexpr int kRowTileRows<float>[4] = {8, 8, 8, 6};
template <>
constexpr int kOuterTileRows<float>[4] = {12, 12, 8, 6};
#elif defined(__AVX2__)
template <>
constexpr int kRowTileRows<float>[4] = {8, 6, 0, 0};
template <>
constexpr int kOuterTileRows<float>[4] = {12, 6, 0, 0};
#else
template <>
constexpr int kRowTileRows<float>[4] = {8, 5, 0, 0};
template <>
constexpr int kOuterTileRows<float>[4] = {8, 5, 0, 0};
#endif

template <class T, int Vectors, int Rows = 1>
void run_rows(const RowTile<T>& tile) {
  if constexpr (Rows < kRowTileRows<T>[Vectors - 1]) {
    if (tile.rows != Rows) return run_rows<T, Vectors, Rows + 1>(tile);
  }
  rows_kernel<T, Rows, Vectors>(tile);
}
template <class T, int Vectors, int Rows = 1>
void run_outer(const OuterTile<T>& tile) {
  if constexpr (Rows < kOuterTileRows<T>[Vectors - 1]) {
    if (tile.rows != Rows) return run_outer<T, Vectors, Rows + 1>(tile);
  }
  outer_kernel<T, Rows, Vectors>(tile);
}

}  // namespace

template <class T>
int row_tile_rows(int columns) {
  return kRowTileRows<T>[vectors_of(columns, kLanes<T>) - 1];
}
template <class T>
int outer_tile_rows(int columns) {
  return kOuterTileRows<T>[vectors_of(columns, kLanes<T>) - 1];
}

template <class T>
void multiply_rows(const RowTile<T>& tile) {
  const int vectors = vectors_of(tile.columns, kLanes<T>);
  if (vectors == 1) return run_rows<T, 1>(tile);
  if (vectors == 2) return run_rows<T, 2>(tile);
  if constexpr (kPanelVectors < T >> 2) {
    if (vectors == 3) return run_rows<T, 3>(tile);
    return run_rows<T, 4>(tile);
  }
}

template <class T>
void multiply_outer(const OuterTile<T>& tile) {
  const int vectors = vectors_of(tile.columns, kLanes<T>);
  if (vectors == 1) return run_outer<T, 1>(tile);
  if (vectors == 2) return run_outer<T, 2>(tile);
  if constexpr (kPanelVectors < T >> 2) {
    if (vectors == 3) return run_outer<T, 3>(tile);
    return run_outer<T, 4>(tile);
  }
}

template <class T>
int dot_tile_rows(int columns) {
#if defined(__GNUC__)
  if (kLanes<T> < 8 || columns > kDotColumns) return 0;
  return kLanes<T> / columns < 8 ? kLanes<T> / columns : 8;
#else
  static_cast<void>(columns);
  return 0;
#endif
}

template <class T>
void multiply_dots(const DotTile<T>& tile) {
#if defined(__GNUC__)
  if constexpr (kLanes<T> >= 8) {
    switch (tile.columns) {
      case 1:
        return dots_kernel<T, 1>(tile);
      case 2:
        return dots_kernel<T, 2>(tile);
      case 3:
        return dots_kernel<T, 3>(tile);
      default:
        return dots_kernel<T, 4>(tile);
    }
  }
#endif
}

template <class T>
void transpose(const T* from, std::ptrdiff_t from_stride, T* to, std::ptrdiff_t to_stride, std::int64_t rows,
               std::int64_t columns) {
  std::int64_t i = 0;
  for (; i + 4 <= rows; i += 4) {
    std::int64_t j = 0;
    for (; j + 4 <= columns; j += 4)
      transpose_4x4(from + i * from_stride + j, from_stride, to + j * to_stride + i, to_stride);
    for (; j < columns; ++j)
      for (std::int64_t r = i; r < i + 4; ++r) to[j * to_stride + r] = from[r * from_stride + j];
  }
  for (; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) to[j * to_stride + i] = from[i * from_stride + j];
}

template int dot_tile_rows<float>(int);
template int dot_tile_rows<double>(int);
template void multiply_dots<float>(const DotTile<float>&);
template void multiply_dots<double>(const DotTile<double>&);
template void transpose<float>(const float*, std::ptrdiff_t, float*, std::ptrdiff_t, std::int64_t, std::int64_t);
template void transpose<double>(const double*, std::ptrdiff_t, double*, std::ptrdiff_t, std::int64_t, std::int64_t);
template int row_tile_rows<float>(int);
template int row_tile_rows<double>(int);
template int outer_tile_rows<float>(int);
template int outer_tile_rows<double>(int);
template void multiply_rows<float>(const RowTile<float>&);
template void multiply_rows<double>(const RowTile<double>&);
template void multiply_outer<float>(const OuterTile<float>&);
template void multiply_outer<double>(const OuterTile<double>&);

}  // namespace betwixt::BETWIXT_ISA
