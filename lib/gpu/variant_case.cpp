// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/variant_case.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "betwixt/core/error.h"
#include "betwixt/core/half.h"
#include "betwixt/core/philox.h"
#include "betwixt/core/thread_pool.h"
#include "betwixt/tensor/op.h"

namespace betwixt::gpu {
namespace {

constexpr std::size_t kAlignment = 256;
constexpr std::byte kNobodysBits{0xFF};
constexpr double kTolerance = 1e-3;
constexpr std::int64_t kOneIn = 100;

std::size_t aligned(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

bool is_half_input(const PlanCall& call, std::size_t i) { return i < 64 && (call.half_inputs >> i & 1); }
bool is_half_output(const PlanCall& call, std::size_t i) { return i < 32 && (call.half_outputs >> i & 1); }
auto half_output_count(const PlanCall& call) { return static_cast<std::size_t>(std::popcount(call.half_outputs)); }

std::vector<Range*> ranges_of(PlanCall& call) {
  std::vector<Range*> ranges;
  for (Range& range : call.inputs) ranges.push_back(&range);
  for (Range& range : call.outputs) ranges.push_back(&range);
  if (call.scratch.buffer >= 0) ranges.push_back(&call.scratch);
  return ranges;
}

/// An input of a call that is tested alone.
std::vector<TensorType> leaf_shape(const Node& node) { return {node.options<TensorType>()}; }
const Op leaf_op{.name = "test_input", .shape = leaf_shape};

Range take(VariantCase& test, std::size_t bytes) {
  const Range range{0, test.bytes, bytes};
  test.bytes += aligned(bytes);
  return range;
}

std::vector<Tensor> cut_inputs(const Node& node, std::int64_t rows) {
  const std::int64_t all = node.input_shape(0)[0];
  std::vector<Tensor> inputs;
  for (const Tensor& input : node.inputs) {
    TensorType type = input.type();
    if (type.shape.rank() > 0 && type.shape[0] == all) {
      std::vector<std::int64_t> sizes(static_cast<std::size_t>(type.shape.rank()));
      for (std::size_t i = 0; i < sizes.size(); ++i) sizes[i] = type.shape[static_cast<int>(i)];
      sizes[0] = rows;
      type.shape = Shape(sizes.data(), static_cast<int>(sizes.size()));
    }
    inputs.push_back(apply(leaf_op, {}, type));
  }
  return inputs;
}

/// The input whose memory output `output` is computed in, -1 for none.
int input_below(const PlanCall& call, std::size_t output) {
  const Range& to = call.outputs[output];
  for (std::size_t i = 0; i < call.inputs.size(); ++i) {
    const Range& from = call.inputs[i];
    if (from.buffer == to.buffer && from.offset == to.offset && from.bytes == to.bytes) return static_cast<int>(i);
  }
  return -1;
}

template <class T>
std::vector<T> numbers_in(std::span<const std::byte> bytes) {
  std::vector<T> numbers(bytes.size() / sizeof(T));
  if (!numbers.empty()) std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(T));
  return numbers;
}

std::vector<float> floats_in(std::span<const std::byte> bytes, bool halves) {
  if (!halves) return numbers_in<float>(bytes);
  std::vector<float> values;
  for (const std::uint16_t half : numbers_in<std::uint16_t>(bytes)) values.push_back(half_to_float(half));
  return values;
}

void put_halves(const std::vector<float>& values, std::span<std::byte> bytes) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint16_t half = float_to_half(values[i]);
    std::memcpy(bytes.data() + i * sizeof(half), &half, sizeof(half));
  }
}

void fill_floats(std::span<std::byte> bytes, std::uint32_t stream, bool halves) {
  std::vector<float> values(bytes.size() / (halves ? sizeof(std::uint16_t) : sizeof(float)));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto bits = philox({static_cast<std::uint32_t>(i), stream, 0, 0}, {0x5EED, 0});
    values[i] = static_cast<float>(bits[0] >> 8) * 0x1p-23f - 1.0f;
  }
  if (halves)
    put_halves(values, bytes);
  else if (!values.empty())
    std::memcpy(bytes.data(), values.data(), values.size() * sizeof(float));
}

