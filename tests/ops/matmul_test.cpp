// SPDX-License-Identifier: MIT
#include "betwixt/ops/matmul.h"

#include <gtest/gtest.h>

#include "betwixt/ops/dense.h"
#include "betwixt/ops/fill.h"
#include "tests/ops/support/check_op.h"
#include "tests/ops/support/conv_oracle.h"

namespace betwixt::ops_test {
namespace {

struct MatmulShape {
  std::int64_t batch = 0;  ///< 0: rank 2
  std::int64_t m = 1, n = 1, k = 1;
  MatmulOptions options;

  Shape shape(std::int64_t rows, std::int64_t columns, bool transposed) const {
    if (transposed) std::swap(rows, columns);
    return batch > 0 ? Shape{batch, rows, columns} : Shape{rows, columns};
  }
};

std::vector<double> product(const MatmulShape& s, const std::vector<double>& a, const std::vector<double>& b) {
  const std::int64_t batch = s.batch > 0 ? s.batch : 1;
  std::vector<double> c;
  for (std::int64_t i = 0; i < batch; ++i)
    for (std::int64_t m = 0; m < s.m; ++m)
      for (std::int64_t n = 0; n < s.n; ++n) {
        double sum = 0;
        for (std::int64_t k = 0; k < s.k; ++k) {
          const std::int64_t left = s.options.transpose_a ? k * s.m + m : m * s.k + k;
          const std::int64_t right = s.options.transpose_b ? n * s.k + k : k * s.n + n;
          sum += a[static_cast<std::size_t>(i * s.m * s.k + left)] * b[static_cast<std::size_t>(i * s.k * s.n + right)];
        }
        c.push_back(sum);
      }
  return c;
}

OpCase matmul_case(const MatmulShape& s, bool differentiate) {
  OpCase c;
  const Shape a = s.shape(s.m, s.k, s.options.transpose_a);
  const Shape b = s.shape(s.k, s.n, s.options.transpose_b);
  c.options = a.text() + (s.options.transpose_a ? "^T * " : " * ") + b.text() + (s.options.transpose_b ? "^T" : "");
  c.inputs = {{.shape = a}, {.shape = b}};
  c.build = [s](const Tensors& in) { return Tensors{matmul(in[0], in[1], s.options)}; };
  c.oracle = [s](const Values& in) { return Values{product(s, in[0], in[1])}; };
  c.bound = sum_of(static_cast<double>(s.k));
  if (differentiate) c.differentiable = {0, 1};
  return c;
}

std::vector<OpCase> matmul_cases() {
  std::vector<OpCase> cases;
  for (const bool a : {false, true})
    for (const bool b : {false, true}) {
      cases.push_back(matmul_case({0, 1, 1, 1, {a, b}}, true));
      cases.push_back(matmul_case({0, 3, 4, 5, {a, b}}, true));
      cases.push_back(matmul_case({3, 2, 5, 4, {a, b}}, true));
      cases.push_back(matmul_case({0, 1, 7, 3, {a, b}}, true));
      cases.push_back(matmul_case({0, 7, 1, 3, {a, b}}, true));
      cases.push_back(matmul_case({0, 5, 3, 1, {a, b}}, true));
      cases.push_back(matmul_case({0, 37, 67, 131, {a, b}}, false));
      cases.push_back(matmul_case({0, 200, 64, 300, {a, b}}, false));
      cases.push_back(matmul_case({2, 33, 130, 17, {a, b}}, false));
      cases.push_back(matmul_case({0, 16, 256, 600, {a, b}}, false));
      // Few results of many terms.
      cases.push_back(matmul_case({0, 3, 5, 2051, {a, b}}, false));
      cases.push_back(matmul_case({0, 16, 2, 4096, {a, b}}, false));
      // Panels of every width, filled up to whole vectors, with the longest blocks of terms.
      for (const std::int64_t n : {3, 9, 17, 20, 33, 50, 65})
        cases.push_back(matmul_case({0, 30, n, 1100, {a, b}}, false));
      cases.push_back(matmul_case({0, 1060, 136, 20, {a, b}}, false));
      cases.push_back(matmul_case({0, 2060, 28, 9, {a, b}}, false));
      cases.push_back(matmul_case({3, 36, 8, 20, {a, b}}, false));
      // Several panels a chunk: the left side is copied.
      if (a) cases.push_back(matmul_case({0, 1801, 200, 130, {a, b}}, false));
    }
  return cases;
}

OpCase dense_case(std::int64_t batch, std::int64_t in, std::int64_t out, bool bias, ActivationOptions activation,
                  bool differentiate) {
  const MatmulShape s{0, batch, out, in, {}};
  OpCase c;
  c.options = std::to_string(batch) + " x " + std::to_string(in) + " -> " + std::to_string(out) + " " +
              activation_name(activation.kind) + (bias ? " bias" : "");
  c.inputs = {{.shape = {batch, in}}, {.shape = {in, out}}};
  if (bias) c.inputs.push_back({.shape = {out}});
  c.build = [=](const Tensors& x) { return Tensors{dense(x[0], x[1], bias ? x[2] : Tensor(), {activation})}; };
  c.oracle = [=](const Values& x) {
    return finish(product(s, x[0], x[1]), bias ? x[2] : std::vector<double>{}, activation);
  };
  c.magnitude = [=](const Values& x) {
    return finish_magnitude(product(s, absolute(x[0]), absolute(x[1])), bias ? x[2] : std::vector<double>{},
                            activation);
  };
  c.bound = sum_of(static_cast<double>(in + 1));
  c.exact_on_integers = !is_curve(activation);
  if (differentiate) c.differentiable = bias ? std::vector<int>{0, 1, 2} : std::vector<int>{0, 1};
  return c;
}

std::vector<OpCase> dense_cases() {
  std::vector<OpCase> cases;
  for (const Activation kind :
       {Activation::kNone, Activation::kRelu, Activation::kLeakyRelu, Activation::kSigmoid, Activation::kTanh}) {
    cases.push_back(dense_case(3, 5, 4, true, {kind, 0.25f}, true));
    cases.push_back(dense_case(2, 7, 3, false, {kind, 0.25f}, true));
    cases.push_back(dense_case(19, 300, 77, true, {kind, 0.25f}, false));
  }
  cases.push_back(dense_case(1, 4, 1, true, {}, true));
  cases.push_back(dense_case(1, 1000, 2, true, {}, false));
  cases.push_back(dense_case(16, 600, 256, true, {}, false));
  cases.push_back(dense_case(100, 130, 200, true, {}, false));
  cases.push_back(dense_case(16, 4100, 64, true, {Activation::kLeakyRelu, 0.25f}, false));
  cases.push_back(dense_case(5, 9001, 7, true, {Activation::kTanh}, false));
  return cases;
}

Tensor matrix(const Shape& shape, DType type = DType::kF32) { return fill(0, shape, type); }

const OpRegistration matmul_entry({
    .name = "matmul",
    .ops = {"matmul"},
    .cases = matmul_cases,
    .refused = {{"inner sizes", ErrorCode::kShape,
                 [] {
                   matmul(matrix({2, 3}), matrix({4, 2}));
                 }},
                {"transposed", ErrorCode::kShape,
                 [] {
                   matmul(matrix({2, 3}), matrix({3, 2}), {true, false});
                 }},
                {"ranks", ErrorCode::kShape,
                 [] {
                   matmul(matrix({1, 2, 3}), matrix({3, 2}));
                 }},
                {"batches", ErrorCode::kShape,
                 [] {
                   matmul(matrix({2, 2, 3}), matrix({3, 3, 2}));
                 }},
                {"vector", ErrorCode::kShape, [] { matmul(matrix({3}), matrix({3})); }},
                {"empty", ErrorCode::kShape,
                 [] {
                   matmul(matrix({0, 3}), matrix({3, 2}));
                 }},
                {"mixed types", ErrorCode::kDtype,
                 [] {
                   matmul(matrix({2, 3}), matrix({3, 2}, DType::kF64));
                 }},
                {"integers", ErrorCode::kDtype,
                 [] {
                   matmul(matrix({2, 3}, DType::kI32), matrix({3, 2}, DType::kI32));
                 }},
                {"undefined", ErrorCode::kArgument,
                 [] {
                   matmul(Tensor(), matrix({3, 2}));
                 }}},
});

const OpRegistration dense_entry({
    .name = "dense",
    .ops = {"dense"},
    .cases = dense_cases,
    .refused = {{"sizes", ErrorCode::kShape,
                 [] {
                   dense(matrix({2, 3}), matrix({4, 2}));
                 }},
                {"rank", ErrorCode::kShape,
                 [] {
                   dense(matrix({2, 3, 1}), matrix({3, 2}));
                 }},
                {"bias", ErrorCode::kShape,
                 [] {
                   dense(matrix({2, 3}), matrix({3, 2}), matrix({3}));
                 }},
                {"slope", ErrorCode::kArgument,
                 [] {
                   dense(matrix({2, 3}), matrix({3, 2}), {}, {{Activation::kLeakyRelu, -1}});
                 }},
                {"integers", ErrorCode::kDtype,
                 [] {
                   dense(matrix({2, 3}, DType::kU8), matrix({3, 2}, DType::kU8));
                 }}},
});

}  // namespace
}  // namespace betwixt::ops_test
