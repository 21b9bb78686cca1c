// SPDX-License-Identifier: MIT
#include "betwixt/ops/pyramid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/ops/fill.h"
#include "betwixt/tensor/program.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

constexpr double kFilter[5] = {1 / 16.0, 4 / 16.0, 6 / 16.0, 4 / 16.0, 1 / 16.0};

std::int64_t halved(std::int64_t size) { return (size + 1) / 2; }
Shape coarse_of(const Shape& shape) { return shape.with(1, halved(shape[1])).with(2, halved(shape[2])); }

std::int64_t reflected(std::int64_t i, std::int64_t size) {
  if (size == 1) return 0;
  const std::int64_t at = std::abs(i) % (2 * (size - 1));
  return std::min(at, 2 * (size - 1) - at);
}

double& element(std::vector<double>& x, const Shape& shape, const std::int64_t (&i)[4]) {
  return x[static_cast<std::size_t>(flat_index(shape, i))];
}

std::vector<double> blur_oracle(const Shape& shape, std::vector<double> x, double gain) {
  std::vector<double> out;
  for_each_index(shape, [&](const std::int64_t* i, std::int64_t) {
    double total = 0;
    for (std::int64_t j = -2; j <= 2; ++j)
      for (std::int64_t k = -2; k <= 2; ++k)
        total += gain * kFilter[j + 2] * kFilter[k + 2] *
                 element(x, shape, {i[0], reflected(i[1] + j, shape[1]), reflected(i[2] + k, shape[2]), i[3]});
    out.push_back(total);
  });
  return out;
}

std::vector<double> down_oracle(const Shape& shape, const std::vector<double>& x) {
  std::vector<double> smooth = blur_oracle(shape, x, 1);
  std::vector<double> out;
  for_each_index(coarse_of(shape), [&](const std::int64_t* i, std::int64_t) {
    out.push_back(element(smooth, shape, {i[0], 2 * i[1], 2 * i[2], i[3]}));
  });
  return out;
}

/// From coarse_of(shape) to shape.
std::vector<double> up_oracle(const Shape& shape, std::vector<double> x) {
  std::vector<double> spread;
  for_each_index(shape, [&](const std::int64_t* i, std::int64_t) {
    const bool holds = i[1] % 2 == 0 && i[2] % 2 == 0;
    spread.push_back(holds ? element(x, coarse_of(shape), {i[0], i[1] / 2, i[2] / 2, i[3]}) : 0);
  });
  return blur_oracle(shape, spread, (shape[1] > 1 ? 2 : 1) * (shape[2] > 1 ? 2 : 1));
}

std::vector<double> joined(std::vector<double> a, const std::vector<double>& b, double sign) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += sign * b[i];
  return a;
}

Values level_oracle(const Shape& shape, const std::vector<double>& x, double sign) {
  const std::vector<double> coarse = down_oracle(shape, x);
  return {joined(x, up_oracle(shape, coarse), sign), coarse};
}

std::vector<Shape> sizes() {
  std::vector<Shape> all{{1, 1, 1, 1},  {1, 2, 2, 3}, {1, 1, 5, 2},   {2, 3, 3, 1},  {1, 4, 7, 3},   {1, 13, 8, 4},
                         {1, 9, 17, 5}, {1, 5, 4, 3}, {2, 21, 33, 3}, {1, 6, 67, 1}, {1, 7, 130, 2}, {1, 3, 2, 66}};
  // Rows of three channels are done in blocks of five, eight and sixteen pixels.
  for (const std::int64_t width : {1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 15, 16, 17, 18, 31, 32, 33, 34, 48})
    all.push_back({1, 3, width, 3});
  for (const std::int64_t height : {4, 7, 10}) all.push_back({1, height, 57 - height, 3});
  return all;
}
const Shape kLarge{1, 101, 347, 3};

OpCase linear_case(const char* name, const Shape& from, std::function<Tensor(const Tensor&)> build,
                   std::function<std::vector<double>(const std::vector<double>&)> oracle) {
  return {.options = name + from.text(),
          .inputs = {{.shape = from}},
          .build = [build](const Tensors& in) { return Tensors{build(in[0])}; },
          .oracle = [oracle](const Values& in) { return Values{oracle(in[0])}; },
          .bound = sum_of(25),
          .differentiable = {0},
          .second_order = from.elements() < 5000};
}

