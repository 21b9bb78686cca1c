// SPDX-License-Identifier: MIT
#include "betwixt/capi/detail/training.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "betwixt/core/clock.h"

namespace betwixt::capi {
namespace {

/// Longest time in the gate, if a step is not longer: what others wait for while a training runs.
constexpr double kPieceMilliseconds = 20;
constexpr double kNoHurry = 1e9;

class Milliseconds {
 public:
  double passed() { return watch_.milliseconds(); }

 private:
  Stopwatch watch_{default_clock()};
};

void set_finite(JsonValue& record, const char* key, double value) {
  if (std::isfinite(value)) record.set(key, value);
}

JsonValue curve_of(const std::vector<double>& losses) {
  JsonValue curve = JsonValue::array();
  for (const double loss : losses) curve.push(std::isfinite(loss) ? JsonValue(loss) : JsonValue());
  return curve;
}

}  // namespace

Training::Use::Use(Training& training, const char* operation) : training_(training) {
  const std::lock_guard<std::mutex> lock(training.mutex_);
  if (training.in_use_)
    throw Error(ErrorCode::kArgument, operation, "the training runs in another thread or around this callback")
        .in("training");
  training.in_use_ = true;
  training.trains_ = std::this_thread::get_id();
}

Training::Use::~Use() {
  const std::lock_guard<std::mutex> lock(training_.mutex_);
  training_.in_use_ = false;
}

bool Training::may_delete() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!in_use_) return true;
  abandoned_ = true;
  control_.cancel();
  return false;
}

bool Training::abandoned() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return abandoned_ && !in_use_;
}

Training::Training(std::shared_ptr<ModelState> model, const Images& pictures, const TrainChoice& choice)
    : model_(std::move(model)), choice_(choice) {
  if (model_->is_training)
    throw Error(ErrorCode::kArgument, "training_start", "the model is in another training").in("model");
  choice_.denoise.control = &control_;
  if (!choice.drop_codes) pictures_ = pictures;
  run_ = std::make_unique<DenoiseRun>(model_->model, pictures, choice_.denoise,
                                      [this](const Progress& progress) { return report(progress); });
  done_ = run_->done();
  model_->is_training = true;
}

Training::~Training() {
  if (run_) model_->is_training = false;
}

bool Training::report(const Progress& progress) {
  if (!choice_.listener.callback) return true;
  const auto set = [this](bool inside) {
    const std::lock_guard<std::mutex> lock(mutex_);
    in_callback_ = inside;
  };
  struct Inside {
    const decltype(set)& mark;
    explicit Inside(const decltype(set)& m) : mark(m) { mark(true); }
    ~Inside() { mark(false); }
  };
  const Inside inside(set);
  const TurnLent lent(device().gate);
  return choice_.listener.tell(progress);
}

/// False when no step was done although some are left: paused, or in the background.
bool Training::piece(double milliseconds) {
  const Turn turn(device().gate);
  serve();
  if (done_ || !run_) return true;
  const double left = choice_.budget_ms > 0 ? choice_.budget_ms - spent_ms_ : kNoHurry;
  Milliseconds clock;
  const RunResult result = run_->run_for(std::min({milliseconds, left, kPieceMilliseconds}));
  spent_ms_ += result.steps > 0 ? clock.passed() : 0;
  out_of_budget_ = !run_->done() && choice_.budget_ms > 0 && spent_ms_ >= choice_.budget_ms;
  done_ = run_->done() || out_of_budget_;
  serve();
  return result.steps > 0 || done_;
}

void Training::run() {
  while (!done_) {
    run_->wait_until_allowed();
    piece(kPieceMilliseconds);
  }
}

bool Training::run_for(double milliseconds) {
  if (!(milliseconds > 0))
    throw Error(ErrorCode::kArgument, "training_run_for", "a budget of %g ms", milliseconds).in("milliseconds");
  Milliseconds clock;
  while (!done_) {
    const double left = milliseconds - clock.passed();
    if (left <= 0 || !piece(left)) break;
  }
  return done_;
}

void Training::pause(bool paused) {
  const std::lock_guard<std::mutex> lock(mutex_);
  paused_ = paused;
  if (paused_ || background_)
    control_.pause();
  else
    control_.resume();
}

void Training::serve() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (in_callback_) return;
  while (background_wanted_ || reduce_wanted_) {
    const bool background = background_wanted_;
    lock.unlock();
    BackgroundResult result;
    if (background)
      result = control_.enter_background(kNoHurry);
    else
      control_.reduce_memory(kNoHurry);
    lock.lock();
    (background ? background_wanted_ : reduce_wanted_) = false;
    if (background) background_result_ = result;
    served_.notify_all();
  }
}

template <class Done>
bool Training::serve_or_wait(double timeout, Done done) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (in_callback_ && trains_ == std::this_thread::get_id()) return false;
  }
  Milliseconds clock;
  if (device().gate.enter_for(timeout)) {
    serve();
    device().gate.leave();
  }
  std::unique_lock<std::mutex> lock(mutex_);
  const auto left = std::chrono::duration<double, std::milli>(std::clamp(timeout - clock.passed(), 0.0, kNoHurry));
  return served_.wait_for(lock, left, done);
}

