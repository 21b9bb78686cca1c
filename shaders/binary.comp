// SPDX-License-Identifier: MIT
// Functions of two numbers with broadcasting. The numbers of the functions are BinaryFunction of
// lib/ops/detail/binary_gpu.h.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"
#include "common/math.glsl"

layout(constant_id = 1) const uint kFunction = 0;
layout(constant_id = 2) const uint kType = 0;    // 0 f32, 1 i32, 2 u32
layout(constant_id = 3) const uint kVector = 0;  // 1: four neighbours an invocation

PUSH_BEGIN
  uint count;
  uint rank;         // 1 to 5
  uint size[5];      // outermost first
  uint a_stride[5];  // with kVector the innermost is 0 or 1, the others multiples of 4
  uint b_stride[5];
PUSH_END
WORDS_IN(0, a)
WORDS_IN(1, b)
WORDS_OUT(2, y)

float of_floats(float a, float b) {
  switch (kFunction) {
    case 0u: return a + b;
    case 1u: return a - b;
    case 2u: return a * b;
    case 3u: return a / b;
    case 4u: return betwixt_is_nan(a) || !(a <= b) ? b : a;
    case 5u: return betwixt_is_nan(a) || !(a >= b) ? b : a;
    case 6u: return betwixt_pow(a, b);
    case 7u: return a == b ? 1.0 : 0.0;
    case 8u: return a < b ? 1.0 : 0.0;
  }
  return a <= b ? 1.0 : 0.0;
}

bool less(uint a, uint b) { return kType == 1u ? int(a) < int(b) : a < b; }

uint of_integers(uint a, uint b) {
  switch (kFunction) {
    case 0u: return a + b;
    case 1u: return a - b;
    case 2u: return a * b;
    case 4u: return less(b, a) ? b : a;
    case 5u: return less(a, b) ? b : a;
    case 7u: return a == b ? 1u : 0u;
    case 8u: return less(a, b) ? 1u : 0u;
  }
  return less(b, a) ? 0u : 1u;
}

uint of(uint a, uint b) {
  if (kType != 0u) return of_integers(a, b);
  return floatBitsToUint(of_floats(uintBitsToFloat(a), uintBitsToFloat(b)));
}

// Places of element `index` in a and b.
uvec2 places(uint index) {
  uvec2 at = uvec2(0u);
  for (uint axis = 4u; axis > 0u; --axis) {
    if (axis >= push.rank) continue;
    const uint outer = index / push.size[axis];
    at += (index - outer * push.size[axis]) * uvec2(push.a_stride[axis], push.b_stride[axis]);
    index = outer;
  }
  return at + index * uvec2(push.a_stride[0], push.b_stride[0]);
}

uint of_element(uint index) {
  const uvec2 at = places(index);
  return of(a_at(at.x), b_at(at.y));
}

void main() {
  const uint item = linear_item();
  if (kVector == 0u) {
    if (item < push.count) put_y(item, of_element(item));
    return;
  }
  const uint first = 4u * item;
  if (first >= push.count) return;
  if (push.count - first >= 4u) {
    const uvec2 at = places(first);
    const uint last = push.rank - 1u;
    const uvec4 left = push.a_stride[last] != 0u ? a4_at(at.x / 4u) : uvec4(a_at(at.x));
    const uvec4 right = push.b_stride[last] != 0u ? b4_at(at.y / 4u) : uvec4(b_at(at.y));
    put_y4(item, uvec4(of(left.x, right.x), of(left.y, right.y), of(left.z, right.z), of(left.w, right.w)));
  } else {
    for (uint i = first; i < push.count; ++i) put_y(i, of_element(i));
  }
}
