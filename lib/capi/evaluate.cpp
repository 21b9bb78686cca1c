// SPDX-License-Identifier: MIT
// Measures of frames whose true factors are known, and perceptual distances.
#include <exception>

#include "betwixt/capi/detail/evaluation.h"
#include "betwixt/capi/detail/numbers.h"
#include "betwixt/capi/detail/objects.h"
#include "betwixt/data/synthetic/lines.h"
#include "betwixt/metrics/grid_factors.h"
#include "betwixt/metrics/lines_scores.h"
#include "betwixt/metrics/nearest_picture.h"

using namespace betwixt;
using namespace betwixt::capi;

namespace {

using WalkCallback = int32_t (*)(void*, int64_t, int64_t, int32_t, betwixt_pictures**);

constexpr int kLineSide = 32;

/// What the application's callback made; its handle is released whatever happens.
class Made {
 public:
  Made() = default;
  Made(const Made&) = delete;
  Made& operator=(const Made&) = delete;
  ~Made() {
    if (is_handle(handle)) betwixt_pictures_release(handle);
  }
  betwixt_pictures* handle = nullptr;
};

int32_t call(WalkCallback walk, void* user, std::int64_t from, std::int64_t to, int frames, betwixt_pictures** made) {
  try {
    return walk(user, from, to, frames, made);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Error(ErrorCode::kArgument, "pictures_measure_factors", "walk threw: %.150s", error.what()).in("walk");
  } catch (...) {
    throw Error(ErrorCode::kArgument, "pictures_measure_factors", "walk threw something that is no exception")
        .in("walk");
  }
}

Images walk_between(WalkCallback walk, void* user, const betwixt_pictures& set, std::int64_t from, std::int64_t to,
                    int frames) {
  Made made;
  const int32_t status = call(walk, user, from, to, frames, &made.handle);
  if (made.handle == &set) {
    made.handle = nullptr;
    throw Error(ErrorCode::kArgument, "pictures_measure_factors", "walk handed the set itself over").in("walk");
  }
  if (status != 0) throw Error(ErrorCode::kArgument, "pictures_measure_factors", "walk returned %d", status).in("walk");
  Images images = object_of(made.handle, "pictures_measure_factors", "made").images;
  check_same_size("pictures_measure_factors", images, set.images);
  return images;
}

std::vector<float> line_values(const Images& frames) {
  if (frames.height != kLineSide || frames.width != kLineSide || frames.channels != 1)
    throw Error(ErrorCode::kShape, "pictures_measure_lines", "pictures of [%d, %d, %d]", frames.height, frames.width,
                frames.channels)
        .in("frames")
        .expected("[32, 32, 1]");
  std::vector<float> values;
  values.reserve(frames.pixels.size());
  for (const std::uint8_t value : frames.pixels) values.push_back(static_cast<float>(value / 127.5 - 1));
  return values;
}

}  // namespace

int32_t betwixt_pictures_measure_on_grid(const betwixt_pictures* frames, const betwixt_pictures* set,
                                         const betwixt_grid* grid, int64_t from, int64_t to,
                                         betwixt_grid_measures* measures, betwixt_error* error) {
  constexpr const char* kOperation = "pictures_measure_on_grid";
  return guarded(error, kOperation, [&] {
    const betwixt_pictures& shown = object_of(frames, kOperation, "frames");
    const betwixt_pictures& known = object_of(set, kOperation, "set");
    const Reading reading(shown.access, kOperation, "frames");
    const Reading reading_set(known.access, kOperation, "set");
    check_result(measures, kOperation, "measures");
    const FactorGrid places = grid_of(grid, kOperation);
    betwixt_grid_measures found{};
    found.perfect_path = perfect_grid_path(shown.images, known.images, places, from, to).score;
    std::vector<std::int64_t> nearest;
    for (const PictureMatch& match : nearest_pictures(shown.images, known.images)) nearest.push_back(match.index);
    found.smoothness = factor_smoothness(nearest, places);
    write_struct(measures, found, kOperation, "measures");
  });
}

int32_t betwixt_pictures_measure_factors(const betwixt_pictures* set, const betwixt_grid* grid, int64_t width,
                                         int32_t (*walk)(void* user, int64_t from, int64_t to, int32_t frames,
                                                         betwixt_pictures** made),
                                         void* user, betwixt_factor_measures* measures, betwixt_error* error) {
  constexpr const char* kOperation = "pictures_measure_factors";
  return guarded(error, kOperation, [&] {
    const betwixt_pictures& known = object_of(set, kOperation, "set");
    const Reading reading(known.access, kOperation, "set");
    check_result(measures, kOperation, "measures");
    if (!walk) throw Error(ErrorCode::kArgument, kOperation, "walk is NULL").in("walk");
    const GridFactorScores scores = grid_factor_scores(known.images, grid_of(grid, kOperation), width,
                                                       [&](std::int64_t from, std::int64_t to, int frames) {
                                                         return walk_between(walk, user, known, from, to, frames);
                                                       });
    betwixt_factor_measures found{};
    found.m1_peak = scores.m1_peak;
    found.m2 = scores.m2;
    found.m3_error = scores.m3_error;
    found.m3_range = scores.m3_range;
    found.m4_deviation = scores.m4_deviation;
    found.m4_violations = scores.m4_violations;
    write_struct(measures, found, kOperation, "measures");
  });
}

int32_t betwixt_pictures_measure_lines(const betwixt_pictures* frames, int64_t frames_each,
                                       betwixt_line_measures* measures, betwixt_error* error) {
  constexpr const char* kOperation = "pictures_measure_lines";
  return guarded(error, kOperation, [&] {
    const betwixt_pictures& shown = object_of(frames, kOperation, "frames");
    const Reading reading(shown.access, kOperation, "frames");
    check_result(measures, kOperation, "measures");
    const std::vector<float> values = line_values(shown.images);
    const LineReference reference(line_rows(line_angles()), line_angles());
    const LinesScores scores = lines_scores(values, frames_each, reference);
    betwixt_line_measures found{};
    found.mean_distance = scores.mean_distance;
    found.smoothness = scores.smoothness;
    found.undefined = scores.undefined;
    write_struct(measures, found, kOperation, "measures");
  });
}

int32_t betwixt_pictures_feature_distance(const betwixt_device* device, const betwixt_pictures* a,
                                          const betwixt_pictures* b, const betwixt_feature_options* options,
                                          double* distances, int64_t capacity, betwixt_error* error) {
  constexpr const char* kOperation = "pictures_feature_distance";
  return guarded(error, kOperation, [&] {
    OpenDevice& open = *object_of(device, kOperation, "device").open;
    const betwixt_pictures& first = object_of(a, kOperation, "a");
    const betwixt_pictures& second = object_of(b, kOperation, "b");
    const Reading reading(first.access, kOperation, "a");
    const Reading reading_second(second.access, kOperation, "b");
    required(distances, kOperation, "distances");
    if (capacity < first.images.count)
      throw Error(ErrorCode::kLimit, kOperation, "room for %lld distances of %lld", static_cast<long long>(capacity),
                  static_cast<long long>(first.images.count))
          .in("capacity");
    const auto from = read_struct(options, kOperation, "options");
    const Turn turn(open.gate);
    const std::vector<double> found = feature_distance(open.device, from, kOperation)(first.images, second.images);
    std::copy(found.begin(), found.end(), distances);
  });
}
