// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <optional>

#include "CLI/CLI.hpp"
#include "betwixt/core/error.h"
#include "betwixt/core/file.h"
#include "betwixt/device/device_by_name.h"
#include "betwixt/interp/paths.h"
#include "betwixt/interp/plot_codes.h"
#include "betwixt/media/encode.h"
#include "betwixt/methods/autoencoder/report_page.h"
#include "commands.h"
#include "graph_options.h"
#include "model_pictures.h"

namespace betwixt::cli {

namespace {

struct PlotArguments {
  std::string model;
  std::string data;
  std::string output;
  std::string colour = "order";
  std::string grid;
  std::string measure = "imse";
  std::string device = "cpu";
  std::int64_t from = -1, to = -1;
  bool no_edges = false;
  std::vector<std::string> files;
  GraphArguments graph;
};

void plot_codes_command(const PlotArguments& a) {
  const LoadedModel loaded = load_model(open_device(a.device), a.model);
  std::optional<Images> pictures;
  if (!a.data.empty()) pictures = pictures_for(loaded, a.data);
  const Codes codes = pictures ? loaded.model.encode(*pictures) : loaded.codes;
  if (codes.count == 0)
    throw Error(ErrorCode::kMissing, "plot", "%.128s was saved without codes: give --data FOLDER", a.model.c_str());
  const GraphChoice choice = choice_of(a.graph);
  const NeighbourGraph graph = make_graph(loaded.model, codes, choice);
  CodePair ends{a.from, a.to, 0};
  if (a.from < 0 || a.to < 0) ends = farthest_pair(codes);
  CodesPlot plot{.values = codes_colours(codes.count, a.colour, grid_in(a.grid)), .value_name = a.colour};
  if (!a.no_edges) plot.graph = &graph;
  if (pictures) plot.pictures = &*pictures;
  plot.paths = {{"straight", straight_path(codes, ends.first, ends.second).points},
                {"graph", path_between(graph, ends.first, ends.second, choice).points}};
  save_image(a.output, plot_codes(codes, plot));
}

void plot_loss_command(const PlotArguments& a) {
  std::vector<std::string> names;
  std::vector<LoadedModel> models;
  std::vector<const JsonValue*> trainings;
  for (const std::string& file : a.files) {
    names.push_back(path_name(file));
    models.push_back(load_model(open_device(a.device), file));
    if (loss_curve_of(models.back().training).empty())
      throw Error(ErrorCode::kMissing, "plot", "%.128s holds no loss curve", file.c_str());
  }
  for (const LoadedModel& model : models) trainings.push_back(&model.training);
  save_image(a.output, plot_losses(names, trainings));
}

void plot_metrics_command(const PlotArguments& a) {
  std::vector<std::string> names;
  std::vector<JsonValue> evaluations;
  for (const std::string& file : a.files) {
    const Memory bytes = read_file(default_file_system(), file, 1 << 20);
    names.push_back(path_name(file));
    evaluations.push_back(parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
  }
  save_image(a.output, plot_measure(names, evaluations, a.measure));
}

}  // namespace

void add_plot(CLI::App& app) {
  CLI::App* command = app.add_subcommand("plot", "Draws codes, losses or measures as a PNG.");
  command->require_subcommand(1);
  const auto a = std::make_shared<PlotArguments>();
  CLI::App* codes = command->add_subcommand("codes", "Codes, the graph, and the straight and graph paths over them.");
  codes->add_option("model", a->model, "Model file")->required();
  codes->add_option("--data", a->data, "Folder of pictures: encoded anew, and some shown where they lie");
  codes->add_option("--colour", a->colour, "What colours a code")
      ->capture_default_str()
      ->check(CLI::IsMember({"order", "row", "column"}));
  codes->add_option("--grid", a->grid, "Pictures are ROWSxCOLUMNS poses in order");
  codes->add_option("--from", a->from, "First picture; without, the pair of codes farthest apart");
  codes->add_option("--to", a->to, "Last picture");
  codes->add_flag("--no-edges", a->no_edges, "Leave the links out");
  add_graph_options(*codes, a->graph);
  CLI::App* loss = command->add_subcommand("loss", "Loss curves of one or more models.");
  loss->add_option("models", a->files, "Model files")->required();
  CLI::App* metrics = command->add_subcommand("metrics", "Bars of one measure, from files of `evaluate --json`.");
  metrics->add_option("files", a->files, "JSON files")->required();
  metrics->add_option("--measure", a->measure, "Which")->capture_default_str();
  for (CLI::App* each : {codes, loss, metrics}) each->add_option("-o,--output", a->output, "PNG file")->required();
  codes->callback([a] { plot_codes_command(*a); });
  loss->callback([a] { plot_loss_command(*a); });
  metrics->callback([a] { plot_metrics_command(*a); });
}

}  // namespace betwixt::cli
