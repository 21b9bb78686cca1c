// SPDX-License-Identifier: MIT
#pragma once

#include <unordered_map>
#include <vector>

#include "betwixt/tensor/hazard_levels.h"
#include "betwixt/tensor/plan.h"

namespace betwixt::detail {

/// A block of memory that one or more values live in. Blocks are merged (a concat swallows its inputs, an update
/// moves into its state) by pointing at a parent; only top blocks get an address.
struct Block {
  std::size_t bytes = 0;
  int parent = -1;
  std::size_t delta = 0;  ///< offset inside the parent
  int state = -1;         ///< index of the state whose storage this is
  bool constant = false;  ///< written once, lives for ever
  bool pinned = false;    ///< read after the step
  bool kept = false;      ///< an output other than a state's new version: may not move into a state
  int first_write = -1;   ///< position of the first call that writes it
  int last_use = -1;      ///< position of the last call that touches it
  int first_level = -1;   ///< as first_write and last_use, where calls run side by side
  int last_level = -1;
  std::vector<int> readers;
  Range address;
};

/// Where a value lies.
struct Place {
  int block = -1;
  std::size_t offset = 0;
};

/// Where the outputs of a node are: those of the node at `position`, from `output` on.
struct NodePlace {
  int position = 0;
  int output = 0;
};

/// A node of its own with everything of `node`.
std::shared_ptr<Node> copy_of(const Node& node);

/// Builds one plan; see make_plan. Positions are indices into `nodes_`; `end()` is after all of them.
class Planner {
 public:
  Planner(const std::vector<Tensor>& outputs, const PlanRules& rules, const PlanOptions& options);
  Plan build();

 private:
  struct EndCopy {
    Place from;
    Place to;
    std::size_t bytes;
  };

  void collect_nodes();
  void fuse_nodes();
  bool fuse_once(bool producers);
  void fuse_node(int position, bool producers, const std::vector<std::vector<int>>& readers, std::vector<char>& is_new);
  bool try_fuse(int position, int other, bool computes_input, std::vector<char>& is_new);
  void put_fused(const Tensor& fused, const Node& old, int place, std::vector<char>& is_new);
  std::shared_ptr<const Node> over_fused(const std::shared_ptr<const Node>& node) const;
  bool come_before(const Node& node, int position, const Node* besides = nullptr) const;
  std::vector<std::vector<int>> find_readers() const;
  void drop_absorbed();
  void copy_weights();
  void choose_halves();
  int storage_of(const Tensor& tensor, const std::vector<int>& first_value) const;
  void choose_updates();
  void place_values();
  void place_node(int position);
  void place_work(int position);
  bool stays_as_it_is(const Tensor& tensor) const;
  void record_uses();
  void note_unread();
  void pin_outputs();
  void place_concats();
  void place_updates();
  bool update_can_move(const Node& assign_node, const Place& value, int state_block) const;
  bool only_in_place_reads(int position, int state_block, int written_block) const;
  void plan_end_copies();
  void compute_in_place();
  void try_in_place(int position, int output, std::vector<int>& taken);
  void find_levels();
  int note_level(HazardLevels& levels, const std::vector<HazardLevels::Use>& uses);
  HazardLevels::Use use_of(Place place, std::size_t bytes, bool writes) const;
  bool is_emitted(int position) const;
  void assign_addresses();
  std::vector<std::size_t> lay_out(int slack);
  void emit_calls();
  void emit_node(int position);
  void emit_copies();
  void mark_hazards();
  void check_limit() const;

  int end() const { return static_cast<int>(nodes_.size()); }
  bool is_alias(const Node& node) const;
  bool is_copy(const Node& node) const;
  int new_block(std::size_t bytes);
  int state_block(const State& state);
  Place resolve(Place place) const;
  int top(int block) const;
  const Place& place_of(const Tensor& tensor) const;
  bool is_half(const Tensor& tensor) const;
  std::size_t bytes_of(const Tensor& tensor) const;
  std::size_t stored_offset(const Tensor& tensor, std::int64_t offset) const;
  void touch(int block, int position, bool write);
  Range range_of(const Tensor& tensor) const;
  Range range_of(Place place, std::size_t bytes) const;
  PlanCall copy_call(Place from, Place to, std::size_t bytes) const;

  const std::vector<Tensor>& outputs_;
  const PlanRules& rules_;
  const PlanOptions options_;
  std::vector<std::shared_ptr<const Node>> nodes_;
  std::unordered_map<const Node*, NodePlace> position_;  ///< of replaced nodes: where their values are now
  std::vector<std::shared_ptr<const Node>> replaced_;    ///< kept alive: `position_` knows them by address
  std::vector<std::uint32_t> half_;                      ///< per position, bit per output; empty: nothing is
  std::vector<std::vector<Place>> places_;               ///< per position, per output
  std::vector<Block> blocks_;
  std::vector<int> scratch_blocks_;    ///< per position, -1 for none
  std::vector<int> prepared_blocks_;   ///< per position, -1 for none
  std::vector<int> levels_;            ///< per position, with PlanRules::overlap
  std::vector<std::uint64_t> placed_;  ///< per position
  std::vector<std::uint32_t> unread_;  ///< per position, bit per output
  std::vector<State> states_;
  std::vector<int> state_blocks_;
  std::vector<std::shared_ptr<const Node>> updates_;  ///< the assign that counts, per updated state
  std::vector<Place> output_places_;
  std::vector<EndCopy> saves_;   ///< first phase of the end: out of states that may change
  std::vector<EndCopy> stores_;  ///< second phase: into states
  Plan plan_;
};

}  // namespace betwixt::detail
