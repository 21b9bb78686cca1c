// SPDX-License-Identifier: MIT
#include <cmath>

#include "betwixt/ops/detail/grain_kernel.h"
#include "betwixt/ops/detail/handed_over_kernel.h"
#include "betwixt/ops/detail/norm_kernel.h"
#include "betwixt/ops/detail/normalize_options.h"
#include "betwixt/ops/detail/sweep.h"
#include "betwixt/tensor/cpu_kernel.h"

namespace betwixt::BETWIXT_ISA {
namespace {

constexpr std::int64_t kPiece = 64;  ///< channels handled at once, on the stack

struct Layout {
  std::int64_t outer, rows, groups, width, channels, block_rows, blocks;

  explicit Layout(const NormalizeOptions& o)
      : outer(o.outer),
        rows(o.rows),
        groups(o.groups),
        width(o.width),
        channels(o.groups * o.width),
        block_rows(o.block_rows),
        blocks(o.blocks) {}
  std::int64_t units() const { return outer * blocks; }
  std::int64_t rows_of(std::int64_t block) const {
    const std::int64_t left = rows - block * block_rows;
    return left < block_rows ? left : block_rows;
  }
  /// Offset in x of the first row of unit `unit`.
  std::int64_t start(std::int64_t unit) const { return (unit / blocks * rows + unit % blocks * block_rows) * channels; }
  /// Channels from c on that share its group, at most `most`.
  std::int64_t run(std::int64_t c, std::int64_t most) const {
    const std::int64_t left = width - c % width;
    return left < most ? left : most;
  }
};

/// Runs body(rows, channels c0 to c0 + count) over one block of rows, in pieces of channels.
template <class Body>
void for_each_piece(const Layout& l, std::int64_t unit, const Body& body) {
  for (std::int64_t c0 = 0; c0 < l.channels; c0 += kPiece)
    body(l.rows_of(unit % l.blocks), c0, l.channels - c0 < kPiece ? l.channels - c0 : kPiece);
}

constexpr std::int64_t kMostAlone = 1 << 17;  ///< elements that one thread goes through twice
constexpr std::int64_t kFewestOuter = 4;
constexpr std::int64_t kShare = 1 << 14;  ///< elements of a chunk where threads share an outer index

/// Runs first(unit) over all blocks of rows, then join(outer index), then last(unit), one outer index after the other,
/// so that `last` finds its data in the caches: that of one thread where an outer index is small, otherwise those of
/// all threads together.
template <class First, class Join, class Last>
void in_two_passes(const CpuCall& call, const Layout& l, const First& first, const Join& join, const Last& last) {
  const std::int64_t each = l.rows * l.channels;
  if (l.outer >= kFewestOuter && each <= kMostAlone) {
    sweep(call.pool, l.outer, chunk_of(each), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t o = begin; o < end; ++o) {
        for (std::int64_t unit = o * l.blocks; unit < (o + 1) * l.blocks; ++unit) first(unit);
        join(o);
        // Backwards: what was read last is still there.
        for (std::int64_t unit = (o + 1) * l.blocks; unit-- > o * l.blocks;) last(unit);
      }
    });
    return;
  }
  const std::int64_t grain = (kShare - 1) / (l.block_rows * l.channels) + 1;
  for (std::int64_t o = 0; o < l.outer; ++o) {
    const auto run = [&](const auto& body) {
      sweep(call.pool, l.blocks, grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t block = begin; block < end; ++block) body(o * l.blocks + block);
      });
    };
    run(first);
    join(o);
    run(last);
  }
}

template <class T>
double sum_run(const T* values, std::int64_t count) {
  constexpr std::int64_t kLanes = 8;
  double lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (std::int64_t k = 0; k < kLanes; ++k) lanes[k] += static_cast<double>(values[i + k]);
  double total = 0;
  for (; i < count; ++i) total += static_cast<double>(values[i]);
  for (std::int64_t k = 0; k < kLanes; ++k) total += lanes[k];
  return total;
}

/// into[group of c] += weight values[c] for channels c0 to c0 + count.
template <class T>
void add_to_groups(const Layout& l, const T* values, double weight, std::int64_t c0, std::int64_t count, double* into) {
  if (l.width == 1) {
    for (std::int64_t i = 0; i < count; ++i) into[c0 + i] += weight * static_cast<double>(values[i]);
    return;
  }
  for (std::int64_t i = 0; i < count;) {
    const std::int64_t run = l.run(c0 + i, count - i);
    into[(c0 + i) / l.width] += weight * sum_run(values + i, run);
    i += run;
  }
}

