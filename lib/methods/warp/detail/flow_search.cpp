// SPDX-License-Identifier: MIT
#include "betwixt/methods/warp/detail/flow_search.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

namespace betwixt::detail {
namespace {

class FlowSearch {
 public:
  FlowSearch(const FeatureMap& from, const FeatureMap& to, const FlowSearchOptions& options)
      : from_(from),
        to_(to),
        options_(options),
        side_(2 * options.radius + 1),
        labels_(static_cast<std::size_t>(side_) * side_),
        pixels_(static_cast<std::size_t>(from.height) * from.width),
        cost_(pixels_ * labels_),
        total_(pixels_ * labels_, 0.0f) {}

  std::vector<float> run() {
    for (int dy = -options_.radius; dy <= options_.radius; ++dy)
      for (int dx = -options_.radius; dx <= options_.radius; ++dx) match(dx, dy);
    for (const int dy : {-1, 0, 1})
      for (const int dx : {-1, 0, 1})
        if (dx != 0 || dy != 0) add_paths(dx, dy);
    return best();
  }

 private:
  std::size_t at(int x, int y) const { return static_cast<std::size_t>(y) * from_.width + x; }

  float difference(int x, int y, int dx, int dy) const {
    const int u = x + dx;
    const int v = y + dy;
    if (u < 0 || v < 0 || u >= to_.width || v >= to_.height) return options_.limit;
    const float* a = from_.values + at(x, y) * from_.channels;
    const float* b = to_.values + at(u, v) * to_.channels;
    float sum = 0;
    for (int c = 0; c < from_.channels; ++c) sum += std::abs(a[c] - b[c]);
    return std::min(sum, options_.limit);
  }

  /// Patch costs of one displacement, into its plane of cost_.
  void match(int dx, int dy) {
    std::vector<float> single(pixels_);
    for (int y = 0; y < from_.height; ++y)
      for (int x = 0; x < from_.width; ++x) single[at(x, y)] = difference(x, y, dx, dy);
    const float still = options_.still * std::sqrt(static_cast<float>(dx * dx + dy * dy));
    const std::size_t label = static_cast<std::size_t>(dy + options_.radius) * side_ + (dx + options_.radius);
    for (int y = 0; y < from_.height; ++y)
      for (int x = 0; x < from_.width; ++x) cost_[at(x, y) * labels_ + label] = patch(single, x, y) + still;
  }

  /// Mean over 3 by 3 pixels, the middle one counted four times.
  float patch(const std::vector<float>& single, int x, int y) const {
    float sum = 3 * single[at(x, y)];
    for (int v = y - 1; v <= y + 1; ++v)
      for (int u = x - 1; u <= x + 1; ++u)
        sum += single[at(std::clamp(u, 0, from_.width - 1), std::clamp(v, 0, from_.height - 1))];
    return sum / 12;
  }

  float edge(std::size_t i, std::size_t j) const {
    float sum = 0;
    for (int c = 0; c < from_.channels; ++c)
      sum += std::abs(from_.values[i * from_.channels + c] - from_.values[j * from_.channels + c]);
    return sum;
  }

  /// All paths in one direction: every pixel takes over what the one before it on the path knows.
  void add_paths(int dx, int dy) {
    const int w = from_.width;
    const int h = from_.height;
    std::vector<float> path(2 * static_cast<std::size_t>(w) * labels_);  // this row and the one before
    auto path_of = [&](int x, int y) { return &path[(static_cast<std::size_t>(y % 2) * w + x) * labels_]; };
    for (int row = 0; row < h; ++row)
      for (int column = 0; column < w; ++column) {
        const int y = dy < 0 ? h - 1 - row : row;
        const int x = dx < 0 || (dx == 0 && dy < 0) ? w - 1 - column : column;
        const bool first = x - dx < 0 || x - dx >= w || y - dy < 0 || y - dy >= h;
        const std::size_t i = at(x, y);
        float* into = path_of(x, y);
        if (first) {
          std::copy_n(&cost_[i * labels_], labels_, into);
        } else {
          const std::size_t j = at(x - dx, y - dy);
          take_over(path_of(x - dx, y - dy), &cost_[i * labels_], options_.jump / (1 + 4 * edge(i, j)), into);
        }
        for (std::size_t k = 0; k < labels_; ++k) total_[i * labels_ + k] += into[k];
      }
  }

