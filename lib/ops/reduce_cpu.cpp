// SPDX-License-Identifier: MIT
#include <cstdint>
#include <limits>

#include "betwixt/ops/detail/handed_over_kernel.h"
#include "betwixt/ops/detail/reduce_loop.h"
#include "betwixt/tensor/op.h"

namespace betwixt::BETWIXT_ISA {
namespace {

constexpr std::int64_t kTile = ReduceLoop::kTile;
constexpr std::int64_t kPiece = ReduceLoop::kPiece;
constexpr std::int64_t kLanes = 32;
constexpr std::int64_t kBlockRows = 64;
constexpr std::int64_t kGrain = 1 << 15;  // elements a chunk should read

template <class T>
struct Sum {
  static T identity() { return T(0); }
  static T join(T a, T b) {
    if constexpr (std::numeric_limits<T>::is_integer)
      return static_cast<T>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
    else
      return a + b;
  }
};

template <class T>
struct Largest {
  static T identity() {
    return std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity()
                                                : std::numeric_limits<T>::lowest();
  }
  static T join(T a, T b) { return b > a ? b : a; }
};

template <class T>
struct Smallest {
  static T identity() {
    return std::numeric_limits<T>::has_infinity ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
  }
  static T join(T a, T b) { return b < a ? b : a; }
};

std::int64_t offset_of(const LoopAxes& axes, std::int64_t index) {
  std::int64_t offset = 0;
  for (int axis = axes.rank - 1; axis > 0; --axis) {
    offset += index % axes.size[axis] * axes.stride[axis];
    index /= axes.size[axis];
  }
  return axes.rank ? offset + index * axes.stride[0] : 0;
}

std::int64_t smaller(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

std::int64_t grain_for(std::int64_t work) { return work >= kGrain ? 1 : kGrain / (work > 0 ? work : 1); }

template <class T, class Join>
T reduce_piece(const T* x, std::int64_t n) {
  T result = Join::identity();
  if (n < 2 * kLanes) {
    for (std::int64_t i = 0; i < n; ++i) result = Join::join(result, x[i]);
    return result;
  }
  T lanes[kLanes];
  for (std::int64_t j = 0; j < kLanes; ++j) lanes[j] = x[j];
  std::int64_t i = kLanes;
  for (; i + kLanes <= n; i += kLanes)
    for (std::int64_t j = 0; j < kLanes; ++j) lanes[j] = Join::join(lanes[j], x[i + j]);
  for (std::int64_t j = 0; i + j < n; ++j) lanes[j] = Join::join(lanes[j], x[i + j]);
  for (std::int64_t half = kLanes / 2; half > 0; half /= 2)
    for (std::int64_t j = 0; j < half; ++j) lanes[j] = Join::join(lanes[j], lanes[j + half]);
  return lanes[0];
}

template <class T, class Join>
T reduce_runs(const ReduceLoop& loop, const T* x, std::int64_t begin, std::int64_t end) {
  const std::int64_t pieces = loop.pieces();
  T result = Join::identity();
  for (std::int64_t term = begin; term < end; ++term) {
    const std::int64_t run = pieces == 1 ? term : term / pieces;
    const std::int64_t start = pieces == 1 ? 0 : term % pieces * kPiece;
    result = Join::join(
        result, reduce_piece<T, Join>(x + offset_of(loop.reduced, run) + start, smaller(kPiece, loop.inner - start)));
  }
  return result;
}

/// total[j] joined with column j of `rows` rows; the rows are joined in blocks first, to keep rounding errors small.
template <class T, class Join>
void reduce_rows(const T* x, std::int64_t stride, std::int64_t rows, std::int64_t width, T* total) {
  while (rows > 0) {
    const std::int64_t block = smaller(rows, kBlockRows);
    T sums[kTile];
    for (std::int64_t j = 0; j < width; ++j) sums[j] = x[j];
    if (width == kTile) {
      for (std::int64_t r = 1; r < block; ++r)
        for (std::int64_t j = 0; j < kTile; ++j) sums[j] = Join::join(sums[j], x[r * stride + j]);
    } else {
      for (std::int64_t r = 1; r < block; ++r)
        for (std::int64_t j = 0; j < width; ++j) sums[j] = Join::join(sums[j], x[r * stride + j]);
    }
    for (std::int64_t j = 0; j < width; ++j) total[j] = Join::join(total[j], sums[j]);
    x += block * stride;
    rows -= block;
  }
}

/// Narrow dense rows: as many as fit into a tile are handled as one wide row.
template <class T, class Join>
void reduce_narrow_rows(const T* x, std::int64_t rows, std::int64_t width, T* total) {
  const std::int64_t together = kTile / width;
  const std::int64_t wide_rows = rows / together;
  T wide[kTile];
  for (std::int64_t j = 0; j < together * width; ++j) wide[j] = Join::identity();
  reduce_rows<T, Join>(x, together * width, wide_rows, together * width, wide);
  if (wide_rows > 0) reduce_rows<T, Join>(wide, width, together, width, total);
  reduce_rows<T, Join>(x + wide_rows * together * width, width, rows - wide_rows * together, width, total);
}

template <class T, class Join>
void reduce_tile(const ReduceLoop& loop, const T* x, std::int64_t begin, std::int64_t end, std::int64_t width,
                 T* total) {
  const int last = loop.reduced.rank - 1;
  const std::int64_t length = last < 0 ? 1 : loop.reduced.size[last];
  const std::int64_t stride = last < 0 ? 0 : loop.reduced.stride[last];
  for (std::int64_t j = 0; j < width; ++j) total[j] = Join::identity();
  while (begin < end) {
    const std::int64_t rows = smaller(length - begin % length, end - begin);
    const T* from = x + offset_of(loop.reduced, begin);
    if (stride == width && 2 * width <= kTile)
      reduce_narrow_rows<T, Join>(from, rows, width, total);
    else
      reduce_rows<T, Join>(from, stride, rows, width, total);
    begin += rows;
  }
}

template <class T, class Join>
void join_groups(const CpuCall& call, const ReduceLoop& loop, const T* partial, T* out) {
  const std::int64_t results = loop.results();
  call.pool.parallel_for(results, grain_for(loop.groups), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) out[i] = partial[i];
    for (std::int64_t g = 1; g < loop.groups; ++g)
      for (std::int64_t i = begin; i < end; ++i) out[i] = Join::join(out[i], partial[g * results + i]);
  });
}

template <class T, class Join>
void reduce_typed(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const ReduceLoop loop = reduce_loop(call.in_shape(0), call.options<ReduceOptions>().axes);
  const T* x = call.in<T>(0);
  T* partial = loop.groups > 1 ? reinterpret_cast<T*>(call.scratch) : call.out<T>();
  const std::int64_t kept = loop.kept.count();
  const std::int64_t tiles = loop.tiles();
  const std::int64_t terms = loop.terms();
  const std::int64_t work = loop.terms_per_group * smaller(loop.inner, loop.inner_reduced ? kPiece : kTile);
  call.pool.parallel_for(loop.groups * kept * tiles, grain_for(work), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t unit = first; unit < last; ++unit) {
      const std::int64_t tile = tiles == 1 ? 0 : unit % tiles;
      const std::int64_t row = tiles == 1 ? unit : unit / tiles;
      const std::int64_t group = loop.groups == 1 ? 0 : row / kept;
      const std::int64_t base = offset_of(loop.kept, row - group * kept);
      const std::int64_t begin = group * loop.terms_per_group;
      const std::int64_t end = smaller(begin + loop.terms_per_group, terms);
      if (loop.inner_reduced) {
        partial[row] = reduce_runs<T, Join>(loop, x + base, begin, end);
        continue;
      }
      const std::int64_t column = tile * kTile;
      reduce_tile<T, Join>(loop, x + base + column, begin, end, smaller(kTile, loop.inner - column),
                           partial + row * loop.inner + column);
    }
  });
  if (loop.groups > 1) join_groups<T, Join>(call, loop, partial, call.out<T>());
}

