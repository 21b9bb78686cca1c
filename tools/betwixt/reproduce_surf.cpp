// SPDX-License-Identifier: MIT
// Yadlin and Botchan, "Data Interpolation in Latent Space": 1600 pictures of an arm, a denoising autoencoder with 2 or
// 3 latent numbers, and the farthest pair of codes joined straight and along the neighbour graph.
#include <array>
#include <cstdio>

#include "betwixt/core/error.h"
#include "betwixt/core/file.h"
#include "betwixt/data/synthetic/robot_arm.h"
#include "betwixt/media/encode.h"
#include "betwixt/methods/autoencoder/denoise.h"
#include "betwixt/methods/autoencoder/model_file.h"
#include "betwixt/methods/autoencoder/walk.h"
#include "betwixt/metrics/path_measures.h"
#include "commands.h"
#include "path_scores.h"
#include "progress_bar.h"
#include "reproduce.h"

namespace betwixt::cli {
namespace {

constexpr int kFrames = 55;  // the published 2-D animation

struct Arm {
  Images pictures;
  FactorGrid grid;
};

Arm render_arm(int stride) {
  Arm arm;
  std::vector<ArmPose> poses;
  for (const ArmPose& pose : robot_arm_grid()) {
    if (static_cast<int>(pose.horizontal) % stride != 0 || static_cast<int>(pose.vertical) % stride != 0) continue;
    poses.push_back(pose);
  }
  arm.pictures = robot_arm(poses);
  arm.grid.rows = arm.grid.columns = (39 / stride) + 1;
  return arm;
}

/// The report's training: Adam with L2 1e-5, rate times 0.1 every quarter (600 epochs, 150 there).
DenoiseOptions report_training(const ReproduceArguments& a, std::int64_t pictures, std::uint64_t seed) {
  const std::int64_t per_epoch = std::max<std::int64_t>(1, pictures / a.batch);
  return {.steps = per_epoch * a.epochs,
          .batch = a.batch,
          .learning_rate = a.learning_rate,
          .warmup = 0,
          .step_every = std::max<std::int64_t>(1, per_epoch * a.epochs / 4),
          .start_at_mean = false,
          .weight_decay = 1e-5,
          .noise = 0.2,
          .code_noise = 0,
          .clip_norm = 0,
          .seed = seed};
}

std::string settings_text(const ReproduceArguments& a, int latent) {
  char text[256];
  std::snprintf(text, sizeof text, "latent %d, %d channels, %d epochs, batch %d, rate %g, every %d. pose", latent,
                a.channels, a.epochs, a.batch, a.learning_rate, a.stride);
  return text;
}

/// Mean loss of the last epoch in the report's units, where pictures span [-1, 1].
double last_epoch_loss(const DenoiseReport& report, int epochs) {
  const std::size_t pieces = std::max<std::size_t>(1, report.curve.size() / static_cast<std::size_t>(epochs));
  double sum = 0;
  for (std::size_t i = report.curve.size() - pieces; i < report.curve.size(); ++i) sum += report.curve[i];
  return 4 * sum / static_cast<double>(pieces);
}

JsonValue curve_json(const std::vector<double>& curve) {
  JsonValue values = JsonValue::array();
  for (const double loss : curve) values.push(loss);
  return values;
}

/// One way between the ends: how it is called in tables, and from which k its graph starts.
struct Way {
  const char* key;
  const char* method;
  int k;
};
/// The library's graph, and that of the smallest connecting k, as published.
constexpr std::array<Way, 3> kWays = {
    Way{"straight", "straight", 0}, {"graph", "graph", 0}, {"graph_smallest", "graph", 2}};

JsonValue measure_way(const ReproduceArguments& a, const std::string& name, const PathSet& set, const Arm& arm,
                      const CodePair& pair, const Way& way) {
  const GraphChoice choice{.graph = {.k = way.k}};
  const NeighbourGraph graph = make_graph(set.model, set.codes, choice);
  const Walk walk = make_walk(set, graph, way.method, pair.first, pair.second, kFrames);
  JsonValue row = to_json(score_walk(walk, set, pair.first, pair.second, arm.grid));
  row.set("k", graph.k());
  save_contact_sheet(path_join(a.output, name + "_" + way.key + ".png"), walk.frames, 11);
  return row;
}

/// As published: three points per edge along the graph, and as many frames on the straight line.
void measure_per_edge(const PathSet& set, const CodePair& pair, JsonValue& run) {
  const CodePath surfed = NeighbourGraph(set.codes, {.k = 2}).path(pair.first, pair.second).per_edge(3);
  const auto frames = static_cast<int>(surfed.points.count);
  const Images along = set.model.decode(surfed.points);
  const Images across = set.model.decode(straight_path(set.codes, pair.first, pair.second, frames).points);
  run.set("per_edge_frames", frames);
  run.set("per_edge_graph_u8wrap", imse_u8wrap(along, set.pictures));
  run.set("per_edge_straight_u8wrap", imse_u8wrap(across, set.pictures));
  run.set("per_edge_graph_imse", imse(along, set.pictures));
  run.set("per_edge_straight_imse", imse(across, set.pictures));
}

void measure(const ReproduceArguments& a, const std::string& name, const Autoencoder& model, const Arm& arm,
             JsonValue& run) {
  const Codes codes = model.encode(arm.pictures);
  const PathSet set{model, arm.pictures, codes};
  const CodePair pair = farthest_pair(codes);
  run.set("reconstruction_imse", imse(model.decode(codes), arm.pictures));
  run.set("from", pair.first).set("to", pair.second).set("frames", kFrames);
  for (const Way& way : kWays) run.set(way.key, measure_way(a, name, set, arm, pair, way));
  measure_per_edge(set, pair, run);
}

/// Trains one model and keeps it with what the training had to tell. False when stopped.
bool train_one(const ReproduceArguments& a, const Device& device, const Arm& arm, int latent, int seed,
               const std::string& name, JsonValue* run) {
  const Autoencoder model(device, {.code = latent,
                                   .network = AutoencoderNetwork::kReport,
                                   .channels = a.channels,
                                   .seed = static_cast<std::uint64_t>(seed)});
  DenoiseOptions training = report_training(a, arm.pictures.count, static_cast<std::uint64_t>(seed));
  training.checkpoint = path_join(a.output, name + ".checkpoint");
  training.checkpoint_seconds = 60;
  training.stop = &g_stop;
  ProgressBar bar;
  const DenoiseReport report = train(model, arm.pictures, training, [&](const Progress& progress) {
    bar.show(progress);
    return true;
  });
  bar.finish();
  if (report.fit.stopped) return false;
  *run = JsonValue::object();
  run->set("latent", latent).set("seed", seed).set("collapsed", report.collapsed);
  run->set("training_loss", last_epoch_loss(report, a.epochs)).set("seconds", report.fit.seconds);
  run->set("steps", training.steps).set("curve", curve_json(report.curve));
  save_model(path_join(a.output, name + ".safetensors"), model, {.codes = model.encode(arm.pictures)});
  keep_run(a, name, settings_text(a, latent), *run);
  if (default_file_system().exists(training.checkpoint)) default_file_system().remove(training.checkpoint);
  return true;
}

/// Training where it is still to be done; measures are taken anew each time. False when stopped.
bool one_run(const ReproduceArguments& a, const Device& device, const Arm& arm, int latent, int seed, JsonValue* run) {
  const std::string name = "surf_d" + std::to_string(latent) + "_s" + std::to_string(seed);
  if (!find_run(a, name, settings_text(a, latent), run) && !train_one(a, device, arm, latent, seed, name, run))
    return false;
  measure(a, name, load_model(device, path_join(a.output, name + ".safetensors")).model, arm, *run);
  keep_text(a, name + "_measures.json", to_text(*run, 2) + "\n");
  return true;
}

double number_at(const JsonValue& run, const char* way, const char* key) {
  return JsonField(run).at(way).at(key).number();
}

std::string row_of(const JsonValue& run) {
  const JsonField field(run);
  char text[256];
  std::snprintf(text, sizeof text, "| %d | %d | %.5f | %.2f | %d |", static_cast<int>(field.at("latent").integer()),
                static_cast<int>(field.at("seed").integer()), field.at("training_loss").number(),
                field.at("reconstruction_imse").number(),
                static_cast<int>(field.at("graph_smallest").at("k").integer()));
  std::string row(text);
  for (const char* key : {"imse", "perfect_path", "smoothness"})
    for (const Way& way : kWays) {
      std::snprintf(text, sizeof text, " %.*f |", key[0] == 's' ? 3 : 2, number_at(run, way.key, key));
      row.append(text);
    }
  std::snprintf(text, sizeof text, " %.2f | %.2f | %.0f |\n", field.at("per_edge_straight_u8wrap").number(),
                field.at("per_edge_graph_u8wrap").number(), field.at("seconds").number());
  return row.append(text);
}

template <class Value>
std::vector<double> each(const std::vector<JsonValue>& runs, const Value& value) {
  std::vector<double> values;
  for (const JsonValue& run : runs) values.push_back(value(run));
  return values;
}

/// In how many runs `key` is not worse along a graph than straight.
int wins(const std::vector<JsonValue>& runs, const char* way, const char* key) {
  int count = 0;
  for (const JsonValue& run : runs) count += number_at(run, way, key) <= number_at(run, "straight", key);
  return count;
}

std::string summary(const std::vector<JsonValue>& runs, int latent) {
  const auto loss = each(runs, [](const JsonValue& run) { return JsonField(run).at("training_loss").number(); });
  std::string text("\nlatent ");
  text.append(std::to_string(latent)).append(": training loss ").append(spread_text(loss, 5)).append("\n");
  for (const char* key : {"imse", "imse_u8wrap", "perfect_path", "smoothness", "step_uniformity"})
    for (const Way& way : kWays) {
      const auto values = each(runs, [&](const JsonValue& run) { return number_at(run, way.key, key); });
      text.append("  ").append(key).append(" ").append(way.key).append(": ").append(spread_text(values, 3));
      if (way.method != std::string("straight"))
        text.append(", not worse than straight in ")
            .append(std::to_string(wins(runs, way.key, key)))
            .append(" of ")
            .append(std::to_string(runs.size()));
      text.append("\n");
    }
  for (const char* key :
       {"per_edge_straight_u8wrap", "per_edge_graph_u8wrap", "per_edge_straight_imse", "per_edge_graph_imse"})
    text.append("  ")
        .append(key)
        .append(": ")
        .append(spread_text(each(runs, [&](const JsonValue& run) { return JsonField(run).at(key).number(); }), 3))
        .append("\n");
  return text;
}

constexpr const char* kHead =
    "| latent | seed | training loss | reconstruction | smallest k | imse straight | graph | smallest k | "
    "perfect straight | graph | smallest k | smoothness straight | graph | smallest k | u8wrap straight | "
    "u8wrap smallest k, 3 per edge | s |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";

}  // namespace

bool reproduce_surf(const ReproduceArguments& a, const Device& device) {
  const Arm arm = render_arm(a.stride);
  std::string table = kHead, summaries;
  for (const int latent : a.latents) {
    std::vector<JsonValue> runs;
    for (int seed = a.first_seed; seed < a.first_seed + a.seeds; ++seed) {
      JsonValue run;
      if (!one_run(a, device, arm, latent, seed, &run)) return false;
      runs.push_back(run);
      table += row_of(run);
      std::fputs(row_of(run).c_str(), stdout);
      std::fflush(stdout);
    }
    summaries += summary(runs, latent);
  }
  keep_text(a, "surf.md", table + summaries);
  std::fputs(summaries.c_str(), stdout);
  return true;
}

}  // namespace betwixt::cli
