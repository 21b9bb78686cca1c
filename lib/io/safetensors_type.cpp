// SPDX-License-Identifier: MIT
#include "betwixt/io/safetensors_type.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"
#include "betwixt/core/half.h"

namespace betwixt {
namespace {

struct TypeRow {
  const char* name;
  int bits;
};

constexpr TypeRow kTypes[] = {
    {"F64", 64},        {"F32", 32},    {"F16", 16},    {"BF16", 16},   {"I64", 64},    {"I32", 32},
    {"I16", 16},        {"I8", 8},      {"U64", 64},    {"U32", 32},    {"U16", 16},    {"U8", 8},
    {"BOOL", 8},        {"C64", 64},    {"F8_E4M3", 8}, {"F8_E5M2", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8},
    {"F8_E5M2FNUZ", 8}, {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"F4", 4},
};

struct Half {
  std::uint16_t bits;
};
struct Bfloat {
  std::uint16_t bits;
};
struct Bool {
  std::uint8_t bits;
};

/// Little-endian, any alignment.
template <class T>
T load(const std::byte* from) {
  std::byte bytes[sizeof(T)];
  for (std::size_t i = 0; i < sizeof(T); ++i)
    bytes[i] = from[std::endian::native == std::endian::little ? i : sizeof(T) - 1 - i];
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

template <class T>
void append(std::vector<std::byte>& out, T value) {
  std::byte bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  for (std::size_t i = 0; i < sizeof(T); ++i)
    out.push_back(bytes[std::endian::native == std::endian::little ? i : sizeof(T) - 1 - i]);
}

[[noreturn]] void bad_element(ErrorCode code, std::size_t index, const char* fact) {
  throw Error(code, "safetensors", "element %zu %s", index, fact);
}

/// The number that an element stands for.
template <class S>
auto plain(S value, std::size_t index) {
  if constexpr (std::is_same_v<S, Half>) {
    return half_to_float(value.bits);
  } else if constexpr (std::is_same_v<S, Bfloat>) {
    return bfloat_to_float(value.bits);
  } else if constexpr (std::is_same_v<S, Bool>) {
    if (value.bits > 1) bad_element(ErrorCode::kValue, index, "is no BOOL");
    return value.bits;
  } else {
    return value;
  }
}

template <class S>
using Plain = decltype(plain(S{}, 0));

/// Whether every value of From is a value of To.
template <class From, class To>
constexpr bool keeps_values() {
  using F = std::numeric_limits<From>;
  using T = std::numeric_limits<To>;
  if constexpr (std::is_floating_point_v<From> && !std::is_floating_point_v<To>) return false;
  if constexpr (std::is_floating_point_v<To>) return F::digits <= T::digits;
  return F::digits <= T::digits && (!F::is_signed || T::is_signed);
}

template <class To, class From>
To to_integer(From value, std::size_t index) {
  if constexpr (std::is_floating_point_v<From>) {
    if (!(value >= static_cast<From>(std::numeric_limits<To>::min()) &&
          static_cast<double>(value) <= static_cast<double>(std::numeric_limits<To>::max())))
      bad_element(ErrorCode::kOverflow, index, "is out of range");
    if (std::trunc(value) != value) bad_element(ErrorCode::kValue, index, "is no integer");
  } else {
    if (!std::in_range<To>(value)) bad_element(ErrorCode::kOverflow, index, "is out of range");
  }
  return static_cast<To>(value);
}

template <class To, class From>
To convert(From value, std::size_t index, bool require_finite) {
  if constexpr (std::is_floating_point_v<From>) {
    if (require_finite && !std::isfinite(value)) bad_element(ErrorCode::kNotFinite, index, "is not finite");
  }
  if constexpr (std::is_floating_point_v<To> && std::is_floating_point_v<From>) {
    const To rounded = static_cast<To>(value);
    if (std::isinf(rounded) && !std::isinf(value)) bad_element(ErrorCode::kOverflow, index, "is out of range");
    return rounded;
  } else if constexpr (std::is_floating_point_v<To>) {
    return static_cast<To>(value);
  } else {
    return to_integer<To>(value, index);
  }
}

template <class Source, class T>
void convert_all(SafetensorsType type, std::span<const std::byte> source, std::span<T> into, ConvertOptions options) {
  if (!keeps_values<Plain<Source>, T>() && !options.allow_lossy)
    throw Error(ErrorCode::kUnsupported, "safetensors", "%s to %s may change values and was not asked for",
                safetensors_type_name(type), dtype_name(DTypeOf<T>::value));
  for (std::size_t i = 0; i < into.size(); ++i)
    into[i] = convert<T>(plain(load<Source>(source.data() + i * sizeof(Source)), i), i, options.require_finite);
}

}  // namespace

const char* safetensors_type_name(SafetensorsType type) { return kTypes[static_cast<std::size_t>(type)].name; }

std::optional<SafetensorsType> safetensors_type(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kTypes); ++i)
    if (name == kTypes[i].name) return static_cast<SafetensorsType>(i);
  return std::nullopt;
}

