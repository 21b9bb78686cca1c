// SPDX-License-Identifier: MIT
// Uses pictures through the C API only: this library shares no C++ with the one that made them.
#include "betwixt/capi/betwixt_media.h"
#include "betwixt/capi/detail/boundary.h"
#include "betwixt/media/decode.h"
#include "betwixt/media/encode.h"
#include "betwixt/media/gif.h"
#include "betwixt/media/picture_folder.h"

using namespace betwixt;
using namespace betwixt::capi;

namespace {

constexpr const char* kLoad = "pictures_load";
constexpr const char* kSave = "pictures_save";

/// An error that the other library has described.
struct Passed {
  betwixt_error error;
};

template <class Body>
int32_t media_call(betwixt_error* error, const char* operation, const Body& body) noexcept {
  betwixt_error passed;
  bool has_passed = false;
  const int32_t status = guarded(error, operation, [&] {
    try {
      body();
    } catch (const Passed& caught) {
      passed = caught.error;
      has_passed = true;
    }
  });
  if (!has_passed) return status;
  if (error) *error = passed;
  return passed.code;
}

template <class Call>
void must(const Call& call) {
  Passed passed;
  if (call(&passed.error) != BETWIXT_OK) throw passed;
}

std::optional<Colour> colour_of(int32_t colour, const char* operation) {
  if (colour == 0) return std::nullopt;
  if ((colour & ~0xffffff) != BETWIXT_COLOUR)
    throw Error(ErrorCode::kValue, operation, "%#x is no colour", static_cast<unsigned>(colour))
        .in("options.background")
        .expected("BETWIXT_COLOUR | 0xRRGGBB");
  const auto part = [colour](int shift) { return static_cast<std::uint8_t>(colour >> shift & 0xff); };
  return Colour{part(16), part(8), part(0)};
}

LoadOptions load_options(const betwixt_load_options* options) {
  const auto from = read_struct(options, kLoad, "options");
  if (from.size < 0 || from.size > 16384 || from.channels < 0 || from.channels > 4 || from.most_pixels < 0)
    throw Error(ErrorCode::kArgument, kLoad, "size %d, %d channels", from.size, from.channels).in("options");
  if (from.fit < BETWIXT_FIT_CROP || from.fit > BETWIXT_FIT_PAD)
    throw Error(ErrorCode::kUnsupported, kLoad, "fit %d", from.fit).in("options.fit");
  LoadOptions to{.size = from.size,
                 .fit = from.fit == BETWIXT_FIT_STRETCH ? Fit::kStretch
                        : from.fit == BETWIXT_FIT_PAD   ? Fit::kPad
                                                        : Fit::kCrop,
                 .channels = from.channels,
                 .background = colour_of(from.background, kLoad)};
  if (from.most_pixels > 0) to.decode.max_pixels = static_cast<std::uint64_t>(from.most_pixels);
  return to;
}

betwixt_layout layout_of(const Images& images) {
  betwixt_layout layout{};
  layout.struct_size = sizeof layout;
  layout.format = BETWIXT_U8;
  layout.count = images.count;
  layout.height = images.height;
  layout.width = images.width;
  layout.channels = images.channels;
  return layout;
}

struct Release {
  void operator()(betwixt_pictures* pictures) const { betwixt_pictures_release(pictures); }
};

void give(const Images& images, betwixt_pictures** pictures) {
  betwixt_pictures* made = nullptr;
  must([&](betwixt_error* e) {
    return betwixt_pictures_create(images.height, images.width, images.channels, &made, e);
  });
  std::unique_ptr<betwixt_pictures, Release> held(made);
  const betwixt_layout layout = layout_of(images);
  const auto bytes = static_cast<int64_t>(images.pixels.size());
  must([&](betwixt_error* e) { return betwixt_pictures_add(made, &layout, images.pixels.data(), bytes, e); });
  for (std::size_t i = 0; i < images.names.size(); ++i)
    must([&](betwixt_error* e) {
      return betwixt_pictures_rename(made, static_cast<int64_t>(i), images.names[i].c_str(), e);
    });
  *pictures = held.release();
}

/// A copy of the pictures; E_ARGUMENT for an empty set.
Images take(const betwixt_pictures* pictures) {
  betwixt_layout layout{};
  layout.struct_size = sizeof layout;
  must([&](betwixt_error* e) { return betwixt_pictures_describe(pictures, &layout, e); });
  if (layout.count == 0) throw Error(ErrorCode::kArgument, kSave, "there are no pictures").in("pictures");
  Images images(layout.count, layout.height, layout.width, layout.channels);
  const auto bytes = static_cast<int64_t>(images.pixels.size());
  must([&](betwixt_error* e) { return betwixt_pictures_read(pictures, 0, &layout, images.pixels.data(), bytes, e); });
  return images;
}

template <class Load>
int32_t load_call(betwixt_pictures** pictures, betwixt_error* error, const Load& load) {
  if (pictures) *pictures = nullptr;
  return media_call(error, kLoad, [&] {
    required(pictures, kLoad, "pictures");
    give(load(), pictures);
  });
}

GifOptions gif_options(const betwixt_gif_options* options) {
  const auto from = read_struct(options, kSave, "options");
  GifOptions to;
  if (from.fps != 0) to.fps = from.fps;
  if (from.scale != 0) to.scale = from.scale;
  if (from.colours != 0) to.colours = from.colours;
  to.ping_pong = from.ping_pong != 0;
  to.loop = from.once == 0;
  to.dither = from.dither != 0 ? Dither::kOrdered : Dither::kNone;
  to.background = colour_of(from.background, kSave);
  return to;
}

std::vector<std::byte> encoded(const Images& images, const betwixt_encoding& how) {
  if (how.columns > 0) return encode_png(contact_sheet(images, how.columns));
  if (how.fps == 0) return encode_png(images);
  return encode_gif(images, {.fps = how.fps, .ping_pong = true, .scale = how.scale == 0 ? 1 : how.scale});
}

}  // namespace

