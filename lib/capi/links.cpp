// SPDX-License-Identifier: MIT
// The links behind graph paths.
#include "betwixt/capi/detail/objects.h"

using namespace betwixt;
using namespace betwixt::capi;

namespace {

void put_links(const NeighbourGraph& graph, betwixt_link* links, std::int64_t capacity, std::int64_t* count,
               const char* operation) {
  *count = graph.edges();
  if (!links) return;
  if (capacity < graph.edges())
    throw Error(ErrorCode::kLimit, operation, "room for %lld links of %lld", static_cast<long long>(capacity),
                static_cast<long long>(graph.edges()))
        .in("capacity");
  for (std::int64_t node = 0; node < graph.nodes(); ++node) {
    const std::span<const std::int32_t> to = graph.links(node);
    const std::span<const double> lengths = graph.lengths(node);
    for (std::size_t i = 0; i < to.size(); ++i)
      if (to[i] > node) *links++ = {graph.representative(node), graph.representative(to[i]), lengths[i]};
  }
}

void check_some(const Codes& codes, const char* operation) {
  if (codes.count == 0) throw Error(ErrorCode::kMissing, operation, "there are no codes");
}

}  // namespace

int32_t betwixt_codes_links(const betwixt_codes* codes, const betwixt_path_options* options, betwixt_link* links,
                            int64_t capacity, int64_t* count, betwixt_error* error) {
  if (count) *count = 0;
  return guarded(error, "codes_links", [&] {
    required(count, "codes_links", "count");
    const betwixt_codes& set = object_of(codes, "codes_links", "codes");
    const Reading reading(set.access, "codes_links", "codes");
    const PathChoice choice = path_choice(options, "codes_links");
    check_some(set.codes, "codes_links");
    put_links(*set.graph.graph(set.codes, choice, nullptr), links, capacity, count, "codes_links");
  });
}

int32_t betwixt_model_links(const betwixt_model* model, const betwixt_path_options* options, betwixt_link* links,
                            int64_t capacity, int64_t* count, betwixt_error* error) {
  if (count) *count = 0;
  return guarded(error, "model_links", [&] {
    required(count, "model_links", "count");
    const ModelState& state = *object_of(model, "model_links", "model").state;
    const PathChoice choice = path_choice(options, "model_links");
    const Turn turn(state.device->gate);
    check_some(state.codes, "model_links");
    put_links(*state.graph.graph(state.codes, choice, &state.model), links, capacity, count, "model_links");
  });
}
