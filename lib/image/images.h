// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace betwixt {

/// Pictures of one size in host memory: 8 bits a channel, interleaved, row by row, picture after picture [n, h, w, c].
/// c = 1 grey, 2 grey + alpha, 3 RGB, 4 RGBA. Alpha is premultiplied everywhere in the library.
struct Images {
  std::int64_t count = 0;            ///< pictures
  int height = 0;                    ///< pixels
  int width = 0;                     ///< pixels
  int channels = 0;                  ///< 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA
  std::vector<std::uint8_t> pixels;  ///< count x height x width x channels bytes, dense, row by row
  std::vector<std::string> names;    ///< one per picture (file names), or empty

  Images() = default;
  /// Zero-filled.
  Images(std::int64_t n, int h, int w, int c);

  /// Bytes of one picture.
  std::size_t picture_bytes() const { return static_cast<std::size_t>(height) * width * channels; }
  /// Pixels of picture `index`. Throws E_ARGUMENT when out of range.
  std::span<const std::uint8_t> picture(std::int64_t index) const;
  std::span<std::uint8_t> picture(std::int64_t index);
  /// The pictures named by `indices`, in that order.
  Images select(std::span<const std::int64_t> indices) const;
  /// Appends pictures of the same size; E_SHAPE otherwise. An empty set takes the size of what is appended.
  void append(const Images& more);
};

}  // namespace betwixt
