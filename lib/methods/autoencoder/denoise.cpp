// SPDX-License-Identifier: MIT
#include "betwixt/methods/autoencoder/denoise.h"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <optional>

#include "betwixt/core/error.h"
#include "betwixt/image/median_picture.h"
#include "betwixt/io/checksum.h"
#include "betwixt/methods/autoencoder/model_file.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/losses.h"
#include "betwixt/ops/random.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/unary.h"
#include "betwixt/train/best_weights.h"
#include "betwixt/train/training_checkpoint.h"
#include "betwixt/train/training_run.h"

namespace betwixt {
namespace {

constexpr double kPieceMilliseconds = 100;

/// The pictures learned and those held out.
struct Split {
  Images learned;
  Images held_out;
};

Split split(const Images& pictures, const DenoiseOptions& options) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(pictures.count));
  std::iota(order.begin(), order.end(), 0);
  const auto held = static_cast<std::size_t>(options.validation * static_cast<double>(pictures.count));
  if (held == 0) return {pictures, Images()};
  const RandomStream stream(options.seed, "validation");
  auto rank = [&](std::int64_t i) { return philox({static_cast<std::uint32_t>(i), 0, 0, 0}, stream.key())[0]; };
  std::sort(order.begin(), order.end(),
            [&](std::int64_t a, std::int64_t b) { return std::pair(rank(a), a) < std::pair(rank(b), b); });
  std::sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(held));
  std::sort(order.begin() + static_cast<std::ptrdiff_t>(held), order.end());
  const std::span<const std::int64_t> all(order);
  return {pictures.select(all.subspan(held)), pictures.select(all.first(held))};
}

void check(const Autoencoder& model, const Images& pictures, const DenoiseOptions& options) {
  const Shape& p = model.options().picture;
  if (pictures.count == 0) throw Error(ErrorCode::kArgument, "train", "there are no pictures");
  if (pictures.height != p[0] || pictures.width != p[1] || pictures.channels != p[2])
    throw Error(ErrorCode::kShape, "train", "the model takes pictures of %s, not [%d, %d, %d]", p.text().c_str(),
                pictures.height, pictures.width, pictures.channels);
  if (options.steps < 1 || options.steps > 0xffffffffll || options.batch < 1)
    throw Error(ErrorCode::kArgument, "train", "%lld steps of %lld pictures", static_cast<long long>(options.steps),
                static_cast<long long>(options.batch));
  const std::int64_t batch = std::min(options.batch, pictures.count);
  if (options.batch_parts < 1 || (options.validation == 0 && batch % options.batch_parts != 0))
    throw Error(ErrorCode::kArgument, "train", "a batch of %lld in %d parts", static_cast<long long>(batch),
                options.batch_parts);
  if (!(options.learning_rate > 0) || !(options.noise >= 0) || !(options.code_noise >= 0))
    throw Error(ErrorCode::kValue, "train", "learning rate %g, noise %g, code noise %g", options.learning_rate,
                options.noise, options.code_noise);
  if (options.patience < 0 || (options.patience > 0 && options.validation == 0))
    throw Error(ErrorCode::kArgument, "train", "a patience of %lld steps with a validation share of %g",
                static_cast<long long>(options.patience), options.validation);
  if (options.step_every < 0 || options.step_every > 0xffffffffll || !(options.step_factor > 0))
    throw Error(ErrorCode::kValue, "train", "a rate that falls by %g every %lld steps", options.step_factor,
                static_cast<long long>(options.step_every));
  if (!(options.validation >= 0 && options.validation < 1))
    throw Error(ErrorCode::kValue, "train", "a validation share of %g", options.validation);
}

/// "NAME", "NAME.1", "NAME.2" ...: every part of a batch has noise of its own.
std::string of_part(std::string name, int part) {
  if (part == 0) return name;
  return name.append(".").append(std::to_string(part));
}

