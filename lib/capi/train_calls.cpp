// SPDX-License-Identifier: MIT
#include "betwixt/capi/detail/training.h"

using namespace betwixt;
using namespace betwixt::capi;

namespace {

std::unique_ptr<Training> start(betwixt_model* model, const betwixt_pictures* pictures,
                                const betwixt_train_options* options, const char* operation) {
  const std::shared_ptr<ModelState> state = object_of(model, operation, "model").state;
  const betwixt_pictures& set = object_of(pictures, operation, "pictures");
  const Reading reading(set.access, operation, "pictures");
  const Turn turn(state->device->gate);
  const TrainChoice choice = train_choice(options, state->device->device);
  return std::make_unique<Training>(state, set.images, choice);
}

/// Destroys a training inside the gate of its device.
void destroy(std::unique_ptr<Training> training) {
  if (!training) return;
  const std::shared_ptr<OpenDevice> device = training->shared_device();
  const Turn turn(device->gate);
  training.reset();
}

void destroy(betwixt_training* handle) {
  destroy(std::move(handle->training));
  delete handle;
}

/// Runs `body` as the thread that trains; a training that was released meanwhile goes afterwards.
template <class Body>
int32_t training_call(betwixt_training* handle, const char* operation, betwixt_error* error, const Body& body) {
  bool used = false;
  const int32_t status = guarded(error, operation, [&] {
    Training& training = *object_of(handle, operation, "training").training;
    const Training::Use use(training, operation);
    used = true;
    body(training);
  });
  if (used && handle->training->abandoned()) destroy(handle);
  return status;
}

/// A call from any thread.
template <class Body>
int32_t control_call(const betwixt_training* handle, const char* operation, betwixt_error* error, const Body& body) {
  return guarded(error, operation, [&] { body(*object_of(handle, operation, "training").training); });
}

void check_timeout(double timeout_ms, const char* operation) {
  if (!(timeout_ms >= 0))
    throw Error(ErrorCode::kArgument, operation, "a timeout of %g ms", timeout_ms).in("timeout_ms");
}

}  // namespace

int32_t betwixt_model_train(betwixt_model* model, const betwixt_pictures* pictures,
                            const betwixt_train_options* options, betwixt_train_report* report, betwixt_error* error) {
  return guarded(error, "model_train", [&] {
    if (report) check_result(report, "model_train", "report");
    struct Held {
      std::unique_ptr<Training> training;
      ~Held() { destroy(std::move(training)); }
    } held{start(model, pictures, options, "model_train")};
    const Training::Use use(*held.training, "model_train");
    held.training->run();
    const betwixt_train_report found = held.training->finish();
    if (report) write_struct(report, found, "model_train", "report");
  });
}

int32_t betwixt_training_start(betwixt_model* model, const betwixt_pictures* pictures,
                               const betwixt_train_options* options, betwixt_training** training,
                               betwixt_error* error) {
  if (training) *training = nullptr;
  return guarded(error, "training_start", [&] {
    required(training, "training_start", "training");
    auto handle = std::make_unique<betwixt_training>();
    handle->training = start(model, pictures, options, "training_start");
    *training = handle.release();
  });
}

int32_t betwixt_training_run(betwixt_training* training, betwixt_error* error) {
  return training_call(training, "training_run", error, [](Training& t) { t.run(); });
}

int32_t betwixt_training_run_for(betwixt_training* training, double milliseconds, int32_t* done, betwixt_error* error) {
  if (done) *done = 0;
  return training_call(training, "training_run_for", error, [&](Training& t) {
    const bool all = t.run_for(milliseconds);
    if (done) *done = all;
  });
}

int32_t betwixt_training_cancel(betwixt_training* training, betwixt_error* error) {
  return control_call(training, "training_cancel", error, [](Training& t) { t.cancel(); });
}

int32_t betwixt_training_pause(betwixt_training* training, betwixt_error* error) {
  return control_call(training, "training_pause", error, [](Training& t) { t.pause(true); });
}

int32_t betwixt_training_resume(betwixt_training* training, betwixt_error* error) {
  return control_call(training, "training_resume", error, [](Training& t) { t.pause(false); });
}

int32_t betwixt_training_enter_background(betwixt_training* training, double timeout_ms, betwixt_background* result,
                                          betwixt_error* error) {
  return control_call(training, "training_enter_background", error, [&](Training& t) {
    check_timeout(timeout_ms, "training_enter_background");
    if (result) check_result(result, "training_enter_background", "result");
    const BackgroundResult reached = t.enter_background(timeout_ms);
    betwixt_background to{};
    to.stopped = reached.stopped;
    to.saved = reached.saved;
    if (result) write_struct(result, to, "training_enter_background", "result");
    if (reached.failed) throw reached.error;
  });
}

int32_t betwixt_training_leave_background(betwixt_training* training, betwixt_error* error) {
  return control_call(training, "training_leave_background", error, [](Training& t) { t.leave_background(); });
}

int32_t betwixt_training_reduce_memory(betwixt_training* training, double timeout_ms, betwixt_error* error) {
  return control_call(training, "training_reduce_memory", error, [&](Training& t) {
    check_timeout(timeout_ms, "training_reduce_memory");
    if (!t.reduce_memory(timeout_ms))
      throw Error(ErrorCode::kDeviceTimeout, "training_reduce_memory", "not done in %g ms; it follows", timeout_ms);
  });
}

int32_t betwixt_training_status(const betwixt_training* training, betwixt_train_status* status, betwixt_error* error) {
  return control_call(training, "training_status", error, [&](Training& t) {
    check_result(status, "training_status", "status");
    write_struct(status, t.status(), "training_status", "status");
  });
}

int32_t betwixt_training_finish(betwixt_training* training, betwixt_train_report* report, betwixt_error* error) {
  return training_call(training, "training_finish", error, [&](Training& t) {
    if (report) check_result(report, "training_finish", "report");
    const betwixt_train_report found = t.finish();
    if (report) write_struct(report, found, "training_finish", "report");
  });
}

int32_t betwixt_training_use_weights(betwixt_training* training, int32_t which, betwixt_error* error) {
  return training_call(training, "training_use_weights", error, [&](Training& t) {
    if (which != BETWIXT_WEIGHTS_BEST && which != BETWIXT_WEIGHTS_LAST)
      throw Error(ErrorCode::kUnsupported, "training_use_weights", "weights %d", which).in("which");
    t.use_weights(which == BETWIXT_WEIGHTS_LAST);
  });
}

void betwixt_training_release(betwixt_training* training) {
  if (!is_handle(training) || InsideLockedCallback::here()) return;
  if (training->training->may_delete()) destroy(training);
}
