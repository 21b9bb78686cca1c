// SPDX-License-Identifier: MIT
// Geometry of pooling, shared by pool.comp and pool_grad.comp. As CPU kernels see it: lib/ops/pool_cpu.cpp.
#ifndef BETWIXT_POOL_GLSL
#define BETWIXT_POOL_GLSL

#define POOL_GEOMETRY                                                      \
  uint count;    /* results */                                             \
  uint channels; /* vectors count as one */                                \
  uint height;                                                             \
  uint width;                                                              \
  uint pooled_height;                                                      \
  uint pooled_width;                                                       \
  uint kernel_y;                                                           \
  uint kernel_x;                                                           \
  uint stride_y;                                                           \
  uint stride_x;                                                           \
  uint padding_y;                                                          \
  uint padding_x;                                                          \
  uint include_padding;

struct Window {
  uint begin;  // rows or columns inside the picture
  uint end;
  uint full;   // with the padding that the window covers
};

Window window(uint index, uint stride, uint padding, uint kernel, uint size) {
  const uint start = index * stride;  // from the first padded row
  const uint stop = start + kernel;
  const uint end = min(stop, size + padding) - padding;
  return Window(max(start, padding) - padding, end, min(stop, size + 2u * padding) - start);
}

// A NaN is passed on.
bvec4 larger(vec4 a, vec4 b) {
  return bvec4(a.x > b.x || betwixt_is_nan(a.x), a.y > b.y || betwixt_is_nan(a.y), a.z > b.z || betwixt_is_nan(a.z),
               a.w > b.w || betwixt_is_nan(a.w));
}

#define POOL_FUNCTIONS                                              \
  uint divisor(Window rows, Window columns) {                       \
    if (push.include_padding != 0u) return rows.full * columns.full; \
    return (rows.end - rows.begin) * (columns.end - columns.begin); \
  }

#endif
