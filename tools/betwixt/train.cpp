// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>

#include "CLI/CLI.hpp"
#include "betwixt/core/error.h"
#include "betwixt/device/device_by_name.h"
#include "betwixt/io/json.h"
#include "betwixt/media/picture_folder.h"
#include "betwixt/methods/autoencoder/denoise.h"
#include "betwixt/methods/autoencoder/model_file.h"
#include "betwixt/methods/autoencoder/run_document.h"
#include "betwixt/train/seeds.h"
#include "colour.h"
#include "commands.h"
#include "loss_options.h"
#include "progress_bar.h"
#include "run_file.h"

namespace betwixt::cli {
namespace {

struct TrainArguments {
  std::string folder;
  std::string output;
  std::string device = "cpu";
  std::string storage = "f32";
  std::string network = "upsample";
  std::string corruption = "normal";
  std::string background;
  int size = 64;
  int channels = 64;
  int code = 3;
  int threads = 0;
  bool codes_left_out = false;
  bool base_picture = false;
  bool json = false;
  double memory_mib = 0;
  double epochs = 0;
  double step_epochs = 0;
  bool report_settings = false;
  LossArguments loss;
  int seeds = 1;
  std::string last;
  std::string config;
  std::string save_config;
  DenoiseOptions train;
};

/// Settings of Yadlin and Botchan's mean-squared-error runs; those given by name stay.
void take_report_settings(CLI::App& command, TrainArguments& a) {
  const auto unless_given = [&](const char* option, auto& value, auto published) {
    if (command.count(option) == 0) value = published;
  };
  unless_given("--network", a.network, "report");
  unless_given("--batch", a.train.batch, 8);
  unless_given("--noise", a.train.noise, 0.2);
  unless_given("--lr", a.train.learning_rate, 1e-2);
  unless_given("--weight-decay", a.train.weight_decay, 1e-5);
  unless_given("--code-noise", a.train.code_noise, 0.0);
  unless_given("--epochs", a.epochs, 600.0);
  unless_given("--step-epochs", a.step_epochs, a.epochs / 4);
  a.train.warmup = 0;
  a.train.clip_norm = 0;
  a.train.start_at_mean = false;
}

/// Epochs become steps once the number of pictures is known.
void count_steps(TrainArguments& a, std::int64_t pictures) {
  const auto steps = [&](double epochs) {
    return steps_in_epochs(epochs, pictures, a.train.validation, a.train.batch);
  };
  if (a.epochs > 0) a.train.steps = steps(a.epochs);
  if (a.step_epochs > 0) a.train.step_every = steps(a.step_epochs);
}

Device open(const TrainArguments& arguments) {
  const bool plain_cpu = arguments.device == "cpu" && arguments.threads > 0;
  return open_device(plain_cpu ? "cpu:" + std::to_string(arguments.threads) : arguments.device,
                     {.vulkan = {.storage = arguments.storage == "f16" ? DType::kF16 : DType::kF32}});
}

JsonValue training_record(const TrainArguments& a, const DenoiseReport& report) {
  JsonValue record = JsonValue::object();
  record.set("steps", report.resumed_at + report.fit.steps)
      .set("batch", a.train.batch)
      .set("learning_rate", a.train.learning_rate);
  record.set("noise", a.train.noise).set("corruption", a.corruption).set("code_noise", a.train.code_noise);
  record.set("weight_decay", a.train.weight_decay).set("validation", a.train.validation);
  if (a.train.validation > 0) record.set("validation_loss", report.validation_loss).set("best_step", report.best_step);
  record.set("seed", static_cast<std::int64_t>(a.train.seed)).set("loss", report.loss).set("variance", report.variance);
  if (a.storage != "f32") record.set("storage", a.storage);
  if (!a.background.empty()) record.set("background", a.background);
  record.set("loss_function", a.loss.loss);
  if (a.train.step_every > 0) record.set("step_every", a.train.step_every).set("step_factor", a.train.step_factor);
  return record;
}

/// What the model file keeps: the record with the loss curve. No times: the same run gives the same file.
JsonValue kept_record(const TrainArguments& a, const DenoiseReport& report) {
  JsonValue record = training_record(a, report);
  JsonValue curve = JsonValue::array();
  for (const double loss : report.curve) curve.push(loss);
  record.set("curve", std::move(curve));
  return record;
}

void report_json(const TrainArguments& a, const DenoiseReport& report, const Images& pictures, const Device& device) {
  JsonValue line = training_record(a, report);
  line.set("model", a.output).set("pictures", pictures.count).set("device", device.info().name);
  line.set("seconds", report.fit.seconds).set("stopped", report.fit.stopped).set("collapsed", report.collapsed);
  line.set("peak_bytes", static_cast<std::int64_t>(report.peak_bytes)).set("warning", report.fit.warning);
  std::printf("%s\n", to_text(line).c_str());
}

void report_text(const TrainArguments& a, const DenoiseReport& report, const Images& pictures, const Device& device) {
  std::printf("%s: %lld pictures, %lld steps in %.1f s on %s\n", a.output.c_str(),
              static_cast<long long>(pictures.count), static_cast<long long>(report.fit.steps), report.fit.seconds,
              device.info().name.c_str());
  std::printf("error %.3e (the mean picture alone: %.3e), training memory %.1f MiB\n", report.loss, report.variance,
              static_cast<double>(report.peak_bytes) / (1 << 20));
  if (report.resumed_at > 0)
    std::printf("went on from step %lld%s%s\n", static_cast<long long>(report.resumed_at),
                report.note.empty() ? "" : ": ", report.note.c_str());
  if (report.fit.stopped) std::printf("stopped early; what was learned is saved\n");
  if (report.fit.refused_steps > 0)
    std::printf("%lld steps had a loss or gradient that was not finite and changed nothing\n",
                static_cast<long long>(report.fit.refused_steps));
  if (report.collapsed)
    std::fprintf(stderr,
                 "warning: the model gives the mean picture only: try a lower --lr, less --noise or more --steps\n");
}

struct Trained {
  Autoencoder model;
  DenoiseReport report;
  std::uint64_t seed;
  /// What decides between seeds.
  double error() const { return report.best.empty() ? report.loss : report.validation_loss; }
};

Trained train_once(const TrainArguments& a, const Device& device, const Images& pictures, std::uint64_t seed) {
  const AutoencoderOptions options{
      .picture = {pictures.height, pictures.width, pictures.channels},
      .code = a.code,
      .network = a.network == "report" ? AutoencoderNetwork::kReport : AutoencoderNetwork::kUpsample,
      .channels = a.channels,
      .base_picture = a.base_picture,
      .seed = seed};
  const Autoencoder model(device, options);
  DenoiseOptions train_options = a.train;
  train_options.seed = seed;
  ProgressBar bar;
  const DenoiseReport report = train(model, pictures, train_options, [&](const Progress& progress) {
    bar.show(progress);
    return true;
  });
  bar.finish();
  return {model, report, seed};
}

/// The best of several seeds, told apart by the held-out pictures if there are any.
Trained train_seeds(const TrainArguments& a, const Device& device, const Images& pictures) {
  std::optional<Trained> best;
  const Spread spread = over_seeds(a.train.seed, a.seeds, [&](std::uint64_t seed) -> std::optional<double> {
    Trained trained = train_once(a, device, pictures, seed);
    const double error = trained.error();
    if (trained.report.fit.stopped && best) return std::nullopt;
    if (!best || error < best->error()) best.emplace(std::move(trained));
    return error;
  });
  std::fprintf(stderr, "%zu seeds: error %.3e +- %.1e (%.3e to %.3e), kept seed %llu\n", spread.values.size(),
               spread.mean, spread.deviation, spread.smallest, spread.largest,
               static_cast<unsigned long long>(best->seed));
  return *best;
}

ModelExtras extras_of(const TrainArguments& a, const Trained& trained, const Images& pictures) {
  ModelExtras extras{.training = kept_record(a, trained.report)};
  if (a.codes_left_out) return extras;
  extras.codes = trained.model.encode(pictures);
  extras.names = pictures.names;
  return extras;
}

void save_models(const TrainArguments& a, const Trained& trained, const Images& pictures) {
  save_model(a.output, trained.model, extras_of(a, trained, pictures));
  if (a.last.empty()) return;
  trained.report.last.restore(trained.model.parameters());
  save_model(a.last, trained.model, extras_of(a, trained, pictures));
  trained.report.best.restore(trained.model.parameters());
}

void check(const TrainArguments& a) {
  if (a.folder.empty()) throw CLI::RequiredError("folder");
  if (a.output.empty()) throw CLI::RequiredError("--output");
  if (!a.last.empty() && a.train.validation == 0)
    throw Error(ErrorCode::kArgument, "train", "--last needs --validation; without it the last weights are the model");
  if (a.seeds > 1 && !a.train.checkpoint.empty())
    throw Error(ErrorCode::kArgument, "train", "--checkpoint holds one run, --seeds asks for several");
}

void train_command(TrainArguments& a, CLI::App& command) {
  if (!a.config.empty()) read_run_file(command, a.config);
  if (a.report_settings) take_report_settings(command, a);
  check(a);
  a.train.corruption = a.corruption == "white" ? Corruption::kWhite : Corruption::kNormal;
  a.train.memory_limit = static_cast<std::uint64_t>(a.memory_mib * (1 << 20));
  a.train.stop = &g_stop;
  const Images pictures = load_images(a.folder, {.size = a.size, .background = colour_in(a.background)});
  if (!a.config.empty()) check_pictures(a.config, pictures);
  const Device device = open(a);
  count_steps(a, pictures.count);
  a.train.loss = open_loss(device, a.loss);
  if (!a.save_config.empty()) write_run_file(command, a.save_config, pictures, device.info().name);
  const Trained trained =
      a.seeds > 1 ? train_seeds(a, device, pictures) : train_once(a, device, pictures, a.train.seed);
  a.train.seed = trained.seed;
  save_models(a, trained, pictures);
  (a.json ? report_json : report_text)(a, trained.report, pictures, device);
}

}  // namespace

void add_train(CLI::App& app) {
  CLI::App* command = app.add_subcommand("train", "Learns a folder of PNG and JPEG pictures.");
  const auto a = std::make_shared<TrainArguments>();
  command->add_option("folder", a->folder, "Folder of pictures");
  command->add_option("-o,--output", a->output, "Model file to write (.safetensors)");
  command->add_option("--size", a->size, "Side of the square pictures become; 0 keeps equal sizes")
      ->capture_default_str();
  command->add_option(
      "--background", a->background,
      "Put transparent pictures on this colour (white, black, grey, #rrggbb); without it alpha is learned");
  command->add_option("--latent", a->code, "Numbers in a code")->capture_default_str()->check(CLI::Range(1, 4096));
  command->add_option("--channels", a->channels, "Width of the network")
      ->capture_default_str()
      ->check(CLI::Range(4, 1024));
  command->add_option("--network", a->network, "Which network")
      ->capture_default_str()
      ->check(CLI::IsMember({"upsample", "report"}));
  command->add_flag("--base-picture", a->base_picture,
                    "The network draws on a learned picture that starts at the median: for a few pictures of one scene "
                    "in which much stands still");
  command->add_option("--steps", a->train.steps, "Training steps")->capture_default_str()->check(CLI::PositiveNumber);
  command->add_option("--epochs", a->epochs, "Passes over the pictures, instead of --steps")
      ->check(CLI::PositiveNumber);
  command->add_option("--step-epochs", a->step_epochs, "The rate falls by 10 every so many epochs instead of smoothly")
      ->check(CLI::PositiveNumber);
  command->add_flag("!--in-order", a->train.shuffle, "Pictures in the order of the folder, not shuffled");
  command->add_flag(
      "--report", a->report_settings,
      "The published settings (Yadlin and Botchan): their network, batch 8, rate 0.01 by steps, 600 epochs, "
      "L2 1e-5, noise 0.2; other options still count");
  add_loss_options(*command, a->loss);
  command->add_option("--batch-parts", a->train.batch_parts, "Gradient accumulation: memory for one of so many parts")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command->add_option("--batch", a->train.batch, "Pictures per step")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command->add_option("--noise", a->train.noise, "Strength of the corruption")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_option("--corruption", a->corruption, "Kind of corruption")
      ->capture_default_str()
      ->check(CLI::IsMember({"normal", "white"}));
  command->add_option("--code-noise", a->train.code_noise, "Noise on codes, as a share of their spread")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_option("--lr", a->train.learning_rate, "Learning rate at its highest")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command->add_option("--weight-decay", a->train.weight_decay, "L2 on the weights")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_option("--validation", a->train.validation, "Share of pictures held out; the best weights are kept")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 0.9));
  command
      ->add_option("--patience", a->train.patience, "With --validation: stop after so many steps without a better one")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_option("--last", a->last, "With --validation: also write the last weights, to this file");
  command->add_option("--seed", a->train.seed, "Seed of everything random")->capture_default_str();
  command->add_option("--seeds", a->seeds, "Train with so many seeds, tell their spread, keep the best")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command->add_option("--threads", a->threads, "CPU threads; 0 is all")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_option("--device", a->device, "cpu, vulkan or vulkan:NAME")->capture_default_str();
  command
      ->add_option("--storage", a->storage,
                   "What activations and the weights in use are stored as on a GPU: f16 takes half the memory; the "
                   "weights that are learned stay f32")
      ->capture_default_str()
      ->check(CLI::IsMember({"f32", "f16"}));
  command->add_option("--memory", a->memory_mib, "Most training memory, MiB; 0 is no limit")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_option("--checkpoint", a->train.checkpoint,
                      "File to save the run to; a run that finds it goes on from it");
  command->add_option("--checkpoint-seconds", a->train.checkpoint_seconds, "Seconds between saves")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--no-codes", a->codes_left_out, "Do not keep the codes of the pictures in the model");
  command->add_flag("--json", a->json, "Report as one JSON line");
  command->add_option("--config", a->config, "Run file to take options from that are not given here");
  command->add_option("--save-config", a->save_config, "Write a run file that makes this run again");
  command->callback([a, command] { train_command(*a, *command); });
}

}  // namespace betwixt::cli
