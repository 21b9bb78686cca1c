// SPDX-License-Identifier: MIT
#include <algorithm>

#include "betwixt/capi/detail/objects.h"
#include "betwixt/interp/frames.h"
#include "betwixt/metrics/image_quality.h"
#include "betwixt/metrics/nearest_picture.h"
#include "betwixt/metrics/path_measures.h"

using namespace betwixt;
using namespace betwixt::capi;

namespace {

constexpr std::int64_t kMostBytes = std::int64_t{1} << 32;

void check_some(const Images& frames, const char* operation, const char* name) {
  if (frames.count == 0) throw Error(ErrorCode::kArgument, operation, "there are no pictures").in(name);
}

void measure_against_truth(const Images& frames, const betwixt_pictures* truth, betwixt_measures& to) {
  if (!truth) return;
  const betwixt_pictures& set = object_of(truth, "pictures_measure", "options.truth");
  const Reading reading(set.access, "pictures_measure", "options.truth");
  const QualityTable table = compare(frames, set.images);
  to.mse = mean(table.mse);
  to.psnr = mean(table.psnr);
  to.ssim = mean(table.ssim);
  to.sharpness = mean(table.sharpness);
  to.psnr_worst = *std::min_element(table.psnr.begin(), table.psnr.end());
  to.ssim_worst = *std::min_element(table.ssim.begin(), table.ssim.end());
}

void measure_against_set(const Images& frames, const betwixt_measure_options& options, betwixt_measures& to) {
  if (!options.set) {
    if (options.has_ends != 0)
      throw Error(ErrorCode::kArgument, "pictures_measure", "ends of which pictures?").in("options.set");
    return;
  }
  const betwixt_pictures& set = object_of(options.set, "pictures_measure", "options.set");
  const Reading reading(set.access, "pictures_measure", "options.set");
  to.nearest_mse = imse(frames, set.images);
  to.nearest_mse_wrap = imse_u8wrap(frames, set.images);
  if (options.has_ends == 0) return;
  const BoundaryError ends = boundary_error(frames, set.images, options.from, options.to);
  to.start_error = ends.start;
  to.end_error = ends.end;
}

Images played_from(const Images& frames, const Images& set) {
  check_same_size("pictures_nearest", frames, set);
  std::vector<std::int64_t> shown;
  for (const PictureMatch& match : nearest_pictures(frames, set)) shown.push_back(match.index);
  return set.select(shown);
}

void check_dissolve(const Images& set, std::int32_t frames) {
  if (frames < 2) throw Error(ErrorCode::kArgument, "pictures_dissolve", "%d frames", frames).in("frames");
  if (static_cast<std::int64_t>(set.picture_bytes()) > kMostBytes / frames)
    throw Error(ErrorCode::kLimit, "pictures_dissolve", "%d frames of %zu bytes", frames, set.picture_bytes())
        .in("frames")
        .limit("dissolve bytes");
}

}  // namespace

int32_t betwixt_pictures_measure(const betwixt_pictures* frames, const betwixt_measure_options* options,
                                 betwixt_measures* measures, betwixt_error* error) {
  return guarded(error, "pictures_measure", [&] {
    const betwixt_pictures& shown = object_of(frames, "pictures_measure", "frames");
    const Reading reading(shown.access, "pictures_measure", "frames");
    check_result(measures, "pictures_measure", "measures");
    const auto against = read_struct(options, "pictures_measure", "options");
    check_some(shown.images, "pictures_measure", "frames");
    betwixt_measures found{};
    found.step_uniformity = shown.images.count < 2 ? 1 : step_uniformity(shown.images);
    measure_against_truth(shown.images, against.truth, found);
    measure_against_set(shown.images, against, found);
    write_struct(measures, found, "pictures_measure", "measures");
  });
}

int32_t betwixt_pictures_nearest(const betwixt_pictures* frames, const betwixt_pictures* set, betwixt_pictures** played,
                                 betwixt_error* error) {
  if (played) *played = nullptr;
  return guarded(error, "pictures_nearest", [&] {
    required(played, "pictures_nearest", "played");
    const betwixt_pictures& shown = object_of(frames, "pictures_nearest", "frames");
    const betwixt_pictures& known = object_of(set, "pictures_nearest", "set");
    const Reading reading(shown.access, "pictures_nearest", "frames");
    const Reading reading_set(known.access, "pictures_nearest", "set");
    auto handle = std::make_unique<betwixt_pictures>();
    handle->images = played_from(shown.images, known.images);
    *played = handle.release();
  });
}

int32_t betwixt_pictures_dissolve(const betwixt_pictures* set, int64_t from, int64_t to, int32_t frames,
                                  betwixt_pictures** dissolved, betwixt_error* error) {
  if (dissolved) *dissolved = nullptr;
  return guarded(error, "pictures_dissolve", [&] {
    required(dissolved, "pictures_dissolve", "dissolved");
    const betwixt_pictures& known = object_of(set, "pictures_dissolve", "set");
    const Reading reading(known.access, "pictures_dissolve", "set");
    check_dissolve(known.images, frames);
    auto handle = std::make_unique<betwixt_pictures>();
    handle->images = cross_dissolve(known.images, from, to, frames);
    *dissolved = handle.release();
  });
}
