// SPDX-License-Identifier: MIT
// Reductions: a workgroup is a table of kRows lanes for each of its columns. The lanes of a column share one result;
// each takes every kRows-th term, then they join in a fixed tree. Include after common/betwixt.glsl.
#ifndef BETWIXT_LANES_GLSL
#define BETWIXT_LANES_GLSL

layout(constant_id = 1) const uint kRows = 128;  // a power of two; divides the workgroup size, which is at most 128
// 1: neighbouring invocations share a result (terms lie side by side); 0: they hold neighbouring results.
layout(constant_id = 2) const uint kRowsFirst = 1;

uint lane_columns() { return gl_WorkGroupSize.x / kRows; }
uint lane_row() {
  return kRowsFirst != 0u ? gl_LocalInvocationID.x % kRows : gl_LocalInvocationID.x / lane_columns();
}
uint lane_column() {
  return kRowsFirst != 0u ? gl_LocalInvocationID.x / kRows : gl_LocalInvocationID.x % lane_columns();
}
// Distance in invocations between lanes of one column.
uint lane_step() { return kRowsFirst != 0u ? 1u : lane_columns(); }

#endif
