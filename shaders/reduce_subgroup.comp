// SPDX-License-Identifier: MIT
// reduce.comp for sums of which each takes a whole workgroup, on devices with subgroup arithmetic: one barrier instead of
// a tree. Subgroups may have any size.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"
#include "common/lanes.glsl"
#include "common/math.glsl"
#include "common/reduce.glsl"

shared uint sums[128];

uint subgroup_sum(uint bits) {
  return kType == 0u ? floatBitsToUint(subgroupAdd(uintBitsToFloat(bits))) : subgroupAdd(bits);
}

void main() {
  const uvec2 own = share();
  const uint group = own.x;
  const uint result = own.y;
  const uvec4 total = lane_total(group, result);
  const uint joined = kVector != 0u ? join(join(total.x, total.y), join(total.z, total.w)) : total.x;
  const uint sum = subgroup_sum(joined);
  if (subgroupElect()) sums[gl_SubgroupID] = sum;
  barrier();
  if (gl_LocalInvocationID.x == 0u && result < push.results) {
    uint all = sums[0];
    for (uint i = 1u; i < gl_NumSubgroups; ++i) all = join(all, sums[i]);
    y[OFFSET(2) + group * push.results + result] = finished(all);
  }
}
