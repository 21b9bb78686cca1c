// SPDX-License-Identifier: MIT
#include <cstdio>
#include <memory>

#include "CLI/CLI.hpp"
#include "betwixt/core/error.h"
#include "betwixt/core/file.h"
#include "betwixt/device/device_by_name.h"
#include "betwixt/io/json.h"
#include "betwixt/media/convert.h"
#include "betwixt/media/encode.h"
#include "betwixt/media/gif.h"
#include "betwixt/media/picture_folder.h"
#include "betwixt/methods/warp/flow_fit.h"
#include "colour.h"
#include "commands.h"
#include "progress_bar.h"

namespace betwixt::cli {
namespace {

struct WarpArguments {
  std::string first;
  std::string second;
  std::string output;
  std::string device = "cpu";
  std::string background;
  FlowFitOptions fit;
  int frames = 24;
  int threads = 0;
  int size = 0;
  int columns = 8;
  int scale = 1;
  double fps = 24;
  bool once = false;
  bool colours_stay = false;
  bool json = false;
};

/// Both pictures with the channels that either of them has.
Images load_pair(const WarpArguments& a) {
  const LoadOptions options{.size = a.size, .background = colour_in(a.background)};
  const Images first = load_image(a.first, options);
  const Images second = load_image(a.second, options);
  if (first.height != second.height || first.width != second.width)
    throw Error(ErrorCode::kMismatch, "warp",
                "%.128s is %d x %d, %.128s is %d x %d: both must be of one size (--size makes them so)",
                a.first.c_str(), first.width, first.height, a.second.c_str(), second.width, second.height);
  const bool colour = first.channels > 2 || second.channels > 2;
  const bool alpha = first.channels % 2 == 0 || second.channels % 2 == 0;
  const int channels = (colour ? 3 : 1) + (alpha ? 1 : 0);
  Images pair = convert_channels(first, channels);
  pair.append(convert_channels(second, channels));
  return pair;
}

std::size_t save(const WarpArguments& a, const Images& frames) {
  const std::string extension = path_extension(a.output);
  if (extension == ".gif") {
    save_gif(a.output, frames, {.fps = a.fps, .ping_pong = !a.once, .scale = a.scale});
    return 1;
  }
  if (extension == ".png") {
    save_contact_sheet(a.output, frames, a.columns, {.scale = a.scale});
    return 1;
  }
  return save_images(a.output, enlarge(frames, a.scale)).size();
}

void report_json(const WarpArguments& a, const FlowFitReport& r, const Device& device, std::size_t files) {
  JsonValue line = JsonValue::object();
  line.set("output", a.output).set("frames", a.frames).set("files", static_cast<std::int64_t>(files));
  line.set("device", device.info().name).set("levels", r.levels).set("steps", r.fit.steps);
  line.set("loss", r.fit.loss).set("seconds", r.fit.seconds).set("stopped", r.fit.stopped);
  line.set("motion", r.motion).set("largest", r.largest).set("occluded", r.occluded);
  line.set("difference", r.difference).set("residual", r.residual);
  std::printf("%s\n", to_text(line).c_str());
}

void report_text(const WarpArguments& a, const FlowFitReport& r, const Device& device) {
  std::printf("%s: %d frames; %lld steps on %d levels in %.1f s on %s%s\n", a.output.c_str(), a.frames,
              static_cast<long long>(r.fit.steps), r.levels, r.fit.seconds, device.info().name.c_str(),
              r.fit.stopped ? " (stopped early)" : "");
  std::printf("motion %.1f pixels, largest %.1f, hidden %.1f %%; difference %.4f, after moving %.4f\n", r.motion,
              r.largest, 100 * r.occluded, r.difference, r.residual);
}

void warp_command(WarpArguments& a) {
  const Images pair = load_pair(a);
  const Device device = open_device(a.device, {.cpu = {.threads = a.threads}});
  a.fit.stop = &g_stop;
  a.fit.recolor = !a.colours_stay;
  ProgressBar bar;
  const FlowFit fit(device, pair, a.fit, [&](const Progress& progress) {
    bar.show(progress);
    return true;
  });
  bar.finish();
  const std::size_t files = save(a, fit.frames(a.frames));
  if (a.json) {
    report_json(a, fit.report(), device, files);
  } else {
    report_text(a, fit.report(), device);
  }
}

void add_fit_options(CLI::App& command, FlowFitOptions& fit) {
  command.add_option("--levels", fit.levels, "Pyramid levels; 0 goes down to about 8 pixels")
      ->capture_default_str()
      ->check(CLI::Range(0, 16));
  command.add_option("--steps", fit.steps, "Steps on every level")->capture_default_str()->check(CLI::PositiveNumber);
  command.add_option("--lr", fit.learning_rate, "Pixels a step moves the flow at most")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command.add_option("--smoothness", fit.smoothness, "More moves larger parts as one")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command.add_option("--detail", fit.detail, "Weight of local contrast beside colours")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command.add_option("--search", fit.search, "Farthest motion looked for, as a share of the longer side; 0 is off")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  command.add_option("--seed", fit.seed, "Seed of everything random")->capture_default_str();
}

}  // namespace

void add_warp(CLI::App& app) {
  CLI::App* command = app.add_subcommand("warp", "Moves one picture into another, without learning a set.");
  const auto a = std::make_shared<WarpArguments>();
  command->add_option("first", a->first, "Picture to start with (PNG or JPEG)")->required();
  command->add_option("second", a->second, "Picture to end with, of the same size")->required();
  command->add_option("-o,--output", a->output, "FILE.gif, FILE.png (contact sheet) or a folder for PNG frames")
      ->required();
  command->add_option("--frames", a->frames, "Number of pictures from first to second, both included")
      ->capture_default_str()
      ->check(CLI::Range(2, 100000));
  command->add_flag("--once", a->once, "A GIF that only goes there; without it, there and back");
  add_fit_options(*command, a->fit);
  command->add_flag("--no-recolor", a->colours_stay, "Explain differences by motion only");
  command->add_option("--size", a->size, "Side of the square pictures become; 0 keeps their size")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_option("--background", a->background, "Colour that transparent pictures are put on");
  command->add_option("--fps", a->fps, "Pictures per second of a GIF")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 50.0));
  command->add_option("--columns", a->columns, "Columns of a contact sheet")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command->add_option("--scale", a->scale, "Enlarges each pixel so many times")
      ->capture_default_str()
      ->check(CLI::Range(1, 16));
  command->add_option("--threads", a->threads, "CPU threads; 0 is all")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_option("--device", a->device, "cpu, vulkan or vulkan:NAME")->capture_default_str();
  command->add_flag("--json", a->json, "Report as one JSON line");
  command->callback([a] { warp_command(*a); });
}

}  // namespace betwixt::cli
