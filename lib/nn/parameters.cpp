// SPDX-License-Identifier: MIT
#include "betwixt/nn/parameters.h"

#include <algorithm>

#include "betwixt/core/error.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/slice.h"

namespace betwixt {

struct Parameters::Set {
  Device device;
  std::string name;
  std::uint64_t seed;
  DType dtype;
  std::vector<ParameterSpec> specs;
  std::vector<BufferSpec> buffers;
  std::int64_t arena_elements = 0;
  State arena;
};

namespace {

// The parts of a flat gradient start on 16 bytes (pack), and so must the parameters they belong to.
constexpr std::int64_t kPartAlignment = 4;

std::int64_t aligned(std::int64_t count) { return (count + kPartAlignment - 1) / kPartAlignment * kPartAlignment; }

template <class T>
void write_as(const State& state, std::span<const float> values) {
  state.write(std::vector<T>(values.begin(), values.end()));
}

void write_floats(const State& state, std::span<const float> values) {
  if (state.type().dtype == DType::kF64) return write_as<double>(state, values);
  write_as<float>(state, values);
}

std::vector<float> read_floats(const State& state) {
  if (state.type().dtype == DType::kF32) return state.values<float>();
  const std::vector<double> wide = state.values<double>();
  return std::vector<float>(wide.begin(), wide.end());
}

}  // namespace

Parameters::Parameters(const Device& device, std::string name, std::uint64_t seed, DType dtype)
    : set_(std::make_shared<Set>(Set{device, std::move(name), seed, dtype, {}, {}, 0, {}})) {}

Parameters::Set& Parameters::set() const {
  if (!set_) throw Error(ErrorCode::kArgument, "parameters", "an undefined set was used");
  return *set_;
}

int Parameters::add(ParameterSpec spec) {
  if (set().arena.defined())
    throw Error(ErrorCode::kArgument, "parameters", "%.64s was added after the set was first used", spec.name.c_str());
  if (find(spec.name) >= 0)
    throw Error(ErrorCode::kDuplicate, "parameters", "%.64s is there already", spec.name.c_str());
  spec.offset = set().arena_elements;
  set().arena_elements += aligned(spec.shape.elements());
  set().specs.push_back(std::move(spec));
  return static_cast<int>(set().specs.size()) - 1;
}

State Parameters::add_buffer(const std::string& name, const Shape& shape, const Initializer& initializer,
                             const Shape& flattened_output) {
  const bool taken =
      std::any_of(set().buffers.begin(), set().buffers.end(), [&](const BufferSpec& b) { return b.name == name; });
  if (taken || find(name) >= 0)
    throw Error(ErrorCode::kDuplicate, "parameters", "%.64s is there already", name.c_str());
  State state(set().device, name, {shape, set().dtype});
  write_floats(state, initializer.values(shape.elements(), RandomStream(set().seed, name)));
  set().buffers.push_back({name, state, flattened_output});
  return state;
}

const Device& Parameters::device() const { return set().device; }
const std::string& Parameters::name() const { return set().name; }
DType Parameters::dtype() const { return set().dtype; }
std::uint64_t Parameters::seed() const { return set().seed; }
const std::vector<ParameterSpec>& Parameters::specs() const { return set().specs; }
const std::vector<BufferSpec>& Parameters::buffers() const { return set().buffers; }

int Parameters::find(const std::string& name) const {
  const auto found =
      std::find_if(set().specs.begin(), set().specs.end(), [&](const ParameterSpec& s) { return s.name == name; });
  return found == set().specs.end() ? -1 : static_cast<int>(found - set().specs.begin());
}

std::int64_t Parameters::element_count() const {
  std::int64_t count = 0;
  for (const ParameterSpec& spec : set().specs) count += spec.shape.elements();
  return count;
}

const State& Parameters::arena() const {
  if (set().arena.defined()) return set().arena;
  if (set().specs.empty()) throw Error(ErrorCode::kArgument, "parameters", "%.64s is empty", set().name.c_str());
  State arena(set().device, set().name, {{set().arena_elements}, set().dtype});
  std::vector<float> all(static_cast<std::size_t>(set().arena_elements), 0.0f);
  for (const ParameterSpec& spec : set().specs) {
    const auto values = spec.initializer.values(spec.shape.elements(), RandomStream(set().seed, spec.name));
    std::copy(values.begin(), values.end(), all.begin() + spec.offset);
  }
  write_floats(arena, all);
  return set().arena = arena;
}

std::vector<Tensor> Parameters::cut(const Tensor& flat) const {
  std::vector<Tensor> parts;
  for (const ParameterSpec& spec : specs())
    parts.push_back(reshape(slice(flat, 0, spec.offset, spec.shape.elements()), spec.shape));
  return parts;
}

std::vector<float> Parameters::values(int index) const {
  const ParameterSpec& spec = specs().at(static_cast<std::size_t>(index));
  const std::vector<float> all = read_floats(arena());
  return {all.begin() + spec.offset, all.begin() + spec.offset + spec.shape.elements()};
}

void Parameters::write(int index, std::span<const float> values) const {
  const ParameterSpec& spec = specs().at(static_cast<std::size_t>(index));
  if (static_cast<std::int64_t>(values.size()) != spec.shape.elements())
    throw Error(ErrorCode::kShape, "parameters", "%.64s has %lld elements, %zu were given", spec.name.c_str(),
                static_cast<long long>(spec.shape.elements()), values.size());
  std::vector<float> all = read_floats(arena());
  std::copy(values.begin(), values.end(), all.begin() + spec.offset);
  write_floats(arena(), all);
}

}  // namespace betwixt
