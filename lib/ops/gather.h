// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/tensor/tensor.h"

namespace betwixt {

// Picking and placing by index. Indices are i32 or u32; one outside the range counts as the nearest inside it, on every
// backend. No gradient flows to indices.

/// How a u8 table becomes f32: value * scale + shift.
struct GatherOptions {
  float scale = 1.0f;  ///< factor of a u8 value
  float shift = 0.0f;  ///< added to it
};

/// Rows of a table: the batch from a resident data set, an embedding.
///   table [n, ...]   indices [m] (any shape)   ->   [m, ...] (the indices' shape, then the row's)
/// A u8 table gives f32, scaled and shifted by `options` (for [0, 1]: scale 1/255); any other keeps its type, and the
/// options must then be left alone (E_ARGUMENT). f32 and f64 tables are differentiable. E_SHAPE for an empty table.
Tensor gather_rows(const Tensor& table, const Tensor& indices, GatherOptions options = {});

/// Zeros [row_count, ...] with rows[i] added to row indices[i], in the order of i: the transpose of gather_rows.
///   indices [m] (any shape)   rows [m, ...]   ->   [row_count, ...]
/// f32 or f64; differentiable in `rows`.
Tensor scatter_add_rows(const Tensor& indices, const Tensor& rows, std::int64_t row_count);

/// Elements picked along the last axis, separately for each row: out[..., j] = x[..., indices[..., j]].
///   x [..., n]   indices [..., k]   ->   [..., k]
/// Any element type; f32 and f64 are differentiable.
Tensor gather_last(const Tensor& x, const Tensor& indices);

/// Zeros [..., n] with values[..., j] added at indices[..., j]: the transpose of gather_last. f32 or f64.
Tensor scatter_add_last(const Tensor& values, const Tensor& indices, std::int64_t n);

}  // namespace betwixt