/// to[i] = per_group[group of channel c0 + i].
template <class From, class T>
void spread_groups(const Layout& l, const From* per_group, std::int64_t c0, std::int64_t count, T* to) {
  if (l.width == 1) {
    for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<T>(per_group[c0 + i]);
    return;
  }
  for (std::int64_t i = 0; i < count;) {
    const std::int64_t run = l.run(c0 + i, count - i);
    const T value = static_cast<T>(per_group[(c0 + i) / l.width]);
    for (std::int64_t k = 0; k < run; ++k) to[i + k] = value;
    i += run;
  }
}

/// As block_statistics by two passes: for few rows, where most of the work is across channels, and for f64.
template <class T>
void exact_statistics(const Layout& l, const T* x, std::int64_t rows, double* means, double* squares) {
  T total[kPiece];
  T center[kPiece];
  for (std::int64_t g = 0; g < l.groups; ++g) means[g] = squares[g] = 0;
  for (std::int64_t c0 = 0; c0 < l.channels; c0 += kPiece) {
    const std::int64_t count = l.channels - c0 < kPiece ? l.channels - c0 : kPiece;
    sum_piece(x + c0, l.channels, rows, count, total);
    add_to_groups(l, total, 1, c0, count, means);
    add_to_groups(l, x + c0, static_cast<double>(rows), c0, count, means);
  }
  const double scale = 1.0 / static_cast<double>(rows * l.width);
  // Rounded to T: the squares below must be around the very number that is kept.
  for (std::int64_t g = 0; g < l.groups; ++g) means[g] = static_cast<double>(static_cast<T>(means[g] * scale));
  for (std::int64_t c0 = 0; c0 < l.channels; c0 += kPiece) {
    const std::int64_t count = l.channels - c0 < kPiece ? l.channels - c0 : kPiece;
    spread_groups(l, means, c0, count, center);
    sum_squares_piece(x + c0, center, l.channels, rows, count, total);
    add_to_groups(l, total, 1, c0, count, squares);
  }
}

/// Mean and sum of squared deviations from it of every group of one block.
template <class T>
void block_statistics(const Layout& l, const T* x, std::int64_t rows, double* means, double* squares) {
  constexpr std::int64_t kFewRows = 16;
  if (rows < kFewRows || sizeof(T) == sizeof(double)) return exact_statistics(l, x, rows, means, squares);
  T total[kPiece];
  T square[kPiece];
  const double n = static_cast<double>(rows);
  for (std::int64_t g = 0; g < l.groups; ++g) means[g] = squares[g] = 0;
  for (std::int64_t c0 = 0; c0 < l.channels; c0 += kPiece) {
    const std::int64_t count = l.channels - c0 < kPiece ? l.channels - c0 : kPiece;
    moments_piece(x + c0, l.channels, rows, count, total, square);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t g = (c0 + i) / l.width;
      const double sum = static_cast<double>(total[i]);
      const double own = static_cast<double>(square[i]) - sum * sum / n;
      // About the first number of the group.
      const double mean = static_cast<double>(x[c0 + i]) - static_cast<double>(x[g * l.width]) + sum / n;
      means[g] += mean;
      squares[g] += (own < 0 ? 0 : own) + n * mean * mean;
    }
  }
  for (std::int64_t g = 0; g < l.groups; ++g) {
    const double mean = means[g] / static_cast<double>(l.width);
    const double rest = squares[g] - n * static_cast<double>(l.width) * mean * mean;
    means[g] = static_cast<double>(x[g * l.width]) + mean;
    squares[g] = rest < 0 ? 0 : rest;
  }
}

/// Joins the blocks of group g of outer index o.
template <class T>
void join_blocks(const Layout& l, const double* partial, std::int64_t o, std::int64_t g, T* mean, T* variance) {
  const double count = static_cast<double>(l.rows * l.width);
  const double* first = partial + o * l.blocks * 2 * l.groups + g;
  double total = 0;
  for (std::int64_t b = 0; b < l.blocks; ++b)
    total += first[b * 2 * l.groups] * static_cast<double>(l.rows_of(b) * l.width);
  const double center = total / count;
  double squares = 0;
  for (std::int64_t b = 0; b < l.blocks; ++b) {
    const double d = first[b * 2 * l.groups] - center;
    squares += first[(2 * b + 1) * l.groups] + d * d * static_cast<double>(l.rows_of(b) * l.width);
  }
  *mean = static_cast<T>(center);
  *variance = static_cast<T>(squares / count);
}

