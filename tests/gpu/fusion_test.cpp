// SPDX-License-Identifier: MIT
// Programs for the GPU have fewer ops than their author wrote, and the same results.
#include <cmath>
#include <string>

#include "betwixt/ops/conv2d.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/reduce.h"
#include "tests/gpu/gpu_support.h"

namespace betwixt::test_gpu {
namespace {

struct Layer {
  std::int64_t in, out;
  std::int64_t kernel = 3;
  Conv2dOptions conv = {};
};

struct Case {
  std::string name;
  std::int64_t side;
  Layer first, second;
  std::int64_t batch = 2;
};

/// Whole numbers: every sum is exact, whatever its order.
State whole_numbers(const Device& device, const char* name, const Shape& shape, int salt) {
  const State state(device, name, {shape, DType::kF32});
  std::vector<float> values(static_cast<std::size_t>(shape.elements()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(static_cast<int>((i * 7 + static_cast<std::size_t>(salt)) % 5) - 2);
  state.write(values);
  return state;
}

struct Result {
  std::vector<std::vector<float>> gradients;
  int calls = 0;
};

State weight_state(const Device& device, const char* name, const Layer& layer, int salt) {
  return whole_numbers(device, name, {layer.kernel, layer.kernel, layer.in / layer.conv.groups, layer.out}, salt);
}

/// Gradients of two layers, of weights, biases and the picture.
Result gradients_on(const Device& device, const Case& test, const PlanOptions& options = {}) {
  const std::vector<State> states = {
      whole_numbers(device, "x", {test.batch, test.side, test.side, test.first.in}, 0),
      weight_state(device, "w1", test.first, 1), whole_numbers(device, "b1", {test.first.out}, 2),
      weight_state(device, "w2", test.second, 3), whole_numbers(device, "b2", {test.second.out}, 4)};
  std::vector<Tensor> values;
  for (const State& state : states) values.push_back(read(state));
  const Tensor middle = conv2d(values[0], values[1], values[2], test.first.conv);
  const Tensor result = conv2d(middle, values[3], values[4], test.second.conv);
  Program program(device, gradient(sum(result), values), options);
  program.run(1);
  Result found;
  for (std::size_t i = 0; i < values.size(); ++i) found.gradients.push_back(program.values<float>(static_cast<int>(i)));
  found.calls = program.call_count();
  return found;
}

std::vector<Case> cases() {
  const ActivationOptions relu{Activation::kRelu, 0};
  return {
      {"plain", 12, {4, 8, 3, {.padding = 1, .activation = relu}}, {8, 4, 3, {.padding = 1}}},
      {"odd channels", 9, {3, 5, 3, {.padding = 1, .activation = relu}}, {5, 7, 3, {.padding = 1, .activation = relu}}},
      {"strides",
       16,
       {3, 8, 4, {.stride = 2, .padding = 1, .activation = relu}},
       {8, 12, 4, {.stride = 2, .padding = 1}}},
      {"many pixels", 40, {4, 8, 3, {.padding = 1, .activation = relu}}, {8, 8, 3, {.padding = 1, .activation = relu}}},
      {"enlarged",
       8,
       {8, 8, 3, {.padding = 1, .upsample = 2, .activation = relu}},
       {8, 3, 3, {.padding = 1, .upsample = 2}}},
      {"enlarged, odd",
       7,
       {5, 6, 3, {.padding = 1, .upsample = 2, .activation = relu}},
       {6, 3, 3, {.padding = 1, .upsample = 3, .activation = relu}}},
      {"groups",
       10,
       {4, 8, 3, {.padding = 1, .groups = 2, .activation = relu}},
       {8, 12, 3, {.padding = 1, .groups = 4}}},
      {"enlarged with a stride",
       8,
       {4, 4, 3, {.stride = 2, .padding = 1, .upsample = 3, .activation = relu}},
       {4, 4, 3, {.stride = 2, .padding = 1, .upsample = 3}}},
      {"one by one", 5, {4, 600, 1, {.activation = relu}}, {600, 4, 1, {}}, 1},
  };
}

class GpuFusion : public GpuTest {};

TEST_F(GpuFusion, GradientsAreThoseOfTheUnfusedProgramToTheBit) {
  const Device gpu = device({}, true);
  for (const Case& test : cases()) {
    const Result right = gradients_on(cpu_device(), test);
    const Result found = gradients_on(gpu, test);
    const Result apart = gradients_on(gpu, test, {.alias = false});
    EXPECT_LT(found.calls, right.calls) << test.name << ": nothing was fused";
    for (std::size_t i = 0; i < right.gradients.size(); ++i) {
      EXPECT_EQ(found.gradients[i], right.gradients[i]) << test.name << ", gradient " << i;
      EXPECT_EQ(apart.gradients[i], right.gradients[i]) << test.name << ", gradient " << i << ", without aliases";
    }
  }
}

// Every activation has its own derivative in the epilogue.
TEST_F(GpuFusion, TheDerivativeOfEveryActivationIsTakenAlong) {
  const Device gpu = device();
  for (const Activation kind : {Activation::kRelu, Activation::kLeakyRelu, Activation::kSigmoid, Activation::kTanh}) {
    const ActivationOptions activation{kind, 0.25f};
    const Case test{"", 6, {3, 5, 3, {.padding = 1, .activation = activation}}, {5, 3, 3, {.padding = 1}}};
    const Result right = gradients_on(cpu_device(), test);
    const Result found = gradients_on(gpu, test);
    for (std::size_t i = 0; i < right.gradients.size(); ++i)
      for (std::size_t k = 0; k < right.gradients[i].size(); ++k)
        ASSERT_NEAR(found.gradients[i][k], right.gradients[i][k], 1e-4 * (1 + std::abs(right.gradients[i][k])))
            << static_cast<int>(kind) << " gradient " << i;
  }
}

// What is used elsewhere as well stays as it is.
TEST_F(GpuFusion, AValueThatIsWantedIsNotFusedAway) {
  const Device gpu = device();
  std::vector<std::vector<float>> middles;
  for (const Device& each : {cpu_device(), gpu}) {
    const State x = whole_numbers(each, "x", {1, 6, 6, 3}, 0);
    const State w1 = whole_numbers(each, "w1", {3, 3, 3, 4}, 1);
    const State w2 = whole_numbers(each, "w2", {3, 3, 4, 2}, 2);
    const Tensor middle = conv2d(read(x), read(w1), {}, {.padding = 1, .activation = {Activation::kRelu, 0}});
    const Tensor result = conv2d(middle, read(w2), {}, {.padding = 1});
    Program program(each, gradient(sum(result), {middle, read(x)}));
    program.run(1);
    middles.push_back(program.values<float>(0));
    middles.push_back(program.values<float>(1));
  }
  EXPECT_EQ(middles[2], middles[0]);
  EXPECT_EQ(middles[3], middles[1]);
}

}  // namespace
}  // namespace betwixt::test_gpu
