// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "betwixt/core/dtype.h"

namespace betwixt {

/// Sizes of a dense row-major tensor, rank 0 to 5, outermost first. Pictures are [n, h, w, c].
class Shape {
 public:
  static constexpr int kMaxRank = 5;  ///< most axes a shape can have

  Shape() = default;  ///< rank 0: one element
  /// Throws E_SHAPE for a rank above 5 or a size below 0, E_OVERFLOW when the product passes 2^48.
  Shape(std::initializer_list<std::int64_t> sizes);
  Shape(const std::int64_t* sizes, int rank);

  /// Number of axes, 0 to 5.
  int rank() const { return rank_; }
  /// Size of axis `axis`; negative counts from the end (-1 is the innermost).
  std::int64_t operator[](int axis) const;
  /// Number of elements.
  std::int64_t elements() const;
  /// Product of the sizes of axes [first, last).
  std::int64_t product(int first, int last) const;
  /// This shape with axis `axis` (negative counts from the end) set to `size`.
  Shape with(int axis, std::int64_t size) const;
  /// Normalises an axis number: -1 becomes rank - 1. Throws E_SHAPE when out of range.
  int axis(int axis) const;

  /// "[16, 64, 64, 3]"
  std::string text() const;

  /// The same rank and the same sizes.
  friend bool operator==(const Shape& a, const Shape& b);

 private:
  std::array<std::int64_t, kMaxRank> sizes_{};
  int rank_ = 0;
};

/// Shape and element type of one value.
struct TensorType {
  Shape shape;                ///< sizes, outermost first
  DType dtype = DType::kF32;  ///< type of an element

  /// Memory that the dense value takes.
  std::size_t bytes() const { return static_cast<std::size_t>(shape.elements()) * dtype_size(dtype); }
  /// The same shape and element type.
  friend bool operator==(const TensorType&, const TensorType&) = default;
};

}  // namespace betwixt
