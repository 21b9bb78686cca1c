// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "betwixt/core/philox.h"
#include "betwixt/core/shape.h"

namespace betwixt {

/// How a parameter gets its first values. Random ones come from the stream (seed, parameter name), so a layer keeps
/// its start when others are added.
struct Initializer {
  /// The distribution.
  enum class Kind : std::uint8_t {
    kConstant,
    kNormal,   ///< N(0, value^2)
    kUniform,  ///< U(-value, value)
    /// The distribution.
  } kind = Kind::kConstant;  ///< which of them
  double value = 0;          ///< the constant, standard deviation or bound

  /// All 0.
  static Initializer zeros() { return {Kind::kConstant, 0}; }
  /// All 1.
  static Initializer ones() { return {Kind::kConstant, 1}; }
  /// All the same.
  static Initializer constant(double value) { return {Kind::kConstant, value}; }
  /// Normal around 0.
  static Initializer normal(double standard_deviation) { return {Kind::kNormal, standard_deviation}; }
  /// Uniform in (-bound, bound).
  static Initializer uniform(double bound) { return {Kind::kUniform, bound}; }
  /// PyTorch's default of convolutions and dense layers, weights and biases: U(-1/sqrt(fan_in), 1/sqrt(fan_in)).
  static Initializer fan_in_uniform(std::int64_t fan_in);
  /// He et al. 2015 (arXiv 1502.01852) for leaky ReLU of this slope: N(0, 2 / ((1 + slope^2) fan_in)).
  static Initializer he_normal(std::int64_t fan_in, double slope = 0);
  /// Berthelot et al. 2018 (ACAI code): N(0, 1 / ((1 + 0.2^2) fan_in)).
  static Initializer acai(std::int64_t fan_in);

  /// The values, in order of the elements.
  std::vector<float> values(std::int64_t count, const RandomStream& stream) const;
};

}  // namespace betwixt
