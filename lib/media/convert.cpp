// SPDX-License-Identifier: MIT
#include "betwixt/media/convert.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "betwixt/core/error.h"
#include "betwixt/media/detail/pixel.h"

namespace betwixt {
namespace {

using detail::colour_channels;
using detail::has_alpha;

/// One pixel in every form at once; colour premultiplied.
struct Pixel {
  std::uint8_t red, green, blue, alpha;
};

Pixel read_pixel(const std::uint8_t* from, int channels) {
  switch (channels) {
    case 1:
      return {from[0], from[0], from[0], 255};
    case 2:
      return {from[0], from[0], from[0], from[1]};
    case 3:
      return {from[0], from[1], from[2], 255};
    default:
      return {from[0], from[1], from[2], from[3]};
  }
}

void write_pixel(std::uint8_t* to, int channels, Pixel pixel) {
  if (colour_channels(channels) == 3) {
    to[0] = pixel.red;
    to[1] = pixel.green;
    to[2] = pixel.blue;
  } else {
    const bool grey = pixel.red == pixel.green && pixel.green == pixel.blue;
    to[0] = grey ? pixel.red : detail::luma(pixel.red, pixel.green, pixel.blue);
  }
  if (has_alpha(channels)) to[channels - 1] = pixel.alpha;
}

Pixel flattened(Pixel pixel, Colour background) {
  return {detail::over(pixel.red, pixel.alpha, background.red),
          detail::over(pixel.green, pixel.alpha, background.green),
          detail::over(pixel.blue, pixel.alpha, background.blue), 255};
}

void check_pictures(const char* operation, const Images& images) {
  if (images.channels < 1 || images.channels > 4)
    throw Error(ErrorCode::kArgument, operation, "pictures have %d channels, expected 1 to 4", images.channels);
}

/// Weights with which input positions [first, first + weights.size()) make one output position.
struct Tap {
  int first = 0;
  std::vector<float> weights;
};

Tap area_tap(int position, int in, int out) {
  const double scale = static_cast<double>(in) / out;
  const double begin = position * scale, end = std::min((position + 1) * scale, static_cast<double>(in));
  Tap tap{.first = static_cast<int>(begin), .weights = {}};
  for (int i = tap.first; i < end; ++i) {
    const double covered = std::min(end, i + 1.0) - std::max(begin, static_cast<double>(i));
    tap.weights.push_back(static_cast<float>(covered / scale));
  }
  return tap;
}

Tap bilinear_tap(int position, int in, int out) {
  const double centre = (position + 0.5) * in / out - 0.5;
  const int left = static_cast<int>(std::floor(centre));
  const auto fraction = static_cast<float>(centre - left);
  if (left < 0) return {.first = 0, .weights = {1.0f}};
  if (left + 1 >= in) return {.first = in - 1, .weights = {1.0f}};
  return {.first = left, .weights = {1.0f - fraction, fraction}};
}

std::vector<Tap> make_taps(int in, int out) {
  std::vector<Tap> taps;
  taps.reserve(static_cast<std::size_t>(out));
  for (int i = 0; i < out; ++i) taps.push_back(out < in ? area_tap(i, in, out) : bilinear_tap(i, in, out));
  return taps;
}

/// Along x: [h, in, c] of T to [h, out, c].
template <class T>
std::vector<float> resize_rows(const T* from, int rows, int in, int c, const std::vector<Tap>& taps) {
  const auto row_size = static_cast<std::size_t>(in) * c;
  std::vector<float> result;
  result.reserve(static_cast<std::size_t>(rows) * taps.size() * c);
  for (int y = 0; y < rows; ++y, from += row_size) {
    for (const Tap& tap : taps) {
      for (int k = 0; k < c; ++k) {
        float sum = 0;
        const T* at = from + static_cast<std::size_t>(tap.first) * c + k;
        for (const float weight : tap.weights) {
          sum += weight * static_cast<float>(*at);
          at += c;
        }
        result.push_back(sum);
      }
    }
  }
  return result;
}

void resize_columns(const std::vector<float>& from, std::size_t row_size, const std::vector<Tap>& taps,
                    std::span<std::uint8_t> to) {
  std::vector<float> row(row_size);
  for (std::size_t y = 0; y < taps.size(); ++y) {
    std::ranges::fill(row, 0.0f);
    for (std::size_t i = 0; i < taps[y].weights.size(); ++i) {
      const float* source = from.data() + (static_cast<std::size_t>(taps[y].first) + i) * row_size;
      for (std::size_t x = 0; x < row_size; ++x) row[x] += taps[y].weights[i] * source[x];
    }
    for (std::size_t x = 0; x < row_size; ++x)
      to[y * row_size + x] = static_cast<std::uint8_t>(std::clamp(row[x] + 0.5f, 0.0f, 255.0f));
  }
}

Images same_names(Images result, const Images& source) {
  result.names = source.names;
  return result;
}

/// The part [top, top + height) x [left, left + width) of every picture.
Images crop(const Images& images, int top, int left, int height, int width) {
  Images result(images.count, height, width, images.channels);
  const auto row = static_cast<std::size_t>(width) * images.channels;
  for (std::int64_t n = 0; n < images.count; ++n) {
    for (int y = 0; y < height; ++y) {
      const std::size_t start = (static_cast<std::size_t>(top + y) * images.width + left) * images.channels;
      std::copy_n(images.picture(n).begin() + static_cast<std::ptrdiff_t>(start), row,
                  result.picture(n).begin() + static_cast<std::ptrdiff_t>(y * row));
    }
  }
  return same_names(std::move(result), images);
}

/// A square of `size` filled with the background, the pictures in its middle.
Images pad(const Images& images, int size, std::optional<Colour> background) {
  Images result(images.count, size, size, images.channels);
  const int c = images.channels;
  if (background) {
    const Pixel fill{background->red, background->green, background->blue, 255};
    for (std::size_t i = 0; i < result.pixels.size(); i += c) write_pixel(result.pixels.data() + i, c, fill);
  }
  const int top = (size - images.height) / 2, left = (size - images.width) / 2;
  const auto row = static_cast<std::size_t>(images.width) * c;
  for (std::int64_t n = 0; n < images.count; ++n) {
    for (int y = 0; y < images.height; ++y) {
      const std::size_t start = (static_cast<std::size_t>(top + y) * size + left) * c;
      std::copy_n(images.picture(n).begin() + static_cast<std::ptrdiff_t>(y * row), row,
                  result.picture(n).begin() + static_cast<std::ptrdiff_t>(start));
    }
  }
  return same_names(std::move(result), images);
}

Images fit_inside(const Images& images, int size, std::optional<Colour> background) {
  const int longest = std::max(images.height, images.width);
  const auto scaled = [&](int side) {
    return std::max(1, static_cast<int>((static_cast<std::int64_t>(side) * size + longest / 2) / longest));
  };
  return pad(resize_images(images, scaled(images.height), scaled(images.width)), size, background);
}

}  // namespace

Images convert_channels(const Images& images, int channels, std::optional<Colour> background) {
  check_pictures("convert_channels", images);
  if (channels < 1 || channels > 4)
    throw Error(ErrorCode::kArgument, "convert_channels", "%d channels asked, expected 1 to 4", channels);
  if (channels == images.channels) return images;
  const bool flatten = has_alpha(images.channels) && !has_alpha(channels);
  Images result(images.count, images.height, images.width, channels);
  const std::uint8_t* from = images.pixels.data();
  for (std::size_t i = 0; i < result.pixels.size(); i += channels, from += images.channels) {
    const Pixel pixel = read_pixel(from, images.channels);
    write_pixel(result.pixels.data() + i, channels, flatten ? flattened(pixel, background.value_or(Colour{})) : pixel);
  }
  return same_names(std::move(result), images);
}

Images composite(const Images& images, Colour background) {
  check_pictures("composite", images);
  if (!has_alpha(images.channels)) return images;
  return convert_channels(images, images.channels == 2 && background.is_grey() ? 1 : 3, background);
}

Images resize_images(const Images& images, int height, int width) {
  if (height < 1 || width < 1 || images.height < 1 || images.width < 1)
    throw Error(ErrorCode::kArgument, "resize_images", "cannot make %dx%d from %dx%d", width, height, images.width,
                images.height);
  if (height == images.height && width == images.width) return images;
  Images result(images.count, height, width, images.channels);
  const std::vector<Tap> across = make_taps(images.width, width), down = make_taps(images.height, height);
  const auto row_size = static_cast<std::size_t>(width) * images.channels;
  for (std::int64_t n = 0; n < images.count; ++n) {
    const std::vector<float> rows =
        resize_rows(images.picture(n).data(), images.height, images.width, images.channels, across);
    resize_columns(rows, row_size, down, result.picture(n));
  }
  return same_names(std::move(result), images);
}

Images fit_square(const Images& images, int size, Fit fit, std::optional<Colour> background) {
  check_pictures("fit_square", images);
  if (size < 1) throw Error(ErrorCode::kArgument, "fit_square", "size %d, expected at least 1", size);
  if (images.height == size && images.width == size) return images;
  if (fit == Fit::kStretch) return resize_images(images, size, size);
  if (fit == Fit::kPad) return fit_inside(images, size, background);
  const int side = std::min(images.height, images.width);
  return resize_images(crop(images, (images.height - side) / 2, (images.width - side) / 2, side, side), size, size);
}

Images enlarge(const Images& images, int factor) {
  if (factor < 1) throw Error(ErrorCode::kArgument, "enlarge", "factor %d, expected at least 1", factor);
  if (factor == 1) return images;
  if (images.height > 65535 / factor || images.width > 65535 / factor)
    throw Error(ErrorCode::kLimit, "enlarge", "%dx%d times %d passes 65535", images.width, images.height, factor);
  Images result(images.count, images.height * factor, images.width * factor, images.channels);
  const int c = images.channels;
  for (std::int64_t n = 0; n < images.count; ++n) {
    const std::uint8_t* from = images.picture(n).data();
    std::uint8_t* to = result.picture(n).data();
    for (int y = 0; y < result.height; ++y) {
      const std::uint8_t* row = from + static_cast<std::size_t>(y / factor) * images.width * c;
      for (int x = 0; x < result.width; ++x, to += c)
        std::copy_n(row + static_cast<std::size_t>(x / factor) * c, c, to);
    }
  }
  return same_names(std::move(result), images);
}

}  // namespace betwixt
