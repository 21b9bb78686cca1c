// SPDX-License-Identifier: MIT
#include "betwixt/ops/spectral_norm.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/matmul.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/unary.h"

namespace betwixt {
namespace {

Tensor unit(const Tensor& x, double epsilon) { return x / (sqrt(sum(square(x))) + epsilon); }

}  // namespace

SpectralNormResult spectral_norm(const Tensor& weight, const Tensor& left, const SpectralNormOptions& options) {
  const int rank = weight.shape().rank();
  const std::int64_t out = rank > 0 ? weight.shape()[rank - 1] : 0;
  if (out == 0 || weight.shape().elements() == 0 || left.shape() != Shape{out})
    throw Error(ErrorCode::kShape, "spectral_norm", "a weight of %s with a vector of %s", weight.shape().text().c_str(),
                left.shape().text().c_str());
  if (options.iterations < 0 || !(options.epsilon >= 0))
    throw Error(ErrorCode::kValue, "spectral_norm", "%d iterations, epsilon %g", options.iterations, options.epsilon);
  const std::int64_t rows = weight.shape().elements() / out;
  const Tensor matrix = reshape(weight, {rows, out});
  const Tensor fixed = stop_gradient(matrix);
  Tensor u = unit(reshape(stop_gradient(left), {out, 1}), options.epsilon);
  Tensor v = unit(matmul(fixed, u), options.epsilon);
  for (int i = 0; i < options.iterations; ++i) {
    u = unit(matmul(fixed, v, {.transpose_a = true}), options.epsilon);
    if (i + 1 < options.iterations) v = unit(matmul(fixed, u), options.epsilon);
  }
  const Tensor sigma = reshape(matmul(matmul(v, matrix, {.transpose_a = true}), u), {1});
  return {weight / sigma, reshape(u, {out}), sigma};
}

}  // namespace betwixt
