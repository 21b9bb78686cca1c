// SPDX-License-Identifier: MIT
// The claim the library stands on: learn every second frame of a real sweep, and the frames in between come back
// better than by cross-dissolve or by showing the nearest frame.
#include "held_out.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/interp/neighbour_graph.h"
#include "betwixt/interp/paths.h"
#include "betwixt/media/picture_folder.h"
#include "betwixt/methods/autoencoder/denoise.h"
#include "betwixt/metrics/image_quality.h"
#include "places.h"

namespace betwixt {
namespace {

double mean_psnr(const Images& found, const Images& truth) { return mean(compare(found, truth).psnr); }

/// Mean PSNR over the held-out frames of four ways to fill them in.
struct Score {
  double straight = 0;
  double graph = 0;           ///< along the graph as it is by default
  double wide_graph = 0;      ///< with k from 4, so that the frames before and after are neighbours
  double smallest_graph = 0;  ///< with the smallest connecting k from 2, as published
  double dissolve = 0;
  double nearest = 0;
  double training = 0;
};

Codes middle_codes(const Codes& codes, const HeldOut& set,
                   const std::function<CodePath(std::int64_t, std::int64_t)>& path) {
  Codes middles(0, codes.dimensions);
  for (const std::int64_t i : set.before) middles.append(path(i, i + 1).resample(3).points.row(1));
  return middles;
}

Score score(const Autoencoder& model, const HeldOut& set) {
  const Codes codes = model.encode(set.learned);
  const auto surf = [&](const NeighbourGraph& graph) {
    return model.decode(middle_codes(codes, set, [&](std::int64_t i, std::int64_t j) { return graph.path(i, j); }));
  };
  Score s;
  s.straight = mean_psnr(model.decode(middle_codes(
                             codes, set, [&](std::int64_t i, std::int64_t j) { return straight_path(codes, i, j); })),
                         set.middles);
  s.graph = mean_psnr(surf(NeighbourGraph(codes)), set.middles);
  s.wide_graph = mean_psnr(surf(NeighbourGraph(codes, {.k = 4})), set.middles);
  s.smallest_graph = mean_psnr(surf(NeighbourGraph(codes, {.k = 2})), set.middles);
  s.dissolve = mean_psnr(set.dissolved(), set.middles);
  s.nearest = mean_psnr(set.learned.select(set.before), set.middles);
  s.training = mean_psnr(model.decode(codes), set.learned);
  return s;
}

struct Spread {
  double mean = 0;
  double deviation = 0;
};

Spread spread(const std::vector<Score>& scores, double Score::*field) {
  Spread s;
  for (const Score& each : scores) s.mean += each.*field / static_cast<double>(scores.size());
  for (const Score& each : scores) s.deviation += (each.*field - s.mean) * (each.*field - s.mean);
  s.deviation = std::sqrt(s.deviation / static_cast<double>(scores.size() - 1));
  return s;
}

TEST(HeldOutFrames, TheModelFillsThemInBetterThanDissolvingOrRepeating) {
  const Images all = load_images(std::string(BETWIXT_SOURCE_DIR) + "/demos/data/robot_arm");
  ASSERT_EQ(all.count, kSweep * kSweeps);
  const HeldOut set(all);
  const Device device = cpu_device();
  std::vector<Score> scores;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Autoencoder model(device, {.picture = {all.height, all.width, all.channels}, .code = 3, .seed = seed});
    const DenoiseReport report = train(model, set.learned, {.steps = 1200, .seed = seed});
    EXPECT_FALSE(report.collapsed) << "seed " << seed;
    scores.push_back(score(model, set));
    const Score& s = scores.back();
    std::printf("seed %d: straight %.2f dB, graph %.2f dB, k from 4 %.2f dB, from 2 %.2f dB (training frames %.2f dB, ",
                static_cast<int>(seed), s.straight, s.graph, s.wide_graph, s.smallest_graph, s.training);
    std::printf("%.0f s)\n", report.fit.seconds);
    std::fflush(stdout);
  }
  const Spread straight = spread(scores, &Score::straight);
  const Spread graph = spread(scores, &Score::graph);
  const Spread wide = spread(scores, &Score::wide_graph);
  const Spread smallest = spread(scores, &Score::smallest_graph);
  std::printf("held-out frames, PSNR, mean and deviation over 5 seeds\n");
  std::printf("  straight path          %.2f +- %.2f dB\n", straight.mean, straight.deviation);
  std::printf("  graph path             %.2f +- %.2f dB\n", graph.mean, graph.deviation);
  std::printf("  graph path, k from 4   %.2f +- %.2f dB\n", wide.mean, wide.deviation);
  std::printf("  graph path, k from 2   %.2f +- %.2f dB\n", smallest.mean, smallest.deviation);
  std::printf("  cross-dissolve         %.2f dB\n  nearest-frame playback %.2f dB\n", scores[0].dissolve,
              scores[0].nearest);
  EXPECT_GT(straight.mean, scores[0].dissolve);
  EXPECT_GT(graph.mean, scores[0].dissolve);
  EXPECT_GT(graph.mean, scores[0].nearest);
  EXPECT_GT(wide.mean, scores[0].dissolve);
  EXPECT_GT(straight.mean, scores[0].nearest);
  EXPECT_GT(wide.mean, scores[0].nearest);
  EXPECT_GT(smallest.mean, scores[0].dissolve);
  EXPECT_GT(smallest.mean, scores[0].nearest);
}

}  // namespace
}  // namespace betwixt
