// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/grain_kernel.h"
#include "betwixt/ops/detail/halves_kernel.h"
#include "betwixt/ops/detail/handed_over_kernel.h"
#include "betwixt/ops/detail/independent_kernel.h"
#include "betwixt/ops/detail/pool_geometry.h"
#include "betwixt/ops/detail/sweep.h"
#include "betwixt/tensor/cpu_kernel.h"

namespace betwixt::BETWIXT_ISA {
namespace {

constexpr std::int64_t kTile = 64;  ///< channels handled at once, on the stack

struct Window {
  std::int64_t begin, end;  ///< rows or columns inside the picture
  std::int64_t full;        ///< size with the padding that the window covers
};

/// Sizes of a geometry as plain numbers; axis 0 is vertical.
struct Sizes {
  std::int64_t n, in[2], out[2], c, kernel[2], stride[2], padding[2];

  explicit Sizes(const PoolGeometry& g) : n(g.picture[0]), c(g.picture[3]) {
    for (int i = 0; i < 2; ++i) {
      in[i] = g.picture[1 + i];
      out[i] = g.pooled[1 + i];
      const auto k = static_cast<std::size_t>(i);
      kernel[i] = g.options.kernel[k];
      stride[i] = g.options.stride[k];
      padding[i] = g.options.padding[k];
    }
  }
  Window window(int axis, std::int64_t index) const {
    const std::int64_t start = index * stride[axis] - padding[axis];
    const std::int64_t stop = start + kernel[axis];
    const std::int64_t padded = in[axis] + padding[axis];
    return {start < 0 ? 0 : start, stop < in[axis] ? stop : in[axis], (stop < padded ? stop : padded) - start};
  }
  Halves halves() const { return {in[1] * c, out[1], c}; }
  /// First and one past the last pooled row whose window holds one of rows [begin, end).
  std::int64_t first_row(std::int64_t begin) const {
    const std::int64_t reach = begin + padding[0] - kernel[0] + 1;
    return reach <= 0 ? 0 : (reach + stride[0] - 1) / stride[0];
  }
  std::int64_t last_row(std::int64_t end) const {
    const std::int64_t last = (end - 1 + padding[0]) / stride[0] + 1;
    return last < out[0] ? last : out[0];
  }
};

/// Windows of two by two, side by side: most pooling there is.
bool is_halving(const Sizes& s) {
  for (int i = 0; i < 2; ++i)
    if (s.padding[i] != 0 || s.stride[i] != 2 || s.kernel[i] != 2 || s.in[i] < 2 * s.out[i]) return false;
  return true;
}

template <class T>
T larger(T value, T best) {
  return ((value > best) | (value != value)) ? value : best;
}

template <class T>
void max_halves(const Sizes& s, const T* top, T* y) {
  const std::int64_t c = s.c;
  const std::int64_t line = s.in[1] * c;
  for_halves(s.halves(), top, [=](std::int64_t from, std::int64_t to) {
    const T* a = top + from;
    const T* b = a + line;
    BETWIXT_INDEPENDENT
    for (std::int64_t i = 0; i < c; ++i) y[to + i] = larger(b[c + i], larger(b[i], larger(a[c + i], a[i])));
  });
}

template <class T>
void max_row(const Sizes& s, const T* x, T* y, std::int64_t oy) {
  if (is_halving(s)) return max_halves(s, x + 2 * oy * s.in[1] * s.c, y);
  const Window rows = s.window(0, oy);
  for (std::int64_t ox = 0; ox < s.out[1]; ++ox) {
    const Window columns = s.window(1, ox);
    T* to = y + ox * s.c;
    const T* first = x + (rows.begin * s.in[1] + columns.begin) * s.c;
    for (std::int64_t c = 0; c < s.c; ++c) to[c] = first[c];
    for (std::int64_t iy = rows.begin; iy < rows.end; ++iy)
      for (std::int64_t ix = columns.begin; ix < columns.end; ++ix) {
        const T* from = x + (iy * s.in[1] + ix) * s.c;
        for (std::int64_t c = 0; c < s.c; ++c) to[c] = ((from[c] > to[c]) | (from[c] != from[c])) ? from[c] : to[c];
      }
  }
}

/// Offsets in x of the first largest elements of a window, for channels [c0, c0 + count).
template <class T>
void arg_max(const Sizes& s, const T* x, const Window& rows, const Window& columns, std::int64_t c0, std::int64_t count,
             std::int64_t* place) {
  T best[kTile];
  const std::int64_t first = (rows.begin * s.in[1] + columns.begin) * s.c + c0;
  for (std::int64_t c = 0; c < count; ++c) {
    best[c] = x[first + c];
    place[c] = first + c;
  }
  for (std::int64_t iy = rows.begin; iy < rows.end; ++iy)
    for (std::int64_t ix = columns.begin; ix < columns.end; ++ix) {
      const std::int64_t base = (iy * s.in[1] + ix) * s.c + c0;
      for (std::int64_t c = 0; c < count; ++c) {
        const T value = x[base + c];
        const bool better = (value > best[c]) | (value != value);
        place[c] = better ? base + c : place[c];
        best[c] = better ? value : best[c];
      }
    }
}

/// Calls body(pooled column, first channel, channel count, offsets of the largest elements) along one pooled row.
template <class T, class Body>
void for_each_max(const Sizes& s, const T* x, std::int64_t oy, const Body& body) {
  std::int64_t place[kTile];
  const Window rows = s.window(0, oy);
  for (std::int64_t ox = 0; ox < s.out[1]; ++ox) {
    const Window columns = s.window(1, ox);
    for (std::int64_t c0 = 0; c0 < s.c; c0 += kTile) {
      const std::int64_t count = s.c - c0 < kTile ? s.c - c0 : kTile;
      arg_max(s, x, rows, columns, c0, count, place);
      body(ox, c0, count, static_cast<const std::int64_t*>(place));
    }
  }
}

/// Runs body(picture, pooled row) over all pooled rows.
template <class Body>
void for_pooled_rows(const CpuCall& call, const Sizes& s, const Body& body) {
  const std::int64_t work = s.out[1] * s.c * s.kernel[0] * s.kernel[1];
  sweep(call.pool, s.n * s.out[0], chunk_of(work), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) body(i / s.out[0], i % s.out[0]);
  });
}

