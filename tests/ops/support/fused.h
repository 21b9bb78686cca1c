// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <vector>

#include "betwixt/tensor/op.h"
#include "tests/ops/support/check_op.h"
#include "tests/ops/support/conv_oracle.h"

// Ops that only Op::fuse makes, put together by the rules themselves.

namespace betwixt::ops_test {

/// One op instead of `last` and what it is computed from. The fused ops are f32 only: in f64 `last` itself.
inline Tensors fused(const Tensor& last, const Tensor& before) {
  if (last.dtype() == DType::kF64) return {last};
  return last.node().op->fuse(last.node(), before.node());
}

/// `one` and `other`, which read a common tensor, after fusion; in f64 as they are.
inline Tensors fused_pair(const Tensor& one, const Tensor& other) {
  if (one.dtype() == DType::kF64) return {one, other};
  return one.node().op->fuse(one.node(), other.node());
}

/// An activation of each kind that has a derivative.
inline std::vector<ActivationOptions> slopes() {
  return {{Activation::kRelu, 0}, {Activation::kLeakyRelu, 0.25f}, {Activation::kSigmoid, 0}, {Activation::kTanh, 0}};
}

/// Sum of the absolute terms of activation_slope.
inline double slope_magnitude(double y, const ActivationOptions& activation) {
  if (activation.kind == Activation::kSigmoid) return std::abs(y) + y * y;
  if (activation.kind == Activation::kTanh) return 1 + y * y;
  return std::abs(activation_slope(y, activation));
}

inline Values times_slope(std::vector<double> values, const std::vector<double>& y, const ActivationOptions& activation,
                          bool magnitude) {
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] *= magnitude ? slope_magnitude(y[i], activation) : activation_slope(y[i], activation);
  return {values};
}

}  // namespace betwixt::ops_test
