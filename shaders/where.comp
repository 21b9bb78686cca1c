// SPDX-License-Identifier: MIT
// Chooses between a and b by a mask, with broadcasting, for any type of 4 bytes.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"

layout(constant_id = 1) const uint kVector = 0;  // 1: four neighbours an invocation

PUSH_BEGIN
  uint count;
  uint value_bits;  // bits of the mask that tell it from zero: without the sign for floats
  uint rank;        // 1 to 5
  uint size[5];     // outermost first
  uint mask_stride[5];  // with kVector the innermost is 0 or 1, the others multiples of 4
  uint a_stride[5];
  uint b_stride[5];
PUSH_END
WORDS_IN(0, mask)
WORDS_IN(1, a)
WORDS_IN(2, b)
WORDS_OUT(3, y)

uvec3 strides(uint axis) { return uvec3(push.mask_stride[axis], push.a_stride[axis], push.b_stride[axis]); }

// Places of element `index` in mask, a and b.
uvec3 places(uint index) {
  uvec3 at = uvec3(0u);
  for (uint axis = 4u; axis > 0u; --axis) {
    if (axis >= push.rank) continue;
    const uint outer = index / push.size[axis];
    at += (index - outer * push.size[axis]) * strides(axis);
    index = outer;
  }
  return at + index * strides(0u);
}

uint of_element(uint index) {
  const uvec3 at = places(index);
  const bool first = (mask_at(at.x) & push.value_bits) != 0u;
  const uint from_a = a_at(at.y);
  const uint from_b = b_at(at.z);
  return first ? from_a : from_b;
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
    const uvec3 at = places(first);
    const uvec3 step = strides(push.rank - 1u);
    const uvec4 choice = step.x != 0u ? mask4_at(at.x / 4u) : uvec4(mask_at(at.x));
    const uvec4 from_a = step.y != 0u ? a4_at(at.y / 4u) : uvec4(a_at(at.y));
    const uvec4 from_b = step.z != 0u ? b4_at(at.z / 4u) : uvec4(b_at(at.z));
    put_y4(item, mix(from_b, from_a, notEqual(choice & push.value_bits, uvec4(0u))));
  } else {
    for (uint i = first; i < push.count; ++i) put_y(i, of_element(i));
  }
}
