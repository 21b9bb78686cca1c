// SPDX-License-Identifier: MIT
// Adjoint of pad: every element adds up what came to its copies.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"

layout(constant_id = 1) const uint kMode = 0;  // PadMode of lib/ops/pad.h: 0 zero, 1 clamp, 2 reflect

PUSH_BEGIN
  uint count;     // of the result
  uint rank;
  uint large[5];  // sizes of the input, outermost first
  uint small[5];  // of the result
  uint before[5];
PUSH_END
FLOATS_IN(0, dy)
FLOATS_OUT(1, dx)

// Copies of position s of an axis: clamped borders are runs from `first` on, mirrored positions are listed.
struct Copies {
  uint count;
  uint places[3];  // kMode 1: only the first, the others follow it
};

Copies copies(uint axis, uint s) {
  const uint size = push.small[axis];
  const uint before = push.before[axis];
  const uint large = push.large[axis];
  Copies result = Copies(1u, uint[3](s + before, 0u, 0u));
  if (kMode == 1u) {
    const uint first = s == 0u ? 0u : s + before;
    result.places[0] = first;
    result.count = (s + 1u == size ? large : s + before + 1u) - first;
  } else if (kMode == 2u) {
    if (s > 0u && s <= before) result.places[result.count++] = before - s;
    if (s + 1u < size && before + 2u * (size - 1u) - s < large)
      result.places[result.count++] = before + 2u * (size - 1u) - s;
  }
  return result;
}

void main() {
  const uint item = linear_item();
  if (item >= push.count) return;
  uint total = 1u;
  uint position[5];
  uint rest = item;
  for (uint axis = 4u; axis < 5u; --axis) {
    position[axis] = 0u;
    if (axis >= push.rank) continue;
    const uint outer = rest / push.small[axis];
    position[axis] = rest - outer * push.small[axis];
    total *= copies(axis, position[axis]).count;
    rest = outer;
  }
  float sum = 0.0;
  for (uint turn = 0u; turn < total; ++turn) {
    uint at = 0u;
    uint stride = 1u;
    uint left = turn;
    for (uint axis = 4u; axis < 5u; --axis) {
      if (axis >= push.rank) continue;
      const Copies here = copies(axis, position[axis]);
      const uint outer = left / here.count;
      const uint which = left - outer * here.count;
      at += (kMode == 1u ? here.places[0] + which : here.places[which]) * stride;
      stride *= push.large[axis];
      left = outer;
    }
    sum += dy_at(at);
  }
  put_dx(item, sum);
}
