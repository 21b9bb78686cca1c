// SPDX-License-Identifier: MIT
#include "betwixt/media/gif.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <new>
#include <span>
#include <string_view>
#include <utility>

#include "betwixt/core/error.h"
#include "betwixt/media/detail/lzw.h"
#include "betwixt/media/detail/palette.h"
#include "betwixt/media/detail/pixel.h"

namespace betwixt {
namespace {

constexpr int kOpaqueAlpha = 128;

/// Part of the screen, right and bottom excluded.
struct Rectangle {
  int left = 0, top = 0, right = 0, bottom = 0;
  int width() const { return right - left; }
  int height() const { return bottom - top; }
};

void check_arguments(const Images& images, const GifOptions& options) {
  if (images.count < 1 || images.width < 1 || images.height < 1 || images.channels < 1 || images.channels > 4)
    throw Error(ErrorCode::kArgument, "encode_gif", "%lld pictures of %dx%d with %d channels",
                static_cast<long long>(images.count), images.width, images.height, images.channels);
  if (!(options.fps > 0 && options.fps <= 50))
    throw Error(ErrorCode::kArgument, "encode_gif", "%g frames a second, expected above 0 to 50", options.fps);
  if (options.colours < 2 || options.colours > 256)
    throw Error(ErrorCode::kArgument, "encode_gif", "%d colours, expected 2 to 256", options.colours);
  if (options.scale < 1)
    throw Error(ErrorCode::kArgument, "encode_gif", "scale %d, expected at least 1", options.scale);
  if (images.width > 65535 / options.scale || images.height > 65535 / options.scale)
    throw Error(ErrorCode::kLimit, "encode_gif", "%dx%d times %d passes 65535", images.width, images.height,
                options.scale);
}

bool is_transparent(const std::uint8_t* pixel, int channels) {
  return detail::has_alpha(channels) && pixel[channels - 1] < kOpaqueAlpha;
}

Colour colour_of(const std::uint8_t* pixel, int channels) {
  const int alpha = detail::has_alpha(channels) ? pixel[channels - 1] : 255;
  const auto channel = [&](int k) { return alpha == 255 ? pixel[k] : detail::straight(pixel[k], alpha); };
  const std::uint8_t first = channel(0);
  if (channels <= 2) return {first, first, first};
  return {first, channel(1), channel(2)};
}

class Encoder {
 public:
  Encoder(const Images& images, const GifOptions& options)
      : images_(images),
        options_(options),
        width_(images.width * options.scale),
        height_(images.height * options.scale),
        palette_(make_palette()),
        mapper_(palette_, options.dither == Dither::kOrdered) {}

  std::vector<std::byte> encode() {
    write_header();
    const std::int64_t last = images_.count - 1;
    for (std::int64_t i = 0; i <= last; ++i) write_frame(i);
    if (options_.ping_pong) {
      for (std::int64_t i = last - 1; i > 0; --i) write_frame(i);
    }
    byte(0x3B);
    return std::move(out_);
  }

 private:
  std::vector<Colour> make_palette() {
    detail::PaletteBuilder builder;
    const int c = images_.channels;
    for (std::size_t i = 0; i < images_.pixels.size(); i += static_cast<std::size_t>(c)) {
      const std::uint8_t* pixel = images_.pixels.data() + i;
      if (is_transparent(pixel, c))
        has_transparent_ = true;
      else
        builder.add(colour_of(pixel, c));
    }
    std::vector<Colour> palette =
        builder.build(static_cast<std::size_t>(options_.colours - (has_transparent_ ? 1 : 0)));
    transparent_ = static_cast<std::uint8_t>(palette.size());
    while ((std::size_t{1} << bits_) < palette.size() + (has_transparent_ ? 1 : 0)) ++bits_;
    return palette;
  }

  void byte(int value) { out_.push_back(static_cast<std::byte>(value)); }
  void word(int value) {
    byte(value & 255);
    byte(value >> 8);
  }
  void text(std::string_view letters) {
    for (const char letter : letters) byte(static_cast<unsigned char>(letter));
  }

  void write_header() {
    text("GIF89a");
    word(width_);
    word(height_);
    byte(0x80 | 0x70 | (bits_ - 1));  // a palette for all frames, 8 bits a channel in the source
    byte(has_transparent_ ? transparent_ : 0);
    byte(0);
    for (std::size_t i = 0; i < std::size_t{1} << bits_; ++i) {
      const Colour colour = i < palette_.size() ? palette_[i] : Colour{};
      byte(colour.red);
      byte(colour.green);
      byte(colour.blue);
    }
    if (options_.loop) {
      text("\x21\xFF\x0BNETSCAPE2.0\x03\x01");
      word(0);
      byte(0);
    }
  }