Tensor corrupt(const TrainStep& step, const Tensor& clean, const DenoiseOptions& options, int part) {
  if (options.noise == 0) return clean;
  const RandomStream stream = step.stream(of_part("denoise/noise", part));
  // Zero of the report's [-1, 1] pictures is the middle of ours, and its unit is half of our range.
  if (options.corruption == Corruption::kNormal) return corrupt_normal(clean, options.noise / 2, stream, step.step());
  return corrupt_white(clean - 0.5, options.noise, stream, step.step()) + 0.5;
}

OptimizerOptions optimizer_options(const DenoiseOptions& options) {
  return {.rate = {.kind = options.step_every > 0 ? ScheduleKind::kStep : ScheduleKind::kCosine,
                   .base = options.learning_rate,
                   .warmup_steps = static_cast<std::uint32_t>(std::min(options.warmup, options.steps)),
                   .decay_every = static_cast<std::uint32_t>(std::max<std::int64_t>(options.step_every, 1)),
                   .factor = options.step_factor,
                   .total_steps = static_cast<std::uint32_t>(options.steps),
                   .final_value = options.learning_rate * options.final_rate},
          .weight_decay = options.weight_decay,
          .clip_norm = options.clip_norm};
}

/// Noise in proportion to the spread of this batch's codes.
Tensor shake(const TrainStep& step, const Tensor& codes, double amount, int part) {
  if (amount == 0) return codes;
  const Tensor centred = codes - mean(codes, {0}, true);
  const Tensor spread = sqrt(mean(square(centred), {0}, true) + 1e-12);
  const Tensor noise = random_normal(step.stream(of_part("denoise/code", part)), step.step(), codes.shape());
  return codes + noise * (stop_gradient(spread) * amount);
}

/// Notices a model that has not left the mean picture.
std::string collapse_warning(double loss, double variance, std::int64_t step, const DenoiseOptions& options) {
  if (step < options.warmup + 300 || loss < 0.9 * variance) return {};
  char text[256];
  std::snprintf(text, sizeof text,
                "after %lld steps the model is no better than the mean picture (error %.2e of %.2e): "
                "try a lower learning rate (now %g), less noise, or more steps",
                static_cast<long long>(step), loss, variance, options.learning_rate);
  return text;
}

/// All that makes a run besides the states: a checkpoint of another run is refused.
std::string run_description(const Autoencoder& model, const Split& sets, const DataSet& data, const DenoiseOptions& o,
                            std::int64_t batch) {
  Xxh64 pixels;
  pixels.add(std::as_bytes(std::span(sets.learned.pixels)));
  pixels.add(std::as_bytes(std::span(sets.held_out.pixels)));
  JsonValue value = JsonValue::object();
  value.set("model", describe(model.options())).set("pictures", data.count()).set("batch", batch);
  value.set("pixels", checksum_text(pixels.value()));
  value.set("steps", o.steps).set("rate", o.learning_rate).set("warmup", o.warmup).set("final", o.final_rate);
  value.set("decay", o.weight_decay).set("noise", o.noise).set("corruption", static_cast<int>(o.corruption));
  value.set("code_noise", o.code_noise).set("clip", o.clip_norm).set("validation", o.validation);
  value.set("patience", o.patience);
  value.set("step_every", o.step_every).set("step_factor", o.step_factor).set("shuffle", o.shuffle);
  value.set("start_at_mean", o.start_at_mean).set("loss", o.loss.text());
  value.set("seed", std::to_string(o.seed)).set("variance", data.variance());
  if (o.batch_parts != 1) value.set("batch_parts", o.batch_parts);
  return to_text(value);
}

TrainerOptions trainer_options(const DenoiseOptions& options) {
  return {.seed = options.seed,
          .shuffle = options.shuffle,
          .history = std::clamp<std::int64_t>(options.steps, 4096, std::int64_t{1} << 18),
          .plan = options.plan,
          .memory_limit = options.memory_limit};
}

