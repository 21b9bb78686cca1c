// SPDX-License-Identifier: MIT
// Graph rules, lengths of links, storyboards, extrapolation.
#include "tests/capi/api.h"

using namespace capi_test;

namespace {

class CApiPaths : public CApi {
 protected:
  /// A line of codes at 0, 1, 2, 3 and one on its own at 10.
  void SetUp() override {
    CApi::SetUp();
    CAPI_OK(betwixt_codes_create(1, &line, &error));
    const float values[] = {0, 1, 2, 3, 10};
    CAPI_OK(betwixt_codes_add(line, values, 5, &error));
  }
  std::vector<float> numbers(const betwixt_codes* of) const {
    std::int64_t count = 0;
    std::int32_t dimensions = 0;
    EXPECT_EQ(betwixt_codes_size(of, &count, &dimensions, nullptr), BETWIXT_OK);
    std::vector<float> found(static_cast<std::size_t>(count * dimensions));
    EXPECT_EQ(betwixt_codes_read(of, 0, count, found.data(), count * dimensions, nullptr), BETWIXT_OK);
    return found;
  }
  Codes line, path;
};

TEST_F(CApiPaths, RulesDecideWhichCodesAreLinked) {
  const std::int64_t near[] = {0, 3}, far[] = {0, 4};
  auto options = sized<betwixt_path_options>();
  auto info = sized<betwixt_path_info>();
  options.frames = -1;
  options.rule = BETWIXT_GRAPH_EPSILON;
  options.epsilon = 1.5;
  CAPI_OK(betwixt_path_create(line, near, 2, &options, &path, &info, &error));
  EXPECT_EQ(numbers(path), (std::vector<float>{0, 1, 2, 3}));
  EXPECT_EQ(info.epsilon, 1.5);
  EXPECT_EQ(info.k, 0);
  CAPI_FAILS(BETWIXT_E_MISSING, "", betwixt_path_create(line, far, 2, &options, &path, nullptr, &error));
  options.join = 1;
  CAPI_OK(betwixt_path_create(line, far, 2, &options, &path, &info, &error));
  EXPECT_EQ(numbers(path), (std::vector<float>{0, 1, 2, 3, 10}));
  options = sized<betwixt_path_options>();
  options.frames = -1;
  options.rule = BETWIXT_GRAPH_SMALLEST_EPSILON;
  CAPI_OK(betwixt_path_create(line, far, 2, &options, &path, &info, &error));
  EXPECT_EQ(info.epsilon, 7);
  options.rule = BETWIXT_GRAPH_MUTUAL;
  options.k = 1;
  CAPI_FAILS(BETWIXT_E_MISSING, "", betwixt_path_create(line, far, 2, &options, &path, nullptr, &error));
  options.rule = BETWIXT_GRAPH_NEAREST;
  options.k = 4;
  for (const int search : {BETWIXT_SEARCH_DIJKSTRA, BETWIXT_SEARCH_ASTAR, BETWIXT_SEARCH_BIDIRECTIONAL}) {
    options.search = search;
    CAPI_OK(betwixt_path_create(line, far, 2, &options, &path, &info, &error));
    EXPECT_EQ(info.length, 10);
    EXPECT_EQ(info.k, 4);
  }
}

TEST_F(CApiPaths, PathsGoOnBeyondTheirEndsAndCountByEdge) {
  const std::int64_t keys[] = {1, 2};
  auto options = sized<betwixt_path_options>();
  options.method = BETWIXT_PATH_STRAIGHT;
  options.extend = 1;
  options.frames = 4;
  CAPI_OK(betwixt_path_create(line, keys, 2, &options, &path, nullptr, &error));
  EXPECT_EQ(numbers(path), (std::vector<float>{0, 1, 2, 3}));
  options = sized<betwixt_path_options>();
  options.per_edge = 3;
  const std::int64_t through[] = {0, 2};
  CAPI_OK(betwixt_path_create(line, through, 2, &options, &path, nullptr, &error));
  EXPECT_EQ(numbers(path).front(), 0);
  EXPECT_EQ(numbers(path).back(), 2);
  EXPECT_EQ(numbers(path).size() % 2, 1u);
}

TEST_F(CApiPaths, StoryboardsOfAModelMeasureLinksByItsPictures) {
  const auto train = train_options(40);
  CAPI_OK(betwixt_model_train(model, pictures, &train, nullptr, &error));
  const std::int64_t keys[] = {0, 3, 5};
  std::vector<double> lengths;
  for (const int edges : {BETWIXT_EDGES_CODE, BETWIXT_EDGES_DECODED, BETWIXT_EDGES_PULLBACK}) {
    auto options = sized<betwixt_path_options>();
    options.edges = edges;
    options.frames = 9;
    auto info = sized<betwixt_path_info>();
    CAPI_OK(betwixt_model_path(model, nullptr, keys, 3, &options, &path, &info, &error));
    EXPECT_EQ(info.points, 9);
    Codes kept, same;
    CAPI_OK(betwixt_model_codes(model, &kept, &error));
    CAPI_OK(betwixt_model_path(model, kept, keys, 3, &options, &same, nullptr, &error));
    EXPECT_EQ(numbers(path), numbers(same));
    EXPECT_EQ(numbers(path)[0], numbers(kept)[0]) << "it begins at the first key";
    EXPECT_EQ(numbers(path)[17], numbers(kept)[11]) << "and ends at the last";
    if (edges != BETWIXT_EDGES_CODE)
      CAPI_FAILS(BETWIXT_E_ARGUMENT, "betwixt_model_path",
                 betwixt_path_create(kept, keys, 3, &options, &path, nullptr, &error));
  }
  CAPI_FAILS(BETWIXT_E_SHAPE, "codes", betwixt_model_path(model, line, keys, 2, nullptr, &path, nullptr, &error));
  auto a_star = sized<betwixt_path_options>();
  a_star.edges = BETWIXT_EDGES_DECODED;
  a_star.search = BETWIXT_SEARCH_ASTAR;
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "", betwixt_model_path(model, nullptr, keys, 2, &a_star, &path, nullptr, &error));
  auto counted = sized<betwixt_path_options>();
  counted.per_edge = 3;
  const auto frames = layout(4, kSide, kSide, 1);
  std::vector<std::uint8_t> memory(4 * kBytes);
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "per_edge",
             betwixt_model_morph(model, 0, 5, &counted, &frames, memory.data(), 4 * kBytes, nullptr, &error));
}

}  // namespace
