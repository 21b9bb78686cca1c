// SPDX-License-Identifier: MIT
// The second half of the planner: addresses, calls and hazards.
#include <algorithm>
#include <limits>
#include <numeric>

#include "betwixt/core/error.h"
#include "betwixt/tensor/detail/planner.h"
#include "betwixt/tensor/op.h"

namespace betwixt::detail {
namespace {

constexpr int kMostSlack = 16;             // levels
constexpr std::size_t kShareForSlack = 2;  // half as much memory again

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

bool Planner::is_emitted(int position) const {
  const Node& node = *nodes_[static_cast<std::size_t>(position)];
  if (is_state_read(node) || is_alias(node)) return false;
  const std::uint64_t placed = placed_[static_cast<std::size_t>(position)];
  const bool all = placed && node.input_count() <= 64 && __builtin_popcountll(placed) == node.input_count();
  return !(all && node.op->placed_is_complete && node.op->placed_is_complete(node));
}

HazardLevels::Use Planner::use_of(Place place, std::size_t bytes, bool writes) const {
  const Place at = resolve(place);
  return {static_cast<std::uint64_t>(at.block), at.offset, at.offset + bytes, !writes, writes};
}

int Planner::note_level(HazardLevels& levels, const std::vector<HazardLevels::Use>& uses) {
  int level = 0;
  for (const HazardLevels::Use& use : uses) level = std::max(level, levels.earliest(use));
  for (const HazardLevels::Use& use : uses) {
    levels.note(use, level);
    Block& block = blocks_[static_cast<std::size_t>(use.buffer)];
    block.first_level = block.first_level < 0 ? level : std::min(block.first_level, level);
    block.last_level = std::max(block.last_level, level);
  }
  return level;
}

// When calls run as early as they can, side by side, values live from level to level and not from call to call.
void Planner::find_levels() {
  HazardLevels levels;
  std::vector<HazardLevels::Use> uses;
  levels_.assign(static_cast<std::size_t>(end()), 0);
  for (int p = 0; p < end(); ++p) {
    const Node& node = *nodes_[static_cast<std::size_t>(p)];
    if (node.op->constant || !is_emitted(p)) continue;
    uses.clear();
    for (const Tensor& input : node.inputs) uses.push_back(use_of(place_of(input), bytes_of(input), false));
    const auto& places = places_[static_cast<std::size_t>(p)];
    for (std::size_t i = 0; i < places.size(); ++i)
      uses.push_back(
          use_of(places[i], bytes_of(Tensor(nodes_[static_cast<std::size_t>(p)], static_cast<int>(i))), true));
    if (const int scratch = scratch_blocks_[static_cast<std::size_t>(p)]; scratch >= 0)
      uses.push_back(use_of({scratch, 0}, blocks_[static_cast<std::size_t>(scratch)].bytes, true));
    levels_[static_cast<std::size_t>(p)] = note_level(levels, uses);
  }
  for (const auto* copies : {&saves_, &stores_})
    for (const EndCopy& copy : *copies)
      note_level(levels, {use_of(copy.from, copy.bytes, false), use_of(copy.to, copy.bytes, true)});
}

void Planner::assign_addresses() {
  std::vector<std::size_t> arenas = lay_out(0);
  const std::size_t least = std::accumulate(arenas.begin(), arenas.end(), std::size_t{0});
  // Memory that is left alone for some levels lets calls start early that would else wait for it.
  std::size_t most = rules_.overlap && options_.alias ? least + least / kShareForSlack : 0;
  if (options_.memory_limit) most = std::min(most, static_cast<std::size_t>(options_.memory_limit));
  for (int slack = kMostSlack; slack > 0 && most > least; slack /= 2) {
    arenas = lay_out(slack);
    if (std::accumulate(arenas.begin(), arenas.end(), std::size_t{0}) <= most) break;
    if (slack == 1) arenas = lay_out(0);
  }
  for (const std::size_t bytes : arenas) {
    plan_.buffers.push_back({bytes, State()});
    plan_.arena_bytes += bytes;
  }
  for (std::size_t i = 0; i < states_.size(); ++i) {
    blocks_[static_cast<std::size_t>(state_blocks_[i])].address = {static_cast<int>(plan_.buffers.size()), 0,
                                                                   states_[i].type().bytes()};
    plan_.buffers.push_back({states_[i].type().bytes(), states_[i]});
  }
}

/// Gives every top block an address. Its memory goes to others `slack` levels after its last use. Bytes of each arena.
std::vector<std::size_t> Planner::lay_out(int slack) {
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
    const bool to_the_end = for_ever || block.pinned || block.last_use == end();
    const int first = rules_.overlap ? block.first_level : block.first_write;
    const int last = rules_.overlap ? block.last_level + slack : block.last_use;
    const Lifetime lifetime{for_ever ? -1 : first, to_the_end ? std::numeric_limits<int>::max() : last};
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
  std::vector<std::size_t> sizes;
  for (const Arena& arena : arenas) sizes.push_back(arena.bytes);
  return sizes;
}

Range Planner::range_of(Place place, std::size_t bytes) const {
  const Place at = resolve(place);
  const Range& address = blocks_[static_cast<std::size_t>(at.block)].address;
  return {address.buffer, address.offset + at.offset, bytes};
}

Range Planner::range_of(const Tensor& tensor) const { return range_of(place_of(tensor), bytes_of(tensor)); }

PlanCall Planner::copy_call(Place from, Place to, std::size_t bytes) const {
  PlanCall call;
  call.inputs.push_back(range_of(from, bytes));
  call.outputs.push_back(range_of(to, bytes));
  return call;
}

// Memory is recycled from level to level, so calls must stand in the order of their levels.
void Planner::emit_calls() {
  std::vector<int> order(static_cast<std::size_t>(end()));
  std::iota(order.begin(), order.end(), 0);
  if (rules_.overlap)
    std::stable_sort(order.begin(), order.end(), [this](int a, int b) {
      return levels_[static_cast<std::size_t>(a)] < levels_[static_cast<std::size_t>(b)];
    });
  for (const int position : order) emit_node(position);
  emit_copies();
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    plan_.outputs.push_back(range_of(output_places_[i], outputs_[i].type().bytes()));
    plan_.output_types.push_back(outputs_[i].type());
  }
}

void Planner::emit_node(int position) {
  const auto& node = nodes_[static_cast<std::size_t>(position)];
  if (!is_emitted(position)) return;
  if (is_copy(*node)) {
    plan_.calls.push_back(
        copy_call(place_of(node->inputs[0]), places_[static_cast<std::size_t>(position)][0], bytes_of(Tensor(node))));
    plan_.calls.back().inputs[0].offset += stored_offset(node->inputs[0], node->op->alias(*node));
    return;
  }
  PlanCall call;
  call.placed = placed_[static_cast<std::size_t>(position)];
  call.node = node;
  for (const Tensor& input : node->inputs) {
    if (is_half(input)) call.half_inputs |= std::uint64_t{1} << call.inputs.size();
    call.inputs.push_back(range_of(input));
  }
  if (!half_.empty()) call.half_outputs = half_[static_cast<std::size_t>(position)];
  for (int i = 0; i < static_cast<int>(node->outputs.size()); ++i) call.outputs.push_back(range_of(Tensor(node, i)));
  if (const int scratch = scratch_blocks_[static_cast<std::size_t>(position)]; scratch >= 0)
    call.scratch = blocks_[static_cast<std::size_t>(scratch)].address;
  if (const int prepared = prepared_blocks_[static_cast<std::size_t>(position)]; prepared >= 0) {
    call.prepared = blocks_[static_cast<std::size_t>(prepared)].address;
    call.keeps_prepared = blocks_[static_cast<std::size_t>(prepared)].constant;
  }
  call.unread = unread_[static_cast<std::size_t>(position)];
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
    for (const Range& work : {call.scratch, call.prepared})
      if (work.buffer >= 0) written.push_back(work);
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
