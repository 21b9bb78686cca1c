// SPDX-License-Identifier: MIT
// Puts one part of a concatenation of bytes into whole words of the result, keeping the bytes of the other parts.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"

PUSH_BEGIN
  uint count;  // bytes of the result
  uint run;    // bytes of the result along the joined and all inner axes
  uint begin;  // of the part in a run
  uint part;   // its bytes in a run
PUSH_END
READ(0, uint, source)
READ_WRITE(1, uint, target)

void main() {
  const uint item = linear_item();
  const uint first = 4u * item;
  if (first >= push.count) return;
  uint word = target[OFFSET(1) + item];
  for (uint k = 0u; k < 4u; ++k) {
    const uint row = (first + k) / push.run;
    const uint place = (first + k) - row * push.run;
    if (first + k >= push.count || place < push.begin || place - push.begin >= push.part) continue;
    const uint at = row * push.part + (place - push.begin);
    const uint value = source[OFFSET(0) + at / 4u] >> 8u * (at % 4u) & 0xffu;
    word = word & ~(0xffu << 8u * k) | value << 8u * k;
  }
  target[OFFSET(1) + item] = word;
}
