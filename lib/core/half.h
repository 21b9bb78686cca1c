// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/core/bit_cast.h"

namespace betwixt {

/// IEEE 754 binary16 to float; exact, NaN payloads kept.
constexpr float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1Fu;
  std::uint32_t fraction = half & 0x3FFu;
  if (exponent == 31) return bit_cast<float>(sign | 0x7F800000u | fraction << 13);
  if (exponent != 0) return bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
  if (fraction == 0) return bit_cast<float>(sign);
  std::uint32_t shift = 0;
  while (!(fraction & 0x400u)) {
    fraction <<= 1;
    ++shift;
  }
  return bit_cast<float>(sign | (113 - shift) << 23 | (fraction & 0x3FFu) << 13);
}

/// Float to IEEE 754 binary16, to nearest, ties to even; above 65504 becomes infinity.
constexpr std::uint16_t float_to_half(float value) {
  const auto bits = bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000u, magnitude = bits & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u) return static_cast<std::uint16_t>(sign | 0x7E00u | ((magnitude >> 13) & 0x3FFu));
  if (magnitude >= 0x477FF000u) return static_cast<std::uint16_t>(sign | 0x7C00u);
  if (magnitude < 0x33000001u) return static_cast<std::uint16_t>(sign);
  const bool is_normal = magnitude >= 0x38800000u;
  const std::uint32_t exponent = magnitude >> 23;
  const std::uint32_t drop = is_normal ? 13 : 126 - exponent;
  const std::uint32_t base = is_normal ? magnitude - (112u << 23) : ((magnitude & 0x7FFFFFu) | 0x800000u);
  const std::uint32_t rest = base & ((1u << drop) - 1), tie = 1u << (drop - 1);
  std::uint32_t half = base >> drop;
  if (rest > tie || (rest == tie && (half & 1))) ++half;
  return static_cast<std::uint16_t>(sign | half);
}

/// bfloat16 (the upper half of a float) to float; exact.
constexpr float bfloat_to_float(std::uint16_t bits) { return bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }

/// Float to bfloat16, to nearest, ties to even.
constexpr std::uint16_t float_to_bfloat(float value) {
  const auto bits = bit_cast<std::uint32_t>(value);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return static_cast<std::uint16_t>((bits >> 16) | 0x40u);
  return static_cast<std::uint16_t>((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16);
}

}  // namespace betwixt
