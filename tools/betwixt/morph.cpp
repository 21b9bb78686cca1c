// SPDX-License-Identifier: MIT
#include <cstdio>
#include <memory>

#include "CLI/CLI.hpp"
#include "betwixt/core/error.h"
#include "betwixt/core/file.h"
#include "betwixt/device/device_by_name.h"
#include "betwixt/interp/neighbour_graph.h"
#include "betwixt/interp/paths.h"
#include "betwixt/io/json.h"
#include "betwixt/media/encode.h"
#include "betwixt/media/gif.h"
#include "betwixt/media/picture_folder.h"
#include "betwixt/methods/autoencoder/model_file.h"
#include "commands.h"

namespace betwixt::cli {
namespace {

struct MorphArguments {
  std::string model;
  std::string from;
  std::string to;
  std::string method = "graph";
  std::string output;
  std::string device = "cpu";
  int frames = 48;
  int k = 2;
  int smooth = 0;
  int columns = 8;
  int scale = 1;
  double fps = 24;
  bool ping_pong = false;
  bool json = false;
};

/// Index of an end: given as a number, or as a picture that is encoded and appended to the codes.
std::int64_t end_index(const std::string& text, const LoadedModel& loaded, Codes& codes) {
  const std::int64_t index = index_in(text);
  if (index >= codes.count)
    throw Error(ErrorCode::kArgument, "morph", "picture %lld of %lld", static_cast<long long>(index),
                static_cast<long long>(codes.count));
  if (index >= 0) return index;
  const Shape& picture = loaded.model.options().picture;
  LoadOptions options{.channels = static_cast<int>(picture[2])};
  if (picture[0] == picture[1]) options.size = static_cast<int>(picture[0]);
  codes.append(loaded.model.encode(load_image(text, options)).row(0));
  return codes.count - 1;
}

CodePath make_path(const MorphArguments& a, const Codes& codes, std::int64_t from, std::int64_t to, int* k) {
  if (a.method == "straight") return straight_path(codes, from, to, a.frames);
  if (a.method == "slerp") return spherical_path(codes, from, to, a.frames);
  const NeighbourGraph graph(codes, {.k = a.k});
  *k = graph.k();
  return graph.path(from, to).smooth(a.smooth).resample(a.frames);
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

void morph(const MorphArguments& a) {
  const LoadedModel loaded = load_model(open_device(a.device), a.model);
  Codes codes = loaded.codes;
  if (codes.dimensions == 0) codes = Codes(0, loaded.model.options().code);
  if (codes.count == 0 && (index_in(a.from) >= 0 || index_in(a.to) >= 0))
    throw Error(ErrorCode::kMissing, "morph", "%.128s was saved without codes: give --from and --to as picture files",
                a.model.c_str());
  const std::int64_t from = end_index(a.from, loaded, codes);
  const std::int64_t to = end_index(a.to, loaded, codes);
  int k = 0;
  const CodePath path = make_path(a, codes, from, to, &k);
  const Images frames = loaded.model.decode(path.points);
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
  command->add_option("--from", a->from, "Start: index of a training picture, or a picture file")->required();
  command->add_option("--to", a->to, "End: index of a training picture, or a picture file")->required();
  command->add_option("--method", a->method, "Path through code space")
      ->capture_default_str()
      ->check(CLI::IsMember({"straight", "slerp", "graph"}));
  command->add_option("--frames", a->frames, "Number of pictures, ends included")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  command->add_option("-o,--output", a->output, "FILE.gif, FILE.png (contact sheet) or a folder for PNG frames")
      ->required();
  command->add_option("--k", a->k, "Neighbours to start with; grows until all pictures are connected")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command->add_option("--smooth", a->smooth, "Rounds the corners of a graph path, so many passes")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
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
  command->add_option("--device", a->device, "cpu, vulkan or vulkan:NAME")->capture_default_str();
  command->add_flag("--json", a->json, "Report as one JSON line");
  command->callback([a] { morph(*a); });
}

}  // namespace betwixt::cli
