// SPDX-License-Identifier: MIT
// Parameters in PyTorch's names, shapes and orders.
#include "betwixt/methods/autoencoder/detail/model_weights.h"

#include <algorithm>
#include <cstring>

#include "betwixt/core/error.h"
#include "betwixt/io/safetensors.h"
#include "betwixt/io/weights.h"
#include "betwixt/methods/autoencoder/model_file.h"

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

}  // namespace

namespace detail {

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

std::vector<std::byte> as_bytes(std::span<const float> values) {
  std::vector<std::byte> bytes(values.size_bytes());
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::vector<ExpectedTensor> expected_tensors(const Parameters& parameters) {
  std::vector<ExpectedTensor> expected;
  for (const ParameterSpec& spec : parameters.specs()) expected.push_back({spec.name, saved_shape(spec)});
  for (const BufferSpec& buffer : parameters.buffers())
    expected.push_back({buffer.name, sizes(buffer.state.type().shape)});
  return expected;
}

void read_weights(const Parameters& parameters, SafetensorsFile& file) {
  const ConvertOptions options{.allow_lossy = true, .require_finite = true};
  std::vector<float> values;
  for (std::size_t i = 0; i < parameters.specs().size(); ++i) {
    const ParameterSpec& spec = parameters.specs()[i];
    values.resize(static_cast<std::size_t>(spec.shape.elements()));
    file.read(spec.name, std::span<float>(values), options);
    parameters.write(static_cast<int>(i), from_saved(spec, values));
  }
  for (const BufferSpec& buffer : parameters.buffers()) {
    values.resize(static_cast<std::size_t>(buffer.state.type().shape.elements()));
    file.read(buffer.name, std::span<float>(values), options);
    buffer.state.write(values);
  }
}

void add_weights(const Parameters& parameters, SafetensorsWriter& writer) {
  for (std::size_t i = 0; i < parameters.specs().size(); ++i) {
    const ParameterSpec& spec = parameters.specs()[i];
    writer.add_owned(spec.name, SafetensorsType::kF32, saved_shape(spec),
                     as_bytes(to_saved(spec, parameters.values(static_cast<int>(i)))));
  }
  for (const BufferSpec& buffer : parameters.buffers())
    writer.add_owned(buffer.name, SafetensorsType::kF32, sizes(buffer.state.type().shape),
                     as_bytes(buffer.state.values<float>()));
}

}  // namespace detail

void load_weights(const Parameters& parameters, SafetensorsFile& file, bool allow_extra) {
  check_tensors(file, detail::expected_tensors(parameters), allow_extra);
  detail::read_weights(parameters, file);
}

}  // namespace betwixt
