// SPDX-License-Identifier: MIT
#include <cstdio>
#include <memory>

#include "CLI/CLI.hpp"
#include "betwixt/core/error.h"
#include "betwixt/device/device_by_name.h"
#include "betwixt/methods/autoencoder/evaluation.h"
#include "commands.h"
#include "graph_options.h"
#include "loss_options.h"
#include "model_pictures.h"

namespace betwixt::cli {
namespace {

struct EvaluateArguments {
  std::string model;
  std::string data;
  std::string grid;
  std::string features;
  std::string input = "imagenet";
  std::string heads;
  std::string device = "cpu";
  bool wrap = false;
  bool lines = false;
  bool json = false;
  std::uint64_t seed = 1;
  GraphArguments graph;
  EvaluationOptions options;
};

FeatureDistance open_features(const EvaluateArguments& a, const Device& device) {
  if (a.features.empty()) return FeatureDistance(FeatureNetwork::random(device));
  const bool heads = !a.heads.empty();
  const FeatureInput input = heads ? FeatureInput::kLpips : feature_input(a.input);
  return FeatureDistance(FeatureNetwork::load(device, a.features, {.input = input}),
                         heads ? LpipsHeads::load(a.heads) : LpipsHeads{});
}

void show_lines(const EvaluateArguments& a, const Autoencoder& model) {
  const std::vector<LinesRow> rows = evaluate_lines(model, a.seed);
  if (a.json) {
    std::printf("%s\n", to_text(to_json(rows)).c_str());
    return;
  }
  for (const LinesRow& row : rows)
    std::printf("%-9s  mean distance %.3e  smoothness %.4f\n", row.method.c_str(), row.mean_distance, row.smoothness);
}

void evaluate_command(EvaluateArguments& a) {
  const Device device = open_device(a.device);
  const LoadedModel loaded = load_model(device, a.model);
  if (a.lines) return show_lines(a, loaded.model);
  if (a.data.empty())
    throw Error(ErrorCode::kMissing, "evaluate", "%s", "which pictures? give --data FOLDER or --lines");
  a.options.grid = grid_in(a.grid);
  if (a.options.grid) a.options.grid->columns_wrap = a.wrap;
  a.options.graph = choice_of(a.graph);
  const Images pictures = pictures_for(loaded, a.data);
  const Codes codes = loaded.model.encode(pictures);
  FeatureDistance features = open_features(a, device);
  const Evaluation evaluation = evaluate(PathSet{loaded.model, pictures, codes}, features, a.options);
  if (a.json) {
    std::printf("%s\n", to_text(to_json(evaluation)).c_str());
    return;
  }
  std::printf("%lld pictures, reconstruction %.2f dB (imse %.2f), from picture %lld to %lld, k = %d\n",
              static_cast<long long>(pictures.count), evaluation.reconstruction_psnr, evaluation.reconstruction_imse,
              static_cast<long long>(evaluation.from), static_cast<long long>(evaluation.to), evaluation.k);
  std::printf("%s", to_table(evaluation).c_str());
}

}  // namespace

void add_evaluate(CLI::App& app) {
  CLI::App* command = app.add_subcommand("evaluate", "Measures every way of getting from one picture to another.");
  const auto a = std::make_shared<EvaluateArguments>();
  command->add_option("model", a->model, "Model file")->required();
  command->add_option("--data", a->data, "Folder of pictures");
  command->add_option("--from", a->options.from, "First picture; without --from and --to the pair farthest apart");
  command->add_option("--to", a->options.to, "Last picture");
  command->add_option("--frames", a->options.frames, "Pictures of every way, ends included")
      ->capture_default_str()
      ->check(CLI::Range(2, 10000));
  command->add_option("--grid", a->grid,
                      "Pictures are ROWSxCOLUMNS poses in order: perfect path, smoothness and M1-M4 are told as well");
  command->add_flag("--wrap", a->wrap, "The last column of the grid is next to the first");
  command
      ->add_option("--interval", a->options.interval, "Columns of the intervals of M1-M4; 0 is a quarter of the grid's")
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--every-second", a->options.every_second,
                    "Pictures are one sequence: PSNR, SSIM and features are those of every second one, recovered from "
                    "its neighbours");
  command->add_flag("--lines", a->lines, "ACAI's benchmark of lines, for a model of 32x32 grey pictures");
  command->add_option("--seed", a->seed, "Chooses the lines")->capture_default_str();
  command->add_option("--features", a->features, "Weights for the feature distance (.safetensors); without, randfeat");
  command->add_option("--features-input", a->input, "How those want pictures; caffe: DeepScale's SqueezeNet")
      ->capture_default_str()
      ->check(CLI::IsMember({"imagenet", "signed", "caffe"}));
  command->add_option("--lpips-heads", a->heads, "Heads that make the feature distance LPIPS (.safetensors)");
  add_graph_options(*command, a->graph);
  command->add_option("--device", a->device, "cpu, vulkan or vulkan:NAME")->capture_default_str();
  command->add_flag("--json", a->json, "One JSON value");
  command->callback([a] { evaluate_command(*a); });
}

}  // namespace betwixt::cli
