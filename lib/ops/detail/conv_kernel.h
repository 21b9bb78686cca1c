// SPDX-License-Identifier: MIT
#pragma once

#include <cstring>

#include "betwixt/ops/detail/conv_plan.h"
#include "betwixt/ops/detail/gemm_kernel.h"
#include "betwixt/ops/detail/slot_kernel.h"
#include "betwixt/tensor/op.h"

// Walking over the tiles of a ConvPlan, shared by the convolution kernels.

namespace betwixt::BETWIXT_ISA {

using detail::ConvAxis;
using detail::ConvPlan;
using detail::ConvTap;

/// Ranges of images and of q that a tile covers.
struct TileRange {
  std::int64_t image, image_end, row, row_end, column, column_end;
};
inline TileRange tile_range(const ConvPlan& plan, std::int64_t tile) {
  const std::int64_t column = tile % plan.column_tiles * plan.columns;
  const std::int64_t row = tile / plan.column_tiles % plan.row_tiles * plan.rows;
  const std::int64_t image = tile / plan.column_tiles / plan.row_tiles * plan.images;
  const auto least = [](std::int64_t a, std::int64_t b) { return a < b ? a : b; };
  return {image,  least(image + plan.images, plan.batch),       row, least(row + plan.rows, plan.y.count(0)),
          column, least(column + plan.columns, plan.x.count(0))};
}

/// The pixels under a tile: `origin` is the input position of tap offset (low, low) of the tile's first q.
template <class T>
struct Window {
  const T* origin;
  std::int64_t row_stride;
  std::int64_t image_stride;
};

/// Copies the pixels under a tile with zeros around the picture, or points at them where they lie.
template <class T>
Window<T> open_window(const ConvPlan& plan, const TileRange& tile, const T* input, T* patch) {
  const std::int64_t top = tile.row * plan.y.step + plan.y.low;
  const std::int64_t left = tile.column * plan.x.step + plan.x.low;
  const std::int64_t row_bytes = plan.x.in * plan.in;
  if (plan.in_place) {
    const T* origin = input + (tile.image * plan.y.in + top) * row_bytes + left * plan.in;
    return {origin, row_bytes, plan.y.in * row_bytes};
  }
  const std::int64_t width = plan.patch_width;
  const std::int64_t row_stride = width * plan.in;
  const std::int64_t before = left < 0 ? (-left < width ? -left : width) : 0;
  const std::int64_t end = plan.x.in - left < width ? plan.x.in - left : width;
  const std::int64_t inside = end > before ? end - before : 0;
  const std::int64_t bytes = static_cast<std::int64_t>(sizeof(T));
  T* to = patch;
  for (std::int64_t image = tile.image; image < tile.image_end; ++image) {
    for (std::int64_t y = 0; y < plan.patch_height; ++y, to += row_stride) {
      const std::int64_t row = top + y;
      if (row < 0 || row >= plan.y.in || inside == 0) {
        std::memset(to, 0, static_cast<std::size_t>(row_stride * bytes));
        continue;
      }
      const T* from = input + ((image * plan.y.in + row) * plan.x.in + left + before) * plan.in;
      const std::int64_t after = width - before - inside;
      if (before > 0) std::memset(to, 0, static_cast<std::size_t>(before * plan.in * bytes));
      std::memcpy(to + before * plan.in, from, static_cast<std::size_t>(inside * plan.in * bytes));
      if (after > 0)
        std::memset(to + (before + inside) * plan.in, 0, static_cast<std::size_t>(after * plan.in * bytes));
    }
  }
  return {patch, row_stride, plan.patch_height * row_stride};
}

/// Visits the output pixels of one phase of a tile: visit(input pointer, index of the output pixel).
template <class T, class Visit>
void for_each_pixel(const ConvPlan& plan, const TileRange& tile, const Window<T>& window, int phase,
                    const Visit& visit) {
  const int phase_y = phase / plan.x.phases;
  const int phase_x = phase % plan.x.phases;
  const std::int64_t row_end = tile.row_end < plan.y.count(phase_y) ? tile.row_end : plan.y.count(phase_y);
  const std::int64_t column_end = tile.column_end < plan.x.count(phase_x) ? tile.column_end : plan.x.count(phase_x);
  const std::int64_t step = plan.x.step * plan.in;
  for (std::int64_t image = tile.image; image < tile.image_end; ++image) {
    for (std::int64_t row = tile.row; row < row_end; ++row) {
      const T* in = window.origin + (image - tile.image) * window.image_stride +
                    (row - tile.row) * plan.y.step * window.row_stride;
      std::int64_t out =
          (image * plan.y.out + row * plan.y.phases + phase_y) * plan.x.out + tile.column * plan.x.phases + phase_x;
      for (std::int64_t column = tile.column; column < column_end; ++column, in += step, out += plan.x.phases)
        visit(in, out);
    }
  }
}

/// The terms of one phase's sum as stretches of memory, in the order of the weights: taps row by row, channels inside.
/// Neighbouring taps without groups are one stretch. Returns their number.
inline int phase_runs(const ConvPlan& plan, int phase, std::int64_t row_stride, Run* runs) {
  const int phase_y = phase / plan.x.phases;
  const int phase_x = phase % plan.x.phases;
  int count = 0;
  for (int i = plan.y.first[phase_y]; i < plan.y.first[phase_y + 1]; ++i) {
    const std::int64_t row = (plan.y.taps[i].offset - plan.y.low) * row_stride;
    const int start = count;
    for (int j = plan.x.first[phase_x]; j < plan.x.first[phase_x + 1]; ++j) {
      const std::int64_t offset = row + (plan.x.taps[j].offset - plan.x.low) * plan.in;
      if (count > start && plan.groups == 1 && runs[count - 1].offset + runs[count - 1].length == offset)
        runs[count - 1].length += plan.in;
      else
        runs[count++] = {offset, plan.in_group()};
    }
  }
  return count;
}

/// Part [begin, end) of the terms; `into` holds up to `count` stretches.
inline int clip_runs(const Run* runs, int count, std::int64_t begin, std::int64_t end, Run* into) {
  int kept = 0;
  std::int64_t position = 0;
  for (int i = 0; i < count; position += runs[i].length, ++i) {
    const std::int64_t from = begin > position ? begin - position : 0;
    const std::int64_t to = end - position < runs[i].length ? end - position : runs[i].length;
    if (from < to) into[kept++] = {runs[i].offset + from, to - from};
  }
  return kept;
}

}  // namespace betwixt::BETWIXT_ISA
