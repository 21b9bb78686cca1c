// SPDX-License-Identifier: MIT
// A tensor of floats, as it is or in another precision of storage.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"

PUSH_BEGIN
  uint count;
PUSH_END
FLOATS_IN(0, x)
FLOATS_OUT(1, y)

void main() {
  const uint item = linear_item();
  const uint first = 4u * item;
  if (first >= push.count) return;
  if (push.count - first >= 4u) {
    put_y4(item, x4_at(item));
  } else {
    for (uint i = first; i < push.count; ++i) put_y(i, x_at(i));
  }
}
