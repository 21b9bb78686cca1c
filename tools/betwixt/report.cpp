// SPDX-License-Identifier: MIT
#include <cstdio>
#include <memory>

#include "CLI/CLI.hpp"
#include "betwixt/core/error.h"
#include "betwixt/core/file.h"
#include "betwixt/device/device_by_name.h"
#include "betwixt/media/encode.h"
#include "betwixt/media/gif.h"
#include "betwixt/methods/autoencoder/report_page.h"
#include "commands.h"
#include "graph_options.h"
#include "loss_options.h"
#include "model_pictures.h"

namespace betwixt::cli {
namespace {

struct ReportArguments {
  std::string model;
  std::string data;
  std::string output;
  std::string grid;
  std::string colour = "order";
  std::string features;
  std::string input = "imagenet";
  std::string device = "cpu";
  std::string title;
  GraphArguments graph;
  EvaluationOptions options;
};

ReportEncoders encoders() {
  return {.picture = [](const Images& picture) { return encode_png(picture); },
          .sheet = [](const Images& pictures, int columns) { return encode_png(contact_sheet(pictures, columns)); },
          .animation = [](const Images& frames, double fps,
                          int scale) { return encode_gif(frames, {.fps = fps, .ping_pong = true, .scale = scale}); }};
}

FeatureDistance open_features(const ReportArguments& a, const Device& device) {
  return FeatureDistance(a.features.empty()
                             ? FeatureNetwork::random(device)
                             : FeatureNetwork::load(device, a.features, {.input = feature_input(a.input)}));
}

void report(ReportArguments& a) {
  const Device device = open_device(a.device);
  const LoadedModel loaded = load_model(device, a.model);
  a.options.grid = grid_in(a.grid);
  a.options.graph = choice_of(a.graph);
  const Images pictures = pictures_for(loaded, a.data);
  const Codes codes = loaded.model.encode(pictures);
  FeatureDistance features = open_features(a, device);
  char note[160];
  std::snprintf(note, sizeof note, "This page was made on %.64s by betwixt %s.", device.info().name.c_str(),
                BETWIXT_VERSION);
  const std::string html = report_page(PathSet{loaded.model, pictures, codes}, loaded.training, features, encoders(),
                                       {.title = a.title.empty() ? "betwixt: " + path_name(a.model) : a.title,
                                        .evaluation = a.options,
                                        .colour = a.colour,
                                        .note = note});
  write_file_atomically(default_file_system(), a.output, std::as_bytes(std::span(html)));
  std::printf("%s: %.1f MB\n", a.output.c_str(), static_cast<double>(html.size()) / 1e6);
}

}  // namespace

void add_report(CLI::App& app) {
  CLI::App* command = app.add_subcommand("report", "One self-contained HTML page about a model.");
  const auto a = std::make_shared<ReportArguments>();
  command->add_option("model", a->model, "Model file")->required();
  command->add_option("--data", a->data, "Folder of its pictures")->required();
  command->add_option("-o,--output", a->output, "HTML file")->required();
  command->add_option("--title", a->title, "Title of the page");
  command->add_option("--from", a->options.from, "First picture; without, the pair of codes farthest apart");
  command->add_option("--to", a->options.to, "Last picture");
  command->add_option("--frames", a->options.frames, "Pictures of every animation")
      ->capture_default_str()
      ->check(CLI::Range(2, 1000));
  command->add_option("--grid", a->grid, "Pictures are ROWSxCOLUMNS poses in order");
  command->add_option("--colour", a->colour, "What colours the codes")
      ->capture_default_str()
      ->check(CLI::IsMember({"order", "row", "column"}));
  command->add_flag("--every-second", a->options.every_second, "Pictures are one sequence, as in `evaluate`");
  command->add_option("--features", a->features, "Weights for the feature distance (.safetensors); without, randfeat");
  command->add_option("--features-input", a->input, "How those want pictures")
      ->capture_default_str()
      ->check(CLI::IsMember({"imagenet", "signed", "caffe"}));
  add_graph_options(*command, a->graph);
  command->add_option("--device", a->device, "cpu, vulkan or vulkan:NAME")->capture_default_str();
  command->callback([a] { report(*a); });
}

}  // namespace betwixt::cli
