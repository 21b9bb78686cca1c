// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace betwixt {

/// Element type of a tensor. f16 is a storage type; f64 exists on the CPU only, for checks.
enum class DType : std::uint8_t { kF32, kF16, kF64, kU8, kI32, kU32 };

/// Bytes of one element.
constexpr std::size_t dtype_size(DType type) {
  switch (type) {
    case DType::kF32:
      return 4;
    case DType::kF16:
      return 2;
    case DType::kF64:
      return 8;
    case DType::kU8:
      return 1;
    case DType::kI32:
      return 4;
    case DType::kU32:
      return 4;
  }
  return 0;
}

/// "f32", "u8" ...
constexpr const char* dtype_name(DType type) {
  switch (type) {
    case DType::kF32:
      return "f32";
    case DType::kF16:
      return "f16";
    case DType::kF64:
      return "f64";
    case DType::kU8:
      return "u8";
    case DType::kI32:
      return "i32";
    case DType::kU32:
      return "u32";
  }
  return "?";
}

constexpr bool is_float(DType type) { return type == DType::kF32 || type == DType::kF16 || type == DType::kF64; }

template <class T>
struct DTypeOf;
/// f32.
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::kF32;  ///< the element type of T
};
/// F64.
template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::kF64;  ///< the element type of T
};
/// u8.
template <>
struct DTypeOf<std::uint8_t> {
  static constexpr DType value = DType::kU8;  ///< the element type of T
};
/// I32.
template <>
struct DTypeOf<std::int32_t> {
  static constexpr DType value = DType::kI32;  ///< the element type of T
};
/// U32.
template <>
struct DTypeOf<std::uint32_t> {
  static constexpr DType value = DType::kU32;  ///< the element type of T
};

}  // namespace betwixt
