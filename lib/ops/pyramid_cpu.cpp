// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/handed_over_kernel.h"
#include "betwixt/ops/detail/prefetch_kernel.h"
#include "betwixt/ops/detail/pyramid_rows_kernel.h"
#include "betwixt/ops/detail/pyramid_table.h"
#include "betwixt/ops/detail/stream_kernel.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt::BETWIXT_ISA {
namespace {

constexpr int kMostTaps = 5;
constexpr std::int64_t kBlock = 128;  // elements between requests for memory

/// to[i] = base[i] + sum over k of weights[k] * rows[k][i].
template <int kCount, bool kHasBase, class T>
void blend_rows(const T* const* rows, const T* weights, std::int64_t length, const T* base, T* __restrict to) {
  for (std::int64_t i = 0; i < length;) {
    const std::int64_t count = length - i < kBlock ? length - i : kBlock;
    const std::int64_t bytes = count * static_cast<std::int64_t>(sizeof(T));
    if (kHasBase) {
      prefetch_ahead(base + i, bytes);
      prefetch_to_write(to + i, bytes);
    }
    for (const std::int64_t end = i + count; i < end; ++i) {
      T sum = weights[0] * rows[0][i];
      for (int k = 1; k < kCount; ++k) sum += weights[k] * rows[k][i];
      to[i] = kHasBase ? base[i] + sum : sum;
    }
  }
}

template <bool kHasBase, class T>
void blend_some(int count, const T* const* rows, const T* weights, std::int64_t length, const T* base, T* to) {
  switch (count) {
    case 1:
      return blend_rows<1, kHasBase>(rows, weights, length, base, to);
    case 2:
      return blend_rows<2, kHasBase>(rows, weights, length, base, to);
    case 3:
      return blend_rows<3, kHasBase>(rows, weights, length, base, to);
    case 4:
      return blend_rows<4, kHasBase>(rows, weights, length, base, to);
    default:
      return blend_rows<5, kHasBase>(rows, weights, length, base, to);
  }
}

/// As the row `y` of a vertical axis says; row_at(s) gives source row s. `sign` 1 or -1.
template <class T, class RowAt>
void blend_vertically(const PyramidAxis& axis, std::int64_t y, std::int64_t length, T sign, const RowAt& row_at,
                      const T* base, T* to) {
  const ResizeAxis::Row& row = axis.table.rows.data()[y];
  const double* weights = axis.table.weights.data() + row.offset;
  const T* rows[kMostTaps] = {};
  T w[kMostTaps] = {};
  for (std::int32_t k = 0; k < row.count; ++k) {
    rows[k] = row_at(row.start + k);
    w[k] = sign * static_cast<T>(weights[k]);
  }
  if (base != nullptr) return blend_some<true>(row.count, rows, w, length, base, to);
  blend_some<false>(row.count, rows, w, length, base, to);
}

template <int kChannels, class T>
void blend_channels(const PyramidMap& map, const T* from, T* to) {
  const PyramidAxis& axis = map.axes[1];
  const std::int64_t channels = map.source[3];
  const Filter<T> filter(map.gain);
  blend_pixels<kChannels>(axis, 0, axis.inner_begin, channels, from, to);
  if (map.pattern == PyramidPattern::kSame)
    same_inner(filter, axis.inner_begin, axis.inner_end, channels, from, to);
  else if (map.pattern == PyramidPattern::kShrink)
    shrink_inner<kChannels>(filter, axis.inner_begin, axis.inner_end, channels, from, to);
  else
    grow_inner<kChannels>(filter, axis.inner_begin, axis.inner_end, channels, from, to);
  // After the inner ones, whose last lane may lie in the first of these.
  blend_pixels<kChannels>(axis, axis.inner_end, map.target[2], channels, from, to);
}

/// One row from `from` to `to`, along the horizontal axis.
template <class T>
void blend_row(const PyramidMap& map, const T* from, T* to) {
  switch (map.source[3]) {
    case 1:
      return blend_channels<1>(map, from, to);
    case 2:
      return blend_channels<2>(map, from, to);
    case 3:
      return blend_channels<3>(map, from, to);
    case 4:
      return blend_channels<4>(map, from, to);
    default:
      return blend_channels<0>(map, from, to);
  }
}

/// Row `y` of the target: first down, then across. For blur and shrinking. `strip` is a row of scratch.
template <class T>
void shrink_row(const PyramidMap& map, const T* picture, std::int64_t y, T* strip, T* to) {
  const std::int64_t line = map.source[2] * map.source[3];
  blend_vertically(
      map.axes[0], y, line, T(1), [&](std::int64_t s) { return picture + s * line; }, static_cast<const T*>(nullptr),
      strip);
  blend_row(map, strip, to);
}

/// Rows of a growing picture: source rows are widened once each, then blended. row_at(s) is called once for each source
/// row in ascending order.
template <class T, class RowAt>
class GrowingRows {
 public:
  GrowingRows(const PyramidMap& map, T* ring, std::int64_t first, const RowAt& row_at)
      : map_(map),
        ring_(ring),
        line_(map.target[2] * map.target[3]),
        next_(map.axes[0].table.rows.data()[first].start),
        streams_(is_worth_streaming(map.target.elements() * static_cast<std::int64_t>(sizeof(T)))),
        row_at_(row_at) {}
  ~GrowingRows() {
    if (streams_) end_streaming();
  }
  GrowingRows(const GrowingRows&) = delete;
  GrowingRows& operator=(const GrowingRows&) = delete;

