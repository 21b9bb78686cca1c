// SPDX-License-Identifier: MIT
// Tensors stored as f16: PlanOptions::storage and VulkanOptions::storage.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "betwixt/core/half.h"
#include "betwixt/device/best_device.h"
#include "betwixt/device/device_by_name.h"
#include "betwixt/methods/autoencoder/denoise.h"
#include "betwixt/nn/layers.h"
#include "betwixt/ops/conv2d.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/losses.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/unary.h"
#include "betwixt/train/trainer.h"
#include "tests/gpu/fault_table.h"
#include "tests/gpu/gpu_support.h"

namespace betwixt::test_gpu {
namespace {

constexpr DType kHalf = DType::kF16;

class GpuHalves : public GpuTest {
 protected:
  void SetUp() override {
    GpuTest::SetUp();
    if (IsSkipped()) return;
    gpu_ = device();
    if (!gpu_.info().can_store_f16) GTEST_SKIP() << gpu_.info().name << " cannot store tensors as f16";
  }
  Device gpu_;
};

std::vector<float> rounded(std::vector<float> values) {
  for (float& value : values) value = half_to_float(float_to_half(value));
  return values;
}

/// `values` after they were stored as halves on the device.
std::vector<float> through_halves(const Device& device, const std::vector<float>& values) {
  const State state(device, "values", {Shape{static_cast<std::int64_t>(values.size())}, DType::kF32});
  state.write(values);
  Program program(device, {stored(stored(read(state)))}, {.storage = kHalf});
  program.run();
  return program.values<float>();
}

TEST_F(GpuHalves, AreTheNearestTiesToEven) {
  std::vector<float> values{
      0.0f,     1.0f,     1.0f + 0x1p-11f, 1.0f + 3 * 0x1p-11f, -1.0f - 0x1p-11f, 65504,        65519.99f,
      65520,    -1e30f,   INFINITY,        -INFINITY,           0x1p-14f,         0x1.ffcp-15f, 0x1.ffep-15f,
      0x1p-24f, 0x1p-25f, 0x1.8p-25f,      3 * 0x1p-25f,        -0x1p-30f,        0x1p-126f};
  for (std::uint32_t i = 0; i < 3000; ++i) {
    const std::uint32_t bits = 0x32000000u + i * 0x5D1Fu * 16u;  // from 2^-27 to above the largest
    float value = 0;
    std::memcpy(&value, &bits, sizeof(value));
    values.push_back(i % 2 ? -value : value);
  }
  EXPECT_EQ(through_halves(gpu_, values), rounded(values));
  EXPECT_TRUE(std::isnan(through_halves(gpu_, {1, NAN, 2})[1]));
}

TEST_F(GpuHalves, AreOffUnlessAskedFor) {
  const State state = ramp_state(gpu_, 1000);
  const Tensor y = relu(affine(relu(affine(read(state), 1.0 / 3, 0)), 1.0 / 7, 0));
  Program usual(gpu_, {y});
  Program plain(gpu_, {y}, {.storage = DType::kF32});
  usual.run();
  plain.run();
  EXPECT_EQ(usual.values<float>(), plain.values<float>());
  EXPECT_EQ(usual.peak_bytes(), plain.peak_bytes());
}

TEST_F(GpuHalves, AreRefusedByNameWhereTheyCannotBe) {
  const Device cpu = cpu_device();
  const State state = ramp_state(cpu, 16);
  EXPECT_EQ(code_of([&] { Program(cpu, {relu(read(state))}, {.storage = kHalf}); }), ErrorCode::kUnsupported);
  EXPECT_EQ(code_of([&] { Program(cpu, {relu(read(state))}, {.storage = DType::kU8}); }), ErrorCode::kArgument);
  EXPECT_EQ(code_of([&] { open_device("cpu", {.vulkan = {.storage = kHalf}}); }), ErrorCode::kUnsupported);
  EXPECT_EQ(code_of([&] { vulkan_device({.limits = GpuLimits{}, .storage = kHalf}); }), ErrorCode::kUnsupported);
  EXPECT_EQ(code_of([&] { vulkan_device({.storage = DType::kF64}); }), ErrorCode::kArgument);
  try {
    best_device({.storage = kHalf});  // a GPU of this machine, or
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  }
}

/// A small convolutional network on a device, and the gradient of its weights.
struct Network {
  State x, w;
  explicit Network(const Device& device)
      : x(device, "x", {Shape{2, 16, 16, 8}, DType::kF32}), w(device, "w", {Shape{3, 3, 8, 8}, DType::kF32}) {
    x.write(waves(x.type().shape.elements(), 1));
    w.write(waves(w.type().shape.elements(), 0.2f));
  }
  static std::vector<float> waves(std::int64_t count, float size) {
    std::vector<float> values;
    for (std::int64_t i = 0; i < count; ++i) values.push_back(size * std::sin(0.7f * static_cast<float>(i * i % 1009)));
    return values;
  }
  std::vector<Tensor> outputs() const {
    Tensor y = read(x);
    for (int i = 0; i < 3; ++i)
      y = conv2d(y, read(w), {}, {.padding = 1, .activation = {.kind = Activation::kLeakyRelu, .slope = 0.2f}});
    const Tensor loss = mean(square(y), {0, 1, 2, 3}, false);
    return {gradient(loss, {read(w)})[0], y};
  }
  std::vector<std::vector<float>> results(const PlanOptions& options) const {
    Program program(x.device(), outputs(), options);
    program.run();
    return {program.values<float>(0), program.values<float>(1)};
  }
};

double relative_error(const std::vector<float>& found, const std::vector<float>& right) {
  double largest = 0;
  double worst = 0;
  for (std::size_t i = 0; i < right.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(right[i])));
    worst = std::max(worst, std::abs(static_cast<double>(found[i]) - static_cast<double>(right[i])));
  }
  return worst / largest;
}