/// Runs body(picture, first row, end row) over strips of the pictures' own rows.
template <class Body>
void for_picture_strips(const CpuCall& call, const Sizes& s, const Body& body) {
  const std::int64_t wanted = chunk_of(s.in[1] * s.c);
  const std::int64_t height = wanted < s.in[0] ? wanted : s.in[0];
  const std::int64_t strips = (s.in[0] + height - 1) / height;
  sweep(call.pool, s.n * strips, chunk_of(height * s.in[1] * s.c), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t row = i % strips * height;
      body(i / strips, row, row + height < s.in[0] ? row + height : s.in[0]);
    }
  });
}

template <class T>
void run_max_pool(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const Sizes s(call.options<PoolGeometry>());
  for_pooled_rows(call, s, [&](std::int64_t n, std::int64_t oy) {
    max_row(s, call.in<T>(0) + n * s.in[0] * s.in[1] * s.c, call.out<T>() + (n * s.out[0] + oy) * s.out[1] * s.c, oy);
  });
}

/// True when every pixel lies in exactly one window.
bool covers_exactly(const Sizes& s) {
  for (int i = 0; i < 2; ++i)
    if (s.padding[i] != 0 || s.stride[i] != s.kernel[i] || s.in[i] != s.out[i] * s.kernel[i]) return false;
  return true;
}

/// As arg_max, for windows of which each pixel lies in one: writes dy where the largest element is and 0 elsewhere.
template <class T>
void send_back(const Sizes& s, const T* x, const T* dy, std::int64_t count, T* dx) {
  T best[kTile];
  T place[kTile];  // numbers of one type make simple vector code
  for (std::int64_t c = 0; c < count; ++c) {
    best[c] = x[c];
    place[c] = 0;
  }
  T tap = 0;
  for (std::int64_t ky = 0; ky < s.kernel[0]; ++ky)
    for (std::int64_t kx = 0; kx < s.kernel[1]; ++kx, ++tap) {
      const T* from = x + (ky * s.in[1] + kx) * s.c;
      for (std::int64_t c = 0; c < count; ++c) {
        const T value = from[c];
        const bool better = (value > best[c]) | (value != value);
        place[c] = better ? tap : place[c];
        best[c] = better ? value : best[c];
      }
    }
  tap = 0;
  for (std::int64_t ky = 0; ky < s.kernel[0]; ++ky)
    for (std::int64_t kx = 0; kx < s.kernel[1]; ++kx, ++tap) {
      T* to = dx + (ky * s.in[1] + kx) * s.c;
      for (std::int64_t c = 0; c < count; ++c) {
        const T value = dy[c];
        to[c] = place[c] == tap ? value : T(0);
      }
    }
}

