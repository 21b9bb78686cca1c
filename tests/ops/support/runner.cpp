// SPDX-License-Identifier: MIT
#include "tests/ops/support/runner.h"

#include <cmath>
#include <cstring>
#include <map>

#include "betwixt/tensor/op.h"
#include "tests/ops/support/fenced_allocator.h"

namespace betwixt::ops_test {
namespace {

FencedAllocator& fences() {
  static FencedAllocator allocator;
  return allocator;
}

// Two ops of the harness itself: one that uses its inputs and does nothing, so that a program can end in updates of
// states alone; one that copies, so that an input is a value some kernel has just computed.

std::vector<TensorType> keep_shape(const Node&) { return {{Shape{}, DType::kF32}}; }
void keep_cpu(const CpuCall& call) { *call.out<float>() = 0; }
std::vector<TensorType> fresh_shape(const Node& node) { return {node.inputs[0].type()}; }
void fresh_cpu(const CpuCall& call) { std::memcpy(call.outputs[0], call.inputs[0], call.node.output_type().bytes()); }
std::vector<Tensor> fresh_gradient(const GradientCall& call) { return {call.output_gradient()}; }

const Op keep_op{.name = "test_keep", .shape = keep_shape, .cpu = {{&keep_cpu}}};
const Op fresh_op{.name = "test_fresh", .shape = fresh_shape, .cpu = {{&fresh_cpu}}, .gradient = fresh_gradient};

constexpr std::int64_t kGuardBytes = 4096;
constexpr std::uint8_t kGuardByte = 0xA5;

template <class T>
std::vector<double> widened(const std::vector<std::byte>& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return std::vector<double>(values.begin(), values.end());
}

template <class T>
std::vector<std::byte> narrowed(const std::vector<double>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T value = static_cast<T>(values[i]);
    std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
  }
  return bytes;
}

double half_to_double(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const double mantissa = bits & 1023;
  const double sign = bits & 0x8000 ? -1 : 1;
  if (exponent == 31) return mantissa != 0 ? std::nan("") : sign * HUGE_VAL;
  return sign * (exponent ? std::ldexp(1024 + mantissa, exponent - 25) : std::ldexp(mantissa, -24));
}

}  // namespace

std::vector<double> decode(const std::vector<std::byte>& bytes, DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return widened<float>(bytes);
    case DType::kF64:
      return widened<double>(bytes);
    case DType::kU8:
      return widened<std::uint8_t>(bytes);
    case DType::kI32:
      return widened<std::int32_t>(bytes);
    case DType::kU32:
      return widened<std::uint32_t>(bytes);
    case DType::kF16:
      break;
  }
  std::vector<double> values = widened<std::uint16_t>(bytes);
  for (double& v : values) v = half_to_double(static_cast<std::uint16_t>(v));
  return values;
}

std::vector<std::byte> encode(const std::vector<double>& values, DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return narrowed<float>(values);
    case DType::kF64:
      return narrowed<double>(values);
    case DType::kU8:
      return narrowed<std::uint8_t>(values);
    case DType::kI32:
      return narrowed<std::int32_t>(values);
    case DType::kU32:
      return narrowed<std::uint32_t>(values);
    case DType::kF16:
      break;
  }
  throw Error(ErrorCode::kDtype, "encode", "inputs of the table are not f16");
}

Device fenced_cpu(Isa isa, int threads) {
  static std::map<std::pair<int, int>, Device> devices;
  const std::pair key(static_cast<int>(isa), threads);
  const auto found = devices.find(key);
  if (found != devices.end()) return found->second;
  return devices.emplace(key, cpu_device({.threads = threads, .isa = isa, .allocator = &fences()})).first->second;
}

// Small storages lie side by side in a backend's memory, so a guard is next to what it guards.
void Runner::add_guard(const Device& device, Layout layout) {
  if (layout != Layout::kGuarded) return;
  guards_.emplace_back(device, "guard", TensorType{{kGuardBytes}, DType::kU8});
  guards_.back().write(std::vector<std::uint8_t>(kGuardBytes, kGuardByte));
}

Runner::Runner(const Device& device, const std::vector<TensorType>& inputs, const Builder& build, Layout layout,
               const PlanOptions& options) {
  Tensors read_inputs;
  add_guard(device, layout);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    inputs_.emplace_back(device, "input" + std::to_string(i), inputs[i]);
    add_guard(device, layout);
    written_.emplace_back(inputs[i].bytes());
    const Tensor value = read(inputs_.back());
    read_inputs.push_back(layout == Layout::kInterior ? apply(fresh_op, {value}) : value);
  }
  const Tensors outputs = build(read_inputs);
  for (const Tensor& output : outputs) types_.push_back(output.type());
  if (layout != Layout::kFenced && layout != Layout::kGuarded) {
    program_ = Program(device, outputs, options);
    return;
  }
  Tensors kept;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    results_.emplace_back(device, "result" + std::to_string(i), outputs[i].type());
    add_guard(device, layout);
    kept.push_back(assign(results_.back(), outputs[i]));
  }
  program_ =
      layout == Layout::kGuarded ? Program(device, kept, options) : Program(device, {apply(keep_op, kept)}, options);
}

void Runner::set_input(int index, const std::vector<double>& values) {
  const State& state = inputs_[static_cast<std::size_t>(index)];
  auto& bytes = written_[static_cast<std::size_t>(index)];
  bytes = encode(values, state.type().dtype);
  state.write_bytes(bytes);
}

void Runner::run() {
  for (const State& result : results_)
    result.write_bytes(std::vector<std::byte>(result.type().bytes(), std::byte{0xFF}));
  program_.run();
}

std::vector<std::byte> Runner::output_bytes(int index) {
  const auto at = static_cast<std::size_t>(index);
  std::vector<std::byte> bytes(types_[at].bytes());
  if (results_.empty())
    program_.read_bytes(index, bytes);
  else
    results_[at].read_bytes(bytes);
  return bytes;
}

std::vector<double> Runner::output(int index) {
  return decode(output_bytes(index), types_[static_cast<std::size_t>(index)].dtype);
}

Values Runner::outputs() {
  Values all;
  for (std::size_t i = 0; i < types_.size(); ++i) all.push_back(output(static_cast<int>(i)));
  return all;
}

std::string Runner::take_damage() {
  std::string damage;
  if (const int broken = fences().take_broken_fences()) damage = std::to_string(broken) + " fences written over";
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    std::vector<std::byte> now(written_[i].size());
    inputs_[i].read_bytes(now);
    if (now != written_[i]) damage += " input " + std::to_string(i) + " was changed";
  }
  for (std::size_t i = 0; i < guards_.size(); ++i)
    if (guards_[i].values<std::uint8_t>() != std::vector<std::uint8_t>(kGuardBytes, kGuardByte))
      damage += " guard " + std::to_string(i) + " was written over";
  return damage;
}

}  // namespace betwixt::ops_test
