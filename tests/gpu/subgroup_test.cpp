// SPDX-License-Identifier: MIT
// Sums by subgroup arithmetic: those of the plain tree, whatever the size of the driver's subgroups. (lavapipe's is set
// by LP_NATIVE_VECTOR_WIDTH; tools/test_vulkan runs this file at each.)
#include <algorithm>
#include <cmath>

#include "betwixt/ops/gradient_clip.h"
#include "betwixt/ops/losses.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/unary.h"
#include "tests/gpu/gpu_support.h"

namespace betwixt::test_gpu {
namespace {

using Values = std::vector<std::vector<float>>;

/// Whole numbers, so that every sum is exact, or fractions.
State numbers(const Device& device, const char* name, const Shape& shape, bool whole) {
  const State state(device, name, {shape, DType::kF32});
  std::vector<float> values(static_cast<std::size_t>(shape.elements()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(static_cast<int>(i * 2654435761u % 19) - 9) * (whole ? 1.0f : 0.137f);
  state.write(values);
  return state;
}

/// Sums of which each takes a whole workgroup, or several.
Values sums_on(const Device& device, const Shape& shape, bool whole) {
  const Tensor x = read(numbers(device, "x", shape, whole));
  const Tensor y = read(numbers(device, "y", shape, false));
  const Tensor integers = cast(read(numbers(device, "n", shape, true)), DType::kI32);
  std::vector<int> all;
  for (int i = 0; i < shape.rank(); ++i) all.push_back(i);
  Program program(device, {sum(x, {shape.rank() - 1}), sum(x), mean(x), cast(sum(integers, all), DType::kF32),
                           squared_norm(x), mse_loss(x, y)});
  program.run(1);
  Values found;
  for (int i = 0; i < 6; ++i) found.push_back(program.values<float>(i));
  return found;
}

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> all = {{1},       {3},       {127},      {128},         {129},       {2, 257},
                                         {3, 1021}, {5, 4096}, {1, 65537}, {2, 3, 50021}, {7, 13, 509}};
  return all;
}

class GpuSubgroups : public GpuTest {
 protected:
  VulkanOptions plain() const {
    VulkanOptions options;
    options.limits = GpuLimits{.subgroup_size = 1};
    return options;
  }
  /// The driver's own subgroups; 1 where it has no such arithmetic.
  VulkanOptions native() const {
    VulkanOptions options;
    options.limits = GpuLimits{.subgroup_size = 128};
    return options;
  }
};

TEST_F(GpuSubgroups, ExactSumsAreThoseOfTheTree) {
  const Device gpu = device(native());
  const Device tree = device(plain());
  for (const Shape& shape : shapes()) {
    const Values found = sums_on(gpu, shape, true);
    const Values right = sums_on(tree, shape, true);
    for (std::size_t i = 0; i + 1 < found.size(); ++i) EXPECT_EQ(found[i], right[i]) << shape.text() << ", sum " << i;
  }
}

TEST_F(GpuSubgroups, RoundedSumsAreThoseOfTheCpuAndTheSameEveryTime) {
  const Device gpu = device(native(), true);
  for (const Shape& shape : shapes()) {
    const Values found = sums_on(gpu, shape, false);
    EXPECT_EQ(found, sums_on(gpu, shape, false)) << shape.text();
    const Values right = sums_on(cpu_device(), shape, false);
    for (std::size_t i = 0; i < found.size(); ++i)
      for (std::size_t k = 0; k < found[i].size(); ++k)
        // Terms are below 1.24, squared below 4: rounding is a few units of their sum.
        ASSERT_NEAR(found[i][k], right[i][k], 4e-6 * static_cast<double>(shape.elements())) << shape.text() << " " << i;
  }
}

TEST_F(GpuSubgroups, TheShaderIsReallyUsed) {
  VulkanOptions options = native();
  options.timestamps = true;
  const Device gpu = device(options);
  sums_on(gpu, {2, 4096}, true);
  const std::vector<VulkanTiming> timings = vulkan_timings(gpu);
  if (timings.empty()) GTEST_SKIP() << "the driver has no time stamps";
  const auto count = [&](const char* shader) {
    return std::count_if(timings.begin(), timings.end(), [&](const VulkanTiming& t) { return t.shader == shader; });
  };
  const bool must_have = gpu.info().name.find("llvmpipe") != std::string::npos;
  if (count("reduce_subgroup") == 0 && !must_have) GTEST_SKIP() << "the driver has no subgroup arithmetic";
  EXPECT_GE(count("reduce_subgroup"), 4);
}

}  // namespace
}  // namespace betwixt::test_gpu
