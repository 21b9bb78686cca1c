// SPDX-License-Identifier: MIT
#include "betwixt/capi/detail/numbers.h"
#include "betwixt/capi/detail/objects.h"
#include "betwixt/interp/paths.h"

namespace betwixt::capi {
namespace {

constexpr int kMostFrames = 1'000'000;
constexpr std::int64_t kMostNumbers = std::int64_t{1} << 27;
constexpr int kMostPasses = 1000;
constexpr int kMostPerEdge = 1000;
constexpr double kMostExtension = 1000;

CodePath between(const Codes& codes, const NeighbourGraph* graph, std::int64_t from, std::int64_t to,
                 const PathChoice& choice, int points) {
  if (choice.method == BETWIXT_PATH_STRAIGHT) return straight_path(codes, from, to, points);
  if (choice.method == BETWIXT_PATH_SLERP) return spherical_path(codes, from, to, points);
  return graph_path(*graph, from, to, choice.search).smooth(choice.smooth);
}

void check_keys(const Codes& codes, std::span<const std::int64_t> keys) {
  if (keys.size() < 2) throw Error(ErrorCode::kArgument, "path", "%zu keys; two at least", keys.size()).in("keys");
  for (const std::int64_t key : keys)
    if (key < 0 || key >= codes.count)
      throw Error(ErrorCode::kArgument, "path", "code %lld of %lld", static_cast<long long>(key),
                  static_cast<long long>(codes.count))
          .in("keys");
}

void check_frames(int frames, const char* field) {
  if (frames > kMostFrames)
    throw Error(ErrorCode::kLimit, "path", "%d frames, %d are allowed", frames, kMostFrames).in(field).limit("frames");
}

void check_numbers(std::int64_t points, const Codes& codes) {
  const std::int64_t numbers = points * codes.dimensions;
  if (numbers > kMostNumbers)
    throw Error(ErrorCode::kLimit, "path", "%lld numbers, %lld are allowed", static_cast<long long>(numbers),
                static_cast<long long>(kMostNumbers))
        .limit("path numbers");
}

/// Whether two graphs of the same codes are the same; their lengths are those of the codes.
bool same_graph(const NeighbourGraphOptions& a, const NeighbourGraphOptions& b) {
  return a.rule == b.rule && a.k == b.k && a.epsilon == b.epsilon && a.duplicate_tolerance == b.duplicate_tolerance &&
         a.join_components == b.join_components;
}

void check_graph(const betwixt_path_options& from, PathChoice& to, const char* operation) {
  const OptionNumbers number(operation);
  constexpr GraphRule kRules[] = {GraphRule::kSmallestK, GraphRule::kNearest, GraphRule::kMutual,
                                  GraphRule::kSmallestEpsilon, GraphRule::kEpsilon};
  constexpr EdgeMeasure kEdges[] = {EdgeMeasure::kCode, EdgeMeasure::kDecoded, EdgeMeasure::kPullBack};
  constexpr PathSearch kSearches[] = {PathSearch::kDijkstra, PathSearch::kAStar, PathSearch::kBidirectional};
  to.graph.rule = kRules[number.choice(from.rule, BETWIXT_GRAPH_EPSILON, "options.rule")];
  to.edges = kEdges[number.choice(from.edges, BETWIXT_EDGES_PULLBACK, "options.edges")];
  to.search = kSearches[number.choice(from.search, BETWIXT_SEARCH_BIDIRECTIONAL, "options.search")];
  to.graph.k = from.k;
  if (to.graph.k < 0) throw Error(ErrorCode::kArgument, operation, "%d neighbours", to.graph.k).in("options.k");
  to.graph.epsilon = number.at_least_zero(from.epsilon, "options.epsilon");
  to.graph.duplicate_tolerance = number.optional(from.duplicates, to.graph.duplicate_tolerance, "options.duplicates");
  to.graph.join_components = from.join != 0;
}

CodePath spaced(CodePath path, const PathChoice& choice) {
  if (choice.extend > 0) path = path.extend(choice.extend, choice.extend);
  if (choice.per_edge > 0) {
    check_numbers(path.points.count * choice.per_edge, path.points);
    return path.per_edge(choice.per_edge);
  }
  return choice.frames > 0 ? path.resample(choice.frames) : path;
}

}  // namespace

std::shared_ptr<const NeighbourGraph> GraphCache::graph(const Codes& codes, const PathChoice& choice,
                                                        const Autoencoder* model) const {
  NeighbourGraphOptions options = choice.graph;
  if (choice.edges != EdgeMeasure::kCode) {
    if (!model)
      throw Error(ErrorCode::kArgument, "path", "these links are measured with a model: use betwixt_model_path")
          .in("options.edges");
    options.lengths = edge_lengths(*model, codes, choice.edges);
    return std::make_shared<const NeighbourGraph>(codes, options);
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!graph_ || !same_graph(options_, options)) {
    graph_ = std::make_shared<const NeighbourGraph>(codes, options);
    options_ = options;
  }
  return graph_;
}

void GraphCache::forget() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  graph_ = nullptr;
}