template <class T>
struct NormalizeArrays {
  const T* x;
  const T* scale;
  const T* bias;
  T* y;
  T* mean;
  T* variance;
  double* partial;  ///< mean and squares of every block
  double* inverse;  ///< 1 / sqrt(variance + epsilon), per group
};

/// y of one block of rows.
template <class T>
void write_block(const Layout& l, const ActivationOptions& activation, const NormalizeArrays<T>& a, std::int64_t unit) {
  for_each_piece(l, unit, [&](std::int64_t rows, std::int64_t c0, std::int64_t count) {
    T center[kPiece], factor[kPiece], shift[kPiece];
    const std::int64_t statistics = unit / l.blocks * l.groups;
    spread_groups(l, a.mean + statistics, c0, count, center);
    spread_groups(l, a.inverse + statistics, c0, count, factor);
    for (std::int64_t i = 0; i < count; ++i) factor[i] *= a.scale[c0 + i];
    for (std::int64_t i = 0; i < count; ++i) shift[i] = a.bias[c0 + i];
    const std::int64_t at = l.start(unit) + c0;
    normalize_piece<T>({a.x + at, a.y + at, center, factor, shift, l.channels, rows}, activation, count);
  });
}

template <class T>
void run_normalize(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const auto& options = call.options<NormalizeOptions>();
  const Layout l(options);
  double* partial = reinterpret_cast<double*>(call.scratch);
  const NormalizeArrays<T> a{
      call.in<T>(0),  call.in<T>(1),  call.in<T>(2), call.out<T>(0),
      call.out<T>(1), call.out<T>(2), partial,       partial + l.outer * l.blocks * 2 * l.groups};
  in_two_passes(
      call, l,
      [&](std::int64_t unit) {
        double* means = partial + unit * 2 * l.groups;
        block_statistics(l, a.x + l.start(unit), l.rows_of(unit % l.blocks), means, means + l.groups);
      },
      [&](std::int64_t o) {
        for (std::int64_t g = 0; g < l.groups; ++g) {
          const std::int64_t i = o * l.groups + g;
          join_blocks(l, partial, o, g, a.mean + i, a.variance + i);
          a.inverse[i] = 1.0 / std::sqrt(static_cast<double>(a.variance[i]) + options.epsilon);
        }
      },
      [&](std::int64_t unit) { write_block(l, options.activation, a, unit); });
}

template <class T>
struct GradArrays {
  const T* x;
  const T* scale;
  const T* mean;
  const T* dy;
  const T* y;
  double* inverse;  ///< 1 / sqrt(variance + epsilon), per group
  double* sums;     ///< sum of scale dy, then of scale dy normal, per group
  T* partial;       ///< sum of dy, then of dy normal, per block and channel
  T* dx;
};

/// Sums of dy and dy * normal over the rows of a block.
template <class T>
void sum_grad_block(const Layout& l, const ActivationOptions& activation, const GradArrays<T>& a, std::int64_t unit) {
  for_each_piece(l, unit, [&](std::int64_t rows, std::int64_t c0, std::int64_t count) {
    T center[kPiece], factor[kPiece], total[kPiece], product[kPiece];
    spread_groups(l, a.mean + unit / l.blocks * l.groups, c0, count, center);
    spread_groups(l, a.inverse + unit / l.blocks * l.groups, c0, count, factor);
    const std::int64_t at = l.start(unit) + c0;
    sum_grad_piece<T>(
        {a.x + at, a.dy + at, a.y + at, center, factor, center, center, total, product, a.dx + at, l.channels, rows},
        activation, count);
    T* to = a.partial + unit * 2 * l.channels + c0;
    for (std::int64_t i = 0; i < count; ++i) {
      to[i] = total[i];
      to[l.channels + i] = product[i] * factor[i];
    }
  });
}

/// Sum of rows begin to end of `partial`, channels c0 to c0 + count.
template <class T>
void sum_partial(const Layout& l, const T* partial, std::int64_t begin, std::int64_t end, std::int64_t c0,
                 std::int64_t count, double* total) {
  for (std::int64_t i = 0; i < count; ++i) total[i] = 0;
  for (std::int64_t unit = begin; unit < end; ++unit)
    for (std::int64_t i = 0; i < count; ++i) total[i] += static_cast<double>(partial[unit * 2 * l.channels + c0 + i]);
}

