// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/handed_over_kernel.h"
#include "betwixt/ops/detail/prefetch_kernel.h"
#include "betwixt/ops/detail/pyramid_columns_kernel.h"
#include "betwixt/ops/detail/pyramid_rows_kernel.h"
#include "betwixt/ops/detail/pyramid_strips_kernel.h"
#include "betwixt/ops/detail/pyramid_table.h"
#include "betwixt/ops/detail/stream_kernel.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt::BETWIXT_ISA {
namespace {

constexpr int kMostTaps = 5;
constexpr std::int64_t kBlock = 128;                   // elements between requests for memory
constexpr std::int64_t kNear = std::int64_t{1} << 20;  // bytes of a picture that stays in a core's caches

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

/// Five rows, `line` apart from `top` on, into one.
template <class T>
EIGEN_DONT_INLINE void sum_five_rows(const Filter<T>& f, const T* top, std::int64_t line, T* __restrict to) {
  const T* const rows[] = {top, top + line, top + 2 * line, top + 3 * line, top + 4 * line};
  for (std::int64_t i = 0; i < line; ++i)
    to[i] = f.outer * (rows[0][i] + rows[4][i]) + f.next * (rows[1][i] + rows[3][i]) + f.centre * rows[2][i];
}

// What one pass over a row writes, the next reads with other boundaries between vectors. Such a load waits until the
// stores it spans have left the core, so each pass works a row ahead of the one that reads it.

/// Rows [first, last) of a picture that shrinks or is blurred: first down, then across.
template <class T>
class ShrinkingRows {
 public:
  /// `scratch` of pyramid_scratch_elements().
  ShrinkingRows(const PyramidMap& map, const T* picture, std::int64_t first, std::int64_t last, T* scratch)
      : axis_(map.axes[0]),
        filter_(map.gain),
        across_(map),
        split_(map, picture, first, scratch),
        splits_(is_mirrored_rgb<T>(map, PyramidPattern::kShrink)),
        picture_(picture),
        line_(map.source[2] * map.source[3]),
        next_(first),
        last_(last),
        strips_(scratch) {}

  /// Row y; every row once, in ascending order.
  void write(std::int64_t y, T* to) {
    if (splits_) return split_.write(y, to);
    for (; next_ < last_ && next_ <= y + 1; ++next_) sum_down(next_);
    across_(strip(y), to);
  }

 private:
  T* strip(std::int64_t y) const { return strips_ + y % 2 * (line_ + kPyramidSlack); }

  void sum_down(std::int64_t y) const {
    const auto row_at = [&](std::int64_t s) { return picture_ + s * line_; };
    if (y >= axis_.inner_begin && y < axis_.inner_end)
      sum_five_rows(filter_, row_at(axis_.table.rows.data()[y].start), line_, strip(y));
    else
      blend_vertically(axis_, y, line_, T(1), row_at, static_cast<const T*>(nullptr), strip(y));
  }

  const PyramidAxis& axis_;
  Filter<T> filter_;
  RowBlend<T> across_;
  SplitRows<T> split_;
  bool splits_;
  const T* picture_;
  std::int64_t line_;
  std::int64_t next_, last_;
  T* strips_;
};

/// even = base + outer * (above + below) + centre * here and odd = base + next * (here + below): the two results
/// between three widened rows. `far`: the picture does not fit into a core's caches.
template <bool kHasBase, class T>
void grow_two_rows(const Filter<T>& f, const T* above, const T* here, const T* below, std::int64_t length, bool far,
                   const T* even_base, const T* odd_base, T* __restrict even, T* __restrict odd) {
  const std::int64_t block = far ? kBlock : length;
  for (std::int64_t i = 0; i < length;) {
    const std::int64_t count = length - i < block ? length - i : block;
    if (kHasBase && far) {
      const std::int64_t bytes = count * static_cast<std::int64_t>(sizeof(T));
      prefetch_ahead(odd_base + i, bytes);
      prefetch_ahead(odd_base + length + i, bytes);
      prefetch_to_write(odd + i, bytes);
      prefetch_to_write(odd + length + i, bytes);
    }
    for (const std::int64_t end = i + count; i < end; ++i) {
      const T sides = f.outer * (above[i] + below[i]);
      even[i] = f.centre * here[i] + (kHasBase ? even_base[i] + sides : sides);
      odd[i] = f.next * (here[i] + below[i]) + (kHasBase ? odd_base[i] : T(0));
    }
  }
}

/// Rows [begin, end) of a growing picture: source rows are widened once each, then blended. row_at(s) gives a source
/// row, once each in ascending order; two of them are in use at a time.
template <class T, class RowAt>
class GrowingRows {
 public:
  /// `sign` 1 or -1; `scratch` of pyramid_scratch_elements().
  GrowingRows(const PyramidMap& map, T sign, std::int64_t begin, std::int64_t end, const RowAt& row_at, T* scratch)
      : axis_(map.axes[0]),
        sign_(sign),
        filter_(static_cast<double>(sign) * map.gain),
        across_(map),
        begin_(begin),
        end_(end),
        read_(axis_.table.rows.data()[begin].start),
        widened_(read_),
        last_(axis_.table.rows.data()[end - 1].start + axis_.table.rows.data()[end - 1].count),
        line_(map.target[2] * map.target[3]),
        far_(map.target[1] * line_ * static_cast<std::int64_t>(sizeof(T)) > kNear),
        streams_(is_worth_streaming(map.target.elements() * static_cast<std::int64_t>(sizeof(T)))),
        row_at_(row_at),
        ring_(scratch) {}

