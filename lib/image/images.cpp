// SPDX-License-Identifier: MIT
#include "betwixt/image/images.h"

#include <algorithm>
#include <utility>

#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"
#include "betwixt/core/guard_memory.h"

namespace betwixt {

Images::Images(std::int64_t n, int h, int w, int c) : count(n), height(h), width(w), channels(c) {
  if (n < 0 || h < 0 || w < 0 || c < 0)
    throw Error(ErrorCode::kArgument, "images", "sizes %lld x %d x %d x %d", static_cast<long long>(n), h, w, c);
  const CheckedSize bytes = CheckedSize(static_cast<std::uint64_t>(n)) * CheckedSize(static_cast<std::uint64_t>(h)) *
                            CheckedSize(static_cast<std::uint64_t>(w)) * CheckedSize(static_cast<std::uint64_t>(c));
  guard_memory("images", [&] { pixels.resize(bytes.size()); });
}

std::span<const std::uint8_t> Images::picture(std::int64_t index) const {
  if (index < 0 || index >= count)
    throw Error(ErrorCode::kArgument, "images", "picture %lld of %lld", static_cast<long long>(index),
                static_cast<long long>(count));
  return {pixels.data() + static_cast<std::size_t>(index) * picture_bytes(), picture_bytes()};
}

std::span<std::uint8_t> Images::picture(std::int64_t index) {
  const std::span<const std::uint8_t> view = std::as_const(*this).picture(index);
  return {const_cast<std::uint8_t*>(view.data()), view.size()};
}

Images Images::select(std::span<const std::int64_t> indices) const {
  Images chosen(static_cast<std::int64_t>(indices.size()), height, width, channels);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const std::span<const std::uint8_t> from = picture(indices[i]);
    std::copy(from.begin(), from.end(), chosen.picture(static_cast<std::int64_t>(i)).begin());
    if (!names.empty()) chosen.names.push_back(names[static_cast<std::size_t>(indices[i])]);
  }
  return chosen;
}

void Images::append(const Images& more) {
  if (count == 0 && pixels.empty()) {
    *this = more;
    return;
  }
  if (more.height != height || more.width != width || more.channels != channels)
    throw Error(ErrorCode::kShape, "images", "cannot append %dx%dx%d to %dx%dx%d", more.width, more.height,
                more.channels, width, height, channels);
  const bool named =
      names.size() == static_cast<std::size_t>(count) && more.names.size() == static_cast<std::size_t>(more.count);
  pixels.insert(pixels.end(), more.pixels.begin(), more.pixels.end());
  if (named)
    names.insert(names.end(), more.names.begin(), more.names.end());
  else
    names.clear();
  count += more.count;
}

}  // namespace betwixt
