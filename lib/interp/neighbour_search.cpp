// SPDX-License-Identifier: MIT
#include "betwixt/interp/neighbour_search.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "betwixt/core/error.h"
#include "betwixt/interp/detail/kd_tree.h"

namespace betwixt {
namespace {

const Codes& checked(const Codes& codes) {
  codes.check("neighbour_search");
  return codes;
}

struct RadiusVisitor {
  double squared_radius;
  std::vector<detail::NearestVisitor::Found> found = {};

  double bound() const { return squared_radius; }
  bool skip(std::int32_t) const { return false; }
  void offer(std::int32_t index, double squared) { found.push_back({squared, index}); }
};

std::vector<Neighbour> neighbours(std::span<const detail::NearestVisitor::Found> found) {
  std::vector<Neighbour> list;
  list.reserve(found.size());
  for (const auto& item : found) list.push_back({item.index, std::sqrt(item.squared)});
  return list;
}

}  // namespace

struct NeighbourSearch::Parts {
  explicit Parts(Codes all) : codes(std::move(all)), tree(checked(codes)) {}

  void check_query(std::span<const float> query) const {
    if (codes.count > 0 && query.size() != static_cast<std::size_t>(codes.dimensions))
      throw Error(ErrorCode::kShape, "neighbour_search", "a query of %zu numbers among codes of %d", query.size(),
                  codes.dimensions);
    for (const float value : query)
      if (!std::isfinite(value)) throw Error(ErrorCode::kNotFinite, "neighbour_search", "the query is not finite");
  }

  Codes codes;
  detail::KdTree tree;
};

NeighbourSearch::NeighbourSearch(Codes codes) : parts_(std::make_unique<Parts>(std::move(codes))) {}
NeighbourSearch::NeighbourSearch(NeighbourSearch&&) noexcept = default;
NeighbourSearch& NeighbourSearch::operator=(NeighbourSearch&&) noexcept = default;
NeighbourSearch::~NeighbourSearch() = default;

const Codes& NeighbourSearch::codes() const { return parts_->codes; }

std::vector<Neighbour> NeighbourSearch::nearest(std::span<const float> query, std::int64_t k) const {
  if (k < 1) throw Error(ErrorCode::kArgument, "neighbour_search", "k = %lld, at least 1", static_cast<long long>(k));
  parts_->check_query(query);
  detail::NearestVisitor visitor(static_cast<std::size_t>(std::clamp<std::int64_t>(codes().count, 1, k)), -1);
  parts_->tree.search(query, visitor);
  return neighbours(visitor.sorted());
}

std::vector<std::int64_t> NeighbourSearch::nearest_of_each(const Codes& queries) const {
  if (codes().count == 0) throw Error(ErrorCode::kMissing, "neighbour_search", "there are no codes to search in");
  std::vector<std::int64_t> nearest_index(static_cast<std::size_t>(queries.count));
  for (std::int64_t i = 0; i < queries.count; ++i)
    nearest_index[static_cast<std::size_t>(i)] = nearest(queries.row(i), 1).front().index;
  return nearest_index;
}

std::vector<Neighbour> NeighbourSearch::within(std::span<const float> query, double radius) const {
  if (!(radius >= 0)) throw Error(ErrorCode::kArgument, "neighbour_search", "radius %g", radius);
  parts_->check_query(query);
  RadiusVisitor visitor{radius * radius};
  parts_->tree.search(query, visitor);
  std::sort(visitor.found.begin(), visitor.found.end(), [](const auto& a, const auto& b) { return a < b; });
  return neighbours(visitor.found);
}

std::vector<double> distances_to_set(const Codes& queries, const NeighbourSearch& set) {
  const std::vector<std::int64_t> nearest = set.nearest_of_each(queries);
  std::vector<double> distances(nearest.size());
  for (std::size_t i = 0; i < nearest.size(); ++i)
    distances[i] = distance(queries.row(static_cast<std::int64_t>(i)), set.codes().row(nearest[i]));
  return distances;
}

}  // namespace betwixt
