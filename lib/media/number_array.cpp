// SPDX-License-Identifier: MIT
#include "betwixt/media/number_array.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"
#include "betwixt/media/detail/numbers.h"

namespace betwixt {
namespace {

struct TypeRow {
  const char* name;
  std::size_t size;
};
constexpr TypeRow kTypes[] = {{"bool", 1}, {"u8", 1},  {"i8", 1},  {"u16", 2}, {"i16", 2}, {"u32", 4},
                              {"i32", 4},  {"u64", 8}, {"i64", 8}, {"f16", 2}, {"f32", 4}, {"f64", 8}};

template <class T>
float number_at(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return static_cast<float>(value);
}

/// IEEE 754 binary16.
float half_at(const std::byte* from) {
  std::uint16_t half;
  std::memcpy(&half, from, sizeof half);
  const int exponent = (half >> 10) & 31, fraction = half & 1023;
  float magnitude =
      std::ldexp(static_cast<float>(exponent ? fraction + 1024 : fraction), (exponent ? exponent : 1) - 25);
  if (exponent == 31) magnitude = fraction ? std::nanf("") : HUGE_VALF;
  return half & 0x8000 ? -magnitude : magnitude;
}

float element(NumberType type, const std::byte* from) {
  switch (type) {
    case NumberType::kBool:
    case NumberType::kU8:
      return number_at<std::uint8_t>(from);
    case NumberType::kI8:
      return number_at<std::int8_t>(from);
    case NumberType::kU16:
      return number_at<std::uint16_t>(from);
    case NumberType::kI16:
      return number_at<std::int16_t>(from);
    case NumberType::kU32:
      return number_at<std::uint32_t>(from);
    case NumberType::kI32:
      return number_at<std::int32_t>(from);
    case NumberType::kU64:
      return number_at<std::uint64_t>(from);
    case NumberType::kI64:
      return number_at<std::int64_t>(from);
    case NumberType::kF16:
      return half_at(from);
    case NumberType::kF32:
      return number_at<float>(from);
    case NumberType::kF64:
      break;
  }
  double value;
  std::memcpy(&value, from, sizeof value);
  const auto rounded = static_cast<float>(value);
  if (std::isinf(rounded) && !std::isinf(value))
    throw Error(ErrorCode::kOverflow, "to_floats", "%g is beyond the range of a float", value);
  return rounded;
}

}  // namespace

const char* number_type_name(NumberType type) { return kTypes[static_cast<std::size_t>(type)].name; }
std::size_t number_type_size(NumberType type) { return kTypes[static_cast<std::size_t>(type)].size; }

std::uint64_t NumberArray::elements() const { return detail::checked_elements(shape).value(); }

std::vector<float> to_floats(const NumberArray& array) {
  return guard_memory("to_floats", [&] {
    std::vector<float> values(CheckedSize(array.elements()).size());
    const std::size_t size = number_type_size(array.type);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = element(array.type, array.bytes.data() + i * size);
    return values;
  });
}

namespace detail {

CheckedSize checked_elements(const std::vector<std::int64_t>& shape) {
  CheckedSize product(1);
  for (const std::int64_t size : shape) product *= CheckedSize(static_cast<std::uint64_t>(size));
  return product;
}

Images empty_pictures(const char* loader, NumberType type, const std::vector<std::int64_t>& shape) {
  constexpr std::int64_t kMaxSide = 16384;
  if (type != NumberType::kU8)
    throw Error(ErrorCode::kDtype, loader, "pictures are u8, these numbers are %s", number_type_name(type)).in("type");
  if (shape.size() != 3 && shape.size() != 4)
    throw Error(ErrorCode::kShape, loader, "pictures have 3 or 4 axes, this array has %zu", shape.size()).in("shape");
  const std::int64_t channels = shape.size() == 4 ? shape[3] : 1;
  if (channels < 1 || channels > 4)
    throw Error(ErrorCode::kShape, loader, "%lld channels", static_cast<long long>(channels)).in("shape");
  if (shape[1] > kMaxSide || shape[2] > kMaxSide)
    throw Error(ErrorCode::kLimit, loader, "pictures of %lld x %lld", static_cast<long long>(shape[2]),
                static_cast<long long>(shape[1]))
        .in("shape")
        .limit("picture side");
  return guard_memory(loader, [&] {
    return Images(shape[0], static_cast<int>(shape[1]), static_cast<int>(shape[2]), static_cast<int>(channels));
  });
}

void to_native_order(std::span<std::byte> bytes, std::size_t element_size, bool is_big_endian) {
  if (element_size == 1 || is_big_endian == (std::endian::native == std::endian::big)) return;
  for (std::size_t at = 0; at + element_size <= bytes.size(); at += element_size)
    std::reverse(bytes.data() + at, bytes.data() + at + element_size);
}

}  // namespace detail

Images to_images(const NumberArray& array) {
  Images images = detail::empty_pictures("to_images", array.type, array.shape);
  if (array.bytes.size() != images.pixels.size())
    throw Error(ErrorCode::kMismatch, "to_images", "%zu bytes for %zu pixels", array.bytes.size(),
                images.pixels.size());
  if (!images.pixels.empty()) std::memcpy(images.pixels.data(), array.bytes.data(), array.bytes.size());
  return images;
}

}  // namespace betwixt
