// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "tests/capi/api.h"

using namespace capi_test;

namespace {

constexpr double kPi = 3.14159265358979323846;

betwixt_grid row_of_six() {
  auto grid = sized<betwixt_grid>();
  grid.rows = 1;
  grid.columns = kCount;
  return grid;
}

/// The pictures of the set between two of its columns: the perfect way.
std::int32_t true_walk(void* user, std::int64_t from, std::int64_t to, std::int32_t frames, betwixt_pictures** made) {
  const auto* set = static_cast<const betwixt_pictures*>(user);
  EXPECT_EQ(to - from + 1, frames);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(frames) * kBytes);
  const auto l = layout(frames, kSide, kSide, 1);
  const auto bytes = static_cast<std::int64_t>(pixels.size());
  EXPECT_EQ(betwixt_pictures_read(set, from, &l, pixels.data(), bytes, nullptr), BETWIXT_OK);
  EXPECT_EQ(betwixt_pictures_create(kSide, kSide, 1, made, nullptr), BETWIXT_OK);
  return betwixt_pictures_add(*made, &l, pixels.data(), bytes, nullptr);
}

std::int32_t dissolving_walk(void* user, std::int64_t from, std::int64_t to, std::int32_t frames,
                             betwixt_pictures** made) {
  return betwixt_pictures_dissolve(static_cast<const betwixt_pictures*>(user), from, to, frames, made, nullptr);
}

TEST_F(CApi, TheTrueSequenceIsThePerfectPathOverTheGrid) {
  const auto grid = row_of_six();
  auto found = sized<betwixt_grid_measures>();
  CAPI_OK(betwixt_pictures_measure_on_grid(pictures, pictures, &grid, 0, kCount - 1, &found, &error));
  EXPECT_EQ(found.perfect_path, 0);
  EXPECT_NEAR(found.smoothness, 0, 1e-12);
  Pictures faded;
  CAPI_OK(betwixt_pictures_dissolve(pictures, 0, kCount - 1, kCount, &faded, &error));
  CAPI_OK(betwixt_pictures_measure_on_grid(faded, pictures, &grid, 0, kCount - 1, &found, &error));
  EXPECT_GT(found.perfect_path, 100);
  EXPECT_GT(found.smoothness, 0.5) << "a dissolve shows one end, then the other";
}

TEST_F(CApi, FactorsOfTheTrueWayAreExactAndThoseOfADissolveAreNot) {
  const auto grid = row_of_six();
  auto found = sized<betwixt_factor_measures>();
  CAPI_OK(betwixt_pictures_measure_factors(pictures, &grid, 3, true_walk, pictures.get(), &found, &error));
  EXPECT_EQ(found.m1_peak, 0);
  EXPECT_EQ(found.m2, 0);
  EXPECT_NEAR(found.m3_error, 0, 1e-12);
  EXPECT_NEAR(found.m4_deviation, 0, 1e-12);
  EXPECT_EQ(found.m4_violations, 0);
  CAPI_OK(betwixt_pictures_measure_factors(pictures, &grid, 3, dissolving_walk, pictures.get(), &found, &error));
  EXPECT_GT(found.m2, 0.01);
  EXPECT_GT(found.m4_deviation, 0.2);
}

TEST_F(CApi, AWalkThatGivesUpThrowsOrMakesNothingIsRefused) {
  const auto grid = row_of_six();
  auto found = sized<betwixt_factor_measures>();
  const auto measure = [&](auto walk, betwixt_error* error) {
    return betwixt_pictures_measure_factors(pictures, &grid, 3, walk, pictures.get(), &found, error);
  };
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "walk is NULL", measure(nullptr, &error));
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "returned 7",
             measure([](void*, std::int64_t, std::int64_t, std::int32_t, betwixt_pictures**) { return 7; }, &error));
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "made",
             measure([](void*, std::int64_t, std::int64_t, std::int32_t, betwixt_pictures**) { return 0; }, &error));
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "too dark",
             measure([](void*, std::int64_t, std::int64_t, std::int32_t,
                        betwixt_pictures**) -> std::int32_t { throw std::runtime_error("too dark"); },
                     &error));
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "the set itself",
             measure(
                 [](void* user, std::int64_t, std::int64_t, std::int32_t, betwixt_pictures** made) {
                   *made = static_cast<betwixt_pictures*>(user);
                   return 0;
                 },
                 &error));
  CAPI_FAILS(BETWIXT_E_SHAPE, "frames",
             measure([](void* user, std::int64_t from, std::int64_t to, std::int32_t,
                        betwixt_pictures** made) { return dissolving_walk(user, from, to, 2, made); },
                     &error));
  auto wrong = row_of_six();
  wrong.columns = 4;
  CAPI_FAILS(BETWIXT_E_SHAPE, "grid",
             betwixt_pictures_measure_factors(pictures, &wrong, 3, true_walk, pictures.get(), &found, &error));
}

