// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "betwixt/core/dtype.h"

namespace betwixt {

/// Element types of the safetensors format. Those after kBool are known, so that files holding them open and report
/// them, but their elements cannot be read here.
enum class SafetensorsType : std::uint8_t {
  kF64,
  kF32,
  kF16,
  kBF16,
  kI64,
  kI32,
  kI16,
  kI8,
  kU64,
  kU32,
  kU16,
  kU8,
  kBool,
  kC64,
  kF8E4M3,
  kF8E5M2,
  kF8E8M0,
  kF8E4M3Fnuz,
  kF8E5M2Fnuz,
  kF6E2M3,
  kF6E3M2,
  kF4,
};

/// "F32", "BF16", "BOOL" ... as in the file.
const char* safetensors_type_name(SafetensorsType type);
std::optional<SafetensorsType> safetensors_type(std::string_view name);
/// Bits of one element: 4, 6, 8, 16, 32 or 64.
int safetensors_type_bits(SafetensorsType type);
/// Whether elements of this type can be read and converted.
bool is_readable(SafetensorsType type);
/// The type that holds the same bits.
SafetensorsType safetensors_type(DType type);

/// How elements are converted.
struct ConvertOptions {
  bool allow_lossy = false;     ///< accept conversions that may change a value, see `convert_elements`
  bool require_finite = false;  ///< E_NOT_FINITE for NaN or infinity in the source
};

/// Converts little-endian elements of a file. `T` is float, double, std::uint8_t, std::int32_t or std::uint32_t.
///
/// Conversions that keep every value (F16 to float, U8 to std::int32_t ...) always work. The others are E_UNSUPPORTED
/// unless `allow_lossy`: then floating-point targets round to nearest, and integer targets take exact values only.
/// E_OVERFLOW for a value outside the range of T, E_VALUE for a fraction or a BOOL that is not 0 or 1; the text names
/// the element. `source.size()` must be `into.size()` elements.
template <class T>
void convert_elements(SafetensorsType type, std::span<const std::byte> source, std::span<T> into,
                      ConvertOptions options = {});

/// The other way: floats as elements of a file, little-endian, rounded to nearest. F64, F32, F16 or BF16.
std::vector<std::byte> encode_elements(SafetensorsType type, std::span<const float> values);

}  // namespace betwixt
