// SPDX-License-Identifier: MIT
#include "betwixt/interp/codes.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"
#include "betwixt/interp/detail/squared_distance.h"

namespace betwixt {
namespace {

constexpr std::int64_t kAllPairsLimit = 20000;

long long printable(std::int64_t value) { return static_cast<long long>(value); }

std::int64_t farthest_from(const Codes& codes, std::span<const float> point) {
  std::int64_t best = 0;
  double largest = -1;
  for (std::int64_t i = 0; i < codes.count; ++i) {
    const double squared = detail::squared_distance(codes.row(i), point);
    if (squared > largest) {
      largest = squared;
      best = i;
    }
  }
  return best;
}

CodePair farthest_of_all_pairs(const Codes& codes) {
  CodePair best;
  double largest = -1;
  for (std::int64_t i = 0; i < codes.count; ++i) {
    const std::span<const float> point = codes.row(i);
    for (std::int64_t j = i + 1; j < codes.count; ++j) {
      const double squared = detail::squared_distance(point, codes.row(j));
      if (squared > largest) {
        largest = squared;
        best = {i, j, std::sqrt(squared)};
      }
    }
  }
  return best;
}

/// Sweeps to the farthest code until the distance stops growing.
CodePair sweep_from(const Codes& codes, std::int64_t start) {
  CodePair best{start, start, 0};
  for (std::int64_t from = start;;) {
    const std::int64_t to = farthest_from(codes, codes.row(from));
    const double length = distance(codes.row(from), codes.row(to));
    if (!(length > best.distance)) return best;
    best = {std::min(from, to), std::max(from, to), length};
    from = to;
  }
}

std::vector<float> centre_of(const Codes& codes) {
  std::vector<double> sum(static_cast<std::size_t>(codes.dimensions));
  for (std::int64_t i = 0; i < codes.count; ++i)
    for (std::size_t c = 0; c < sum.size(); ++c) sum[c] += codes.row(i)[c];
  std::vector<float> centre(sum.size());
  for (std::size_t c = 0; c < sum.size(); ++c)
    centre[c] = static_cast<float>(sum[c] / static_cast<double>(codes.count));
  return centre;
}

/// Codes at which the sweeps start: the one farthest from the centre and the extremes of every axis.
std::vector<std::int64_t> sweep_starts(const Codes& codes) {
  std::vector<std::int64_t> starts{farthest_from(codes, centre_of(codes))};
  for (std::size_t c = 0; c < static_cast<std::size_t>(codes.dimensions); ++c) {
    std::int64_t low = 0, high = 0;
    for (std::int64_t i = 1; i < codes.count; ++i) {
      if (codes.row(i)[c] < codes.row(low)[c]) low = i;
      if (codes.row(i)[c] > codes.row(high)[c]) high = i;
    }
    starts.push_back(low);
    starts.push_back(high);
  }
  return starts;
}

}  // namespace

Codes::Codes(std::int64_t rows, int columns) : count(rows), dimensions(columns) {
  if (rows < 0 || columns < 0)
    throw Error(ErrorCode::kArgument, "codes", "%lld codes of %d dimensions", printable(rows), columns);
  values.resize(
      (CheckedSize(static_cast<std::uint64_t>(rows)) * CheckedSize(static_cast<std::uint64_t>(columns))).size());
}

Codes Codes::of_rows(int columns, std::vector<float> numbers) {
  const std::int64_t total = static_cast<std::int64_t>(numbers.size());
  if (columns < 0 || (columns == 0 && total > 0) || (columns > 0 && total % columns != 0))
    throw Error(ErrorCode::kShape, "codes", "%lld numbers are no rows of %d", printable(total), columns);
  Codes codes;
  codes.count = columns > 0 ? total / columns : 0;
  codes.dimensions = columns;
  codes.values = std::move(numbers);
  return codes;
}

std::span<const float> Codes::row(std::int64_t index) const {
  if (index < 0 || index >= count)
    throw Error(ErrorCode::kArgument, "codes", "code %lld of %lld", printable(index), printable(count));
  const std::size_t width = static_cast<std::size_t>(dimensions);
  return {values.data() + static_cast<std::size_t>(index) * width, width};
}

std::span<float> Codes::row(std::int64_t index) {
  const std::span<const float> view = std::as_const(*this).row(index);
  return {const_cast<float*>(view.data()), view.size()};
}

void Codes::append(std::span<const float> code) {
  if (count == 0) dimensions = static_cast<int>(code.size());
  if (static_cast<int>(code.size()) != dimensions)
    throw Error(ErrorCode::kShape, "codes", "a code of %zu numbers among codes of %d", code.size(), dimensions);
  values.insert(values.end(), code.begin(), code.end());
  ++count;
}

Codes Codes::select(std::span<const std::int64_t> indices) const {
  Codes chosen(static_cast<std::int64_t>(indices.size()), dimensions);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const std::span<const float> from = row(indices[i]);
    std::copy(from.begin(), from.end(), chosen.row(static_cast<std::int64_t>(i)).begin());
  }
  return chosen;
}

void Codes::check(const char* operation) const {
  if (count < 0 || dimensions < 0 ||
      values.size() != static_cast<std::size_t>(count) * static_cast<std::size_t>(dimensions))
    throw Error(ErrorCode::kShape, operation, "%lld codes of %d dimensions hold %zu numbers", printable(count),
                dimensions, values.size());
  if (count > 0 && dimensions == 0) throw Error(ErrorCode::kShape, operation, "codes of 0 dimensions");
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      throw Error(ErrorCode::kNotFinite, operation, "code %zu has a number that is not finite",
                  i / static_cast<std::size_t>(dimensions));
}

double distance(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size())
    throw Error(ErrorCode::kShape, "distance", "codes of %zu and %zu dimensions", a.size(), b.size());
  return std::sqrt(detail::squared_distance(a, b));
}

double polyline_length(const Codes& points) {
  double length = 0;
  for (std::int64_t i = 1; i < points.count; ++i) length += distance(points.row(i - 1), points.row(i));
  return length;
}

double bounding_diagonal(const Codes& codes) {
  double squared = 0;
  for (std::size_t c = 0; c < static_cast<std::size_t>(codes.dimensions) && codes.count > 0; ++c) {
    float low = codes.row(0)[c], high = low;
    for (std::int64_t i = 1; i < codes.count; ++i) {
      low = std::min(low, codes.row(i)[c]);
      high = std::max(high, codes.row(i)[c]);
    }
    const double extent = static_cast<double>(high) - static_cast<double>(low);
    squared += extent * extent;
  }
  return std::sqrt(squared);
}

CodePair farthest_pair(const Codes& codes) {
  codes.check("farthest_pair");
  if (codes.count == 0) throw Error(ErrorCode::kArgument, "farthest_pair", "no codes");
  if (codes.count <= kAllPairsLimit) return farthest_of_all_pairs(codes);
  CodePair best;
  for (const std::int64_t start : sweep_starts(codes)) {
    const CodePair found = sweep_from(codes, start);
    if (found.distance > best.distance) best = found;
  }
  return best;
}

}  // namespace betwixt
