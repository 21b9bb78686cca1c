// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "betwixt/tensor/device.h"
#include "betwixt/tensor/tensor.h"

namespace betwixt::detail {

struct SelfTestOptions {
  std::uint64_t key = 0;
  float scale = 1;
};

/// y = tanh(x) * scale + random [0, 1), and the sums of random words over groups of 64 elements.
///   x f32 [n]   ->   f32 [n], u32 [ceil(n / 64)]
std::vector<Tensor> self_test_step(const Tensor& x, const SelfTestOptions& options);

/// Runs a small program with random numbers, our own functions, shared memory, hazards and a state on the device and on
/// the CPU. Integers must agree to the last bit, floats to 1e-5. False also when anything throws.
bool passes_self_test(const Device& device);

}  // namespace betwixt::detail