template <class T>
void sum_grad_parameters(const CpuCall& call, const Layout& l, const GradArrays<T>& a) {
  const std::int64_t pieces = (l.channels + kPiece - 1) / kPiece;
  call.pool.parallel_for(pieces, chunk_of(l.units() * 2 * kPiece), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t c0 = begin * kPiece; c0 < end * kPiece && c0 < l.channels; c0 += kPiece) {
      const std::int64_t count = l.channels - c0 < kPiece ? l.channels - c0 : kPiece;
      double total[kPiece];
      sum_partial(l, a.partial, 0, l.units(), c0, count, total);
      for (std::int64_t i = 0; i < count; ++i) call.out<T>(2)[c0 + i] = static_cast<T>(total[i]);
      sum_partial(l, a.partial + l.channels, 0, l.units(), c0, count, total);
      for (std::int64_t i = 0; i < count; ++i) call.out<T>(1)[c0 + i] = static_cast<T>(total[i]);
    }
  });
}

template <class T>
void sum_grad_groups(const Layout& l, const GradArrays<T>& a, std::int64_t o) {
  for (std::int64_t which = 0; which < 2; ++which) {
    double* into = a.sums + (which * l.outer + o) * l.groups;
    for (std::int64_t g = 0; g < l.groups; ++g) into[g] = 0;
    for (std::int64_t c0 = 0; c0 < l.channels; c0 += kPiece) {
      const std::int64_t count = l.channels - c0 < kPiece ? l.channels - c0 : kPiece;
      double total[kPiece];
      sum_partial(l, a.partial + which * l.channels, o * l.blocks, (o + 1) * l.blocks, c0, count, total);
      for (std::int64_t i = 0; i < count; ++i) total[i] *= static_cast<double>(a.scale[c0 + i]);
      add_to_groups(l, total, 1, c0, count, into);
    }
  }
}

/// dx = inverse (scale dy - mean(scale dy) - normal mean(scale dy normal)) of one block of rows.
template <class T>
void write_grad(const Layout& l, const ActivationOptions& activation, const GradArrays<T>& a, std::int64_t unit) {
  const double share = 1.0 / static_cast<double>(l.rows * l.width);
  for_each_piece(l, unit, [&](std::int64_t rows, std::int64_t c0, std::int64_t count) {
    T center[kPiece], inverse[kPiece], level[kPiece], tilt[kPiece], factor[kPiece];
    const std::int64_t group = unit / l.blocks * l.groups;
    spread_groups(l, a.mean + group, c0, count, center);
    spread_groups(l, a.inverse + group, c0, count, inverse);
    spread_groups(l, a.sums + group, c0, count, level);
    spread_groups(l, a.sums + l.outer * l.groups + group, c0, count, tilt);
    for (std::int64_t i = 0; i < count; ++i) {
      factor[i] = inverse[i] * a.scale[c0 + i];
      level[i] *= inverse[i] * static_cast<T>(share);
      tilt[i] *= inverse[i] * inverse[i] * static_cast<T>(share);
    }
    const std::int64_t at = l.start(unit) + c0;
    write_grad_piece<T>(
        {a.x + at, a.dy + at, a.y + at, center, factor, level, tilt, level, tilt, a.dx + at, l.channels, rows},
        activation, count);
  });
}

template <class T>
void run_normalize_grad(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const auto& options = call.options<NormalizeOptions>();
  const Layout l(options);
  double* inverse = reinterpret_cast<double*>(call.scratch);
  double* sums = inverse + l.outer * l.groups;
  T* partial = reinterpret_cast<T*>(sums + 2 * l.outer * l.groups);
  const T* y = call.node.input_count() > 5 ? call.in<T>(5) : call.in<T>(4);
  const GradArrays<T> arrays{call.in<T>(0), call.in<T>(1), call.in<T>(2), call.in<T>(4), y,
                             inverse,       sums,          partial,       call.out<T>(0)};
  for (std::int64_t i = 0; i < l.outer * l.groups; ++i)
    inverse[i] = 1.0 / std::sqrt(static_cast<double>(call.in<T>(3)[i]) + options.epsilon);
  in_two_passes(
      call, l, [&](std::int64_t unit) { sum_grad_block(l, options.activation, arrays, unit); },
      [&](std::int64_t o) { sum_grad_groups(l, arrays, o); },
      [&](std::int64_t unit) { write_grad(l, options.activation, arrays, unit); });
  constexpr std::uint32_t kParameters = 2 | 4;
  if ((call.unread & kParameters) != kParameters) sum_grad_parameters(call, l, arrays);
}

}  // namespace

void normalize_cpu(const CpuCall& call) {
  call.node.output_type().dtype == DType::kF64 ? run_normalize<double>(call) : run_normalize<float>(call);
}

void normalize_grad_cpu(const CpuCall& call) {
  call.node.output_type().dtype == DType::kF64 ? run_normalize_grad<double>(call) : run_normalize_grad<float>(call);
}

}  // namespace betwixt::BETWIXT_ISA
