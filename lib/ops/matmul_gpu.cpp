// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/matmul_gpu.h"

#include "betwixt/ops/dense.h"
#include "betwixt/ops/detail/gemm_gpu.h"

// matmul and dense.

namespace betwixt {
namespace {

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

}  // namespace

void matmul_gpu(GpuCall& call) {
  record_gemm(call, matmul_gemm(call.node(), call.options<MatmulOptions>()), gpu_in(0), gpu_in(1), gpu_in(1),
              gpu_out(0), 0);
}
std::size_t matmul_gpu_scratch(const Node& node, const GpuLimits& limits) {
  return gemm_scratch_bytes(matmul_gemm(node, node.options<MatmulOptions>()), limits);
}

void matmul_activation_grad_gpu(GpuCall& call) {
  record_gemm(call, slope_gemm(call.node()), gpu_in(0), gpu_in(1), gpu_in(2), gpu_out(0), 0);
}
std::size_t matmul_activation_grad_gpu_scratch(const Node& node, const GpuLimits& limits) {
  return gemm_scratch_bytes(slope_gemm(node), limits);
}

void dense_gpu(GpuCall& call) {
  record_gemm(call, dense_gemm(call.node()), gpu_in(0), gpu_in(1), gpu_in(2), gpu_out(0), 0);
}
std::size_t dense_gpu_scratch(const Node& node, const GpuLimits& limits) {
  return gemm_scratch_bytes(dense_gemm(node), limits);
}

}  // namespace betwixt
