// SPDX-License-Identifier: MIT
#include "betwixt/ops/conv2d.h"

#include <gtest/gtest.h>

#include "betwixt/ops/fill.h"
#include "betwixt/ops/gradient.h"
#include "tests/ops/support/check_op.h"
#include "tests/ops/support/conv_oracle.h"

namespace betwixt::ops_test {
namespace {

double terms(const ConvShape& s) {
  return static_cast<double>(s.kernel_height * s.kernel_width * s.in / s.options.groups + 1);
}

OpCase forward_case(const std::string& name, const ConvShape& s, bool bias = true, bool differentiate = true) {
  OpCase c;
  c.options = name + " " + s.x().text() + " * " + s.weight().text();
  c.inputs = {{.shape = s.x()}, {.shape = s.weight()}};
  if (bias) c.inputs.push_back({.shape = {s.out}});
  c.build = [s, bias](const Tensors& in) { return Tensors{conv2d(in[0], in[1], bias ? in[2] : Tensor(), s.options)}; };
  c.oracle = [s, bias](const Values& in) {
    return finish(conv_products(s, in[0], in[1]), bias ? in[2] : std::vector<double>{}, s.options.activation);
  };
  c.magnitude = [s, bias](const Values& in) {
    return finish_magnitude(conv_products(s, absolute(in[0]), absolute(in[1])), bias ? in[2] : std::vector<double>{},
                            s.options.activation);
  };
  c.bound = sum_of(terms(s));
  c.exact_on_integers = !is_curve(s.options.activation);
  if (differentiate) c.differentiable = bias ? std::vector<int>{0, 1, 2} : std::vector<int>{0, 1};
  return c;
}

/// Kernels, strides and paddings; small enough for gradients of both orders.
std::vector<OpCase> geometry_cases() {
  std::vector<OpCase> cases;
  for (int kernel = 1; kernel <= 5; ++kernel)
    for (int stride = 1; stride <= 3; ++stride)
      cases.push_back(forward_case("k" + std::to_string(kernel) + " s" + std::to_string(stride),
                                   {.batch = 1 + kernel % 2 * 2,
                                    .height = 7,
                                    .width = 5,
                                    .in = 3,
                                    .out = 2,
                                    .kernel_height = kernel,
                                    .kernel_width = kernel,
                                    .options = {.stride = stride, .padding = kernel / 2}},
                                   stride != 2));
  cases.push_back(forward_case("odd padding", {.height = 5,
                                               .width = 4,
                                               .in = 2,
                                               .out = 3,
                                               .kernel_height = 3,
                                               .kernel_width = 2,
                                               .options = {.padding = {0, 3, 2, 1}}}));
  cases.push_back(forward_case("no padding", {.height = 6, .width = 5, .in = 5, .out = 4, .options = {.stride = 2}}));
  cases.push_back(forward_case("dilation 2",
                               {.height = 8, .width = 7, .in = 2, .out = 2, .options = {.padding = 2, .dilation = 2}}));
  cases.push_back(forward_case(
      "dilation 2 stride 2",
      {.height = 9, .width = 7, .in = 2, .out = 2, .options = {.stride = 2, .padding = 1, .dilation = 2}}));
  cases.push_back(
      forward_case("one pixel", {.height = 1, .width = 1, .in = 4, .out = 5, .kernel_height = 1, .kernel_width = 1}));
  cases.push_back(forward_case(
      "kernel larger than the picture",
      {.height = 2, .width = 3, .in = 1, .out = 1, .kernel_height = 5, .kernel_width = 5, .options = {.padding = 2}}));
  return cases;
}

std::vector<OpCase> group_cases() {
  std::vector<OpCase> cases;
  for (const int upsample : {1, 2}) {
    const std::string suffix = upsample == 2 ? " upsample" : "";
    cases.push_back(forward_case("2 groups" + suffix, {.batch = 2,
                                                       .height = 4,
                                                       .width = 3,
                                                       .in = 4,
                                                       .out = 6,
                                                       .options = {.padding = 1, .groups = 2, .upsample = upsample}}));
    cases.push_back(forward_case("depthwise" + suffix,
                                 {.batch = 3,
                                  .height = 5,
                                  .width = 4,
                                  .in = 3,
                                  .out = 3,
                                  .options = {.stride = 2, .padding = 1, .groups = 3, .upsample = upsample}}));
  }
  cases.push_back(forward_case(
      "depthwise, two results each",
      {.height = 4, .width = 5, .in = 3, .out = 6, .kernel_height = 2, .kernel_width = 3, .options = {.groups = 3}}));
  return cases;
}

std::vector<OpCase> upsample_cases() {
  std::vector<OpCase> cases;
  for (int kernel = 1; kernel <= 5; ++kernel)
    cases.push_back(
        forward_case("upsample k" + std::to_string(kernel), {.batch = 2,
                                                             .height = 3,
                                                             .width = 4,
                                                             .in = 2,
                                                             .out = 3,
                                                             .kernel_height = kernel,
                                                             .kernel_width = kernel,
                                                             .options = {.padding = kernel / 2, .upsample = 2}}));
  cases.push_back(forward_case(
      "upsample 3 stride 2",
      {.height = 4, .width = 3, .in = 2, .out = 2, .options = {.stride = 2, .padding = 1, .upsample = 3}}));
  cases.push_back(forward_case(
      "upsample 2 stride 3",
      {.height = 5, .width = 4, .in = 2, .out = 2, .options = {.stride = 3, .padding = 1, .upsample = 2}}));
  cases.push_back(
      forward_case("upsample 2 dilation 2", {.height = 4,
                                             .width = 4,
                                             .in = 2,
                                             .out = 2,
                                             .options = {.padding = {2, 1, 0, 3}, .dilation = 2, .upsample = 2}}));
  return cases;
}

std::vector<OpCase> channel_cases() {
  std::vector<OpCase> cases;
  for (const std::int64_t in : {1, 3, 4, 5, 16, 17, 33})
    for (const std::int64_t out : {1, 3, 4, 5, 16, 17, 33}) {
      const bool differentiate = in + out <= 10;
      cases.push_back(forward_case(
          "channels", {.batch = 1, .height = 5, .width = 3, .in = in, .out = out, .options = {.padding = 1}}, true,
          differentiate));
    }
  return cases;
}

/// Several tiles, panels and blocks; not differentiated element by element.
std::vector<OpCase> large_cases() {
  return {
      forward_case("tiles", {.batch = 3, .height = 31, .width = 37, .in = 17, .out = 33, .options = {.padding = 1}},
                   true, false),
      forward_case("stride 2",
                   {.batch = 2,
                    .height = 33,
                    .width = 29,
                    .in = 16,
                    .out = 96,
                    .kernel_height = 4,
                    .kernel_width = 4,
                    .options = {.stride = 2, .padding = 1}},
                   true, false),
      forward_case("deep", {.batch = 5, .height = 4, .width = 4, .in = 130, .out = 144, .options = {.padding = 1}},
                   true, false),
      forward_case(
          "upsample",
          {.batch = 2, .height = 16, .width = 13, .in = 33, .out = 19, .options = {.padding = 1, .upsample = 2}}, true,
          false),
      forward_case("upsample to colours",
                   {.batch = 2,
                    .height = 16,
                    .width = 16,
                    .in = 32,
                    .out = 3,
                    .options = {.padding = 1, .upsample = 2, .activation = {Activation::kSigmoid}}},
                   true, false),
      forward_case("wide", {.batch = 1, .height = 3, .width = 700, .in = 3, .out = 8, .options = {.padding = 1}}, true,
                   false),
      forward_case("many pixels",
                   {.batch = 2, .height = 35, .width = 33, .in = 4, .out = 68, .options = {.padding = 1}}, true, false),
      forward_case("very deep", {.batch = 1, .height = 4, .width = 3, .in = 260, .out = 36, .options = {.padding = 1}},
                   true, false),
      forward_case("groups of fours",
                   {.batch = 2, .height = 9, .width = 7, .in = 16, .out = 24, .options = {.padding = 1, .groups = 2}},
                   true, false)};
}

std::vector<OpCase> activation_cases() {
  std::vector<OpCase> cases;
  for (const Activation kind : {Activation::kRelu, Activation::kLeakyRelu, Activation::kSigmoid, Activation::kTanh}) {
    const std::string name = activation_name(kind);
    const ConvShape plain{
        .batch = 1, .height = 4, .width = 3, .in = 3, .out = 5, .options = {.padding = 1, .activation = {kind, 0.25f}}};
    const ConvShape enlarged{.batch = 1,
                             .height = 2,
                             .width = 3,
                             .in = 2,
                             .out = 3,
                             .options = {.padding = 1, .upsample = 2, .activation = {kind, 0.25f}}};
    cases.push_back(forward_case(name, plain, true, is_curve(plain.options.activation)));
    cases.push_back(forward_case(name + " upsample", enlarged, false, is_curve(plain.options.activation)));
    if (is_curve(plain.options.activation)) continue;
    // Whole channels on either side of the kink, so that no difference step crosses it.
    cases.push_back(forward_case(name + " far from 0", plain));
    cases.back().inputs[2].values = listed({-30, 30, 30, -30, 30});
    cases.push_back(forward_case(name + " upsample far from 0", enlarged));
    cases.back().inputs[2].values = listed({30, -30, 30});
  }
  return cases;
}

OpCase input_case(const std::string& name, const ConvShape& s, bool differentiate) {
  OpCase c = conv_input_case(name, s);
  if (differentiate) c.differentiable = {0, 1};
  return c;
}

OpCase weight_case(const std::string& name, const ConvShape& s, bool differentiate) {
  OpCase c;
  c.options = "grad weight " + name + " " + s.x().text() + " * " + s.weight().text();
  c.inputs = {{.shape = s.x()}, {.shape = s.y()}};
  c.build = [s](const Tensors& in) {
    return Tensors{conv2d_grad_weight(in[0], in[1], s.options, s.kernel_height, s.kernel_width)};
  };
  c.oracle = [s](const Values& in) {
    std::vector<double> dw(static_cast<std::size_t>(s.weight().elements()));
    for_each_product(s, [&](std::int64_t i, std::int64_t w, std::int64_t o) {
      dw[static_cast<std::size_t>(w)] += in[0][static_cast<std::size_t>(i)] * in[1][static_cast<std::size_t>(o)];
    });
    return Values{dw};
  };
  c.bound = sum_of(static_cast<double>(s.batch * s.out_height() * s.out_width()));
  if (differentiate) c.differentiable = {0, 1};
  return c;
}

std::vector<OpCase> gradient_cases(OpCase (*make)(const std::string&, const ConvShape&, bool)) {
  std::vector<OpCase> cases;
  for (int kernel = 1; kernel <= 5; ++kernel)
    for (int stride = 1; stride <= 3; ++stride)
      cases.push_back(make("k" + std::to_string(kernel) + " s" + std::to_string(stride),
                           {.batch = 2,
                            .height = 8,
                            .width = 7,
                            .in = 3,
                            .out = 5,
                            .kernel_height = kernel,
                            .kernel_width = kernel,
                            .options = {.stride = stride, .padding = kernel / 2}},
                           kernel == 2 && stride == 2));
  cases.push_back(
      make("dilation",
           {.height = 9, .width = 8, .in = 2, .out = 3, .options = {.stride = 2, .padding = 1, .dilation = 2}}, true));
  cases.push_back(make("odd padding",
                       {.height = 5,
                        .width = 4,
                        .in = 17,
                        .out = 3,
                        .kernel_height = 3,
                        .kernel_width = 2,
                        .options = {.padding = {0, 3, 2, 1}}},
                       false));
  cases.push_back(make(
      "groups",
      {.batch = 2, .height = 5, .width = 5, .in = 6, .out = 4, .options = {.stride = 2, .padding = 1, .groups = 2}},
      true));
  cases.push_back(
      make("depthwise",
           {.batch = 2, .height = 5, .width = 6, .in = 17, .out = 17, .options = {.padding = 1, .groups = 17}}, false));
  for (int kernel = 1; kernel <= 5; ++kernel)
    cases.push_back(make("upsample k" + std::to_string(kernel),
                         {.batch = 2,
                          .height = 3,
                          .width = 4,
                          .in = 4,
                          .out = 3,
                          .kernel_height = kernel,
                          .kernel_width = kernel,
                          .options = {.padding = kernel / 2, .upsample = 2}},
                         kernel == 3));
  cases.push_back(
      make("upsample 3 stride 2",
           {.height = 4, .width = 3, .in = 2, .out = 2, .options = {.stride = 2, .padding = 1, .upsample = 3}}, true));
  cases.push_back(make(
      "tiles", {.batch = 3, .height = 31, .width = 37, .in = 17, .out = 33, .options = {.stride = 2, .padding = 1}},
      false));
  cases.push_back(make("many pixels",
                       {.batch = 4, .height = 40, .width = 30, .in = 16, .out = 48, .options = {.padding = 1}}, false));
  cases.push_back(make(
      "few results",
      {.batch = 2, .height = 24, .width = 20, .in = 32, .out = 3, .options = {.padding = 1, .upsample = 2}}, false));
  cases.push_back(
      make("few channels",
           {.batch = 2, .height = 24, .width = 20, .in = 3, .out = 32, .options = {.stride = 2, .padding = 1}}, false));
  cases.push_back(make(
      "groups of fours",
      {.batch = 2, .height = 9, .width = 8, .in = 16, .out = 24, .options = {.stride = 2, .padding = 1, .groups = 2}},
      false));
  cases.push_back(make("many results",
                       {.batch = 2,
                        .height = 68,
                        .width = 66,
                        .in = 68,
                        .out = 8,
                        .kernel_height = 4,
                        .kernel_width = 4,
                        .options = {.stride = 2, .padding = 1}},
                       false));
  cases.push_back(make(
      "deep", {.batch = 5, .height = 4, .width = 4, .in = 70, .out = 144, .options = {.padding = 1, .upsample = 2}},
      false));
  return cases;
}

Tensor picture(const Shape& shape, DType type = DType::kF32) { return fill(0, shape, type); }

const OpRegistration geometry_entry({
    .name = "conv2d_geometry",
    .ops = {"conv2d"},
    .cases = geometry_cases,
    .refused =
        {{"rank 3", ErrorCode::kShape,
          [] {
            conv2d(picture({4, 4, 1}), picture({3, 3, 1, 1}));
          }},
         {"channels", ErrorCode::kShape,
          [] {
            conv2d(picture({1, 4, 4, 3}), picture({3, 3, 4, 1}));
          }},
         {"bias", ErrorCode::kShape,
          [] {
            conv2d(picture({1, 4, 4, 1}), picture({3, 3, 1, 2}), picture({3}));
          }},
         {"does not fit", ErrorCode::kShape,
          [] {
            conv2d(picture({1, 4, 2, 1}), picture({3, 3, 1, 2}));
          }},
         {"groups", ErrorCode::kShape,
          [] {
            conv2d(picture({1, 4, 4, 3}), picture({3, 3, 1, 2}), {}, {.groups = 2});
          }},
         {"no groups", ErrorCode::kArgument,
          [] {
            conv2d(picture({1, 4, 4, 3}), picture({3, 3, 3, 2}), {}, {.groups = 0});
          }},
         {"stride", ErrorCode::kArgument,
          [] {
            conv2d(picture({1, 4, 4, 1}), picture({3, 3, 1, 2}), {}, {.stride = 0});
          }},
         {"padding", ErrorCode::kArgument,
          [] {
            conv2d(picture({1, 4, 4, 1}), picture({3, 3, 1, 2}), {}, {.padding = -1});
          }},
         {"upsample", ErrorCode::kArgument,
          [] {
            conv2d(picture({1, 4, 4, 1}), picture({3, 3, 1, 2}), {}, {.upsample = 17});
          }},
         {"kernel", ErrorCode::kLimit,
          [] {
            conv2d(picture({1, 80, 80, 1}), picture({65, 1, 1, 2}));
          }},
         {"slope", ErrorCode::kArgument,
          [] {
            conv2d(picture({1, 4, 4, 1}), picture({3, 3, 1, 2}), {}, {.activation = {Activation::kLeakyRelu, 0}});
          }},
         {"integers", ErrorCode::kDtype,
          [] {
            conv2d(picture({1, 4, 4, 1}, DType::kI32), picture({3, 3, 1, 2}, DType::kI32));
          }},
         {"mixed types", ErrorCode::kDtype,
          [] {
            conv2d(picture({1, 4, 4, 1}), picture({3, 3, 1, 2}, DType::kF64));
          }},
         {"undefined", ErrorCode::kArgument,
          [] {
            conv2d(Tensor(), picture({3, 3, 1, 2}));
          }}},
});
const OpRegistration group_entry({.name = "conv2d_groups", .ops = {"conv2d"}, .cases = group_cases});
const OpRegistration upsample_entry({.name = "conv2d_upsample", .ops = {"conv2d"}, .cases = upsample_cases});
const OpRegistration channel_entry({.name = "conv2d_channels", .ops = {"conv2d"}, .cases = channel_cases});
const OpRegistration large_entry({.name = "conv2d_large", .ops = {"conv2d"}, .cases = large_cases});
const OpRegistration activation_entry({.name = "conv2d_activations", .ops = {"conv2d"}, .cases = activation_cases});
const OpRegistration input_entry({
    .name = "conv2d_grad_input",
    .ops = {"conv2d_grad_input"},
    .cases = [] { return gradient_cases(input_case); },
    .refused = {{"size", ErrorCode::kShape,
                 [] {
                   conv2d_grad_input(picture({1, 4, 4, 2}), picture({3, 3, 1, 2}), {.padding = 1}, 4, 5);
                 }}},
});
const OpRegistration weight_entry({
    .name = "conv2d_grad_weight",
    .ops = {"conv2d_grad_weight"},
    .cases = [] { return gradient_cases(weight_case); },
    .refused = {{"size", ErrorCode::kShape,
                 [] {
                   conv2d_grad_weight(picture({1, 4, 4, 2}), picture({1, 4, 5, 3}), {.padding = 1}, 3, 3);
                 }}},
});

}  // namespace
}  // namespace betwixt::ops_test
