// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "betwixt/tensor/state.h"
#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// What a backend asks of a plan.
struct PlanRules {
  std::size_t alignment = 64;                                       ///< of every tensor in an arena, bytes
  std::size_t max_arena = std::numeric_limits<std::size_t>::max();  ///< bytes one buffer may span
  std::function<std::size_t(const Node&)> scratch;                  ///< bytes of scratch of one call
  std::function<void(const Node&)> check;                           ///< throws when the node cannot run here
  /// Off on devices whose drivers mishandle recycled memory: every tensor then has memory of its own.
  bool alias = true;
  /// The backend runs calls side by side when they do not need one another: memory is then recycled only where that
  /// keeps nobody waiting. More memory, fewer barriers.
  bool overlap = false;
  /// Nodes may be replaced by fused ones (Op::fuse).
  bool fuse = false;
  std::function<bool(const Node&)> takes_fused;  ///< whether this fused one is of use here; none: all of them are
  /// Bytes of what a call makes of its input 1 beforehand (Op::cpu_prepared); none where calls make nothing.
  std::function<std::size_t(const Node&)> prepared;
  bool can_store_f16 = false;   ///< PlanOptions::storage may be f16
  DType storage = DType::kF32;  ///< of programs whose options do not say
};

/// How a program is laid out in memory.
struct PlanOptions {
  /// Off: every tensor has memory of its own, aliases become copies, nothing is computed in place. Same bits.
  bool alias = true;
  /// Peak arena bytes allowed; 0 is no limit. Above it: E_LIMIT with both figures, before anything is allocated.
  std::uint64_t memory_limit = 0;
  /// Weights that are constants, or states that the program does not change, are laid out for the kernels once instead
  /// of in every step, and again when somebody has written them. Costs memory of the size of the weights, which counts
  /// as arena; where `memory_limit` has no room for it, it is not done. Same bits. CPU only.
  bool keep_prepared = true;
  /// What f32 tensors between ops are stored as: f32, or f16 for half the memory and traffic. Unset: what the device
  /// was opened with (VulkanOptions::storage), else f32.
  ///
  /// With f16, activations and their gradients lie in memory as halves wherever the op that makes them and all that
  /// read them can handle that (Op::half), and weights of convolutions that are states are copied into halves once per
  /// step. Arithmetic is f32. States, gradients of weights, statistics, losses, scalars and outputs stay f32. Values
  /// are rounded to nearest, ties to even; above 65504 they become infinite, below 2^-14 they lose bits and below
  /// 2^-25 they are zero: losses want OptimizerOptions::loss_scale. E_UNSUPPORTED where the device cannot.
  std::optional<DType> storage = {};
};

/// A byte range of one buffer of the plan.
struct Range {
  int buffer = -1;         ///< index into Plan::buffers; -1 is none
  std::size_t offset = 0;  ///< of the first byte in the buffer
  std::size_t bytes = 0;   ///< length

  /// Whether both have a byte in common.
  bool overlaps(const Range& other) const {
    return buffer == other.buffer && buffer >= 0 && offset < other.offset + other.bytes &&
           other.offset < offset + bytes;
  }
};

/// A buffer: an arena the executable owns, or a state's storage.
struct PlanBuffer {
  std::size_t bytes = 0;  ///< its size
  State state;            ///< defined for a state's storage
};

/// One kernel call. `node` null: copy inputs[0] to outputs[0].
struct PlanCall {
  std::shared_ptr<const Node> node;  ///< what is computed
  std::vector<Range> inputs;         ///< one per input of the node
  std::vector<Range> outputs;        ///< one per output of the node
  Range scratch;                     ///< none where the op wants no scratch
  Range prepared;                    ///< what is made of input 1 beforehand; none where nothing is
  bool keeps_prepared = false;       ///< nobody else writes there: it is good until input 1 changes
  std::uint32_t unread = 0;          ///< bit i: nobody reads output i
  std::uint64_t placed = 0;          ///< bit i: input i already lies in its place in output 0
  std::uint64_t half_inputs = 0;     ///< bit i: input i is stored as f16
  std::uint32_t half_outputs = 0;    ///< bit i: output i is
  bool barrier = false;  ///< touches what an earlier call since the last barrier wrote, or writes what it read
};

/// A program laid out in memory: what to call, in which order, on which bytes.
struct Plan {
  std::vector<PlanBuffer> buffers;       ///< arenas and states, by the indices of Range::buffer
  std::vector<PlanCall> setup;           ///< constants, computed once
  std::vector<PlanCall> calls;           ///< one step
  std::vector<Range> outputs;            ///< of the program, after a step
  std::vector<TensorType> output_types;  ///< one per output
  std::size_t arena_bytes = 0;           ///< sum of the arenas: the peak
};

/// x unchanged, in memory of its own: what the planner puts before ops that read a state in halves.
Tensor stored(const Tensor& x);

/// Orders the nodes that `outputs` need, drops all others, decides aliases, in-place updates and memory by liveness
/// (greedy by size: Pisarchyk and Lee, arXiv 2001.03288), and marks the hazards.
Plan make_plan(const std::vector<Tensor>& outputs, const PlanRules& rules, const PlanOptions& options);

}  // namespace betwixt
