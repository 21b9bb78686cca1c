// SPDX-License-Identifier: MIT
#include "betwixt/media/detail/palette.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace betwixt::detail {
namespace {

constexpr int kBinBits = 6;
constexpr int kRefinements = 12;

using Point = std::array<double, 3>;

/// The pixels of one bin, at their mean.
struct Cluster {
  Point mean{};
  double weight = 0;
};

/// Weight, sum and sum of squares: enough for the squared error of a set around its mean.
struct Moments {
  double weight = 0;
  Point sum{};
  double squares = 0;

  void add(const Cluster& cluster) {
    weight += cluster.weight;
    for (std::size_t k = 0; k < 3; ++k) {
      sum[k] += cluster.weight * cluster.mean[k];
      squares += cluster.weight * cluster.mean[k] * cluster.mean[k];
    }
  }
  /// Of this with `part` taken away.
  Moments without(const Moments& part) const {
    Moments rest{weight - part.weight, sum, squares - part.squares};
    for (std::size_t k = 0; k < 3; ++k) rest.sum[k] -= part.sum[k];
    return rest;
  }
  double error() const {
    if (weight <= 0) return 0;
    return squares - (sum[0] * sum[0] + sum[1] * sum[1] + sum[2] * sum[2]) / weight;
  }
  Point mean() const { return {sum[0] / weight, sum[1] / weight, sum[2] / weight}; }
};

struct Box {
  std::size_t begin = 0;
  std::size_t end = 0;
  Moments moments;
};

Box make_box(const std::vector<Cluster>& clusters, std::size_t begin, std::size_t end) {
  Box box{begin, end, {}};
  for (std::size_t i = begin; i < end; ++i) box.moments.add(clusters[i]);
  return box;
}

/// The channel along which the clusters of the box vary most.
std::size_t widest_channel(const std::vector<Cluster>& clusters, const Box& box) {
  const Point mean = box.moments.mean();
  Point variance{};
  for (std::size_t i = box.begin; i < box.end; ++i) {
    for (std::size_t k = 0; k < 3; ++k) {
      const double difference = clusters[i].mean[k] - mean[k];
      variance[k] += clusters[i].weight * difference * difference;
    }
  }
  return static_cast<std::size_t>(std::ranges::max_element(variance) - variance.begin());
}

/// Sorts the box along its widest channel and cuts where the squared errors of both halves are least.
std::size_t best_cut(std::vector<Cluster>& clusters, const Box& box) {
  const std::size_t k = widest_channel(clusters, box);
  const auto first = clusters.begin() + static_cast<std::ptrdiff_t>(box.begin);
  const auto last = clusters.begin() + static_cast<std::ptrdiff_t>(box.end);
  std::stable_sort(first, last, [k](const Cluster& a, const Cluster& b) { return a.mean[k] < b.mean[k]; });
  Moments left;
  double least = std::numeric_limits<double>::max();
  std::size_t cut = box.begin + 1;
  for (std::size_t i = box.begin; i + 1 < box.end; ++i) {
    left.add(clusters[i]);
    const double error = left.error() + box.moments.without(left).error();
    if (error < least) {
      least = error;
      cut = i + 1;
    }
  }
  return cut;
}

std::vector<Point> split_boxes(std::vector<Cluster>& clusters, std::size_t most) {
  std::vector<Box> boxes{make_box(clusters, 0, clusters.size())};
  while (boxes.size() < most) {
    const auto worst = std::ranges::max_element(
        boxes, {}, [](const Box& box) { return box.end - box.begin < 2 ? -1.0 : box.moments.error(); });
    if (worst->end - worst->begin < 2) break;
    const std::size_t cut = best_cut(clusters, *worst), end = worst->end;
    *worst = make_box(clusters, worst->begin, cut);
    boxes.push_back(make_box(clusters, cut, end));
  }
  std::vector<Point> centres;
  for (const Box& box : boxes) centres.push_back(box.moments.mean());
  return centres;
}

double squared_distance(const Point& a, const Point& b) {
  const double x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
  return x * x + y * y + z * z;
}

void refine(const std::vector<Cluster>& clusters, std::vector<Point>& centres) {
  for (int round = 0; round < kRefinements; ++round) {
    std::vector<Moments> members(centres.size());
    for (const Cluster& cluster : clusters) {
      const auto nearest = std::ranges::min_element(
          centres, {}, [&](const Point& centre) { return squared_distance(centre, cluster.mean); });
      members[static_cast<std::size_t>(nearest - centres.begin())].add(cluster);
    }
    for (std::size_t i = 0; i < centres.size(); ++i) {
      if (members[i].weight > 0) centres[i] = members[i].mean();
    }
  }
}

std::uint8_t rounded(double value) { return static_cast<std::uint8_t>(std::clamp(std::lround(value), 0l, 255l)); }

std::uint32_t packed(Colour colour) {
  return static_cast<std::uint32_t>(colour.red) << 16 | static_cast<std::uint32_t>(colour.green) << 8 | colour.blue;
}

/// Threshold of 255 at a position: Bayer's 8x8 matrix, whose bits are those of x^y and y interleaved.
unsigned bayer(unsigned x, unsigned y) {
  const unsigned d = x ^ y;
  const unsigned value = (d & 1) << 5 | (y & 1) << 4 | (d & 2) << 2 | (y & 2) << 1 | (d & 4) >> 1 | (y & 4) >> 2;
  return value * 4 + 2;
}

}  // namespace

