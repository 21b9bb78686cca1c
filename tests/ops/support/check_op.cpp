// SPDX-License-Identifier: MIT
#include "tests/ops/support/check_op.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "betwixt/ops/binary.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/tensor/op.h"
#include "tests/ops/support/runner.h"
#include "tests/ops/support/test_device.h"

namespace betwixt::ops_test {
namespace {

using Types = std::vector<TensorType>;

constexpr double kTiny = 1e-37;  // results this small may be flushed to zero

std::string text(const char* format, auto... values) {
  char buffer[256];
  std::snprintf(buffer, sizeof(buffer), format, values...);
  return buffer;
}

std::size_t at(int i) { return static_cast<std::size_t>(i); }

Types input_types(const OpCase& op_case, DType float_type) {
  Types types;
  for (const InputSpec& spec : op_case.inputs)
    types.push_back({spec.shape, spec.dtype == DType::kF32 ? float_type : spec.dtype});
  return types;
}

std::vector<double> generate(const InputSpec& spec, const Generator& generator, std::uint64_t seed, bool round_to_f32) {
  InputRandom random(seed);
  std::vector<double> values;
  for (std::int64_t i = 0; i < spec.shape.elements(); ++i) {
    const double value = generator(i, random);
    values.push_back(round_to_f32 ? static_cast<double>(static_cast<float>(value)) : value);
  }
  return values;
}

/// Values are those of f32 in every mode, so that f32 and f64 runs compare.
Values input_values(const OpCase& op_case, bool small_integers) {
  Values values;
  for (std::size_t i = 0; i < op_case.inputs.size(); ++i) {
    const InputSpec& spec = op_case.inputs[i];
    const bool whole = small_integers && spec.dtype == DType::kF32;
    values.push_back(generate(spec, whole ? integers() : spec.values, 1000 + i, spec.dtype == DType::kF32));
  }
  return values;
}

void set_inputs(Runner& runner, const Values& values) {
  for (std::size_t i = 0; i < values.size(); ++i) runner.set_input(static_cast<int>(i), values[i]);
}

void add_damage(CheckReport& report, Runner& runner, const std::string& where) {
  if (const std::string damage = runner.take_damage(); !damage.empty())
    report.failures.push_back(where + ": " + damage);
}

double unit_in_last_place(double value, double unit) {
  int exponent = 0;
  std::frexp(std::abs(value), &exponent);
  return std::max(std::ldexp(2 * unit, exponent - 1), kTiny);
}

/// What is allowed for one element; `unit` is 2^-24 for f32.
double allowed_error(const Bound& bound, double expected, double magnitude, double unit) {
  switch (bound.kind) {
    case Bound::Kind::kExact:
      return 0;
    case Bound::Kind::kSum:
      return kSumConstant * (std::log2(std::max(1.0, bound.size)) + 16) * unit * magnitude + kTiny;
    case Bound::Kind::kUlp:
      return bound.size * unit_in_last_place(expected, unit) + bound.absolute * (unit * 0x1p24) + kTiny;
  }
  return 0;
}

struct Expected {
  Values values;
  Values magnitudes;
};

Expected expect(const OpCase& op_case, const Values& inputs) {
  Expected expected{op_case.oracle(inputs), {}};
  if (op_case.bound.kind != Bound::Kind::kSum) return expected;
  if (op_case.magnitude) {
    expected.magnitudes = op_case.magnitude(inputs);
    return expected;
  }
  Values absolute = inputs;
  for (std::size_t i = 0; i < absolute.size(); ++i)
    if (op_case.inputs[i].dtype == DType::kF32)
      for (double& v : absolute[i]) v = std::abs(v);
  expected.magnitudes = op_case.oracle(absolute);
  return expected;
}

/// Whether a result that must be exact is, as far as its storage can hold it.
bool is_same(double found, double expected, DType storage) {
  if (found == expected || (std::isnan(found) && std::isnan(expected))) return true;
  return storage == DType::kF16 && found == as_half(expected);
}

void compare_output(const std::vector<double>& found, const std::vector<double>& expected,
                    const std::vector<double>* magnitudes, const Bound& bound, double unit, const OpCase& op_case,
                    const std::string& where, CheckReport& report) {
  if (found.size() != expected.size()) {
    report.failures.push_back(where + text(": %zu elements, the oracle has %zu", found.size(), expected.size()));
    return;
  }
  double largest = 0;
  for (const double v : expected)
    if (std::isfinite(v)) largest = std::max(largest, std::abs(v));
  for (std::size_t i = 0; i < found.size(); ++i) {
    ++report.comparisons;
    if (is_same(found[i], expected[i], op_case.storage)) continue;
    double allowed = allowed_error(bound, expected[i], magnitudes ? std::abs((*magnitudes)[i]) : 0, unit);
    const bool rounds = bound.kind != Bound::Kind::kExact || op_case.halves_inside > 0;
    if (op_case.storage == DType::kF16 && rounds)
      allowed += half_error(expected[i], magnitudes ? std::abs((*magnitudes)[i]) : largest, op_case.halves_inside);
    if (allowed == HUGE_VAL) continue;
    const double error = std::abs(found[i] - expected[i]);
    const double ratio = allowed > 0 && std::isfinite(error) ? error / allowed : HUGE_VAL;
    report.worst = std::max(report.worst, ratio);
    if (ratio <= 1) continue;
    report.failures.push_back(
        where + text(": element %zu is %.9g, expected %.9g, allowed error %.3g", i, found[i], expected[i], allowed));
    return;
  }
}

void compare(Runner& runner, const Expected& expected, const Bound& bound, double unit, const OpCase& op_case,
             const std::string& where, CheckReport& report) {
  const Values found = runner.outputs();
  if (found.size() != expected.values.size()) {
    report.failures.push_back(where + text(": %zu outputs, the oracle has %zu", found.size(), expected.values.size()));
    return;
  }
  for (std::size_t o = 0; o < found.size(); ++o) {
    const DType dtype = runner.output_types()[o].dtype;
    const bool is_f64 = dtype == DType::kF64;
    // An f16 result is the oracle rounded to 11 bits.
    const double own_unit = dtype == DType::kF16 ? 0x1p-11 : is_f64 ? std::min(unit, 0x1p-53) : unit;
    compare_output(found[o], expected.values[o], expected.magnitudes.empty() ? nullptr : &expected.magnitudes[o],
                   is_float(dtype) ? bound : exact(), own_unit, op_case, where + text(" output %zu", o), report);
  }
}

bool runs_on_integers(const OpCase& op_case) {
  return op_case.bound.kind == Bound::Kind::kSum && op_case.exact_on_integers;
}

/// f64 kernels need not beat the C library, which may be off by a few units.
Bound f64_bound(Bound bound) {
  if (bound.kind == Bound::Kind::kUlp) bound.size = 16 * (bound.size + 1);
  return bound;
}

/// Vulkan allows division 2.5 units and the functions built on it about as much.
Bound device_bound(Bound bound) {
  if (bound.kind == Bound::Kind::kUlp) bound.size += 3;
  return bound;
}

void forward_on(const Device& device, Layout layout, const OpCase& op_case, const std::string& where,
                CheckReport& report, bool is_cpu) {
  if (!op_case.oracle) return;
  for (const bool whole : {false, true}) {
    if (whole && !runs_on_integers(op_case)) continue;
    const Values inputs = input_values(op_case, whole);
    const Expected expected = expect(op_case, inputs);
    for (const DType type : {DType::kF32, DType::kF64}) {
      if (type == DType::kF64 && !is_cpu) continue;
      Runner runner(device, input_types(op_case, type), op_case.build, layout, {.storage = op_case.storage});
      set_inputs(runner, inputs);
      runner.run();
      const std::string name = where + " " + dtype_name(type) + (whole ? " integers" : "");
      const Bound of_type = type == DType::kF64 ? f64_bound(op_case.bound) : op_case.bound;
      const Bound bound = whole ? exact() : is_cpu ? of_type : device_bound(of_type);
      compare(runner, expected, bound, 0x1p-24, op_case, name, report);
      if (layout != Layout::kStates) add_damage(report, runner, name);
    }
  }
}

/// The gradients of the weighted sum of all float outputs; inputs are those of the case, then one weight per output.
Builder gradient_builder(const OpCase& op_case) {
  return [&op_case](const Tensors& all) {
    const Tensors inputs(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(op_case.inputs.size()));
    Tensors wrt;
    for (const int i : op_case.differentiable) wrt.push_back(inputs[at(i)]);
    const Tensors outputs = op_case.build(inputs);
    Tensors gradients;
    std::size_t weight = inputs.size();
    for (const Tensor& output : outputs) {
      if (!is_float(output.dtype())) continue;
      const Tensors part = gradient(output, wrt, all[weight++]);
      if (gradients.empty()) {
        gradients = part;
        continue;
      }
      for (std::size_t i = 0; i < part.size(); ++i) gradients[i] = add(gradients[i], part[i]);
    }
    return gradients;
  };
}

/// Types of the outputs of `build`.
Types output_types(const Types& inputs, const Builder& build) {
  const Device device = fenced_cpu(Isa::kBaseline, 1);
  Tensors tensors;
  for (const TensorType& type : inputs) tensors.push_back(read(State(device, "probe", type)));
  Types types;
  for (const Tensor& output : build(tensors)) types.push_back(output.type());
  return types;
}

/// A case and its gradient, with the weights that make a scalar of the outputs.
struct GradientSetup {
  Types types;    ///< inputs, then weights
  Values values;  ///< likewise
  Builder build;
};

GradientSetup gradient_setup(const OpCase& op_case, DType float_type) {
  GradientSetup setup{input_types(op_case, float_type), input_values(op_case, false), gradient_builder(op_case)};
  std::uint64_t seed = 77;
  for (const TensorType& output : output_types(setup.types, op_case.build)) {
    if (!is_float(output.dtype)) continue;
    setup.types.push_back(output);
    setup.values.push_back(generate({.shape = output.shape}, uniform(), seed++, true));
    if (op_case.storage == DType::kF16)
      for (double& value : setup.values.back()) value = as_half(value);
  }
  return setup;
}

/// sum over outputs of <weight, output>, for the float outputs of `runner`.
double weighted_sum(Runner& runner, const Values& weights) {
  long double total = 0;
  std::size_t weight = 0;
  for (std::size_t o = 0; o < runner.output_types().size(); ++o) {
    if (!is_float(runner.output_types()[o].dtype)) continue;
    const std::vector<double> output = runner.output(static_cast<int>(o));
    for (std::size_t i = 0; i < output.size(); ++i) total += static_cast<long double>(output[i]) * weights[weight][i];
    ++weight;
  }
  return static_cast<double>(total);
}

/// Compares `gradients` (one per differentiable input) of weighted_sum(runner) with 4-point central differences.
void compare_with_differences(Runner& runner, Values inputs, const Values& weights, const std::vector<int>& wrt,
                              const Values& gradients, double rtol, const std::string& where, CheckReport& report) {
  for (std::size_t k = 0; k < wrt.size(); ++k) {
    std::vector<double>& x = inputs[at(wrt[k])];
    const std::size_t probes = x.size() <= 4096 ? 48 : 6;
    const std::size_t step = std::max<std::size_t>(1, x.size() / probes);
    for (std::size_t i = 0; i < x.size(); i += step) {
      const double centre = x[i];
      constexpr double h = 1e-3;
      auto value_at = [&](double v) {
        x[i] = v;
        runner.set_input(wrt[k], x);
        runner.run();
        return weighted_sum(runner, weights);
      };
      const double difference =
          (8 * (value_at(centre + h) - value_at(centre - h)) - (value_at(centre + 2 * h) - value_at(centre - 2 * h))) /
          (12 * h);
      x[i] = centre;
      const double allowed = 1e-8 + rtol * std::abs(difference);
      const double error = std::abs(gradients[k][i] - difference);
      ++report.comparisons;
      report.worst = std::max(report.worst, std::isfinite(error) ? error / allowed : HUGE_VAL);
      if (error <= allowed) continue;
      report.failures.push_back(where + text(": input %d element %zu: gradient %.12g, differences give %.12g", wrt[k],
                                             i, gradients[k][i], difference));
      break;
    }
    runner.set_input(wrt[k], x);
  }
}

Values gradients_in_f64(const OpCase& op_case) {
  const GradientSetup setup = gradient_setup(op_case, DType::kF64);
  Runner runner(fenced_cpu(available_isas().back(), 1), setup.types, setup.build, Layout::kFenced);
  set_inputs(runner, setup.values);
  runner.run();
  return runner.outputs();
}

/// f32 gradients on `device` against f64 on the CPU, relative to the largest of the tensor.
void compare_f32_gradients(const Device& device, Layout layout, const OpCase& op_case, const std::string& where,
                           CheckReport& report) {
  const Values expected = gradients_in_f64(op_case);
  const GradientSetup setup = gradient_setup(op_case, DType::kF32);
  Runner runner(device, setup.types, setup.build, layout, {.storage = op_case.storage});
  set_inputs(runner, setup.values);
  runner.run();
  for (std::size_t k = 0; k < expected.size(); ++k) {
    const std::vector<double> found = runner.output(static_cast<int>(k));
    double largest = 1e-3;
    for (const double v : expected[k]) largest = std::max(largest, std::abs(v));
    for (std::size_t i = 0; i < found.size(); ++i) {
      ++report.comparisons;
      const double error = std::abs(found[i] - expected[k][i]);
      if (error <= op_case.device_gradient_tolerance * largest) continue;
      report.failures.push_back(where + text(" f32 gradient of input %d element %zu is %.9g, expected %.9g",
                                             op_case.differentiable[k], i, found[i], expected[k][i]));
      break;
    }
  }
  if (layout != Layout::kStates) add_damage(report, runner, where + " gradient");
}

std::vector<std::vector<std::byte>> result_bytes(const Types& types, const Values& values, const Builder& build,
                                                 int threads, Layout layout, bool alias, CheckReport& report) {
  Runner runner(fenced_cpu(available_isas().back(), threads), types, build, layout, {.alias = alias});
  set_inputs(runner, values);
  runner.run();
  std::vector<std::vector<std::byte>> bytes;
  for (std::size_t o = 0; o < runner.output_types().size(); ++o)
    bytes.push_back(runner.output_bytes(static_cast<int>(o)));
  add_damage(report, runner, text("%d threads, aliasing %s", threads, alias ? "on" : "off"));
  return bytes;
}

void same_bits(const Types& types, const Values& values, const Builder& build, const std::string& what,
               CheckReport& report) {
  const auto expected = result_bytes(types, values, build, 1, Layout::kFenced, true, report);
  auto check = [&](int threads, Layout layout, bool alias, const char* where) {
    ++report.comparisons;
    if (result_bytes(types, values, build, threads, layout, alias, report) != expected)
      report.failures.push_back(what + text(" differs with %d threads, %s", threads, where));
  };
  for (const int threads : {2, 4, 8}) check(threads, Layout::kFenced, true, "separate blocks");
  check(2, Layout::kInterior, true, "aliasing on");
  check(2, Layout::kInterior, false, "aliasing off");
}

/// The same bits in a second run and with every tensor in memory of its own.
void same_bits_without_aliasing(const Device& device, const OpCase& op_case, CheckReport& report) {
  std::vector<std::vector<std::byte>> expected;
  for (const bool alias : {true, false}) {
    Runner runner(device, input_types(op_case, DType::kF32), op_case.build, Layout::kStates,
                  {.alias = alias, .storage = op_case.storage});
    set_inputs(runner, input_values(op_case, false));
    for (int run = 0; run < 2; ++run) {
      runner.run();
      std::vector<std::vector<std::byte>> found;
      for (std::size_t o = 0; o < runner.output_types().size(); ++o)
        found.push_back(runner.output_bytes(static_cast<int>(o)));
      if (expected.empty()) expected = found;
      ++report.comparisons;
      if (found != expected)
        report.failures.push_back(text("differs in run %d, aliasing %s", run + 1, alias ? "on" : "off"));
    }
  }
}

void collect_names(const Tensors& outputs, std::set<std::string>& names) {
  std::set<const Node*> seen;
  std::vector<const Node*> open;
  auto visit = [&](const Tensor& tensor) {
    if (tensor.defined() && seen.insert(&tensor.node()).second) open.push_back(&tensor.node());
  };
  for (const Tensor& output : outputs) visit(output);
  while (!open.empty()) {
    const Node* node = open.back();
    open.pop_back();
    names.insert(node->op->name);
    for (const Tensor& input : node->inputs) visit(input);
  }
}

}  // namespace

CheckReport check_forward(const OpCase& op_case) {
  CheckReport report;
  if (!op_case.oracle) report.skipped = "no oracle";
  for (const Isa isa : available_isas())
    forward_on(fenced_cpu(isa, 2), Layout::kFenced, op_case, isa_name(isa), report, true);
  return report;
}

CheckReport check_determinism(const OpCase& op_case) {
  CheckReport report;
  same_bits(input_types(op_case, DType::kF32), input_values(op_case, false), op_case.build, "result", report);
  if (op_case.differentiable.empty()) return report;
  const GradientSetup setup = gradient_setup(op_case, DType::kF32);
  same_bits(setup.types, setup.values, setup.build, "gradient", report);
  return report;
}

CheckReport check_gradient(const OpCase& op_case) {
  CheckReport report;
  if (op_case.differentiable.empty()) {
    report.skipped = "not differentiable";
    return report;
  }
  const GradientSetup setup = gradient_setup(op_case, DType::kF64);
  const auto count = static_cast<std::ptrdiff_t>(op_case.inputs.size());
  const Values inputs(setup.values.begin(), setup.values.begin() + count);
  const Values weights(setup.values.begin() + count, setup.values.end());
  Runner forward(fenced_cpu(available_isas().back(), 2), input_types(op_case, DType::kF64), op_case.build,
                 Layout::kStates);
  set_inputs(forward, inputs);
  compare_with_differences(forward, inputs, weights, op_case.differentiable, gradients_in_f64(op_case),
                           op_case.gradient_rtol, "gradient", report);
  for (const Isa isa : available_isas())
    compare_f32_gradients(fenced_cpu(isa, 2), Layout::kFenced, op_case, isa_name(isa), report);
  return report;
}

// The gradient of a case is a case itself: its inputs are those of the case and the weights, and it is differentiable
// in the same inputs and in the weights.
CheckReport check_second_order(const OpCase& op_case) {
  CheckReport report;
  if (op_case.differentiable.empty() || !op_case.second_order) {
    report.skipped = "not differentiable twice";
    return report;
  }
  const GradientSetup setup = gradient_setup(op_case, DType::kF64);
  OpCase first_order{.options = op_case.options, .inputs = op_case.inputs, .build = setup.build};
  for (std::size_t i = op_case.inputs.size(); i < setup.types.size(); ++i) {
    const std::vector<double>& weights = setup.values[i];
    first_order.inputs.push_back({.shape = setup.types[i].shape, .values = [weights](std::int64_t index, InputRandom&) {
                                    return weights[static_cast<std::size_t>(index)];
                                  }});
  }
  first_order.differentiable = op_case.differentiable;
  for (std::size_t i = op_case.inputs.size(); i < first_order.inputs.size(); ++i)
    first_order.differentiable.push_back(static_cast<int>(i));
  const GradientSetup second = gradient_setup(first_order, DType::kF64);
  const auto count = static_cast<std::ptrdiff_t>(first_order.inputs.size());
  const Values inputs(second.values.begin(), second.values.begin() + count);
  const Values weights(second.values.begin() + count, second.values.end());
  Runner forward(fenced_cpu(available_isas().back(), 2), input_types(first_order, DType::kF64), first_order.build,
                 Layout::kStates);
  set_inputs(forward, inputs);
  compare_with_differences(forward, inputs, weights, first_order.differentiable, gradients_in_f64(first_order),
                           op_case.gradient_rtol, "second order", report);
  return report;
}

CheckReport check_on_device(const OpCase& op_case, const Device& device) {
  CheckReport report;
  try {
    forward_on(device, Layout::kGuarded, op_case, device.info().name, report, false);
    same_bits_without_aliasing(device, op_case, report);
    if (!op_case.differentiable.empty())
      compare_f32_gradients(device, Layout::kGuarded, op_case, device.info().name, report);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnsupported) throw;
    report.skipped = error.what();
  }
  for (const std::string& message : take_device_messages()) report.failures.push_back(message);
  return report;
}