BackgroundResult Training::enter_background(double timeout) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    background_ = background_wanted_ = true;
    background_result_ = {};
    control_.pause();
  }
  serve_or_wait(timeout, [this] { return !background_wanted_; });
  const std::lock_guard<std::mutex> lock(mutex_);
  return background_wanted_ ? BackgroundResult{} : background_result_;
}

void Training::leave_background() {
  const std::lock_guard<std::mutex> lock(mutex_);
  background_ = background_wanted_ = false;
  control_.leave_background();
  if (!paused_) control_.resume();
}

bool Training::reduce_memory(double timeout) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    reduce_wanted_ = true;
  }
  return serve_or_wait(timeout, [this] { return !reduce_wanted_; });
}

betwixt_train_status Training::status() {
  const TrainingStatus from = control_.status();
  betwixt_train_status to{};
  to.step = from.step;
  to.steps = from.steps;
  to.loss = from.loss;
  to.steps_per_second = from.steps_per_second;
  to.current_bytes = static_cast<std::int64_t>(from.current_bytes);
  to.peak_bytes = static_cast<std::int64_t>(from.peak_bytes);
  to.saved_step = from.saved_step;
  const bool cancelled = control_.cancelled();
  const std::lock_guard<std::mutex> lock(mutex_);
  to.phase = finished_     ? BETWIXT_PHASE_FINISHED
             : cancelled   ? BETWIXT_PHASE_CANCELLED
             : done_       ? BETWIXT_PHASE_DONE
             : background_ ? BETWIXT_PHASE_BACKGROUND
             : paused_     ? BETWIXT_PHASE_PAUSED
             : in_use_     ? BETWIXT_PHASE_RUNNING
                           : BETWIXT_PHASE_READY;
  return to;
}

void Training::record() {
  const DenoiseOptions& o = choice_.denoise;
  JsonValue record = model_->training.is(JsonValue::Kind::kObject) ? model_->training : JsonValue::object();
  record.set("steps", report_.resumed_at + report_.fit.steps).set("batch", o.batch);
  record.set("learning_rate", o.learning_rate).set("noise", o.noise).set("code_noise", o.code_noise);
  record.set("corruption", o.corruption == Corruption::kWhite ? "white" : "normal");
  record.set("weight_decay", o.weight_decay).set("validation", o.validation);
  if (o.validation > 0) record.set("best_step", report_.best_step);
  if (o.validation > 0) set_finite(record, "validation_loss", report_.validation_loss);
  record.set("seed", static_cast<std::int64_t>(o.seed & 0x1fffffffffffff));
  set_finite(record, "loss", report_.loss);
  set_finite(record, "variance", report_.variance);
  record.set("loss_function", o.loss.empty() ? std::string("mse") : choice_.loss_text);
  if (o.step_every > 0) record.set("step_every", o.step_every).set("step_factor", o.step_factor);
  record.set("curve", curve_of(report_.curve));
  model_->training = std::move(record);
}

void Training::tell_report() const {
  const OpenDevice& on = device();
  if (!report_.note.empty()) on.log(BETWIXT_LOG_WARNING, report_.note);
  if (!report_.fit.warning.empty()) on.log(BETWIXT_LOG_WARNING, report_.fit.warning);
  if (report_.collapsed)
    on.log(BETWIXT_LOG_WARNING,
           "the model gives the mean picture only: a lower learning rate, less noise or more steps");
  if (report_.fit.refused_steps > 0)
    on.log(BETWIXT_LOG_WARNING, "steps with a loss or gradient that was not finite changed nothing: " +
                                    std::to_string(report_.fit.refused_steps));
}

void Training::keep_codes() {
  Codes codes = choice_.drop_codes ? Codes() : model_->model.encode(pictures_);
  model_->keep(std::move(codes), choice_.drop_codes ? std::vector<std::string>() : pictures_.names);
}

void Training::use_weights(bool last) {
  const Turn turn(device().gate);
  if (run_) throw Error(ErrorCode::kArgument, "training_use_weights", "the training is not finished").in("training");
  if (model_->is_training)
    throw Error(ErrorCode::kArgument, "training_use_weights", "the model is in another training").in("training");
  const WeightsCopy& wanted = last ? report_.last : report_.best;
  if (wanted.empty())
    throw Error(ErrorCode::kMissing, "training_use_weights", "a training without validation has one set of weights");
  wanted.restore(model_->model.parameters());
  keep_codes();
}

betwixt_train_report Training::finish() {
  if (run_) {
    {
      const Turn turn(device().gate);
      report_ = run_->finish();
      keep_codes();
      record();
      run_.reset();
      model_->is_training = false;
      const std::lock_guard<std::mutex> lock(mutex_);
      done_ = finished_ = true;
    }
    tell_report();
  }
  betwixt_train_report to{};
  to.stopped = report_.fit.stopped || out_of_budget_;
  to.cancelled = report_.fit.cancelled;
  to.collapsed = report_.collapsed;
  to.steps = report_.fit.steps;
  to.resumed_at = report_.resumed_at;
  to.refused_steps = report_.fit.refused_steps;
  to.peak_bytes = static_cast<std::int64_t>(report_.peak_bytes);
  to.loss = report_.loss;
  to.variance = report_.variance;
  to.validation_loss = report_.validation_loss;
  to.seconds = report_.fit.seconds;
  to.best_step = report_.best_step;
  to.ended_early = report_.fit.ended_early;
  return to;
}

}  // namespace betwixt::capi
