// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>

#include "tests/media/archive_builder.h"

namespace betwixt::media_test {

/// Makes PNG files of every kind, right and wrong, without the libraries that the decoder uses.

inline std::string be32(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

inline std::uint32_t crc32_of(const std::string& bytes) { return archive_test::crc_of(bytes); }

inline std::uint32_t adler32_of(const std::string& bytes) {
  std::uint32_t a = 1, b = 0;
  for (const char byte : bytes) {
    a = (a + static_cast<unsigned char>(byte)) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

inline std::string chunk(const std::string& type, const std::string& content) {
  return be32(static_cast<std::uint32_t>(content.size())) + type + content + be32(crc32_of(type + content));
}

/// Deflate without compression.
inline std::string stored(const std::string& bytes) {
  std::string out;
  for (std::size_t at = 0; at == 0 || at < bytes.size(); at += 65535) {
    const std::size_t size = std::min<std::size_t>(65535, bytes.size() - at);
    const auto n = static_cast<unsigned>(size);
    out += static_cast<char>(at + size == bytes.size());
    out += {static_cast<char>(n), static_cast<char>(n >> 8), static_cast<char>(~n), static_cast<char>(~n >> 8)};
    out += bytes.substr(at, size);
  }
  return out;
}

inline std::string zlib(const std::string& bytes) { return "\x78\x01" + stored(bytes) + be32(adler32_of(bytes)); }

inline const std::string kSignature = "\x89PNG\r\n\x1a\n";

inline std::string header(std::uint32_t width, std::uint32_t height, int depth, int colour, int interlace = 0,
                          int compression = 0, int filter = 0) {
  return be32(width) + be32(height) + static_cast<char>(depth) + static_cast<char>(colour) +
         static_cast<char>(compression) + static_cast<char>(filter) + static_cast<char>(interlace);
}

/// signature, IHDR, the middle as given, IEND
inline std::string png_with(const std::string& ihdr, const std::string& middle) {
  return kSignature + chunk("IHDR", ihdr) + middle + chunk("IEND", "");
}

inline int samples_of(int colour) { return colour == 2 ? 3 : colour == 4 ? 2 : colour == 6 ? 4 : 1; }

/// Sample `k` of the pixel at x, y.
using SampleAt = std::function<unsigned(unsigned x, unsigned y, unsigned k)>;

/// Rows of the pixels x0, x0 + step_x ..., each with filter byte 0.
inline std::string pack_rows(unsigned width, unsigned height, int depth, int colour, const SampleAt& at,
                             unsigned x0 = 0, unsigned y0 = 0, unsigned step_x = 1, unsigned step_y = 1) {
  std::string out;
  if (x0 >= width) return out;
  for (unsigned y = y0; y < height; y += step_y) {
    out += '\0';
    unsigned bits = 0;
    int used = 0;
    for (unsigned x = x0; x < width; x += step_x) {
      for (int k = 0; k < samples_of(colour); ++k) {
        const unsigned sample = at(x, y, static_cast<unsigned>(k));
        if (depth == 16) out += static_cast<char>(sample >> 8);
        bits = bits << depth | sample;
        used += depth == 16 ? 8 : depth;
        if (used < 8) continue;
        out += static_cast<char>(bits);
        used = 0;
      }
    }
    if (used > 0) out += static_cast<char>(bits << (8 - used));
  }
  return out;
}

/// The whole pixel data, in seven passes when interlaced.
inline std::string pack(unsigned width, unsigned height, int depth, int colour, int interlace, const SampleAt& at) {
  if (interlace == 0) return pack_rows(width, height, depth, colour, at);
  constexpr unsigned kPasses[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                      {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
  std::string out;
  for (const auto& p : kPasses) out += pack_rows(width, height, depth, colour, at, p[0], p[1], p[2], p[3]);
  return out;
}

/// A good picture; `before_data` holds PLTE, tRNS and the like.
inline std::string make_png(unsigned width, unsigned height, int depth, int colour, const SampleAt& at,
                            const std::string& before_data = "", int interlace = 0) {
  return png_with(header(width, height, depth, colour, interlace),
                  before_data + chunk("IDAT", zlib(pack(width, height, depth, colour, interlace, at))));
}

}  // namespace betwixt::media_test
