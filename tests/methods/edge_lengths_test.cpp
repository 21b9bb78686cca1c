// SPDX-License-Identifier: MIT
#include "betwixt/methods/autoencoder/edge_lengths.h"

#include <gtest/gtest.h>

#include <cmath>

#include "betwixt/core/error.h"
#include "betwixt/core/philox.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/interp/shortest_path.h"
#include "betwixt/methods/autoencoder/denoise.h"

namespace betwixt {
namespace {

class EdgeMeasures : public testing::Test {
 protected:
  Autoencoder model{cpu_device({.threads = 2}), {.picture = {16, 16, 1}, .code = 2, .channels = 8, .seed = 3}};

  static Codes random_codes(int count, double spread) {
    Codes codes(count, 2);
    const RandomStream stream(1, "codes");
    for (std::uint32_t i = 0; i < codes.values.size(); ++i)
      codes.values[i] = static_cast<float>(spread * (philox({i, 0, 0, 0}, stream.key())[0] / 4294967296.0 - 0.5));
    return codes;
  }
};

TEST_F(EdgeMeasures, DecodedLengthIsTheDifferenceOfTheDecodedPictures) {
  const Codes codes = random_codes(20, 6);
  const std::vector<Edge> edges{{0, 1}, {2, 3}, {4, 4}, {5, 19}};
  const std::vector<double> lengths = edge_lengths(model, codes, EdgeMeasure::kDecoded)(edges);
  const Images pictures = model.decode(codes);
  for (std::size_t e = 0; e < edges.size(); ++e) {
    double sum = 0;
    for (std::size_t p = 0; p < 256; ++p) {
      const double d = (pictures.picture(edges[e].from)[p] - pictures.picture(edges[e].to)[p]) / 255.0;
      sum += d * d / 256;
    }
    EXPECT_NEAR(lengths[e], std::sqrt(sum), 0.003) << "up to rounding to bytes";
  }
}

/// The length of a curve is the limit of its chords': many short decoded edges against one pulled back.
TEST_F(EdgeMeasures, PullBackLengthIsThatOfTheDecodedCurve) {
  const Codes ends = random_codes(2, 2);
  constexpr int kPieces = 64;
  const Codes fine = straight_path(ends, 0, 1, kPieces + 1).points;
  std::vector<Edge> pieces;
  for (int i = 0; i < kPieces; ++i) pieces.push_back({i, i + 1});
  double curve = 0;
  for (const double chord : edge_lengths(model, fine, EdgeMeasure::kDecoded)(pieces)) curve += chord;
  const std::vector<Edge> whole{{0, 1}};
  const double pulled = edge_lengths(model, ends, EdgeMeasure::kPullBack)(whole)[0];
  const double chord = edge_lengths(model, ends, EdgeMeasure::kDecoded)(whole)[0];
  EXPECT_NEAR(pulled, curve, 0.1 * curve);
  EXPECT_GE(curve, chord * 0.999) << "no curve is shorter than its chord";
  EXPECT_GT(curve, 0);
}

TEST_F(EdgeMeasures, GraphsTakeThemAndAStarRefusesThem) {
  const Codes codes = random_codes(60, 6);
  for (const EdgeMeasure measure : {EdgeMeasure::kDecoded, EdgeMeasure::kPullBack}) {
    const NeighbourGraph graph(codes, {.lengths = edge_lengths(model, codes, measure)});
    EXPECT_FALSE(graph.euclidean());
    EXPECT_NEAR(shortest_path(graph, 0, 59).length, shortest_path(graph, 0, 59, PathSearch::kBidirectional).length,
                1e-9);
    EXPECT_THROW((void)shortest_path(graph, 0, 59, PathSearch::kAStar), Error);
  }
  EXPECT_FALSE(edge_lengths(model, codes, EdgeMeasure::kCode)) << "plain distances need no function";
  EXPECT_THROW((void)edge_lengths(model, Codes(4, 3), EdgeMeasure::kDecoded), Error);
}

/// Any loss trains, by steps as the report does.
TEST_F(EdgeMeasures, TrainingTakesAMixtureAndTheReportsSchedule) {
  Images pictures(24, 16, 16, 1);
  for (std::int64_t i = 0; i < pictures.count; ++i)
    for (int y = 0; y < 16; ++y)
      for (int x = 0; x < 16; ++x)
        pictures.picture(i)[static_cast<std::size_t>(y * 16 + x)] = std::abs(x - i / 2 - 2) < 3 ? 220 : 30;
  PictureLoss loss;
  loss.add_mse(0.8).add_ssim(0.2);
  const DenoiseReport report = train(model, pictures,
                                     {.steps = 120,
                                      .batch = 8,
                                      .learning_rate = 5e-3,
                                      .warmup = 0,
                                      .step_every = 60,
                                      .shuffle = false,
                                      .loss = loss,
                                      .weight_decay = 1e-5});
  EXPECT_LT(report.loss, 0.6 * report.variance);
  ASSERT_EQ(report.curve.size(), 120u);
  EXPECT_LT(report.curve.back(), report.curve.front());
}

}  // namespace
}  // namespace betwixt
