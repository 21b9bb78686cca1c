// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/tensor/gpu_call.h"

namespace betwixt {

/// Functions of shaders/unary.comp, by their numbers there.
enum class UnaryFunction : std::uint32_t {
  kNeg,
  kAbs,
  kSign,
  kSquare,
  kSqrt,
  kRsqrt,
  kReciprocal,
  kExp,
  kLog,
  kSin,
  kCos,
  kTanh,
  kSigmoid,
  kSoftplus,
  kRelu,
  kElu,
  kLeakyRelu,
  kAffine,
  kClamp,
  kAffineOfIntegers,
};

void record_unary(GpuCall& call, UnaryFunction function);

template <UnaryFunction function>
void unary_gpu(GpuCall& call) {
  record_unary(call, function);
}

void leaky_relu_gpu(GpuCall& call);
void affine_gpu(GpuCall& call);
void clamp_gpu(GpuCall& call);
void cast_gpu(GpuCall& call);

}  // namespace betwixt
