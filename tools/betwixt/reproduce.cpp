// SPDX-License-Identifier: MIT
#include "reproduce.h"

#include <cstdio>
#include <memory>

#include "CLI/CLI.hpp"
#include "betwixt/core/error.h"
#include "betwixt/core/file.h"
#include "commands.h"

namespace betwixt::cli {

bool find_run(const ReproduceArguments& a, const std::string& name, const std::string& settings, JsonValue* run) {
  FileSystem& files = default_file_system();
  const std::string path = path_join(a.output, name + ".json");
  if (!files.exists(path)) return false;
  const Memory bytes = read_file(files, path, 1 << 20);
  *run = parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (JsonField(*run, name).at("settings").text() != settings)
    throw Error(ErrorCode::kMismatch, "reproduce", "%.160s was made with other settings: choose another folder",
                path.c_str());
  return true;
}

void keep_text(const ReproduceArguments& a, const std::string& name, const std::string& text) {
  write_file_atomically(default_file_system(), path_join(a.output, name), std::as_bytes(std::span(text)));
}

void keep_run(const ReproduceArguments& a, const std::string& name, const std::string& settings, JsonValue run) {
  run.set("settings", settings).set("version", BETWIXT_VERSION).set("note", a.note);
  keep_text(a, name + ".json", to_text(run, 2) + "\n");
}

namespace {

void reproduce(const ReproduceArguments& a, const std::string& what) {
  default_file_system().make_folder(a.output);
  const bool plain_cpu = a.device == "cpu" && a.threads > 0;
  const Device device = open_device(plain_cpu ? "cpu:" + std::to_string(a.threads) : a.device);
  if (what == "sweeps" && a.pictures.empty())
    throw Error(ErrorCode::kMissing, "reproduce", "%s", "sweeps need --data FOLDER");
  const bool done = what == "surf" ? reproduce_surf(a, device) : reproduce_sweeps(a, device);
  if (!done) std::printf("stopped; the same command goes on from here\n");
}

}  // namespace

void add_reproduce(CLI::App& app) {
  CLI::App* command = app.add_subcommand("reproduce", "Repeats a published experiment; goes on where it was stopped.");
  const auto a = std::make_shared<ReproduceArguments>();
  const auto what = std::make_shared<std::string>();
  command
      ->add_option("experiment", *what,
                   "surf: graph against straight paths on a synthetic arm (Yadlin and Botchan); "
                   "sweeps: held-out frames of real sweeps")
      ->required()
      ->check(CLI::IsMember({"surf", "sweeps"}));
  command->add_option("-o,--output", a->output, "Folder for runs and tables")->required();
  command->add_option("--seeds", a->seeds, "Runs, with one seed after the other")
      ->capture_default_str()
      ->check(CLI::Range(1, 99));
  command->add_option("--first-seed", a->first_seed, "Seed of the first")
      ->capture_default_str()
      ->check(CLI::Range(1, 9999));
  command->add_option("--latents", a->latents, "surf: numbers in a code, such as 2,3")->delimiter(',');
  command->add_option("--epochs", a->epochs, "surf: passes over the pictures; the rate falls by 10 every quarter")
      ->capture_default_str()
      ->check(CLI::Range(1, 6000));
  command->add_option("--batch", a->batch, "surf: pictures per step")->capture_default_str()->check(CLI::Range(1, 64));
  command->add_option("--channels", a->channels, "surf: width")->capture_default_str()->check(CLI::Range(4, 256));
  command->add_option("--lr", a->learning_rate, "surf: learning rate")->capture_default_str();
  command->add_option("--stride", a->stride, "surf: every so many-th row and column of the 40 x 40 poses")
      ->capture_default_str()
      ->check(CLI::Range(1, 10));
  command->add_option("--data", a->pictures, "sweeps: folder with the frames, one sweep after another");
  command->add_option("--sweep", a->sweep, "sweeps: frames of one sweep")
      ->capture_default_str()
      ->check(CLI::Range(3, 999));
  command->add_option("--steps", a->steps, "sweeps: training steps")->capture_default_str()->check(CLI::PositiveNumber);
  command->add_option("--code", a->code, "sweeps: numbers in a code")->capture_default_str()->check(CLI::Range(1, 64));
  command->add_flag("!--no-base-picture", a->base_picture, "sweeps: a network that draws everything itself");
  command->add_option("--distance-features", a->features,
                      "sweeps: weights of DeepScale's SqueezeNet 1.1 for the feature distance; without, randfeat");
  add_loss_options(*command, a->loss);
  command->add_option("--note", a->note, "Kept with every run, such as the commit");
  command->add_option("--threads", a->threads, "CPU threads; 0 is all")->capture_default_str();
  command->add_option("--device", a->device, "cpu, vulkan or vulkan:NAME")->capture_default_str();
  command->callback([a, what] { reproduce(*a, *what); });
}

}  // namespace betwixt::cli
