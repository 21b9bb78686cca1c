// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/core/math_functions.h"
#include "betwixt/ops/activation.h"
#include "betwixt/ops/detail/independent_kernel.h"
#include "betwixt/ops/detail/prefetch_kernel.h"
#include "betwixt/ops/detail/vector_kernel.h"

// For kernel files: what normalisation does with the rows of a block, for some neighbouring channels at a time whose
// sums and factors stay in registers from row to row.

namespace betwixt::BETWIXT_ISA {
namespace {

/// Vectors of channels done at once.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kWideColumns = 4;
#else
constexpr int kWideColumns = 2;
#endif

template <int kValue>
struct VectorCount {
  static constexpr int value = kValue;
};

/// Runs body(how many vectors as tag.value, first channel) over `count` channels. Returns how many of them are done:
/// fewer than a vector's are left.
template <class T, class Body>
std::int64_t in_vectors(std::int64_t count, const Body& body) {
  constexpr std::int64_t kWide = kWideColumns * kLanes<T>;
  std::int64_t i = 0;
  for (; i + kWide <= count; i += kWide) body(VectorCount<kWideColumns>(), i);
  for (; i + kLanes<T> <= count; i += kLanes<T>) body(VectorCount<1>(), i);
  return i;
}

template <int V, class T>
void load_columns(const T* from, Vector<T>* to) {
  BETWIXT_UNROLL
  for (int v = 0; v < V; ++v) to[v] = load(from + v * kLanes<T>);
}
template <int V, class T>
void store_columns(const Vector<T>* from, T* to) {
  BETWIXT_UNROLL
  for (int v = 0; v < V; ++v) store(to + v * kLanes<T>, from[v]);
}

template <int V, class T>
void sum_columns(const T* x, std::int64_t stride, std::int64_t rows, T* total) {
  Vector<T> first[V];
  Vector<T> sum[V] = {};
  load_columns<V>(x, first);
  for (std::int64_t r = 1; r < rows; ++r) {
    const T* row = x + r * stride;
    prefetch_ahead(row, V * kVectorBytes);
    BETWIXT_UNROLL
    for (int v = 0; v < V; ++v) sum[v] += load(row + v * kLanes<T>) - first[v];
  }
  store_columns<V>(sum, total);
}

template <int V, class T>
void sum_square_columns(const T* x, const T* center, std::int64_t stride, std::int64_t rows, T* total) {
  Vector<T> middle[V];
  Vector<T> sum[V] = {};
  load_columns<V>(center, middle);
  const auto block = static_cast<std::uintptr_t>(rows * stride) * sizeof(T);
  for (std::int64_t r = 0; r < rows; ++r) {
    const T* row = x + r * stride;
    prefetch_lines(reinterpret_cast<std::uintptr_t>(row) + block, V * kVectorBytes);  // of the next block
    BETWIXT_UNROLL
    for (int v = 0; v < V; ++v) {
      const Vector<T> d = load(row + v * kLanes<T>) - middle[v];
      sum[v] += d * d;
    }
  }
  store_columns<V>(sum, total);
}

/// Sums over the rows of a block, `count` channels of `stride`: of the distance to the first row, or of the squared
/// distance to `center`.
template <class T>
void sum_piece(const T* x, std::int64_t stride, std::int64_t rows, std::int64_t count, T* total) {
  std::int64_t i = in_vectors<T>(count, [=](auto vectors, std::int64_t at) {
    sum_columns<decltype(vectors)::value>(x + at, stride, rows, total + at);
  });
  for (; i < count; ++i) {
    total[i] = 0;
    for (std::int64_t r = 1; r < rows; ++r) total[i] += x[r * stride + i] - x[i];
  }
}
template <class T>
void sum_squares_piece(const T* x, const T* center, std::int64_t stride, std::int64_t rows, std::int64_t count,
                       T* total) {
  std::int64_t i = in_vectors<T>(count, [=](auto vectors, std::int64_t at) {
    sum_square_columns<decltype(vectors)::value>(x + at, center + at, stride, rows, total + at);
  });
  for (; i < count; ++i) {
    total[i] = 0;
    for (std::int64_t r = 0; r < rows; ++r) {
      const T d = x[r * stride + i] - center[i];
      total[i] += d * d;
    }
  }
}

template <int V, class T>
void moment_columns(const T* x, std::int64_t stride, std::int64_t rows, T* total, T* square) {
  Vector<T> first[V];
  Vector<T> sum[V] = {};
  Vector<T> squares[V] = {};
  load_columns<V>(x, first);
  for (std::int64_t r = 1; r < rows; ++r) {
    const T* row = x + r * stride;
    prefetch_ahead(row, V * kVectorBytes);
    BETWIXT_UNROLL
    for (int v = 0; v < V; ++v) {
      const Vector<T> d = load(row + v * kLanes<T>) - first[v];
      sum[v] += d;
      squares[v] += d * d;
    }
  }
  store_columns<V>(sum, total);
  store_columns<V>(squares, square);
}

/// Sums over the rows of a block, `count` channels of `stride`: of the distance to the first row and of its square.
/// About a row of its own a block's sums lose little, however far the numbers are from 0.
template <class T>
void moments_piece(const T* x, std::int64_t stride, std::int64_t rows, std::int64_t count, T* total, T* square) {
  std::int64_t i = in_vectors<T>(count, [=](auto vectors, std::int64_t at) {
    moment_columns<decltype(vectors)::value>(x + at, stride, rows, total + at, square + at);
  });
  for (; i < count; ++i) {
    total[i] = square[i] = 0;
    for (std::int64_t r = 1; r < rows; ++r) {
      const T d = x[r * stride + i] - x[i];
      total[i] += d;
      square[i] += d * d;
    }
  }
}

template <class T>
void activate_run(const ActivationOptions& activation, T* y, std::int64_t count) {
  const T slope = static_cast<T>(activation.slope);
  switch (activation.kind) {
    case Activation::kNone:
      break;
    case Activation::kRelu:
      for (std::int64_t i = 0; i < count; ++i) y[i] = y[i] > 0 ? y[i] : T(0);
      break;
    case Activation::kLeakyRelu:
      for (std::int64_t i = 0; i < count; ++i) y[i] *= y[i] >= 0 ? T(1) : slope;
      break;
    case Activation::kSigmoid:
      for (std::int64_t i = 0; i < count; ++i) y[i] = math::sigmoid(y[i]);
      break;
    case Activation::kTanh:
      for (std::int64_t i = 0; i < count; ++i) y[i] = math::tanh(y[i]);
      break;
  }
}

/// dy times the activation's derivative at its result y, in `g` or where it lies already.
template <class T>
const T* deactivate_run(const ActivationOptions& activation, const T* dy, const T* y, std::int64_t count, T* g) {
  const T slope = static_cast<T>(activation.slope);
  switch (activation.kind) {
    case Activation::kNone:
      return dy;
    case Activation::kRelu:
      for (std::int64_t i = 0; i < count; ++i) g[i] = y[i] > 0 ? dy[i] : T(0);
      break;
    case Activation::kLeakyRelu:
      for (std::int64_t i = 0; i < count; ++i) g[i] = dy[i] * (y[i] >= 0 ? T(1) : slope);
      break;
    case Activation::kSigmoid:
      for (std::int64_t i = 0; i < count; ++i) g[i] = dy[i] * (y[i] * (T(1) - y[i]));
      break;
    case Activation::kTanh:
      for (std::int64_t i = 0; i < count; ++i) g[i] = dy[i] * (T(1) - y[i] * y[i]);
      break;
  }
  return g;
}

/// Channels of a normalisation's result: (x - center) factor + shift.
template <class T>
struct NormalizeColumns {
  const T* x;
  T* y;
  const T *center, *factor, *shift;
  std::int64_t stride, rows;
};

template <int V, class T>
void normalize_columns(const NormalizeColumns<T>& c, const ActivationOptions& activation) {
  constexpr int L = kLanes<T>;
  Vector<T> center[V], factor[V], shift[V];
  load_columns<V>(c.center, center);
  load_columns<V>(c.factor, factor);
  load_columns<V>(c.shift, shift);
  for (std::int64_t r = 0; r < c.rows; ++r) {
    const T* x = c.x + r * c.stride;
    T* y = c.y + r * c.stride;
    prefetch_to_write(y, V * kVectorBytes);
    BETWIXT_UNROLL
    for (int v = 0; v < V; ++v) store(y + v * L, (load(x + v * L) - center[v]) * factor[v] + shift[v]);
    activate_run(activation, y, V * L);
  }
}

template <class T>
void normalize_piece(const NormalizeColumns<T>& c, const ActivationOptions& activation, std::int64_t count) {
  const auto from = [&](std::int64_t i) {
    return NormalizeColumns<T>{c.x + i, c.y + i, c.center + i, c.factor + i, c.shift + i, c.stride, c.rows};
  };
  const std::int64_t done = in_vectors<T>(
      count, [&](auto vectors, std::int64_t i) { normalize_columns<decltype(vectors)::value>(from(i), activation); });
  for (std::int64_t r = 0; r < c.rows && done < count; ++r) {
    const T* x = c.x + r * c.stride;
    T* y = c.y + r * c.stride;
    for (std::int64_t i = done; i < count; ++i) y[i] = (x[i] - c.center[i]) * c.factor[i] + c.shift[i];
    activate_run(activation, y + done, count - done);
  }
}

/// Channels of the gradient: sums of dy and of dy (x - center), or factor dy - level - tilt (x - center). What one of
/// the two does not use still has to be memory.
template <class T>
struct GradColumns {
  const T *x, *dy, *y;
  const T *center, *factor, *level, *tilt;
  T *total, *product;
  T* dx;
  std::int64_t stride, rows;