CheckReport check_refusals(const OpEntry& entry) {
  CheckReport report;
  for (const Refused& refused : entry.refused) {
    ++report.comparisons;
    try {
      refused.call();
      report.failures.push_back(refused.what + ": nothing was thrown");
    } catch (const Error& error) {
      if (error.code() != refused.code) report.failures.push_back(refused.what + ": threw " + error.what());
    }
  }
  return report;
}

CheckReport check_coverage(const OpEntry& entry) {
  std::set<std::string> used;
  for (const OpCase& op_case : entry.cases()) {
    auto collect = [&](const Tensors& outputs) { collect_names(outputs, used); };
    auto probe = [&](const Types& types, const Builder& build) {
      output_types(types, [&](const Tensors& inputs) {
        const Tensors outputs = build(inputs);
        collect(outputs);
        return outputs;
      });
    };
    probe(input_types(op_case, DType::kF32), op_case.build);
    if (op_case.differentiable.empty()) continue;
    const GradientSetup setup = gradient_setup(op_case, DType::kF32);
    probe(setup.types, setup.build);
  }
  CheckReport report;
  for (const std::string& name : entry.ops)
    if (++report.comparisons; !used.contains(name)) report.failures.push_back("no case uses " + name);
  return report;
}

}  // namespace betwixt::ops_test
