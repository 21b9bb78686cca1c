// SPDX-License-Identifier: MIT
#include <cstdio>
#include <memory>

#include "CLI/CLI.hpp"
#include "betwixt/core/error.h"
#include "betwixt/core/file.h"
#include "betwixt/data/synthetic/scene_rows.h"
#include "betwixt/io/json.h"
#include "betwixt/media/encode.h"
#include "betwixt/media/gif.h"
#include "betwixt/methods/scene_description.h"
#include "colour.h"
#include "commands.h"

namespace betwixt::cli {
namespace {

using Rows = std::vector<std::vector<double>>;

struct SceneArguments {
  std::string name;
  std::string output;
  std::string sweep;
  std::string pairs;
  std::string background;
  std::vector<std::string> vary;
  std::vector<std::string> set;
  std::int64_t count = 16;
  std::uint64_t seed = 1;
  int size = 0;
  int columns = 0;
  int scale = 1;
  double fps = 12;
  bool all = false;
  bool list = false;
  bool json = false;
};

Rows rows_of(const Scene& scene, const SceneArguments& a) {
  SceneRequest request{
      .count = a.count, .seed = a.seed, .all = a.all, .sweep = a.sweep, .pairs = a.pairs, .vary = a.vary};
  for (const std::string& setting : a.set) {
    const auto [name, value] = scene_setting(setting);
    request.fixed[name] = value;
  }
  return scene_rows(scene, request);
}

/// One line per picture: its file, then the factors.
void save_table(const std::string& folder, const Scene& scene, const std::vector<std::string>& files,
                const Rows& rows) {
  std::string text = "file";
  for (const SceneFactor& factor : scene.factors) text += "\t" + factor.name;
  text += "\n";
  char number[40];
  for (std::size_t i = 0; i < rows.size(); ++i) {
    text += path_name(files[i]);
    for (const double value : rows[i]) {
      std::snprintf(number, sizeof number, "\t%.17g", value);
      text += number;
    }
    text += "\n";
  }
  write_file_atomically(default_file_system(), path_join(folder, "factors.tsv"), std::as_bytes(std::span(text)));
}

std::size_t save(const SceneArguments& a, const Scene& scene, const Images& pictures, const Rows& rows) {
  const std::string extension = path_extension(a.output);
  if (extension == ".png") {
    save_contact_sheet(a.output, pictures, a.columns, {.background = colour_in(a.background), .scale = a.scale});
    return 1;
  }
  if (extension == ".gif") {
    save_gif(a.output, pictures, {.fps = a.fps, .scale = a.scale});
    return 1;
  }
  const std::vector<std::string> files = save_images(a.output, pictures);
  save_table(a.output, scene, files, rows);
  return files.size() + 1;
}

void list(bool json) {
  if (json) {
    std::printf("%s\n", to_text(describe_scenes()).c_str());
    return;
  }
  for (const Scene& scene : scenes()) {
    std::printf("%s: %s (%dx%d)\n", scene.name.c_str(), scene.text.c_str(), scene.pixels, scene.pixels);
    for (const SceneFactor& f : scene.factors)
      std::printf("    %-12s %g to %g, usually %g%s\n", f.name.c_str(), f.low, f.high, f.usual,
                  f.levels > 0 ? " (whole numbers)" : "");
  }
}

void make(const SceneArguments& a) {
  if (a.list) return list(a.json);
  if (a.name.empty() || a.output.empty())
    throw Error(ErrorCode::kArgument, "scene", "give a scene and --output, or --list");
  const Scene& scene = scene_named(a.name);
  const Rows rows = rows_of(scene, a);
  const Images pictures = scene.draw(rows, a.size > 0 ? a.size : scene.pixels);
  const std::size_t files = save(a, scene, pictures, rows);
  if (a.json) {
    JsonValue line = JsonValue::object();
    line.set("output", a.output).set("scene", scene.name).set("pictures", pictures.count);
    line.set("files", static_cast<std::int64_t>(files));
    std::printf("%s\n", to_text(line).c_str());
    return;
  }
  std::printf("%s: %lld pictures of %s\n", a.output.c_str(), static_cast<long long>(pictures.count),
              scene.name.c_str());
}

}  // namespace

void add_scene(CLI::App& app) {
  CLI::App* command = app.add_subcommand("scene", "Draws synthetic pictures with known factors.");
  const auto a = std::make_shared<SceneArguments>();
  command->add_option("name", a->name, "Which scene; see --list");
  command->add_option("-o,--output", a->output,
                      "A folder for PNGs and factors.tsv, FILE.png (contact sheet) or FILE.gif");
  command->add_option("--count", a->count, "Number of pictures")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{10000000}));
  command->add_option("--seed", a->seed, "Of the random factors")->capture_default_str();
  command->add_option("--size", a->size, "Height and width; 0: the scene's usual")
      ->capture_default_str()
      ->check(CLI::Range(0, 16384));
  command->add_option("--vary", a->vary, "Factors to vary, instead of the usual ones")->delimiter(',');
  command->add_option("--set", a->set, "FACTOR=NUMBER, instead of the factor's usual value")->delimiter(',');
  CLI::Option* sweep = command->add_option("--sweep", a->sweep, "Goes through one factor in --count steps");
  command->add_option("--pairs", a->pairs, "Every picture twice: with this factor low and high (faces: glasses)");
  command->add_flag("--all", a->all, "The whole data set the scene was made for")->excludes(sweep);
  command->add_option("--columns", a->columns, "Columns of a contact sheet; 0: about square")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_option("--background", a->background, "Colour between the pictures of a sheet: a name or #rrggbb");
  command->add_option("--scale", a->scale, "Enlarges each pixel so many times in a sheet or GIF")
      ->capture_default_str()
      ->check(CLI::Range(1, 16));
  command->add_option("--fps", a->fps, "Pictures per second of a GIF")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 50.0));
  command->add_flag("--list", a->list, "Lists the scenes and their factors");
  command->add_flag("--json", a->json, "Report as JSON");
  command->callback([a] { make(*a); });
}

}  // namespace betwixt::cli