PathChoice path_choice(const betwixt_path_options* options, const char* operation) {
  const auto from = read_struct(options, operation, "options");
  PathChoice choice;
  choice.method = from.method;
  if (from.frames != 0) choice.frames = from.frames;
  check_graph(from, choice, operation);
  choice.smooth = from.smooth;
  if (choice.method < BETWIXT_PATH_GRAPH || choice.method > BETWIXT_PATH_SLERP)
    throw Error(ErrorCode::kUnsupported, operation, "path method %d", choice.method).in("options.method");
  if (choice.smooth < 0 || choice.smooth > kMostPasses)
    throw Error(ErrorCode::kArgument, operation, "%d passes of smoothing", choice.smooth)
        .in("options.smooth")
        .expected("0 to %d", kMostPasses);
  choice.extend = OptionNumbers(operation).at_least_zero(from.extend, "options.extend");
  if (choice.extend > kMostExtension)
    throw Error(ErrorCode::kValue, operation, "%g paths beyond the ends", choice.extend).in("options.extend");
  choice.per_edge = from.per_edge;
  if (choice.per_edge != 0 && (choice.per_edge < 2 || choice.per_edge > kMostPerEdge))
    throw Error(ErrorCode::kArgument, operation, "%d points an edge", choice.per_edge)
        .in("options.per_edge")
        .expected("0, or 2 to %d", kMostPerEdge);
  check_frames(choice.frames, "options.frames");
  return choice;
}

std::span<const std::int64_t> checked_keys(const std::int64_t* keys, std::int64_t count, const char* operation) {
  if (count < 0 || count > (std::int64_t{1} << 20))
    throw Error(ErrorCode::kArgument, operation, "%lld keys", static_cast<long long>(count)).in("key_count");
  if (count > 0) required(keys, operation, "keys");
  return {keys, static_cast<std::size_t>(count)};
}

CodePath make_path(const Codes& codes, const GraphCache& cache, std::span<const std::int64_t> keys,
                   const PathChoice& choice, betwixt_path_info& info, const Autoencoder* model) {
  check_keys(codes, keys);
  std::shared_ptr<const NeighbourGraph> graph;
  if (choice.method == BETWIXT_PATH_GRAPH) graph = cache.graph(codes, choice, model);
  const bool single = keys.size() == 2 && choice.extend == 0 && choice.per_edge == 0;
  // Pieces of a spherical path have as many points each as the whole.
  check_numbers(choice.frames * static_cast<std::int64_t>(keys.size() - 1), codes);
  // Between two codes the frames are made at once; through several, pieces are joined and spaced anew.
  const bool whole = choice.frames > 1 && (single || (choice.method == BETWIXT_PATH_SLERP && choice.per_edge == 0));
  const int points = whole ? choice.frames : 2;
  CodePath path = storyboard(
      keys, [&](std::int64_t from, std::int64_t to) { return between(codes, graph.get(), from, to, choice, points); });
  if (!single || graph || choice.frames != points) path = spaced(std::move(path), choice);
  info = {};
  info.k = graph ? graph->k() : 0;
  info.points = path.points.count;
  info.length = path.length();
  info.epsilon = graph ? graph->epsilon() : 0;
  return path;
}

}  // namespace betwixt::capi

using namespace betwixt;
using namespace betwixt::capi;

int32_t betwixt_path_create(const betwixt_codes* codes, const int64_t* keys, int64_t key_count,
                            const betwixt_path_options* options, betwixt_codes** path, betwixt_path_info* info,
                            betwixt_error* error) {
  if (path) *path = nullptr;
  return guarded(error, "path_create", [&] {
    required(path, "path_create", "path");
    const betwixt_codes& set = object_of(codes, "path_create", "codes");
    const Reading reading(set.access, "path_create", "codes");
    if (info) check_result(info, "path_create", "info");
    const PathChoice choice = path_choice(options, "path_create");
    betwixt_path_info found{};
    auto handle = std::make_unique<betwixt_codes>();
    handle->codes = make_path(set.codes, set.graph, checked_keys(keys, key_count, "path_create"), choice, found).points;
    if (info) write_struct(info, found, "path_create", "info");
    *path = handle.release();
  });
}

int32_t betwixt_path_resample(const betwixt_codes* path, int32_t frames, betwixt_codes** resampled,
                              betwixt_error* error) {
  if (resampled) *resampled = nullptr;
  return guarded(error, "path_resample", [&] {
    required(resampled, "path_resample", "resampled");
    const betwixt_codes& set = object_of(path, "path_resample", "path");
    const Reading reading(set.access, "path_resample", "path");
    check_frames(frames, "frames");
    check_numbers(frames, set.codes);
    if (set.codes.count == 0) throw Error(ErrorCode::kArgument, "path_resample", "the path has no points").in("path");
    auto handle = std::make_unique<betwixt_codes>();
    handle->codes = CodePath{set.codes, {}}.resample(frames).points;
    *resampled = handle.release();
  });
}
