// SPDX-License-Identifier: MIT
// Copies any number of bytes between two tensors.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"

PUSH_BEGIN
  uint words;     // whole words
  uint tail_mask; // bits of the last, partial word; 0 for none
PUSH_END
READ(0, uint, source)
READ_WRITE(1, uint, target)

void main() {
  const uint i = linear_item();
  if (i < push.words) {
    target[OFFSET(1) + i] = source[OFFSET(0) + i];
  } else if (i == push.words && push.tail_mask != 0u) {
    const uint kept = target[OFFSET(1) + i] & ~push.tail_mask;
    target[OFFSET(1) + i] = kept | (source[OFFSET(0) + i] & push.tail_mask);
  }
}
