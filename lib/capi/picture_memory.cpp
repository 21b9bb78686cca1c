// SPDX-License-Identifier: MIT
// Pictures in the application's memory: any stride, bytes or floats, rows from either end, either order of colours.
#include <cmath>

#include "betwixt/capi/detail/objects.h"
#include "betwixt/core/checked.h"

namespace betwixt::capi {
namespace {

constexpr std::int32_t kKnownFlags = BETWIXT_BGR | BETWIXT_BOTTOM_UP | BETWIXT_STRAIGHT_ALPHA;

/// A checked layout.
struct Layout {
  std::int64_t count;
  int height;
  int width;
  int channels;
  bool floats;
  bool bottom_up;
  bool straight_alpha;  ///< and there is alpha
  int order[4];         ///< channel in memory of our channel
  std::size_t pixel_stride;
  std::size_t row_stride;
  std::size_t picture_stride;

  std::size_t offset(std::int64_t n, int y, int x) const {
    const int row = bottom_up ? height - 1 - y : y;
    return static_cast<std::size_t>(n) * picture_stride + static_cast<std::size_t>(row) * row_stride +
           static_cast<std::size_t>(x) * pixel_stride;
  }
};

CheckedSize stride(std::int64_t given, CheckedSize dense, const char* operation, const char* name) {
  if (given == 0) return dense;
  if (given < 0 || CheckedSize(static_cast<std::uint64_t>(given)) < dense)
    throw Error(ErrorCode::kArgument, operation, "a stride of %lld bytes overlaps", static_cast<long long>(given))
        .in(name)
        .expected("at least %llu", static_cast<unsigned long long>(dense.value()));
  return CheckedSize(static_cast<std::uint64_t>(given));
}

CheckedSize size_of(std::int64_t value) { return CheckedSize(static_cast<std::uint64_t>(value)); }

void check_sizes(const betwixt_layout& l, int height, int width, int channels, const char* operation) {
  if (l.height != height || l.width != width || l.channels != channels)
    throw Error(ErrorCode::kShape, operation, "the layout is of %d x %d with %d channels", l.width, l.height,
                l.channels)
        .in("layout")
        .expected("%d x %d with %d", width, height, channels);
  if (l.format < 0 || l.format > BETWIXT_F32)
    throw Error(ErrorCode::kDtype, operation, "format %d", l.format).in("layout.format");
  if ((l.flags & ~kKnownFlags) != 0)
    throw Error(ErrorCode::kUnsupported, operation, "flags %#x", static_cast<unsigned>(l.flags)).in("layout.flags");
  if (l.count < 0)
    throw Error(ErrorCode::kArgument, operation, "%lld pictures", static_cast<long long>(l.count)).in("layout.count");
}

void check_memory(const Layout& layout, const void* memory, std::int64_t bytes, const char* operation) {
  required(memory, operation, "memory");
  const std::size_t element = layout.floats ? sizeof(float) : 1;
  const CheckedSize needed = size_of(layout.count - 1) * CheckedSize(layout.picture_stride) +
                             size_of(layout.height - 1) * CheckedSize(layout.row_stride) +
                             size_of(layout.width - 1) * CheckedSize(layout.pixel_stride) +
                             size_of(layout.channels) * CheckedSize(element);
  if (bytes < 0 || needed > size_of(bytes))
    throw Error(ErrorCode::kArgument, operation, "%lld bytes of memory do not hold the layout",
                static_cast<long long>(bytes))
        .in("bytes")
        .expected("at least %llu", static_cast<unsigned long long>(needed.value()));
  const bool aligned = reinterpret_cast<std::uintptr_t>(memory) % element == 0 && layout.pixel_stride % element == 0 &&
                       layout.row_stride % element == 0 && layout.picture_stride % element == 0;
  if (!aligned) throw Error(ErrorCode::kArgument, operation, "memory or a stride is not aligned").in("memory");
}

Layout checked(const betwixt_layout* from, const void* memory, std::int64_t bytes, int height, int width, int channels,
               const char* operation) {
  const auto l = read_struct(required(from, operation, "layout"), operation, "layout");
  check_sizes(l, height, width, channels, operation);
  Layout layout{};
  layout.count = l.count == 0 ? 1 : l.count;
  layout.height = height;
  layout.width = width;
  layout.channels = channels;
  layout.floats = l.format == BETWIXT_F32;
  layout.bottom_up = (l.flags & BETWIXT_BOTTOM_UP) != 0;
  layout.straight_alpha = (l.flags & BETWIXT_STRAIGHT_ALPHA) != 0 && channels % 2 == 0;
  for (int c = 0; c < 4; ++c) layout.order[c] = c;
  if ((l.flags & BETWIXT_BGR) != 0 && channels >= 3) std::swap(layout.order[0], layout.order[2]);
  const CheckedSize element(layout.floats ? sizeof(float) : 1);
  const CheckedSize pixel = stride(l.pixel_stride, size_of(channels) * element, operation, "layout.pixel_stride");
  const CheckedSize row =
      stride(l.row_stride, pixel * size_of(width - 1) + size_of(channels) * element, operation, "layout.row_stride");
  const CheckedSize dense_row = l.row_stride == 0 ? pixel * size_of(width) : row;
  const CheckedSize picture = stride(l.picture_stride, dense_row * size_of(height), operation, "layout.picture_stride");
  layout.pixel_stride = pixel.size();
  layout.row_stride = dense_row.size();
  layout.picture_stride = picture.size();
  check_memory(layout, memory, bytes, operation);
  return layout;
}

[[noreturn]] void refuse_value(std::int64_t n, int y, int x, const char* operation) {
  throw Error(ErrorCode::kNotFinite, operation, "picture %lld has NaN or infinity at row %d, column %d",
              static_cast<long long>(n), y, x)
      .in("memory");
}

/// 0 ... 1, whatever the format.
bool read_pixel(const Layout& layout, const unsigned char* at, float* pixel) {
  for (int c = 0; c < layout.channels; ++c) {
    const int from = layout.order[c];
    if (!layout.floats) {
      pixel[c] = static_cast<float>(at[from]) / 255.0f;
      continue;
    }
    float value;
    std::memcpy(&value, at + static_cast<std::size_t>(from) * sizeof value, sizeof value);
    if (!std::isfinite(value)) return false;
    pixel[c] = std::clamp(value, 0.0f, 1.0f);
  }
  return true;
}

std::uint8_t to_byte(float value) { return static_cast<std::uint8_t>(value * 255.0f + 0.5f); }

void write_pixel(const Layout& layout, const float* pixel, unsigned char* at) {
  for (int c = 0; c < layout.channels; ++c) {
    const int to = layout.order[c];
    if (layout.floats)
      std::memcpy(at + static_cast<std::size_t>(to) * sizeof(float), &pixel[c], sizeof(float));
    else
      at[to] = to_byte(pixel[c]);
  }
}

void read_row(const Layout& layout, const unsigned char* memory, std::int64_t n, int y, std::uint8_t* to,
              const char* operation) {
  const bool plain = !layout.floats && !layout.straight_alpha;
  float pixel[4];
  for (int x = 0; x < layout.width; ++x, to += layout.channels) {
    const unsigned char* at = memory + layout.offset(n, y, x);
    if (plain) {
      for (int c = 0; c < layout.channels; ++c) to[c] = at[layout.order[c]];
      continue;
    }
    if (!read_pixel(layout, at, pixel)) refuse_value(n, y, x, operation);
    const int colours = layout.straight_alpha ? layout.channels - 1 : 0;
    for (int c = 0; c < colours; ++c) pixel[c] *= pixel[layout.channels - 1];
    for (int c = 0; c < layout.channels; ++c) to[c] = to_byte(pixel[c]);
  }
}

void write_row(const Layout& layout, const std::uint8_t* from, std::int64_t n, int y, unsigned char* memory) {
  const bool plain = !layout.floats && !layout.straight_alpha;
  float pixel[4];
  for (int x = 0; x < layout.width; ++x, from += layout.channels) {
    unsigned char* at = memory + layout.offset(n, y, x);
    if (plain) {
      for (int c = 0; c < layout.channels; ++c) at[layout.order[c]] = from[c];
      continue;
    }
    for (int c = 0; c < layout.channels; ++c) pixel[c] = static_cast<float>(from[c]) / 255.0f;
    const float alpha = pixel[layout.channels - 1];
    const int colours = layout.straight_alpha && alpha > 0 ? layout.channels - 1 : 0;
    for (int c = 0; c < colours; ++c) pixel[c] = std::min(pixel[c] / alpha, 1.0f);
    write_pixel(layout, pixel, at);
  }
}

std::uint8_t* row_of(Images& images, std::int64_t n, int y) {
  return images.pixels.data() + static_cast<std::size_t>(n) * images.picture_bytes() +
         static_cast<std::size_t>(y) * images.width * images.channels;
}

}  // namespace

std::int64_t checked_count(const betwixt_layout* layout, const void* memory, std::int64_t bytes, int height, int width,
                           int channels, const char* operation) {
  return checked(layout, memory, bytes, height, width, channels, operation).count;
}

void copy_in(const betwixt_layout* layout, const void* memory, std::int64_t bytes, Images& pictures,
             const char* operation) {
  const Layout l = checked(layout, memory, bytes, pictures.height, pictures.width, pictures.channels, operation);
  Images more(l.count, pictures.height, pictures.width, pictures.channels);
  const auto* from = static_cast<const unsigned char*>(memory);
  for (std::int64_t n = 0; n < l.count; ++n)
    for (int y = 0; y < l.height; ++y) read_row(l, from, n, y, row_of(more, n, y), operation);
  if (!pictures.names.empty()) more.names.resize(static_cast<std::size_t>(more.count));
  pictures.append(more);
}

void copy_out(const Images& pictures, std::int64_t first, const betwixt_layout* layout, void* memory,
              std::int64_t bytes, const char* operation) {
  const Layout l = checked(layout, memory, bytes, pictures.height, pictures.width, pictures.channels, operation);
  if (first < 0 || first > pictures.count || l.count > pictures.count - first)
    throw Error(ErrorCode::kArgument, operation, "%lld pictures from %lld on, of %lld", static_cast<long long>(l.count),
                static_cast<long long>(first), static_cast<long long>(pictures.count))
        .in("first");
  auto* to = static_cast<unsigned char*>(memory);
  for (std::int64_t n = 0; n < l.count; ++n)
    for (int y = 0; y < l.height; ++y)
      write_row(l, pictures.picture(first + n).data() + static_cast<std::size_t>(y) * l.width * l.channels, n, y, to);
}

}  // namespace betwixt::capi
