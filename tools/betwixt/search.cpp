// SPDX-License-Identifier: MIT
// Grid search over training settings. Every finished run is kept as a file of its own, so a stopped search goes on.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <memory>

#include "CLI/CLI.hpp"
#include "betwixt/core/error.h"
#include "betwixt/core/file.h"
#include "betwixt/device/device_by_name.h"
#include "betwixt/image/charts.h"
#include "betwixt/media/encode.h"
#include "betwixt/media/picture_folder.h"
#include "betwixt/methods/autoencoder/denoise.h"
#include "betwixt/methods/autoencoder/model_file.h"
#include "commands.h"
#include "loss_options.h"
#include "progress_bar.h"

namespace betwixt::cli {
namespace {

struct SearchArguments {
  std::string folder;
  std::string output;
  std::string device = "cpu";
  std::string network = "upsample";
  std::vector<std::string> vary;
  int size = 64;
  double epochs = 0;
  int threads = 0;
  LossArguments loss;
  DenoiseOptions train;
};

/// One setting to vary and its values as text.
struct Axis {
  std::string name;
  std::vector<std::string> values;
};

/// One point of the grid: a value per axis.
using Point = std::vector<std::string>;

const std::vector<std::string> kAxes = {"lr",   "batch",        "channels",   "latent", "noise", "corruption",
                                        "loss", "weight-decay", "code-noise", "steps",  "seed"};

Axis parse_axis(const std::string& text) {
  const std::size_t sign = text.find('=');
  Axis axis{text.substr(0, sign), {}};
  if (sign == std::string::npos || std::ranges::find(kAxes, axis.name) == kAxes.end())
    throw Error(ErrorCode::kSyntax, "search", "\"%.64s\" is no setting such as lr=0.01,0.001", text.c_str());
  for (std::size_t begin = sign + 1; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    if (end > begin) axis.values.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  if (axis.values.empty()) throw Error(ErrorCode::kSyntax, "search", "\"%.64s\" has no values", text.c_str());
  return axis;
}

std::vector<Point> points_of(const std::vector<Axis>& axes) {
  std::vector<Point> points{{}};
  for (const Axis& axis : axes) {
    std::vector<Point> longer;
    for (const Point& point : points)
      for (const std::string& value : axis.values) {
        longer.push_back(point);
        longer.back().push_back(value);
      }
    points = std::move(longer);
  }
  return points;
}

double number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw Error(ErrorCode::kSyntax, "search", "\"%.32s\" is no number", text.c_str());
  return value;
}

/// What one point trains.
struct Settings {
  AutoencoderOptions model;
  DenoiseOptions train;
  LossArguments loss;
};

Settings settings_of(const SearchArguments& a, const Images& pictures, const std::vector<Axis>& axes,
                     const Point& point) {
  Settings s{{.picture = {pictures.height, pictures.width, pictures.channels}}, a.train, a.loss};
  s.model.network = a.network == "report" ? AutoencoderNetwork::kReport : AutoencoderNetwork::kUpsample;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::string& name = axes[i].name;
    const std::string& value = point[i];
    if (name == "loss")
      s.loss.loss = value;
    else if (name == "corruption")
      s.train.corruption = value == "white" ? Corruption::kWhite : Corruption::kNormal;
    else if (name == "lr")
      s.train.learning_rate = number(value);
    else if (name == "batch")
      s.train.batch = static_cast<std::int64_t>(number(value));
    else if (name == "channels")
      s.model.channels = static_cast<int>(number(value));
    else if (name == "latent")
      s.model.code = static_cast<int>(number(value));
    else if (name == "noise")
      s.train.noise = number(value);
    else if (name == "weight-decay")
      s.train.weight_decay = number(value);
    else if (name == "code-noise")
      s.train.code_noise = number(value);
    else if (name == "steps")
      s.train.steps = static_cast<std::int64_t>(number(value));
    else
      s.train.seed = static_cast<std::uint64_t>(number(value));
  }
  s.model.seed = s.train.seed;
  if (a.epochs > 0)
    s.train.steps = std::max<std::int64_t>(
        1, std::llround(a.epochs * static_cast<double>(pictures.count) / static_cast<double>(s.train.batch)));
  return s;
}

std::string name_of(const std::vector<Axis>& axes, const Point& point) {
  std::string name;
  for (std::size_t i = 0; i < axes.size(); ++i)
    name.append(i ? ", " : "").append(axes[i].name).append(" ").append(point[i]);
  return name;
}

struct Found {
  Point point;
  std::string name;
  double loss = 0, validation = 0, seconds = 0;
  bool collapsed = false;
  std::vector<double> curve;
  double score() const { return validation > 0 ? validation : loss; }
};

/// What makes two searches the same, besides the point.
std::string base_text(const SearchArguments& a, const Images& pictures) {
  JsonValue value = JsonValue::object();
  value.set("pictures", pictures.count).set("size", a.size).set("network", a.network).set("epochs", a.epochs);
  value.set("steps", a.train.steps).set("batch", a.train.batch).set("lr", a.train.learning_rate);
  value.set("noise", a.train.noise).set("decay", a.train.weight_decay).set("validation", a.train.validation);
  value.set("loss", a.loss.loss).set("seed", static_cast<std::int64_t>(a.train.seed));
  return to_text(value);
}

JsonValue to_json(const Found& found, const std::string& base) {
  JsonValue curve = JsonValue::array();
  for (const double loss : found.curve) curve.push(loss);
  JsonValue value = JsonValue::object();
  value.set("settings", found.name).set("base", base).set("loss", found.loss).set("validation", found.validation);
  return value.set("collapsed", found.collapsed).set("seconds", found.seconds).set("curve", std::move(curve));
}

bool read_found(const std::string& path, const std::string& base, Found& found) {
  if (!default_file_system().exists(path)) return false;
  const Memory bytes = read_file(default_file_system(), path, 1 << 20);
  const JsonValue value = parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const JsonField field(value, path_name(path));
  if (field.at("base").text() != base || field.at("settings").text() != found.name)
    throw Error(ErrorCode::kMismatch, "search", "%.160s is of another search: choose another folder", path.c_str());
  found.loss = field.at("loss").number();
  found.validation = field.at("validation").number();
  found.seconds = field.at("seconds").number();
  found.collapsed = field.at("collapsed").boolean();
  for (const JsonValue& loss : field.at("curve").value().items()) found.curve.push_back(loss.number());
  return true;
}

void write_text(const std::string& path, const std::string& text) {
  write_file_atomically(default_file_system(), path, std::as_bytes(std::span(text)));
}

/// False when stopped.
bool train_point(const SearchArguments& a, const Device& device, const Images& pictures, Settings s,
                 const std::string& path, Found& found) {
  const Autoencoder model(device, s.model);
  s.train.loss = open_loss(device, s.loss);
  s.train.checkpoint = path + ".checkpoint";
  s.train.stop = &g_stop;
  ProgressBar bar;
  const DenoiseReport report = train(model, pictures, s.train, [&](const Progress& progress) {
    bar.show(progress);
    return true;
  });
  bar.finish();
  if (report.fit.stopped) return false;
  found.loss = report.loss;
  found.validation = report.validation_loss;
  found.seconds = report.fit.seconds;
  found.collapsed = report.collapsed;
  found.curve = report.curve;
  save_model(path + ".safetensors", model, {.codes = model.encode(pictures), .names = pictures.names});
  write_text(path + ".json", to_text(to_json(found, base_text(a, pictures))) + "\n");
  if (default_file_system().exists(s.train.checkpoint)) default_file_system().remove(s.train.checkpoint);
  return true;
}

void write_table(const SearchArguments& a, const std::vector<Axis>& axes, const std::vector<Found>& all) {
  std::string csv("run");
  for (const Axis& axis : axes) csv.append(",").append(axis.name);
  csv.append(",loss,validation_loss,collapsed,seconds\n");
  for (std::size_t i = 0; i < all.size(); ++i) {
    csv.append(std::to_string(i));
    for (const std::string& value : all[i].point) csv.append(",").append(value);
    char text[96];
    std::snprintf(text, sizeof text, ",%.6g,%.6g,%d,%.1f\n", all[i].loss, all[i].validation, all[i].collapsed,
                  all[i].seconds);
    csv.append(text);
  }
  write_text(path_join(a.output, "search.csv"), csv);
}

/// Loss curves of the six best.
void draw(const SearchArguments& a, std::vector<Found> all) {
  std::ranges::stable_sort(all, {}, &Found::score);
  if (all.size() > 6) all.resize(6);
  std::vector<ChartSeries> series;
  for (const Found& found : all) series.push_back({found.name, found.curve});
  save_image(path_join(a.output, "search.png"),
             plot_curves(series, {"training loss of the best settings", "share of the run, %", "loss", 100, true}));
}

void search(const SearchArguments& a) {
  default_file_system().make_folder(a.output);
  const Images pictures = load_images(a.folder, {.size = a.size});
  const bool plain_cpu = a.device == "cpu" && a.threads > 0;
  const Device device = open_device(plain_cpu ? "cpu:" + std::to_string(a.threads) : a.device);
  std::vector<Axis> axes;
  for (const std::string& text : a.vary) axes.push_back(parse_axis(text));
  const std::vector<Point> points = points_of(axes);
  std::vector<Found> all;
  for (std::size_t i = 0; i < points.size(); ++i) {
    Found found{.point = points[i], .name = name_of(axes, points[i])};
    const std::string path = path_join(a.output, "run_" + std::to_string(i));
    const Settings settings = settings_of(a, pictures, axes, points[i]);
    if (!read_found(path + ".json", base_text(a, pictures), found) &&
        !train_point(a, device, pictures, settings, path, found)) {
      std::printf("stopped after %zu of %zu runs; the same command goes on from here\n", i, points.size());
      return;
    }
    std::printf("%zu/%zu  %s: error %.3e%s\n", i + 1, points.size(), found.name.c_str(), found.score(),
                found.collapsed ? ", the mean picture only" : "");
    std::fflush(stdout);
    all.push_back(std::move(found));
    write_table(a, axes, all);
  }
  draw(a, all);
  const Found& best = *std::ranges::min_element(all, {}, &Found::score);
  std::printf("best: %s\n", best.name.c_str());
}

}  // namespace

