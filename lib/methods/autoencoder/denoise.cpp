// SPDX-License-Identifier: MIT
#include "betwixt/methods/autoencoder/denoise.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "betwixt/core/error.h"
#include "betwixt/methods/autoencoder/model_file.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/losses.h"
#include "betwixt/ops/random.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/unary.h"
#include "betwixt/train/training_checkpoint.h"

namespace betwixt {
namespace {

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
  std::ranges::sort(order, {}, [&](std::int64_t i) { return std::pair(rank(i), i); });
  std::ranges::sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(held));
  std::ranges::sort(order.begin() + static_cast<std::ptrdiff_t>(held), order.end());
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
  if (!(options.learning_rate > 0) || !(options.noise >= 0) || !(options.code_noise >= 0))
    throw Error(ErrorCode::kValue, "train", "learning rate %g, noise %g, code noise %g", options.learning_rate,
                options.noise, options.code_noise);
  if (!(options.validation >= 0 && options.validation < 1))
    throw Error(ErrorCode::kValue, "train", "a validation share of %g", options.validation);
}

Tensor corrupt(const TrainStep& step, const Tensor& clean, const DenoiseOptions& options) {
  if (options.noise == 0) return clean;
  const RandomStream stream = step.stream("denoise/noise");
  // Zero of the report's [-1, 1] pictures is the middle of ours, and its unit is half of our range.
  if (options.corruption == Corruption::kNormal) return corrupt_normal(clean, options.noise / 2, stream, step.step());
  return corrupt_white(clean - 0.5, options.noise, stream, step.step()) + 0.5;
}

OptimizerOptions optimizer_options(const DenoiseOptions& options) {
  return {.rate = {.kind = ScheduleKind::kCosine,
                   .base = options.learning_rate,
                   .warmup_steps = static_cast<std::uint32_t>(std::min(options.warmup, options.steps)),
                   .total_steps = static_cast<std::uint32_t>(options.steps),
                   .final_value = options.learning_rate * options.final_rate},
          .weight_decay = options.weight_decay,
          .clip_norm = options.clip_norm};
}

/// Noise in proportion to the spread of this batch's codes.
Tensor shake(const TrainStep& step, const Tensor& codes, double amount) {
  if (amount == 0) return codes;
  const Tensor centred = codes - mean(codes, {0}, true);
  const Tensor spread = sqrt(mean(square(centred), {0}, true) + 1e-12);
  const Tensor noise = random_normal(step.stream("denoise/code"), step.step(), codes.shape());
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
std::string run_description(const Autoencoder& model, const DataSet& data, const DenoiseOptions& o,
                            std::int64_t batch) {
  JsonValue value = JsonValue::object();
  value.set("model", describe(model.options())).set("pictures", data.count()).set("batch", batch);
  value.set("steps", o.steps).set("rate", o.learning_rate).set("warmup", o.warmup).set("final", o.final_rate);
  value.set("decay", o.weight_decay).set("noise", o.noise).set("corruption", static_cast<int>(o.corruption));
  value.set("code_noise", o.code_noise).set("clip", o.clip_norm).set("validation", o.validation);
  value.set("seed", std::to_string(o.seed)).set("variance", data.variance());
  return to_text(value);
}

/// Keeps the weights that do best on the held-out pictures, in states that checkpoints hold as well.
class BestWeights {
 public:
  BestWeights(const Autoencoder& model, const Images& held_out, Trainer& trainer) : model_(model), held_out_(held_out) {
    if (held_out.count == 0) return;
    weights_ = State(model.device(), "best.weights", model.parameters().arena().type());
    error_ = State(model.device(), "best.error", {{1}, DType::kF32});
    error_.write(std::vector<float>{1e30f});
    trainer.keep(weights_);
    trainer.keep(error_);
  }

  void look() {
    if (held_out_.count == 0) return;
    const auto error = static_cast<float>(reconstruction_error(model_, held_out_));
    if (!(error < error_.values<float>()[0])) return;
    error_.write(std::vector<float>{error});
    weights_.write(model_.parameters().arena().values<float>());
  }
  double restore() {
    if (held_out_.count == 0) return 0;
    look();
    model_.parameters().arena().write(weights_.values<float>());
    return static_cast<double>(error_.values<float>()[0]);
  }

 private:
  const Autoencoder& model_;
  const Images& held_out_;
  State weights_;
  State error_;
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

DenoiseReport train(const Autoencoder& model, const Images& pictures, const DenoiseOptions& options,
                    const ProgressCallback& callback) {
  check(model, pictures, options);
  const Split sets = split(pictures, options);
  const DataSet data(model.device(), sets.learned);
  model.start_at(data.channel_means());
  const Optimizer optimizer(model.parameters(), optimizer_options(options));
  const std::int64_t batch = std::min(options.batch, data.count());
  Trainer trainer(model.device(), {.seed = options.seed, .plan = options.plan}, [&](TrainStep& step) {
    const Tensor clean = step.batch(data, batch);
    const Tensor codes = model.encode(step.pass(), corrupt(step, clean, options));
    const Tensor back = model.decode(step.pass(), shake(step, codes, options.code_noise));
    const Tensor loss = mse_loss(back, clean);
    step.log("loss", loss);
    step.minimize(optimizer, loss);
  });
  BestWeights best(model, sets.held_out, trainer);
  DenoiseReport report;
  const std::string description = run_description(model, data, options, batch);
  if (!options.checkpoint.empty()) {
    const TrainingRestored restored = load_training(default_file_system(), options.checkpoint, trainer, description);
    report.resumed_at = restored.step;
    report.note = restored.note;
  }
  report.variance = data.variance();
  report.peak_bytes = trainer.program().peak_bytes();
  std::function<void()> save;
  if (!options.checkpoint.empty())
    save = [&] { save_training(default_file_system(), options.checkpoint, trainer, description); };
  const FitOptions fit_options{.steps = options.steps,
                               .stop = options.stop,
                               .watch_every = std::max<std::int64_t>(100, options.steps / 20),
                               .watch =
                                   [&](std::int64_t step, double loss) {
                                     best.look();
                                     return collapse_warning(loss, data.variance(), step, options);
                                   },
                               .save_seconds = options.checkpoint_seconds,
                               .save = save};
  report.fit = fit(trainer, fit_options, callback);
  report.validation_loss = best.restore();
  report.loss = reconstruction_error(model, sets.learned);
  report.collapsed = !report.fit.stopped && data.variance() > 0 && report.loss >= 0.9 * data.variance();
  return report;
}

}  // namespace betwixt
