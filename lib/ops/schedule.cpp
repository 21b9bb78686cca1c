// SPDX-License-Identifier: MIT
#include "betwixt/ops/schedule.h"

#include <cmath>

#include "betwixt/core/error.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(schedule_cpu)
void schedule_gpu(GpuCall& call);

namespace {

std::vector<TensorType> schedule_shape(const Node& node) {
  const auto& options = node.options<ScheduleOptions>();
  if (!std::isfinite(options.base) || !std::isfinite(options.factor) || !std::isfinite(options.final_value))
    throw Error(ErrorCode::kValue, "schedule", "base %g, factor %g, final value %g", options.base, options.factor,
                options.final_value);
  if (options.decay_every == 0) throw Error(ErrorCode::kArgument, "schedule", "decay_every is 0");
  if (node.input_shape(0).elements() != 1)
    throw Error(ErrorCode::kShape, "schedule", "the step is %s, not [1]", node.input_shape(0).text().c_str());
  if (node.input_type(0).dtype != DType::kU32)
    throw Error(ErrorCode::kDtype, "schedule", "the step is %s, not u32", dtype_name(node.input_type(0).dtype));
  return {{Shape{1}, DType::kF32}};
}

const Op schedule_op{
    .name = "schedule", .shape = schedule_shape, .cpu = schedule_cpu, .gpu = schedule_gpu, .gradient = zero_gradient};

}  // namespace

Tensor schedule(const Tensor& step, const ScheduleOptions& options) { return apply(schedule_op, {step}, options); }

}  // namespace betwixt
