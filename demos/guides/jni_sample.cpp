// SPDX-License-Identifier: MIT
// The part of the Android guide that needs no Java: learns pictures that arrived as RGBA bytes and gives out frames.
// android.md wraps it for JNI.
#include "jni_sample.h"

#include <utility>

namespace morphing {
namespace {

/// RGBA of Android's bitmaps; the colours alone are learned.
betwixt_layout rgb_of_rgba(int64_t count, int32_t side) {
  betwixt_layout layout = {};
  layout.struct_size = sizeof layout;
  layout.count = count;
  layout.height = layout.width = side;
  layout.channels = 3;
  layout.pixel_stride = 4;
  return layout;
}

}  // namespace

Session::~Session() {
  betwixt_training_release(training_);
  betwixt_model_release(model_);
  betwixt_pictures_release(pictures_);
  betwixt_device_release(device_);
}

bool Session::open(int32_t side, const std::string& checkpoint) {
  side_ = side;
  checkpoint_ = checkpoint;
  betwixt_model_options options = {};
  options.struct_size = sizeof options;
  options.height = options.width = side;
  options.channels = 3;
  return betwixt_device_open(nullptr, &device_, &error_) == BETWIXT_OK &&
         betwixt_pictures_create(side, side, 3, &pictures_, &error_) == BETWIXT_OK &&
         betwixt_model_create(device_, &options, &model_, &error_) == BETWIXT_OK;
}

bool Session::add(const void* rgba, int64_t bytes) {
  const betwixt_layout layout = rgb_of_rgba(1, side_);
  return betwixt_pictures_add(pictures_, &layout, rgba, bytes, &error_) == BETWIXT_OK;
}

bool Session::start(int64_t steps) {
  betwixt_train_options options = {};
  options.struct_size = sizeof options;
  options.steps = steps;
  options.checkpoint = checkpoint_.empty() ? nullptr : checkpoint_.c_str();
  return betwixt_training_start(model_, pictures_, &options, &training_, &error_) == BETWIXT_OK;
}

bool Session::train_for(double milliseconds, bool* done) {
  int32_t finished = 0;
  if (betwixt_training_run_for(training_, milliseconds, &finished, &error_) != BETWIXT_OK) return false;
  *done = finished != 0;
  return !*done || betwixt_training_finish(training_, nullptr, &error_) == BETWIXT_OK;
}

bool Session::enter_background(double timeout_ms) {
  return betwixt_training_enter_background(training_, timeout_ms, nullptr, &error_) == BETWIXT_OK;
}

bool Session::leave_background() { return betwixt_training_leave_background(training_, &error_) == BETWIXT_OK; }

bool Session::morph(int64_t from, int64_t to, int64_t frames, void* rgba, int64_t bytes) {
  const betwixt_layout layout = rgb_of_rgba(frames, side_);
  return betwixt_model_morph(model_, from, to, nullptr, &layout, rgba, bytes, nullptr, &error_) == BETWIXT_OK;
}

}  // namespace morphing
