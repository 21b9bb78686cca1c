// SPDX-License-Identifier: MIT
// Rows of this step's batch: a Feistel network per epoch, as lib/ops/random_cpu.cpp.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/philox.glsl"

layout(constant_id = 1) const uint kOrdered = 0;

PUSH_BEGIN
  uint batch;
  uint rows;
  uint half_bits;
  uint key0;
  uint key1;
PUSH_END
READ(0, uint, step)
WRITE(1, uint, y)

// Finaliser of MurmurHash3 (Appleby, public domain).
uint scramble(uint x) {
  x = (x ^ (x >> 16)) * 0x85EBCA6Bu;
  x = (x ^ (x >> 13)) * 0xC2B2AE35u;
  return x ^ (x >> 16);
}

// A 64-bit number divided by one below 2^32, bit by bit; the remainder goes to `rest`.
uvec2 divided(uvec2 number, uint divisor, out uint rest) {
  uvec2 quotient = uvec2(0u);
  rest = 0u;
  for (int bit = 63; bit >= 0; --bit) {
    const uint word = bit >= 32 ? number.y : number.x;
    const bool carry = rest >= 0x80000000u;
    rest = rest << 1 | (word >> (uint(bit) & 31u) & 1u);
    if (carry || rest >= divisor) {
      rest -= divisor;
      if (bit >= 32)
        quotient.y |= 1u << (uint(bit) & 31u);
      else
        quotient.x |= 1u << uint(bit);
    }
  }
  return quotient;
}

uint permuted(uint index, uvec2 epoch) {
  const uvec2 key = uvec2(push.key0, push.key1);
  const uvec4 low = philox(uvec4(epoch.x, 1u, 0u, epoch.y), key);
  const uvec4 high = philox(uvec4(epoch.x, 1u, 1u, epoch.y), key);
  const uint mask = (1u << push.half_bits) - 1u;
  do {
    uint left = index >> push.half_bits;
    uint right = index & mask;
    for (uint turn = 0u; turn < 8u; ++turn) {
      const uint round_key = turn < 4u ? low[turn] : high[turn - 4u];
      const uint next = left ^ (scramble(right ^ round_key) >> (32u - push.half_bits));
      left = right;
      right = next;
    }
    index = left << push.half_bits | right;
  } while (index >= push.rows);
  return index;
}

void main() {
  const uint item = linear_item();
  if (item >= push.batch) return;
  uvec2 number;
  umulExtended(step[OFFSET(0)], push.batch, number.y, number.x);
  uint carry;
  number.x = uaddCarry(number.x, item, carry);
  number.y += carry;
  uint position;
  const uvec2 epoch = divided(number, push.rows, position);
  y[OFFSET(1) + item] = kOrdered != 0u ? position : permuted(position, epoch);
}
