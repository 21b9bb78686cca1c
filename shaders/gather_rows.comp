// SPDX-License-Identifier: MIT
// Rows of a table by index. A table of bytes gives floats.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"
#include "common/index.glsl"

layout(constant_id = 1) const uint kBytes = 0;
layout(constant_id = 2) const uint kVector = 0;  // 1: four neighbours an invocation; rows are multiples of 4 elements
layout(constant_id = 3) const uint kSigned = 0;  // indices are i32

PUSH_BEGIN
  uint count;  // elements of the result; a vector counts as one here and below
  uint row;    // elements of a row
  uint rows;   // of the table
  float scale;
  float shift;
PUSH_END
READ(0, uint, table)
READ(0, uvec4, table4)
READ(1, uint, indices)
WORDS_OUT(2, y)

uvec4 numbers(uvec4 bytes) { return floatBitsToUint(vec4(bytes) * push.scale + push.shift); }

void main() {
  const uint item = linear_item();
  if (item >= push.count) return;
  const uint which = item / push.row;
  const uint start = clamped_index(indices[OFFSET(1) + which], kSigned, push.rows) * push.row;
  const uint from = start + (item - which * push.row);
  if (kVector != 0u) {
    if (kBytes != 0u)
      put_y4(item, numbers((uvec4(table[OFFSET(0) + from]) >> uvec4(0, 8, 16, 24)) & 0xffu));
    else
      put_y4(item, table4[OFFSET4(0) + from]);
  } else {
    if (kBytes != 0u)
      put_y(item, numbers(uvec4(table[OFFSET(0) + from / 4u] >> 8u * (from % 4u) & 0xffu)).x);
    else
      put_y(item, table[OFFSET(0) + from]);
  }
}
