// SPDX-License-Identifier: MIT
#include "betwixt/interp/frames.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "betwixt/core/error.h"
#include "betwixt/metrics/nearest_picture.h"

namespace betwixt {
namespace {

void blend(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b, double alpha,
           std::span<std::uint8_t> out) {
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::uint8_t>(std::floor((1 - alpha) * a[i] + alpha * b[i] + 0.5));
}

Images pictures_like(const Images& set, std::int64_t count) {
  return Images(count, set.height, set.width, set.channels);
}

void check_keys(const char* operation, const Images& keys, std::span<const double> key_times) {
  if (keys.count < 1 || key_times.size() != static_cast<std::size_t>(keys.count))
    throw Error(ErrorCode::kArgument, operation, "%zu times for %lld key pictures", key_times.size(),
                static_cast<long long>(keys.count));
  for (std::size_t i = 1; i < key_times.size(); ++i)
    if (!(key_times[i] > key_times[i - 1]))
      throw Error(ErrorCode::kArgument, operation, "key times do not ascend at %zu", i);
}

/// The keys around a time and the part of the way from the first to the second.
struct Between {
  std::int64_t before = 0;
  std::int64_t after = 0;
  double alpha = 0;
};

Between between(std::span<const double> key_times, double time) {
  const auto later = std::upper_bound(key_times.begin(), key_times.end(), time);
  const std::int64_t after = later - key_times.begin();
  if (after == 0) return {};
  const std::int64_t last = static_cast<std::int64_t>(key_times.size()) - 1;
  if (after > last) return {last, last, 0};
  const double start = key_times[static_cast<std::size_t>(after - 1)];
  return {after - 1, after, (time - start) / (*later - start)};
}

}  // namespace

Images cross_dissolve(const Images& set, std::int64_t from, std::int64_t to, int frames) {
  if (frames < 2) throw Error(ErrorCode::kArgument, "cross_dissolve", "%d frames, at least 2", frames);
  Images result = pictures_like(set, frames);
  for (int i = 0; i < frames; ++i)
    blend(set.picture(from), set.picture(to), static_cast<double>(i) / (frames - 1), result.picture(i));
  return result;
}

Images cross_dissolve(const Images& keys, std::span<const double> key_times, std::span<const double> times) {
  check_keys("cross_dissolve", keys, key_times);
  Images result = pictures_like(keys, static_cast<std::int64_t>(times.size()));
  for (std::size_t i = 0; i < times.size(); ++i) {
    const Between place = between(key_times, times[i]);
    blend(keys.picture(place.before), keys.picture(place.after), place.alpha,
          result.picture(static_cast<std::int64_t>(i)));
  }
  return result;
}

Images nearest_frame_playback(const Images& keys, std::span<const double> key_times, std::span<const double> times) {
  check_keys("nearest_frame_playback", keys, key_times);
  std::vector<std::int64_t> shown;
  for (const double time : times) {
    const Between place = between(key_times, time);
    shown.push_back(place.alpha > 0.5 ? place.after : place.before);
  }
  return keys.select(shown);
}

Images nearest_picture_playback(const Images& frames, const Images& set) {
  std::vector<std::int64_t> shown;
  for (const PictureMatch& match : nearest_pictures(frames, set)) shown.push_back(match.index);
  return set.select(shown);
}

}  // namespace betwixt
