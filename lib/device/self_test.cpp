// SPDX-License-Identifier: MIT
#include "betwixt/device/detail/self_test.h"

#include <cmath>

#include "betwixt/core/error.h"
#include "betwixt/core/math_functions.h"
#include "betwixt/core/philox.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/tensor/gpu_call.h"
#include "betwixt/tensor/op.h"
#include "betwixt/tensor/program.h"

namespace betwixt::detail {
namespace {

constexpr std::int64_t kGroup = 64;
constexpr double kTolerance = 1e-5;

std::uint32_t low_word(std::uint64_t key) { return static_cast<std::uint32_t>(key); }
std::uint32_t high_word(std::uint64_t key) { return static_cast<std::uint32_t>(key >> 32); }

std::vector<TensorType> self_test_shape(const Node& node) {
  if (node.input_type(0).dtype != DType::kF32 || node.input_shape(0).rank() != 1)
    throw Error(ErrorCode::kShape, "self_test", "wants f32 [n]");
  const std::int64_t count = node.input_shape(0)[0];
  return {node.input_type(0), {Shape{(count + kGroup - 1) / kGroup}, DType::kU32}};
}

void self_test_cpu(const CpuCall& call) {
  const SelfTestOptions& options = call.options<SelfTestOptions>();
  const std::int64_t count = call.in_shape(0)[0];
  const float* x = call.in<float>(0);
  float* y = call.out<float>(0);
  auto* sums = call.out<std::uint32_t>(1);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto bits = philox({static_cast<std::uint32_t>(i), 0, 0, 0}, {low_word(options.key), high_word(options.key)});
    y[i] = math::tanh(x[i]) * options.scale + math::unit(bits[1]);
    sums[i / kGroup] = bits[0] + (i % kGroup ? sums[i / kGroup] : 0);
  }
}

void self_test_gpu(GpuCall& call) {
  const SelfTestOptions& options = call.options<SelfTestOptions>();
  const auto count = static_cast<std::uint32_t>(call.in_shape(0)[0]);
  GpuDispatch dispatch("self_test", {gpu_in(0), gpu_out(0), gpu_out(1)});
  dispatch.constant(static_cast<std::uint32_t>(kGroup)).word(count);
  dispatch.word(low_word(options.key)).word(high_word(options.key)).number(options.scale);
  dispatch.items(count, static_cast<std::uint32_t>(kGroup), call.limits());
  call.dispatch(dispatch);
}

std::uint32_t self_test_in_place(const Node&, int output) { return output == 0 ? 1u : 0u; }

const Op self_test_op{.name = "self_test",
                      .shape = self_test_shape,
                      .cpu = {{&self_test_cpu}},
                      .gpu = self_test_gpu,
                      .in_place = self_test_in_place};

struct Outcome {
  std::vector<float> state;
  std::vector<std::uint32_t> first_sums;
  std::vector<std::uint32_t> second_sums;
};

Outcome run_on(const Device& device, std::int64_t count) {
  const State state(device, "self_test", {Shape{count}, DType::kF32});
  std::vector<float> ramp(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<float>(i % 97) * 0.05f - 2.0f;
  state.write(ramp);
  const std::vector<Tensor> first = self_test_step(read(state), {.key = 0x123456789abcdefull, .scale = 2});
  const std::vector<Tensor> second = self_test_step(first[0], {.key = 42, .scale = -0.5f});
  Program program(device, {first[1], second[1], assign(state, second[0])});
  program.run(3);
  return {state.values<float>(), program.values<std::uint32_t>(0), program.values<std::uint32_t>(1)};
}

bool close(const std::vector<float>& a, const std::vector<float>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!(std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i])) <= kTolerance)) return false;
  return a.size() == b.size();
}

}  // namespace

std::vector<Tensor> self_test_step(const Tensor& x, const SelfTestOptions& options) {
  return apply_all(self_test_op, {x}, options);
}

bool passes_self_test(const Device& device) {
  try {
    CpuOptions options;
    options.threads = 1;
    const Device cpu = cpu_device(options);
    for (const std::int64_t count : {1000, 4097}) {
      const Outcome right = run_on(cpu, count);
      const Outcome found = run_on(device, count);
      if (right.first_sums != found.first_sums || right.second_sums != found.second_sums) return false;
      if (!close(right.state, found.state)) return false;
    }
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace betwixt::detail
