// SPDX-License-Identifier: MIT
#include "betwixt/ops/resize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/pool.h"
#include "betwixt/tensor/program.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

enum class Kind { kNearest, kHalfPixel, kCorners, kArea };

struct Resize {
  Shape x;
  std::int64_t height, width;
};

std::vector<Resize> resizes() {
  return {{{1, 1, 1, 1}, 1, 1},    {{1, 1, 1, 2}, 3, 5},     {{1, 4, 6, 3}, 8, 12},   {{2, 8, 6, 1}, 4, 3},
          {{1, 5, 7, 3}, 13, 4},   {{1, 13, 3, 2}, 7, 1},    {{3, 3, 3, 67}, 5, 2},   {{1, 2, 300, 9}, 3, 127},
          {{1, 4, 1000, 5}, 2, 2}, {{2, 33, 65, 3}, 64, 64}, {{1, 2, 2, 2050}, 3, 3}, {{2, 5, 3, 16}, 10, 6},
          {{1, 1, 4, 32}, 2, 8},   {{2, 3, 1, 64}, 6, 2},    {{1, 6, 5, 48}, 12, 9}};
}

Tensor apply_kind(Kind kind, const Tensor& x, const Resize& r) {
  switch (kind) {
    case Kind::kNearest:
      return resize_nearest(x, r.height, r.width);
    case Kind::kHalfPixel:
      return resize_bilinear(x, r.height, r.width);
    case Kind::kCorners:
      return resize_bilinear(x, r.height, r.width, true);
    case Kind::kArea:
      return resize_area(x, r.height, r.width);
  }
  return {};
}

/// Weight of source pixel `source` in result pixel `i`, straight from the definitions.
double weight(Kind kind, std::int64_t i, std::int64_t source, std::int64_t from, std::int64_t to) {
  using Real = long double;
  const Real scale = static_cast<Real>(from) / static_cast<Real>(to);
  if (kind == Kind::kNearest) return source == i * from / to ? 1 : 0;
  if (kind == Kind::kArea) {
    const Real begin = static_cast<Real>(i) * scale;
    const Real end = static_cast<Real>(i + 1) * scale;
    const Real overlap = std::min(end, static_cast<Real>(source + 1)) - std::max(begin, static_cast<Real>(source));
    return overlap > 1e-15L ? static_cast<double>(overlap / scale) : 0;
  }
  Real position = (static_cast<Real>(i) + 0.5L) * scale - 0.5L;
  if (kind == Kind::kCorners) position = to == 1 ? 0 : static_cast<Real>(i * (from - 1)) / static_cast<Real>(to - 1);
  position = std::clamp(position, Real{0}, static_cast<Real>(from - 1));
  return static_cast<double>(std::max(Real{0}, 1 - std::abs(position - static_cast<Real>(source))));
}

Values oracle(Kind kind, const Resize& r, const std::vector<double>& x) {
  std::vector<std::vector<double>> rows, columns;
  auto weights = [&](std::int64_t from, std::int64_t to) {
    std::vector<std::vector<double>> all;
    for (std::int64_t i = 0; i < to; ++i) {
      all.emplace_back();
      for (std::int64_t s = 0; s < from; ++s) all.back().push_back(weight(kind, i, s, from, to));
    }
    return all;
  };
  rows = weights(r.x[1], r.height);
  columns = weights(r.x[2], r.width);
  std::vector<double> out;
  for_each_index(r.x.with(1, r.height).with(2, r.width), [&](const std::int64_t* i, std::int64_t) {
    double total = 0;
    for (std::int64_t y = 0; y < r.x[1]; ++y) {
      const double row = rows[static_cast<std::size_t>(i[1])][static_cast<std::size_t>(y)];
      if (row == 0) continue;
      for (std::int64_t s = 0; s < r.x[2]; ++s) {
        const std::int64_t from[] = {i[0], y, s, i[3]};
        total += row * columns[static_cast<std::size_t>(i[2])][static_cast<std::size_t>(s)] *
                 x[static_cast<std::size_t>(flat_index(r.x, from))];
      }
    }
    out.push_back(total);
  });
  return {out};
}

