// SPDX-License-Identifier: MIT
// Variants of shaders are compared with the CPU before a program relies on them.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "betwixt/nn/layers.h"
#include "betwixt/ops/losses.h"
#include "betwixt/ops/matmul.h"
#include "betwixt/train/trainer.h"
#include "tests/gpu/fault_table.h"
#include "tests/gpu/gpu_support.h"
#include "tests/support/memory_files.h"

namespace betwixt::test_gpu {
namespace {

constexpr std::int64_t kRows = 1024;  // enough for the middle tile
constexpr std::int64_t kInner = 48;
constexpr std::int64_t kColumns = 64;

using Constants = std::span<const std::uint32_t>;
bool is_product(Constants constants) { return constants.size() == 12; }
bool is_plain_product(Constants constants) { return is_product(constants) && constants[1] == 32 && constants[2] == 32; }
bool is_larger_product(Constants constants) { return is_product(constants) && !is_plain_product(constants); }

std::vector<float> product_on(const Device& device) {
  const State a(device, "a", {Shape{kRows, kInner}, DType::kF32});
  const State b(device, "b", {Shape{kInner, kColumns}, DType::kF32});
  a.write(ramp(kRows * kInner));
  b.write(ramp(kInner * kColumns));
  Program program(device, {matmul(read(a), read(b))});
  program.run(1);
  return program.values<float>(0);
}

double worst_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    worst = std::isnan(difference) ? HUGE_VAL : std::max(worst, difference);
    if (std::isnan(difference)) break;
  }
  return worst;
}

class GpuVariants : public GpuTest {
 protected:
  VulkanOptions options(VulkanSelfTest choice = VulkanSelfTest::kAlways) {
    VulkanOptions options;
    options.get_instance_proc_address = table_.entry();
    options.self_test = choice;
    options.files = &files_;
    options.cache_path = "cache";
    options.arena_fill = 0x7fc00000;
    options.limits = GpuLimits{.cores = 4};  // so few that the product's tiles are large
    return options;
  }
  FaultTable table_;
  test_support::MemoryFiles files_;
  const std::vector<float> right_ = product_on(cpu_device());
};

TEST_F(GpuVariants, AGoodDriverPasses) {
  const Device gpu = vulkan_device(options());
  EXPECT_LT(worst_difference(product_on(gpu), right_), 1e-3);
  EXPECT_GT(vulkan_counters(gpu).variants_tested, 0u);
  EXPECT_EQ(vulkan_counters(gpu).variants_refused, 0u);
}

TEST_F(GpuVariants, AWrongVariantIsReplacedByAPlainerOne) {
  table_.spoils = is_larger_product;
  const Device careless = vulkan_device(options(VulkanSelfTest::kNever));
  EXPECT_FALSE(worst_difference(product_on(careless), right_) < 1) << "the planted fault does nothing";
  const Device gpu = vulkan_device(options());
  EXPECT_LT(worst_difference(product_on(gpu), right_), 1e-3);
  EXPECT_GT(vulkan_counters(gpu).variants_refused, 0u);
}

TEST_F(GpuVariants, WhenThePlainestIsWrongTooTheProgramIsRefusedByName) {
  table_.spoils = is_product;
  const Device gpu = vulkan_device(options());
  for (int attempt = 0; attempt < 2; ++attempt) {
    try {
      product_on(gpu);
      FAIL() << "compiled";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
      EXPECT_NE(std::strstr(error.what(), "gemm"), nullptr) << error.what();
      EXPECT_NE(std::strstr(error.what(), "matmul"), nullptr) << error.what();
    }
  }
  EXPECT_EQ(run_busy(gpu, 1000, 3), run_busy(vulkan_device(), 1000, 3)) << "other programs go on";
}

TEST_F(GpuVariants, SoftwareDriversAreTestedOnlyWhenAskedFor) {
  const Device gpu = vulkan_device(options(VulkanSelfTest::kHardware));
  product_on(gpu);
  EXPECT_EQ(vulkan_counters(gpu).variants_tested, 0u);
  table_.claim_hardware();
  const Device hardware = vulkan_device(options(VulkanSelfTest::kHardware));
  product_on(hardware);
  EXPECT_GT(vulkan_counters(hardware).variants_tested, 0u);
}

