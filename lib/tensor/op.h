// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "betwixt/core/thread_pool.h"
#include "betwixt/tensor/tensor.h"

namespace betwixt {

class GpuCall;
struct GpuLimits;

/// What a CPU kernel is given: dense buffers for every input and output (64-byte aligned unless they alias a slice,
/// then 16-byte aligned), planned scratch, and the device's threads. A kernel allocates nothing and does not throw.
struct CpuCall {
  const Node& node;               ///< what is computed
  const void* const* inputs;      ///< one pointer per input
  void* const* outputs;           ///< one pointer per output
  std::byte* scratch;             ///< as many bytes as `cpu_scratch` asked for
  ThreadPool& pool;               ///< the device's threads
  std::byte* prepared = nullptr;  ///< as many bytes as `cpu_prepared` asked for
  bool keeps_prepared = false;    ///< they stay for the next call
  bool is_prepared = false;       ///< they are what an earlier call with the same input 1 left there
  std::uint32_t unread = 0;       ///< bit i: nobody reads output i; it need not be written

  /// Input i as elements of T, which must be its element type.
  template <class T>
  const T* in(int i) const {
    return static_cast<const T*>(inputs[i]);
  }
  /// Output i as elements of T, which must be its element type.
  template <class T>
  T* out(int i = 0) const {
    return static_cast<T*>(outputs[i]);
  }
  /// Shape of input i.
  const Shape& in_shape(int i) const { return node.input_shape(i); }
  /// Shape of output i.
  const Shape& out_shape(int i = 0) const { return node.output_shape(i); }
  /// The node's options, as given to `apply`.
  template <class Options>
  const Options& options() const {
    return node.options<Options>();
  }
};

using CpuFunction = void (*)(const CpuCall&);

/// Instruction sets a kernel file is compiled for; see tensor/cpu_kernel.h.
enum class Isa : std::uint8_t { kBaseline, kAvx2, kAvx512 };
constexpr int kIsaCount = 3;

/// One kernel in its instruction-set variants. Missing ones fall back to the next lower.
struct CpuKernel {
  CpuFunction variants[kIsaCount] = {};  ///< indexed by Isa; null where the file is not compiled for it

  /// The best variant that is not above `isa`.
  CpuFunction best(Isa isa) const {
    for (int i = static_cast<int>(isa); i > 0; --i)
      if (variants[i]) return variants[i];
    return variants[0];
  }
  /// Whether the op has a CPU kernel.
  explicit operator bool() const { return variants[0] != nullptr; }
};

/// What a gradient rule is given. `output_gradients[i]` is undefined where nothing flows back; at least one is defined.
/// The rule returns one tensor per input; undefined means zero. `needed[i]` says which inputs matter.
struct GradientCall {
  const Tensor& result;                      ///< output 0 of the node
  const Node& node;                          ///< that is differentiated
  std::span<const Tensor> output_gradients;  ///< one per output
  std::span<const bool> needed;              ///< one per input

  /// Input i of the node.
  const Tensor& input(int i) const { return node.inputs[static_cast<std::size_t>(i)]; }
  /// Output i of the node.
  Tensor output(int i) const { return Tensor(result.node_pointer(), i); }
  /// Gradient that flows back into output i; may be undefined.
  const Tensor& output_gradient(int i = 0) const { return output_gradients[static_cast<std::size_t>(i)]; }
  /// Whether the gradient in input i is asked for.
  bool needs(int i) const { return needed[static_cast<std::size_t>(i)]; }
  /// The node's options, as given to `apply`.
  template <class Options>
  const Options& options() const {
    return node.options<Options>();
  }
};

/// The reverse-mode rule of an op. A library for inference only (BETWIXT_TRAINING=OFF) keeps none, so that neither the
/// rules nor the ops, kernels and recordings that only they use are linked.
class ReverseRule {
 public:
  ReverseRule() = default;
  /// Keeps `rule`, see GradientCall for what it is given and returns; forgets it in a library for inference only.
#if defined(BETWIXT_INFERENCE_ONLY)
  template <class Rule>
  constexpr ReverseRule(Rule /*rule*/) {}
#else
  template <class Rule>
  constexpr ReverseRule(Rule rule) : rule_(rule) {}
#endif
  /// Whether there is a rule.
  explicit operator bool() const { return rule_ != nullptr; }
  /// What the rule returns for `call`. There must be a rule.
  std::vector<Tensor> operator()(const GradientCall& call) const { return rule_(call); }

