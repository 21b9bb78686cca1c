// SPDX-License-Identifier: MIT
#include "betwixt/ops/fill.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/detail/fill_options.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(fill_cpu)
BETWIXT_CPU_KERNEL(constant_cpu)
void fill_gpu(GpuCall& call);
void constant_gpu(GpuCall& call);

namespace {

std::vector<TensorType> fill_shape(const Node& node) {
  const TensorType& type = node.options<FillOptions>().type;
  if (type.dtype == DType::kF16) throw Error(ErrorCode::kDtype, "fill", "f16 is a storage type");
  return {type};
}

std::vector<TensorType> constant_shape(const Node& node) { return {node.options<ConstantOptions>().type}; }

std::vector<Tensor> no_inputs(const GradientCall&) { return {}; }

const Op fill_op{
    .name = "fill", .shape = fill_shape, .cpu = fill_cpu, .gpu = fill_gpu, .gradient = no_inputs, .constant = true};
const Op constant_op{.name = "constant",
                     .shape = constant_shape,
                     .cpu = constant_cpu,
                     .gpu = constant_gpu,
                     .gradient = no_inputs,
                     .constant = true};

template <class T>
std::vector<std::byte> converted(std::span<const double> values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  T* to = reinterpret_cast<T*>(bytes.data());
  for (std::size_t i = 0; i < values.size(); ++i) to[i] = static_cast<T>(values[i]);
  return bytes;
}

std::vector<std::byte> converted(std::span<const double> values, DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return converted<float>(values);
    case DType::kF64:
      return converted<double>(values);
    case DType::kU8:
      return converted<std::uint8_t>(values);
    case DType::kI32:
      return converted<std::int32_t>(values);
    case DType::kU32:
      return converted<std::uint32_t>(values);
    case DType::kF16:
      break;
  }
  throw Error(ErrorCode::kDtype, "constant", "f16 is a storage type");
}

}  // namespace

Tensor fill(double value, const Shape& shape, DType dtype) {
  return apply(fill_op, {}, FillOptions{{shape, dtype}, value});
}

Tensor zeros(const Shape& shape, DType dtype) { return fill(0, shape, dtype); }
Tensor zeros_like(const Tensor& like) { return fill(0, like.shape(), like.dtype()); }
Tensor ones_like(const Tensor& like) { return fill(1, like.shape(), like.dtype()); }

Tensor constant(std::span<const double> values, const Shape& shape, DType dtype) {
  if (static_cast<std::int64_t>(values.size()) != shape.elements())
    throw Error(ErrorCode::kShape, "constant", "%zu values for shape %s", values.size(), shape.text().c_str());
  return apply(constant_op, {}, ConstantOptions{{shape, dtype}, converted(values, dtype)});
}

}  // namespace betwixt
