// SPDX-License-Identifier: MIT
// The claim the library stands on: learn every second frame of a real sweep, and the frames in between come back
// better than by cross-dissolve or by showing the nearest frame.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/interp/neighbour_graph.h"
#include "betwixt/interp/paths.h"
#include "betwixt/media/picture_folder.h"
#include "betwixt/methods/autoencoder/denoise.h"
#include "places.h"

namespace betwixt {
namespace {

constexpr int kSweep = 20;  ///< frames of one axis
constexpr int kSweeps = 2;

/// Even frames to learn, odd frames between two even ones to recover.
struct HeldOut {
  Images learned;
  Images middles;
  std::vector<std::int64_t> before;  ///< per middle, the learned frame before it; the next one follows

  explicit HeldOut(const Images& all) {
    std::vector<std::int64_t> even;
    std::vector<std::int64_t> odd;
    for (int sweep = 0; sweep < kSweeps; ++sweep)
      for (int i = 0; i < kSweep; ++i) {
        if (i % 2 == 0) {
          even.push_back(sweep * kSweep + i);
        } else if (i + 1 < kSweep) {
          odd.push_back(sweep * kSweep + i);
          before.push_back(static_cast<std::int64_t>(even.size()) - 1);
        }
      }
    learned = all.select(even);
    middles = all.select(odd);
  }
};

double psnr(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.size()) / std::max(sum, 1.0));
}

/// Mean PSNR over the held-out frames of four ways to fill them in.
struct Score {
  double straight = 0;
  double graph = 0;       ///< along the graph with the smallest connecting k
  double wide_graph = 0;  ///< with k from 4, so that the frames before and after are neighbours
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

Images dissolve(const Images& a, std::int64_t i, std::int64_t j) {
  Images out(1, a.height, a.width, a.channels);
  for (std::size_t k = 0; k < out.pixels.size(); ++k)
    out.pixels[k] = static_cast<std::uint8_t>((a.picture(i)[k] + a.picture(j)[k] + 1) / 2);
  return out;
}

Score score(const Autoencoder& model, const HeldOut& set) {
  const Codes codes = model.encode(set.learned);
  const NeighbourGraph graph(codes);
  const NeighbourGraph wide(codes, {.k = 4});
  const Images straight = model.decode(
      middle_codes(codes, set, [&](std::int64_t i, std::int64_t j) { return straight_path(codes, i, j); }));
  const Images surfed =
      model.decode(middle_codes(codes, set, [&](std::int64_t i, std::int64_t j) { return graph.path(i, j); }));
  const Images wide_surfed =
      model.decode(middle_codes(codes, set, [&](std::int64_t i, std::int64_t j) { return wide.path(i, j); }));
  Score s;
  const auto count = static_cast<double>(set.middles.count);
  for (std::int64_t m = 0; m < set.middles.count; ++m) {
    const std::int64_t i = set.before[static_cast<std::size_t>(m)];
    const auto truth = set.middles.picture(m);
    s.straight += psnr(straight.picture(m), truth) / count;
    s.graph += psnr(surfed.picture(m), truth) / count;
    s.wide_graph += psnr(wide_surfed.picture(m), truth) / count;
    s.dissolve += psnr(dissolve(set.learned, i, i + 1).picture(0), truth) / count;
    s.nearest += psnr(set.learned.picture(i), truth) / count;
  }
  const Images back = model.decode(codes);
  for (std::int64_t i = 0; i < back.count; ++i)
    s.training += psnr(back.picture(i), set.learned.picture(i)) / static_cast<double>(back.count);
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
    std::printf("seed %d: straight %.2f dB, graph %.2f dB, with k from 4 %.2f dB (training frames %.2f dB, %.0f s)\n",
                static_cast<int>(seed), s.straight, s.graph, s.wide_graph, s.training, report.fit.seconds);
    std::fflush(stdout);
  }
  const Spread straight = spread(scores, &Score::straight);
  const Spread graph = spread(scores, &Score::graph);
  const Spread wide = spread(scores, &Score::wide_graph);
  std::printf("held-out frames, PSNR, mean and deviation over 5 seeds\n");
  std::printf("  straight path          %.2f +- %.2f dB\n", straight.mean, straight.deviation);
  std::printf("  graph path             %.2f +- %.2f dB\n", graph.mean, graph.deviation);
  std::printf("  graph path, k from 4   %.2f +- %.2f dB\n", wide.mean, wide.deviation);
  std::printf("  cross-dissolve         %.2f dB\n  nearest-frame playback %.2f dB\n", scores[0].dissolve,
              scores[0].nearest);
  EXPECT_GT(straight.mean, scores[0].dissolve);
  EXPECT_GT(graph.mean, scores[0].dissolve);
  EXPECT_GT(graph.mean, scores[0].nearest);
  EXPECT_GT(wide.mean, scores[0].dissolve);
  EXPECT_GT(straight.mean, scores[0].nearest);
  EXPECT_GT(wide.mean, scores[0].nearest);
}

}  // namespace
}  // namespace betwixt
