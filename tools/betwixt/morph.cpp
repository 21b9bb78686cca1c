// SPDX-License-Identifier: MIT
#include <cstdio>
#include <memory>
#include <optional>

#include "CLI/CLI.hpp"
#include "betwixt/core/error.h"
#include "betwixt/core/file.h"
#include "betwixt/device/device_by_name.h"
#include "betwixt/interp/frames.h"
#include "betwixt/interp/neighbour_graph.h"
#include "betwixt/interp/paths.h"
#include "betwixt/io/json.h"
#include "betwixt/media/encode.h"
#include "betwixt/media/gif.h"
#include "betwixt/media/picture_folder.h"
#include "betwixt/methods/autoencoder/model_file.h"
#include "colour.h"
#include "commands.h"
#include "graph_options.h"
#include "model_pictures.h"

namespace betwixt::cli {
namespace {

struct MorphArguments {
  std::string model;
  std::string from;
  std::string to;
  std::string method = "graph";
  std::string output;
  std::string device = "cpu";
  std::string background;
  int frames = 48;
  GraphArguments graph;
  std::vector<std::string> through;
  std::string data;
  int per_edge = 0;
  double extend = 0;
  int columns = 8;
  int scale = 1;
  double fps = 24;
  bool ping_pong = false;
  bool json = false;
};

/// The colour that transparent pictures are put on: asked for, or the one of the training pictures.
std::string background(const MorphArguments& a, const LoadedModel& loaded) {
  if (!a.background.empty()) return a.background;
  const JsonValue* used = loaded.training.find("background");
  return used && used->is(JsonValue::Kind::kString) ? used->text() : std::string();
}

/// Index of an end: given as a number, or as a picture that is encoded and appended to the codes.
std::int64_t end_index(const std::string& text, const LoadedModel& loaded, const std::string& colour, Codes& codes) {
  const std::int64_t index = index_in(text);
  if (index >= codes.count)
    throw Error(ErrorCode::kArgument, "morph", "picture %lld of %lld", static_cast<long long>(index),
                static_cast<long long>(codes.count));
  if (index >= 0) return index;
  const Shape& picture = loaded.model.options().picture;
  LoadOptions options{.channels = static_cast<int>(picture[2]), .background = colour_in(colour)};
  if (picture[0] == picture[1]) options.size = static_cast<int>(picture[0]);
  codes.append(loaded.model.encode(load_image(text, options)).row(0));
  return codes.count - 1;
}

/// The way through all key pictures. `k` is that of the graph, if there is one.
CodePath make_path(const MorphArguments& a, const Autoencoder& model, const Codes& codes,
                   const std::vector<std::int64_t>& keys, int* k) {
  const GraphChoice choice = choice_of(a.graph);
  std::optional<NeighbourGraph> graph;
  if (a.method == "graph" || a.method == "nearest") graph.emplace(make_graph(model, codes, choice));
  if (graph) *k = graph->k();
  const CodePath path = storyboard(keys, [&](std::int64_t from, std::int64_t to) {
    if (a.method == "straight") return straight_path(codes, from, to);
    if (a.method == "slerp") return spherical_path(codes, from, to, a.frames);
    return path_between(*graph, from, to, choice);
  });
  const CodePath longer = a.extend > 0 ? path.extend(a.extend, a.extend) : path;
  return a.per_edge > 0 ? longer.per_edge(a.per_edge) : longer.resample(a.frames);
}

Images make_frames(const MorphArguments& a, const LoadedModel& loaded, const CodePath& path) {
  Images frames = loaded.model.decode(path.points);
  if (a.method != "nearest") return frames;
  if (a.data.empty())
    throw Error(ErrorCode::kMissing, "morph", "%s", "--method nearest plays training pictures: give --data FOLDER");
  return nearest_picture_playback(frames, pictures_for(loaded, a.data, a.background));
}

std::size_t save(const MorphArguments& a, const Images& frames) {
  const std::string extension = path_extension(a.output);
  if (extension == ".gif") {
    save_gif(a.output, frames, {.fps = a.fps, .ping_pong = a.ping_pong, .scale = a.scale});
    return 1;
  }
  if (extension == ".png") {
    save_contact_sheet(a.output, frames, a.columns, {.scale = a.scale});
    return 1;
  }
  return save_images(a.output, frames).size();
}

/// The key pictures as they were given.
std::vector<std::string> keys_of(const MorphArguments& a) {
  if (a.through.empty() && (a.from.empty() || a.to.empty()))
    throw Error(ErrorCode::kArgument, "morph", "%s", "which pictures? give --from and --to, or --through");
  if (a.through.empty()) return {a.from, a.to};
  if (!a.from.empty() || !a.to.empty())
    throw Error(ErrorCode::kArgument, "morph", "%s", "--through names all pictures: leave --from and --to out");
  return a.through;
}

void morph(const MorphArguments& a) {
  const LoadedModel loaded = load_model(open_device(a.device), a.model);
  Codes codes = loaded.codes;
  if (codes.dimensions == 0) codes = Codes(0, loaded.model.options().code);
  for (const std::string& key : keys_of(a))
    if (codes.count == 0 && index_in(key) >= 0)
      throw Error(ErrorCode::kMissing, "morph", "%.128s was saved without codes: give --from and --to as picture files",
                  a.model.c_str());
  std::vector<std::int64_t> keys;
  for (const std::string& key : keys_of(a)) keys.push_back(end_index(key, loaded, background(a, loaded), codes));
  int k = 0;
  const CodePath path = make_path(a, loaded.model, codes, keys, &k);
  const Images frames = make_frames(a, loaded, path);
  const std::size_t files = save(a, frames);
  if (a.json) {
    JsonValue line = JsonValue::object();
    line.set("output", a.output).set("frames", frames.count).set("files", static_cast<std::int64_t>(files));
    line.set("method", a.method).set("k", k).set("length", path.length());
    std::printf("%s\n", to_text(line).c_str());
    return;
  }
  std::printf("%s: %lld frames, %s path of length %.3f", a.output.c_str(), static_cast<long long>(frames.count),
              a.method.c_str(), path.length());
  if (k > 0) std::printf(" (k = %d)", k);
  std::printf("\n");
}

}  // namespace

void add_morph(CLI::App& app) {
  CLI::App* command = app.add_subcommand("morph", "Makes the pictures between two pictures.");
  const auto a = std::make_shared<MorphArguments>();
  command->add_option("model", a->model, "Model file")->required();
  command->add_option("--from", a->from, "Start: index of a training picture, or a picture file");
  command->add_option("--to", a->to, "End: index of a training picture, or a picture file");
  command->add_option("--through", a->through, "Several key pictures in order, instead of --from and --to: 3,17,31")
      ->delimiter(',');
  command
      ->add_option("--method", a->method,
                   "Path through code space; nearest plays the training pictures closest to the graph path")
      ->capture_default_str()
      ->check(CLI::IsMember({"straight", "slerp", "graph", "nearest"}));
  command->add_option("--frames", a->frames, "Number of pictures, ends included")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  command->add_option("-o,--output", a->output, "FILE.gif, FILE.png (contact sheet) or a folder for PNG frames")
      ->required();
  add_graph_options(*command, a->graph);
  command
      ->add_option("--per-edge", a->per_edge,
                   "Pictures from one known picture to the next, both counted, instead of --frames")
      ->check(CLI::Range(2, 1000));
  command->add_option("--extend", a->extend, "Goes on beyond both ends, by this share of the path")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--data", a->data, "Folder of the training pictures, for --method nearest");
  command->add_option("--fps", a->fps, "Pictures per second of a GIF")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 50.0));
  command->add_flag("--ping-pong", a->ping_pong, "A GIF that plays forth and back");
  command->add_option("--columns", a->columns, "Columns of a contact sheet")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command->add_option("--scale", a->scale, "Enlarges each pixel so many times")
      ->capture_default_str()
      ->check(CLI::Range(1, 16));
  command->add_option("--background", a->background,
                      "Colour that transparent pictures are put on; without it the one of the training");
  command->add_option("--device", a->device, "cpu, vulkan or vulkan:NAME")->capture_default_str();
  command->add_flag("--json", a->json, "Report as one JSON line");
  command->callback([a] { morph(*a); });
}

}  // namespace betwixt::cli
