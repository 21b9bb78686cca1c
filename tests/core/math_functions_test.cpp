// SPDX-License-Identifier: MIT
#include "betwixt/core/math_functions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

namespace betwixt {
namespace {

// Largest error in units in the last place of the right result, over floats from `low` to `high`, every `stride`-th.
template <class F, class G>
double worst_ulp(float low, float high, std::uint32_t stride, F approximate, G exact) {
  double worst = 0;
  auto visit = [&](float x) {
    if (x < low || x > high || (x != 0 && std::fabs(x) < std::numeric_limits<float>::min())) return;
    const double right = exact(static_cast<double>(x));
    if (std::fabs(right) < std::numeric_limits<float>::min()) return;
    const float near = static_cast<float>(std::fabs(right));
    const double ulp = static_cast<double>(std::nextafter(near, 2 * near)) - static_cast<double>(near);
    worst = std::max(worst, std::fabs(static_cast<double>(approximate(x)) - right) / ulp);
  };
  for (std::uint64_t bits = 0; bits < 0x7f800000u; bits += stride) {
    visit(math::from_bits(static_cast<std::uint32_t>(bits)));
    visit(-math::from_bits(static_cast<std::uint32_t>(bits)));
  }
  return worst;
}

constexpr std::uint32_t kStride = 331;

TEST(MathFunctions, ErrorsAreAsStated) {
  EXPECT_LE(worst_ulp(-87.3f, 88.72f, kStride, math::exp<float>, [](double x) { return std::exp(x); }), 1.5);
  EXPECT_LE(worst_ulp(0, 3.4e38f, kStride, math::log<float>, [](double x) { return std::log(x); }), 1.5);
  EXPECT_LE(worst_ulp(-20, 20, kStride, math::tanh<float>, [](double x) { return std::tanh(x); }), 2.5);
  EXPECT_LE(worst_ulp(-80, 80, kStride, math::sigmoid<float>, [](double x) { return 1 / (1 + std::exp(-x)); }), 3.5);
  EXPECT_LE(worst_ulp(-80, 80, kStride, math::softplus<float>,
                      [](double x) { return x > 30 ? x + std::exp(-x) : std::log1p(std::exp(x)); }),
            3.5);
}

template <class F, class G>
double worst_absolute(float low, float high, F approximate, G exact) {
  double worst = 0;
  for (int i = 0; i <= 1000000; ++i) {
    const float x = low + (high - low) * (static_cast<float>(i) * 1e-6f);
    worst = std::max(worst, std::fabs(static_cast<double>(approximate(x)) - exact(static_cast<double>(x))));
  }
  return worst;
}

TEST(MathFunctions, AnglesAreRightToTheLastBits) {
  const double two_pi = 6.283185307179586476925;
  EXPECT_LE(worst_absolute(-8192, 8192, math::sin<float>, [](double x) { return std::sin(x); }), 1.2e-7);
  EXPECT_LE(worst_absolute(-8192, 8192, math::cos<float>, [](double x) { return std::cos(x); }), 1.2e-7);
  EXPECT_LE(worst_absolute(-3, 3, math::sin_2pi<float>, [&](double u) { return std::sin(two_pi * u); }), 1.2e-7);
  EXPECT_LE(worst_absolute(0, 1, math::cos_2pi<float>, [&](double u) { return std::cos(two_pi * u); }), 1.2e-7);
}

TEST(MathFunctions, SpecialValues) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(math::exp(infinity), infinity);
  EXPECT_EQ(math::exp(100.0f), infinity);
  EXPECT_EQ(math::exp(-infinity), 0);
  EXPECT_EQ(math::exp(0.0f), 1);
  EXPECT_TRUE(std::isnan(math::exp(nan)));
  EXPECT_EQ(math::log(0.0f), -infinity);
  EXPECT_EQ(math::log(1.0f), 0);
  EXPECT_EQ(math::log(infinity), infinity);
  EXPECT_TRUE(std::isnan(math::log(-1.0f)));
  EXPECT_TRUE(std::isnan(math::log(nan)));
  EXPECT_EQ(math::tanh(infinity), 1);
  EXPECT_EQ(math::tanh(-50.0f), -1);
  EXPECT_TRUE(std::isnan(math::tanh(nan)));
  EXPECT_EQ(math::sigmoid(0.0f), 0.5f);
  EXPECT_EQ(math::sigmoid(-200.0f), 0);
  EXPECT_EQ(math::softplus(200.0f), 200);
  EXPECT_EQ(math::pow(-2.0f, 2.0f), math::pow(2.0f, 2.0f));
  EXPECT_EQ(math::pow(0.0f, 3.0f), 0);
  EXPECT_TRUE(std::isnan(math::pow(-2.0f, 0.5f)));
}

TEST(MathFunctions, RandomNumbersStayInTheirRange) {
  EXPECT_EQ(math::unit(0), 0);
  EXPECT_LT(math::unit(0xffffffffu), 1);
  EXPECT_GT(math::open_unit(0), 0);
  EXPECT_EQ(math::open_unit(0xffffffffu), 1);
  const math::NormalPair extreme = math::normal_pair(0, 0x40000000u);
  EXPECT_LT(std::fabs(extreme.first), 6.0f);
  EXPECT_LT(std::fabs(extreme.second), 6.0f);
}

}  // namespace
}  // namespace betwixt
