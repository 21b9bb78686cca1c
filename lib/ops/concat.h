// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// The tensors one after another along `axis` (negative counts from the end). Same element type, same sizes along all
/// other axes, at least one tensor, else E_SHAPE / E_DTYPE. Along the outermost axis that is not 1 the parts are
/// computed right inside the result where their offset is a multiple of 16 bytes, and nothing is copied.
Tensor concat(const std::vector<Tensor>& parts, int axis);

/// All elements of the tensors in one row, [n]: part i starts at pack_offsets(...)[i], a multiple of 4 elements, so
/// that each part can be computed in place and read back as an aliasing slice. The gaps hold zeros. f32 or f64, one
/// type for all. Made for flat gradients, weights and moments.
Tensor pack(const std::vector<Tensor>& parts);

/// Where parts of these shapes start in their pack, and at the end its length in elements.
std::vector<std::int64_t> pack_offsets(const std::vector<Shape>& shapes);

/// Part of a pack as a tensor of `shape`.
Tensor unpack(const Tensor& packed, std::int64_t offset, const Shape& shape);

}  // namespace betwixt
