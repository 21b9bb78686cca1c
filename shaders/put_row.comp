// SPDX-License-Identifier: MIT
// A table with one row replaced, word by word.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"

layout(constant_id = 1) const uint kBytes = 0;   // elements are bytes, four an invocation
layout(constant_id = 2) const uint kSigned = 0;  // the index is i32

PUSH_BEGIN
  uint count;  // elements of the table
  uint rows;
  uint row;    // elements of a row
PUSH_END
READ(0, uint, table)
READ(1, uint, index)
READ(2, uint, new_row)
WRITE(3, uint, y)

// The index modulo the number of rows, never negative.
uint position() {
  const uint bits = index[OFFSET(1)];
  if (kSigned == 0u || int(bits) >= 0) return bits % push.rows;
  const uint below = (0u - bits) % push.rows;
  return below == 0u ? 0u : push.rows - below;
}

void main() {
  const uint item = linear_item();
  const uint begin = position() * push.row;
  if (kBytes == 0u) {
    if (item >= push.count) return;
    const bool inside = item >= begin && item - begin < push.row;
    uint word;
    if (inside)
      word = new_row[OFFSET(2) + item - begin];
    else
      word = table[OFFSET(0) + item];
    y[OFFSET(3) + item] = word;
    return;
  }
  const uint first = 4u * item;
  if (first >= push.count) return;
  uint word = table[OFFSET(0) + item];
  for (uint k = 0u; k < min(push.count - first, 4u); ++k) {
    if (first + k < begin || first + k - begin >= push.row) continue;
    const uint at = first + k - begin;
    const uint value = new_row[OFFSET(2) + at / 4u] >> 8u * (at % 4u) & 0xffu;
    word = word & ~(0xffu << 8u * k) | value << 8u * k;
  }
  y[OFFSET(3) + item] = word;
}
