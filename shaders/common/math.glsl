// SPDX-License-Identifier: MIT
// Elementary functions by the formulas of lib/core/math_functions.h: GPU built-ins are allowed errors far above what
// the two backends promise each other. Errors are stated there.
#ifndef BETWIXT_MATH_GLSL
#define BETWIXT_MATH_GLSL

bool betwixt_is_nan(float x) { return (floatBitsToUint(x) & 0x7fffffffu) > 0x7f800000u; }

float betwixt_exp(float x) {
  const float limited = clamp(x, -87.3365448, 88.7228394);
  const float n = floor(limited * 1.44269504 + 0.5);
  precise const float r = (limited - n * 0.693359375) + n * 2.12194440e-4;
  float p = 1.9875691500e-4;
  p = p * r + 1.3981999507e-3;
  p = p * r + 8.3334519073e-3;
  p = p * r + 4.1665795894e-2;
  p = p * r + 1.6666665459e-1;
  p = p * r + 5.0000001201e-1;
  p = (p * r * r + r) + 1.0;
  // 2^n in two factors, because 2^128 is no float.
  const int half_n = int(n) >> 1;
  const float scaled = p * uintBitsToFloat(uint(half_n + 127) << 23) * uintBitsToFloat(uint(int(n) - half_n + 127) << 23);
  if (betwixt_is_nan(x)) return x;
  if (x > 88.7228394) return uintBitsToFloat(0x7f800000u);
  return x < -87.3365448 ? 0.0 : scaled;
}

float betwixt_log(float x) {
  const uint bits = floatBitsToUint(x);
  const uint shifted = bits + (0x3f800000u - 0x3f3504f3u);
  const float k = float(int(shifted >> 23) - 127);
  const float f = uintBitsToFloat((shifted & 0x007fffffu) + 0x3f3504f3u) - 1.0;
  const float s = f / (2.0 + f);
  const float z = s * s;
  const float w = z * z;
  const float series = z * (0.66666662693 + w * 0.28498786688) + w * (0.40000972152 + w * 0.24279078841);
  const float half_square = 0.5 * f * f;
  const float result = k * 6.9313812256e-1 - ((half_square - (s * (half_square + series) + k * 9.0580006145e-6)) - f);
  if ((bits & 0x7fffffffu) < 0x00800000u) return uintBitsToFloat(0xff800000u);
  if (bits > 0x7f800000u) return uintBitsToFloat(0x7fc00000u);
  return bits == 0x7f800000u ? x : result;
}

float betwixt_sigmoid(float x) {
  const float t = betwixt_exp(-abs(x));
  const float r = 1.0 / (1.0 + t);
  return x >= 0.0 ? r : t * r;
}

float betwixt_tanh(float x) {
  const float magnitude = abs(x);
  const float z = x * x;
  float p = -5.70498872745e-3;
  p = p * z + 2.06390887954e-2;
  p = p * z - 5.37397155531e-2;
  p = p * z + 1.33314422036e-1;
  p = p * z - 3.33332819422e-1;
  const float small = p * z * x + x;
  const float large = 1.0 - 2.0 / (betwixt_exp(2.0 * magnitude) + 1.0);
  if (magnitude < 0.625) return small;
  return x < 0.0 ? -large : large;
}

// log(1 + e^x) without overflow.
float betwixt_softplus(float x) {
  const float t = betwixt_exp(-abs(x));
  // Compilers like to make t of u - 1.
  precise const float u = 1.0 + t;
  precise const float rounded = u - 1.0;
  const float log1p = u == 1.0 ? t : betwixt_log(u) * (t / rounded);
  return max(x, 0.0) + log1p;
}

// Sine and cosine of r in [-pi/4, pi/4], turned by `quadrant` right angles.
float betwixt_quarter_sin(float r, int quadrant) {
  const float z = r * r;
  const float sine = ((-1.9515295891e-4 * z + 8.3321608736e-3) * z - 1.6666654611e-1) * z * r + r;
  const float cosine =
      ((2.443315711809948e-5 * z - 1.388731625493765e-3) * z + 4.166664568298827e-2) * z * z - 0.5 * z + 1.0;
  const float value = (quadrant & 1) == 0 ? sine : cosine;
  return (quadrant & 2) == 0 ? value : -value;
}

float betwixt_radian_sin(float x, int turn) {
  const float k = floor(x * 0.636619772 + 0.5);
  precise const float r = ((x - k * 1.5703125) - k * 4.83751296997e-4) - k * 7.54978995489e-8;
  return betwixt_quarter_sin(r, int(k) + turn);
}
float betwixt_sin(float x) { return betwixt_radian_sin(x, 0); }
float betwixt_cos(float x) { return betwixt_radian_sin(x, 1); }

// sin(2 pi u) and cos(2 pi u); the reduction is exact.
float betwixt_turn_sin(float u, int turn) {
  const float k = floor(4.0 * u + 0.5);
  return betwixt_quarter_sin((u - 0.25 * k) * 6.28318531, int(k) + turn);
}
float betwixt_sin_2pi(float u) { return betwixt_turn_sin(u, 0); }
float betwixt_cos_2pi(float u) { return betwixt_turn_sin(u, 1); }

// x to the power y for x > 0; 0 for x == 0 and y > 0; negative x with integer y only.
float betwixt_pow(float x, float y) {
  if (y == 0.0) return 1.0;
  const float power = betwixt_exp(y * betwixt_log(abs(x)));
  if (x >= 0.0) return power;
  if (floor(y) != y) return uintBitsToFloat(0x7fc00000u);
  return floor(0.5 * y) * 2.0 == y ? power : -power;
}

// Random bits as numbers: [0, 1), (0, 1], and two independent normal numbers (Box and Muller).
float betwixt_unit(uint bits) { return float(bits >> 8) * 5.9604644775390625e-8; }
float betwixt_open_unit(uint bits) { return float((bits >> 8) + 1u) * 5.9604644775390625e-8; }
vec2 betwixt_normal_pair(uint bits0, uint bits1) {
  const float radius = sqrt(-2.0 * betwixt_log(betwixt_open_unit(bits0)));
  const float u = betwixt_unit(bits1);
  return radius * vec2(betwixt_cos_2pi(u), betwixt_sin_2pi(u));
}

#endif
