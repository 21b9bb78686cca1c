// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>

// Elementary functions that both backends compute by the same formulas (shaders/common/math.glsl), in plain float
// arithmetic without branches, so that loops over them vectorise. Errors are the largest seen over all floats, in
// units in the last place: exp 1, log 1, tanh 2, sigmoid 3, softplus 3, sin and cos 1 (|x| <= 8192; absolute error
// below 1e-7 there, growing beyond), sin_2pi and cos_2pi 1 (|u| < 2^20). On a GPU, whose division may be off by
// 2.5 units, tanh, sigmoid, log and softplus may lose three more. Subnormal arguments count as zero.
//
// For double every function is the C library's.
//
// The functions are `static`: each kernel file has its own copy for its own instruction set, and the linker cannot
// swap them.
//
// Sources: Cephes (S. Moshier) for exp, tanh, sin, cos; FreeBSD's e_logf.c (I. L. Taylor) for log; Box and Muller,
// Annals of Mathematical Statistics 29 (1958), for normal numbers.

namespace betwixt::math {

static inline std::uint32_t bits_of(float x) { return __builtin_bit_cast(std::uint32_t, x); }
static inline float from_bits(std::uint32_t bits) { return __builtin_bit_cast(float, bits); }

/// Nearest integer, as a float and as an integer; |x| < 2^22.
struct Rounded {
  float value;           ///< x rounded to the nearest integer, halves to even
  std::int32_t integer;  ///< the same number
};
static inline Rounded round_to_int(float x) {
  // Adding 1.5 * 2^23 leaves the integer in the low bits: no rounding instruction needed.
  const float shifted = x + 12582912.0f;
  return {shifted - 12582912.0f, static_cast<std::int32_t>(bits_of(shifted) - 0x4b400000u)};
}

/// e^x / 2^n, n being x / log 2 rounded.
static inline float exp_fraction(float x, const Rounded& n) {
  const float r = (x - n.value * 0.693359375f) + n.value * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  return (p * r * r + r) + 1.0f;
}

/// e^x; 0 below -87.3, infinity above 88.7.
template <class T>
static inline T exp(T x) {
  if constexpr (!std::is_same_v<T, float>) {
    return std::exp(x);
  } else {
    const float floor_limited = x < -87.3365448f ? -87.3365448f : x;
    const float limited = floor_limited > 88.7228394f ? 88.7228394f : floor_limited;
    const Rounded n = round_to_int(limited * 1.44269504f);
    const float p = exp_fraction(limited, n);
    // 2^n in two factors, because 2^128 is no float.
    const std::int32_t half = n.integer >> 1;
    const float low = from_bits(static_cast<std::uint32_t>(half + 127) << 23);
    const float high = from_bits(static_cast<std::uint32_t>(n.integer - half + 127) << 23);
    const float scaled = p * low * high;
    const float capped = x > 88.7228394f ? from_bits(0x7f800000u) : scaled;
    return x < -87.3365448f ? 0.0f : capped;
  }
}

/// e^-|x|, the same number with less to watch for.
template <class T>
static inline T exp_of_minus(T x) {
  if constexpr (!std::is_same_v<T, float>) {
    return std::exp(x < T(0) ? x : -x);
  } else {
    const float below = from_bits(bits_of(x) | 0x80000000u);
    const float limited = below < -87.3365448f ? -87.3365448f : below;
    const Rounded n = round_to_int(limited * 1.44269504f);
    const float scaled = exp_fraction(limited, n) * from_bits(static_cast<std::uint32_t>(n.integer + 127) << 23);
    return below < -87.3365448f ? 0.0f : scaled;
  }
}

/// Natural logarithm; -infinity at 0, not a number below.
template <class T>
static inline T log(T x) {
  if constexpr (!std::is_same_v<T, float>) {
    return std::log(x);
  } else {
    const std::uint32_t bits = bits_of(x);
    const std::uint32_t shifted = bits + (0x3f800000u - 0x3f3504f3u);
    const float k = static_cast<float>(static_cast<std::int32_t>(shifted >> 23) - 127);
    const float f = from_bits((shifted & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
    const float s = f / (2.0f + f);
    const float z = s * s;
    const float w = z * z;
    const float series = z * (0.66666662693f + w * 0.28498786688f) + w * (0.40000972152f + w * 0.24279078841f);
    const float half_square = 0.5f * f * f;
    const float result =
        k * 6.9313812256e-1f - ((half_square - (s * (half_square + series) + k * 9.0580006145e-6f)) - f);
    const float finite = bits == 0x7f800000u ? x : result;
    const float real = bits > 0x7f800000u ? from_bits(0x7fc00000u) : finite;
    return (bits & 0x7fffffffu) < 0x00800000u ? from_bits(0xff800000u) : real;
  }
}

/// 1 / (1 + e^-x).
template <class T>
static inline T sigmoid(T x) {
  const T t = math::exp_of_minus(x);
  const T r = T(1) / (T(1) + t);
  return x >= T(0) ? r : t * r;
}

template <class T>
static inline T tanh(T x) {
  if constexpr (!std::is_same_v<T, float>) {
    return std::tanh(x);
  } else {
    const float magnitude = x < 0.0f ? -x : x;
    const float z = x * x;
    float p = -5.70498872745e-3f;
    p = p * z + 2.06390887954e-2f;
    p = p * z - 5.37397155531e-2f;
    p = p * z + 1.33314422036e-1f;
    p = p * z - 3.33332819422e-1f;
    const float small = p * z * x + x;
    const float large = 1.0f - 2.0f / (math::exp(2.0f * magnitude) + 1.0f);
    return magnitude < 0.625f ? small : (x < 0.0f ? -large : large);
  }
}

/// log(1 + e^x) without overflow.
template <class T>
static inline T softplus(T x) {
  const T t = math::exp(x < T(0) ? x : -x);
  if constexpr (!std::is_same_v<T, float>) {
    return (x > T(0) ? x : T(0)) + std::log1p(t);
  } else {
    const float u = 1.0f + t;
    const float log1p = u == 1.0f ? t : math::log(u) * (t / (u - 1.0f));
    return (x > 0.0f ? x : 0.0f) + log1p;
  }
}

/// Sine of r in [-pi/4, pi/4] after `quadrant` right angles.
static inline float quarter_sin(float r, std::int32_t quadrant) {
  const float z = r * r;
  const float sine = ((-1.9515295891e-4f * z + 8.3321608736e-3f) * z - 1.6666654611e-1f) * z * r + r;
  const float cosine =
      ((2.443315711809948e-5f * z - 1.388731625493765e-3f) * z + 4.166664568298827e-2f) * z * z - 0.5f * z + 1.0f;
  const float value = (quadrant & 1) == 0 ? sine : cosine;
  return (quadrant & 2) == 0 ? value : -value;
}
static inline float radian_sin(float x, std::int32_t turn) {
  const Rounded k = round_to_int(x * 0.636619772f);
  const float r = ((x - k.value * 1.5703125f) - k.value * 4.83751296997e-4f) - k.value * 7.54978995489e-8f;
  return quarter_sin(r, k.integer + turn);
}
static inline float turn_sin(float u, std::int32_t turn) {
  const Rounded k = round_to_int(4.0f * u);
  return quarter_sin((u - 0.25f * k.value) * 6.28318531f, k.integer + turn);
}

template <class T>
static inline T sin(T x) {
  if constexpr (std::is_same_v<T, float>)
    return radian_sin(x, 0);
  else
    return std::sin(x);
}
template <class T>
static inline T cos(T x) {
  if constexpr (std::is_same_v<T, float>)
    return radian_sin(x, 1);
  else
    return std::cos(x);
}

/// sin(2 pi u) and cos(2 pi u).
template <class T>
static inline T sin_2pi(T u) {
  if constexpr (std::is_same_v<T, float>)
    return turn_sin(u, 0);
  else
    return std::sin(T(6.283185307179586476925) * u);
}
template <class T>
static inline T cos_2pi(T u) {
  if constexpr (std::is_same_v<T, float>)
    return turn_sin(u, 1);
  else
    return std::cos(T(6.283185307179586476925) * u);
}

/// x^y. For float: relative error about (1 + 1.5 |y log x|) * 2^-23; 0 for x == 0 and y > 0, 1 for y == 0; below zero
/// only integer y, else not a number.
template <class T>
static inline T pow(T x, T y) {
  if constexpr (!std::is_same_v<T, float>) {
    return std::pow(x, y);
  } else {
    const float power = math::exp(y * math::log(x < 0.0f ? -x : x));
    const float half = 0.5f * y;
    const bool integer = std::floor(y) == y;
    const bool even = std::floor(half) == half;
    const float negative = integer ? (even ? power : -power) : from_bits(0x7fc00000u);
    return y == 0.0f ? 1.0f : (x < 0.0f ? negative : power);
  }
}

/// Random bits as a number in [0, 1).
static inline float unit(std::uint32_t bits) { return static_cast<float>(bits >> 8) * 5.9604644775390625e-8f; }
/// In (0, 1].
static inline float open_unit(std::uint32_t bits) {
  return static_cast<float>((bits >> 8) + 1u) * 5.9604644775390625e-8f;
}

/// Two independent normal numbers from two words of random bits (Box and Muller).
struct NormalPair {
  float first;   ///< standard normal
  float second;  ///< standard normal, independent of `first`
};
static inline NormalPair normal_pair(std::uint32_t bits0, std::uint32_t bits1) {
  const float radius = std::sqrt(-2.0f * math::log(open_unit(bits0)));
  const float u = unit(bits1);
  return {radius * math::cos_2pi(u), radius * math::sin_2pi(u)};
}

}  // namespace betwixt::math
