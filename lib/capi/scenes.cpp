// SPDX-License-Identifier: MIT
// Synthetic pictures with known factors.
#include "betwixt/data/synthetic/scenes.h"

#include <algorithm>

#include "betwixt/capi/detail/numbers.h"
#include "betwixt/capi/detail/objects.h"

using namespace betwixt;
using namespace betwixt::capi;

namespace {

constexpr std::int64_t kMostPictures = 10'000'000;
constexpr int kMostPixels = 16384;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 32;

JsonValue describe(const Scene& scene) {
  JsonValue factors = JsonValue::array();
  for (const SceneFactor& f : scene.factors) {
    JsonValue factor = JsonValue::object();
    factor.set("name", f.name).set("low", f.low).set("high", f.high).set("usual", f.usual).set("levels", f.levels);
    factors.push(factor);
  }
  JsonValue value = JsonValue::object();
  value.set("name", scene.name).set("text", scene.text).set("pixels", scene.pixels).set("fixed_size", scene.fixed_size);
  return value.set("factors", factors);
}

std::int64_t checked_count(std::int64_t count, const char* operation) {
  if (count < 0 || count > kMostPictures)
    throw Error(ErrorCode::kArgument, operation, "%lld pictures", static_cast<long long>(count))
        .in("count")
        .expected("0 to %lld", static_cast<long long>(kMostPictures));
  return count;
}

int checked_pixels(const Scene& scene, std::int32_t pixels, std::int64_t count) {
  const int side = pixels == 0 ? scene.pixels : pixels;
  if (side < 1 || side > kMostPixels)
    throw Error(ErrorCode::kArgument, "scene_draw", "%d pixels", pixels).in("pixels").expected("1 to %d", kMostPixels);
  if (scene.fixed_size && side != scene.pixels)
    throw Error(ErrorCode::kUnsupported, "scene_draw", "%.32s has %d pixels only", scene.name.c_str(), scene.pixels)
        .in("pixels");
  if (count > 0 && std::int64_t{4} * side * side > kMostBytes / count)
    throw Error(ErrorCode::kLimit, "scene_draw", "%lld pictures of %d pixels", static_cast<long long>(count), side)
        .limit("scene bytes");
  return side;
}

std::vector<std::vector<double>> rows_of(const Scene& scene, const double* factors, std::int64_t count,
                                         std::int32_t factor_count) {
  const std::size_t width = scene.factors.size();
  if (factor_count < 0 || static_cast<std::size_t>(factor_count) != width)
    throw Error(ErrorCode::kShape, "scene_draw", "%d factors", factor_count).in("factor_count").expected("%zu", width);
  if (count > 0) required(factors, "scene_draw", "factors");
  std::vector<std::vector<double>> rows;
  for (std::int64_t i = 0; i < count; ++i) {
    rows.emplace_back(factors + i * factor_count, factors + (i + 1) * factor_count);
    for (const double value : rows.back()) OptionNumbers("scene_draw").finite(value, "factors");
  }
  return rows;
}

}  // namespace

int32_t betwixt_scenes_describe(char* text, int64_t capacity, int64_t* length, betwixt_error* error) {
  return guarded(error, "scenes_describe", [&] {
    JsonValue all = JsonValue::array();
    for (const Scene& scene : scenes()) all.push(describe(scene));
    Outlet{text, capacity, length}.put(to_text(all), "scenes_describe");
  });
}

int32_t betwixt_scene_draw(const char* scene, const double* factors, int64_t count, int32_t factor_count,
                           int32_t pixels, betwixt_pictures** pictures, betwixt_error* error) {
  if (pictures) *pictures = nullptr;
  return guarded(error, "scene_draw", [&] {
    required(pictures, "scene_draw", "pictures");
    const Scene& drawn = scene_named(text_of(scene, "scene_draw", "scene"));
    const int side = checked_pixels(drawn, pixels, checked_count(count, "scene_draw"));
    auto handle = std::make_unique<betwixt_pictures>();
    handle->images = drawn.draw(rows_of(drawn, factors, count, factor_count), side);
    *pictures = handle.release();
  });
}

int32_t betwixt_scene_sample(const char* scene, int64_t count, uint64_t seed, double* factors, int64_t capacity,
                             int64_t* length, betwixt_error* error) {
  if (length) *length = 0;
  return guarded(error, "scene_sample", [&] {
    required(length, "scene_sample", "length");
    const Scene& drawn = scene_named(text_of(scene, "scene_sample", "scene"));
    checked_count(count, "scene_sample");
    const auto width = static_cast<std::int64_t>(drawn.factors.size());
    std::vector<std::vector<double>> rows;
    if (count == 0) rows = drawn.full_set();
    *length = (count == 0 ? static_cast<std::int64_t>(rows.size()) : count) * width;
    if (!factors) return;
    if (capacity < *length)
      throw Error(ErrorCode::kLimit, "scene_sample", "room for %lld numbers of %lld", static_cast<long long>(capacity),
                  static_cast<long long>(*length))
          .in("capacity");
    if (count > 0) rows = sample_scene(drawn, {.count = count, .seed = seed});
    for (std::size_t i = 0; i < rows.size(); ++i)
      std::copy(rows[i].begin(), rows[i].end(), factors + static_cast<std::int64_t>(i) * width);
  });
}
