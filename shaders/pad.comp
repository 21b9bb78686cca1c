// SPDX-License-Identifier: MIT
// Borders of zeros, of the nearest element or of mirrored elements.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"

layout(constant_id = 1) const uint kMode = 0;   // PadMode of lib/ops/pad.h: 0 zero, 1 clamp, 2 reflect
layout(constant_id = 2) const uint kBytes = 0;  // 1: elements are bytes, four an invocation

PUSH_BEGIN
  uint count;     // of the result
  uint rank;
  uint large[5];  // sizes of the result, outermost first
  uint small[5];  // of the input
  uint before[5];
PUSH_END
WORDS_IN(0, x)
WORDS_OUT(1, y)

const uint kNothing = 0xffffffffu;

uint source(uint axis, uint place) {
  const int at = int(place) - int(push.before[axis]);
  const int size = int(push.small[axis]);
  if (at >= 0 && at < size) return uint(at);
  if (kMode == 0u) return kNothing;
  if (kMode == 1u) return at < 0 ? 0u : uint(size - 1);
  return uint(at < 0 ? -at : 2 * (size - 1) - at);
}

// Place in x of element `index` of the result, or kNothing.
uint place(uint index) {
  uint result = 0u;
  uint stride = 1u;
  for (uint axis = 4u; axis < 5u; --axis) {
    if (axis >= push.rank) continue;
    const uint outer = index / push.large[axis];
    const uint at = source(axis, index - outer * push.large[axis]);
    if (at == kNothing) return kNothing;
    result += at * stride;
    stride *= push.small[axis];
    index = outer;
  }
  return result;
}

void main() {
  const uint item = linear_item();
  if (kBytes == 0u) {
    if (item >= push.count) return;
    const uint at = place(item);
    uint value = 0u;
    if (at != kNothing) value = x_at(at);
    put_y(item, value);
    return;
  }
  const uint first = 4u * item;
  if (first >= push.count) return;
  uint word = 0u;
  for (uint k = 0u; k < min(push.count - first, 4u); ++k) {
    const uint at = place(first + k);
    if (at != kNothing) word |= (x_at(at / 4u) >> 8u * (at % 4u) & 0xffu) << 8u * k;
  }
  put_y(item, word);
}
