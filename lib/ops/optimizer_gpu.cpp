// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/optimizer_gpu.h"

#include <cmath>

#include "betwixt/ops/detail/gpu_launch.h"
#include "betwixt/ops/detail/optimizer_options.h"
#include "betwixt/ops/optimizer.h"

// A dispatch sees four buffers, and inputs and outputs may be the same memory or not. So the scalars of a step are
// first gathered at the head of the scratch memory; an array behind them carries what does not fit from dispatch to
// dispatch.

namespace betwixt {
namespace {

constexpr std::size_t kArray = 16;  ///< bytes of scalars before the array
constexpr GpuOperand kScalars = gpu_scratch(0, kArray);

std::size_t scratch_with_array(const Node& node) {
  return kArray + sizeof(float) * static_cast<std::size_t>(node.input_shape(0).elements());
}

/// One invocation for every four elements.
void run_vectors(GpuCall& call, GpuDispatch& dispatch) {
  run_items(call, dispatch, gpu_vectors(call.in_shape(0).elements()));
}

GpuDispatch over_elements(GpuCall& call, const char* shader, std::initializer_list<GpuOperand> operands) {
  GpuDispatch dispatch(shader, operands);
  dispatch.word(gpu_word(call.in_shape(0).elements()));
  return dispatch;
}

void record_weighted_sum(GpuCall& call, const GpuOperand& a, const GpuOperand& b, const GpuOperand& result,
                         double first, double second) {
  GpuDispatch dispatch = over_elements(call, "weighted_sum", {a, b, result});
  dispatch.constant(kGpuLocal).number(static_cast<float>(first)).number(static_cast<float>(second));
  run_vectors(call, dispatch);
}

/// The gradient, or with L2 decay gradient + decay * parameters in the array.
GpuOperand decayed_gradient(GpuCall& call, double decay) {
  if (decay == 0) return gpu_in(1);
  record_weighted_sum(call, gpu_in(1), gpu_in(0), gpu_scratch(kArray), 1, decay);
  return gpu_scratch(kArray);
}

/// Logarithm of a decay rate, finite for 0.
float log_of(double beta) { return static_cast<float>(std::fmax(std::log(beta), -1e4)); }

/// Without `enable` the scalars wait for nothing.
void record_adam_prepare(GpuCall& call, const AdamOptions& options, bool enable) {
  GpuDispatch dispatch("optimizer_prepare", {gpu_in(5), gpu_in(enable ? 6 : 5), gpu_in(4), kScalars});
  dispatch.constant(kGpuLocal).constant(1).constant(enable).number(log_of(options.beta1)).number(log_of(options.beta2));
  dispatch.number(static_cast<float>(options.decoupled ? options.weight_decay : 0));
  run_items(call, dispatch, 1);
}

void record_adam_moment(GpuCall& call, const GpuOperand& gradient, bool second, double beta, double epsilon) {
  const int moment = second ? 2 : 1;
  GpuDispatch dispatch =
      over_elements(call, second ? "adam_second_moment" : "adam_moment",
                    {gpu_in(moment + 1), gradient, gpu_out(moment), second ? gpu_scratch() : kScalars});
  dispatch.constant(kGpuLocal);
  dispatch.number(static_cast<float>(beta)).number(static_cast<float>(1 - beta)).number(static_cast<float>(epsilon));
  run_vectors(call, dispatch);
}

void record_adam_update(GpuCall& call, bool in_place, std::initializer_list<GpuOperand> operands) {
  GpuDispatch update = over_elements(call, "adam_update", operands);
  update.constant(kGpuLocal).constant(in_place);
  update.number(static_cast<float>(call.options<AdamOptions>().epsilon));
  run_vectors(call, update);
}

/// Whether one dispatch can do it all: it then sees the scalars through the binding of the gradient.
bool is_at_once(GpuCall& call, const GpuOperand& gradient) {
  return call.in_place(0, 0) && call.in_place(1, 2) && call.in_place(2, 3) &&
         call.same_buffer(gradient, gpu_scratch()) && call.same_buffer(gradient, gpu_in(6));
}

void record_adam_at_once(GpuCall& call, const GpuOperand& gradient) {
  const auto& options = call.options<AdamOptions>();
  GpuDispatch step = over_elements(call, "adam_step", {gpu_out(0), gpu_out(1), gpu_out(2), gradient});
  step.constant(kGpuLocal);
  for (const double beta : {options.beta1, options.beta2})
    step.number(static_cast<float>(beta)).number(static_cast<float>(1 - beta));
  step.number(static_cast<float>(options.epsilon)).share(3, kScalars).share(3, gpu_in(6));
  run_vectors(call, step);
}

/// Three buffers and the scalars: two dispatches, and no divisors in memory.
void record_adam_in_place(GpuCall& call, const GpuOperand& gradient) {
  const auto& options = call.options<AdamOptions>();
  GpuDispatch moments = over_elements(call, "adam_moments", {gpu_out(1), gpu_out(2), gradient, gpu_scratch()});
  moments.constant(kGpuLocal);
  for (const double beta : {options.beta1, options.beta2})
    moments.number(static_cast<float>(beta)).number(static_cast<float>(1 - beta));
  run_vectors(call, moments);
  call.barrier();
  record_adam_update(call, true, {gpu_out(0), gpu_out(1), gpu_out(2), gpu_scratch()});
}

void record_sgd_buffer(GpuCall& call, const GpuOperand& gradient, const SgdOptions& options) {
  GpuDispatch dispatch = over_elements(call, "sgd_buffer", {gpu_in(4), gradient, gpu_out(1), gpu_scratch()});
  dispatch.constant(kGpuLocal).constant(options.nesterov).number(static_cast<float>(options.momentum));
  run_items(call, dispatch, call.in_shape(0).elements());
}

}  // namespace

void sgd_step_gpu(GpuCall& call) {
  const auto& options = call.options<SgdOptions>();
  GpuDispatch prepare("optimizer_prepare", {gpu_in(2), gpu_in(3), gpu_in(2), kScalars});
  prepare.constant(kGpuLocal).constant(0).constant(1).number(0).number(0).number(0);
  run_items(call, prepare, 1);
  GpuOperand step = decayed_gradient(call, options.weight_decay);
  call.barrier();
  if (call.node().input_count() > 4) {
    record_sgd_buffer(call, step, options);
    step = options.nesterov ? gpu_scratch(kArray) : gpu_out(1);
    // Without a step the buffer is not a direction, but then the parameters stay as well.
    call.barrier();
  }
  GpuDispatch update = over_elements(call, "sgd_update", {gpu_in(0), step, gpu_scratch(), gpu_out(0)});
  update.constant(kGpuLocal);
  run_vectors(call, update);
}

std::size_t sgd_step_gpu_scratch(const Node& node, const GpuLimits&) {
  const auto& options = node.options<SgdOptions>();
  const bool array = options.weight_decay != 0 || (options.momentum != 0 && options.nesterov);
  return array ? scratch_with_array(node) : kArray;
}

void adam_step_gpu(GpuCall& call) {
  const auto& options = call.options<AdamOptions>();
  const double decay = options.decoupled ? 0 : options.weight_decay;
  const bool at_once = is_at_once(call, decay == 0 ? gpu_in(1) : gpu_scratch(kArray));
  record_adam_prepare(call, options, !at_once);
  const GpuOperand gradient = decayed_gradient(call, decay);
  call.barrier();
  if (at_once) return record_adam_at_once(call, gradient);
  if (call.in_place(0, 0) && call.in_place(1, 2) && call.in_place(2, 3)) return record_adam_in_place(call, gradient);
  record_adam_moment(call, gradient, false, options.beta1, options.epsilon);
  // The second moment leaves the divisors where the decayed gradient was, behind the scalars that the first one reads.
  call.barrier();
  record_adam_moment(call, gradient, true, options.beta2, options.epsilon);
  call.barrier();
  record_adam_update(call, false, {gpu_in(0), gpu_out(1), gpu_scratch(), gpu_out(0)});
}

std::size_t adam_step_gpu_scratch(const Node& node, const GpuLimits&) { return scratch_with_array(node); }

void ema_update_gpu(GpuCall& call) {
  const double decay = call.options<EmaOptions>().decay;
  record_weighted_sum(call, gpu_in(0), gpu_in(1), gpu_out(0), decay, 1 - decay);
}

}  // namespace betwixt