TEST_F(GpuVariants, VerdictsOutliveTheProcess) {
  table_.spoils = is_larger_product;
  product_on(vulkan_device(options()));
  table_.spoils = nullptr;  // the next start believes the file, and stays with the plain variant
  const Device again = vulkan_device(options());
  EXPECT_LT(worst_difference(product_on(again), right_), 1e-3);
  EXPECT_EQ(vulkan_counters(again).variants_tested, 0u);
}

TEST_F(GpuVariants, VerdictsOfAnotherDriverOrADamagedFileDoNotCount) {
  product_on(vulkan_device(options()));
  {
    const Device same = vulkan_device(options());
    product_on(same);
    EXPECT_EQ(vulkan_counters(same).variants_tested, 0u);
  }
  table_.claim_driver_version(12345);
  {
    const Device updated = vulkan_device(options());
    product_on(updated);
    EXPECT_GT(vulkan_counters(updated).variants_tested, 0u);
  }
  const Memory file = read_file(files_, "cache.tests", 1 << 20);
  std::vector<std::byte> damaged(file.data(), file.data() + file.size());
  damaged.back() ^= std::byte{1};
  write_file_atomically(files_, "cache.tests", damaged);
  const Device gpu = vulkan_device(options());
  EXPECT_LT(worst_difference(product_on(gpu), right_), 1e-3);
  EXPECT_GT(vulkan_counters(gpu).variants_tested, 0u);
}

// Where a device offers them, products have tiles of 128 x 128 and 256 invocations.
TEST_F(GpuVariants, TheLargestTileComputesTheSame) {
  bool is_used = false;
  table_.spoils = [&](Constants constants) {
    is_used |= is_product(constants) && constants[0] == 256;
    return false;
  };
  std::vector<std::vector<float>> results;
  for (const std::uint32_t invocations : {128u, 256u}) {
    VulkanOptions with = options(VulkanSelfTest::kNever);
    with.limits = GpuLimits{.max_invocations = invocations, .shared_bytes = 32768, .cores = 1};
    const Device gpu = vulkan_device(with);
    EXPECT_FALSE(is_used);
    const State a(gpu, "a", {Shape{300, 70}, DType::kF32});
    const State b(gpu, "b", {Shape{70, 260}, DType::kF32});
    std::vector<float> whole(300 * 70);
    for (std::size_t i = 0; i < whole.size(); ++i) whole[i] = static_cast<float>(static_cast<int>(i * 5 % 7) - 3);
    a.write(whole);
    whole.resize(70 * 260);
    b.write(whole);
    Program program(gpu, {matmul(read(a), read(b))});
    program.run(1);
    results.push_back(program.values<float>(0));
  }
  if (!is_used) GTEST_SKIP() << "this device has no workgroups of 256 invocations";
  EXPECT_EQ(results[0], results[1]);
}

TEST_F(GpuVariants, EveryVariantOfATrainingStepPasses) {
  const Device gpu = vulkan_device(options());
  const Parameters set(gpu, "net", 1);
  Sequential network(set, "net");
  const ActivationOptions leaky{Activation::kLeakyRelu, 0.2f};
  network.add<Conv2d>(3, 8, ConvLayerOptions{.stride = 2, .padding = 1, .activation = leaky});
  network.add<Conv2d>(8, 3, ConvLayerOptions{.padding = 1, .upsample = 2, .activation = {Activation::kSigmoid, 0}});
  const State x(gpu, "x", {Shape{4, 8, 8, 3}, DType::kF32});
  const Optimizer optimizer(set, {});
  Trainer trainer(gpu, {.history = 1},
                  [&](TrainStep& step) { step.minimize(optimizer, mse_loss(network(step.pass(), read(x)), read(x))); });
  EXPECT_GT(vulkan_counters(gpu).variants_tested, 12u);
  EXPECT_EQ(vulkan_counters(gpu).variants_refused, 0u);
}

}  // namespace
}  // namespace betwixt::test_gpu
