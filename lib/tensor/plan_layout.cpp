// SPDX-License-Identifier: MIT
// The second half of the planner: addresses, calls and hazards.
#include <algorithm>
#include <numeric>

#include "betwixt/core/error.h"
#include "betwixt/tensor/detail/planner.h"
#include "betwixt/tensor/op.h"

namespace betwixt::detail {
namespace {

struct Lifetime {
  int first;
  int last;
  bool overlaps(const Lifetime& o) const { return first <= o.last && o.first <= last; }
};

/// Placed blocks of one arena, sorted by offset.
struct Arena {
  struct Slot {
    std::size_t offset;
    std::size_t bytes;
    Lifetime lifetime;
  };
  std::vector<Slot> slots;
  std::size_t bytes = 0;

  /// Lowest offset with a free gap of `bytes` during `lifetime`.
  std::size_t find(std::size_t wanted, const Lifetime& lifetime) const {
    std::size_t offset = 0;
    for (const Slot& slot : slots) {
      if (!slot.lifetime.overlaps(lifetime)) continue;
      if (slot.offset >= offset + wanted) break;
      offset = std::max(offset, slot.offset + slot.bytes);
    }
    return offset;
  }
  void insert(std::size_t offset, std::size_t size, const Lifetime& lifetime) {
    const auto at = std::upper_bound(slots.begin(), slots.end(), offset,
                                     [](std::size_t value, const Slot& slot) { return value < slot.offset; });
    slots.insert(at, {offset, size, lifetime});
    bytes = std::max(bytes, offset + size);
  }
};

}  // namespace

void Planner::assign_addresses() {
  std::vector<int> order;
  for (std::size_t i = 0; i < blocks_.size(); ++i)
    if (blocks_[i].parent < 0 && blocks_[i].state < 0) order.push_back(static_cast<int>(i));
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return blocks_[static_cast<std::size_t>(a)].bytes > blocks_[static_cast<std::size_t>(b)].bytes;
  });
  std::vector<Arena> arenas;
  for (const int index : order) {
    Block& block = blocks_[static_cast<std::size_t>(index)];
    const std::size_t bytes = (block.bytes + rules_.alignment - 1) / rules_.alignment * rules_.alignment;
    if (bytes > rules_.max_arena)
      throw Error(ErrorCode::kLimit, "program", "a tensor of %zu bytes, one buffer spans %zu", block.bytes,
                  rules_.max_arena)
          .limit("buffer_range");
    const bool for_ever = block.constant || !options_.alias;
    const Lifetime lifetime{for_ever ? -1 : block.first_write, for_ever || block.pinned ? end() + 1 : block.last_use};
    std::size_t arena = 0;
    std::size_t offset = 0;
    for (;; ++arena) {
      if (arena == arenas.size()) arenas.emplace_back();
      offset = arenas[arena].find(bytes, lifetime);
      if (offset + bytes <= rules_.max_arena) break;
    }
    arenas[arena].insert(offset, bytes, lifetime);
    block.address = {static_cast<int>(arena), offset, block.bytes};
  }
  for (const Arena& arena : arenas) {
    plan_.buffers.push_back({arena.bytes, State()});
    plan_.arena_bytes += arena.bytes;
  }
  for (std::size_t i = 0; i < states_.size(); ++i) {
    blocks_[static_cast<std::size_t>(state_blocks_[i])].address = {static_cast<int>(plan_.buffers.size()), 0,
                                                                   states_[i].type().bytes()};
    plan_.buffers.push_back({states_[i].type().bytes(), states_[i]});
  }
}

Range Planner::range_of(Place place, std::size_t bytes) const {
  const Place at = resolve(place);
  const Range& address = blocks_[static_cast<std::size_t>(at.block)].address;
  return {address.buffer, address.offset + at.offset, bytes};
}

Range Planner::range_of(const Tensor& tensor) const { return range_of(place_of(tensor), tensor.type().bytes()); }

PlanCall Planner::copy_call(Place from, Place to, std::size_t bytes) const {
  PlanCall call;
  call.inputs.push_back(range_of(from, bytes));
  call.outputs.push_back(range_of(to, bytes));
  return call;
}

void Planner::emit_calls() {
  for (int p = 0; p < end(); ++p) emit_node(p);
  emit_copies();
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    plan_.outputs.push_back(range_of(output_places_[i], outputs_[i].type().bytes()));
    plan_.output_types.push_back(outputs_[i].type());
  }
}

void Planner::emit_node(int position) {
  const auto& node = nodes_[static_cast<std::size_t>(position)];
  if (is_state_read(*node) || is_alias(*node)) return;
  if (is_copy(*node)) {
    plan_.calls.push_back(copy_call(place_of(node->inputs[0]), places_[static_cast<std::size_t>(position)][0],
                                    node->output_type().bytes()));
    plan_.calls.back().inputs[0].offset += static_cast<std::size_t>(node->op->alias(*node));
    return;
  }
  PlanCall call;
  call.placed = placed_[static_cast<std::size_t>(position)];
  if (call.placed) {
    const bool all =
        node->input_count() <= 64 && static_cast<int>(__builtin_popcountll(call.placed)) == node->input_count();
    if (all && node->op->placed_is_complete && node->op->placed_is_complete(*node)) return;
  }
  call.node = node;
  for (const Tensor& input : node->inputs) call.inputs.push_back(range_of(input));
  for (int i = 0; i < static_cast<int>(node->outputs.size()); ++i) call.outputs.push_back(range_of(Tensor(node, i)));
  if (const int scratch = scratch_blocks_[static_cast<std::size_t>(position)]; scratch >= 0)
    call.scratch = blocks_[static_cast<std::size_t>(scratch)].address;
  (node->op->constant ? plan_.setup : plan_.calls).push_back(std::move(call));
}

void Planner::emit_copies() {
  for (const EndCopy& copy : saves_) plan_.calls.push_back(copy_call(copy.from, copy.to, copy.bytes));
  for (const EndCopy& copy : stores_) plan_.calls.push_back(copy_call(copy.from, copy.to, copy.bytes));
}

void Planner::mark_hazards() {
  std::vector<Range> reads;
  std::vector<Range> writes;
  auto hits = [](const std::vector<Range>& set, const Range& range) {
    return std::any_of(set.begin(), set.end(), [&](const Range& r) { return r.overlaps(range); });
  };
  for (PlanCall& call : plan_.calls) {
    for (const Range& in : call.inputs) call.barrier |= hits(writes, in);
    std::vector<Range> written = call.outputs;
    if (call.scratch.buffer >= 0) written.push_back(call.scratch);
    for (const Range& out : written) call.barrier |= hits(writes, out) || hits(reads, out);
    if (call.barrier) {
      reads.clear();
      writes.clear();
    }
    reads.insert(reads.end(), call.inputs.begin(), call.inputs.end());
    writes.insert(writes.end(), written.begin(), written.end());
  }
}

}  // namespace betwixt::detail
