// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/matmul_gpu.h"

#include "betwixt/ops/dense.h"
#include "betwixt/ops/detail/gemm_gpu.h"
#include "betwixt/ops/detail/gpu_launch.h"

// matmul and dense.

namespace betwixt {
namespace {

constexpr std::int64_t kMostDots = 256;  // workgroups that are not too many to read their rows each
constexpr std::int64_t kFewestTerms = 1024;

/// [m, k] x [k, n], with the strides of the right side.
GpuGemm rows_product(std::int64_t batch, std::int64_t m, std::int64_t n, std::int64_t k, bool transpose_b) {
  GpuGemm gemm;
  gemm.groups = batch;
  gemm.width = gemm.result_width = m;
  gemm.pixel = gemm.in_group = k;
  gemm.result_pixel = gemm.out_group = n;
  gemm.picture_group = m * k;
  gemm.result_group = m * n;
  gemm.weight_group = k * n;
  gemm.weight_in = transpose_b ? 1 : n;
  gemm.weight_out = transpose_b ? k : 1;
  gemm.elements = batch * m * n;
  return gemm;
}

/// The left side is stored [k, m]: its rows are the sum's terms, as pixels are in the gradient of weights.
GpuGemm terms_product(std::int64_t batch, std::int64_t m, std::int64_t n, std::int64_t k, bool transpose_b) {
  GpuGemm gemm;
  gemm.tap_rows = true;
  gemm.groups = batch;
  gemm.width = gemm.result_width = k;
  gemm.pixel = gemm.in_group = m;
  gemm.out_group = n;
  gemm.result_pixel = transpose_b ? 1 : n;
  gemm.result_channel = transpose_b ? k : 1;
  gemm.picture_group = m * k;
  gemm.result_group = k * n;
  gemm.weight_group = m * n;
  gemm.weight_in = n;
  gemm.weight_out = 1;
  gemm.elements = batch * m * n;
  return gemm;
}

GpuGemm matmul_gemm(const Node& node, const MatmulOptions& options) {
  const Shape& a = node.input_shape(0);
  const Shape& c = node.output_shape();
  const std::int64_t batch = c.rank() == 3 ? c[0] : 1;
  const std::int64_t k = a[options.transpose_a ? -2 : -1];
  return (options.transpose_a ? terms_product : rows_product)(batch, c[-2], c[-1], k, options.transpose_b);
}

/// With a second output: the sums of the right side's columns.
GpuGemm plain_gemm(const Node& node) {
  GpuGemm gemm = matmul_gemm(node, node.options<MatmulOptions>());
  gemm.bias = node.outputs.size() > 1;
  return gemm;
}

GpuGemm slope_gemm(const Node& node) {
  const auto& options = node.options<MatmulSlopeOptions>();
  GpuGemm gemm = matmul_gemm(node, options.product);
  gemm.activation = options.activation;
  gemm.activation_grad = true;
  return gemm;
}

GpuGemm dense_gemm(const Node& node) {
  const Shape& y = node.output_shape();
  GpuGemm gemm = rows_product(1, y[0], y[1], node.input_shape(0)[1], false);
  gemm.bias = node.input_count() > 2;
  gemm.activation = node.options<DenseOptions>().activation;
  return gemm;
}

/// Few results and many terms: more dispatches would cost more than reading everything for each result.
bool is_dots(const GpuGemm& gemm, const GpuLimits& limits) {
  return !limits.plain && !gemm.tap_rows && gemm.groups == 1 && gemm.elements <= kMostDots &&
         gemm.in_group >= kFewestTerms;
}

/// Inputs 0 and 1 with `third`, as record_gemm takes it, to output 0.
void record_product(GpuCall& call, const GpuGemm& gemm, const GpuOperand& third) {
  if (!is_dots(gemm, call.limits())) return record_gemm(call, gemm, gpu_in(0), gpu_in(1), third, gpu_out(0), 0);
  const bool has_third = gemm.bias || gemm.activation_grad;
  GpuDispatch dispatch("dot", {gpu_in(0), gpu_in(1), has_third ? third : gpu_in(1), gpu_out(0)});
  dispatch.constant(kGpuLocal).constant(gemm.bias).constant(static_cast<std::uint32_t>(gemm.activation.kind));
  dispatch.constant(gemm.activation_grad);
  dispatch.word(gpu_word(gemm.elements)).word(gpu_word(gemm.out_group)).word(gpu_word(gemm.in_group));
  dispatch.word(gpu_word(gemm.weight_in)).word(gpu_word(gemm.weight_out)).number(gemm.activation.slope);
  run_items(call, dispatch, gemm.elements * kGpuLocal);
}

}  // namespace

void matmul_gpu(GpuCall& call) {
  const GpuGemm gemm = plain_gemm(call.node());
  record_product(call, gemm, gemm.bias ? gpu_out(1) : gpu_in(1));
}
std::size_t matmul_gpu_scratch(const Node& node, const GpuLimits& limits) {
  return gemm_scratch_bytes(plain_gemm(node), limits);
}

void matmul_activation_grad_gpu(GpuCall& call) { record_product(call, slope_gemm(call.node()), gpu_in(2)); }
std::size_t matmul_activation_grad_gpu_scratch(const Node& node, const GpuLimits& limits) {
  return gemm_scratch_bytes(slope_gemm(node), limits);
}

void dense_gpu(GpuCall& call) { record_product(call, dense_gemm(call.node()), gpu_in(2)); }
std::size_t dense_gpu_scratch(const Node& node, const GpuLimits& limits) {
  return gemm_scratch_bytes(dense_gemm(node), limits);
}

}  // namespace betwixt
