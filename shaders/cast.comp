// SPDX-License-Identifier: MIT
// Conversion between element types, four elements an invocation. Types: 0 f32, 1 u8, 2 i32, 3 u32. To an integer:
// nearest even, saturated, NaN is the low end.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/math.glsl"

layout(constant_id = 1) const uint kFrom = 0;
layout(constant_id = 2) const uint kTo = 0;

PUSH_BEGIN
  uint count;
PUSH_END
READ(0, uint, x)
READ(0, uvec4, x4)
WRITE(1, uint, y)
WRITE(1, uvec4, y4)

uint from_float(float value) {
  const bool valid = !betwixt_is_nan(value);
  const float rounded = roundEven(value);
  if (kTo == 1u) return rounded >= 255.0 ? 255u : (valid && rounded > 0.0 ? uint(rounded) : 0u);
  if (kTo == 2u) {
    if (rounded >= 2147483648.0) return 0x7fffffffu;
    return valid && rounded > -2147483648.0 ? uint(int(rounded)) : 0x80000000u;
  }
  return rounded >= 4294967296.0 ? 0xffffffffu : (valid && rounded > 0.0 ? uint(rounded) : 0u);
}

uint from_integer(uint bits) {
  if (kTo == 0u) return floatBitsToUint(kFrom == 2u ? float(int(bits)) : float(bits));
  if (kFrom == 2u && int(bits) < 0 && kTo != 2u) return 0u;
  if (kTo == 1u) return min(bits, 255u);
  if (kTo == 2u && kFrom == 3u) return min(bits, 0x7fffffffu);
  return bits;
}

uint of(uint bits) {
  if (kFrom == kTo) return bits;
  return kFrom == 0u ? from_float(uintBitsToFloat(bits)) : from_integer(bits);
}

uvec4 bytes_of(uint word) { return (uvec4(word) >> uvec4(0, 8, 16, 24)) & 0xffu; }

void main() {
  const uint item = linear_item();
  const uint first = 4u * item;
  if (first >= push.count) return;
  const uint left = push.count - first;
  uvec4 bits = uvec4(0u);
  if (kFrom == 1u) {
    bits = bytes_of(x[OFFSET(0) + item]);
  } else if (left >= 4u) {
    bits = x4[OFFSET4(0) + item];
  } else {
    for (uint k = 0u; k < left; ++k) bits[k] = x[OFFSET(0) + first + k];
  }
  const uvec4 result = uvec4(of(bits.x), of(bits.y), of(bits.z), of(bits.w));
  if (kTo == 1u) {
    y[OFFSET(1) + item] = result.x | result.y << 8 | result.z << 16 | result.w << 24;
  } else if (left >= 4u) {
    y4[OFFSET4(1) + item] = result;
  } else {
    for (uint k = 0u; k < left; ++k) y[OFFSET(1) + first + k] = result[k];
  }
}
