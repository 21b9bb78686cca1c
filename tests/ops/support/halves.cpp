// SPDX-License-Identifier: MIT
// Cases of the conformance table with tensors stored as f16 (PlanOptions::storage).
#include <algorithm>
#include <cmath>
#include <set>

#include "betwixt/core/half.h"
#include "betwixt/tensor/op.h"
#include "betwixt/tensor/plan.h"
#include "tests/ops/support/check_op.h"
#include "tests/ops/support/runner.h"

namespace betwixt::ops_test {
namespace {

// Of gradients, against f64: every value on the way may be rounded to 11 bits.
constexpr double kGradientTolerance = 0x1p-7;

/// A value of its own, which can be stored as halves where the inputs and results of a program cannot.
Tensors own_values(const Tensors& tensors) {
  Tensors result;
  for (const Tensor& tensor : tensors) result.push_back(tensor.dtype() == DType::kF32 ? stored(tensor) : tensor);
  return result;
}

/// Ops that compute between the inputs and the results, but for one.
int ops_inside(const OpCase& op_case) {
  Tensors open;
  for (const InputSpec& input : op_case.inputs)
    open.push_back(read(State(fenced_cpu(Isa::kBaseline, 1), "probe", {input.shape, input.dtype})));
  open = op_case.build(open);
  std::set<const Node*> seen;
  int count = 0;
  while (!open.empty()) {
    const Tensor tensor = open.back();
    open.pop_back();
    if (!seen.insert(&tensor.node()).second) continue;
    const Op& op = *tensor.node().op;
    count += !is_state_read(tensor.node()) && !(op.alias && op.alias(tensor.node()) >= 0) ? 1 : 0;
    open.insert(open.end(), tensor.node().inputs.begin(), tensor.node().inputs.end());
  }
  return std::max(count - 1, 0);
}

}  // namespace

double as_half(double value) { return static_cast<double>(half_to_float(float_to_half(static_cast<float>(value)))); }

double half_error(double expected, double scale, int halves_inside) {
  const double rounded = std::abs(expected) + halves_inside * scale;
  if (rounded > 65504) return HUGE_VAL;
  return 0x1p-11 * rounded + (1 + halves_inside) * 0x1p-25;
}

OpCase in_halves(const OpCase& op_case) {
  OpCase result = op_case;
  result.storage = DType::kF16;
  result.halves_inside = ops_inside(op_case);
  for (InputSpec& input : result.inputs) {
    if (input.dtype != DType::kF32) continue;
    input.values = [values = input.values](std::int64_t index, InputRandom& random) {
      return as_half(values(index, random));
    };
  }
  result.build = [build = op_case.build](const Tensors& inputs) { return own_values(build(own_values(inputs))); };
  result.device_gradient_tolerance = std::max(op_case.device_gradient_tolerance, kGradientTolerance);
  return result;
}

CheckReport check_in_halves(const OpCase& op_case, const Device& device) {
  if (device.info().can_store_f16) return check_on_device(in_halves(op_case), device);
  CheckReport report;
  report.skipped = "the device cannot store f16";
  return report;
}

}  // namespace betwixt::ops_test
