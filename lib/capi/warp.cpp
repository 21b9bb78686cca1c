// SPDX-License-Identifier: MIT
#include <optional>

#include "betwixt/capi/detail/numbers.h"
#include "betwixt/capi/detail/objects.h"
#include "betwixt/capi/detail/progress.h"
#include "betwixt/methods/warp/flow_fit.h"

namespace betwixt::capi {
namespace {

/// A pair and its fit. `fit` is used inside the device's gate.
struct WarpState {
  std::shared_ptr<OpenDevice> device;
  Images pair;
  FlowFitOptions options;
  ProgressListener listener;
  std::atomic<bool> stop{false};
  std::optional<FlowFit> fit;
  mutable Access access;
};

/// Holds a state through a call, so that releasing the handle meanwhile is fine.
class HeldWarp {
 public:
  explicit HeldWarp(std::shared_ptr<WarpState> state) : state_(std::move(state)) {}
  ~HeldWarp() {
    const std::shared_ptr<OpenDevice> device = state_->device;
    release_in_turn(state_, *device);
  }
  HeldWarp(const HeldWarp&) = delete;
  HeldWarp& operator=(const HeldWarp&) = delete;
  WarpState* operator->() const { return state_.get(); }
  WarpState& operator*() const { return *state_; }

 private:
  std::shared_ptr<WarpState> state_;
};

FlowFitOptions fit_options(const betwixt_warp_options& from) {
  const OptionNumbers number("warp_create");
  FlowFitOptions to;
  to.levels = from.levels;
  if (from.steps != 0) to.steps = from.steps;
  if (to.levels < 0 || to.levels > 16 || to.steps < 1 || to.steps > 1'000'000)
    throw Error(ErrorCode::kArgument, "warp_create", "%d levels of %lld steps", to.levels,
                static_cast<long long>(to.steps))
        .in("options")
        .expected("0 to 16 levels, 1 to 1000000 steps");
  to.learning_rate = number.positive(from.learning_rate, to.learning_rate, "options.learning_rate");
  to.smoothness = number.optional(from.smoothness, to.smoothness, "options.smoothness");
  to.stillness = number.optional(from.stillness, to.stillness, "options.stillness");
  to.consistency = number.optional(from.consistency, to.consistency, "options.consistency");
  to.detail = number.optional(from.detail, to.detail, "options.detail");
  to.search = number.optional(from.search, to.search, "options.search");
  for (const double value : {to.learning_rate, to.smoothness, to.stillness, to.consistency, to.detail})
    if (value > 1e3) throw Error(ErrorCode::kValue, "warp_create", "an option of %g", value).in("options");
  if (to.search > 1) throw Error(ErrorCode::kValue, "warp_create", "%g sides", to.search).in("options.search");
  to.recolor = from.keep_colours == 0;
  if (from.seed != 0) to.seed = from.seed;
  return to;
}

Images pair_of(const Images& set, std::int64_t first, std::int64_t second) {
  for (const std::int64_t index : {first, second})
    if (index < 0 || index >= set.count)
      throw Error(ErrorCode::kArgument, "warp_create", "picture %lld of %lld", static_cast<long long>(index),
                  static_cast<long long>(set.count))
          .in(index == first ? "first" : "second");
  const std::int64_t both[] = {first, second};
  return set.select(both);
}

void fit(WarpState& state) {
  if (state.fit) return;
  OpenDevice& device = *state.device;
  const Turn turn(device.gate);
  // The gate is left even when nobody listens: others at the device wait for no more than a report's time.
  state.fit.emplace(device.device, state.pair, state.options, [&](const Progress& progress) {
    const TurnLent lent(device.gate);
    return state.listener.tell(progress);
  });
}

betwixt_warp_report report_of(const FlowFitReport& from) {
  betwixt_warp_report to{};
  to.stopped = from.fit.stopped;
  to.levels = from.levels;
  to.steps = from.fit.steps;
  to.loss = from.fit.loss;
  to.seconds = from.fit.seconds;
  to.motion = from.motion;
  to.largest = from.largest;
  to.occluded = from.occluded;
  to.difference = from.difference;
  to.residual = from.residual;
  return to;
}

const FlowFit& fit_of(const WarpState& state, const char* operation) {
  if (!state.fit) throw Error(ErrorCode::kMissing, operation, "nothing was fitted: call betwixt_warp_fit first");
  return *state.fit;
}

Images frames_at(const FlowFit& fit, const double* times, std::int64_t count) {
  return times ? fit.frames({times, static_cast<std::size_t>(count)}) : fit.frames(static_cast<int>(count));
}

}  // namespace
}  // namespace betwixt::capi

