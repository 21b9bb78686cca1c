// SPDX-License-Identifier: MIT
#include "betwixt/ops/compositing.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/matmul.h"
#include "betwixt/ops/reshape.h"

namespace betwixt {

Tensor blend(const Tensor& x, const Tensor& y, const Tensor& mask) { return mask * x + (1.0 - mask) * y; }

Tensor recolor(const Tensor& x, const Tensor& matrix, const Tensor& bias, const Tensor& mask) {
  const Shape& shape = x.shape();
  if (shape.rank() != 4 || matrix.shape() != Shape{shape[0], shape[3], shape[3]} ||
      bias.shape() != Shape{shape[0], shape[3]})
    throw Error(ErrorCode::kShape, "recolor", "%s with matrix %s and bias %s", shape.text().c_str(),
                matrix.shape().text().c_str(), bias.shape().text().c_str());
  const Tensor pixels = reshape(x, {shape[0], shape[1] * shape[2], shape[3]});
  const Tensor turned = reshape(matmul(pixels, matrix, {.transpose_b = true}), shape);
  return blend(x, turned + reshape(bias, {shape[0], 1, 1, shape[3]}), mask);
}

}  // namespace betwixt