/// The logged loss in at most 240 pieces.
std::vector<double> loss_curve(const Trainer& trainer) {
  const std::vector<float> losses = trainer.history("loss", trainer.step());
  const std::size_t pieces = std::min<std::size_t>(losses.size(), 240);
  std::vector<double> curve;
  for (std::size_t i = 0; i < pieces; ++i) {
    const std::size_t begin = i * losses.size() / pieces, end = (i + 1) * losses.size() / pieces;
    double sum = 0;
    for (std::size_t j = begin; j < end; ++j) sum += losses[j];
    curve.push_back(sum / static_cast<double>(end - begin));
  }
  return curve;
}

/// Refuses in advance what the pictures, the weights and their moments alone would pass.
void check_memory(const Autoencoder& model, const Images& pictures, const DenoiseOptions& options) {
  const std::uint64_t weights = 3 * sizeof(float) * static_cast<std::uint64_t>(model.parameters().element_count());
  const std::uint64_t needed = weights + pictures.pixels.size();
  if (options.memory_limit == 0 || needed <= options.memory_limit) return;
  throw Error(ErrorCode::kLimit, "train", "weights and moments take %llu bytes, the pictures %llu",
              static_cast<unsigned long long>(weights), static_cast<unsigned long long>(pictures.pixels.size()))
      .expected("at most %llu", static_cast<unsigned long long>(options.memory_limit))
      .limit("memory_limit");
}

/// Looks at the held-out pictures and keeps the weights that do best on them.
class HeldOut {
 public:
  HeldOut(const Autoencoder& model, const Images& pictures, const DenoiseOptions& options, Trainer& trainer)
      : model_(model), pictures_(pictures) {
    if (pictures.count > 0) best_.emplace(model.parameters(), trainer, options.patience);
  }

  void look() {
    if (best_) best_->look(reconstruction_error(model_, pictures_));
  }
  bool enough() const { return best_ && best_->enough(); }
  /// Leaves the model with the best weights. A cancelled run takes no more look.
  void finish(DenoiseReport& report) {
    if (!best_) return;
    if (!report.fit.cancelled) look();
    report.last = WeightsCopy(model_.parameters());
    best_->restore();
    report.best = WeightsCopy(model_.parameters());
    report.best_step = best_->any() ? best_->step() : 0;
    report.validation_loss = best_->error();
  }

 private:
  const Autoencoder& model_;
  const Images& pictures_;
  std::optional<BestWeights> best_;
};

}  // namespace

double reconstruction_error(const Autoencoder& model, const Images& pictures) {
  const Images back = model.reconstruct(pictures);
  double sum = 0;
  for (std::size_t i = 0; i < back.pixels.size(); ++i) {
    const double d = (static_cast<double>(back.pixels[i]) - pictures.pixels[i]) / 255.0;
    sum += d * d;
  }
  return back.pixels.empty() ? 0 : sum / static_cast<double>(back.pixels.size());
}

struct DenoiseRun::Implementation {
  Implementation(const Autoencoder& trained, const Images& pictures, const DenoiseOptions& wanted,
                 const ProgressCallback& callback);
  void start() const;
  void build(TrainStep& step) const;
  Tensor loss_of_part(TrainStep& step, int part) const;
  void restore();
  void save() { save_training(default_file_system(), options.checkpoint, trainer, description); }
  std::string watch(std::int64_t step, double loss);
  FitOptions fit_options();
  const DenoiseReport& finish();

  Autoencoder model;
  DenoiseOptions options;
  Split sets;
  DataSet data;
  Optimizer optimizer;
  std::int64_t batch;
  Trainer trainer;
  std::string description;
  std::optional<HeldOut> held_out;
  DenoiseReport report;
  std::optional<TrainingRun> run;
  bool finished = false;
};

DenoiseRun::Implementation::Implementation(const Autoencoder& trained, const Images& pictures,
                                           const DenoiseOptions& wanted, const ProgressCallback& callback)
    : model(trained),
      options(wanted),
      sets((check(trained, pictures, wanted), check_memory(trained, pictures, wanted), split(pictures, wanted))),
      data(trained.device(), sets.learned),
      optimizer(trained.parameters(), optimizer_options(wanted)),
      batch(std::min(wanted.batch, data.count())),
      trainer(trained.device(), trainer_options(wanted), [this](TrainStep& step) { build(step); }),
      description(run_description(trained, sets, data, wanted, batch)) {
  held_out.emplace(model, sets.held_out, options, trainer);
  restore();
  report.variance = data.variance();
  report.peak_bytes = trainer.memory().peak();
  run.emplace(trainer, fit_options(), callback);
  // Last, so that whatever is refused above leaves the model as it was.
  if (options.start_at_mean && report.resumed_at == 0) start();
}

