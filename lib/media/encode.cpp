// SPDX-License-Identifier: MIT
#include "betwixt/media/encode.h"

#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <new>
#include <span>

#include "betwixt/core/error.h"
#include "betwixt/core/guard_memory.h"
#include "betwixt/media/detail/c_memory.h"
#include "betwixt/media/detail/pixel.h"

namespace {

/// What `compress_rows` gave out and stb has not released. It forgets the rows when there is no memory for the file
/// around them.
thread_local void* rows_of_stb = nullptr;

void release_for_stb(void* memory) {
  if (memory == rows_of_stb) rows_of_stb = nullptr;
  betwixt::detail::c_release(memory);
}

/// stb's own compressor is much weaker than zlib, which this target links anyway. Null on failure, as stb expects.
unsigned char* compress_rows(unsigned char* data, int length, int* compressed_length, int quality) {
  using namespace betwixt::detail;
  z_stream stream{};
  stream.zalloc = zlib_allocate;
  stream.zfree = zlib_release;
  if (deflateInit(&stream, std::clamp(quality, 1, 9)) != Z_OK) return nullptr;
  const uLong size = deflateBound(&stream, static_cast<uLong>(length));
  auto* out = static_cast<unsigned char*>(c_allocate(size));
  stream.next_in = data;
  stream.avail_in = static_cast<uInt>(length);
  stream.next_out = out;
  stream.avail_out = static_cast<uInt>(size);
  const bool complete = out && deflate(&stream, Z_FINISH) == Z_STREAM_END;
  *compressed_length = static_cast<int>(stream.total_out);
  deflateEnd(&stream);
  if (!complete) {
    c_release(out);
    return nullptr;
  }
  rows_of_stb = out;
  return out;
}

}  // namespace

#define STBIW_ZLIB_COMPRESS compress_rows
#define STBIW_MALLOC(bytes) betwixt::detail::c_allocate(bytes)
#define STBIW_REALLOC(memory, bytes) betwixt::detail::c_reallocate(memory, bytes)
#define STBIW_FREE(memory) release_for_stb(memory)
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wshadow"
#endif
#include <stb/stb_image_write.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

namespace betwixt {
namespace {

// stb counts bytes in int.
constexpr std::uint64_t kLargestPicture = std::uint64_t{1} << 30;

void check_picture(const char* operation, const Images& images) {
  if (images.channels < 1 || images.channels > 4 || images.height < 1 || images.width < 1)
    throw Error(ErrorCode::kArgument, operation, "a picture of %dx%d with %d channels", images.width, images.height,
                images.channels);
}

void undo_premultiplication(std::span<std::uint8_t> pixels, int channels) {
  if (!detail::has_alpha(channels)) return;
  for (std::size_t i = 0; i < pixels.size(); i += static_cast<std::size_t>(channels)) {
    const int alpha = pixels[i + static_cast<std::size_t>(channels) - 1];
    for (int k = 0; k + 1 < channels; ++k) {
      std::uint8_t& value = pixels[i + static_cast<std::size_t>(k)];
      value = detail::straight(value, alpha);
    }
  }
}

struct Sink {
  std::vector<std::byte> bytes;
  bool failed = false;

