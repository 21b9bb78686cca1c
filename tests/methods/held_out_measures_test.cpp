// SPDX-License-Identifier: MIT
// The claim the library stands on: learn every second frame of a real sweep, and the frames in between come back
// better than by cross-dissolve or by showing the nearest frame, by every measure. The same as
// `betwixt reproduce sweeps` in short; the long run's table is in lib/methods/autoencoder/README.md.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/interp/neighbour_graph.h"
#include "betwixt/media/picture_folder.h"
#include "betwixt/methods/autoencoder/denoise.h"
#include "betwixt/metrics/image_quality.h"
#include "betwixt/nn/feature_distance.h"
#include "held_out.h"
#include "places.h"

namespace betwixt {
namespace {

constexpr int kSeeds = 2;
constexpr int kCode = 8;

/// What a model shows halfway along its paths.
template <class Path>
Images halfway(const Autoencoder& model, const HeldOut& set, const Path& path) {
  Codes points(0, kCode);
  for (const std::int64_t i : set.before) points.append(path(i, i + 1).resample(3).points.row(1));
  return model.decode(points);
}

/// Likeness to the true frames; feature distances by the random network, and by SqueezeNet where its weights are.
struct Score {
  double psnr = 0, ssim = 0, random = 0, squeezenet = 0;

  void add(const Score& other, double share) {
    psnr += share * other.psnr;
    ssim += share * other.ssim;
    random += share * other.random;
    squeezenet += share * other.squeezenet;
  }
  void print(const char* way) const {
    std::printf("%-10s %.2f dB  SSIM %.4f  randfeat %.4f  SqueezeNet %.4f\n", way, psnr, ssim, random, squeezenet);
    std::fflush(stdout);
  }
};

class Judge {
 public:
  Judge(const Device& device, const Images& truth) : truth_(truth), random_(FeatureNetwork::random(device)) {
    const char* folder = std::getenv("BETWIXT_SHARED");
    std::string weights = folder ? folder : std::string(BETWIXT_SOURCE_DIR) + "/../shared";
    weights.append("/data/squeezenet11_deepscale/squeezenet1_1_deepscale_features_f32.safetensors");
    if (std::filesystem::exists(weights))
      squeezenet_.emplace(FeatureNetwork::load(device, weights, {.input = FeatureInput::kCaffe}));
  }
  bool knows_squeezenet() const { return squeezenet_.has_value(); }
  Score operator()(const Images& found) {
    const QualityTable table = compare(found, truth_);
    return {mean(table.psnr), mean(table.ssim), mean(random_(found, truth_)),
            squeezenet_ ? mean((*squeezenet_)(found, truth_)) : 0};
  }

 private:
  const Images& truth_;
  FeatureDistance random_;
  std::optional<FeatureDistance> squeezenet_;
};

void expect_better(const Score& ours, const Score& baseline, const char* which) {
  EXPECT_GT(ours.psnr, baseline.psnr) << which;
  EXPECT_GT(ours.ssim, baseline.ssim) << which;
  EXPECT_LT(ours.random, baseline.random) << which;
}

TEST(HeldOutFrames, TheModelFillsThemInBetterThanDissolvingOrRepeatingByEveryMeasure) {
  const Images all = load_images(std::string(BETWIXT_SOURCE_DIR) + "/demos/data/robot_arm");
  ASSERT_EQ(all.count, kSweep * kSweeps);
  const HeldOut set(all);
  const Device device = cpu_device();
  Judge judge(device, set.middles);
  Score straight, graph;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Autoencoder model(
        device, {.picture = {all.height, all.width, all.channels}, .code = kCode, .base_picture = true, .seed = seed});
    PictureLoss loss;
    loss.add_mse(1).add_ssim(0.3);
    const DenoiseReport report = train(model, set.learned, {.steps = 400, .loss = loss, .seed = seed});
    EXPECT_FALSE(report.collapsed) << "seed " << seed;
    const Codes codes = model.encode(set.learned);
    const NeighbourGraph roads(codes);
    straight.add(judge(halfway(model, set, [&](auto i, auto j) { return straight_path(codes, i, j); })), 1.0 / kSeeds);
    graph.add(judge(halfway(model, set, [&](auto i, auto j) { return roads.path(i, j); })), 1.0 / kSeeds);
  }
  const Score dissolve = judge(set.dissolved()), nearest = judge(set.learned.select(set.before));
  straight.print("straight");
  graph.print("graph");
  dissolve.print("dissolve");
  nearest.print("nearest");
  expect_better(graph, dissolve, "graph path, cross-dissolve");
  expect_better(graph, nearest, "graph path, nearest frame");
  expect_better(straight, dissolve, "straight path, cross-dissolve");
  expect_better(straight, nearest, "straight path, nearest frame");
  if (judge.knows_squeezenet()) {
    EXPECT_LT(graph.squeezenet, dissolve.squeezenet);
    EXPECT_LT(graph.squeezenet, nearest.squeezenet);
  }
}

}  // namespace
}  // namespace betwixt
