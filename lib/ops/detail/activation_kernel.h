// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/core/math_functions.h"
#include "betwixt/ops/activation.h"

// The end of a product's row: functions that are not part of the register tile.

namespace betwixt::BETWIXT_ISA {

/// True for activations of the form "values below 0 times a slope", which tiles apply themselves.
inline bool is_rectifier(const ActivationOptions& activation) {
  return activation.kind == Activation::kRelu || activation.kind == Activation::kLeakyRelu;
}
inline float rectifier_slope(const ActivationOptions& activation) {
  return activation.kind == Activation::kLeakyRelu ? activation.slope : 0.0f;
}
inline bool is_curve(const ActivationOptions& activation) {
  return activation.kind == Activation::kSigmoid || activation.kind == Activation::kTanh;
}

template <class T>
void apply_curve(Activation kind, T* values, std::int64_t count) {
  if (kind == Activation::kSigmoid) {
    for (std::int64_t i = 0; i < count; ++i) values[i] = math::sigmoid(values[i]);
  } else {
    for (std::int64_t i = 0; i < count; ++i) values[i] = math::tanh(values[i]);
  }
}

/// Applies sigmoid or tanh to `columns` values at every pointer (plus offset). Short rows are gathered first, so that
/// the function works on whole vectors.
template <class T>
void apply_curve_to_rows(Activation kind, T* const* rows, std::int64_t count, std::int64_t offset,
                         std::int64_t columns) {
  constexpr std::int64_t kBuffer = 512;
  if (columns >= 64) {
    for (std::int64_t m = 0; m < count; ++m) apply_curve(kind, rows[m] + offset, columns);
    return;
  }
  T buffer[kBuffer];
  for (std::int64_t begin = 0; begin < count;) {
    std::int64_t end = begin;
    std::int64_t filled = 0;
    for (; end < count && filled + columns <= kBuffer; ++end)
      for (std::int64_t n = 0; n < columns; ++n) buffer[filled++] = rows[end][offset + n];
    apply_curve(kind, buffer, filled);
    filled = 0;
    for (; begin < end; ++begin)
      for (std::int64_t n = 0; n < columns; ++n) rows[begin][offset + n] = buffer[filled++];
  }
}

}  // namespace betwixt::BETWIXT_ISA
