// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

#include "betwixt/tensor/op.h"

namespace betwixt::BETWIXT_ISA {

/// Whether the variants for newer processors hold a kernel for these element types: where one of them is float and
/// none is double. Double serves gradient checks, whole numbers index: for them the baseline variant is fast enough,
/// and leaving them out halves the library.
#ifdef BETWIXT_FLOAT_KERNELS_ONLY
template <class... T>
inline constexpr bool kIsHeld = (std::is_same_v<T, float> || ...) && !(std::is_same_v<T, double> || ...);
#else
template <class... T>
inline constexpr bool kIsHeld = true;
#endif

/// Begins a kernel for element types: when this variant does not hold it, the baseline variant does the work and this
/// is true; the rest of the kernel is then dead code.
template <class... T>
bool handed_over(const CpuCall& call) {
  if constexpr (!kIsHeld<T...>) call.node.op->cpu.variants[0](call);
  return !kIsHeld<T...>;
}

}  // namespace betwixt::BETWIXT_ISA
