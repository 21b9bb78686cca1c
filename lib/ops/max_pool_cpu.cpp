// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/handed_over_kernel.h"
#include "betwixt/ops/detail/pool_kernel.h"
#include "betwixt/tensor/cpu_kernel.h"

// max_pool and its gradient. Where both are in one program, the forward kernel notes the tap of each window's largest
// pixel in a byte, row by row of the window: 16 times fewer bytes than the picture of windows of two by two.

namespace betwixt::BETWIXT_ISA {
namespace {

constexpr std::int64_t kTile = 64;  ///< channels handled at once, on the stack

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

/// As max_halves, and the taps.
template <class T>
void max_halves_placed(const Sizes& s, const T* top, T* y, std::uint8_t* places) {
  const std::int64_t c = s.c;
  const std::int64_t line = s.in[1] * c;
  for_halves(s.halves(), top, [=](std::int64_t from, std::int64_t to) {
    const T* x = top + from;
    BETWIXT_INDEPENDENT
    for (std::int64_t i = 0; i < c; ++i) {
      const T taps[4] = {x[i], x[c + i], x[line + i], x[line + c + i]};
      T best = taps[0];
      T place = 0;  // numbers of one type make simple vector code
      for (int k = 1; k < 4; ++k) {
        const bool better = (taps[k] > best) | (taps[k] != taps[k]);
        place = better ? T(k) : place;
        best = better ? taps[k] : best;
      }
      y[to + i] = best;
      places[to + i] = static_cast<std::uint8_t>(static_cast<std::int32_t>(place));
    }
  });
}

/// Largest elements of a window and their taps, for channels [c0, c0 + count) of `x`.
template <class T>
void max_window_placed(const Sizes& s, const T* x, const Window& rows, const Window& columns, std::int64_t count, T* y,
                       std::uint8_t* places) {
  T place[kTile];
  const auto tap = [&](std::int64_t iy, std::int64_t ix) {
    return static_cast<T>((iy - rows.start) * s.kernel[1] + ix - columns.start);
  };
  for (std::int64_t c = 0; c < count; ++c) {
    y[c] = x[(rows.begin * s.in[1] + columns.begin) * s.c + c];
    place[c] = tap(rows.begin, columns.begin);
  }
  for (std::int64_t iy = rows.begin; iy < rows.end; ++iy)
    for (std::int64_t ix = columns.begin; ix < columns.end; ++ix) {
      const T* from = x + (iy * s.in[1] + ix) * s.c;
      const T own = tap(iy, ix);
      for (std::int64_t c = 0; c < count; ++c) {
        const T value = from[c];
        const bool better = (value > y[c]) | (value != value);
        place[c] = better ? own : place[c];
        y[c] = better ? value : y[c];
      }
    }
  for (std::int64_t c = 0; c < count; ++c) places[c] = static_cast<std::uint8_t>(static_cast<std::int32_t>(place[c]));
}

template <class T>
void max_row_placed(const Sizes& s, const T* x, T* y, std::uint8_t* places, std::int64_t oy) {
  if (is_halving(s)) return max_halves_placed(s, x + 2 * oy * s.in[1] * s.c, y, places);
  const Window rows = s.window(0, oy);
  for (std::int64_t ox = 0; ox < s.out[1]; ++ox) {
    const Window columns = s.window(1, ox);
    for (std::int64_t c0 = 0; c0 < s.c; c0 += kTile) {
      const std::int64_t count = s.c - c0 < kTile ? s.c - c0 : kTile;
      max_window_placed(s, x + c0, rows, columns, count, y + ox * s.c + c0, places + ox * s.c + c0);
    }
  }
}

template <class T>
void run_max_pool(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const Sizes s(call.options<PoolGeometry>());
  for_pooled_rows(call, s, [&](std::int64_t n, std::int64_t oy) {
    max_row(s, call.in<T>(0) + n * s.in[0] * s.in[1] * s.c, call.out<T>() + (n * s.out[0] + oy) * s.out[1] * s.c, oy);
  });
}

template <class T>
void run_max_pool_placed(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const Sizes s(call.options<PoolGeometry>());
  for_pooled_rows(call, s, [&](std::int64_t n, std::int64_t oy) {
    const std::int64_t to = (n * s.out[0] + oy) * s.out[1] * s.c;
    max_row_placed(s, call.in<T>(0) + n * s.in[0] * s.in[1] * s.c, call.out<T>(0) + to, call.out<std::uint8_t>(1) + to,
                   oy);
  });
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

/// Writes dy where the largest element is and 0 elsewhere, of windows of two by two side by side.
template <class T>
void send_back_halves(const Sizes& s, const std::uint8_t* places, const T* dy, T* dx) {
  const std::int64_t c = s.c;
  const std::int64_t line = s.in[1] * c;
  for (std::int64_t x = 0; x < s.out[1]; ++x, dx += 2 * c, dy += c, places += c) {
    prefetch_ahead(dy, c * static_cast<std::int64_t>(sizeof(T)));
    prefetch_ahead(places, c);
    BETWIXT_INDEPENDENT
    for (std::int64_t i = 0; i < c; ++i) {
      const std::int32_t place = places[i];
      const T value = dy[i];
      dx[i] = place == 0 ? value : T(0);
      dx[c + i] = place == 1 ? value : T(0);
      dx[line + i] = place == 2 ? value : T(0);
      dx[line + c + i] = place == 3 ? value : T(0);
    }
  }
}

/// `count` channels of one window.
template <class T>
void send_channels_back(const Sizes& s, const std::uint8_t* places, const T* dy, std::int64_t count, T* dx) {
  std::int32_t tap = 0;
  for (std::int64_t ky = 0; ky < s.kernel[0]; ++ky)
    for (std::int64_t kx = 0; kx < s.kernel[1]; ++kx, ++tap) {
      T* to = dx + (ky * s.in[1] + kx) * s.c;
      BETWIXT_INDEPENDENT
      for (std::int64_t c = 0; c < count; ++c) {
        const std::int32_t place = places[c];
        const T value = dy[c];
        to[c] = place == tap ? value : T(0);
      }
    }
}

/// The same for any windows of which each pixel lies in one.
template <class T>
void send_back(const Sizes& s, const std::uint8_t* places, const T* dy, T* dx) {
  for (std::int64_t ox = 0; ox < s.out[1]; ++ox, dx += s.kernel[1] * s.c, dy += s.c, places += s.c)
    send_channels_back(s, places, dy, s.c, dx);
}

/// The same without notes, for at most kTile channels of one window: looks for the largest element again.
template <class T>
void find_and_send_back(const Sizes& s, const T* x, const T* dy, std::int64_t count, T* dx) {
  T best[kTile];
  std::uint8_t places[kTile];
  const Window rows{0, 0, s.kernel[0], s.kernel[0]};
  const Window columns{0, 0, s.kernel[1], s.kernel[1]};
  max_window_placed(s, x, rows, columns, count, best, places);
  send_channels_back(s, places, dy, count, dx);
}

template <class T>
void find_and_send_all_back(const CpuCall& call, const Sizes& s) {
  for_pooled_rows(call, s, [&](std::int64_t n, std::int64_t oy) {
    const std::int64_t first = (n * s.in[0] + oy * s.kernel[0]) * s.in[1] * s.c;
    const T* dy = call.in<T>(1) + (n * s.out[0] + oy) * s.out[1] * s.c;
    for (std::int64_t ox = 0; ox < s.out[1]; ++ox)
      for (std::int64_t c0 = 0; c0 < s.c; c0 += kTile) {
        const std::int64_t at = first + ox * s.kernel[1] * s.c + c0;
        const std::int64_t count = s.c - c0 < kTile ? s.c - c0 : kTile;
        find_and_send_back(s, call.in<T>(0) + at, dy + ox * s.c + c0, count, call.out<T>() + at);
      }
  });
}

template <class T>
void send_all_back(const CpuCall& call, const Sizes& s) {
  for_pooled_rows(call, s, [&](std::int64_t n, std::int64_t oy) {
    const std::int64_t pooled = (n * s.out[0] + oy) * s.out[1] * s.c;
    const std::uint8_t* places = call.in<std::uint8_t>(1) + pooled;
    T* dx = call.out<T>() + (n * s.in[0] + oy * s.kernel[0]) * s.in[1] * s.c;
    if (is_halving(s)) return send_back_halves(s, places, call.in<T>(0) + pooled, dx);
    send_back(s, places, call.in<T>(0) + pooled, dx);
  });
}

/// As for_each_max, from the noted taps.
template <class Body>
void for_each_place(const Sizes& s, const std::uint8_t* places, std::int64_t oy, const Body& body) {
  std::int64_t offsets[kMostPlaces];
  std::int64_t place[kTile];
  for (std::int64_t tap = 0; tap < s.kernel[0] * s.kernel[1]; ++tap)
    offsets[tap] = (tap / s.kernel[1] * s.in[1] + tap % s.kernel[1]) * s.c;
  for (std::int64_t ox = 0; ox < s.out[1]; ++ox, places += s.c) {
    const std::int64_t first = (s.window(0, oy).start * s.in[1] + s.window(1, ox).start) * s.c;
    for (std::int64_t c0 = 0; c0 < s.c; c0 += kTile) {
      const std::int64_t count = s.c - c0 < kTile ? s.c - c0 : kTile;
      for (std::int64_t c = 0; c < count; ++c) place[c] = first + offsets[places[c0 + c]] + c0 + c;
      body(ox, c0, count, static_cast<const std::int64_t*>(place));
    }
  }
}

/// Adds dy at the places that for_each(picture, pooled row, add) visits, strip by strip of the pictures' rows.
template <class T, class ForEach>
void add_at_places(const CpuCall& call, const Sizes& s, const T* gradient, const ForEach& for_each) {
  for_picture_strips(call, s, [&](std::int64_t n, std::int64_t begin, std::int64_t end) {
    const std::int64_t line = s.in[1] * s.c;
    T* dx = call.out<T>() + n * s.in[0] * line;
    for (std::int64_t i = begin * line; i < end * line; ++i) dx[i] = 0;
    for (std::int64_t oy = s.first_row(begin); oy < s.last_row(end); ++oy) {
      const T* dy = gradient + (n * s.out[0] + oy) * s.out[1] * s.c;
      for_each(n, oy, [&](std::int64_t ox, std::int64_t c0, std::int64_t count, const std::int64_t* place) {
        for (std::int64_t c = 0; c < count; ++c)
          if (place[c] >= begin * line && place[c] < end * line) dx[place[c]] += dy[ox * s.c + c0 + c];
      });
    }
  });
}

template <class T>
void run_max_pool_grad(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const Sizes s(call.options<PoolGeometry>());
  if (covers_exactly(s) && has_places(call.options<PoolGeometry>())) return find_and_send_all_back<T>(call, s);
  add_at_places(call, s, call.in<T>(1), [&](std::int64_t n, std::int64_t oy, const auto& add) {
    for_each_max(s, call.in<T>(0) + n * s.in[0] * s.in[1] * s.c, oy, add);
  });
}

template <class T>
void run_max_pool_grad_placed(const CpuCall& call) {
  if (handed_over<T>(call)) return;
  const Sizes s(call.options<PoolGeometry>());
  if (covers_exactly(s)) return send_all_back<T>(call, s);
  add_at_places(call, s, call.in<T>(0), [&](std::int64_t n, std::int64_t oy, const auto& add) {
    for_each_place(s, call.in<std::uint8_t>(1) + (n * s.out[0] + oy) * s.out[1] * s.c, oy, add);
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

}  // namespace

void max_pool_cpu(const CpuCall& call) { is_double(call) ? run_max_pool<double>(call) : run_max_pool<float>(call); }
void max_pool_grad_cpu(const CpuCall& call) {
  is_double(call) ? run_max_pool_grad<double>(call) : run_max_pool_grad<float>(call);
}
void max_pool_placed_cpu(const CpuCall& call) {
  is_double(call) ? run_max_pool_placed<double>(call) : run_max_pool_placed<float>(call);
}
void max_pool_grad_placed_cpu(const CpuCall& call) {
  is_double(call) ? run_max_pool_grad_placed<double>(call) : run_max_pool_grad_placed<float>(call);
}
void max_pool_pick_cpu(const CpuCall& call) {
  is_double(call) ? run_max_pool_pick<double>(call) : run_max_pool_pick<float>(call);
}

}  // namespace betwixt::BETWIXT_ISA