std::vector<OpCase> cases_of(const Shape& s) {
  const Shape coarse = coarse_of(s);
  std::vector<OpCase> all{linear_case("blur ", s, blur, [s](const auto& x) { return blur_oracle(s, x, 1); }),
                          linear_case("down ", s, pyramid_down, [s](const auto& x) { return down_oracle(s, x); }),
                          linear_case(
                              "up ", coarse, [s](const Tensor& x) { return pyramid_up(x, s[1], s[2]); },
                              [s](const auto& x) { return up_oracle(s, x); })};
  all.push_back({.options = "level " + s.text(),
                 .inputs = {{.shape = s}},
                 .build =
                     [](const Tensors& in) {
                       const PyramidLevel level = pyramid_level(in[0]);
                       return Tensors{level.laplacian, level.coarser};
                     },
                 .oracle = [s](const Values& in) { return level_oracle(s, in[0], -1); },
                 .bound = sum_of(50),
                 .magnitude =
                     [s](const Values& in) {
                       std::vector<double> x = in[0];
                       for (double& v : x) v = std::abs(v);
                       return level_oracle(s, x, 1);
                     },
                 .differentiable = {0},
                 .second_order = s.elements() < 5000});
  all.push_back({.options = "collapse " + s.text(),
                 .inputs = {{.shape = s}, {.shape = coarse}},
                 .build = [](const Tensors& in) { return Tensors{pyramid_collapse(in[0], in[1])}; },
                 .oracle = [s](const Values& in) { return Values{joined(in[0], up_oracle(s, in[1]), 1)}; },
                 .bound = sum_of(10),
                 .differentiable = {0, 1},
                 .second_order = s.elements() < 5000});
  return all;
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  for (const Shape& s : sizes())
    for (const OpCase& op_case : cases_of(s)) all.push_back(op_case);
  for (const OpCase& op_case : cases_of(kLarge)) all.push_back(op_case);
  return all;
}

const OpRegistration entry({
    .name = "pyramid",
    .ops = {"blur", "blur_grad", "pyramid_down", "pyramid_down_grad", "pyramid_up", "pyramid_up_grad",
            "pyramid_collapse", "pyramid_level"},
    .cases = cases,
    .refused = {{"rank 3", ErrorCode::kShape,
                 [] {
                   blur(zeros({4, 4, 3}));
                 }},
                {"empty", ErrorCode::kShape,
                 [] {
                   pyramid_down(zeros({1, 0, 4, 3}));
                 }},
                {"integers", ErrorCode::kDtype,
                 [] {
                   pyramid_level(zeros({1, 4, 4, 3}, DType::kI32));
                 }},
                {"too large", ErrorCode::kShape,
                 [] {
                   pyramid_up(zeros({1, 4, 4, 3}), 9, 8);
                 }},
                {"too small", ErrorCode::kShape,
                 [] {
                   pyramid_up(zeros({1, 4, 4, 3}), 8, 6);
                 }},
                {"other level", ErrorCode::kShape,
                 [] {
                   pyramid_collapse(zeros({1, 8, 8, 3}), zeros({1, 4, 3, 3}));
                 }},
                {"levels", ErrorCode::kArgument,
                 [] {
                   laplacian_pyramid(zeros({1, 8, 8, 3}), -1);
                 }}},
});

TEST(Pyramid, CollapseGivesThePictureBack) {
  for (const Shape& shape : {Shape{1, 37, 53, 3}, Shape{2, 64, 64, 1}, Shape{1, 1, 9, 3}, Shape{1, 99, 100, 4}}) {
    InputRandom random(5);
    std::vector<double> values;
    for (std::int64_t i = 0; i < shape.elements(); ++i)
      values.push_back(static_cast<double>(static_cast<float>(random.uniform(0, 1))));
    const Tensor x = constant(values, shape);
    for (const int levels : {0, 1, 4, 9}) {
      Program program(cpu_device(), {pyramid_collapse(laplacian_pyramid(x, levels))});
      program.run();
      const std::vector<float> back = program.values<float>();
      double worst = 0;
      for (std::size_t i = 0; i < back.size(); ++i)
        worst = std::max(worst, std::abs(static_cast<double>(back[i]) - values[i]));
      EXPECT_LT(worst, 1e-6) << shape.text() << " levels " << levels;
    }
  }
}

TEST(Pyramid, ConstantPicturesStayConstant) {
  const Tensor x = fill(0.75, {1, 11, 14, 3});
  const PyramidLevel level = pyramid_level(x);
  Program program(cpu_device(), {blur(x), level.laplacian, level.coarser});
  program.run();
  for (const float v : program.values<float>(0)) EXPECT_EQ(v, 0.75f);
  for (const float v : program.values<float>(1)) EXPECT_EQ(v, 0.0f);
  for (const float v : program.values<float>(2)) EXPECT_EQ(v, 0.75f);
}

}  // namespace
}  // namespace betwixt::ops_test
