// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include "betwixt/ops/detail/vector_kernel.h"

// The core of every matrix product and convolution: small register tiles, compiled once per instruction set in
// gemm_cpu.cpp. Nothing is packed on the left side: a tile reads its rows through pointers, so a convolution's rows are
// pixels of the picture itself and no column matrix is ever made. The right side is read in panels of at most
// kPanelWidth columns.

namespace betwixt::BETWIXT_ISA {

/// Most vectors side by side in a tile.
template <class T>
constexpr int kPanelVectors = 2;
#if defined(__AVX512F__) || defined(__aarch64__)
template <>
inline constexpr int kPanelVectors<float> = 4;
#endif

/// Most columns of a tile.
template <class T>
constexpr int kPanelWidth = kPanelVectors<T>* kLanes<T>;

/// Most rows of any tile.
constexpr int kMaxTileRows = 12;

/// Terms of a sum added to a tile before it goes back to memory: the panel of the right side stays in the first-level
/// cache.
template <class T>
constexpr std::int64_t block_length(int columns) {
  const std::int64_t length =
      32768 / static_cast<std::int64_t>(sizeof(T)) / (columns > kLanes<T> ? columns : kLanes<T>);
  return length > 512 ? 512 : length;
}

constexpr int vectors_of(std::int64_t columns, int lanes) { return static_cast<int>((columns + lanes - 1) / lanes); }

/// Stretch of consecutive elements of every row, relative to the row's pointer.
struct Run {
  std::int64_t offset;
  std::int64_t length;
};

/// c[m][n] (+)= sum over k of a[m][k] * b[k][n]. The terms k are the elements of the runs, one after another, and
/// rows of `b` in the same order.
template <class T>
struct RowTile {
  const T* const* a;  ///< `rows` pointers
  const Run* runs;
  int run_count;
  const T* b;  ///< readable up to a whole number of vectors
  std::ptrdiff_t ldb;
  T* const* c;  ///< `rows` pointers
  std::ptrdiff_t c_offset;
  int rows;         ///< 1 to row_tile_rows(columns)
  int columns;      ///< 1 to kPanelWidth
  const T* bias;    ///< start value of every row, readable up to a whole number of vectors; null is 0
  bool accumulate;  ///< start from c instead
  bool rectify;     ///< at the end, values below 0 are multiplied by `slope`
  T slope;
};
template <class T>
int row_tile_rows(int columns);
template <class T>
void multiply_rows(const RowTile<T>& tile);

/// c[m][n] (+)= sum over p of a[p][a_offset + m] * b[p][b_offset + n].
template <class T>
struct OuterTile {
  const T* const* a;  ///< `count` pointers
  const T* const* b;  ///< `count` pointers; readable up to a whole number of vectors
  std::int64_t count;
  std::int64_t a_offset;
  std::int64_t b_offset;
  T* c;
  std::ptrdiff_t ldc;
  int rows;     ///< 1 to outer_tile_rows(columns)
  int columns;  ///< 1 to kPanelWidth
  bool accumulate;
};
template <class T>
int outer_tile_rows(int columns);
template <class T>
void multiply_outer(const OuterTile<T>& tile);

/// Most columns of a DotTile.
constexpr int kDotColumns = 4;

/// As RowTile without accumulation, for very few columns: vectors run along the terms. `b` holds, for every run and
/// every vector of its terms (the last one filled up with zeros), `columns` vectors.
template <class T>
struct DotTile {
  const T* const* a;
  const Run* runs;
  int run_count;
  const T* b;
  T* const* c;
  std::ptrdiff_t c_offset;
  int rows;       ///< 1 to dot_tile_rows(columns)
  int columns;    ///< 1 to kDotColumns
  const T* bias;  ///< `columns` values or null
  bool rectify;
  T slope;
};
/// 0 where the instruction set's vectors are too short for this to pay.
template <class T>
int dot_tile_rows(int columns);
template <class T>
void multiply_dots(const DotTile<T>& tile);

/// Writes the transpose of from[rows][columns] to to[columns][rows].
template <class T>
void transpose(const T* from, std::ptrdiff_t from_stride, T* to, std::ptrdiff_t to_stride, std::int64_t rows,
               std::int64_t columns);

/// Part `index` of `count` split evenly into pieces of at most `most`: [begin, end).
struct Piece {
  std::int64_t begin;
  std::int64_t end;
};
static inline std::int64_t piece_count(std::int64_t count, std::int64_t most) { return (count + most - 1) / most; }
static inline Piece piece(std::int64_t count, std::int64_t pieces, std::int64_t index) {
  return {count * index / pieces, count * (index + 1) / pieces};
}

/// Columns [begin, end) of panel `index`: whole vectors, evenly spread.
template <class T>
Piece panel_columns(std::int64_t columns, std::int64_t index) {
  const std::int64_t vectors = vectors_of(columns, kLanes<T>);
  const Piece part = piece(vectors, piece_count(vectors, kPanelVectors<T>), index);
  const std::int64_t end = part.end * kLanes<T>;
  return {part.begin * kLanes<T>, end < columns ? end : columns};
}
template <class T>
std::int64_t panel_count(std::int64_t columns) {
  return piece_count(vectors_of(columns, kLanes<T>), kPanelVectors<T>);
}

}  // namespace betwixt::BETWIXT_ISA
