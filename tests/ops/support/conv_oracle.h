// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "betwixt/ops/activation.h"
#include "betwixt/ops/conv2d.h"
#include "tests/ops/support/check_op.h"

// Convolution by its definition: plain loops in f64 over every product, skipping what lies outside the picture.

namespace betwixt::ops_test {

inline double activated(double x, const ActivationOptions& activation) {
  switch (activation.kind) {
    case Activation::kNone:
      return x;
    case Activation::kRelu:
      return x > 0 ? x : 0;
    case Activation::kLeakyRelu:
      return x < 0 ? x * static_cast<double>(activation.slope) : x;
    case Activation::kSigmoid:
      return 1 / (1 + std::exp(-x));
    case Activation::kTanh:
      return std::tanh(x);
  }
  return x;
}

/// The derivative of an activation, told from its output y.
inline double activation_slope(double y, const ActivationOptions& activation) {
  switch (activation.kind) {
    case Activation::kNone:
      return 1;
    case Activation::kRelu:
      return y > 0 ? 1 : 0;
    case Activation::kLeakyRelu:
      return y < 0 ? static_cast<double>(activation.slope) : 1;
    case Activation::kSigmoid:
      return y * (1 - y);
    case Activation::kTanh:
      return 1 - y * y;
  }
  return 0;
}

inline const char* activation_name(Activation kind) {
  switch (kind) {
    case Activation::kNone:
      return "none";
    case Activation::kRelu:
      return "relu";
    case Activation::kLeakyRelu:
      return "leaky_relu";
    case Activation::kSigmoid:
      return "sigmoid";
    case Activation::kTanh:
      return "tanh";
  }
  return "?";
}

/// Sizes of one convolution.
struct ConvShape {
  std::int64_t batch = 1, height = 4, width = 4, in = 1, out = 1, kernel_height = 3, kernel_width = 3;
  Conv2dOptions options;

  std::int64_t side(std::int64_t size, std::int64_t kernel, int before, int after) const {
    return (size * options.upsample + before + after - options.dilation * (kernel - 1) - 1) / options.stride + 1;
  }
  std::int64_t out_height() const { return side(height, kernel_height, options.padding.top, options.padding.bottom); }
  std::int64_t out_width() const { return side(width, kernel_width, options.padding.left, options.padding.right); }
  Shape x() const { return {batch, height, width, in}; }
  Shape weight() const { return {kernel_height, kernel_width, in / options.groups, out}; }
  Shape y() const { return {batch, out_height(), out_width(), out}; }
};

/// Visits every product of the convolution: visit(index in x, index in weight, index in y).
template <class Visit>
void for_each_product(const ConvShape& s, const Visit& visit) {
  const std::int64_t in_group = s.in / s.options.groups;
  const std::int64_t out_group = s.out / s.options.groups;
  for (std::int64_t n = 0; n < s.batch; ++n)
    for (std::int64_t oy = 0; oy < s.out_height(); ++oy)
      for (std::int64_t ox = 0; ox < s.out_width(); ++ox)
        for (std::int64_t ky = 0; ky < s.kernel_height; ++ky)
          for (std::int64_t kx = 0; kx < s.kernel_width; ++kx) {
            const std::int64_t uy = oy * s.options.stride - s.options.padding.top + ky * s.options.dilation;
            const std::int64_t ux = ox * s.options.stride - s.options.padding.left + kx * s.options.dilation;
            if (uy < 0 || ux < 0 || uy >= s.height * s.options.upsample || ux >= s.width * s.options.upsample) continue;
            const std::int64_t iy = uy / s.options.upsample;
            const std::int64_t ix = ux / s.options.upsample;
            for (std::int64_t o = 0; o < s.out; ++o)
              for (std::int64_t c = 0; c < in_group; ++c)
                visit(((n * s.height + iy) * s.width + ix) * s.in + o / out_group * in_group + c,
                      ((ky * s.kernel_width + kx) * in_group + c) * s.out + o,
                      ((n * s.out_height() + oy) * s.out_width() + ox) * s.out + o);
          }
}

/// Sum of products before bias and activation.
inline std::vector<double> conv_products(const ConvShape& s, const std::vector<double>& x,
                                         const std::vector<double>& weight) {
  std::vector<double> y(static_cast<std::size_t>(s.y().elements()));
  for_each_product(s, [&](std::int64_t i, std::int64_t w, std::int64_t o) {
    y[static_cast<std::size_t>(o)] += x[static_cast<std::size_t>(i)] * weight[static_cast<std::size_t>(w)];
  });
  return y;
}

/// dx: the transpose of `conv_products` in x.
inline std::vector<double> conv_input_gradient(const ConvShape& s, const std::vector<double>& dy,
                                               const std::vector<double>& weight) {
  std::vector<double> dx(static_cast<std::size_t>(s.x().elements()));
  for_each_product(s, [&](std::int64_t i, std::int64_t w, std::int64_t o) {
    dx[static_cast<std::size_t>(i)] += dy[static_cast<std::size_t>(o)] * weight[static_cast<std::size_t>(w)];
  });
  return dx;
}

/// The gradient in the input as an op of its own, against the definition.
inline OpCase conv_input_case(const std::string& name, const ConvShape& s) {
  OpCase c;
  c.options = "grad input " + name + " " + s.x().text() + " * " + s.weight().text();
  c.inputs = {{.shape = s.y()}, {.shape = s.weight()}};
  c.build = [s](const Tensors& in) { return Tensors{conv2d_grad_input(in[0], in[1], s.options, s.height, s.width)}; };
  c.oracle = [s](const Values& in) { return Values{conv_input_gradient(s, in[0], in[1])}; };
  c.bound = sum_of(static_cast<double>(s.kernel_height * s.kernel_width * s.out / s.options.groups));
  return c;
}

/// Adds a bias along the innermost axis and applies the activation.
inline Values finish(std::vector<double> y, const std::vector<double>& bias, const ActivationOptions& activation) {
  for (std::size_t i = 0; i < y.size(); ++i)
    y[i] = activated(bias.empty() ? y[i] : y[i] + bias[i % bias.size()], activation);
  return {y};
}

inline std::vector<double> absolute(std::vector<double> values) {
  for (double& v : values) v = std::abs(v);
  return values;
}

/// Magnitudes of a finished sum; a curve adds the error of its own polynomial.
inline Values finish_magnitude(std::vector<double> sums, const std::vector<double>& bias,
                               const ActivationOptions& activation) {
  const bool curve = activation.kind == Activation::kSigmoid || activation.kind == Activation::kTanh;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (!bias.empty()) sums[i] += std::abs(bias[i % bias.size()]);
    if (curve) sums[i] += 1;
  }
  return {sums};
}

inline bool is_curve(const ActivationOptions& activation) {
  return activation.kind == Activation::kSigmoid || activation.kind == Activation::kTanh;
}

}  // namespace betwixt::ops_test
