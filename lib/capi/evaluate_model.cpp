// SPDX-License-Identifier: MIT
// Measures of every way from picture to picture with a model.
#include "betwixt/capi/detail/evaluation.h"
#include "betwixt/capi/detail/numbers.h"

namespace betwixt::capi {

FactorGrid grid_of(const betwixt_grid* grid, const char* operation) {
  const auto from = read_struct(required(grid, operation, "grid"), operation, "grid");
  return {from.rows, from.columns, from.rows_wrap != 0, from.columns_wrap != 0};
}

FeatureDistance feature_distance(const Device& device, const betwixt_feature_options& from, const char* operation) {
  constexpr FeatureInput kInputs[] = {FeatureInput::kImageNet, FeatureInput::kSigned, FeatureInput::kCaffe};
  const int input = OptionNumbers(operation).choice(from.input, BETWIXT_FEATURES_CAFFE, "options.input");
  if (!from.weights) {
    if (from.heads) throw Error(ErrorCode::kMissing, operation, "heads without weights").in("options.weights");
    return FeatureDistance(FeatureNetwork::random(device));
  }
  const FeatureInput shown = from.heads ? FeatureInput::kLpips : kInputs[input];
  FeatureNetwork network =
      FeatureNetwork::load(device, text_of(from.weights, operation, "options.weights"), {.input = shown});
  LpipsHeads heads;
  if (from.heads) heads = LpipsHeads::load(text_of(from.heads, operation, "options.heads"));
  return FeatureDistance(std::move(network), std::move(heads));
}

GraphChoice graph_choice(const betwixt_path_options* options, const char* operation) {
  const PathChoice choice = path_choice(options, operation);
  return {.graph = choice.graph, .edges = choice.edges, .search = choice.search, .smooth = choice.smooth};
}

EvaluationOptions evaluation_options(const betwixt_evaluate_options& from, const char* operation) {
  constexpr int kMostFrames = 10'000;
  EvaluationOptions to{.graph = graph_choice(from.path, operation)};
  if (from.grid) to.grid = grid_of(from.grid, operation);
  if (from.has_ends != 0) {
    to.from = from.from;
    to.to = from.to;
    if (to.from < 0 || to.to < 0)
      throw Error(ErrorCode::kArgument, operation, "pictures %lld and %lld", static_cast<long long>(to.from),
                  static_cast<long long>(to.to))
          .in("options.from");
  }
  if (from.frames != 0) to.frames = from.frames;
  if (to.frames < 2 || to.frames > kMostFrames)
    throw Error(ErrorCode::kArgument, operation, "%d frames", to.frames)
        .in("options.frames")
        .expected("2 to %d", kMostFrames);
  to.every_second = from.every_second != 0;
  to.interval = from.interval;
  if (to.interval < 0)
    throw Error(ErrorCode::kArgument, operation, "%lld columns", static_cast<long long>(to.interval))
        .in("options.interval");
  return to;
}

const char* colour_name(std::int32_t colour, const char* operation) {
  constexpr const char* kNames[] = {"order", "row", "column"};
  return kNames[OptionNumbers(operation).choice(colour, BETWIXT_COLOUR_BY_COLUMN, "options.colour")];
}

}  // namespace betwixt::capi

using namespace betwixt;
using namespace betwixt::capi;

int32_t betwixt_model_evaluate(const betwixt_model* model, const betwixt_pictures* pictures,
                               const betwixt_evaluate_options* options, char* text, int64_t capacity, int64_t* length,
                               betwixt_error* error) {
  constexpr const char* kOperation = "model_evaluate";
  return guarded(error, kOperation, [&] {
    const ModelState& state = *object_of(model, kOperation, "model").state;
    const betwixt_pictures& set = object_of(pictures, kOperation, "pictures");
    const Reading reading(set.access, kOperation, "pictures");
    const auto from = read_struct(options, kOperation, "options");
    const EvaluationOptions chosen = evaluation_options(from, kOperation);
    const auto features = read_struct(from.features, kOperation, "options.features");
    const Turn turn(state.device->gate);
    FeatureDistance distance = feature_distance(state.device->device, features, kOperation);
    const Codes codes = state.model.encode(set.images);
    const Evaluation found = evaluate(PathSet{state.model, set.images, codes}, distance, chosen);
    Outlet{text, capacity, length}.put(to_text(to_json(found)), kOperation);
  });
}

int32_t betwixt_model_evaluate_lines(const betwixt_model* model, uint64_t seed, char* text, int64_t capacity,
                                     int64_t* length, betwixt_error* error) {
  return guarded(error, "model_evaluate_lines", [&] {
    const ModelState& state = *object_of(model, "model_evaluate_lines", "model").state;
    const Turn turn(state.device->gate);
    Outlet{text, capacity, length}.put(to_text(to_json(evaluate_lines(state.model, seed))), "model_evaluate_lines");
  });
}