/// Indices and counters: small enough for any table.
void fill_words(std::span<std::byte> bytes, bool ones) {
  for (std::size_t i = 0; i + sizeof(std::uint32_t) <= bytes.size(); i += sizeof(std::uint32_t)) {
    const std::uint32_t value = ones && i % 8 != 0 ? 1 : 0;
    std::memcpy(bytes.data() + i, &value, sizeof(value));
  }
}

bool floats_agree(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = 0;
  for (const float value : b)
    if (std::isfinite(value)) largest = std::max(largest, std::fabs(static_cast<double>(value)));
  std::int64_t wrong = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    if (std::isnan(b[i]) ? std::isnan(a[i]) : a[i] == b[i]) continue;
    const double difference = std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    if (!(difference <= kTolerance * largest)) ++wrong;
  }
  return wrong * kOneIn <= static_cast<std::int64_t>(b.size());
}

bool bytes_agree(std::span<const std::byte> found, std::span<const std::byte> right) {
  for (std::size_t i = 0; i < right.size(); ++i) {
    const int difference = std::to_integer<int>(found[i]) - std::to_integer<int>(right[i]);
    if (difference < -1 || difference > 1) return false;  // a cast may round either way
  }
  return true;
}

}  // namespace

std::size_t touched_bytes(const PlanCall& call) {
  std::size_t bytes = call.scratch.buffer >= 0 ? call.scratch.bytes : 0;
  for (const Range& range : call.inputs) bytes += range.bytes;
  for (const Range& range : call.outputs) bytes += range.bytes;
  return bytes;
}

bool has_reference(const PlanCall& call) {
  if (!call.node) return true;
  const auto is_half = [](const TensorType& type) { return type.dtype == DType::kF16; };
  const Node& node = *call.node;
  if (!node.op->cpu || std::any_of(node.outputs.begin(), node.outputs.end(), is_half)) return false;
  return std::none_of(node.inputs.begin(), node.inputs.end(), [&](const Tensor& t) { return is_half(t.type()); });
}

VariantCase same_case(const PlanCall& call) {
  VariantCase test;
  test.call = call;
  std::vector<Range*> ranges = ranges_of(test.call);
  std::sort(ranges.begin(), ranges.end(), [](const Range* a, const Range* b) {
    return a->buffer != b->buffer ? a->buffer < b->buffer : a->offset < b->offset;
  });
  // Ranges that overlap move together.
  for (std::size_t i = 0; i < ranges.size();) {
    const Range first = *ranges[i];
    std::size_t end = first.offset + first.bytes;
    const std::size_t base = test.bytes;
    for (; i < ranges.size() && ranges[i]->buffer == first.buffer && (ranges[i]->offset < end || ranges[i]->bytes == 0);
         ++i) {
      end = std::max(end, ranges[i]->offset + ranges[i]->bytes);
      *ranges[i] = {0, base + ranges[i]->offset - first.offset, ranges[i]->bytes};
      if (end == first.offset) end = first.offset + 1;
    }
    test.bytes = base + aligned(end - first.offset);
  }
  return test;
}

