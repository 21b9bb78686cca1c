// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/tensor/gpu_call.h"

namespace betwixt {

/// Functions of shaders/binary.comp, by their numbers there.
enum class BinaryFunction : std::uint32_t {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMinimum,
  kMaximum,
  kPow,
  kEqual,
  kLess,
  kLessEqual,
};

void record_binary(GpuCall& call, BinaryFunction function);

template <BinaryFunction function>
void binary_gpu(GpuCall& call) {
  record_binary(call, function);
}

void where_gpu(GpuCall& call);

}  // namespace betwixt
