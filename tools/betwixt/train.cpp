// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdio>
#include <memory>

#include "CLI/CLI.hpp"
#include "betwixt/core/error.h"
#include "betwixt/device/device_by_name.h"
#include "betwixt/io/json.h"
#include "betwixt/media/picture_folder.h"
#include "betwixt/methods/autoencoder/denoise.h"
#include "betwixt/methods/autoencoder/model_file.h"
#include "commands.h"
#include "progress_bar.h"

namespace betwixt::cli {
namespace {

struct TrainArguments {
  std::string folder;
  std::string output;
  std::string device = "cpu";
  std::string network = "upsample";
  std::string corruption = "normal";
  int size = 64;
  int channels = 64;
  int code = 3;
  int threads = 0;
  bool codes_left_out = false;
  bool json = false;
  double memory_mib = 0;
  DenoiseOptions train;
};

Device open(const TrainArguments& arguments) {
  const bool plain_cpu = arguments.device == "cpu" && arguments.threads > 0;
  return open_device(plain_cpu ? "cpu:" + std::to_string(arguments.threads) : arguments.device);
}

JsonValue training_record(const TrainArguments& a, const DenoiseReport& report) {
  JsonValue record = JsonValue::object();
  record.set("steps", report.resumed_at + report.fit.steps)
      .set("batch", a.train.batch)
      .set("learning_rate", a.train.learning_rate);
  record.set("noise", a.train.noise).set("corruption", a.corruption).set("code_noise", a.train.code_noise);
  record.set("weight_decay", a.train.weight_decay).set("validation", a.train.validation);
  record.set("seed", static_cast<std::int64_t>(a.train.seed)).set("loss", report.loss).set("variance", report.variance);
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

void train_command(TrainArguments& a) {
  a.train.corruption = a.corruption == "white" ? Corruption::kWhite : Corruption::kNormal;
  a.train.plan.memory_limit = static_cast<std::uint64_t>(a.memory_mib * (1 << 20));
  a.train.stop = &g_stop;
  const Images pictures = load_images(a.folder, {.size = a.size});
  const Device device = open(a);
  AutoencoderOptions options{
      .picture = {pictures.height, pictures.width, pictures.channels},
      .code = a.code,
      .network = a.network == "report" ? AutoencoderNetwork::kReport : AutoencoderNetwork::kUpsample,
      .channels = a.channels,
      .seed = a.train.seed};
  const Autoencoder model(device, options);
  ProgressBar bar;
  const DenoiseReport report = train(model, pictures, a.train, [&](const Progress& progress) {
    bar.show(progress);
    return true;
  });
  bar.finish();
  ModelExtras extras{.training = training_record(a, report)};
  if (!a.codes_left_out) {
    extras.codes = model.encode(pictures);
    extras.names = pictures.names;
  }
  save_model(a.output, model, extras);
  (a.json ? report_json : report_text)(a, report, pictures, device);
}

}  // namespace

void add_train(CLI::App& app) {
  CLI::App* command = app.add_subcommand("train", "Learns a folder of PNG and JPEG pictures.");
  const auto a = std::make_shared<TrainArguments>();
  command->add_option("folder", a->folder, "Folder of pictures")->required();
  command->add_option("-o,--output", a->output, "Model file to write (.safetensors)")->required();
  command->add_option("--size", a->size, "Side of the square pictures become; 0 keeps equal sizes")
      ->capture_default_str();
  command->add_option("--latent", a->code, "Numbers in a code")->capture_default_str()->check(CLI::Range(1, 4096));
  command->add_option("--channels", a->channels, "Width of the network")
      ->capture_default_str()
      ->check(CLI::Range(4, 1024));
  command->add_option("--network", a->network, "Which network")
      ->capture_default_str()
      ->check(CLI::IsMember({"upsample", "report"}));
  command->add_option("--steps", a->train.steps, "Training steps")->capture_default_str()->check(CLI::PositiveNumber);
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
  command->add_option("--seed", a->train.seed, "Seed of everything random")->capture_default_str();
  command->add_option("--threads", a->threads, "CPU threads; 0 is all")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_option("--device", a->device, "cpu, vulkan or vulkan:NAME")->capture_default_str();
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
  command->callback([a] { train_command(*a); });
}

}  // namespace betwixt::cli