struct betwixt_warp : betwixt::capi::Tagged<0x57785742> {
  std::shared_ptr<betwixt::capi::WarpState> state;
};

using namespace betwixt;
using namespace betwixt::capi;

namespace {

/// Gives the numbers that `field` makes of the fit.
template <class Field>
int32_t field_call(const betwixt_warp* warp, const char* operation, float* values, int64_t capacity,
                   betwixt_error* error, const Field& field) {
  return guarded(error, operation, [&] {
    const HeldWarp state(object_of(warp, operation, "warp").state);
    const Reading reading(state->access, operation, "warp");
    required(values, operation, "values");
    const std::vector<float> found = field(fit_of(*state, operation));
    if (capacity < static_cast<std::int64_t>(found.size()))
      throw Error(ErrorCode::kLimit, operation, "room for %lld numbers", static_cast<long long>(capacity))
          .in("capacity")
          .expected("at least %zu", found.size())
          .limit("capacity");
    std::copy(found.begin(), found.end(), values);
  });
}

void check_from(int32_t from, const char* operation) {
  if (from != 0 && from != 1) throw Error(ErrorCode::kArgument, operation, "picture %d of 2", from).in("from");
}

}  // namespace

int32_t betwixt_warp_create(const betwixt_device* device, const betwixt_pictures* pictures, int64_t first,
                            int64_t second, const betwixt_warp_options* options, betwixt_warp** warp,
                            betwixt_error* error) {
  if (warp) *warp = nullptr;
  return guarded(error, "warp_create", [&] {
    required(warp, "warp_create", "warp");
    const std::shared_ptr<OpenDevice>& open = object_of(device, "warp_create", "device").open;
    const betwixt_pictures& set = object_of(pictures, "warp_create", "pictures");
    const Reading reading(set.access, "warp_create", "pictures");
    const auto from = read_struct(options, "warp_create", "options");
    auto handle = std::make_unique<betwixt_warp>();
    handle->state = std::make_shared<WarpState>();
    handle->state->device = open;
    handle->state->options = fit_options(from);
    handle->state->options.stop = &handle->state->stop;
    handle->state->listener = {from.progress, from.progress_user};
    handle->state->pair = pair_of(set.images, first, second);
    *warp = handle.release();
  });
}

int32_t betwixt_warp_fit(betwixt_warp* warp, betwixt_warp_report* report, betwixt_error* error) {
  return guarded(error, "warp_fit", [&] {
    const HeldWarp state(object_of(warp, "warp_fit", "warp").state);
    if (report) check_result(report, "warp_fit", "report");
    const Writing writing(state->access, "warp_fit", "warp");
    fit(*state);
    if (report) write_struct(report, report_of(state->fit->report()), "warp_fit", "report");
  });
}

int32_t betwixt_warp_cancel(betwixt_warp* warp, betwixt_error* error) {
  return guarded(error, "warp_cancel", [&] { object_of(warp, "warp_cancel", "warp").state->stop = true; });
}

int32_t betwixt_warp_frames(const betwixt_warp* warp, const double* times, const betwixt_layout* layout, void* memory,
                            int64_t bytes, betwixt_error* error) {
  return guarded(error, "warp_frames", [&] {
    const HeldWarp state(object_of(warp, "warp_frames", "warp").state);
    const Reading reading(state->access, "warp_frames", "warp");
    const FlowFit& fitted = fit_of(*state, "warp_frames");
    const Images& pair = state->pair;
    const std::int64_t count =
        checked_count(layout, memory, bytes, pair.height, pair.width, pair.channels, "warp_frames");
    if (count > 1'000'000)
      throw Error(ErrorCode::kLimit, "warp_frames", "%lld frames", static_cast<long long>(count)).limit("frames");
    const Turn turn(state->device->gate);
    copy_out(frames_at(fitted, times, count), 0, layout, memory, bytes, "warp_frames");
  });
}

int32_t betwixt_warp_flow(const betwixt_warp* warp, int32_t from, float* values, int64_t capacity,
                          betwixt_error* error) {
  return field_call(warp, "warp_flow", values, capacity, error, [&](const FlowFit& fit) {
    check_from(from, "warp_flow");
    return fit.flow(from);
  });
}

int32_t betwixt_warp_visibility(const betwixt_warp* warp, int32_t from, float* values, int64_t capacity,
                                betwixt_error* error) {
  return field_call(warp, "warp_visibility", values, capacity, error, [&](const FlowFit& fit) {
    check_from(from, "warp_visibility");
    return fit.visibility(from);
  });
}

void betwixt_warp_release(betwixt_warp* warp) {
  if (!is_handle(warp) || InsideLockedCallback::here()) return;
  warp->state->stop = true;
  const HeldWarp last(std::move(warp->state));
  delete warp;
}
