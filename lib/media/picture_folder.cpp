// SPDX-License-Identifier: MIT
#include "betwixt/media/picture_folder.h"

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"
#include "betwixt/media/detail/pixel.h"

namespace betwixt {
namespace {

bool is_picture(const FileEntry& entry) {
  if (entry.is_folder || entry.name.starts_with('.')) return false;
  const std::string extension = path_extension(entry.name);
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

std::vector<std::string> picture_names(FileSystem& files, const std::string& folder, const LoadOptions& options) {
  std::vector<std::string> names;
  for (const FileEntry& entry : files.list(folder)) {
    if (is_picture(entry)) names.push_back(entry.name);
  }
  if (names.empty())
    throw Error(ErrorCode::kMissing, "load_images", "no PNG or JPEG files in %s",
                Escaped(folder.data(), folder.size()).text);
  if (names.size() > static_cast<std::uint64_t>(std::max<std::int64_t>(0, options.max_pictures))) {
    Error error(ErrorCode::kLimit, "load_images", "too many pictures");
    throw error.limit("pictures")
        .expected("at most %lld", static_cast<long long>(options.max_pictures))
        .found("%zu", names.size());
  }
  std::ranges::sort(names, natural_less);
  return names;
}

/// The error of one file of many, telling which.
Error named(const Error& error, const std::string& name) {
  std::string field = Escaped(name.data(), name.size()).text;
  if (error.field()[0] != 0) field = field + ": " + error.field();
  return Error(error).in(field.c_str());
}

Images load_one(FileSystem& files, const std::string& path, const LoadOptions& options) {
  const Memory bytes = read_file(files, path, options.max_file_bytes);
  Images picture = decode_picture({bytes.data(), bytes.size()}, options.decode);
  if (options.size > 0) picture = fit_square(picture, options.size, options.fit, options.background);
  if (options.background) picture = composite(picture, *options.background);
  if (options.channels > 0) picture = convert_channels(picture, options.channels, options.background);
  picture.names = {path_name(path)};
  return picture;
}

void check_options(const char* operation, const LoadOptions& options) {
  if (options.size < 0) throw Error(ErrorCode::kArgument, operation, "size %d", options.size);
  if (options.channels < 0 || options.channels > 4)
    throw Error(ErrorCode::kArgument, operation, "%d channels, expected 0 to 4", options.channels);
}

void check_same_size(const Images& first, const Images& other) {
  if (other.height == first.height && other.width == first.width) return;
  const std::string &a = first.names[0], &b = other.names[0];
  Error error(ErrorCode::kMismatch, "load_images", "%s and %s differ; a size makes them equal",
              Escaped(a.data(), a.size()).text, Escaped(b.data(), b.size()).text);
  throw error.expected("%dx%d", first.width, first.height).found("%dx%d", other.width, other.height);
}

void check_total(CheckedSize total, const LoadOptions& options) {
  if (total <= CheckedSize(options.max_bytes)) return;
  Error error(ErrorCode::kLimit, "load_images", "the pictures together are too large");
  throw error.limit("picture bytes").expected("at most %llu", static_cast<unsigned long long>(options.max_bytes));
}

int widest(const std::vector<Images>& pictures) {
  bool colour = false, alpha = false;
  for (const Images& picture : pictures) {
    colour = colour || detail::colour_channels(picture.channels) == 3;
    alpha = alpha || detail::has_alpha(picture.channels);
  }
  return (colour ? 3 : 1) + (alpha ? 1 : 0);
}

Images joined(std::vector<Images>& pictures, const LoadOptions& options) {
  const int channels = widest(pictures);
  const CheckedSize pixels = CheckedSize(pictures.size()) *
                             CheckedSize(static_cast<std::uint64_t>(pictures[0].height)) *
                             CheckedSize(static_cast<std::uint64_t>(pictures[0].width));
  check_total(pixels * CheckedSize(static_cast<std::uint64_t>(channels)), options);
  Images all(static_cast<std::int64_t>(pictures.size()), pictures[0].height, pictures[0].width, channels);
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    Images picture = convert_channels(std::exchange(pictures[i], {}), channels);
    std::ranges::copy(picture.pixels, all.picture(static_cast<std::int64_t>(i)).begin());
    all.names.push_back(std::move(picture.names[0]));
  }
  return all;
}

Images load_all(const std::string& folder, const LoadOptions& options, FileSystem& files) {
  std::vector<Images> pictures;
  CheckedSize total;
  for (const std::string& name : picture_names(files, folder, options)) {
    try {
      pictures.push_back(load_one(files, path_join(folder, name), options));
    } catch (const Error& error) {
      throw named(error, name);
    }
    check_same_size(pictures.front(), pictures.back());
    check_total(total += CheckedSize(pictures.back().pixels.size()), options);
  }
  return joined(pictures, options);
}

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

/// The run of digits at `at`, without leading zeros; moves `at` behind it.
std::string_view number_at(const std::string& text, std::size_t& at) {
  while (at < text.size() && text[at] == '0') ++at;
  const std::size_t start = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  return std::string_view(text).substr(start, at - start);
}

}  // namespace

Images load_images(const std::string& folder, const LoadOptions& options, FileSystem& files) {
  check_options("load_images", options);
  try {
    return load_all(folder, options, files);
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::kOutOfMemory, "load_images", "no memory for the pictures");
  }
}

Images load_image(const std::string& path, const LoadOptions& options, FileSystem& files) {
  check_options("load_image", options);
  try {
    return load_one(files, path, options);
  } catch (const Error& error) {
    throw named(error, path_name(path));
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::kOutOfMemory, "load_image", "no memory for the picture");
  }
}

bool natural_less(const std::string& a, const std::string& b) {
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const std::string_view x = number_at(a, i), y = number_at(b, j);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
      continue;
    }
    if (a[i] != b[j]) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]);
    ++i;
    ++j;
  }
  if (a.size() - i != b.size() - j) return a.size() - i < b.size() - j;
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

}  // namespace betwixt
