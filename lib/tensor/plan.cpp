// SPDX-License-Identifier: MIT
#include "betwixt/tensor/plan.h"

#include <algorithm>

#include "betwixt/core/error.h"
#include "betwixt/tensor/detail/planner.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

namespace {

void check_storage(const PlanRules& rules, DType storage) {
  if (storage != DType::kF32 && storage != DType::kF16)
    throw Error(ErrorCode::kArgument, "program", "tensors are stored as f32 or f16, not %s", dtype_name(storage));
  if (storage == DType::kF16 && !rules.can_store_f16)
    throw Error(ErrorCode::kUnsupported, "program", "this device cannot store tensors as f16");
}

}  // namespace

Plan make_plan(const std::vector<Tensor>& outputs, const PlanRules& rules, const PlanOptions& options) {
  PlanOptions allowed = options;
  allowed.storage = options.storage.value_or(rules.storage);
  check_storage(rules, *allowed.storage);
  allowed.alias = options.alias && rules.alias;
  const bool may_save = rules.overlap || (rules.prepared && options.keep_prepared);
  if (!may_save || options.memory_limit == 0) return detail::Planner(outputs, rules, allowed).build();
  try {
    return detail::Planner(outputs, rules, allowed).build();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kLimit) throw;
  }
  PlanRules frugal = rules;
  frugal.overlap = false;
  allowed.keep_prepared = false;
  return detail::Planner(outputs, frugal, allowed).build();
}

