// SPDX-License-Identifier: MIT
// Entries of index tensors, moved into [0, size).
#ifndef BETWIXT_INDEX_GLSL
#define BETWIXT_INDEX_GLSL

// `is_signed` 1: i32, 0: u32.
uint clamped_index(uint bits, uint is_signed, uint size) {
  if (is_signed != 0u && int(bits) < 0) return 0u;
  return min(bits, size - 1u);
}

#endif
