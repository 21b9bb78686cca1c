// SPDX-License-Identifier: MIT
#include "betwixt/ops/conv2d_joined.h"

#include "betwixt/ops/concat.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/resize.h"
#include "betwixt/ops/unary.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

/// Joins, enlarges and convolves in plain loops: kernel 3, padding 1, leaky ReLU.
Values joined_oracle(const Values& in, const Shape& small, const Shape& large, std::int64_t out) {
  const std::int64_t up = large[1] / small[1];
  const std::int64_t c0 = small[3], c = c0 + large[3];
  const auto pixel = [&](std::int64_t n, std::int64_t y, std::int64_t x, std::int64_t k) {
    if (y < 0 || x < 0 || y >= large[1] || x >= large[2]) return 0.0;
    if (k < c0) return in[0][static_cast<std::size_t>(((n * small[1] + y / up) * small[2] + x / up) * c0 + k)];
    return in[1][static_cast<std::size_t>(((n * large[1] + y) * large[2] + x) * large[3] + k - c0)];
  };
  std::vector<double> result;
  for_each_index({large[0], large[1], large[2], out}, [&](const std::int64_t* i, std::int64_t) {
    double total = in[3][static_cast<std::size_t>(i[3])];
    for (std::int64_t ky = 0; ky < 3; ++ky)
      for (std::int64_t kx = 0; kx < 3; ++kx)
        for (std::int64_t k = 0; k < c; ++k)
          total += pixel(i[0], i[1] + ky - 1, i[2] + kx - 1, k) *
                   in[2][static_cast<std::size_t>(((ky * 3 + kx) * c + k) * out + i[3])];
    result.push_back(total < 0 ? 0.25 * total : total);
  });
  return {result};
}

OpCase joined_case(const Shape& small, const Shape& large, std::int64_t out) {
  const Shape weight{3, 3, small[3] + large[3], out};
  return {.options = small.text() + large.text() + weight.text(),
          .inputs = {{.shape = small}, {.shape = large}, {.shape = weight}, {.shape = {out}}},
          .build =
              [=](const Tensors& in) {
                const int up = static_cast<int>(large[1] / small[1]);
                return Tensors{conv2d_joined({{in[0], up}, {in[1], 1}}, in[2], in[3],
                                             {.padding = 1, .activation = {Activation::kLeakyRelu, 0.25f}})};
              },
          .oracle = [=](const Values& in) { return joined_oracle(in, small, large, out); },
          .bound = ulps(8, 4e-6),
          .differentiable = {0, 1, 2, 3}};
}

const OpRegistration entry({
    .name = "conv2d_joined",
    .ops = {},
    .cases =
        [] {
          return std::vector<OpCase>{joined_case({2, 3, 2, 3}, {2, 6, 4, 2}, 4),
                                     joined_case({1, 3, 3, 2}, {1, 3, 3, 1}, 3),
                                     joined_case({1, 1, 2, 5}, {1, 3, 6, 4}, 2)};
        },
    .refused = {{"no pictures", ErrorCode::kArgument,
                 [] {
                   conv2d_joined({}, zeros({3, 3, 2, 1}));
                 }},
                {"sizes", ErrorCode::kShape,
                 [] {
                   conv2d_joined({{zeros({1, 2, 2, 1}), 2}, {zeros({1, 5, 4, 1}), 1}}, zeros({3, 3, 2, 1}));
                 }},
                {"channels", ErrorCode::kShape,
                 [] {
                   conv2d_joined({{zeros({1, 4, 4, 1}), 1}}, zeros({3, 3, 2, 1}));
                 }}},
});

}  // namespace
}  // namespace betwixt::ops_test