  void write_frame(std::int64_t index) {
    std::vector<std::uint8_t> indices = map(index);
    const Rectangle part = has_transparent_ ? opaque_part(indices) : changed_part(indices);
    write_control();
    byte(0x2C);
    word(part.left);
    word(part.top);
    word(part.width());
    word(part.height());
    byte(0);
    detail::append_lzw(cut(indices, part), bits_, out_);
    previous_ = std::move(indices);
    ++written_;
  }

  void write_control() {
    // With transparency each frame is wiped before the next; without, frames only paint over what changed.
    const int disposal = has_transparent_ ? 2 : 1;
    text("\x21\xF9\x04");
    byte(disposal << 2 | (has_transparent_ ? 1 : 0));
    word(delay());
    byte(has_transparent_ ? transparent_ : 0);
    byte(0);
  }

  /// Hundredths of a second for this frame, so that the sum over frames is right.
  int delay() const {
    const auto time = [&](std::int64_t frames) {
      return std::llround(100.0 * static_cast<double>(frames) / options_.fps);
    };
    return static_cast<int>(std::min<long long>(time(written_ + 1) - time(written_), 65535));
  }

  std::vector<std::uint8_t> map(std::int64_t index) {
    const std::uint8_t* picture = images_.picture(index).data();
    const int c = images_.channels, scale = options_.scale;
    std::vector<std::uint8_t> indices;
    indices.reserve(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_));
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) {
        const std::uint8_t* pixel =
            picture + (static_cast<std::size_t>(y / scale) * static_cast<std::size_t>(images_.width) +
                       static_cast<std::size_t>(x / scale)) *
                          static_cast<std::size_t>(c);
        indices.push_back(is_transparent(pixel, c)
                              ? transparent_
                              : mapper_.index(colour_of(pixel, c), static_cast<unsigned>(x), static_cast<unsigned>(y)));
      }
    }
    return indices;
  }

  /// The smallest rectangle around the pixels chosen by `is_in`, at least one pixel.
  template <class Choice>
  Rectangle bounds(Choice is_in) const {
    Rectangle part{width_, height_, 0, 0};
    std::size_t at = 0;
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x, ++at) {
        if (!is_in(at)) continue;
        part = {std::min(part.left, x), std::min(part.top, y), std::max(part.right, x + 1),
                std::max(part.bottom, y + 1)};
      }
    }
    return part.right == 0 ? Rectangle{0, 0, 1, 1} : part;
  }
  Rectangle opaque_part(const std::vector<std::uint8_t>& indices) const {
    return bounds([&](std::size_t i) { return indices[i] != transparent_; });
  }
  Rectangle changed_part(const std::vector<std::uint8_t>& indices) const {
    if (previous_.empty()) return {0, 0, width_, height_};
    return bounds([&](std::size_t i) { return indices[i] != previous_[i]; });
  }

  std::vector<std::uint8_t> cut(const std::vector<std::uint8_t>& indices, const Rectangle& part) const {
    std::vector<std::uint8_t> result;
    result.reserve(static_cast<std::size_t>(part.width()) * static_cast<std::size_t>(part.height()));
    for (int y = part.top; y < part.bottom; ++y) {
      const auto row = indices.begin() + static_cast<std::ptrdiff_t>(y) * width_;
      result.insert(result.end(), row + part.left, row + part.right);
    }
    return result;
  }

  const Images& images_;
  const GifOptions& options_;
  int width_;
  int height_;
  bool has_transparent_ = false;
  std::uint8_t transparent_ = 0;
  int bits_ = 2;
  std::vector<Colour> palette_;
  detail::ColourMapper mapper_;
  std::vector<std::uint8_t> previous_;
  std::int64_t written_ = 0;
  std::vector<std::byte> out_;
};

}  // namespace

std::vector<std::byte> encode_gif(const Images& images, const GifOptions& options) {
  check_arguments(images, options);
  try {
    if (!options.background) return Encoder(images, options).encode();
    const Images flat = composite(images, *options.background);
    return Encoder(flat, options).encode();
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::kOutOfMemory, "encode_gif", "no memory for %lld frames",
                static_cast<long long>(images.count));
  }
}

void save_gif(const std::string& path, const Images& images, const GifOptions& options, FileSystem& files) {
  write_file_atomically(files, path, encode_gif(images, options));
}

}  // namespace betwixt
