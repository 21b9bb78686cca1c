// SPDX-License-Identifier: MIT
#include "betwixt/methods/warp/flow_fit.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "betwixt/core/error.h"
#include "betwixt/methods/warp/detail/flow_search.h"
#include "betwixt/methods/warp/detail/in_between.h"
#include "betwixt/methods/warp/detail/level_fit.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/compositing.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/unary.h"
#include "betwixt/ops/warp.h"

namespace betwixt {

using detail::Level;
using detail::WarpFields;

struct FlowFit::Result {
  Device device;
  Images pair;
  Level finest;
  WarpFields fields;
  std::vector<float> visibility;
  FlowFitReport report;
  std::optional<detail::InBetween> in_between;
};

namespace {

constexpr int kSearchSide = 32;          ///< the search takes place where the longer side is at most this
constexpr double kClearlyBetter = 0.75;  ///< the search's fit is taken when its mismatch is below this share
constexpr int kMostLevels = 16;

void check(const Images& pair, const FlowFitOptions& o) {
  if (pair.count != 2)
    throw Error(ErrorCode::kArgument, "warp", "%lld pictures, not 2", static_cast<long long>(pair.count));
  if (pair.height < 1 || pair.width < 1 || pair.channels < 1 || pair.channels > 4)
    throw Error(ErrorCode::kShape, "warp", "pictures of [%d, %d, %d]", pair.height, pair.width, pair.channels);
  if (o.levels < 0 || o.levels > kMostLevels || o.steps < 1 || o.steps > 1000000)
    throw Error(ErrorCode::kArgument, "warp", "%d levels of %lld steps", o.levels, static_cast<long long>(o.steps));
  const double numbers[] = {o.learning_rate, o.smoothness, o.stillness, o.consistency, o.detail};
  for (const double v : numbers)
    if (!(v >= 0 && v <= 1e3)) throw Error(ErrorCode::kValue, "warp", "an option of %g", v);
  if (!(o.search >= 0 && o.search <= 1)) throw Error(ErrorCode::kValue, "warp", "a search of %g sides", o.search);
}

/// Runs the levels from coarse to fine and adds up what they report.
class Coarse2Fine {
 public:
  Coarse2Fine(const Device& device, const std::vector<Level>& levels, int channels, const FlowFitOptions& options,
              const ProgressCallback& callback)
      : device_(device), levels_(levels), channels_(channels), options_(options), callback_(callback) {
    search_level_ = 0;
    while (search_level_ + 1 < count() &&
           std::max(level(search_level_).height, level(search_level_).width) > kSearchSide)
      ++search_level_;
    const int side = std::max(level(search_level_).height, level(search_level_).width);
    radius_ = side <= kSearchSide ? static_cast<int>(std::lround(options.search * side)) : 0;
    total_ = options.steps * (count() + (radius_ > 0 ? 1 : 0));
  }

  WarpFields run(bool equal) {
    if (equal) return detail::still_fields(levels_[0].height, levels_[0].width, channels_);
    const Level& coarsest = levels_.back();
    WarpFields fields = detail::still_fields(coarsest.height, coarsest.width, channels_);
    for (int i = count() - 1; i >= search_level_; --i) improve(i, fields);
    if (radius_ > 0 && !report_.stopped) try_search(fields);
    for (int i = search_level_ - 1; i >= 0; --i) improve(i, fields);
    if (fields.height != levels_[0].height || fields.width != levels_[0].width)
      fields = detail::resize_fields(device_, fields, levels_[0].height, levels_[0].width);
    return fields;
  }
  const FitReport& report() const { return report_; }

 private:
  int count() const { return static_cast<int>(levels_.size()); }
  const Level& level(int i) const { return levels_[static_cast<std::size_t>(i)]; }

  void improve(int i, WarpFields& fields) {
    if (report_.stopped) return;
    if (fields.height != level(i).height || fields.width != level(i).width)
      fields = detail::resize_fields(device_, fields, level(i).height, level(i).width);
    const FitReport done = detail::fit_level(device_, level(i), fields, options_, [&](const Progress& progress) {
      if (!callback_) return true;
      Progress shown = progress;
      shown.step += report_.steps;
      shown.steps = total_;
      shown.seconds_left =
          progress.steps_per_second > 0 ? static_cast<double>(total_ - shown.step) / progress.steps_per_second : 0;
      cancelled_ = !callback_(shown);
      return !cancelled_;
    });
    report_.steps += done.steps;
    report_.loss = done.loss;
    report_.seconds += done.seconds;
    report_.stopped = done.stopped || cancelled_;
    report_.refused_steps += done.refused_steps;
  }

  /// A second start from the best match of every pixel; the one that fits better goes on.
  void try_search(WarpFields& fields) {
    const Level& at = level(search_level_);
    const double loss = report_.loss;
    WarpFields found = fields;
    found.flow = search(at);
    improve(search_level_, found);
    if (found.mismatch < kClearlyBetter * fields.mismatch) {
      fields = found;
    } else {
      report_.loss = loss;
    }
  }

  std::vector<float> search(const Level& at) const {
    const std::vector<float> features = at.features.values<float>();
    const detail::FeatureMap first{at.height, at.width, channels_ + 1, features.data()};
    detail::FeatureMap second = first;
    second.values += features.size() / 2;
    const std::vector<float> there = detail::search_flow(first, second, {.radius = radius_});
    const std::vector<float> return_ = detail::search_flow(second, first, {.radius = radius_});
    std::vector<float> flow = detail::settle_flow(first, there, return_);
    const std::vector<float> back = detail::settle_flow(second, return_, there);
    flow.insert(flow.end(), back.begin(), back.end());
    return flow;
  }