void DenoiseRun::Implementation::start() const {
  if (model.options().base_picture) return model.start_at(median_picture(sets.learned));
  model.start_at(data.channel_means());
}

void DenoiseRun::Implementation::build(TrainStep& step) const {
  Tensor sum;
  step.minimize(optimizer, options.batch_parts, [&](int part) {
    const Tensor loss = loss_of_part(step, part);
    sum = part == 0 ? loss : sum + loss;
    return loss;
  });
  step.log("loss", options.batch_parts == 1 ? sum : sum * (1.0 / options.batch_parts));
}

Tensor DenoiseRun::Implementation::loss_of_part(TrainStep& step, int part) const {
  const int parts = options.batch_parts;
  const Tensor clean = parts == 1 ? step.batch(data, batch) : step.batch_part(data, batch, part, parts);
  const Tensor codes = model.encode(step.pass(), corrupt(step, clean, options, part));
  const Tensor back = model.decode(step.pass(), shake(step, codes, options.code_noise, part));
  return options.loss.empty() ? mse_loss(back, clean) : options.loss(step.pass(), back, clean);
}

void DenoiseRun::Implementation::restore() {
  if (options.checkpoint.empty()) return;
  const TrainingRestored restored = load_training(default_file_system(), options.checkpoint, trainer, description);
  report.resumed_at = restored.step;
  report.note = restored.note;
}

std::string DenoiseRun::Implementation::watch(std::int64_t step, double loss) {
  held_out->look();
  if (!options.loss.empty()) return {};  // in other units than the variance
  return collapse_warning(loss, data.variance(), step, options);
}

FitOptions DenoiseRun::Implementation::fit_options() {
  FitOptions fit{.steps = options.steps,
                 .stop = options.stop,
                 .control = options.control,
                 .watch_every = std::max<std::int64_t>(100, options.steps / 20),
                 .watch = [this](std::int64_t step, double loss) { return watch(step, loss); },
                 .enough = [this] { return held_out->enough(); },
                 .save_seconds = options.checkpoint_seconds};
  if (!options.checkpoint.empty()) fit.save = [this] { save(); };
  return fit;
}

const DenoiseReport& DenoiseRun::Implementation::finish() {
  if (finished) return report;
  report.fit = run->finish();
  report.curve = loss_curve(trainer);
  held_out->finish(report);
  report.loss = report.fit.cancelled ? report.fit.loss : reconstruction_error(model, sets.learned);
  report.collapsed = !report.fit.stopped && data.variance() > 0 && report.loss >= 0.9 * data.variance();
  finished = true;
  return report;
}

DenoiseRun::DenoiseRun(const Autoencoder& model, const Images& pictures, const DenoiseOptions& options,
                       const ProgressCallback& callback)
    : implementation_(std::make_unique<Implementation>(model, pictures, options, callback)) {}

DenoiseRun::~DenoiseRun() = default;

RunResult DenoiseRun::run_for(double milliseconds) { return implementation_->run->run_for(milliseconds); }
bool DenoiseRun::done() const { return implementation_->run->done(); }
void DenoiseRun::wait_until_allowed() { implementation_->run->wait_until_allowed(); }
DenoiseReport DenoiseRun::finish() { return implementation_->finish(); }

DenoiseReport train(const Autoencoder& model, const Images& pictures, const DenoiseOptions& options,
                    const ProgressCallback& callback) {
  DenoiseRun run(model, pictures, options, callback);
  while (!run.done()) {
    run.wait_until_allowed();
    run.run_for(kPieceMilliseconds);
  }
  return run.finish();
}

}  // namespace betwixt
