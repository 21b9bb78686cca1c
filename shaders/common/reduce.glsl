// SPDX-License-Identifier: MIT
// What reduce.comp and reduce_subgroup.comp share: how terms are found, mapped, joined and written. Include after
// common/betwixt.glsl, common/storage.glsl, common/lanes.glsl and common/math.glsl.
#ifndef BETWIXT_REDUCE_GLSL
#define BETWIXT_REDUCE_GLSL

layout(constant_id = 3) const uint kJoin = 0;    // 0 sum, 1 maximum, 2 minimum
layout(constant_id = 4) const uint kType = 0;    // 0 f32, 1 i32, 2 u32
layout(constant_id = 5) const uint kVector = 0;  // 1: four neighbours at once; four terms when the innermost axis is
                                                 // reduced (kRowsFirst), else four results
layout(constant_id = 6) const uint kMap = 0;     // of f32 terms: 1 square, 2 squared difference
layout(constant_id = 7) const uint kFinish = 0;  // of f32 results: 1 divided by push.divisor

PUSH_BEGIN
  uint results;          // of one group; a vector counts as one here and below
  uint terms;            // behind a result
  uint terms_per_group;
  uint tiles;            // workgroups per group
  uint groups;
  uint inner;            // results side by side along the innermost kept axis; 1 when the innermost is reduced
  uint run;              // terms side by side along the innermost reduced axis; 1 when the innermost is kept
  uint kept_size;        // of the inner of the two other kept axes
  uint kept_stride[2];   // outer, inner; in vectors
  uint reduced_size;
  uint reduced_stride[2];
  float divisor;
PUSH_END
WORDS_IN(0, x)
WORDS_IN(1, other)
WRITE(2, uint, y)
WRITE(2, uvec4, y4)

const uint kBlock = 16;  // terms a lane joins in a row, to keep rounding errors small

uint identity() {
  if (kJoin == 0u) return 0u;
  if (kType == 2u) return kJoin == 1u ? 0u : 0xffffffffu;
  if (kType == 1u) return kJoin == 1u ? 0x80000000u : 0x7fffffffu;
  return kJoin == 1u ? 0xff800000u : 0x7f800000u;
}

bool below(uint a, uint b) {
  if (kType == 0u) return uintBitsToFloat(a) < uintBitsToFloat(b);
  return kType == 1u ? int(a) < int(b) : a < b;
}

uint join(uint a, uint b) {
  if (kJoin == 1u) return below(a, b) ? b : a;
  if (kJoin == 2u) return below(b, a) ? b : a;
  return kType == 0u ? floatBitsToUint(uintBitsToFloat(a) + uintBitsToFloat(b)) : a + b;
}
uvec4 join(uvec4 a, uvec4 b) {
  if (kVector == 0u) return uvec4(join(a.x, b.x), 0u, 0u, 0u);
  return uvec4(join(a.x, b.x), join(a.y, b.y), join(a.z, b.z), join(a.w, b.w));
}

uint mapped(uint bits, uint other_bits) {
  const float value = uintBitsToFloat(bits) - (kMap == 2u ? uintBitsToFloat(other_bits) : 0.0);
  return floatBitsToUint(value * value);
}

uvec4 load(uint at) {
  const uvec4 bits = kVector != 0u ? x4_at(at) : uvec4(x_at(at), 0u, 0u, 0u);
  if (kMap == 0u) return bits;
  uvec4 others = uvec4(0u);
  if (kMap == 2u) others = kVector != 0u ? other4_at(at) : uvec4(other_at(at), 0u, 0u, 0u);
  return uvec4(mapped(bits.x, others.x), mapped(bits.y, others.y), mapped(bits.z, others.z), mapped(bits.w, others.w));
}

uint result_start(uint result) {
  const uint row = result / push.inner;
  const uint outer = row / push.kept_size;
  return outer * push.kept_stride[0] + (row - outer * push.kept_size) * push.kept_stride[1] +
         (result - row * push.inner);
}

uint term_offset(uint term) {
  const uint row = term / push.run;
  const uint outer = row / push.reduced_size;
  return outer * push.reduced_stride[0] + (row - outer * push.reduced_size) * push.reduced_stride[1] +
         (term - row * push.run);
}

uint finished(uint bits) {
  if (kFinish == 1u) return floatBitsToUint(uintBitsToFloat(bits) / push.divisor);
  return bits;
}

void write(uint at, uvec4 value) {
  if (kVector != 0u && kRowsFirst == 0u) {
    y4[OFFSET4(2) + at] = value;
  } else {
    const uint joined = kVector != 0u ? join(join(value.x, value.y), join(value.z, value.w)) : value.x;
    y[OFFSET(2) + at] = finished(joined);
  }
}

// Which group of terms a workgroup adds up, and its first result: `results` where the grid has no work for it.
uvec2 share() {
  const uint work = linear_group();
  const uint group = work / push.tiles;
  return uvec2(group, group < push.groups ? (work - group * push.tiles) * lane_columns() : push.results);
}

// The share of one invocation: every kRows-th term of its result, in blocks.
uvec4 lane_total(uint group, uint result) {
  const uint begin = group * push.terms_per_group;
  const uint end = result < push.results ? min(begin + push.terms_per_group, push.terms) : 0u;
  const uint start = result_start(result);
  uvec4 total = uvec4(identity());
  for (uint term = begin + lane_row(); term < end;) {
    uvec4 part = uvec4(identity());
    for (uint k = 0u; k < kBlock && term < end; ++k, term += kRows) part = join(part, load(start + term_offset(term)));
    total = join(total, part);
  }
  return total;
}

#endif