std::vector<OpCase> cases() {
  const std::pair<Kind, const char*> kinds[] = {{Kind::kNearest, "nearest "},
                                                {Kind::kHalfPixel, "bilinear "},
                                                {Kind::kCorners, "bilinear corners "},
                                                {Kind::kArea, "area "}};
  std::vector<OpCase> all;
  for (const auto& named : kinds) {
    const Kind kind = named.first;
    for (const Resize& r : resizes())
      all.push_back(
          {.options = named.second + r.x.text() + " to " + std::to_string(r.height) + "x" + std::to_string(r.width),
           .inputs = {{.shape = r.x}},
           .build = [kind, r](const Tensors& in) { return Tensors{apply_kind(kind, in[0], r)}; },
           .oracle = [kind, r](const Values& in) { return oracle(kind, r, in[0]); },
           .bound = kind == Kind::kNearest ? exact() : sum_of(16),
           .exact_on_integers = false,
           .differentiable = {0}});
  }
  return all;
}

const OpRegistration entry({
    .name = "resize",
    .ops = {"resize", "resize_grad"},
    .cases = cases,
    .refused = {{"rank 3", ErrorCode::kShape,
                 [] {
                   resize_nearest(zeros({4, 4, 3}), 2, 2);
                 }},
                {"empty result", ErrorCode::kShape,
                 [] {
                   resize_bilinear(zeros({1, 4, 4, 3}), 0, 2);
                 }},
                {"integers", ErrorCode::kDtype,
                 [] {
                   resize_area(zeros({1, 4, 4, 3}, DType::kI32), 2, 2);
                 }},
                {"factor 0", ErrorCode::kArgument,
                 [] {
                   upsample_nearest(zeros({1, 4, 4, 3}), 0);
                 }}},
});

std::vector<float> run(const Tensor& t) {
  Program program(cpu_device(), {t});
  program.run();
  return program.values<float>();
}

TEST(Resize, HalfPixelCentresOfALine) {
  const Tensor x = constant(std::vector<double>{0, 4}, {1, 1, 2, 1});
  EXPECT_EQ(run(resize_bilinear(x, 1, 4)), (std::vector<float>{0, 1, 3, 4}));
  EXPECT_EQ(run(resize_bilinear(x, 1, 5, true)), (std::vector<float>{0, 1, 2, 3, 4}));
}

TEST(Resize, SameSizeChangesNothing) {
  std::vector<double> values;
  std::vector<float> expected;
  for (int i = 0; i < 5 * 7 * 3; ++i) expected.push_back(static_cast<float>(values.emplace_back(i * 0.37)));
  const Tensor x = constant(values, {1, 5, 7, 3});
  for (const Tensor& same :
       {resize_nearest(x, 5, 7), resize_bilinear(x, 5, 7), resize_bilinear(x, 5, 7, true), resize_area(x, 5, 7)})
    EXPECT_EQ(run(same), expected);
}

TEST(Resize, AreaByWholeFactorsIsTheMeanOfBlocks) {
  std::vector<double> values;
  for (int i = 0; i < 12 * 8 * 2; ++i) values.push_back((i * 37) % 64);
  const Tensor x = constant(values, {1, 12, 8, 2});
  EXPECT_EQ(run(resize_area(x, 6, 2)), run(avg_pool(x, {.kernel = {2, 4}})));
}

TEST(Resize, UpsamplingRepeatsPixels) {
  const Tensor x = constant(std::vector<double>{1, 2}, {1, 1, 2, 1});
  EXPECT_EQ(run(upsample_nearest(x)), (std::vector<float>{1, 1, 2, 2, 1, 1, 2, 2}));
}

}  // namespace
}  // namespace betwixt::ops_test