std::optional<VariantCase> cut_case(const PlanCall& call, std::int64_t rows, const GpuLimits& limits) {
  if (!call.node || call.placed || call.node->inputs.empty()) return std::nullopt;
  const Node& node = *call.node;
  if (node.input_shape(0).rank() == 0 || rows < 1 || rows >= node.input_shape(0)[0]) return std::nullopt;
  try {
    const Tensor result = apply_all(*node.op, cut_inputs(node, rows), node.option_data).front();
    VariantCase test;
    test.call.node = result.node_pointer();
    test.call.half_inputs = call.half_inputs;
    test.call.half_outputs = call.half_outputs;
    for (std::size_t i = 0; i < result.node().inputs.size(); ++i)
      test.call.inputs.push_back(take(test, result.node().inputs[i].type().bytes() / (is_half_input(call, i) ? 2 : 1)));
    for (std::size_t i = 0; i < result.node().outputs.size(); ++i) {
      const std::size_t bytes = result.node().outputs[i].bytes() / (is_half_output(call, i) ? 2 : 1);
      const int below = input_below(call, i);
      const bool shares = below >= 0 && test.call.inputs[static_cast<std::size_t>(below)].bytes == bytes;
      test.call.outputs.push_back(shares ? test.call.inputs[static_cast<std::size_t>(below)] : take(test, bytes));
    }
    const std::size_t scratch = node.op->gpu_scratch ? node.op->gpu_scratch(result.node(), limits) : 0;
    if (scratch) test.call.scratch = take(test, scratch);
    return test;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void fill_case(const VariantCase& test, std::span<std::byte> memory) {
  std::fill(memory.begin(), memory.end(), kNobodysBits);
  const bool rows_to_choose_from =
      test.call.node && std::all_of(test.call.node->inputs.begin(), test.call.node->inputs.end(), [](const Tensor& t) {
        return !is_float(t.dtype()) || t.shape().rank() == 0 || t.shape()[0] > 1;
      });
  for (std::size_t i = 0; i < test.call.inputs.size(); ++i) {
    const Range& range = test.call.inputs[i];
    const std::span<std::byte> bytes = memory.subspan(range.offset, range.bytes);
    const DType type = test.call.node ? test.call.node->input_type(static_cast<int>(i)).dtype : DType::kF32;
    if (type == DType::kU32 || type == DType::kI32)
      fill_words(bytes, rows_to_choose_from);
    else
      fill_floats(bytes, static_cast<std::uint32_t>(i), is_half_input(test.call, i));
  }
}

void run_reference(const VariantCase& test, std::span<std::byte> memory) {
  const PlanCall& call = test.call;
  if (!call.node) {
    std::memmove(memory.data() + call.outputs[0].offset, memory.data() + call.inputs[0].offset, call.outputs[0].bytes);
    return;
  }
  std::vector<const void*> inputs;
  std::vector<void*> outputs;
  std::vector<std::vector<float>> widened;  // of operands in halves
  widened.reserve(call.inputs.size() + call.outputs.size());
  const auto place = [&](const Range& range, bool halves) -> void* {
    const std::span<std::byte> bytes = memory.subspan(range.offset, range.bytes);
    return halves ? static_cast<void*>(widened.emplace_back(floats_in(bytes, true)).data()) : bytes.data();
  };
  for (std::size_t i = 0; i < call.inputs.size(); ++i) inputs.push_back(place(call.inputs[i], is_half_input(call, i)));
  for (std::size_t i = 0; i < call.outputs.size(); ++i)
    outputs.push_back(place(call.outputs[i], is_half_output(call, i)));
  ThreadPool pool(1);
  const Op& op = *call.node->op;
  Memory scratch(op.cpu_scratch ? op.cpu_scratch(*call.node, pool.threads()) : 0);
  Memory prepared(op.cpu_prepared ? op.cpu_prepared(*call.node) : 0);
  op.cpu.best(Isa::kBaseline)({*call.node, inputs.data(), outputs.data(), scratch.data(), pool, prepared.data()});
  for (std::size_t i = 0, next = widened.size() - half_output_count(call); i < call.outputs.size(); ++i)
    if (is_half_output(call, i))
      put_halves(widened[next++], memory.subspan(call.outputs[i].offset, call.outputs[i].bytes));
}

bool outputs_agree(const VariantCase& test, std::span<const std::byte> found, std::span<const std::byte> right) {
  for (std::size_t i = 0; i < test.call.outputs.size(); ++i) {
    const Range& range = test.call.outputs[i];
    const std::span<const std::byte> a = found.subspan(range.offset, range.bytes);
    const std::span<const std::byte> b = right.subspan(range.offset, range.bytes);
    const DType type = test.call.node ? test.call.node->output_type(static_cast<int>(i)).dtype : DType::kI32;
    const bool halves = is_half_output(test.call, i);
    const bool agree = type == DType::kF32  ? floats_agree(floats_in(a, halves), floats_in(b, halves))
                       : type == DType::kU8 ? bytes_agree(a, b)
                                            : std::equal(a.begin(), a.end(), b.begin());
    if (!agree) return false;
  }
  return true;
}

}  // namespace betwixt::gpu
