// SPDX-License-Identifier: MIT
#include "betwixt/interp/paths.h"

#include <algorithm>
#include <cmath>

#include "betwixt/core/error.h"

namespace betwixt {
namespace {

constexpr double kSmallestSine = 1e-6;

void require(bool holds, const char* operation, const char* fact, double value) {
  if (!holds) throw Error(ErrorCode::kArgument, operation, "%s %g", fact, value);
}

std::vector<float> mix(std::span<const float> a, std::span<const float> b, double weight_a, double weight_b) {
  std::vector<float> mixed(a.size());
  for (std::size_t c = 0; c < a.size(); ++c)
    mixed[c] = static_cast<float>(weight_a * static_cast<double>(a[c]) + weight_b * static_cast<double>(b[c]));
  return mixed;
}

void check_ends(const char* operation, std::span<const float> a, std::span<const float> b, int frames) {
  if (a.size() != b.size())
    throw Error(ErrorCode::kShape, operation, "ends of %zu and %zu dimensions", a.size(), b.size());
  require(frames >= 2, operation, "frames, at least 2, but", frames);
}

/// Frame i of `frames` even ones on [0, 1]; exact at both ends.
double even(int i, int frames) { return static_cast<double>(i) / (frames - 1); }

CodePath name_ends(CodePath path, std::int64_t from, std::int64_t to) {
  path.codes.assign(static_cast<std::size_t>(path.points.count), -1);
  path.codes.front() = from;
  path.codes.back() = to;
  return path;
}

void check_path(const CodePath& path, const char* operation) {
  path.points.check(operation);
  require(path.points.count >= 1, operation, "points of the path:", 0);
}

std::int64_t code_at(const CodePath& path, std::int64_t point) {
  return path.codes.empty() ? -1 : path.codes[static_cast<std::size_t>(point)];
}

/// Arc length from the start to every point.
std::vector<double> arc_lengths(const Codes& points) {
  std::vector<double> arc(static_cast<std::size_t>(points.count), 0.0);
  for (std::size_t i = 1; i < arc.size(); ++i)
    arc[i] =
        arc[i - 1] + distance(points.row(static_cast<std::int64_t>(i) - 1), points.row(static_cast<std::int64_t>(i)));
  return arc;
}

std::vector<float> point_at(const Codes& points, const std::vector<double>& arc, double place) {
  const auto after = std::upper_bound(arc.begin(), arc.end(), place);
  const std::size_t right = std::clamp<std::size_t>(static_cast<std::size_t>(after - arc.begin()), 1, arc.size() - 1);
  const double piece = arc[right] - arc[right - 1];
  const double alpha = piece > 0 ? std::clamp((place - arc[right - 1]) / piece, 0.0, 1.0) : 0.0;
  const std::int64_t index = static_cast<std::int64_t>(right);
  return mix(points.row(index - 1), points.row(index), 1 - alpha, alpha);
}

/// `steps` times the way from the neighbour of an end to the end, seen from the end.
std::vector<float> beyond(std::span<const float> inner, std::span<const float> end, double reach) {
  const double piece = distance(inner, end);
  return piece > 0 ? mix(inner, end, -reach / piece, 1 + reach / piece) : std::vector<float>(end.begin(), end.end());
}

}  // namespace

CodePath CodePath::resample(int frames) const {
  check_path(*this, "resample");
  require(frames >= 1, "resample", "frames, at least 1, but", frames);
  CodePath even_path;
  const std::vector<double> arc = arc_lengths(points);
  for (int i = 0; i < frames; ++i) {
    if (i == 0 || arc.back() == 0)
      even_path.points.append(points.row(0));
    else if (i == frames - 1)
      even_path.points.append(points.row(points.count - 1));
    else
      even_path.points.append(point_at(points, arc, arc.back() * even(i, frames)));
  }
  even_path.codes.assign(static_cast<std::size_t>(frames), -1);
  even_path.codes.front() = code_at(*this, 0);
  if (frames > 1) even_path.codes.back() = code_at(*this, points.count - 1);
  return even_path;
}

CodePath CodePath::per_edge(int n) const {
  check_path(*this, "per_edge");
  require(n >= 2, "per_edge", "points per edge, at least 2, but", n);
  CodePath dense;
  dense.points.append(points.row(0));
  dense.codes.push_back(code_at(*this, 0));
  for (std::int64_t edge = 0; edge + 1 < points.count; ++edge)
    for (int i = 1; i < n; ++i) {
      const double alpha = even(i, n);
      dense.points.append(mix(points.row(edge), points.row(edge + 1), 1 - alpha, alpha));
      dense.codes.push_back(i == n - 1 ? code_at(*this, edge + 1) : -1);
    }
  return dense;
}

CodePath CodePath::smooth(int passes) const {
  check_path(*this, "smooth");
  require(passes >= 0, "smooth", "passes", passes);
  CodePath smoothed = *this;
  for (int pass = 0; pass < passes; ++pass) {
    const Codes before = smoothed.points;
    for (std::int64_t i = 1; i + 1 < before.count; ++i)
      for (std::size_t c = 0; c < static_cast<std::size_t>(before.dimensions); ++c)
        smoothed.points.row(i)[c] =
            0.25f * before.row(i - 1)[c] + 0.5f * before.row(i)[c] + 0.25f * before.row(i + 1)[c];
  }
  if (passes > 0)
    for (std::size_t i = 1; i + 1 < smoothed.codes.size(); ++i) smoothed.codes[i] = -1;
  return smoothed;
}

CodePath CodePath::extend(double before, double after) const {
  check_path(*this, "extend");
  require(before >= 0 && std::isfinite(before), "extend", "fraction before the start:", before);
  require(after >= 0 && std::isfinite(after), "extend", "fraction after the end:", after);
  const std::int64_t last = points.count - 1;
  if (last == 0) return *this;
  CodePath longer;
  const double total = length();
  const auto add = [&](std::span<const float> point, std::int64_t code) {
    longer.points.append(point);
    longer.codes.push_back(code);
  };
  if (before > 0) add(beyond(points.row(1), points.row(0), before * total), -1);
  for (std::int64_t i = 0; i <= last; ++i) add(points.row(i), code_at(*this, i));
  if (after > 0) add(beyond(points.row(last - 1), points.row(last), after * total), -1);
  return longer;
}

CodePath straight_path(std::span<const float> a, std::span<const float> b, int frames) {
  check_ends("straight_path", a, b, frames);
  CodePath path;
  for (int i = 0; i < frames; ++i) path.points.append(mix(a, b, 1 - even(i, frames), even(i, frames)));
  return path;
}

CodePath straight_path(const Codes& codes, std::int64_t from, std::int64_t to, int frames) {
  return name_ends(straight_path(codes.row(from), codes.row(to), frames), from, to);
}

std::vector<float> slerp(std::span<const float> a, std::span<const float> b, double alpha) {
  double aa = 0, bb = 0, ab = 0;
  for (std::size_t c = 0; c < a.size(); ++c) {
    const double x = static_cast<double>(a[c]), y = static_cast<double>(b[c]);
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  const double norms = std::sqrt(aa) * std::sqrt(bb);
  if (!(norms > 0)) return mix(a, b, 1 - alpha, alpha);
  const double angle = std::acos(std::clamp(ab / norms, -1.0, 1.0));
  const double sine = std::sin(angle);
  if (sine < kSmallestSine) return mix(a, b, 1 - alpha, alpha);
  return mix(a, b, std::sin((1 - alpha) * angle) / sine, std::sin(alpha * angle) / sine);
}

CodePath spherical_path(std::span<const float> a, std::span<const float> b, int frames) {
  check_ends("spherical_path", a, b, frames);
  CodePath path;
  path.points.append(a);
  for (int i = 1; i + 1 < frames; ++i) path.points.append(slerp(a, b, even(i, frames)));
  path.points.append(b);
  return path;
}

CodePath spherical_path(const Codes& codes, std::int64_t from, std::int64_t to, int frames) {
  return name_ends(spherical_path(codes.row(from), codes.row(to), frames), from, to);
}

CodePath storyboard(std::span<const std::int64_t> keys, const PathBetween& between) {
  require(!keys.empty(), "storyboard", "key pictures:", 0);
  CodePath whole = between(keys.front(), keys.size() > 1 ? keys[1] : keys.front());
  whole.codes.resize(static_cast<std::size_t>(whole.points.count), -1);
  for (std::size_t leg = 1; leg + 1 < keys.size(); ++leg) {
    const CodePath next = between(keys[leg], keys[leg + 1]);
    for (std::int64_t i = 1; i < next.points.count; ++i) {
      whole.points.append(next.points.row(i));
      whole.codes.push_back(code_at(next, i));
    }
  }
  return whole;
}

}  // namespace betwixt
