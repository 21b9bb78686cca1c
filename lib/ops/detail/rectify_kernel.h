// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/ops/detail/vector_kernel.h"

// For kernel files: (leaky) relu at the end of a product.

namespace betwixt::BETWIXT_ISA {
namespace {

/// Numbers below 0 times `slope`.
template <class T>
inline Vector<T> rectified(Vector<T> v, T slope) {
#if defined(__GNUC__)
  // Without the choice minus infinity times 0 would be NaN.
  return v < Vector<T>{} ? (slope == 0 ? Vector<T>{} : v * slope) : v;
#else
  for (int i = 0; i < kLanes<T>; ++i) v.lane[i] = v.lane[i] < 0 ? (slope == 0 ? 0 : v.lane[i] * slope) : v.lane[i];
  return v;
#endif
}

}  // namespace
}  // namespace betwixt::BETWIXT_ISA