  /// Called from C, which no exception may pass.
  static void take(void* context, void* data, int size) {
    auto& self = *static_cast<Sink*>(context);
    try {
      const auto* first = static_cast<const std::byte*>(data);
      self.bytes.insert(self.bytes.end(), first, first + size);
    } catch (const std::bad_alloc&) {
      self.failed = true;
    }
  }
};

std::string frame_name(std::int64_t index, std::int64_t count) {
  const std::size_t digits = std::max<std::size_t>(4, std::to_string(count - 1).size());
  std::string number = std::to_string(index);
  number.insert(0, number.size() < digits ? digits - number.size() : 0, '0');
  return "frame_" + number + ".png";
}

/// Pixels of a sheet before any picture is in it.
void fill(Images& sheet, const ContactSheetOptions& options) {
  const Colour white{255, 255, 255};
  if (!options.background && detail::has_alpha(sheet.channels)) return;
  const Colour colour = options.background.value_or(white);
  const Images pixel = [&] {
    Images one(1, 1, 1, 3);
    one.pixels = {colour.red, colour.green, colour.blue};
    return convert_channels(one, sheet.channels);
  }();
  for (std::size_t i = 0; i < sheet.pixels.size(); i += pixel.pixels.size())
    std::ranges::copy(pixel.pixels, sheet.pixels.begin() + static_cast<std::ptrdiff_t>(i));
}

void place(Images& sheet, std::span<const std::uint8_t> picture, int width, int top, int left) {
  const auto row = static_cast<std::size_t>(width) * static_cast<std::size_t>(sheet.channels);
  for (std::size_t y = 0; y < picture.size() / row; ++y) {
    const std::size_t at =
        ((static_cast<std::size_t>(top) + y) * static_cast<std::size_t>(sheet.width) + static_cast<std::size_t>(left)) *
        static_cast<std::size_t>(sheet.channels);
    std::ranges::copy(picture.subspan(y * row, row), sheet.pixels.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

/// Pictures ready to be put on a sheet: composited if asked, and in colour if the gaps are.
Images sheet_pictures(const Images& images, const ContactSheetOptions& options) {
  if (!options.background) return enlarge(images, options.scale);
  Images flat = composite(images, *options.background);
  if (flat.channels == 1 && !options.background->is_grey()) flat = convert_channels(flat, 3);
  return enlarge(flat, options.scale);
}

Images arrange(const Images& images, int columns, const ContactSheetOptions& options) {
  check_picture("contact_sheet", images);
  if (images.count < 1 || columns < 0 || options.gap < 0)
    throw Error(ErrorCode::kArgument, "contact_sheet", "%lld pictures in %d columns with gap %d",
                static_cast<long long>(images.count), columns, options.gap);
  const Images pictures = sheet_pictures(images, options);
  const std::int64_t across =
      columns > 0 ? columns : static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(images.count))));
  const std::int64_t down = (images.count + across - 1) / across;
  const std::int64_t step_x = std::int64_t{pictures.width} + options.gap;
  const std::int64_t step_y = std::int64_t{pictures.height} + options.gap;
  constexpr std::int64_t kLargestSide = 1 << 20;
  if (across * step_x > kLargestSide || down * step_y > kLargestSide)
    throw Error(ErrorCode::kLimit, "contact_sheet", "a sheet of %lld by %lld pictures passes %lld pixels a side",
                static_cast<long long>(across), static_cast<long long>(down), static_cast<long long>(kLargestSide));
  Images sheet(1, static_cast<int>(down * step_y + options.gap), static_cast<int>(across * step_x + options.gap),
               pictures.channels);
  fill(sheet, options);
  for (std::int64_t i = 0; i < pictures.count; ++i)
    place(sheet, pictures.picture(i), pictures.width, static_cast<int>(options.gap + i / across * step_y),
          static_cast<int>(options.gap + i % across * step_x));
  return sheet;
}

}  // namespace

std::vector<std::byte> encode_png(const Images& images, std::int64_t index) {
  check_picture("encode_png", images);
  const std::span<const std::uint8_t> picture = images.picture(index);
  if (picture.size() > kLargestPicture)
    throw Error(ErrorCode::kLimit, "encode_png", "%zu bytes of pixels", picture.size()).limit("picture bytes");
  try {
    std::vector<std::uint8_t> pixels(picture.begin(), picture.end());
    undo_premultiplication(pixels, images.channels);
    Sink sink;
    const int written = stbi_write_png_to_func(Sink::take, &sink, images.width, images.height, images.channels,
                                               pixels.data(), images.width * images.channels);
    release_for_stb(rows_of_stb);
    if (written == 0 || sink.failed) throw std::bad_alloc();
    return std::move(sink.bytes);
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::kOutOfMemory, "encode_png", "no memory to encode %dx%d", images.width, images.height);
  }
}

void save_image(const std::string& path, const Images& images, std::int64_t index, FileSystem& files) {
  guard_memory("save_image", [&] { write_file_atomically(files, path, encode_png(images, index)); });
}

std::vector<std::string> save_images(const std::string& folder, const Images& images, FileSystem& files) {
  return guard_memory("save_images", [&] {
    files.make_folder(folder);
    std::vector<std::string> paths;
    for (std::int64_t i = 0; i < images.count; ++i) {
      paths.push_back(path_join(folder, frame_name(i, images.count)));
      save_image(paths.back(), images, i, files);
    }
    return paths;
  });
}

Images contact_sheet(const Images& images, int columns, const ContactSheetOptions& options) {
  return guard_memory("contact_sheet", [&] { return arrange(images, columns, options); });
}

void save_contact_sheet(const std::string& path, const Images& images, int columns, const ContactSheetOptions& options,
                        FileSystem& files) {
  save_image(path, contact_sheet(images, columns, options), 0, files);
}

}  // namespace betwixt
