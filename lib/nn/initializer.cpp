// SPDX-License-Identifier: MIT
#include "betwixt/nn/initializer.h"

#include <cmath>

namespace betwixt {
namespace {

/// Word `index` of the stream as a number in (0, 1).
double uniform_at(const RandomStream& stream, std::uint32_t lane, std::int64_t index) {
  const auto words =
      philox({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), lane, 0}, stream.key());
  return (words[0] + 0.5) / 4294967296.0;
}

double normal_at(const RandomStream& stream, std::int64_t index) {
  constexpr double kTwoPi = 6.283185307179586;
  return std::sqrt(-2 * std::log(uniform_at(stream, 0, index))) * std::cos(kTwoPi * uniform_at(stream, 1, index));
}

}  // namespace

Initializer Initializer::fan_in_uniform(std::int64_t fan_in) {
  return uniform(1 / std::sqrt(static_cast<double>(fan_in)));
}

Initializer Initializer::he_normal(std::int64_t fan_in, double slope) {
  return normal(std::sqrt(2 / ((1 + slope * slope) * static_cast<double>(fan_in))));
}

Initializer Initializer::acai(std::int64_t fan_in) {
  return normal(std::sqrt(1 / (1.04 * static_cast<double>(fan_in))));
}

std::vector<float> Initializer::values(std::int64_t count, const RandomStream& stream) const {
  std::vector<float> result(static_cast<std::size_t>(count), static_cast<float>(value));
  if (kind == Kind::kConstant) return result;
  for (std::int64_t i = 0; i < count; ++i) {
    const double unit = kind == Kind::kNormal ? normal_at(stream, i) : 2 * uniform_at(stream, 0, i) - 1;
    result[static_cast<std::size_t>(i)] = static_cast<float>(value * unit);
  }
  return result;
}

}  // namespace betwixt