int32_t betwixt_pictures_load_folder(const char* folder, const betwixt_load_options* options,
                                     betwixt_pictures** pictures, betwixt_error* error) {
  return load_call(pictures, error,
                   [&] { return load_images(text_of(folder, kLoad, "folder"), load_options(options)); });
}

int32_t betwixt_pictures_load_file(const char* path, const betwixt_load_options* options, betwixt_pictures** pictures,
                                   betwixt_error* error) {
  return load_call(pictures, error, [&] { return load_image(text_of(path, kLoad, "path"), load_options(options)); });
}

int32_t betwixt_pictures_load_memory(const void* memory, int64_t bytes, const betwixt_load_options* options,
                                     betwixt_pictures** pictures, betwixt_error* error) {
  return load_call(pictures, error, [&] {
    const LoadOptions chosen = load_options(options);
    if (bytes < 0) throw Error(ErrorCode::kArgument, kLoad, "%lld bytes", static_cast<long long>(bytes)).in("bytes");
    const auto* begin = static_cast<const std::byte*>(required(memory, kLoad, "memory"));
    Images images = decode_picture(std::span(begin, static_cast<std::size_t>(bytes)), chosen.decode);
    if (chosen.size > 0) images = fit_square(images, chosen.size, chosen.fit, chosen.background);
    if (chosen.background) images = composite(images, *chosen.background);
    return chosen.channels > 0 ? convert_channels(images, chosen.channels, chosen.background) : images;
  });
}

int32_t betwixt_pictures_save_png(const betwixt_pictures* pictures, int64_t index, const char* path,
                                  betwixt_error* error) {
  return media_call(error, kSave, [&] { save_image(text_of(path, kSave, "path"), take(pictures), index); });
}

int32_t betwixt_pictures_save_folder(const betwixt_pictures* pictures, const char* folder, betwixt_error* error) {
  return media_call(error, kSave, [&] { save_images(text_of(folder, kSave, "folder"), take(pictures)); });
}

int32_t betwixt_pictures_save_sheet(const betwixt_pictures* pictures, const char* path, int32_t columns, int32_t scale,
                                    betwixt_error* error) {
  return media_call(error, kSave, [&] {
    const ContactSheetOptions options{.scale = scale == 0 ? 1 : scale};
    save_contact_sheet(text_of(path, kSave, "path"), take(pictures), columns, options);
  });
}

int32_t betwixt_pictures_save_sheet_as(const betwixt_pictures* pictures, const char* path,
                                       const betwixt_sheet_options* options, betwixt_error* error) {
  return media_call(error, kSave, [&] {
    const auto from = read_struct(options, kSave, "options");
    ContactSheetOptions to{.background = colour_of(from.background, kSave)};
    if (from.gap != 0) to.gap = std::max(from.gap, 0);
    if (from.scale != 0) to.scale = from.scale;
    save_contact_sheet(text_of(path, kSave, "path"), take(pictures), from.columns, to);
  });
}

int32_t betwixt_pictures_enlarge(const betwixt_pictures* pictures, int32_t factor, betwixt_pictures** enlarged,
                                 betwixt_error* error) {
  if (enlarged) *enlarged = nullptr;
  return media_call(error, kSave, [&] {
    required(enlarged, kSave, "enlarged");
    if (factor < 1 || factor > 64)
      throw Error(ErrorCode::kArgument, kSave, "a factor of %d", factor).in("factor").expected("1 to 64");
    give(enlarge(take(pictures), factor), enlarged);
  });
}

int32_t betwixt_pictures_encode(void*, const betwixt_pictures* pictures, const betwixt_encoding* how,
                                void (*write)(void* to, const void* bytes, int64_t count), void* to) {
  return media_call(nullptr, kSave, [&] {
    const auto from = read_struct(required(how, kSave, "how"), kSave, "how");
    if (!write) throw Error(ErrorCode::kArgument, kSave, "write is NULL").in("write");
    const std::vector<std::byte> bytes = encoded(take(pictures), from);
    write(to, bytes.data(), static_cast<int64_t>(bytes.size()));
  });
}

int32_t betwixt_pictures_save_gif(const betwixt_pictures* pictures, const char* path,
                                  const betwixt_gif_options* options, betwixt_error* error) {
  return media_call(error, kSave, [&] {
    const GifOptions chosen = gif_options(options);
    save_gif(text_of(path, kSave, "path"), take(pictures), chosen);
  });
}
