// SPDX-License-Identifier: MIT
#include "betwixt/ops/conv2d_transpose.h"

#include <gtest/gtest.h>

#include "betwixt/ops/fill.h"
#include "tests/ops/support/check_op.h"
#include "tests/ops/support/conv_oracle.h"

namespace betwixt::ops_test {
namespace {

/// Sizes of one transposed convolution.
struct TransposeShape {
  std::int64_t batch = 1, height = 3, width = 4, in = 2, out = 3, kernel = 4;
  Conv2dTransposeOptions options;

  std::int64_t side(std::int64_t size, int before, int after) const {
    return (size - 1) * options.stride - before - after + options.dilation * (kernel - 1) + options.output_padding + 1;
  }
  std::int64_t out_height() const { return side(height, options.padding.top, options.padding.bottom); }
  std::int64_t out_width() const { return side(width, options.padding.left, options.padding.right); }
  Shape x() const { return {batch, height, width, in}; }
  Shape weight() const { return {kernel, kernel, in, out / options.groups}; }
};

/// Every input pixel spreads over the result through the kernel.
std::vector<double> spread(const TransposeShape& s, const std::vector<double>& x, const std::vector<double>& w) {
  const std::int64_t in_group = s.in / s.options.groups;
  const std::int64_t out_group = s.out / s.options.groups;
  std::vector<double> y(static_cast<std::size_t>(s.batch * s.out_height() * s.out_width() * s.out));
  for (std::int64_t n = 0; n < s.batch; ++n)
    for (std::int64_t iy = 0; iy < s.height; ++iy)
      for (std::int64_t ix = 0; ix < s.width; ++ix)
        for (std::int64_t ky = 0; ky < s.kernel; ++ky)
          for (std::int64_t kx = 0; kx < s.kernel; ++kx) {
            const std::int64_t oy = iy * s.options.stride - s.options.padding.top + ky * s.options.dilation;
            const std::int64_t ox = ix * s.options.stride - s.options.padding.left + kx * s.options.dilation;
            if (oy < 0 || ox < 0 || oy >= s.out_height() || ox >= s.out_width()) continue;
            for (std::int64_t c = 0; c < s.in; ++c)
              for (std::int64_t o = 0; o < out_group; ++o)
                y[static_cast<std::size_t>(((n * s.out_height() + oy) * s.out_width() + ox) * s.out +
                                           c / in_group * out_group + o)] +=
                    x[static_cast<std::size_t>(((n * s.height + iy) * s.width + ix) * s.in + c)] *
                    w[static_cast<std::size_t>(((ky * s.kernel + kx) * s.in + c) * out_group + o)];
          }
  return y;
}

OpCase transpose_case(const std::string& name, const TransposeShape& s, bool bias, bool differentiate) {
  OpCase c;
  c.options = name + " " + s.x().text() + " * " + s.weight().text();
  c.inputs = {{.shape = s.x()}, {.shape = s.weight()}};
  if (bias) c.inputs.push_back({.shape = {s.out}});
  c.build = [s, bias](const Tensors& in) {
    return Tensors{conv2d_transpose(in[0], in[1], bias ? in[2] : Tensor(), s.options)};
  };
  c.oracle = [s, bias](const Values& in) {
    return finish(spread(s, in[0], in[1]), bias ? in[2] : std::vector<double>{}, s.options.activation);
  };
  c.magnitude = [s, bias](const Values& in) {
    return finish_magnitude(spread(s, absolute(in[0]), absolute(in[1])), bias ? in[2] : std::vector<double>{},
                            s.options.activation);
  };
  c.bound = sum_of(static_cast<double>(s.kernel * s.kernel * s.in / s.options.groups + 1));
  c.exact_on_integers = !is_curve(s.options.activation);
  if (differentiate) c.differentiable = bias ? std::vector<int>{0, 1, 2} : std::vector<int>{0, 1};
  return c;
}

std::vector<OpCase> transpose_cases() {
  std::vector<OpCase> cases;
  for (int kernel = 1; kernel <= 5; ++kernel)
    for (int stride = 1; stride <= 3; ++stride)
      cases.push_back(transpose_case(
          "k" + std::to_string(kernel) + " s" + std::to_string(stride),
          {.batch = 1 + kernel % 2, .kernel = kernel, .options = {.stride = stride, .padding = kernel > 2 ? 1 : 0}},
          stride == 2, true));
  cases.push_back(transpose_case(
      "output padding", {.kernel = 3, .options = {.stride = 2, .padding = 1, .output_padding = 1}}, true, true));
  cases.push_back(transpose_case("odd padding", {.options = {.stride = 2, .padding = {0, 1, 2, 1}}}, true, true));
  cases.push_back(
      transpose_case("dilation", {.kernel = 3, .options = {.stride = 2, .padding = 1, .dilation = 2}}, true, true));
  cases.push_back(transpose_case(
      "groups", {.in = 4, .out = 6, .kernel = 3, .options = {.stride = 2, .padding = 1, .groups = 2}}, true, true));
  cases.push_back(
      transpose_case("depthwise", {.in = 3, .out = 3, .kernel = 2, .options = {.stride = 2, .groups = 3}}, true, true));
  for (const Activation kind : {Activation::kRelu, Activation::kLeakyRelu, Activation::kSigmoid, Activation::kTanh})
    cases.push_back(transpose_case(activation_name(kind),
                                   {.options = {.stride = 2, .padding = 1, .activation = {kind, 0.25f}}}, true, true));
  cases.push_back(transpose_case(
      "channels", {.batch = 3, .height = 9, .width = 7, .in = 33, .out = 17, .options = {.stride = 2, .padding = 1}},
      true, false));
  cases.push_back(transpose_case(
      "tiles", {.batch = 2, .height = 16, .width = 17, .in = 40, .out = 64, .options = {.stride = 2, .padding = 1}},
      true, false));
  return cases;
}

Tensor picture(const Shape& shape, DType type = DType::kF32) { return fill(0, shape, type); }

const OpRegistration transpose_entry({
    .name = "conv2d_transpose",
    .ops = {"conv2d_transpose"},
    .cases = transpose_cases,
    .refused =
        {{"rank", ErrorCode::kShape,
          [] {
            conv2d_transpose(picture({4, 4, 1}), picture({3, 3, 1, 1}));
          }},
         {"channels", ErrorCode::kShape,
          [] {
            conv2d_transpose(picture({1, 4, 4, 3}), picture({3, 3, 4, 1}));
          }},
         {"bias", ErrorCode::kShape,
          [] {
            conv2d_transpose(picture({1, 4, 4, 3}), picture({3, 3, 3, 2}), picture({3}));
          }},
         {"nothing left", ErrorCode::kShape,
          [] {
            conv2d_transpose(picture({1, 1, 1, 3}), picture({2, 2, 3, 2}), {}, {.padding = 1});
          }},
         {"output padding", ErrorCode::kArgument,
          [] {
            conv2d_transpose(picture({1, 4, 4, 3}), picture({3, 3, 3, 2}), {}, {.stride = 2, .output_padding = 2});
          }},
         {"stride", ErrorCode::kArgument,
          [] {
            conv2d_transpose(picture({1, 4, 4, 3}), picture({3, 3, 3, 2}), {}, {.stride = 33});
          }},
         {"integers", ErrorCode::kDtype,
          [] {
            conv2d_transpose(picture({1, 4, 4, 1}, DType::kI32), picture({3, 3, 1, 2}, DType::kI32));
          }}},
});

}  // namespace
}  // namespace betwixt::ops_test
