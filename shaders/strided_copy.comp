// SPDX-License-Identifier: MIT
// Copies a box of elements between two layouts: broadcasting, slices, transpositions, reversals, joining.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"

layout(constant_id = 1) const uint kMode = 0;  // 0 words, 1 four words an invocation, 2 bytes (the target dense)

PUSH_BEGIN
  uint count;  // elements of the box
  uint rank;   // 1 to 5
  uint source_start;
  uint target_start;
  uint size[5];           // outermost first
  uint source_stride[5];  // modulo 2^32, so that they may be negative
  uint target_stride[5];  // kMode 1: innermost 1, of the source 0 or 1, all others and the starts multiples of 4
PUSH_END
WORDS_IN(0, source)
WORDS_OUT(1, target)

// Places of element `index` of the box in source and target.
uvec2 places(uint index) {
  uvec2 at = uvec2(push.source_start, push.target_start);
  for (uint axis = 4u; axis > 0u; --axis) {
    if (axis >= push.rank) continue;
    const uint outer = index / push.size[axis];
    at += (index - outer * push.size[axis]) * uvec2(push.source_stride[axis], push.target_stride[axis]);
    index = outer;
  }
  return at + index * uvec2(push.source_stride[0], push.target_stride[0]);
}

uint source_byte(uint at) { return source_at(at / 4u) >> 8u * (at % 4u) & 0xffu; }

void main() {
  const uint item = linear_item();
  if (kMode == 0u) {
    if (item >= push.count) return;
    const uvec2 at = places(item);
    put_target(at.y, source_at(at.x));
    return;
  }
  const uint first = 4u * item;
  if (first >= push.count) return;
  const uint left = min(push.count - first, 4u);
  if (kMode == 2u) {
    uint word = 0u;
    for (uint k = 0u; k < left; ++k) word |= source_byte(places(first + k).x) << 8u * k;
    put_target(item, word);
  } else if (left == 4u) {
    const uvec2 at = places(first);
    const bool walks = push.source_stride[push.rank - 1u] != 0u;
    put_target4(at.y / 4u, walks ? source4_at(at.x / 4u) : uvec4(source_at(at.x)));
  } else {
    for (uint k = 0u; k < left; ++k) {
      const uvec2 at = places(first + k);
      put_target(at.y, source_at(at.x));
    }
  }
}