TEST_F(CApi, LinesThatTurnEvenlyAreReal) {
  std::vector<double> angles;
  for (int i = 0; i < 16; ++i) angles.push_back(kPi / 2 * i / 15);
  Pictures turning;
  CAPI_OK(betwixt_scene_draw("lines", angles.data(), 16, 1, 0, &turning, &error));
  auto found = sized<betwixt_line_measures>();
  CAPI_OK(betwixt_pictures_measure_lines(turning, 16, &found, &error));
  EXPECT_LT(found.mean_distance, 0.01);
  EXPECT_LT(found.smoothness, 0.01);
  EXPECT_EQ(found.undefined, 0);
  CAPI_FAILS(BETWIXT_E_SHAPE, "[32, 32, 1]", betwixt_pictures_measure_lines(pictures, 6, &found, &error));
}

TEST_F(CApi, PerceptualDistancesAreNoneOfEqualPictures) {
  Pictures turned, same, faded;
  std::vector<double> angles = {0.1, 0.8, 1.5};
  CAPI_OK(betwixt_scene_draw("lines", angles.data(), 3, 1, 0, &same, &error));
  std::swap(angles[0], angles[1]);
  CAPI_OK(betwixt_scene_draw("lines", angles.data(), 3, 1, 0, &turned, &error));
  double distances[3] = {-1, -1, -1};
  CAPI_OK(betwixt_pictures_feature_distance(device, same, turned, nullptr, distances, 3, &error));
  EXPECT_GT(distances[0], 1e-3);
  EXPECT_NEAR(distances[0], distances[1], 1e-5);
  EXPECT_EQ(distances[2], 0);
  auto options = sized<betwixt_feature_options>();
  options.heads = "heads.safetensors";
  CAPI_FAILS(BETWIXT_E_MISSING, "weights",
             betwixt_pictures_feature_distance(device, same, same, &options, distances, 3, &error));
  CAPI_FAILS(BETWIXT_E_LIMIT, "room",
             betwixt_pictures_feature_distance(device, same, same, nullptr, distances, 2, &error));
}

TEST_F(CApi, LinksAreThoseThatPathsUse) {
  Codes codes;
  CAPI_OK(betwixt_codes_create(1, &codes, &error));
  const float places[] = {0, 1, 3, 6};
  CAPI_OK(betwixt_codes_add(codes, places, 4, &error));
  auto options = sized<betwixt_path_options>();
  options.rule = BETWIXT_GRAPH_EPSILON;
  options.epsilon = 3;
  std::int64_t count = 0;
  CAPI_OK(betwixt_codes_links(codes, &options, nullptr, 0, &count, &error));
  ASSERT_EQ(count, 4);
  betwixt_link links[4];
  CAPI_OK(betwixt_codes_links(codes, &options, links, 4, &count, &error));
  EXPECT_EQ(links[0].from, 0);
  EXPECT_EQ(links[0].to, 1);
  EXPECT_EQ(links[0].length, 1);
  EXPECT_EQ(links[3].from, 2);
  EXPECT_EQ(links[3].to, 3);
  EXPECT_EQ(links[3].length, 3);
  CAPI_FAILS(BETWIXT_E_LIMIT, "room", betwixt_codes_links(codes, &options, links, 3, &count, &error));
  CAPI_FAILS(BETWIXT_E_MISSING, "no codes", betwixt_model_links(model, nullptr, nullptr, 0, &count, &error));
  CAPI_OK(betwixt_model_keep(model, pictures, &error));
  options = sized<betwixt_path_options>();
  options.edges = BETWIXT_EDGES_DECODED;
  CAPI_OK(betwixt_model_links(model, &options, nullptr, 0, &count, &error));
  EXPECT_GE(count, kCount - 1);
}