int safetensors_type_bits(SafetensorsType type) { return kTypes[static_cast<std::size_t>(type)].bits; }

bool is_readable(SafetensorsType type) { return type <= SafetensorsType::kBool; }

SafetensorsType safetensors_type(DType type) {
  switch (type) {
    case DType::kF32:
      return SafetensorsType::kF32;
    case DType::kF16:
      return SafetensorsType::kF16;
    case DType::kF64:
      return SafetensorsType::kF64;
    case DType::kU8:
      return SafetensorsType::kU8;
    case DType::kI32:
      return SafetensorsType::kI32;
    case DType::kU32:
      return SafetensorsType::kU32;
  }
  fail_internal("safetensors", "unknown element type");
}

template <class T>
void convert_elements(SafetensorsType type, std::span<const std::byte> source, std::span<T> into,
                      ConvertOptions options) {
  const CheckedSize bits =
      CheckedSize(into.size()) * CheckedSize(static_cast<std::uint64_t>(safetensors_type_bits(type)));
  if (is_readable(type) && bits.value() / 8 != source.size())
    throw Error(ErrorCode::kMismatch, "safetensors", "%zu bytes for %zu elements of %s", source.size(), into.size(),
                safetensors_type_name(type));
  switch (type) {
    case SafetensorsType::kF64:
      return convert_all<double>(type, source, into, options);
    case SafetensorsType::kF32:
      return convert_all<float>(type, source, into, options);
    case SafetensorsType::kF16:
      return convert_all<Half>(type, source, into, options);
    case SafetensorsType::kBF16:
      return convert_all<Bfloat>(type, source, into, options);
    case SafetensorsType::kI64:
      return convert_all<std::int64_t>(type, source, into, options);
    case SafetensorsType::kI32:
      return convert_all<std::int32_t>(type, source, into, options);
    case SafetensorsType::kI16:
      return convert_all<std::int16_t>(type, source, into, options);
    case SafetensorsType::kI8:
      return convert_all<std::int8_t>(type, source, into, options);
    case SafetensorsType::kU64:
      return convert_all<std::uint64_t>(type, source, into, options);
    case SafetensorsType::kU32:
      return convert_all<std::uint32_t>(type, source, into, options);
    case SafetensorsType::kU16:
      return convert_all<std::uint16_t>(type, source, into, options);
    case SafetensorsType::kU8:
      return convert_all<std::uint8_t>(type, source, into, options);
    case SafetensorsType::kBool:
      return convert_all<Bool>(type, source, into, options);
    default:
      break;
  }
  throw Error(ErrorCode::kUnsupported, "safetensors", "elements of type %s cannot be read",
              safetensors_type_name(type));
}

template void convert_elements(SafetensorsType, std::span<const std::byte>, std::span<float>, ConvertOptions);
template void convert_elements(SafetensorsType, std::span<const std::byte>, std::span<double>, ConvertOptions);
template void convert_elements(SafetensorsType, std::span<const std::byte>, std::span<std::uint8_t>, ConvertOptions);
template void convert_elements(SafetensorsType, std::span<const std::byte>, std::span<std::int32_t>, ConvertOptions);
template void convert_elements(SafetensorsType, std::span<const std::byte>, std::span<std::uint32_t>, ConvertOptions);

std::vector<std::byte> encode_elements(SafetensorsType type, std::span<const float> values) {
  std::vector<std::byte> out;
  out.reserve(values.size() * static_cast<std::size_t>(safetensors_type_bits(type)) / 8);
  for (const float value : values) {
    switch (type) {
      case SafetensorsType::kF64:
        append(out, static_cast<double>(value));
        break;
      case SafetensorsType::kF32:
        append(out, value);
        break;
      case SafetensorsType::kF16:
        append(out, float_to_half(value));
        break;
      case SafetensorsType::kBF16:
        append(out, float_to_bfloat(value));
        break;
      default:
        throw Error(ErrorCode::kUnsupported, "safetensors", "floats are not written as %s",
                    safetensors_type_name(type));
    }
  }
  return out;
}

}  // namespace betwixt
