// SPDX-License-Identifier: MIT
// The claim the library stands on: learn every second frame of a real sweep, and the frames in between come back.
#include <array>
#include <cstdio>

#include "betwixt/core/error.h"
#include "betwixt/core/file.h"
#include "betwixt/interp/frames.h"
#include "betwixt/media/encode.h"
#include "betwixt/media/picture_folder.h"
#include "betwixt/methods/autoencoder/denoise.h"
#include "betwixt/methods/autoencoder/model_file.h"
#include "betwixt/methods/autoencoder/walk.h"
#include "betwixt/metrics/image_quality.h"
#include "betwixt/nn/feature_distance.h"
#include "commands.h"
#include "path_scores.h"
#include "progress_bar.h"
#include "reproduce.h"

namespace betwixt::cli {
namespace {

constexpr std::array<const char*, 5> kWays = {"graph", "straight", "graph_smallest", "dissolve", "nearest"};
constexpr std::array<const char*, 5> kTitles = {"graph path", "straight path",
                                                "graph path, smallest connecting k as published",
                                                "pixel cross-dissolve", "nearest-frame playback"};

/// Even frames to learn, and odd frames between two even ones to recover.
struct HeldOut {
  Images learned;
  Images middles;
  std::vector<std::int64_t> before;  ///< per middle, the learned frame before it; the next one follows
};

HeldOut split(const Images& all, int sweep) {
  if (all.count % sweep != 0)
    throw Error(ErrorCode::kShape, "reproduce", "%lld frames are no sweeps of %d", static_cast<long long>(all.count),
                sweep);
  HeldOut set;
  std::vector<std::int64_t> even, odd;
  for (std::int64_t i = 0; i < all.count; ++i) {
    if (i % sweep % 2 == 0) {
      even.push_back(i);
    } else if (i % sweep + 1 < sweep) {
      odd.push_back(i);
      set.before.push_back(static_cast<std::int64_t>(even.size()) - 1);
    }
  }
  set.learned = all.select(even);
  set.middles = all.select(odd);
  return set;
}

/// The recovered frames of one way.
Images recover(const std::string& way, const HeldOut& set, const Autoencoder& model, const Codes& codes) {
  if (way == "nearest") return set.learned.select(set.before);
  Images found;
  if (way == "dissolve") {
    const std::vector<std::int64_t> middle{1};
    for (const std::int64_t i : set.before) found.append(cross_dissolve(set.learned, i, i + 1, 3).select(middle));
    return found;
  }
  const NeighbourGraph graph(codes, {.k = way == "graph_smallest" ? 2 : 0});
  Codes middles(0, codes.dimensions);
  for (const std::int64_t i : set.before) {
    const CodePath path = way == "straight" ? straight_path(codes, i, i + 1) : graph.path(i, i + 1);
    middles.append(path.resample(3).points.row(1));
  }
  return model.decode(middles);
}

JsonValue measure(const ReproduceArguments& a, const std::string& name, const HeldOut& set, const Autoencoder& model,
                  FeatureDistance& features) {
  const Codes codes = model.encode(set.learned);
  JsonValue ways = JsonValue::object();
  Images sheet = set.middles;
  for (const char* way : kWays) {
    const Images found = recover(way, set, model, codes);
    sheet.append(found);
    const QualityTable table = compare(found, set.middles);
    JsonValue row = JsonValue::object();
    row.set("psnr", mean(table.psnr)).set("ssim", mean(table.ssim));
    row.set("feature_distance", mean(features(found, set.middles)));
    ways.set(way, row);
  }
  save_contact_sheet(path_join(a.output, name + ".png"), sheet, static_cast<int>(set.middles.count));
  return ways;
}

FeatureDistance open_features(const ReproduceArguments& a, const Device& device) {
  if (a.features.empty()) return FeatureDistance(FeatureNetwork::random(device));
  return FeatureDistance(FeatureNetwork::load(device, a.features, {.input = FeatureInput::kCaffe}));
}

std::string settings_text(const ReproduceArguments& a) {
  std::string text = std::to_string(a.steps);
  return text.append(" steps, code ")
      .append(std::to_string(a.code))
      .append(", loss ")
      .append(a.loss.loss)
      .append(a.base_picture ? ", base picture" : "");
}

/// Trains one model and keeps it. False when stopped.
bool train_one(const ReproduceArguments& a, const Device& device, const HeldOut& set, int seed, const std::string& name,
               JsonValue* run) {
  const Images& p = set.learned;
  const auto start = static_cast<std::uint64_t>(seed);
  const Autoencoder model(
      device,
      {.picture = {p.height, p.width, p.channels}, .code = a.code, .base_picture = a.base_picture, .seed = start});
  ProgressBar bar;
  const DenoiseReport report =
      train(model, p, {.steps = a.steps, .loss = open_loss(device, a.loss), .seed = start, .stop = &g_stop},
            [&](const Progress& progress) {
              bar.show(progress);
              return true;
            });
  bar.finish();
  if (report.fit.stopped) return false;
  *run = JsonValue::object();
  run->set("seed", seed).set("seconds", report.fit.seconds).set("reconstruction", report.loss);
  save_model(path_join(a.output, name + ".safetensors"), model);
  keep_run(a, name, settings_text(a), *run);
  return true;
}

/// Training where it is still to be done; measures are taken anew each time. False when stopped.
bool one_run(const ReproduceArguments& a, const Device& device, const HeldOut& set, int seed, FeatureDistance& features,
             JsonValue* run) {
  const std::string name = "sweeps_s" + std::to_string(seed);
  if (!find_run(a, name, settings_text(a), run) && !train_one(a, device, set, seed, name, run)) return false;
  const Autoencoder model = load_model(device, path_join(a.output, name + ".safetensors")).model;
  run->set("ways", measure(a, name, set, model, features));
  keep_text(a, name + "_measures.json", to_text(*run, 2) + "\n");
  return true;
}

std::vector<double> column(const std::vector<JsonValue>& runs, const char* way, const char* key) {
  std::vector<double> values;
  for (const JsonValue& run : runs) values.push_back(JsonField(run).at("ways").at(way).at(key).number());
  return values;
}

std::string table_of(const std::vector<JsonValue>& runs, bool randfeat) {
  std::string table("| way | PSNR, dB | SSIM | feature distance (");
  table.append(randfeat ? "randfeat" : "SqueezeNet").append(") |\n|---|---|---|---|\n");
  for (std::size_t i = 0; i < kWays.size(); ++i)
    table.append("| ")
        .append(kTitles[i])
        .append(" | ")
        .append(spread_text(column(runs, kWays[i], "psnr"), 2))
        .append(" | ")
        .append(spread_text(column(runs, kWays[i], "ssim"), 4))
        .append(" | ")
        .append(spread_text(column(runs, kWays[i], "feature_distance"), 4))
        .append(" |\n");
  return table;
}

}  // namespace

bool reproduce_sweeps(const ReproduceArguments& a, const Device& device) {
  const HeldOut set = split(load_images(a.pictures), a.sweep);
  FeatureDistance features = open_features(a, device);
  std::vector<JsonValue> runs;
  for (int seed = a.first_seed; seed < a.first_seed + a.seeds; ++seed) {
    JsonValue run;
    if (!one_run(a, device, set, seed, features, &run)) return false;
    runs.push_back(run);
  }
  const std::string table = table_of(runs, a.features.empty());
  keep_text(a, "sweeps.md", table);
  std::fputs(table.c_str(), stdout);
  return true;
}

}  // namespace betwixt::cli