  GradColumns from(std::int64_t i) const {
    return {x + i,    dy + i,    y + i,       center + i, factor + i, level + i,
            tilt + i, total + i, product + i, dx + i,     stride,     rows};
  }
};

template <int V, class T>
void sum_grad_columns(const GradColumns<T>& c, const ActivationOptions& activation) {
  constexpr int L = kLanes<T>;
  Vector<T> center[V];
  Vector<T> total[V] = {};
  Vector<T> product[V] = {};
  T buffer[V * L];
  load_columns<V>(c.center, center);
  for (std::int64_t r = 0; r < c.rows; ++r) {
    const std::int64_t at = r * c.stride;
    prefetch_ahead(c.x + at, V * kVectorBytes);
    prefetch_ahead(c.dy + at, V * kVectorBytes);
    const T* g = deactivate_run(activation, c.dy + at, c.y + at, V * L, buffer);
    BETWIXT_UNROLL
    for (int v = 0; v < V; ++v) {
      const Vector<T> slope = load(g + v * L);
      total[v] += slope;
      product[v] += slope * (load(c.x + at + v * L) - center[v]);
    }
  }
  store_columns<V>(total, c.total);
  store_columns<V>(product, c.product);
}

template <class T>
void sum_grad_piece(const GradColumns<T>& c, const ActivationOptions& activation, std::int64_t count) {
  std::int64_t i = in_vectors<T>(count, [&](auto vectors, std::int64_t at) {
    sum_grad_columns<decltype(vectors)::value>(c.from(at), activation);
  });
  for (; i < count; ++i) {
    c.total[i] = c.product[i] = 0;
    for (std::int64_t at = i; at < i + c.rows * c.stride; at += c.stride) {
      T buffer;
      const T g = *deactivate_run(activation, c.dy + at, c.y + at, 1, &buffer);
      c.total[i] += g;
      c.product[i] += g * (c.x[at] - c.center[i]);
    }
  }
}

template <int V, class T>
void write_grad_columns(const GradColumns<T>& c, const ActivationOptions& activation) {
  constexpr int L = kLanes<T>;
  Vector<T> center[V], factor[V], level[V], tilt[V];
  T buffer[V * L];
  load_columns<V>(c.center, center);
  load_columns<V>(c.factor, factor);
  load_columns<V>(c.level, level);
  load_columns<V>(c.tilt, tilt);
  for (std::int64_t r = 0; r < c.rows; ++r) {
    const std::int64_t at = r * c.stride;
    const T* g = deactivate_run(activation, c.dy + at, c.y + at, V * L, buffer);
    prefetch_to_write(c.dx + at, V * kVectorBytes);
    BETWIXT_UNROLL
    for (int v = 0; v < V; ++v)
      store(c.dx + at + v * L, load(g + v * L) * factor[v] - level[v] - (load(c.x + at + v * L) - center[v]) * tilt[v]);
  }
}

template <class T>
void write_grad_piece(const GradColumns<T>& c, const ActivationOptions& activation, std::int64_t count) {
  std::int64_t i = in_vectors<T>(count, [&](auto vectors, std::int64_t at) {
    write_grad_columns<decltype(vectors)::value>(c.from(at), activation);
  });
  for (; i < count; ++i)
    for (std::int64_t at = i; at < i + c.rows * c.stride; at += c.stride) {
      T buffer;
      const T g = *deactivate_run(activation, c.dy + at, c.y + at, 1, &buffer);
      c.dx[at] = g * c.factor[i] - c.level[i] - (c.x[at] - c.center[i]) * c.tilt[i];
    }
}

}  // namespace
}  // namespace betwixt::BETWIXT_ISA
