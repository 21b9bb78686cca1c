// SPDX-License-Identifier: MIT
#include "betwixt/train/training_run.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "betwixt/core/error.h"

namespace betwixt {
namespace {

double mean_of(const std::vector<float>& values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

// Friend of the control through TrainingRun, whose nested class it is.
class TrainingRun::Implementation final : public TrainingControl::Client {
 public:
  Implementation(Trainer& trainer, FitOptions options, ProgressCallback callback)
      : trainer_(trainer),
        options_(std::move(options)),
        callback_(std::move(callback)),
        first_step_(trainer.step()),
        reported_step_(first_step_),
        clock_(options_.clock ? options_.clock : &default_clock()),
        watch_(*clock_),
        bytes_(trainer.memory().total()) {
    if (options_.control && options_.stop)
      throw Error(ErrorCode::kArgument, "fit", "give a control or a stop flag, not both");
    const std::vector<std::string> names = trainer.logged();
    if (!names.empty()) name_ = names.front();
    // A run that was ended at this very step and is resumed there ends again.
    const bool watched = options_.watch_every > 0 && first_step_ > 0 && first_step_ % options_.watch_every == 0;
    if (watched && options_.enough) report_.ended_early = options_.enough();
    if (!options_.control) return;
    options_.control->attach(*this);
    publish();
  }

  ~Implementation() override {
    if (options_.control && !finished_) options_.control->detach(TrainingPhase::kFailed);
  }

  RunResult run_for(double milliseconds) {
    if (!(milliseconds > 0)) throw Error(ErrorCode::kArgument, "fit", "a budget of %g ms", milliseconds);
    RunResult result;
    if (done()) return result;
    if (!options_.control) {
      run_pieces(milliseconds, result);
      return result;
    }
    if (!options_.control->claim()) {
      look_at_cancel();
      return result;
    }
    struct Yield {
      TrainingControl& control;
      ~Yield() { control.yield(); }
    };
    {
      const Yield yield{*options_.control};
      run_pieces(milliseconds, result);
      publish();
    }
    look_at_cancel();
    return result;
  }

  bool done() const { return report_.stopped || report_.ended_early || step() >= options_.steps; }

  void wait_until_allowed() {
    if (!options_.control) return;
    options_.control->wait_until_allowed();
    look_at_cancel();
  }

  FitReport finish() {
    if (finished_) return report_;
    if (options_.control) {
      // Before the last save: from here on no other thread saves.
      look_at_cancel();
      options_.control->detach(report_.cancelled ? TrainingPhase::kCancelled : TrainingPhase::kFinished);
      publish();
    }
    finished_ = true;
    save();
    report_.seconds = watch_.seconds();
    report_.loss = loss_of(std::min<std::int64_t>(100, report_.steps));
    report_.refused_steps = trainer_.refused_steps();
    return report_;
  }

 private:
  bool save() override {
    if (!options_.save) return false;
    const std::int64_t at = step();
    options_.save();
    saved_ = watch_.seconds();
    if (options_.control) options_.control->note_saved(at);
    return true;
  }

  std::size_t release_memory() override {
    trainer_.release_memory();
    return bytes_ = trainer_.memory().total();
  }

  /// Steps since the very start.
  std::int64_t step() const { return first_step_ + report_.steps; }

  void look_at_cancel() {
    if (!options_.control || !options_.control->cancelled() || done()) return;
    report_.stopped = report_.cancelled = true;
  }

  /// Pieces whose lengths are guessed from the pieces before, so that watching and the last step come out exactly.
  void run_pieces(double milliseconds, RunResult& result) {
    Stopwatch watch(*clock_);
    const double ran_before = ran_;
    const std::atomic<bool>* stop = options_.control ? &options_.control->interrupt_ : options_.stop;
    bool interrupted = false;
    while (!done() && !interrupted) {
      const double left = milliseconds - 1e3 * watch.seconds();
      if (result.steps > 0 && left <= 0) break;
      const RunResult piece = trainer_.run(piece_steps(left), stop);
      result.steps += piece.steps;
      report_.steps += piece.steps;
      bytes_ = trainer_.memory().total();
      ran_ = ran_before + watch.seconds();
      interrupted = piece.stopped;
      if (piece.stopped && options_.stop) report_.stopped = true;
      if (piece.steps > 0) step_milliseconds_ = piece.milliseconds / static_cast<double>(piece.steps);
      between_pieces(piece.steps);
    }
    result.stopped = interrupted;
    result.milliseconds = 1e3 * watch.seconds();
  }

  std::int64_t piece_steps(double milliseconds_left) const {
    std::int64_t steps = 1;
    // Half of what should fit: a device that slows down does not overrun the frame by much.
    if (step_milliseconds_ > 0)
      steps = std::max<std::int64_t>(
          1, static_cast<std::int64_t>(0.5 * std::min(milliseconds_left, 1e5) / std::max(step_milliseconds_, 1e-6)));
    steps = std::min(steps, options_.steps - step());
    if (options_.watch_every > 0) steps = std::min(steps, options_.watch_every - step() % options_.watch_every);
    return steps;
  }

  double loss_of(std::int64_t steps) const { return name_.empty() ? 0 : mean_of(trainer_.history(name_, steps)); }

  void between_pieces(std::int64_t steps) {
    if (steps == 0) return;
    watch();
    if (watch_.seconds() - reported_ >= options_.report_seconds || step() >= options_.steps) report();
    if (options_.save && watch_.seconds() - saved_ > options_.save_seconds) save_on_the_way();
  }

  /// A full disk must not end a run of hours: the checkpoint before stays, the next one is tried when it is due.
  void save_on_the_way() {
    try {
      save();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kIo) throw;
      saved_ = watch_.seconds();
      if (report_.warning.empty()) report_.warning.append("a checkpoint could not be saved: ").append(error.what());
    }
  }

  void watch() {
    if (options_.watch_every <= 0 || !options_.watch || step() % options_.watch_every != 0) return;
    const std::string warning = options_.watch(step(), loss_of(options_.watch_every));
    if (report_.warning.empty()) report_.warning = warning;
    if (options_.enough && options_.enough()) report_.ended_early = true;
  }

  void report() {
    reported_ = watch_.seconds();
    loss_ = loss_of(step() - reported_step_);
    reported_step_ = step();
    publish();
    if (!callback_) return;
    const double left = static_cast<double>(options_.steps - step()) / std::max(rate(), 1e-9);
    const Progress progress{step(), options_.steps, loss_, rate(), left, report_.warning};
    if (!callback_(progress) && step() < options_.steps) report_.stopped = true;
  }

  double rate() const { return static_cast<double>(report_.steps) / std::max(ran_, 1e-9); }

  void publish() {
    if (!options_.control) return;
    peak_bytes_ = std::max(peak_bytes_, bytes_);
    options_.control->publish({.step = step(),
                               .steps = options_.steps,
                               .loss = loss_,
                               .steps_per_second = rate(),
                               .current_bytes = bytes_,
                               .peak_bytes = peak_bytes_});
  }

  Trainer& trainer_;
  FitOptions options_;
  ProgressCallback callback_;
  std::int64_t first_step_;
  std::int64_t reported_step_;
  std::string name_;
  FitReport report_;
  Clock* clock_;
  Stopwatch watch_;
  double ran_ = 0;          ///< seconds spent in steps, pauses left out
  double saved_ = 0;        ///< seconds after the start
  double reported_ = -1e9;  ///< likewise: the first piece is reported
  double step_milliseconds_ = 0;
  double loss_ = 0;
  std::size_t bytes_;  ///< held by the trainer; written only while no other thread may release it
  std::size_t peak_bytes_ = 0;
  bool finished_ = false;
};

TrainingRun::TrainingRun(Trainer& trainer, FitOptions options, ProgressCallback callback)
    : implementation_(std::make_unique<Implementation>(trainer, std::move(options), std::move(callback))) {}

TrainingRun::~TrainingRun() = default;

RunResult TrainingRun::run_for(double milliseconds) { return implementation_->run_for(milliseconds); }
bool TrainingRun::done() const { return implementation_->done(); }
void TrainingRun::wait_until_allowed() { implementation_->wait_until_allowed(); }
FitReport TrainingRun::finish() { return implementation_->finish(); }

}  // namespace betwixt