void add_search(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("search", "Trains every combination of settings; goes on where it was stopped.");
  const auto a = std::make_shared<SearchArguments>();
  command->add_option("folder", a->folder, "Folder of pictures")->required();
  command->add_option("-o,--output", a->output, "Folder for models, search.csv and search.png")->required();
  command
      ->add_option("--vary", a->vary,
                   "A setting and its values, as lr=0.01,0.001; again for more. Settings: lr, batch, channels, latent, "
                   "noise, corruption, loss, weight-decay, code-noise, steps, seed")
      ->required()
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--size", a->size, "Side of the square pictures become; 0 keeps equal sizes")
      ->capture_default_str();
  command->add_option("--network", a->network, "Which network")
      ->capture_default_str()
      ->check(CLI::IsMember({"upsample", "report"}));
  command->add_option("--steps", a->train.steps, "Training steps")->capture_default_str()->check(CLI::PositiveNumber);
  command->add_option("--epochs", a->epochs, "Passes over the pictures, instead of --steps")
      ->check(CLI::PositiveNumber);
  command->add_option("--batch", a->train.batch, "Pictures per step")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command->add_option("--lr", a->train.learning_rate, "Learning rate at its highest")->capture_default_str();
  command->add_option("--noise", a->train.noise, "Strength of the corruption")->capture_default_str();
  command->add_option("--weight-decay", a->train.weight_decay, "L2 on the weights")->capture_default_str();
  command->add_option("--validation", a->train.validation, "Share of pictures held out, which then decide")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 0.9));
  command->add_option("--seed", a->train.seed, "Seed of everything random")->capture_default_str();
  add_loss_options(*command, a->loss);
  command->add_option("--threads", a->threads, "CPU threads; 0 is all")->capture_default_str();
  command->add_option("--device", a->device, "cpu, vulkan or vulkan:NAME")->capture_default_str();
  command->callback([a] { search(*a); });
}

}  // namespace betwixt::cli