/// As send_back for windows of two by two.
template <class T>
void send_back_halves(const Sizes& s, const T* top, const T* dy, T* dx) {
  const std::int64_t c = s.c;
  const std::int64_t line = s.in[1] * c;
  for_halves(s.halves(), top, [=](std::int64_t at, std::int64_t pooled) {
    const T* x = top + at;
    T* to = dx + at;
    const T* g = dy + pooled;
    BETWIXT_INDEPENDENT
    for (std::int64_t i = 0; i < c; ++i) {
      const T taps[4] = {x[i], x[c + i], x[line + i], x[line + c + i]};
      T best = taps[0];
      T place = 0;
      for (int k = 1; k < 4; ++k) {
        const bool better = (taps[k] > best) | (taps[k] != taps[k]);
        place = better ? T(k) : place;
        best = better ? taps[k] : best;
      }
      to[i] = place == T(0) ? g[i] : T(0);
      to[c + i] = place == T(1) ? g[i] : T(0);
      to[line + i] = place == T(2) ? g[i] : T(0);
      to[line + c + i] = place == T(3) ? g[i] : T(0);
    }
  });
}

template <class T>
void send_all_back(const CpuCall& call, const Sizes& s) {
  for_pooled_rows(call, s, [&](std::int64_t n, std::int64_t oy) {
    const std::int64_t first = (n * s.in[0] + oy * s.kernel[0]) * s.in[1] * s.c;
    const T* dy = call.in<T>(1) + (n * s.out[0] + oy) * s.out[1] * s.c;
    if (is_halving(s)) return send_back_halves(s, call.in<T>(0) + first, dy, call.out<T>() + first);
    for (std::int64_t ox = 0; ox < s.out[1]; ++ox)
      for (std::int64_t c0 = 0; c0 < s.c; c0 += kTile) {
        const std::int64_t at = first + ox * s.kernel[1] * s.c + c0;
        send_back(s, call.in<T>(0) + at, dy + ox * s.c + c0, s.c - c0 < kTile ? s.c - c0 : kTile, call.out<T>() + at);
      }
  });
}

template <class T>
void run_max_pool_grad(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const Sizes s(call.options<PoolGeometry>());
  if (covers_exactly(s)) return send_all_back<T>(call, s);
  for_picture_strips(call, s, [&](std::int64_t n, std::int64_t begin, std::int64_t end) {
    const std::int64_t line = s.in[1] * s.c;
    const T* x = call.in<T>(0) + n * s.in[0] * line;
    T* dx = call.out<T>() + n * s.in[0] * line;
    for (std::int64_t i = begin * line; i < end * line; ++i) dx[i] = 0;
    for (std::int64_t oy = s.first_row(begin); oy < s.last_row(end); ++oy) {
      const T* dy = call.in<T>(1) + (n * s.out[0] + oy) * s.out[1] * s.c;
      for_each_max(s, x, oy, [&](std::int64_t ox, std::int64_t c0, std::int64_t count, const std::int64_t* place) {
        for (std::int64_t c = 0; c < count; ++c)
          if (place[c] >= begin * line && place[c] < end * line) dx[place[c]] += dy[ox * s.c + c0 + c];
      });
    }
  });
}

template <class T>
void run_max_pool_pick(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const Sizes s(call.options<PoolGeometry>());
  for_pooled_rows(call, s, [&](std::int64_t n, std::int64_t oy) {
    const std::int64_t picture = n * s.in[0] * s.in[1] * s.c;
    const T* values = call.in<T>(1) + picture;
    T* y = call.out<T>() + (n * s.out[0] + oy) * s.out[1] * s.c;
    for_each_max(s, call.in<T>(0) + picture, oy,
                 [&](std::int64_t ox, std::int64_t c0, std::int64_t count, const std::int64_t* place) {
                   for (std::int64_t c = 0; c < count; ++c) y[ox * s.c + c0 + c] = values[place[c]];
                 });
  });
}

std::int64_t divisor(const PoolGeometry& g, const Window& rows, const Window& columns) {
  if (g.options.count_include_pad) return rows.full * columns.full;
  return (rows.end - rows.begin) * (columns.end - columns.begin);
}

