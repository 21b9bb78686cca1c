// SPDX-License-Identifier: MIT
// Synthetic pictures with known factors.
#include <algorithm>

#include "betwixt/capi/detail/numbers.h"
#include "betwixt/capi/detail/objects.h"
#include "betwixt/data/synthetic/scene_rows.h"
#include "betwixt/methods/scene_description.h"

using namespace betwixt;
using namespace betwixt::capi;

namespace {

constexpr std::int64_t kMostPictures = 10'000'000;
constexpr int kMostPixels = 16384;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 32;

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

/// The parts of a text between commas.
std::vector<std::string> listed(const char* text, const char* name) {
  std::vector<std::string> parts;
  const std::string all = text ? text_of(text, "scene_factors", name) : std::string();
  for (std::size_t begin = 0; begin < all.size();) {
    const std::size_t end = std::min(all.find(',', begin), all.size());
    parts.push_back(all.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

SceneRequest scene_request(const betwixt_scene_options& from) {
  SceneRequest to;
  if (checked_count(from.count, "scene_factors") != 0) to.count = from.count;
  if (from.seed != 0) to.seed = from.seed;
  to.all = from.all != 0;
  if (from.sweep) to.sweep = text_of(from.sweep, "scene_factors", "options.sweep");
  if (from.pairs) to.pairs = text_of(from.pairs, "scene_factors", "options.pairs");
  to.vary = listed(from.vary, "options.vary");
  for (const std::string& setting : listed(from.fixed, "options.fixed")) to.fixed.insert(scene_setting(setting));
  return to;
}

/// Tells how many numbers there are; false when that was all that was asked for.
bool fits(std::int64_t numbers, const double* factors, std::int64_t capacity, std::int64_t* length,
          const char* operation) {
  *length = numbers;
  if (factors && capacity < numbers)
    throw Error(ErrorCode::kLimit, operation, "room for %lld numbers of %lld", static_cast<long long>(capacity),
                static_cast<long long>(numbers))
        .in("capacity");
  return factors != nullptr;
}

void copy_rows(const std::vector<std::vector<double>>& rows, double* factors) {
  for (const std::vector<double>& row : rows) factors = std::copy(row.begin(), row.end(), factors);
}

}  // namespace

int32_t betwixt_scenes_describe(char* text, int64_t capacity, int64_t* length, betwixt_error* error) {
  return guarded(error, "scenes_describe", [&] {
    Outlet{text, capacity, length}.put(to_text(describe_scenes()), "scenes_describe");
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
    std::vector<std::vector<double>> rows;
    if (count == 0) rows = drawn.full_set();
    const std::int64_t drawn_count = count == 0 ? static_cast<std::int64_t>(rows.size()) : count;
    const auto width = static_cast<std::int64_t>(drawn.factors.size());
    if (!fits(drawn_count * width, factors, capacity, length, "scene_sample")) return;
    copy_rows(count == 0 ? rows : sample_scene(drawn, {.count = count, .seed = seed}), factors);
  });
}

int32_t betwixt_scene_factors(const char* scene, const betwixt_scene_options* options, double* factors,
                              int64_t capacity, int64_t* length, betwixt_error* error) {
  if (length) *length = 0;
  return guarded(error, "scene_factors", [&] {
    required(length, "scene_factors", "length");
    const Scene& drawn = scene_named(text_of(scene, "scene_factors", "scene"));
    const SceneRequest request = scene_request(read_struct(options, "scene_factors", "options"));
    const std::vector<std::vector<double>> rows = scene_rows(drawn, request);
    const auto numbers = static_cast<std::int64_t>(rows.size() * drawn.factors.size());
    if (fits(numbers, factors, capacity, length, "scene_factors")) copy_rows(rows, factors);
  });
}