TEST_F(CApi, ScenesAreDescribedSampledAndDrawn) {
  std::int64_t length = 0;
  CAPI_OK(betwixt_scenes_describe(nullptr, 0, &length, &error));
  std::string text(static_cast<std::size_t>(length) + 1, '\0');
  CAPI_OK(betwixt_scenes_describe(text.data(), length + 1, &length, &error));
  EXPECT_NE(text.find("\"turntable\""), std::string::npos);
  CAPI_OK(betwixt_scene_sample("pole_shadow", 0, 0, nullptr, 0, &length, &error));
  EXPECT_EQ(length, 576 * 2);
  std::vector<double> factors(10 * 2);
  CAPI_OK(betwixt_scene_sample("pole_shadow", 10, 3, factors.data(), 20, &length, &error));
  Pictures drawn;
  CAPI_OK(betwixt_scene_draw("pole_shadow", factors.data(), 10, 2, 16, &drawn, &error));
  auto shape = sized<betwixt_layout>();
  CAPI_OK(betwixt_pictures_describe(drawn, &shape, &error));
  EXPECT_EQ(shape.count, 10);
  EXPECT_EQ(shape.height, 16);
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "turntable", betwixt_scene_draw("spoon", factors.data(), 1, 1, 0, &drawn, &error));
  CAPI_FAILS(BETWIXT_E_SHAPE, "factor_count", betwixt_scene_draw("lines", factors.data(), 1, 2, 0, &drawn, &error));
  factors[0] = std::nan("");
  CAPI_FAILS(BETWIXT_E_NOT_FINITE, "factors", betwixt_scene_draw("lines", factors.data(), 1, 1, 0, &drawn, &error));
  CAPI_FAILS(BETWIXT_E_LIMIT, "pictures",
             betwixt_scene_draw("turntable", factors.data(), 10'000'000, 1, 64, &drawn, &error));
}

/// Factors of pictures of a scene.
std::vector<double> factors_of(const char* scene, const betwixt_scene_options& options) {
  std::int64_t length = 0;
  betwixt_error error;
  EXPECT_EQ(betwixt_scene_factors(scene, &options, nullptr, 0, &length, &error), BETWIXT_OK) << error.message;
  std::vector<double> factors(static_cast<std::size_t>(length));
  EXPECT_EQ(betwixt_scene_factors(scene, &options, factors.data(), length, &length, &error), BETWIXT_OK);
  return factors;
}

TEST_F(CApi, AScenesFactorsAreSweptPairedVariedAndFixed) {
  auto options = sized<betwixt_scene_options>();
  options.count = 3;
  options.sweep = "x";
  options.fixed = "y=0.25";
  const std::vector<double> swept = factors_of("disks", options);
  ASSERT_EQ(swept.size() % 3, 0u);
  const std::size_t width = swept.size() / 3;
  int rising = 0;
  for (std::size_t i = 0; i < width; ++i)
    rising += swept[i] < swept[width + i] && swept[width + i] < swept[2 * width + i];
  EXPECT_EQ(rising, 1) << "one factor moves";
  EXPECT_NE(std::find(swept.begin(), swept.begin() + static_cast<std::ptrdiff_t>(width), 0.25), swept.end());
  options.sweep = nullptr;
  options.fixed = nullptr;
  options.pairs = "x";
  EXPECT_EQ(factors_of("disks", options).size(), 2 * 3 * width) << "every picture twice";
  options.pairs = nullptr;
  options.vary = "y";
  const std::vector<double> varied = factors_of("disks", options);
  int differing = 0;
  for (std::size_t i = 0; i < width; ++i) differing += varied[i] != varied[width + i];
  EXPECT_EQ(differing, 1) << "only one factor varies";
  std::int64_t length = 0;
  options.fixed = "y=much";
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "FACTOR=NUMBER",
             betwixt_scene_factors("disks", &options, nullptr, 0, &length, &error));
  options.fixed = "weight=1";
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "weight", betwixt_scene_factors("disks", &options, nullptr, 0, &length, &error));
  options = sized<betwixt_scene_options>();
  options.all = 1;
  options.sweep = "x";
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "sweep", betwixt_scene_factors("disks", &options, nullptr, 0, &length, &error));
}

TEST_F(CApi, ABatchInPartsTakesLessMemoryAndLearns) {
  auto options = train_options(120);
  options.batch = kCount;
  auto whole = sized<betwixt_train_report>();
  CAPI_OK(betwixt_model_train(model, pictures, &options, &whole, &error));
  options.batch_parts = 3;
  Model other;
  make_model(&other);
  auto parts = sized<betwixt_train_report>();
  CAPI_OK(betwixt_model_train(other, pictures, &options, &parts, &error));
  EXPECT_LT(parts.peak_bytes, whole.peak_bytes);
  EXPECT_LT(parts.loss, 0.8 * parts.variance);
  options.batch_parts = 4;
  Model third;
  make_model(&third);
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "4 parts", betwixt_model_train(third, pictures, &options, nullptr, &error));
  options.batch_parts = -1;
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "batch_parts", betwixt_model_train(third, pictures, &options, nullptr, &error));
}

}  // namespace
