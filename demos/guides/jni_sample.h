// SPDX-License-Identifier: MIT
#pragma once

#include <betwixt/capi/betwixt.h>

#include <string>

namespace morphing {

/// Pictures of one app, the model that learns them, and its training. One thread at a time. Functions that return
/// false leave the reason in `error()`.
class Session {
 public:
  Session() = default;
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Square pictures; `checkpoint` is a file that training is saved to and resumed from, empty for none.
  bool open(int32_t side, const std::string& checkpoint);
  /// One picture, side x side x 4 bytes.
  bool add(const void* rgba, int64_t bytes);
  bool start(int64_t steps);
  /// Whole steps for about so long; after the last one the model is ready for `morph`.
  bool train_for(double milliseconds, bool* done);
  /// From onPause: stops and makes the checkpoint durable. From onResume: goes on.
  bool enter_background(double timeout_ms);
  bool leave_background();
  /// Writes the colours of `frames` pictures; alpha stays as it is in the memory.
  bool morph(int64_t from, int64_t to, int64_t frames, void* rgba, int64_t bytes);
  const char* error() const { return error_.message; }

 private:
  int32_t side_ = 0;
  std::string checkpoint_;
  betwixt_device* device_ = nullptr;
  betwixt_pictures* pictures_ = nullptr;
  betwixt_model* model_ = nullptr;
  betwixt_training* training_ = nullptr;
  betwixt_error error_ = {};
};

}  // namespace morphing
