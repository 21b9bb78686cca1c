// SPDX-License-Identifier: MIT
// Gradient of warp and grid_sample with respect to the picture: every point adds to the pixels it looked at. The sums
// are 64-bit integers made of two words, so that their order does not matter; the unit is 2^-29 of a power of two above
// the largest |dy|. Four passes: clear, find the largest, add, convert.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"
#include "common/math.glsl"
#include "common/sample.glsl"

layout(constant_id = 4) const uint kPass = 0;

PUSH_BEGIN
  SAMPLE_GEOMETRY
  uint results;  // elements of the gradient
PUSH_END
FLOATS_IN(0, dy)
READ(1, float, points)
READ_WRITE(2, uint, sums)  // the largest |dy| as bits, three words unused, the low words, the high words
FLOATS_OUT(3, dx)
SAMPLE_FUNCTIONS(1)

const uint kHeader = 4u;

shared uint largest[128];

// 2^power, for -126 <= power <= 127.
float power_of_two(int power) { return uintBitsToFloat(uint(power + 127) << 23); }

// Power of two of one unit. Below 2^-86 numbers lose bits.
int unit_power() {
  const uint exponent = sums[OFFSET(2)] >> 23;
  return int(max(exponent, 40u)) - 126 - 29;
}

void add(uint element, int value) {
  const uint before = atomicAdd(sums[OFFSET(2) + kHeader + element], uint(value));
  const uint carry = before + uint(value) < before ? 1u : 0u;
  const uint high = (value < 0 ? 0xffffffffu : 0u) + carry;
  if (high != 0u) atomicAdd(sums[OFFSET(2) + kHeader + push.results + element], high);
}

void find_largest(uint item) {
  const uint lane = gl_LocalInvocationID.x;
  const uint stride = gl_NumWorkGroups.x * gl_NumWorkGroups.y * gl_WorkGroupSize.x;
  uint bits = 0u;
  for (uint i = item; i < push.count; i += stride) bits = max(bits, floatBitsToUint(dy_at(i)) & 0x7fffffffu);
  largest[lane] = bits;
  barrier();
  for (uint rest = gl_WorkGroupSize.x / 2u; rest > 0u; rest /= 2u) {
    if (lane < rest) largest[lane] = max(largest[lane], largest[lane + rest]);
    barrier();
  }
  if (lane == 0u) atomicMax(sums[OFFSET(2)], largest[0]);
}

void scatter(uint item) {
  const float scale = power_of_two(-unit_power());
  const uint pixel = item / push.channels;
  const uint channel = item - pixel * push.channels;
  const AxisTaps across = across_taps(pixel);
  const AxisTaps down = down_taps(pixel);
  const uint top = first_row(pixel);
  const float value = dy_at(item) * scale;
  for (uint row = 0u; row < kTaps; ++row)
    for (uint column = 0u; column < kTaps; ++column) {
      const float part = down.weight[row] * across.weight[column] * value;
      const uint at = ((top + down.index[row]) * push.width + across.index[column]) * push.channels + channel;
      if (part != 0.0) add(at, int(clamp(floor(part + 0.5), -2147483520.0, 2147483520.0)));
    }
}

void convert(uint item) {
  uint low = sums[OFFSET(2) + kHeader + item];
  uint high = sums[OFFSET(2) + kHeader + push.results + item];
  const bool negative = (high & 0x80000000u) != 0u;
  if (negative) {
    low = ~low + 1u;
    high = ~high + (low == 0u ? 1u : 0u);
  }
  const float size = (float(high) * 4294967296.0 + float(low)) * power_of_two(unit_power());
  // What is not finite anywhere is not finite everywhere.
  const bool finite = sums[OFFSET(2)] < 0x7f800000u;
  put_dx(item, finite ? (negative ? -size : size) : uintBitsToFloat(0x7fc00000u));
}

void main() {
  const uint item = linear_item();
  if (kPass == 1u) {
    find_largest(item);
    return;
  }
  if (item >= push.count) return;
  if (kPass == 0u) sums[OFFSET(2) + item] = 0u;
  if (kPass == 2u) scatter(item);
  if (kPass == 3u) convert(item);
}
