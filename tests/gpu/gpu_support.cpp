// SPDX-License-Identifier: MIT
#include "tests/gpu/gpu_support.h"

#include <bit>
#include <cstring>
#include <utility>

#include "betwixt/tensor/gpu_call.h"
#include "tests/support/needs.h"
#include "tests/support/vulkan_options.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

namespace betwixt::test_gpu {
namespace {

// The layer's own validation of hazards leaks in version 1.3.239.
void count_leaks(bool count) {
#if defined(__SANITIZE_ADDRESS__)
  count ? __lsan_enable() : __lsan_disable();
#else
  static_cast<void>(count);
#endif
}

constexpr std::size_t kDropped = 16;

std::vector<TensorType> same_type(const Node& node) { return {node.input_type(0)}; }

void copy_words(GpuCall& call, const GpuOperand& from, const GpuOperand& to) {
  const auto words = static_cast<std::uint32_t>(call.out_shape().elements());
  GpuDispatch dispatch("copy", {from, to});
  call.dispatch(dispatch.constant(64).word(words).word(0).items(words, 64, call.limits()));
}

void copy_cpu(const CpuCall& call) {
  std::memcpy(call.outputs[0], call.inputs[0], static_cast<std::size_t>(call.out_shape().elements()) * 4);
}

std::vector<TensorType> drop_shape(const Node& node) {
  return {{Shape{node.input_shape(0)[0] - static_cast<std::int64_t>(kDropped)}, DType::kF32}};
}
void drop_cpu(const CpuCall& call) {
  std::memcpy(call.outputs[0], call.in<float>(0) + kDropped, static_cast<std::size_t>(call.out_shape()[0]) * 4);
}
std::int64_t drop_alias(const Node&) { return kDropped * sizeof(float); }
const Op drop_op{.name = "drop_sixteen", .shape = drop_shape, .cpu = {{&drop_cpu}}, .alias = drop_alias};

std::size_t scratch_bytes(const Node& node, const GpuLimits&) { return node.input_type(0).bytes(); }
void scratch_gpu(GpuCall& call) {
  copy_words(call, gpu_in(0), gpu_scratch());
  if (call.options<bool>()) call.barrier();
  copy_words(call, gpu_scratch(), gpu_out());
}
const Op scratch_op{.name = "through_scratch",
                    .shape = same_type,
                    .cpu = {{&copy_cpu}},
                    .gpu = scratch_gpu,
                    .gpu_scratch = scratch_bytes};

std::vector<float> counting(const Node& node) {
  std::vector<float> values(static_cast<std::size_t>(node.output_shape().elements()));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.001f * static_cast<float>(i);
  return values;
}
std::vector<TensorType> constant_shape(const Node& node) {
  return {{Shape{node.options<std::int64_t>()}, DType::kF32}};
}
void constant_cpu(const CpuCall& call) {
  const std::vector<float> values = counting(call.node);
  std::memcpy(call.outputs[0], values.data(), values.size() * 4);
}
void constant_gpu(GpuCall& call) { call.upload(0, std::as_bytes(std::span<const float>(counting(call.node())))); }
const Op constant_op{.name = "counting_constant",
                     .shape = constant_shape,
                     .cpu = {{&constant_cpu}},
                     .gpu = constant_gpu,
                     .constant = true};

const Op cpu_only_op{.name = "cpu_only", .shape = same_type, .cpu = {{&copy_cpu}}};

void raw_gpu(GpuCall& call) {
  const RawDispatch& options = call.options<RawDispatch>();
  const auto words = static_cast<std::uint32_t>(call.out_shape().elements()) + options.extra_words;
  GpuDispatch dispatch("copy", {gpu_in(0), gpu_out()});
  call.dispatch(dispatch.constant(options.invocations).word(words).word(0).grid(options.groups));
}
const Op raw_op{.name = "raw_dispatch", .shape = same_type, .cpu = {{&copy_cpu}}, .gpu = raw_gpu};

}  // namespace

VulkanValidation Messages::validation(bool synchronization) {
  VulkanValidation validation;
  validation.synchronization = synchronization;
  validation.report = [this](const std::string& message) {
    const std::lock_guard<std::mutex> lock(mutex_);
    messages_.push_back(message);
  };
  return validation;
}

std::vector<std::string> Messages::take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(messages_, {});
}

void GpuTest::SetUp() { BETWIXT_NEEDS_VULKAN(); }

void GpuTest::TearDown() {
  for (const std::string& message : messages_.take()) ADD_FAILURE() << message;
  if (ignores_leaks_) count_leaks(true);
}

Device GpuTest::device(VulkanOptions options, bool synchronization) {
  options.validation = messages_.validation(synchronization);
  if (synchronization && !ignores_leaks_) {
    ignores_leaks_ = true;
    count_leaks(false);
  }
  return vulkan_device(test_vulkan_options(options));
}

Tensor drop_sixteen(const Tensor& x) { return apply(drop_op, {x}); }
Tensor through_scratch(const Tensor& x, bool with_barrier) { return apply(scratch_op, {x}, with_barrier); }
Tensor counting_constant(std::int64_t count) { return apply(constant_op, {}, count); }
Tensor cpu_only(const Tensor& x) { return apply(cpu_only_op, {x}); }
Tensor raw_dispatch(const Tensor& x, const RawDispatch& options) { return apply(raw_op, {x}, options); }

std::vector<float> ramp(std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 101) * 0.03f - 1.5f;
  return values;
}

State ramp_state(const Device& device, std::int64_t count, const char* name) {
  const State state(device, name, {Shape{count}, DType::kF32});
  state.write(ramp(count));
  return state;
}

std::vector<Tensor> busy_outputs(const State& state) {
  const std::int64_t count = state.type().shape[0];
  const std::vector<Tensor> first = detail::self_test_step(read(state), {.key = 7, .scale = 0.5f});
  const Tensor moved = through_scratch(first[0]);
  const std::vector<Tensor> second = detail::self_test_step(moved, {.key = 11, .scale = 1.5f});
  const Tensor tail = drop_sixteen(second[0]);
  const std::vector<Tensor> third = detail::self_test_step(tail, {.key = 13, .scale = 0.25f});
  const Tensor constant = counting_constant(count);
  return {third[0], third[1], constant, read(state), assign(state, second[0])};
}

std::vector<std::uint32_t> busy_results(Program& program, const State& state) {
  std::vector<std::uint32_t> bits;
  auto add = [&](const std::vector<float>& values) {
    for (const float value : values) bits.push_back(std::bit_cast<std::uint32_t>(value));
  };
  add(program.values<float>(0));
  for (const std::uint32_t sum : program.values<std::uint32_t>(1)) bits.push_back(sum);
  add(program.values<float>(2));
  add(program.values<float>(3));
  add(state.values<float>());
  return bits;
}

std::vector<std::uint32_t> run_busy(const Device& device, std::int64_t count, std::int64_t steps,
                                    const PlanOptions& options) {
  const State state = ramp_state(device, count);
  Program program(device, busy_outputs(state), options);
  program.run(steps);
  return busy_results(program, state);
}

}  // namespace betwixt::test_gpu