namespace detail {

Planner::Planner(const std::vector<Tensor>& outputs, const PlanRules& rules, const PlanOptions& options)
    : outputs_(outputs), rules_(rules), options_(options) {}

Plan Planner::build() {
  collect_nodes();
  if (rules_.fuse) fuse_nodes();
  if (options_.storage == DType::kF16) {
    copy_weights();
    choose_halves();
  }
  choose_updates();
  place_values();
  record_uses();
  note_unread();
  pin_outputs();
  if (options_.alias) {
    place_concats();
    place_updates();
  }
  plan_end_copies();
  if (options_.alias) compute_in_place();
  if (rules_.overlap) find_levels();
  assign_addresses();
  check_limit();
  emit_calls();
  mark_hazards();
  return std::move(plan_);
}

void Planner::collect_nodes() {
  std::vector<std::shared_ptr<const Node>> open;
  auto visit = [&](const Tensor& tensor) {
    if (!tensor.defined()) throw Error(ErrorCode::kArgument, "program", "an output is undefined");
    if (position_.emplace(&tensor.node(), NodePlace{}).second) open.push_back(tensor.node_pointer());
  };
  for (const Tensor& output : outputs_) visit(output);
  while (!open.empty()) {
    const std::shared_ptr<const Node> node = std::move(open.back());
    open.pop_back();
    for (const Tensor& input : node->inputs) visit(input);
    nodes_.push_back(node);
  }
  // Order of creation is a valid order, and the one the author of the program had in mind.
  std::sort(nodes_.begin(), nodes_.end(), [](const auto& a, const auto& b) { return a->id < b->id; });
  for (std::size_t i = 0; i < nodes_.size(); ++i) position_[nodes_[i].get()].position = static_cast<int>(i);
}

void Planner::choose_updates() {
  for (const auto& node : nodes_) {
    if (!is_assign(*node)) continue;
    const State state = state_of(*node);
    const auto same =
        std::find_if(updates_.begin(), updates_.end(), [&](const auto& u) { return state_of(*u) == state; });
    if (same == updates_.end())
      updates_.push_back(node);
    else
      *same = node;
  }
}

bool Planner::is_alias(const Node& node) const { return options_.alias && node.op->alias && node.op->alias(node) >= 0; }

// With aliasing off, what would have been an alias is copied by the backend.
bool Planner::is_copy(const Node& node) const { return !options_.alias && node.op->alias && node.op->alias(node) >= 0; }

int Planner::new_block(std::size_t bytes) {
  Block block;
  block.bytes = std::max<std::size_t>(bytes, 1);
  blocks_.push_back(block);
  return static_cast<int>(blocks_.size()) - 1;
}

int Planner::state_block(const State& state) {
  const auto found = std::find(states_.begin(), states_.end(), state);
  if (found != states_.end()) return state_blocks_[static_cast<std::size_t>(found - states_.begin())];
  const int block = new_block(state.type().bytes());
  blocks_.back().state = static_cast<int>(states_.size());
  states_.push_back(state);
  state_blocks_.push_back(block);
  return block;
}

const Place& Planner::place_of(const Tensor& tensor) const {
  const NodePlace& at = position_.at(&tensor.node());
  return places_[static_cast<std::size_t>(at.position)][static_cast<std::size_t>(at.output + tensor.output())];
}

void Planner::place_values() {
  places_.resize(nodes_.size());
  scratch_blocks_.assign(nodes_.size(), -1);
  prepared_blocks_.assign(nodes_.size(), -1);
  placed_.assign(nodes_.size(), 0);
  for (int p = 0; p < end(); ++p) place_node(p);
}

void Planner::place_node(int position) {
  const Node& node = *nodes_[static_cast<std::size_t>(position)];
  auto& places = places_[static_cast<std::size_t>(position)];
  if (is_state_read(node)) {
    places.push_back({state_block(state_of(node)), 0});
    return;
  }
  if (is_assign(node)) state_block(state_of(node));
  if (is_alias(node)) {
    const Place source = place_of(node.inputs[0]);
    places.push_back({source.block, source.offset + stored_offset(node.inputs[0], node.op->alias(node))});
    return;
  }
  if (!is_copy(node) && rules_.check) rules_.check(node);
  for (int i = 0; i < static_cast<int>(node.outputs.size()); ++i) {
    places.push_back({new_block(bytes_of(Tensor(nodes_[static_cast<std::size_t>(position)], i))), 0});
    blocks_.back().constant = node.op->constant;
  }
  if (!is_copy(node)) place_work(position);
}

/// Memory of a call that is neither input nor output.
void Planner::place_work(int position) {
  const Node& node = *nodes_[static_cast<std::size_t>(position)];
  const std::size_t scratch = rules_.scratch ? rules_.scratch(node) : 0;
  if (scratch) scratch_blocks_[static_cast<std::size_t>(position)] = new_block(scratch);
  const std::size_t prepared = rules_.prepared ? rules_.prepared(node) : 0;
  if (!prepared) return;
  prepared_blocks_[static_cast<std::size_t>(position)] = new_block(prepared);
  blocks_.back().constant = options_.keep_prepared && stays_as_it_is(node.inputs[1]);
}

/// Whether no step of the program changes the tensor: a constant or (a part of) a state without a new version.
bool Planner::stays_as_it_is(const Tensor& tensor) const {
  const Node* node = &tensor.node();
  while (!is_assign(*node) && is_alias(*node)) node = &node->inputs[0].node();
  if (!is_state_read(*node)) return node->op->constant;
  return std::none_of(updates_.begin(), updates_.end(),
                      [&](const auto& update) { return state_of(*update) == state_of(*node); });
}

int Planner::top(int block) const {
  while (blocks_[static_cast<std::size_t>(block)].parent >= 0) block = blocks_[static_cast<std::size_t>(block)].parent;
  return block;
}

Place Planner::resolve(Place place) const {
  while (blocks_[static_cast<std::size_t>(place.block)].parent >= 0) {
    place.offset += blocks_[static_cast<std::size_t>(place.block)].delta;
    place.block = blocks_[static_cast<std::size_t>(place.block)].parent;
  }
  return place;
}

void Planner::touch(int block, int position, bool write) {
  Block& b = blocks_[static_cast<std::size_t>(block)];
  if (write && (b.first_write < 0 || position < b.first_write)) b.first_write = position;
  if (!write) b.readers.push_back(position);
  b.last_use = std::max(b.last_use, position);
}

void Planner::record_uses() {
  for (int p = 0; p < end(); ++p) {
    const Node& node = *nodes_[static_cast<std::size_t>(p)];
    if (is_state_read(node) || is_alias(node)) continue;
    for (const Tensor& input : node.inputs) touch(place_of(input).block, p, false);
    for (const Place& place : places_[static_cast<std::size_t>(p)]) touch(place.block, p, true);
    for (const auto* blocks : {&scratch_blocks_, &prepared_blocks_})
      if (const int work = (*blocks)[static_cast<std::size_t>(p)]; work >= 0) touch(work, p, true);
  }
  // An update whose value is another state's old contents reads it when the step ends.
  for (const auto& update : updates_) {
    const int source = place_of(update->inputs[0]).block;
    if (blocks_[static_cast<std::size_t>(source)].state >= 0) touch(source, end(), false);
  }
}

void Planner::note_unread() {
  unread_.assign(nodes_.size(), ~0u);
  const auto is_read = [&](const Tensor& tensor) {
    const NodePlace& at = position_.at(&tensor.node());
    const int output = at.output + tensor.output();
    if (output < 32) unread_[static_cast<std::size_t>(at.position)] &= ~(1u << output);
  };
  for (const auto& node : nodes_)
    for (const Tensor& input : node->inputs) is_read(input);
  for (const Tensor& output : outputs_) is_read(output);
}

void Planner::pin_outputs() {
  for (const Tensor& output : outputs_) {
    Place place = place_of(output);
    Block& block = blocks_[static_cast<std::size_t>(place.block)];
    if (block.state >= 0) {
      // The caller wants the value of this step even when the state moves on: keep a copy.
      touch(place.block, end(), false);
      const Place copy{new_block(output.type().bytes()), 0};
      touch(copy.block, end(), true);
      saves_.push_back({place, copy, output.type().bytes()});
      place = copy;
    }
    // A new version that is an output as well is read back from its state.
    const bool is_update = std::find(updates_.begin(), updates_.end(), output.node_pointer()) != updates_.end();
    if (!is_update) blocks_[static_cast<std::size_t>(place.block)].kept = true;
    blocks_[static_cast<std::size_t>(place.block)].pinned = true;
    blocks_[static_cast<std::size_t>(place.block)].last_use = end();
    output_places_.push_back(place);
  }
}

// Inputs of a concat are computed where they belong, inside the result. Latest first: an outer concat swallows an
// inner one whole, and the inner one's inputs follow.
void Planner::place_concats() {
  for (int p = end() - 1; p >= 0; --p) {
    const Node& node = *nodes_[static_cast<std::size_t>(p)];
    if (!node.op->place) continue;
    const Tensor joined(nodes_[static_cast<std::size_t>(p)]);
    const int result = places_[static_cast<std::size_t>(p)][0].block;
    for (int i = 0; i < node.input_count() && i < 64; ++i) {
      const std::int64_t offset = node.op->place(node, i);
      const Tensor& input = node.inputs[static_cast<std::size_t>(i)];
      const Place source = place_of(input);
      Block& block = blocks_[static_cast<std::size_t>(source.block)];
      const bool whole = source.offset == 0 && block.bytes == bytes_of(input) && is_half(input) == is_half(joined);
      if (offset < 0 || !whole || block.parent >= 0 || block.state >= 0 || block.constant || block.pinned) continue;
      block.parent = result;
      block.delta = stored_offset(joined, offset);
      placed_[static_cast<std::size_t>(p)] |= std::uint64_t{1} << i;
      Block& whole_block = blocks_[static_cast<std::size_t>(top(result))];
      whole_block.first_write = std::min(whole_block.first_write, block.first_write);
      whole_block.last_use = std::max(whole_block.last_use, block.last_use);
      whole_block.readers.insert(whole_block.readers.end(), block.readers.begin(), block.readers.end());
    }
  }
}

// A new version is computed right in the state's storage when nobody needs the old one any more.
void Planner::place_updates() {
  for (const auto& update : updates_) {
    const int target = state_block(state_of(*update));
    const Place value = resolve(place_of(update->inputs[0]));
    if (!update_can_move(*update, value, target)) continue;
    Block& block = blocks_[static_cast<std::size_t>(value.block)];
    Block& state = blocks_[static_cast<std::size_t>(target)];
    block.parent = target;
    state.first_write = block.first_write;
    state.readers.insert(state.readers.end(), block.readers.begin(), block.readers.end());
  }
}

bool Planner::update_can_move(const Node& assign_node, const Place& value, int target) const {
  const Block& block = blocks_[static_cast<std::size_t>(value.block)];
  const Block& state = blocks_[static_cast<std::size_t>(target)];
  if (block.state >= 0 || block.constant || block.kept || value.offset != 0 || state.first_write >= 0) return false;
  if (block.bytes != assign_node.output_type().bytes()) return false;
  return std::all_of(state.readers.begin(), state.readers.end(), [&](int reader) {
    return reader < block.first_write ||
           (reader == block.first_write && only_in_place_reads(reader, target, value.block));
  });
}

// True when the call at `position` that writes `written` may do so over the state: each of its reads of the state is
// one that the op can update in place, and covers the same bytes.
bool Planner::only_in_place_reads(int position, int target, int written) const {
  const Node& node = *nodes_[static_cast<std::size_t>(position)];
  if (!node.op->in_place) return false;
  const auto& places = places_[static_cast<std::size_t>(position)];
  for (std::size_t output = 0; output < places.size(); ++output) {
    const Place place = resolve(places[output]);
    if (place.block != written) continue;
    if (place.offset != 0) return false;
    const std::uint32_t allowed = node.op->in_place(node, static_cast<int>(output));
    for (int i = 0; i < node.input_count(); ++i) {
      const Place source = resolve(place_of(node.inputs[static_cast<std::size_t>(i)]));
      if (source.block == target && (!(allowed >> i & 1) || source.offset != 0)) return false;
    }
  }
  return true;
}

void Planner::plan_end_copies() {
  for (const auto& update : updates_) {
    const std::size_t bytes = update->output_type().bytes();
    const Place target{state_block(state_of(*update)), 0};
    const Place value = resolve(place_of(update->inputs[0]));
    if (value.block == target.block && value.offset == 0) continue;
    Place source = value;
    if (blocks_[static_cast<std::size_t>(value.block)].state >= 0) {
      source = {new_block(bytes), 0};
      touch(source.block, end(), true);
      saves_.push_back({value, source, bytes});
    }
    touch(top(source.block), end(), false);
    touch(target.block, end(), true);
    stores_.push_back({source, target, bytes});
  }
}

void Planner::compute_in_place() {
  for (int p = 0; p < end(); ++p) {
    const Node& node = *nodes_[static_cast<std::size_t>(p)];
    if (!node.op->in_place || is_state_read(node) || is_alias(node)) continue;
    std::vector<int> taken;
    for (std::size_t output = 0; output < node.outputs.size(); ++output)
      try_in_place(p, static_cast<int>(output), taken);
  }
}

void Planner::try_in_place(int position, int output, std::vector<int>& taken) {
  const Node& node = *nodes_[static_cast<std::size_t>(position)];
  const int own = places_[static_cast<std::size_t>(position)][static_cast<std::size_t>(output)].block;
  Block& result = blocks_[static_cast<std::size_t>(own)];
  if (result.parent >= 0 || result.state >= 0 || result.first_write != position) return;
  const std::uint32_t allowed = node.op->in_place(node, output);
  for (int i = 0; i < node.input_count(); ++i) {
    if (!(allowed >> i & 1)) continue;
    const Place source = resolve(place_of(node.inputs[static_cast<std::size_t>(i)]));
    Block& block = blocks_[static_cast<std::size_t>(source.block)];
    const bool free_now = block.state < 0 && !block.constant && !block.pinned && block.last_use == position;
    if (!free_now || source.offset != 0 || block.bytes != result.bytes || source.block == own) continue;
    if (std::find(taken.begin(), taken.end(), source.block) != taken.end()) continue;
    bool shared = false;  // another input of this call lies in the same block and may not be overwritten
    for (int k = 0; k < node.input_count(); ++k)
      shared |= !(allowed >> k & 1) && top(place_of(node.inputs[static_cast<std::size_t>(k)]).block) == source.block;
    if (shared) continue;
    taken.push_back(source.block);
    result.parent = source.block;
    block.last_use = result.last_use;
    block.pinned = result.pinned;
    return;
  }
}

void Planner::check_limit() const {
  if (options_.memory_limit && plan_.arena_bytes > options_.memory_limit)
    throw Error(ErrorCode::kLimit, "program", "needs %zu bytes, %llu are allowed", plan_.arena_bytes,
                static_cast<unsigned long long>(options_.memory_limit))
        .limit("memory_limit");
}

}  // namespace detail
}  // namespace betwixt
