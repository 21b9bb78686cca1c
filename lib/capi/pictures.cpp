// SPDX-License-Identifier: MIT
#include <algorithm>

#include "betwixt/capi/detail/objects.h"

using namespace betwixt;
using namespace betwixt::capi;

namespace {

constexpr int kMostSide = 16384;

void check_size(int height, int width, int channels) {
  if (height < 1 || width < 1 || height > kMostSide || width > kMostSide || channels < 1 || channels > 4)
    throw Error(ErrorCode::kArgument, "pictures_create", "pictures of %d x %d with %d channels", width, height,
                channels)
        .expected("sides 1 to %d, channels 1 to 4", kMostSide);
}

void check_index(const Images& images, std::int64_t index, const char* operation) {
  if (index < 0 || index >= images.count)
    throw Error(ErrorCode::kArgument, operation, "picture %lld of %lld", static_cast<long long>(index),
                static_cast<long long>(images.count))
        .in("index");
}

}  // namespace

int32_t betwixt_pictures_create(int32_t height, int32_t width, int32_t channels, betwixt_pictures** pictures,
                                betwixt_error* error) {
  if (pictures) *pictures = nullptr;
  return guarded(error, "pictures_create", [&] {
    required(pictures, "pictures_create", "pictures");
    check_size(height, width, channels);
    auto handle = std::make_unique<betwixt_pictures>();
    handle->images = Images(0, height, width, channels);
    *pictures = handle.release();
  });
}

int32_t betwixt_pictures_add(betwixt_pictures* pictures, const betwixt_layout* layout, const void* memory,
                             int64_t bytes, betwixt_error* error) {
  return guarded(error, "pictures_add", [&] {
    betwixt_pictures& set = object_of(pictures, "pictures_add", "pictures");
    const Writing writing(set.access, "pictures_add", "pictures");
    copy_in(layout, memory, bytes, set.images, "pictures_add");
  });
}

int32_t betwixt_pictures_describe(const betwixt_pictures* pictures, betwixt_layout* layout, betwixt_error* error) {
  return guarded(error, "pictures_describe", [&] {
    const betwixt_pictures& set = object_of(pictures, "pictures_describe", "pictures");
    const Reading reading(set.access, "pictures_describe", "pictures");
    betwixt_layout dense{};
    dense.format = BETWIXT_U8;
    dense.count = set.images.count;
    dense.height = set.images.height;
    dense.width = set.images.width;
    dense.channels = set.images.channels;
    dense.pixel_stride = dense.channels;
    dense.row_stride = dense.pixel_stride * dense.width;
    dense.picture_stride = dense.row_stride * dense.height;
    write_struct(layout, dense, "pictures_describe", "layout");
  });
}

int32_t betwixt_pictures_read(const betwixt_pictures* pictures, int64_t first, const betwixt_layout* layout,
                              void* memory, int64_t bytes, betwixt_error* error) {
  return guarded(error, "pictures_read", [&] {
    const betwixt_pictures& set = object_of(pictures, "pictures_read", "pictures");
    const Reading reading(set.access, "pictures_read", "pictures");
    copy_out(set.images, first, layout, memory, bytes, "pictures_read");
  });
}

int32_t betwixt_pictures_rename(betwixt_pictures* pictures, int64_t index, const char* name, betwixt_error* error) {
  return guarded(error, "pictures_rename", [&] {
    betwixt_pictures& set = object_of(pictures, "pictures_rename", "pictures");
    const Writing writing(set.access, "pictures_rename", "pictures");
    check_index(set.images, index, "pictures_rename");
    std::string text = checked_utf8(text_of(name, "pictures_rename", "name"));
    set.images.names.resize(static_cast<std::size_t>(set.images.count));
    set.images.names[static_cast<std::size_t>(index)] = std::move(text);
  });
}

int32_t betwixt_pictures_name(const betwixt_pictures* pictures, int64_t index, char* text, int64_t capacity,
                              int64_t* length, betwixt_error* error) {
  return guarded(error, "pictures_name", [&] {
    const betwixt_pictures& set = object_of(pictures, "pictures_name", "pictures");
    const Reading reading(set.access, "pictures_name", "pictures");
    check_index(set.images, index, "pictures_name");
    const auto at = static_cast<std::size_t>(index);
    Outlet{text, capacity, length}.put(at < set.images.names.size() ? set.images.names[at] : std::string(),
                                       "pictures_name");
  });
}

void betwixt_pictures_release(betwixt_pictures* pictures) {
  if (is_handle(pictures) && !InsideLockedCallback::here()) delete pictures;
}
