// SPDX-License-Identifier: MIT
#ifndef BETWIXT_NO_VULKAN
#include <gtest/gtest.h>

#include <algorithm>

#include "betwixt/ops/matmul.h"
#include "betwixt/tensor/program.h"
#include "betwixt/tensor/state.h"
#include "tools/gpu/recording_device.h"

namespace betwixt::ops_test {
namespace {

/// Sums an invocation holds in the products of one program, at most.
std::uint32_t most_sums(const GpuLimits& limits, std::int64_t columns) {
  ShaderVariants found;
  const Device device = recording_device(limits, found, DType::kF32);
  const State a(device, "a", {Shape{4096, 64}, DType::kF32});
  const State b(device, "b", {Shape{64, columns}, DType::kF32});
  const Program program(device, {matmul(read(a), read(b))});
  std::uint32_t most = 0;
  for (const ShaderVariant& variant : found)
    if (variant.shader == "gemm") most = std::max(most, 16 * variant.constants.at(3) * variant.constants.at(4));
  return most;
}

TEST(GpuTiles, CompilersOfFewRegistersAreNotGivenTilesThatSpill) {
  for (const std::int64_t columns : {8, 32, 64, 256}) {
    const GpuLimits few{.max_invocations = 256, .shared_bytes = 32768, .cores = 2, .few_registers = true};
    GpuLimits many = few;
    many.few_registers = false;
    EXPECT_LE(most_sums(few, columns), 32u) << columns;
    EXPECT_EQ(most_sums(many, columns), columns > 32 ? 64u : most_sums(few, columns)) << columns;
  }
}

}  // namespace
}  // namespace betwixt::ops_test
#endif
