// SPDX-License-Identifier: MIT
#include "betwixt/ops/compositing.h"

#include "betwixt/ops/fill.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

OpCase blend_case(const Shape& shape, const Shape& mask) {
  const std::int64_t repeat = shape[3] / mask[3];
  return {.options = "blend " + shape.text() + mask.text(),
          .inputs = {{.shape = shape}, {.shape = shape}, {.shape = mask, .values = uniform(0, 1)}},
          .build = [](const Tensors& in) { return Tensors{blend(in[0], in[1], in[2])}; },
          .oracle =
              [=](const Values& in) {
                std::vector<double> out;
                for (std::int64_t i = 0; i < shape.elements(); ++i) {
                  const double m = in[2][at(i / repeat)];
                  out.push_back(m * in[0][at(i)] + (1 - m) * in[1][at(i)]);
                }
                return Values{out};
              },
          .bound = ulps(2, 4e-7),
          .differentiable = {0, 1, 2}};
}

OpCase recolor_case(const Shape& shape) {
  const std::int64_t c = shape[3];
  return {.options = "recolor " + shape.text(),
          .inputs = {{.shape = shape},
                     {.shape = {shape[0], c, c}},
                     {.shape = {shape[0], c}},
                     {.shape = shape.with(3, 1), .values = uniform(0, 1)}},
          .build = [](const Tensors& in) { return Tensors{recolor(in[0], in[1], in[2], in[3])}; },
          .oracle =
              [=](const Values& in) {
                std::vector<double> out;
                for_each_index(shape, [&](const std::int64_t* i, std::int64_t flat) {
                  double turned = in[2][at(i[0] * c + i[3])];
                  for (std::int64_t k = 0; k < c; ++k)
                    turned += in[1][at((i[0] * c + i[3]) * c + k)] * in[0][at(flat - i[3] + k)];
                  const double m = in[3][at(flat / c)];
                  out.push_back(m * in[0][at(flat)] + (1 - m) * turned);
                });
                return Values{out};
              },
          .bound = ulps(4, 4e-6),
          .differentiable = {0, 1, 2, 3}};
}

const OpRegistration entry({
    .name = "compositing",
    .ops = {},
    .cases =
        [] {
          return std::vector<OpCase>{blend_case({2, 3, 5, 3}, {2, 3, 5, 1}), blend_case({1, 4, 4, 2}, {1, 4, 4, 2}),
                                     recolor_case({2, 3, 5, 3}), recolor_case({1, 4, 3, 1}),
                                     recolor_case({3, 2, 2, 5})};
        },
    .refused = {{"matrix", ErrorCode::kShape,
                 [] {
                   recolor(zeros({1, 4, 4, 3}), zeros({1, 3, 4}), zeros({1, 3}), zeros({1, 4, 4, 1}));
                 }},
                {"bias", ErrorCode::kShape,
                 [] {
                   recolor(zeros({2, 4, 4, 3}), zeros({2, 3, 3}), zeros({1, 3}), zeros({2, 4, 4, 1}));
                 }}},
});

}  // namespace
}  // namespace betwixt::ops_test
