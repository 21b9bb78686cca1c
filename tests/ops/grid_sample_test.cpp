// SPDX-License-Identifier: MIT
#include "betwixt/ops/grid_sample.h"

#include <gtest/gtest.h>

#include <limits>

#include "betwixt/ops/fill.h"
#include "betwixt/ops/gradient.h"
#include "tests/ops/support/check_op.h"
#include "tests/ops/support/sample_oracle.h"

namespace betwixt::ops_test {
namespace {

Outside outside_of(const GridSampleOptions& o) {
  if (o.padding == GridPadding::kZeros) return Outside::kZero;
  if (o.padding == GridPadding::kBorder) return Outside::kClamp;
  return o.align_corners ? Outside::kReflect : Outside::kMirror;
}

std::string text_of(const GridSampleOptions& o) {
  const char* modes[] = {"nearest ", "bilinear ", "bicubic "};
  const char* paddings[] = {"zeros ", "border ", "reflection "};
  return std::string(modes[static_cast<int>(o.mode)]) + paddings[static_cast<int>(o.padding)] +
         (o.align_corners ? "corners " : "edges ");
}

/// Grid numbers whose positions are whole pixels, within and around the picture, and a part away from 0, 1/2 and 1.
Generator places_around(const Shape& image, bool align_corners) {
  return [=](std::int64_t index, InputRandom& random) {
    const std::int64_t size = image[index % 2 == 0 ? 2 : 1];
    const double part = random.uniform(0.1, 0.4) + (random.integer(0, 1) ? 0.5 : 0);
    const double position = static_cast<double>(random.integer(-size - 2, 2 * size + 1)) + part;
    const auto length = static_cast<double>(size);
    if (align_corners) return size == 1 ? 0.3 : 2 * position / (length - 1) - 1;
    return (2 * position + 1) / length - 1;
  };
}

struct Sizes {
  Shape image, grid;
};

std::vector<Sizes> sizes() {
  return {{{1, 1, 1, 1}, {1, 2, 2, 2}},
          {{2, 5, 7, 3}, {2, 4, 6, 2}},
          {{1, 9, 4, 4}, {1, 3, 5, 2}},
          {{1, 3, 13, 1}, {1, 2, 67, 2}},
          {{1, 2, 3, 6}, {1, 3, 3, 2}}};
}

OpCase forward_case(const GridSampleOptions& o, const Sizes& size, Generator grid, const std::string& what) {
  const SampleCase s{.image = size.image,
                     .points = size.grid,
                     .outside = outside_of(o),
                     .interpolation = static_cast<Interpolation>(o.mode),
                     .is_flow = false,
                     .align_corners = o.align_corners};
  return {.options = text_of(o) + size.image.text() + what,
          .inputs = {{.shape = size.image}, {.shape = size.grid, .values = std::move(grid)}},
          .build = [o](const Tensors& in) { return Tensors{grid_sample(in[0], in[1], o)}; },
          .oracle = [s](const Values& in) { return sample_oracle(s, in); },
          .bound = sum_of(16),
          .magnitude = [s](const Values& in) { return sample_magnitude(s, in); },
          .exact_on_integers = false,
          .second_order = false};
}

OpCase scatter_case(const GridSampleOptions& o, const Sizes& size) {
  const SampleCase s{.image = size.image,
                     .points = size.grid,
                     .outside = outside_of(o),
                     .interpolation = static_cast<Interpolation>(o.mode),
                     .is_flow = false,
                     .align_corners = o.align_corners};
  return {.options = "image gradient " + text_of(o) + size.image.text(),
          .inputs = {{.shape = size.image},
                     {.shape = size.grid, .values = places_around(size.image, o.align_corners)},
                     {.shape = size.grid.with(3, size.image[3])}},
          .build = [o](const Tensors& in) { return gradient(grid_sample(in[0], in[1], o), {in[0]}, in[2]); },
          .oracle = [s](const Values& in) { return scatter_oracle(s, in); },
          .bound = sum_of(static_cast<double>(16 * size.grid.elements())),
          .magnitude = [s](const Values& in) { return scatter_magnitude(s, in); },
          .exact_on_integers = false,
          .differentiable = {1, 2},
          .second_order = false};
}

std::vector<OpCase> cases() {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const Generator wild = listed({std::nan(""), 0.5, kInfinity, -kInfinity, 1e30, -1e30, 3e9, -3e9, 0.25, -0.75});
  std::vector<OpCase> all;
  for (const GridMode mode : {GridMode::kNearest, GridMode::kBilinear, GridMode::kBicubic})
    for (const GridPadding padding : {GridPadding::kZeros, GridPadding::kBorder, GridPadding::kReflection})
      for (const bool align : {false, true}) {
        const GridSampleOptions o{mode, padding, align};
        for (const Sizes& size : sizes()) {
          OpCase both = forward_case(o, size, places_around(size.image, align), "");
          both.differentiable = {0, 1};
          all.push_back(both);
          all.push_back(scatter_case(o, size));
        }
        const Sizes small{{1, 3, 4, 2}, {1, 2, 3, 2}};
        OpCase twice = forward_case(o, small, places_around(small.image, align), " twice in x");
        twice.differentiable = {0};
        twice.second_order = true;
        all.push_back(twice);
        all.push_back(forward_case(o, {{1, 4, 5, 3}, {1, 3, 5, 2}}, wild, " wild grid"));
      }
  return all;
}

const OpRegistration entry({
    .name = "grid_sample",
    .ops = {"grid_sample", "grid_sample_grad_grid", "grid_sample_grad_image"},
    .cases = cases,
    .refused = {{"rank 3", ErrorCode::kShape,
                 [] {
                   grid_sample(zeros({4, 4, 3}), zeros({1, 4, 4, 2}));
                 }},
                {"grid of three", ErrorCode::kShape,
                 [] {
                   grid_sample(zeros({1, 4, 4, 3}), zeros({1, 4, 4, 3}));
                 }},
                {"integers", ErrorCode::kDtype,
                 [] {
                   grid_sample(zeros({1, 4, 4, 3}, DType::kI32), zeros({1, 4, 4, 2}, DType::kI32));
                 }}},
});

OpCase affine_case(std::int64_t height, std::int64_t width, bool align) {
  auto place = [align](std::int64_t i, std::int64_t size) {
    if (size == 1) return 0.0;
    const double edge = 2 * static_cast<double>(i) / static_cast<double>(size - 1) - 1;
    return align ? edge : edge * static_cast<double>(size - 1) / static_cast<double>(size);
  };
  return {.options = std::to_string(height) + "x" + std::to_string(width) + (align ? " corners" : " edges"),
          .inputs = {{.shape = {2, 2, 3}}},
          .build = [=](const Tensors& in) { return Tensors{affine_grid(in[0], height, width, align)}; },
          .oracle =
              [=](const Values& in) {
                std::vector<double> out;
                for_each_index({2, height, width, 2}, [&](const std::int64_t* i, std::int64_t) {
                  const double* row = &in[0][static_cast<std::size_t>((i[0] * 2 + i[3]) * 3)];
                  out.push_back(row[0] * place(i[2], width) + row[1] * place(i[1], height) + row[2]);
                });
                return Values{out};
              },
          .bound = sum_of(3),
          .magnitude =
              [=](const Values& in) {
                std::vector<double> out;
                for_each_index({2, height, width, 2}, [&](const std::int64_t* i, std::int64_t) {
                  const double* row = &in[0][static_cast<std::size_t>((i[0] * 2 + i[3]) * 3)];
                  out.push_back(std::abs(row[0]) + std::abs(row[1]) + std::abs(row[2]));
                });
                return Values{out};
              },
          .exact_on_integers = false,
          .differentiable = {0}};
}

const OpRegistration affine_entry({
    .name = "affine_grid",
    .ops = {},
    .cases =
        [] {
          std::vector<OpCase> all;
          for (const bool align : {false, true})
            for (const std::int64_t height : {1, 5})
              for (const std::int64_t width : {1, 4}) all.push_back(affine_case(height, width, align));
          return all;
        },
    .refused = {{"theta", ErrorCode::kShape,
                 [] {
                   affine_grid(zeros({2, 3}), 4, 4);
                 }},
                {"no rows", ErrorCode::kShape,
                 [] {
                   affine_grid(zeros({1, 2, 3}), 0, 4);
                 }}},
});

}  // namespace
}  // namespace betwixt::ops_test