PaletteBuilder::PaletteBuilder() : bins_(std::size_t{1} << (3 * kBinBits)) {}

void PaletteBuilder::add(Colour colour) {
  const unsigned shift = 8 - kBinBits;
  const std::size_t at = static_cast<std::size_t>(colour.red >> shift) << (2 * kBinBits) |
                         static_cast<std::size_t>(colour.green >> shift) << kBinBits | colour.blue >> shift;
  Bin& bin = bins_[at];
  ++bin.count;
  bin.sum[0] += colour.red;
  bin.sum[1] += colour.green;
  bin.sum[2] += colour.blue;
  if (!is_exact_) return;
  const auto place = std::ranges::lower_bound(exact_, packed(colour));
  if (place == exact_.end() || *place != packed(colour)) exact_.insert(place, packed(colour));
  is_exact_ = exact_.size() <= 256;
}

std::vector<Colour> PaletteBuilder::build(std::size_t most) const {
  std::vector<Colour> palette;
  if (is_exact_ && exact_.size() <= most) {
    for (const std::uint32_t c : exact_)
      palette.push_back(
          {static_cast<std::uint8_t>(c >> 16), static_cast<std::uint8_t>(c >> 8), static_cast<std::uint8_t>(c)});
    if (palette.empty()) palette.push_back({});
    return palette;
  }
  std::vector<Cluster> clusters;
  for (const Bin& bin : bins_) {
    if (bin.count == 0) continue;
    const auto n = static_cast<double>(bin.count);
    clusters.push_back({{static_cast<double>(bin.sum[0]) / n, static_cast<double>(bin.sum[1]) / n,
                         static_cast<double>(bin.sum[2]) / n},
                        n});
  }
  std::vector<Point> centres = split_boxes(clusters, most);
  refine(clusters, centres);
  for (const Point& centre : centres) palette.push_back({rounded(centre[0]), rounded(centre[1]), rounded(centre[2])});
  return palette;
}

ColourMapper::ColourMapper(std::vector<Colour> palette, bool dither)
    : palette_(std::move(palette)), dither_(dither), recent_(std::size_t{1} << 16) {}

std::uint8_t ColourMapper::index(Colour colour, unsigned x, unsigned y) {
  const std::uint32_t key = packed(colour);
  Mix& known = recent_[(key * 0x9E3779B1u) >> 16];
  if (known.key != key) known = mix(colour);
  return dither_ && bayer(x, y) < known.share ? known.second : known.first;
}

ColourMapper::Mix ColourMapper::mix(Colour colour) const {
  const std::array<int, 3> wanted{colour.red, colour.green, colour.blue};
  const int first = nearest(wanted, -1);
  Mix result{.key = packed(colour), .first = static_cast<std::uint8_t>(first)};
  if (!dither_ || palette_.size() < 2) return result;
  const auto at = [&](int i) {
    const Colour& c = palette_[static_cast<std::size_t>(i)];
    return std::array<int, 3>{c.red, c.green, c.blue};
  };
  // The best partner lies on the far side of the wanted colour.
  const std::array<int, 3> near = at(first);
  const int second = nearest({2 * wanted[0] - near[0], 2 * wanted[1] - near[1], 2 * wanted[2] - near[2]}, first);
  const std::array<int, 3> far = at(second);
  int along = 0, length = 0;
  for (std::size_t k = 0; k < 3; ++k) {
    along += (wanted[k] - near[k]) * (far[k] - near[k]);
    length += (far[k] - near[k]) * (far[k] - near[k]);
  }
  result.second = static_cast<std::uint8_t>(second);
  if (along > 0 && length > 0) result.share = static_cast<std::uint8_t>(std::min(255, 255 * along / length));
  return result;
}

int ColourMapper::nearest(std::array<int, 3> colour, int without) const {
  int best = 0, least = std::numeric_limits<int>::max();
  for (int i = 0; i < static_cast<int>(palette_.size()); ++i) {
    const Colour& entry = palette_[static_cast<std::size_t>(i)];
    const int r = entry.red - colour[0], g = entry.green - colour[1], b = entry.blue - colour[2];
    const int distance = r * r + g * g + b * b;
    if (distance < least && i != without) {
      least = distance;
      best = i;
    }
  }
  return best;
}

}  // namespace betwixt::detail
