// SPDX-License-Identifier: MIT
// What every compute shader starts with. The conventions are explained in lib/gpu/README.md.
//
//   #version 450
//   #extension GL_GOOGLE_include_directive : require
//   #include "common/betwixt.glsl"
//
//   PUSH_BEGIN
//     uint count;
//     float slope;
//   PUSH_END
//   READ(0, float, x)
//   WRITE(1, float, y)
//
//   void main() {
//     const uint i = linear_item();
//     if (i >= push.count) return;
//     y[OFFSET(1) + i] = max(x[OFFSET(0) + i], push.slope * x[OFFSET(0) + i]);
//   }
#ifndef BETWIXT_GLSL
#define BETWIXT_GLSL

// Workgroups are one-dimensional; specialisation constant 0 is their size.
layout(local_size_x = 64, local_size_x_id = 0) in;

// The push-constant block: offsets of operands 0 to 3 in 4-byte words, then the op's own scalars in the order in which
// GpuDispatch::word and ::number gave them.
#define PUSH_BEGIN                         \
  layout(push_constant) uniform PushBlock { \
    uvec4 operand_offset;
#define PUSH_END \
  }              \
  push;

// Start of operand `index` in elements of 4 bytes, and in elements of 16 bytes (vec4, uvec4).
#define OFFSET(index) (push.operand_offset[index])
#define OFFSET4(index) (push.operand_offset[index] >> 2)

// Storage buffer `slot` seen as an array `name` of `type` (float, uint, int, vec4 ...). One slot may be declared several
// times with different types and names. Never `restrict`: operands may share memory.
#define READ(slot, type, name) \
  layout(std430, set = 0, binding = slot) readonly buffer name##_block { type name[]; };
#define WRITE(slot, type, name) \
  layout(std430, set = 0, binding = slot) writeonly buffer name##_block { type name[]; };
#define READ_WRITE(slot, type, name) \
  layout(std430, set = 0, binding = slot) buffer name##_block { type name[]; };

// Number of this invocation in a grid made by GpuDispatch::items. Compare it with the count before use.
uint linear_item() {
  return gl_GlobalInvocationID.x + gl_GlobalInvocationID.y * (gl_NumWorkGroups.x * gl_WorkGroupSize.x);
}

// Number of this workgroup in such a grid.
uint linear_group() { return gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x; }

#endif