 private:
  std::vector<Tensor> (*rule_)(const GradientCall&) = nullptr;
};

/// Operands of an op that its shaders can also read and write as f16, see PlanOptions::storage. Only f32 tensors are
/// concerned. Arithmetic stays f32.
struct HalfOperands {
  std::uint64_t inputs = 0;   ///< bit i: input i
  std::uint32_t outputs = 0;  ///< bit i: output i, an activation or the gradient of one
  /// Bit i: input i is worth a copy in halves when it is a state, once per step: weights of convolutions, read often.
  std::uint64_t weights = 0;
  /// The outputs are halves only when an input is: element by element the op may as well work on weights, statistics or
  /// losses, which stay f32.
  bool follows = false;

  /// Functions of single elements of the first `inputs` inputs, and copies of elements.
  static constexpr HalfOperands elementwise(int inputs) {
    return {.inputs = (std::uint64_t{1} << inputs) - 1, .outputs = 1, .follows = true};
  }
  /// Ops between pictures: the inputs of this mask, output 0.
  static constexpr HalfOperands pictures(std::uint64_t inputs) { return {.inputs = inputs, .outputs = 1}; }
  /// Products: a picture, weights, and what the epilogue reads.
  static constexpr HalfOperands product() { return {.inputs = 7, .outputs = 1, .weights = 2}; }
  /// Sums over the inputs of this mask.
  static constexpr HalfOperands sums(std::uint64_t inputs) { return {.inputs = inputs}; }
};

/// Everything the engine knows about an op. One constant record per op, in the op's own .cpp file; there is no list
/// of ops anywhere.
struct Op {
  const char* name;  ///< in messages and timings, as "conv2d"

  /// Types of the outputs from the node's inputs and options; the only place that rejects shapes (E_SHAPE, E_DTYPE).
  std::vector<TensorType> (*shape)(const Node&) = nullptr;

  CpuKernel cpu = {};  ///< kernel of the processor; none: E_UNSUPPORTED there
  /// Bytes of scratch a CPU kernel wants, from shapes and thread count.
  std::size_t (*cpu_scratch)(const Node&, int threads) = nullptr;
  /// Bytes of what a CPU kernel first makes of input 1 alone: weights in the order in which it reads them. While that
  /// input stays as it is, it is made once and not in every call.
  std::size_t (*cpu_prepared)(const Node&) = nullptr;
  /// Made by `fuse` for GPUs only: the CPU kernel is a plain one, for tests of the shaders.
  bool plain_cpu = false;

  /// Records the op's dispatches (tensor/gpu_call.h).
  void (*gpu)(GpuCall&) = nullptr;
  std::size_t (*gpu_scratch)(const Node&, const GpuLimits&) = nullptr;
  HalfOperands half = {};  ///< none: all operands are f32 in every program

  /// The reverse-mode rule, made of ops. Null: differentiating through the op is refused by name.
  ReverseRule gradient = {};

  /// Bit i set: output `output` may be computed in the memory of input i (same bytes, element by element).
  std::uint32_t (*in_place)(const Node&, int output) = nullptr;

  /// Ops whose output 0 is a byte range of input 0: its offset in bytes, or -1 when this node is not such a case (the
  /// kernel then runs). The planner makes them free.
  std::int64_t (*alias)(const Node&) = nullptr;

  /// Ops that lay inputs side by side: where input i may be produced directly inside output 0 (byte offset), or -1.
  /// The kernel must leave an input alone that already lies there.
  std::int64_t (*place)(const Node&, int input) = nullptr;
  /// With `place`: true when nothing is left to do once every input is in place.
  bool (*placed_is_complete)(const Node&) = nullptr;

  /// Fewer ops for the same values, on backends that ask for it (PlanRules::fuse). `other` either computes an input of
  /// `node` and is used by nothing else: then one tensor, instead of output 0 of `node`. Or both read a common tensor:
  /// then two, instead of the outputs 0 of `node` and of `other`: of one op that takes the place of the earlier one, or
  /// of two that take their places. The result is made from the inputs of both; empty when there is nothing to be done.
  std::vector<Tensor> (*fuse)(const Node& node, const Node& other) = nullptr;

  /// No inputs, same value for ever: computed once when the program is compiled.
  bool constant = false;
};

/// Gradient rule of ops through which nothing flows back (comparisons, random numbers, indices).
std::vector<Tensor> zero_gradient(const GradientCall& call);

}  // namespace betwixt