  /// `to` is a whole picture; `base`, a whole picture or nothing, is added.
  void write(const T* base, T* to) {
    for (std::int64_t y = begin_; y < end_;) {
      const bool two = y % 2 == 0 && y >= axis_.inner_begin && y + 2 <= axis_.inner_end && y + 2 <= end_;
      const std::int64_t rows = two ? 2 : 1;
      T* const result = streams_ ? slot(4) : to + y * line_;
      const T* const added = base != nullptr ? base + y * line_ : nullptr;
      const ResizeAxis::Row& row = axis_.table.rows.data()[y];
      while (widened_ < last_ && widened_ <= row.start + row.count) widen();
      if (two)
        write_two(row.start, added, result);
      else
        blend_vertically(
            axis_, y, line_, sign_, [&](std::int64_t s) { return static_cast<const T*>(slot(s % 4)); }, added, result);
      for (std::int64_t k = 0; streams_ && k < rows; ++k)
        stream(to + (y + k) * line_, result + k * line_, line_ * static_cast<std::int64_t>(sizeof(T)));
      y += rows;
    }
    if (streams_) end_streaming();
  }

 private:
  T* slot(std::int64_t i) { return ring_ + i * (line_ + kPyramidSlack); }

  void widen() {
    for (; read_ < last_ && read_ <= widened_ + 1; ++read_) rows_[read_ % 2] = row_at_(read_);
    across_(rows_[widened_ % 2], slot(widened_ % 4));
    ++widened_;
  }
  void write_two(std::int64_t above, const T* base, T* to) {
    const T* const rows[] = {slot(above % 4), slot((above + 1) % 4), slot((above + 2) % 4)};
    if (base != nullptr)
      grow_two_rows<true>(filter_, rows[0], rows[1], rows[2], line_, far_, base, base + line_, to, to + line_);
    else
      grow_two_rows<false, T>(filter_, rows[0], rows[1], rows[2], line_, far_, nullptr, nullptr, to, to + line_);
  }

  const PyramidAxis& axis_;
  T sign_;
  Filter<T> filter_;
  RowBlend<T> across_;
  std::int64_t begin_, end_;
  std::int64_t read_, widened_, last_;  ///< source rows
  std::int64_t line_;
  bool far_, streams_;
  const RowAt& row_at_;
  const T* rows_[2] = {};
  T* ring_;  ///< four widened rows and two results
};

/// Whether the rows given are all of a small picture, which grows column by column then.
template <class T>
bool is_small_picture(const PyramidMap& map, std::int64_t begin, std::int64_t end) {
  return begin == 0 && end == map.target[1] && is_mirrored_rgb<T>(map, PyramidPattern::kGrow) &&
         map.target.product(1, 4) * static_cast<std::int64_t>(sizeof(T)) <= kNear;
}

/// Rows [begin, end) of target picture `n`.
template <class T>
void run_band(const CpuCall& call, const PyramidMap& map, std::int64_t n, std::int64_t begin, std::int64_t end,
              T* scratch) {
  const T* picture = call.in<T>(0) + n * map.source.product(1, 4);
  const std::int64_t line = map.target[2] * map.target[3];
  const std::int64_t first = n * map.target[1];
  T* to = call.out<T>() + first * line;
  if (map.pattern != PyramidPattern::kGrow) {
    ShrinkingRows<T> rows(map, picture, begin, end, scratch);
    for (std::int64_t y = begin; y < end; ++y) rows.write(y, to + y * line);
    return;
  }
  const T* base = call.node.input_count() > 1 ? call.in<T>(1) + first * line : nullptr;
  if (is_small_picture<T>(map, begin, end))
    return grow_columns(GrowingPicture<T>{map, T(1), picture, base, to, scratch});
  const std::int64_t source_line = map.source[2] * map.source[3];
  const auto row_at = [&](std::int64_t s) { return picture + s * source_line; };
  GrowingRows<T, decltype(row_at)>(map, T(1), begin, end, row_at, scratch).write(base, to);
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
  const std::int64_t stop = 2 * end < fine[1] ? 2 * end : fine[1];
  const ResizeAxis::Row* up_rows = options.up.axes[0].table.rows.data();
  const std::int64_t last = up_rows[stop - 1].start + up_rows[stop - 1].count;
  ShrinkingRows<T> rows(options.down, picture, up_rows[2 * begin].start, last, scratch);
  T* const ring = scratch + pyramid_scratch_elements(options.down);
  if (is_small_picture<T>(options.up, 2 * begin, stop)) {
    for (std::int64_t s = begin; s < end; ++s) rows.write(s, coarser + s * coarse_line);
    return grow_columns(GrowingPicture<T>{options.up, T(-1), coarser, picture, laplacian, ring});
  }
  T* const borrowed = ring + pyramid_scratch_elements(options.up);
  // Rows of the neighbouring bands are computed again, not read: another thread may be writing them.
  const auto row_at = [&](std::int64_t s) {
    T* to = s >= begin && s < end ? coarser + s * coarse_line : borrowed;
    rows.write(s, to);
    return static_cast<const T*>(to);
  };
  GrowingRows<T, decltype(row_at)>(options.up, T(-1), 2 * begin, stop, row_at, ring).write(picture, laplacian);
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
