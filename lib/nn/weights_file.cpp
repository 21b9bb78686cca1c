// SPDX-License-Identifier: MIT
#include "betwixt/nn/weights_file.h"

#include <cstring>
#include <string_view>

#include "betwixt/io/weights.h"

namespace betwixt {
namespace {

FlattenedPicture flattened(const Shape& picture) {
  if (picture.rank() != 3) return {};
  return {picture[0], picture[1], picture[2]};
}

ConvWeight conv_of(const Shape& s) { return {.kernel_height = s[0], .kernel_width = s[1], .in = s[2], .out = s[3]}; }

// Ours is [kh, kw, in, out / groups] and theirs [in, out / groups, kh, kw]: the same permutation for any groups.
TransposedConvWeight transposed_of(const Shape& s) {
  return {.kernel_height = s[0], .kernel_width = s[1], .in = s[2], .out = s[3]};
}

DenseWeight dense_of(const ParameterSpec& spec) {
  return {.in = spec.shape[0],
          .out = spec.shape[1],
          .in_picture = flattened(spec.flattened_input),
          .out_picture = flattened(spec.flattened_output)};
}

std::vector<std::int64_t> sizes(const Shape& shape) {
  std::vector<std::int64_t> result;
  for (int i = 0; i < shape.rank(); ++i) result.push_back(shape[i]);
  return result;
}

/// A parameter's shape in a file.
std::vector<std::int64_t> saved_shape(const ParameterSpec& spec) {
  switch (spec.layout) {
    case WeightLayout::kConv:
      return conv_of(spec.shape).pytorch_shape();
    case WeightLayout::kConvTranspose:
      return transposed_of(spec.shape).pytorch_shape();
    case WeightLayout::kDense:
      return dense_of(spec).pytorch_shape();
    case WeightLayout::kPlain:
      break;
  }
  if (spec.shape.rank() == 3 && spec.flattened_output.rank() == 3) return {spec.shape[2], spec.shape[0], spec.shape[1]};
  return sizes(spec.shape);
}

std::vector<float> to_saved(const ParameterSpec& spec, std::span<const float> ours) {
  switch (spec.layout) {
    case WeightLayout::kConv:
      return to_pytorch(conv_of(spec.shape), ours);
    case WeightLayout::kConvTranspose:
      return to_pytorch(transposed_of(spec.shape), ours);
    case WeightLayout::kDense:
      return to_pytorch(dense_of(spec), ours);
    case WeightLayout::kPlain:
      break;
  }
  if (spec.flattened_output.rank() == 3) return to_pytorch(flattened(spec.flattened_output), ours);
  return {ours.begin(), ours.end()};
}

std::vector<float> from_saved(const ParameterSpec& spec, std::span<const float> saved) {
  switch (spec.layout) {
    case WeightLayout::kConv:
      return from_pytorch(conv_of(spec.shape), saved);
    case WeightLayout::kConvTranspose:
      return from_pytorch(transposed_of(spec.shape), saved);
    case WeightLayout::kDense:
      return from_pytorch(dense_of(spec), saved);
    case WeightLayout::kPlain:
      break;
  }
  if (spec.flattened_output.rank() == 3) return from_pytorch(flattened(spec.flattened_output), saved);
  return {saved.begin(), saved.end()};
}

ParameterSpec as_parameter(const BufferSpec& buffer) {
  ParameterSpec spec;
  spec.name = buffer.name;
  spec.shape = buffer.state.type().shape;
  spec.flattened_output = buffer.flattened_output;
  return spec;
}

std::vector<std::byte> as_bytes(std::span<const float> values) {
  std::vector<std::byte> bytes(values.size_bytes());
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// Batches a batch norm has seen: PyTorch saves it, inference does not need it.
std::string counter_of(const std::string& buffer) {
  constexpr std::string_view kEnd = ".running_mean";
  if (!buffer.ends_with(kEnd)) return {};
  return buffer.substr(0, buffer.size() - kEnd.size()) + ".num_batches_tracked";
}

}  // namespace

std::vector<ExpectedTensor> expected_weights(const Parameters& parameters, const SafetensorsFile& file) {
  std::vector<ExpectedTensor> expected;
  for (const ParameterSpec& spec : parameters.specs()) expected.push_back({spec.name, saved_shape(spec)});
  for (const BufferSpec& buffer : parameters.buffers()) {
    expected.push_back({buffer.name, sizes(buffer.state.type().shape)});
    const std::string counter = counter_of(buffer.name);
    if (!counter.empty() && file.contains(counter)) expected.push_back({counter, {}});
  }
  return expected;
}

void read_weights(const Parameters& parameters, SafetensorsFile& file) {
  const ConvertOptions options{.allow_lossy = true, .require_finite = true};
  auto values_of = [&](const std::string& name, const Shape& shape) {
    std::vector<float> values(static_cast<std::size_t>(shape.elements()));
    file.read(name, std::span<float>(values), options);
    return values;
  };
  // Everything is read before anything is changed.
  std::vector<std::vector<float>> weights, buffers;
  for (const ParameterSpec& spec : parameters.specs())
    weights.push_back(from_saved(spec, values_of(spec.name, spec.shape)));
  for (const BufferSpec& buffer : parameters.buffers())
    buffers.push_back(from_saved(as_parameter(buffer), values_of(buffer.name, buffer.state.type().shape)));
  for (std::size_t i = 0; i < weights.size(); ++i) parameters.write(static_cast<int>(i), weights[i]);
  for (std::size_t i = 0; i < buffers.size(); ++i) parameters.buffers()[i].state.write(buffers[i]);
}

void add_weights(const Parameters& parameters, SafetensorsWriter& writer) {
  for (std::size_t i = 0; i < parameters.specs().size(); ++i) {
    const ParameterSpec& spec = parameters.specs()[i];
    writer.add_owned(spec.name, SafetensorsType::kF32, saved_shape(spec),
                     as_bytes(to_saved(spec, parameters.values(static_cast<int>(i)))));
  }
  for (const BufferSpec& buffer : parameters.buffers())
    writer.add_owned(buffer.name, SafetensorsType::kF32, sizes(buffer.state.type().shape),
                     as_bytes(to_saved(as_parameter(buffer), buffer.state.values<float>())));
}

void load_weights(const Parameters& parameters, SafetensorsFile& file, bool allow_extra) {
  check_tensors(file, expected_weights(parameters, file), allow_extra);
  read_weights(parameters, file);
}

void save_weights(const std::string& path, const Parameters& parameters, FileSystem& files) {
  SafetensorsWriter writer;
  add_weights(parameters, writer);
  writer.save(files, path);
}

}  // namespace betwixt
