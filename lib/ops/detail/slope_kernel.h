// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/ops/activation.h"
#include "betwixt/ops/detail/independent_kernel.h"
#include "betwixt/ops/detail/prefetch_kernel.h"

// For kernel files: the derivative of an activation, from its result.

namespace betwixt::BETWIXT_ISA {

/// The end of a product that is a gradient of an activation's result: all of the product `values` is multiplied by the
/// derivative where that activation's result is `y`; nothing when there is no `y`.
template <class T>
struct SlopeEnding {
  ActivationOptions activation;
  const T* values = nullptr;
  const T* y = nullptr;
};

namespace {

/// Calls use(f) with f(dy, y) = dy times the derivative of the activation where its result is y.
template <class T, class Use>
void with_slope(const ActivationOptions& activation, const Use& use) {
  const T slope = static_cast<T>(activation.slope);
  switch (activation.kind) {
    case Activation::kNone:
      return use([](T dy, T) { return dy; });
    case Activation::kRelu:
      return use([](T dy, T y) { return y > 0 ? dy : T(0); });
    case Activation::kLeakyRelu:
      return use([slope](T dy, T y) { return dy * (y < 0 ? slope : T(1)); });
    case Activation::kSigmoid:
      return use([](T dy, T y) { return dy * (y * (T(1) - y)); });
    case Activation::kTanh:
      return use([](T dy, T y) { return dy * (T(1) - y * y); });
  }
}

/// Calls body(first element, count) for columns [offset, offset + columns) of every row; rows that follow one another
/// without a gap are one piece.
template <class T, class Body>
void for_each_stretch(T* const* rows, std::int64_t count, std::int64_t offset, std::int64_t columns, const Body& body) {
  for (std::int64_t m = 0; m < count;) {
    const std::int64_t first = m++;
    while (m < count && rows[m] == rows[m - 1] + columns) ++m;
    body(rows[first] + offset, (m - first) * columns);
  }
}

/// Asks for what `multiply_by_slopes` is going to read for these rows, some products before.
template <class T>
void ask_for_slopes(const SlopeEnding<T>& ending, T* const* rows, std::int64_t count, std::int64_t offset,
                    std::int64_t columns) {
  if (!ending.y) return;
  for_each_stretch(rows, count, offset, columns, [&](T* to, std::int64_t elements) {
    prefetch_lines<kToSecondLevel>(reinterpret_cast<std::uintptr_t>(ending.y + (to - ending.values)),
                                   elements * static_cast<std::int64_t>(sizeof(T)));
  });
}

/// Columns [offset, offset + columns) of every row, parts of the product.
template <class T>
void multiply_by_slopes(const SlopeEnding<T>& ending, T* const* rows, std::int64_t count, std::int64_t offset,
                        std::int64_t columns) {
  if (!ending.y) return;
  with_slope<T>(ending.activation, [&](const auto& slope) {
    for_each_stretch(rows, count, offset, columns, [&](T* to, std::int64_t elements) {
      const auto f = slope;  // or the compiler takes every store for a change of what it has captured
      const T* y = ending.y + (to - ending.values);
      BETWIXT_INDEPENDENT
      for (std::int64_t n = 0; n < elements; ++n) to[n] = f(to[n], y[n]);
    });
  });
}

}  // namespace
}  // namespace betwixt::BETWIXT_ISA