  void take_over(const float* before, const float* cost, float jump, float* into) const {
    const float least = *std::min_element(before, before + labels_);
    const float most = least + std::max(jump, options_.step);
    for (int v = 0; v < side_; ++v) {
      const float* row = before + static_cast<std::ptrdiff_t>(v) * side_;
      float* out = into + static_cast<std::ptrdiff_t>(v) * side_;
      for (int u = 0; u < side_; ++u) out[u] = std::min(row[u], most);
      for (int u = 1; u < side_; ++u) out[u] = std::min(out[u], row[u - 1] + options_.step);
      for (int u = 0; u + 1 < side_; ++u) out[u] = std::min(out[u], row[u + 1] + options_.step);
      if (v > 0)
        for (int u = 0; u < side_; ++u) out[u] = std::min(out[u], row[u - side_] + options_.step);
      if (v + 1 < side_)
        for (int u = 0; u < side_; ++u) out[u] = std::min(out[u], row[u + side_] + options_.step);
    }
    for (std::size_t k = 0; k < labels_; ++k) into[k] += cost[k] - least;
  }

  std::vector<float> best() const {
    std::vector<float> flow(pixels_ * 2);
    for (std::size_t i = 0; i < pixels_; ++i) {
      const float* row = &total_[i * labels_];
      const auto k = static_cast<int>(std::min_element(row, row + labels_) - row);
      const int row_of_k = k / side_;
      flow[2 * i] = static_cast<float>(k % side_ - options_.radius);
      flow[2 * i + 1] = static_cast<float>(row_of_k - options_.radius);
    }
    return flow;
  }

  FeatureMap from_;
  FeatureMap to_;
  FlowSearchOptions options_;
  int side_;
  std::size_t labels_;
  std::size_t pixels_;
  std::vector<float> cost_;   ///< [pixel, displacement]
  std::vector<float> total_;  ///< the same, summed over the paths
};

/// How surely pixel (x, y) of one picture and its partner mean each other, in (0, 1].
float confidence(const FeatureMap& map, const std::vector<float>& flow, const std::vector<float>& back, int x, int y) {
  const std::size_t i = 2 * (static_cast<std::size_t>(y) * map.width + x);
  const int u = std::clamp(x + static_cast<int>(std::lround(flow[i])), 0, map.width - 1);
  const int v = std::clamp(y + static_cast<int>(std::lround(flow[i + 1])), 0, map.height - 1);
  const std::size_t j = 2 * (static_cast<std::size_t>(v) * map.width + u);
  const float apart = std::hypot(flow[i] + back[j], flow[i + 1] + back[j + 1]);
  return 0.02f + std::exp(-apart);
}

/// The weighted vector median of a window: the one of its flows that is least far from all others.
class FlowMedian {
 public:
  FlowMedian(const FeatureMap& map, const std::vector<float>& flow, std::vector<float> sure)
      : map_(map), flow_(flow), sure_(std::move(sure)) {}

  void at(int x, int y, float* into) {
    collect(x, y);
    float best = std::numeric_limits<float>::max();
    for (const Vote& vote : votes_) {
      float sum = 0;
      for (const Vote& other : votes_) sum += other.weight * std::hypot(vote.x - other.x, vote.y - other.y);
      if (sum >= best) continue;
      best = sum;
      into[0] = vote.x;
      into[1] = vote.y;
    }
  }

 private:
  struct Vote {
    float x, y, weight;
  };

  void collect(int x, int y) {
    constexpr int kReach = 3;
    votes_.clear();
    const std::size_t here = static_cast<std::size_t>(y) * map_.width + x;
    for (int v = std::max(0, y - kReach); v <= std::min(map_.height - 1, y + kReach); ++v)
      for (int u = std::max(0, x - kReach); u <= std::min(map_.width - 1, x + kReach); ++u) {
        const std::size_t there = static_cast<std::size_t>(v) * map_.width + u;
        float apart = 0.03f * static_cast<float>((u - x) * (u - x) + (v - y) * (v - y));
        for (int c = 0; c + 1 < map_.channels; ++c)
          apart += 6 * std::abs(map_.values[here * map_.channels + c] - map_.values[there * map_.channels + c]);
        votes_.push_back({flow_[2 * there], flow_[2 * there + 1], sure_[there] * std::exp(-apart)});
      }
  }

  const FeatureMap& map_;
  const std::vector<float>& flow_;
  std::vector<float> sure_;
  std::vector<Vote> votes_;
};

}  // namespace

std::vector<float> search_flow(const FeatureMap& from, const FeatureMap& to, const FlowSearchOptions& options) {
  return FlowSearch(from, to, options).run();
}

std::vector<float> settle_flow(const FeatureMap& map, const std::vector<float>& flow, const std::vector<float>& back) {
  std::vector<float> sure;
  for (int y = 0; y < map.height; ++y)
    for (int x = 0; x < map.width; ++x) sure.push_back(confidence(map, flow, back, x, y));
  std::vector<float> result(flow.size());
  FlowMedian median(map, flow, std::move(sure));
  float* into = result.data();
  for (int y = 0; y < map.height; ++y)
    for (int x = 0; x < map.width; ++x, into += 2) median.at(x, y, into);
  return result;
}

}  // namespace betwixt::detail