  void write(std::int64_t y, T sign, const T* base, T* to) {
    const ResizeAxis::Row& row = map_.axes[0].table.rows.data()[y];
    for (; next_ < row.start + row.count; ++next_) blend_row(map_, row_at_(next_), slot(next_ % 3));
    T* result = streams_ ? slot(3) : to;
    blend_vertically(
        map_.axes[0], y, line_, sign, [&](std::int64_t s) { return static_cast<const T*>(slot(s % 3)); }, base, result);
    if (streams_) stream(to, result, line_ * static_cast<std::int64_t>(sizeof(T)));
  }

 private:
  T* slot(std::int64_t i) { return ring_ + i * (line_ + kPyramidSlack); }

  const PyramidMap& map_;
  T* ring_;  ///< three widened rows and a result
  std::int64_t line_;
  std::int64_t next_;
  bool streams_;
  const RowAt& row_at_;
};

/// Rows [begin, end) of target picture `n`.
template <class T>
void run_band(const CpuCall& call, const PyramidMap& map, std::int64_t n, std::int64_t begin, std::int64_t end,
              T* scratch) {
  const T* picture = call.in<T>(0) + n * map.source.product(1, 4);
  const std::int64_t line = map.target[2] * map.target[3];
  const std::int64_t first = n * map.target[1];
  T* to = call.out<T>() + first * line;
  if (map.pattern != PyramidPattern::kGrow) {
    for (std::int64_t y = begin; y < end; ++y) shrink_row(map, picture, y, scratch, to + y * line);
    return;
  }
  const T* base = call.node.input_count() > 1 ? call.in<T>(1) + first * line : nullptr;
  const auto row_at = [&](std::int64_t s) { return picture + s * map.source[2] * map.source[3]; };
  GrowingRows<T, decltype(row_at)> rows(map, scratch, begin, row_at);
  for (std::int64_t y = begin; y < end; ++y)
    rows.write(y, T(1), base != nullptr ? base + y * line : nullptr, to + y * line);
}

/// Calls body(picture, first row, end row, scratch) for the bands of all pictures.
template <class T, class Body>
void for_bands(const CpuCall& call, std::int64_t pictures, std::int64_t rows, std::int64_t row_elements,
               std::int64_t scratch_elements, const Body& body) {
  const PyramidBands bands = pyramid_bands(pictures, rows, row_elements);
  call.pool.parallel_for(pictures * bands.bands, bands.grain, [&](std::int64_t begin, std::int64_t end) {
    T* scratch = reinterpret_cast<T*>(call.scratch) + begin / bands.grain * scratch_elements;
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t first = i % bands.bands * bands.rows;
      body(i / bands.bands, first, first + bands.rows < rows ? first + bands.rows : rows, scratch);
    }
  });
}

template <class T>
void pyramid_typed(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const PyramidMap& map = call.options<PyramidOptions>().map;
  const Shape& target = map.target;
  for_bands<T>(call, target[0], target[1], target[2] * target[3], pyramid_scratch_elements(map),
               [&](std::int64_t n, std::int64_t begin, std::int64_t end, T* scratch) {
                 run_band<T>(call, map, n, begin, end, scratch);
               });
}

/// Rows [begin, end) of the coarser picture `n` and the rows of the Laplacian that they cover.
template <class T>
void run_level_band(const CpuCall& call, const PyramidLevelOptions& options, std::int64_t n, std::int64_t begin,
                    std::int64_t end, T* scratch) {
  const Shape& fine = options.up.target;
  const std::int64_t fine_line = fine[2] * fine[3];
  const std::int64_t coarse_line = options.up.source[2] * fine[3];
  const T* picture = call.in<T>(0) + n * fine[1] * fine_line;
  T* laplacian = call.out<T>(0) + n * fine[1] * fine_line;
  T* coarser = call.out<T>(1) + n * options.up.source[1] * coarse_line;
  T* ring = scratch + pyramid_scratch_elements(options.down);
  T* borrowed = ring + pyramid_scratch_elements(options.up);
  // Rows of the neighbouring bands are computed again, not read: another thread may be writing them.
  const auto row_at = [&](std::int64_t s) {
    T* to = s >= begin && s < end ? coarser + s * coarse_line : borrowed;
    shrink_row(options.down, picture, s, scratch, to);
    return static_cast<const T*>(to);
  };
  GrowingRows<T, decltype(row_at)> rows(options.up, ring, 2 * begin, row_at);
  const std::int64_t stop = 2 * end < fine[1] ? 2 * end : fine[1];
  for (std::int64_t y = 2 * begin; y < stop; ++y)
    rows.write(y, T(-1), picture + y * fine_line, laplacian + y * fine_line);
}

template <class T>
void pyramid_level_typed(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const auto& options = call.options<PyramidLevelOptions>();
  const Shape& coarse = options.down.target;
  for_bands<T>(call, coarse[0], coarse[1], 4 * coarse[2] * coarse[3], pyramid_level_scratch_elements(options),
               [&](std::int64_t n, std::int64_t begin, std::int64_t end, T* scratch) {
                 run_level_band<T>(call, options, n, begin, end, scratch);
               });
}

}  // namespace

void pyramid_cpu(const CpuCall& call) {
  if (call.node.output_type().dtype == DType::kF64) return pyramid_typed<double>(call);
  pyramid_typed<float>(call);
}

void pyramid_level_cpu(const CpuCall& call) {
  if (call.node.output_type().dtype == DType::kF64) return pyramid_level_typed<double>(call);
  pyramid_level_typed<float>(call);
}

}  // namespace betwixt::BETWIXT_ISA
