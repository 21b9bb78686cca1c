// SPDX-License-Identifier: MIT
// Operands that may lie in memory as halves. Every shader that includes this file is compiled twice, the second time
// with BETWIXT_HALF: then bit i of kHalfOperands says that the operand at slot i is made of halves. Arithmetic is that
// of floats in both. Include after common/betwixt.glsl.
//
//   FLOATS_IN(0, x)    float x_at(uint i), vec4 x4_at(uint i)
//   FLOATS_OUT(1, y)   void put_y(uint i, float value), void put_y4(uint i, vec4 value)
//   WORDS_IN, WORDS_OUT: the same for elements of 4 bytes of any type, as uint and uvec4; halves are the bits of floats.
//
// Indices count elements of the operand, or vectors of four; its offset is added here.
#ifndef BETWIXT_STORAGE_GLSL
#define BETWIXT_STORAGE_GLSL

#ifdef BETWIXT_HALF
#extension GL_EXT_shader_16bit_storage : require

layout(constant_id = 31) const uint kHalfOperands = 0;

bool is_half(uint slot) { return (kHalfOperands >> slot & 1u) != 0u; }

// The nearest number that a half can hold, ties to even, infinite above the largest: drivers may convert such a number
// in no other way than exactly.
float half_rounded(float value) {
  const uint bits = floatBitsToUint(value);
  const uint size = bits & 0x7fffffffu;
  uint rounded = size;
  if (size < 0x38800000u) {
    // Below 2^-14 the unit is 2^-24, as it is for floats from 0.5 on.
    precise const float shifted = uintBitsToFloat(size) + 0.5;
    precise const float back = shifted - 0.5;
    rounded = floatBitsToUint(back);
  } else if (size < 0x477ff000u) {
    rounded = (size + 0xfffu + (size >> 13 & 1u)) & 0xffffe000u;
  } else if (size <= 0x7f800000u) {
    rounded = 0x7f800000u;
  }
  return uintBitsToFloat(rounded | (bits & 0x80000000u));
}
vec4 half_rounded(vec4 value) {
  return vec4(half_rounded(value.x), half_rounded(value.y), half_rounded(value.z), half_rounded(value.w));
}

#define HALVES(access, slot, name)      \
  access(slot, float16_t, name##_halves) \
  access(slot, f16vec4, name##4_halves)
#define IF_HALF(slot, statements) \
  if (is_half(slot)) {            \
    statements                    \
  }

#else

#define HALVES(access, slot, name)
#define IF_HALF(slot, statements)

#endif

#define OPERAND_IN(slot, type, type4, name, of_float)                                 \
  READ(slot, type, name)                                                              \
  READ(slot, type4, name##4)                                                          \
  HALVES(READ, slot, name)                                                            \
  type name##_at(uint i) {                                                            \
    IF_HALF(slot, return of_float(float(name##_halves[2u * OFFSET(slot) + i]));)      \
    return name[OFFSET(slot) + i];                                                    \
  }                                                                                   \
  type4 name##4_at(uint i) {                                                          \
    IF_HALF(slot, return of_float(vec4(name##4_halves[OFFSET(slot) / 2u + i]));)      \
    return name##4[OFFSET4(slot) + i];                                                \
  }
#define OPERAND_OUT(slot, type, type4, name, as_float)                                                      \
  WRITE(slot, type, name)                                                                                   \
  WRITE(slot, type4, name##4)                                                                               \
  HALVES(WRITE, slot, name)                                                                                 \
  void put_##name(uint i, type value) {                                                                     \
    IF_HALF(slot, name##_halves[2u * OFFSET(slot) + i] = float16_t(half_rounded(as_float(value))); return;) \
    name[OFFSET(slot) + i] = value;                                                                         \
  }                                                                                                         \
  void put_##name##4(uint i, type4 value) {                                                                 \
    IF_HALF(slot, name##4_halves[OFFSET(slot) / 2u + i] = f16vec4(half_rounded(as_float(value))); return;)  \
    name##4[OFFSET4(slot) + i] = value;                                                                     \
  }

#define UNCHANGED(value) value
#define FLOATS_IN(slot, name) OPERAND_IN(slot, float, vec4, name, UNCHANGED)
#define FLOATS_OUT(slot, name) OPERAND_OUT(slot, float, vec4, name, UNCHANGED)
#define WORDS_IN(slot, name) OPERAND_IN(slot, uint, uvec4, name, floatBitsToUint)
#define WORDS_OUT(slot, name) OPERAND_OUT(slot, uint, uvec4, name, uintBitsToFloat)

#endif