  const Device& device_;
  const std::vector<Level>& levels_;
  int channels_;
  const FlowFitOptions& options_;
  const ProgressCallback& callback_;
  int search_level_ = 0;
  int radius_ = 0;
  std::int64_t total_ = 0;
  bool cancelled_ = false;
  FitReport report_;
};

Tensor stored(const Device& device, const Shape& shape, const std::vector<float>& values) {
  const State state(device, "warp.result", {shape, DType::kF32});
  state.write(values);
  return read(state);
}

/// Visibility of every pixel, and the measures of the report.
std::vector<float> measure(const Device& device, const Level& level, const WarpFields& f, FlowFitReport& report) {
  const Tensor flow = stored(device, {2, f.height, f.width, 2}, f.flow);
  const Tensor keep = sigmoid(stored(device, {2, f.height, f.width, 1}, f.keep));
  const Tensor matrix = stored(device, {2, f.channels, f.channels}, f.matrix);
  const Tensor bias = stored(device, {2, f.channels}, f.bias);
  const Tensor pictures = read(level.pictures);
  const Tensor seen = detail::visibility(flow);
  const Tensor length = sqrt(sum(square(flow), {3}));
  const Tensor moved = warp(detail::swapped(pictures), flow);
  const Tensor left = mean(abs(recolor(pictures, matrix, bias, keep) - moved), {3}, true) * seen;
  Program program(device, {seen, mean(length), max(length), mean(abs(pictures - detail::swapped(pictures))),
                           sum(left) / (sum(seen) + 1e-6), mean(less(seen, fill(0.5, {1})))});
  program.run();
  report.motion = static_cast<double>(program.values<float>(1)[0]);
  report.largest = static_cast<double>(program.values<float>(2)[0]);
  report.difference = static_cast<double>(program.values<float>(3)[0]);
  report.residual = static_cast<double>(program.values<float>(4)[0]);
  report.occluded = static_cast<double>(program.values<float>(5)[0]);
  return program.values<float>(0);
}

/// To bytes; premultiplied colours never exceed their alpha.
void to_bytes(const std::vector<float>& values, int channels, std::span<std::uint8_t> into) {
  for (std::size_t i = 0; i < into.size(); ++i)
    into[i] = static_cast<std::uint8_t>(std::clamp(values[i], 0.0f, 1.0f) * 255.0f + 0.5f);
  if (channels % 2 != 0) return;
  const auto c = static_cast<std::size_t>(channels);
  for (std::size_t i = 0; i < into.size(); ++i) into[i] = std::min(into[i], into[i - i % c + c - 1]);
}

}  // namespace

FlowFit::FlowFit(const Device& device, const Images& pair, const FlowFitOptions& options,
                 const ProgressCallback& callback)
    : result_(std::make_shared<Result>()) {
  check(pair, options);
  const int count = options.levels > 0 ? options.levels : detail::level_count(pair.height, pair.width);
  const std::vector<Level> levels = detail::make_levels(device, pair, count);
  Coarse2Fine search(device, levels, pair.channels, options, callback);
  Result& r = *result_;
  r.device = device;
  r.pair = pair;
  r.finest = levels.front();
  const std::span<const std::uint8_t> from = pair.picture(0), to = pair.picture(1);
  r.fields = search.run(std::equal(from.begin(), from.end(), to.begin(), to.end()));
  r.report.fit = search.report();
  r.report.levels = count;
  r.visibility = measure(device, r.finest, r.fields, r.report);
  r.in_between.emplace(device, r.finest.pictures, r.fields);
}

const FlowFitReport& FlowFit::report() const { return result_->report; }

Images FlowFit::frames(std::span<const double> times) const {
  const Images& pair = result_->pair;
  for (const double t : times)
    if (!(t >= 0 && t <= 1)) throw Error(ErrorCode::kValue, "warp", "a time of %g, not in [0, 1]", t);
  Images frames(static_cast<std::int64_t>(times.size()), pair.height, pair.width, pair.channels);
  for (std::size_t i = 0; i < times.size(); ++i) {
    const std::span<std::uint8_t> into = frames.picture(static_cast<std::int64_t>(i));
    if (times[i] == 0 || times[i] == 1) {
      const std::span<const std::uint8_t> end = pair.picture(times[i] == 0 ? 0 : 1);
      std::copy(end.begin(), end.end(), into.begin());
    } else {
      to_bytes(result_->in_between->at(times[i]), pair.channels, into);
    }
  }
  return frames;
}

Images FlowFit::frames(int count) const {
  if (count < 2) throw Error(ErrorCode::kArgument, "warp", "%d frames", count);
  std::vector<double> times(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) times[static_cast<std::size_t>(i)] = static_cast<double>(i) / (count - 1);
  return frames(times);
}

std::vector<float> FlowFit::flow(int from) const {
  if (from != 0 && from != 1) throw Error(ErrorCode::kArgument, "warp", "picture %d of 2", from);
  const std::vector<float>& all = result_->fields.flow;
  const auto half = static_cast<std::ptrdiff_t>(all.size() / 2);
  return {all.begin() + from * half, all.begin() + (from + 1) * half};
}

std::vector<float> FlowFit::visibility(int from) const {
  if (from != 0 && from != 1) throw Error(ErrorCode::kArgument, "warp", "picture %d of 2", from);
  const std::vector<float>& all = result_->visibility;
  const auto half = static_cast<std::ptrdiff_t>(all.size() / 2);
  return {all.begin() + from * half, all.begin() + (from + 1) * half};
}

}  // namespace betwixt
