// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace betwixt {

/// Elementwise function fused behind conv2d, dense and batch_norm.
enum class Activation : std::uint8_t { kNone, kRelu, kLeakyRelu, kSigmoid, kTanh };

/// An activation with its parameter. Its gradient is computed from the result alone: the sign of a leaky ReLU's result
/// is the sign of its input when the slope is positive.
struct ActivationOptions {
  Activation kind = Activation::kNone;  ///< which function
  float slope = 0.2f;                   ///< of kLeakyRelu, must be > 0

  /// The same function and slope.
  friend bool operator==(const ActivationOptions&, const ActivationOptions&) = default;
};

}  // namespace betwixt
