// SPDX-License-Identifier: MIT
#include "betwixt/ops/random.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/detail/random_options.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(random_normal_cpu)
BETWIXT_CPU_KERNEL(random_uniform_cpu)
BETWIXT_CPU_KERNEL(random_bernoulli_cpu)
BETWIXT_CPU_KERNEL(shuffled_indices_cpu)
void random_normal_gpu(GpuCall& call);
void random_uniform_gpu(GpuCall& call);
void random_bernoulli_gpu(GpuCall& call);
void shuffled_indices_gpu(GpuCall& call);

namespace {

void check_step(const Node& node) {
  if (node.input_shape(0).elements() != 1)
    throw Error(ErrorCode::kShape, node.op->name, "the step is %s, not [1]", node.input_shape(0).text().c_str());
  if (node.input_type(0).dtype != DType::kU32)
    throw Error(ErrorCode::kDtype, node.op->name, "the step is %s, not u32", dtype_name(node.input_type(0).dtype));
}

std::vector<TensorType> random_shape(const Node& node) {
  check_step(node);
  const auto& options = node.options<RandomOptions>();
  if (options.type.dtype != DType::kF32 && options.type.dtype != DType::kF64)
    throw Error(ErrorCode::kDtype, node.op->name, "no random %s", dtype_name(options.type.dtype));
  if (!(options.probability >= 0 && options.probability <= 1))
    throw Error(ErrorCode::kValue, node.op->name, "probability %g", options.probability);
  return {options.type};
}

std::vector<TensorType> shuffled_indices_shape(const Node& node) {
  check_step(node);
  return {{Shape{static_cast<std::int64_t>(node.options<ShuffleOptions>().batch)}, DType::kU32}};
}

const Op random_normal_op{.name = "random_normal",
                          .shape = random_shape,
                          .cpu = random_normal_cpu,
                          .gpu = random_normal_gpu,
                          .half = HalfOperands::pictures(0),
                          .gradient = zero_gradient};
const Op random_uniform_op{.name = "random_uniform",
                           .shape = random_shape,
                           .cpu = random_uniform_cpu,
                           .gpu = random_uniform_gpu,
                           .gradient = zero_gradient};
const Op random_bernoulli_op{.name = "random_bernoulli",
                             .shape = random_shape,
                             .cpu = random_bernoulli_cpu,
                             .gpu = random_bernoulli_gpu,
                             .half = HalfOperands::pictures(0),
                             .gradient = zero_gradient};
const Op shuffled_indices_op{.name = "shuffled_indices",
                             .shape = shuffled_indices_shape,
                             .cpu = shuffled_indices_cpu,
                             .gpu = shuffled_indices_gpu,
                             .gradient = zero_gradient};

Tensor random_node(const Op& op, const RandomStream& stream, const Tensor& step, const Shape& shape, DType dtype,
                   double probability) {
  RandomOptions options{{}, {shape, dtype}, probability};
  options.key[0] = stream.key()[0];
  options.key[1] = stream.key()[1];
  return apply(op, {step}, options);
}

}  // namespace

Tensor random_normal(const RandomStream& stream, const Tensor& step, const Shape& shape, DType dtype) {
  return random_node(random_normal_op, stream, step, shape, dtype, 0.5);
}

Tensor random_uniform(const RandomStream& stream, const Tensor& step, const Shape& shape, DType dtype) {
  return random_node(random_uniform_op, stream, step, shape, dtype, 0.5);
}

Tensor random_bernoulli(const RandomStream& stream, const Tensor& step, const Shape& shape, double probability,
                        DType dtype) {
  return random_node(random_bernoulli_op, stream, step, shape, dtype, probability);
}

Tensor shuffled_indices(const Tensor& step, const ShuffleSettings& settings) {
  if (settings.rows < 1 || settings.rows > (std::int64_t{1} << 31))
    throw Error(ErrorCode::kArgument, "shuffled_indices", "%lld rows", static_cast<long long>(settings.rows));
  if (settings.batch < 1 || settings.batch > (std::int64_t{1} << 24))
    throw Error(ErrorCode::kArgument, "shuffled_indices", "a batch of %lld", static_cast<long long>(settings.batch));
  ShuffleOptions options;
  options.key[0] = settings.stream.key()[0];
  options.key[1] = settings.stream.key()[1];
  options.rows = static_cast<std::uint32_t>(settings.rows);
  options.batch = static_cast<std::uint32_t>(settings.batch);
  options.ordered = settings.ordered;
  while ((std::int64_t{1} << (2 * options.half_bits)) < settings.rows) ++options.half_bits;
  return apply(shuffled_indices_op, {step}, options);
}

Tensor corrupt_normal(const Tensor& x, double sigma, const RandomStream& stream, const Tensor& step) {
  return x + random_normal(stream, step, x.shape(), x.dtype()) * sigma;
}

Tensor corrupt_white(const Tensor& x, double probability, const RandomStream& stream, const Tensor& step) {
  return x * (1.0 - random_bernoulli(stream, step, x.shape(), probability, x.dtype()));
}

}  // namespace betwixt