template <template <class> class Join>
void reduce(const CpuCall& call) {
  switch (call.node.input_type(0).dtype) {
    case DType::kF64:
      return reduce_typed<double, Join<double>>(call);
    case DType::kI32:
      return reduce_typed<std::int32_t, Join<std::int32_t>>(call);
    case DType::kU32:
      return reduce_typed<std::uint32_t, Join<std::uint32_t>>(call);
    default:
      return reduce_typed<float, Join<float>>(call);
  }
}

/// Calls body(offset in x, result position, width) for pieces of the results that lie side by side.
template <class Body>
void for_each_tile(const CpuCall& call, const ReduceLoop& loop, const Body& body) {
  const std::int64_t tiles = loop.tiles();
  const std::int64_t columns = loop.inner_reduced ? 1 : loop.inner;
  const std::int64_t work = loop.reduced.count() * (loop.inner_reduced ? loop.inner : smaller(kTile, columns));
  call.pool.parallel_for(loop.kept.count() * tiles, grain_for(work), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t unit = first; unit < last; ++unit) {
      const std::int64_t row = unit / tiles;
      const std::int64_t column = unit % tiles * kTile;
      body(offset_of(loop.kept, row) + column, row * columns + column, smaller(kTile, columns - column));
    }
  });
}

template <class T, class Better>
void arg_typed(const CpuCall& call, Better better) {
  if (handed_over<T>(call)) return;
  const ReduceLoop loop = reduce_loop(call.in_shape(0), call.options<ReduceOptions>().axes);
  const T* x = call.in<T>(0);
  auto* out = call.out<std::int32_t>();
  const std::int64_t length = loop.inner_reduced ? loop.inner : loop.reduced.count();
  const std::int64_t stride = loop.inner_reduced ? 1 : loop.reduced.rank ? loop.reduced.stride[0] : 0;
  for_each_tile(call, loop, [&](std::int64_t offset, std::int64_t result, std::int64_t width) {
    const T* from = x + offset;
    T best[kTile];
    std::int32_t index[kTile];
    for (std::int64_t j = 0; j < width; ++j) best[j] = from[j];
    for (std::int64_t j = 0; j < width; ++j) index[j] = 0;
    for (std::int64_t i = 1; i < length; ++i)
      for (std::int64_t j = 0; j < width; ++j) {
        const T value = from[i * stride + j];
        const bool wins = better(value, best[j]);
        best[j] = wins ? value : best[j];
        index[j] = wins ? static_cast<std::int32_t>(i) : index[j];
      }
    for (std::int64_t j = 0; j < width; ++j) out[result + j] = index[j];
  });
}

