// SPDX-License-Identifier: MIT
#include "betwixt/ops/spectral_norm.h"

#include <algorithm>
#include <cmath>

#include "betwixt/ops/fill.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

std::vector<double> unit(std::vector<double> x) {
  double squares = 0;
  for (const double v : x) squares += v * v;
  for (double& v : x) v /= std::sqrt(squares) + SpectralNormOptions{}.epsilon;
  return x;
}

/// x^T of a matrix [rows, columns], or the matrix itself, times a vector.
std::vector<double> product(const std::vector<double>& matrix, const std::vector<double>& vector, std::size_t rows,
                            std::size_t columns, bool transposed) {
  std::vector<double> out(transposed ? columns : rows);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c)
      out[transposed ? c : r] += matrix[r * columns + c] * vector[transposed ? r : c];
  return out;
}

Values oracle(const Shape& shape, int iterations, const Values& in) {
  const auto out = static_cast<std::size_t>(shape[shape.rank() - 1]);
  const std::size_t rows = in[0].size() / out;
  std::vector<double> u = unit(in[1]);
  std::vector<double> v = unit(product(in[0], u, rows, out, false));
  for (int i = 0; i < iterations; ++i) {
    u = unit(product(in[0], v, rows, out, true));
    if (i + 1 < iterations) v = unit(product(in[0], u, rows, out, false));
  }
  const std::vector<double> w = product(in[0], v, rows, out, true);
  double sigma = 0;
  for (std::size_t i = 0; i < out; ++i) sigma += w[i] * u[i];
  Values result{in[0], u, {sigma}};
  for (double& value : result[0]) value /= sigma;
  return result;
}

/// Rounding of the products, relative to the largest result.
Values magnitude(const Shape& shape, int iterations, const Values& in) {
  Values result = oracle(shape, iterations, in);
  for (std::vector<double>& values : result) {
    double largest = 0;
    for (const double v : values) largest = std::max(largest, std::abs(v));
    for (double& v : values) v = 4 * largest;
  }
  return result;
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  for (const Shape& shape : {Shape{1, 1}, Shape{7, 1}, Shape{1, 5}, Shape{11, 13}, Shape{3, 3, 5, 8}, Shape{97, 31}})
    for (const int iterations : {0, 1, 3}) {
      const Shape left{shape[shape.rank() - 1]};
      all.push_back({.options = shape.text() + " iterations " + std::to_string(iterations),
                     .inputs = {{.shape = shape, .values = positive()}, {.shape = left, .values = positive()}},
                     .build =
                         [=](const Tensors& in) {
                           const SpectralNormResult r = spectral_norm(in[0], in[1], {.iterations = iterations});
                           return Tensors{r.weight, r.left, r.sigma};
                         },
                     .oracle = [=](const Values& in) { return oracle(shape, iterations, in); },
                     .bound = sum_of(static_cast<double>(shape.elements())),
                     .magnitude = [=](const Values& in) { return magnitude(shape, iterations, in); },
                     .exact_on_integers = false});
    }
  // The singular vectors are held fixed in the gradient, so differences agree where the iteration has settled: at a
  // weight whose vectors are the same whatever the scale, here of one column.
  all.push_back(
      {.options = "gradient of one column",
       .inputs = {{.shape = {9, 1}, .values = positive()}},
       .build = [](const Tensors& in) { return Tensors{spectral_norm(in[0], fill(1, {1}, in[0].dtype())).sigma}; },
       .differentiable = {0},
       .second_order = false});
  return all;
}

const OpRegistration entry({.name = "spectral_norm",
                            .ops = {"matmul"},
                            .cases = cases,
                            .refused = {{"vector", ErrorCode::kShape,
                                         [] {
                                           spectral_norm(zeros({3, 2}), zeros({3}));
                                         }},
                                        {"empty", ErrorCode::kShape,
                                         [] {
                                           spectral_norm(zeros({0, 2}), zeros({2}));
                                         }},
                                        {"iterations", ErrorCode::kValue, [] {
                                           spectral_norm(zeros({3, 2}), zeros({2}), {.iterations = -1});
                                         }}}});

}  // namespace
}  // namespace betwixt::ops_test