template <class T>
void run_avg_pool(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const auto& g = call.options<PoolGeometry>();
  const Sizes s(g);
  for_pooled_rows(call, s, [&](std::int64_t n, std::int64_t oy) {
    const T* x = call.in<T>(0) + n * s.in[0] * s.in[1] * s.c;
    if (is_halving(s))
      return sum_halves(s.halves(), x + 2 * oy * s.in[1] * s.c, T(0.25),
                        call.out<T>() + (n * s.out[0] + oy) * s.out[1] * s.c);
    const Window rows = s.window(0, oy);
    for (std::int64_t ox = 0; ox < s.out[1]; ++ox) {
      const Window columns = s.window(1, ox);
      T* to = call.out<T>() + ((n * s.out[0] + oy) * s.out[1] + ox) * s.c;
      for (std::int64_t c = 0; c < s.c; ++c) to[c] = 0;
      for (std::int64_t iy = rows.begin; iy < rows.end; ++iy)
        for (std::int64_t ix = columns.begin; ix < columns.end; ++ix) {
          const T* from = x + (iy * s.in[1] + ix) * s.c;
          for (std::int64_t c = 0; c < s.c; ++c) to[c] += from[c];
        }
      const T scale = T(1) / static_cast<T>(divisor(g, rows, columns));
      for (std::int64_t c = 0; c < s.c; ++c) to[c] *= scale;
    }
  });
}

/// Of windows of which each pixel lies in one: nothing has to be added up.
template <class T>
void spread_all(const CpuCall& call, const Sizes& s) {
  const T scale = T(1) / static_cast<T>(s.kernel[0] * s.kernel[1]);
  for_pooled_rows(call, s, [&](std::int64_t n, std::int64_t oy) {
    T* dx = call.out<T>() + (n * s.in[0] + oy * s.kernel[0]) * s.in[1] * s.c;
    const T* dy = call.in<T>(0) + (n * s.out[0] + oy) * s.out[1] * s.c;
    if (is_halving(s))
      return spread_halves(
          s.halves(), dy, [](auto value) { return value * T(0.25); }, false, dx);
    for (std::int64_t ox = 0; ox < s.out[1]; ++ox)
      for (std::int64_t ky = 0; ky < s.kernel[0]; ++ky)
        for (std::int64_t kx = 0; kx < s.kernel[1]; ++kx) {
          const T* from = dy + ox * s.c;
          T* to = dx + (ky * s.in[1] + ox * s.kernel[1] + kx) * s.c;
          BETWIXT_INDEPENDENT
          for (std::int64_t c = 0; c < s.c; ++c) to[c] = from[c] * scale;
        }
  });
}

template <class T>
void run_avg_pool_grad(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const auto& g = call.options<PoolGeometry>();
  const Sizes s(g);
  if (covers_exactly(s)) return spread_all<T>(call, s);
  for_picture_strips(call, s, [&](std::int64_t n, std::int64_t begin, std::int64_t end) {
    const std::int64_t line = s.in[1] * s.c;
    T* dx = call.out<T>() + n * s.in[0] * line;
    for (std::int64_t i = begin * line; i < end * line; ++i) dx[i] = 0;
    for (std::int64_t oy = s.first_row(begin); oy < s.last_row(end); ++oy) {
      const Window rows = s.window(0, oy);
      for (std::int64_t ox = 0; ox < s.out[1]; ++ox) {
        const Window columns = s.window(1, ox);
        const T* from = call.in<T>(0) + ((n * s.out[0] + oy) * s.out[1] + ox) * s.c;
        const T scale = T(1) / static_cast<T>(divisor(g, rows, columns));
        const std::int64_t last = rows.end < end ? rows.end : end;
        for (std::int64_t iy = rows.begin > begin ? rows.begin : begin; iy < last; ++iy)
          for (std::int64_t ix = columns.begin; ix < columns.end; ++ix) {
            T* to = dx + (iy * s.in[1] + ix) * s.c;
            for (std::int64_t c = 0; c < s.c; ++c) to[c] += from[c] * scale;
          }
      }
    }
  });
}

bool is_double(const CpuCall& call) { return call.node.output_type().dtype == DType::kF64; }

}  // namespace

void max_pool_cpu(const CpuCall& call) { is_double(call) ? run_max_pool<double>(call) : run_max_pool<float>(call); }
void max_pool_grad_cpu(const CpuCall& call) {
  is_double(call) ? run_max_pool_grad<double>(call) : run_max_pool_grad<float>(call);
}
void max_pool_pick_cpu(const CpuCall& call) {
  is_double(call) ? run_max_pool_pick<double>(call) : run_max_pool_pick<float>(call);
}
void avg_pool_cpu(const CpuCall& call) { is_double(call) ? run_avg_pool<double>(call) : run_avg_pool<float>(call); }
void avg_pool_grad_cpu(const CpuCall& call) {
  is_double(call) ? run_avg_pool_grad<double>(call) : run_avg_pool_grad<float>(call);
}

}  // namespace betwixt::BETWIXT_ISA