template <class Better>
void arg(const CpuCall& call, Better better) {
  switch (call.node.input_type(0).dtype) {
    case DType::kF64:
      return arg_typed<double>(call, better);
    case DType::kI32:
      return arg_typed<std::int32_t>(call, better);
    case DType::kU32:
      return arg_typed<std::uint32_t>(call, better);
    default:
      return arg_typed<float>(call, better);
  }
}

std::uint32_t differing_axes(const Shape& x, const Shape& value) {
  std::uint32_t axes = 0;
  for (int axis = 0; axis < x.rank(); ++axis)
    if (value[axis] != x[axis]) axes |= 1u << axis;
  return axes;
}

/// Marks the first of n elements, `stride` apart, in each of `width` columns; `open[j]` says none was found before.
template <class T>
void mark_first(const T* x, T* out, std::int64_t n, std::int64_t stride, std::int64_t width, const T* value,
                bool* open) {
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < width; ++j) {
      const bool hit = open[j] && x[i * stride + j] == value[j];
      out[i * stride + j] = hit ? T(1) : T(0);
      open[j] = open[j] && !hit;
    }
}

template <class T>
void first_equal_typed(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const ReduceLoop loop = reduce_loop(call.in_shape(0), differing_axes(call.in_shape(0), call.in_shape(1)));
  const std::int64_t runs = loop.reduced.count();
  for_each_tile(call, loop, [&](std::int64_t offset, std::int64_t result, std::int64_t width) {
    bool open[kTile];
    for (std::int64_t j = 0; j < width; ++j) open[j] = true;
    for (std::int64_t run = 0; run < runs; ++run) {
      const std::int64_t at = offset + offset_of(loop.reduced, run);
      mark_first(call.in<T>(0) + at, call.out<T>() + at, loop.inner_reduced ? loop.inner : 1, 1, width,
                 call.in<T>(1) + result, open);
    }
  });
}

}  // namespace

void sum_cpu(const CpuCall& call) { reduce<Sum>(call); }
void max_cpu(const CpuCall& call) { reduce<Largest>(call); }
void min_cpu(const CpuCall& call) { reduce<Smallest>(call); }
void argmax_cpu(const CpuCall& call) {
  arg(call, [](auto a, auto b) { return a > b; });
}
void argmin_cpu(const CpuCall& call) {
  arg(call, [](auto a, auto b) { return a < b; });
}

void first_equal_cpu(const CpuCall& call) {
  switch (call.node.input_type(0).dtype) {
    case DType::kF64:
      return first_equal_typed<double>(call);
    case DType::kI32:
      return first_equal_typed<std::int32_t>(call);
    case DType::kU32:
      return first_equal_typed<std::uint32_t>(call);
    default:
      return first_equal_typed<float>(call);
  }
}

}  // namespace betwixt::BETWIXT_ISA
