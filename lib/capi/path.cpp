// SPDX-License-Identifier: MIT
#include "betwixt/capi/detail/objects.h"
#include "betwixt/interp/paths.h"

namespace betwixt::capi {
namespace {

constexpr int kMostFrames = 1'000'000;
constexpr std::int64_t kMostNumbers = std::int64_t{1} << 27;
constexpr int kMostPasses = 1000;

CodePath between(const Codes& codes, const NeighbourGraph* graph, std::int64_t from, std::int64_t to,
                 const PathChoice& choice, int points) {
  if (choice.method == BETWIXT_PATH_STRAIGHT) return straight_path(codes, from, to, points);
  if (choice.method == BETWIXT_PATH_SLERP) return spherical_path(codes, from, to, points);
  return graph->path(from, to).smooth(choice.smooth);
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

}  // namespace

std::shared_ptr<const NeighbourGraph> GraphCache::graph(const Codes& codes, int k) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!graph_ || k_ != k) {
    graph_ = std::make_shared<const NeighbourGraph>(codes, NeighbourGraphOptions{.k = k});
    k_ = k;
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
  if (from.k != 0) choice.k = from.k;
  choice.smooth = from.smooth;
  if (choice.method < BETWIXT_PATH_GRAPH || choice.method > BETWIXT_PATH_SLERP)
    throw Error(ErrorCode::kUnsupported, operation, "path method %d", choice.method).in("options.method");
  if (choice.k < 1) throw Error(ErrorCode::kArgument, operation, "%d neighbours", choice.k).in("options.k");
  if (choice.smooth < 0 || choice.smooth > kMostPasses)
    throw Error(ErrorCode::kArgument, operation, "%d passes of smoothing", choice.smooth)
        .in("options.smooth")
        .expected("0 to %d", kMostPasses);
  check_frames(choice.frames, "options.frames");
  return choice;
}

CodePath make_path(const Codes& codes, const GraphCache& cache, std::span<const std::int64_t> keys,
                   const PathChoice& choice, betwixt_path_info& info) {
  check_keys(codes, keys);
  std::shared_ptr<const NeighbourGraph> graph;
  if (choice.method == BETWIXT_PATH_GRAPH) graph = cache.graph(codes, choice.k);
  const bool single = keys.size() == 2;
  // Pieces of a spherical path have as many points each as the whole.
  check_numbers(choice.frames * static_cast<std::int64_t>(keys.size() - 1), codes);
  // Between two codes the frames are made at once; through several, pieces are joined and spaced anew.
  const int points = choice.frames > 1 && (single || choice.method == BETWIXT_PATH_SLERP) ? choice.frames : 2;
  CodePath path = storyboard(
      keys, [&](std::int64_t from, std::int64_t to) { return between(codes, graph.get(), from, to, choice, points); });
  const bool spaced = single && !graph && choice.frames == points;
  if (choice.frames > 0 && !spaced) path = path.resample(choice.frames);
  info = {};
  info.k = graph ? graph->k() : 0;
  info.points = path.points.count;
  info.length = path.length();
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
    if (key_count < 0 || key_count > (std::int64_t{1} << 20))
      throw Error(ErrorCode::kArgument, "path_create", "%lld keys", static_cast<long long>(key_count)).in("key_count");
    if (key_count > 0) required(keys, "path_create", "keys");
    betwixt_path_info found{};
    auto handle = std::make_unique<betwixt_codes>();
    handle->codes = make_path(set.codes, set.graph, {keys, static_cast<std::size_t>(key_count)}, choice, found).points;
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
