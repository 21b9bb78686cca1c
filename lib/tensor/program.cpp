// SPDX-License-Identifier: MIT
#include "betwixt/tensor/program.h"

#include <algorithm>
#include <limits>

#include "betwixt/core/error.h"
#include "betwixt/core/guard_memory.h"

namespace betwixt {
namespace {

void check_states(const Device& device, const Plan& plan) {
  for (const PlanBuffer& buffer : plan.buffers)
    if (buffer.state.defined() && !(buffer.state.device() == device))
      throw Error(ErrorCode::kArgument, "program", "state %.64s lives on %.64s, the program is for %.64s",
                  buffer.state.name().c_str(), buffer.state.device().info().name.c_str(), device.info().name.c_str());
}

}  // namespace

Program::Program(const Device& device, std::vector<Tensor> outputs, const PlanOptions& options) : device_(device) {
  guard_memory("program", [&] {
    Plan plan = make_plan(outputs, device.backend().plan_rules(), options);
    check_states(device, plan);
    output_types_ = plan.output_types;
    peak_bytes_ = plan.arena_bytes;
    call_count_ = static_cast<int>(plan.calls.size());
    barrier_count_ = static_cast<int>(
        std::count_if(plan.calls.begin(), plan.calls.end(), [](const PlanCall& c) { return c.barrier; }));
    executable_ = device.backend().compile(std::move(plan));
  });
}

// The old executable goes before the device it runs on.
Program& Program::operator=(Program&& other) noexcept {
  executable_ = std::move(other.executable_);
  device_ = std::move(other.device_);
  output_types_ = std::move(other.output_types_);
  peak_bytes_ = other.peak_bytes_;
  call_count_ = other.call_count_;
  barrier_count_ = other.barrier_count_;
  return *this;
}

std::size_t Program::plan_bytes(const Device& device, const std::vector<Tensor>& outputs, const PlanOptions& options) {
  return guard_memory("program",
                      [&] { return make_plan(outputs, device.backend().plan_rules(), options).arena_bytes; });
}

RunResult Program::run(std::int64_t steps, const std::atomic<bool>* stop) {
  if (!executable_) throw Error(ErrorCode::kArgument, "program", "an empty program was run");
  if (steps < 0) throw Error(ErrorCode::kArgument, "program", "%lld steps", static_cast<long long>(steps));
  return executable_->run(steps, 0, stop);
}

RunResult Program::run_for(double milliseconds, const std::atomic<bool>* stop) {
  if (!executable_) throw Error(ErrorCode::kArgument, "program", "an empty program was run");
  if (!(milliseconds > 0)) throw Error(ErrorCode::kArgument, "program", "a budget of %g ms", milliseconds);
  return executable_->run(std::numeric_limits<std::int64_t>::max(), milliseconds, stop);
}

const TensorType& Program::output_type(int index) const {
  if (index < 0 || index >= static_cast<int>(output_types_.size()))
    throw Error(ErrorCode::kArgument, "program", "output %d of %zu", index, output_types_.size());
  return output_types_[static_cast<std::size_t>(index)];
}

void Program::check_output(int index, DType dtype) const {
  if (output_type(index).dtype != dtype)
    throw Error(ErrorCode::kDtype, "program", "output %d holds %s, not %s", index, dtype_name(output_type(index).dtype),
                dtype_name(dtype));
}

void Program::read_bytes(int index, std::span<std::byte> into) {
  if (into.size() != output_type(index).bytes())
    throw Error(ErrorCode::kShape, "program", "output %d has %zu bytes, room for %zu was given", index,
                output_type(index).bytes(), into.size());
  executable_->read_output(index, into);
}

}  // namespace betwixt
