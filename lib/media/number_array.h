// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "betwixt/core/allocator.h"
#include "betwixt/image/images.h"

namespace betwixt {

/// Element types of IDX and NPY files.
enum class NumberType : std::uint8_t { kBool, kU8, kI8, kU16, kI16, kU32, kI32, kU64, kI64, kF16, kF32, kF64 };

/// "u8", "f32" ...
const char* number_type_name(NumberType type);
/// Bytes of one element.
std::size_t number_type_size(NumberType type);

/// Numbers from a file: dense, outermost axis first, in the machine's byte order.
struct NumberArray {
  NumberType type = NumberType::kU8;  ///< type of an element
  std::vector<std::int64_t> shape;    ///< outermost first; empty for a single number
  Memory bytes;                       ///< elements(), dense

  /// Product of the shape.
  std::uint64_t elements() const;
};

/// Every number as a float, rounded to nearest. E_OVERFLOW when a finite f64 is beyond the range of a float.
std::vector<float> to_floats(const NumberArray& array);

/// Pictures from u8 numbers: [n, h, w] becomes grey, [n, h, w, c] with c 1 to 4 keeps its channels.
/// E_DTYPE for other types, E_SHAPE for other shapes.
Images to_images(const NumberArray& array);

}  // namespace betwixt