TEST_F(GpuHalves, GiveANetworkToWithinTheirPrecision) {
  const Network network(gpu_);
  const auto full = network.results({});
  const auto half = network.results({.storage = kHalf});
  EXPECT_NE(half, full);
  for (std::size_t i = 0; i < full.size(); ++i) EXPECT_LT(relative_error(half[i], full[i]), 0x1p-7) << i;
  for (const bool alias : {true, false}) EXPECT_EQ(network.results({.alias = alias, .storage = kHalf}), half);
}

TEST_F(GpuHalves, HalveTheMemoryOfActivations) {
  const State x(gpu_, "x", {Shape{8, 64, 64, 16}, DType::kF32});
  const State w(gpu_, "w", {Shape{3, 3, 16, 16}, DType::kF32});
  Tensor y = read(x);
  for (int i = 0; i < 6; ++i)
    y = conv2d(y, read(w), {}, {.padding = 1, .activation = {.kind = Activation::kLeakyRelu, .slope = 0.2f}});
  const std::vector<Tensor> outputs = gradient(mean(square(y), {0, 1, 2, 3}, false), {read(w)});
  const auto full = static_cast<double>(Program::plan_bytes(gpu_, outputs));
  const auto half = static_cast<double>(Program::plan_bytes(gpu_, outputs, {.storage = kHalf}));
  EXPECT_LT(half, 0.55 * full);
  EXPECT_GT(half, 0.45 * full);
}

TEST_F(GpuHalves, VariantsAreComparedWithTheCpu) {
  FaultTable table;
  VulkanOptions options;
  options.get_instance_proc_address = table.entry();
  options.storage = kHalf;
  const auto right = Network(vulkan_device(options)).results({});
  options.self_test = VulkanSelfTest::kAlways;
  const Device good = vulkan_device(options);
  EXPECT_EQ(Network(good).results({}), right);
  EXPECT_GT(vulkan_counters(good).variants_tested, 2u);
  EXPECT_EQ(vulkan_counters(good).variants_refused, 0u);
  table.spoils = [](std::span<const std::uint32_t> constants) { return constants.size() >= 12; };
  EXPECT_EQ(code_of([&] { Network(vulkan_device(options)).results({}); }), ErrorCode::kUnsupported);
}

Images spots(int count, int side) {
  Images images(count, side, side, 3);
  for (std::size_t i = 0; i < images.pixels.size(); ++i) {
    const auto at = static_cast<int>(i / 3);
    const int x = at % side - side / 4 - (at / side / side) * side / (2 * count);
    const int y = at / side % side - side / 2;
    images.pixels[i] = static_cast<std::uint8_t>(30 + 180 * std::exp(-0.02 * (x * x + y * y)));
  }
  return images;
}

struct Outcome {
  DenoiseReport report;
  std::vector<float> weights;
};

Outcome trained(const Device& device, const PlanOptions& plan) {
  const Autoencoder model(device, {.picture = {16, 16, 3}, .code = 2, .channels = 8});
  Outcome outcome;
  outcome.report =
      train(model, spots(9, 16), {.steps = 60, .batch = 8, .learning_rate = 3e-3, .warmup = 10, .plan = plan});
  outcome.weights = model.parameters().arena().values<float>();
  return outcome;
}

TEST_F(GpuHalves, TrainAsFloatsDo) {
  const Outcome full = trained(gpu_, {});
  const Device halves = vulkan_device({.storage = kHalf});
  const Outcome half = trained(halves, {});
  EXPECT_EQ(half.report.fit.refused_steps, 0);
  EXPECT_LT(half.report.loss, 0.2 * half.report.variance);
  EXPECT_NEAR(half.report.loss, full.report.loss, 0.25 * full.report.loss);
  EXPECT_LT(half.report.peak_bytes, full.report.peak_bytes);
  EXPECT_EQ(trained(halves, {.alias = false}).weights, half.weights);
  // A program may still say otherwise; only the loss's scale is then different, and that by a power of two.
  EXPECT_EQ(trained(halves, {.storage = DType::kF32}).weights, full.weights);
}

TEST_F(GpuHalves, ALossScaleThatOverflowsIsHalvedUntilItDoesNot) {
  const Device halves = vulkan_device({.storage = kHalf});
  const Parameters set(halves, "net", 1);
  Sequential network(set, "net");
  network.add<Conv2d>(3, 8, ConvLayerOptions{.padding = 1, .activation = {Activation::kTanh, 0}});
  network.add<Conv2d>(8, 3, ConvLayerOptions{.padding = 1});
  const State x(halves, "x", {Shape{4, 8, 8, 3}, DType::kF32});
  x.write(Network::waves(x.type().shape.elements(), 1));
  const Optimizer optimizer(set, {.loss_scale = 0x1p40});
  Trainer trainer(halves, {.history = 1},
                  [&](TrainStep& step) { step.minimize(optimizer, mse_loss(network(step.pass(), read(x)), read(x))); });
  const std::vector<float> before = set.arena().values<float>();
  trainer.run(2);
  EXPECT_EQ(trainer.refused_steps(), 2);
  EXPECT_EQ(set.arena().values<float>(), before);
  trainer.run(58);
  const auto refused = static_cast<int>(trainer.refused_steps());
  EXPECT_LT(refused, 40);
  EXPECT_EQ(optimizer.states().back().values<float>()[0], std::ldexp(1.0f, 40 - refused));
  EXPECT_NE(set.arena().values<float>(), before);
}

}  // namespace
}  // namespace betwixt::test_gpu
