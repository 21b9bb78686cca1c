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
#include "betwixt/media/encode.h"
#include "commands.h"
#include "graph_options.h"
#include "model_pictures.h"
#include "plot_model.h"

namespace betwixt::cli {

CodesPlot codes_plot(const Codes& codes, const std::string& colour, const std::string& grid) {
  CodesPlot plot;
  if (colour == "order") return plot;
  if (grid.empty()) throw Error(ErrorCode::kMissing, "plot", "--colour %.16s needs --grid", colour.c_str());
  std::int64_t rows = 0, columns = 0;
  read_pair(grid, &rows, &columns);
  if (rows * columns != codes.count)
    throw Error(ErrorCode::kShape, "plot", "a grid of %.32s for %lld codes", grid.c_str(),
                static_cast<long long>(codes.count));
  plot.value_name = colour;
  for (std::int64_t i = 0; i < codes.count; ++i)
    plot.values.push_back(static_cast<double>(colour == "row" ? i / columns : i % columns));
  return plot;
}

std::vector<double> loss_curve_of(const JsonValue& training) {
  std::vector<double> values;
  if (const JsonValue* curve = training.find("curve"))
    for (const JsonValue& value : curve->items()) values.push_back(value.number());
  return values;
}

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
  const NeighbourGraph graph = open_graph(loaded.model, codes, a.graph);
  CodePair ends{a.from, a.to, 0};
  if (a.from < 0 || a.to < 0) ends = farthest_pair(codes);
  CodesPlot plot = codes_plot(codes, a.colour, a.grid);
  if (!a.no_edges) plot.graph = &graph;
  if (pictures) plot.pictures = &*pictures;
  plot.paths = {{"straight", straight_path(codes, ends.first, ends.second).points},
                {"graph", path_between(graph, ends.first, ends.second, a.graph).points}};
  save_image(a.output, plot_codes(codes, plot));
}

void plot_loss_command(const PlotArguments& a) {
  std::vector<Series> series;
  double last = 0;
  for (const std::string& file : a.files) {
    const LoadedModel loaded = load_model(open_device(a.device), file);
    series.push_back({path_name(file), loss_curve_of(loaded.training)});
    if (series.back().values.empty())
      throw Error(ErrorCode::kMissing, "plot", "%.128s holds no loss curve", file.c_str());
    if (const JsonValue* steps = loaded.training.find("steps")) last = std::max(last, steps->number());
  }
  save_image(a.output, plot_curves(series, {"training loss", "step", "loss", last, true}));
}

Series bars_of(const std::string& file, const std::string& measure, std::vector<std::string>& methods) {
  const Memory bytes = read_file(default_file_system(), file, 1 << 20);
  const JsonValue value = parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const JsonField rows = JsonField(value, path_name(file)).at("methods");
  Series series{path_name(file), {}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (methods.size() <= i) methods.push_back(rows.at(i).at("method").text());
    const JsonField field = rows.at(i).at(measure);
    series.values.push_back(field.value().is(JsonValue::Kind::kNull) ? std::nan("") : field.number());
  }
  return series;
}

void plot_metrics_command(const PlotArguments& a) {
  std::vector<std::string> methods;
  std::vector<Series> series;
  for (const std::string& file : a.files) series.push_back(bars_of(file, a.measure, methods));
  for (Series& s : series) s.values.resize(methods.size(), std::nan(""));
  save_image(a.output, plot_bars(methods, series, a.measure));
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
