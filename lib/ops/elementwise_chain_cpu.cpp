// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/elementwise_chain.h"
#include "betwixt/ops/detail/prefetch_kernel.h"
#include "betwixt/ops/detail/slot_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt::BETWIXT_ISA {
namespace {

using detail::ChainOptions;
using detail::ChainStep;
using detail::kChainBlock;

#if defined(__AVX512F__)
constexpr Isa kOwnIsa = Isa::kAvx512;
#elif defined(__AVX2__)
constexpr Isa kOwnIsa = Isa::kAvx2;
#else
constexpr Isa kOwnIsa = Isa::kBaseline;
#endif

constexpr std::int64_t kGrain = 1 << 15;  ///< elements of a single op

/// Elements [begin, begin + count) of a chain's tensors.
struct Block {
  std::int64_t begin, count;
  std::byte* work;  ///< what lies between the steps
};

bool is_single(const CpuCall& call, int input) { return call.in_shape(input).elements() == 1; }

/// Part `part` of `parts` of the inputs of the block behind this one: memory is never idle while steps compute.
void ask_for_next(const CpuCall& call, const Block& block, std::int64_t element, std::int64_t part,
                  std::int64_t parts) {
  const std::int64_t left = call.out_shape().elements() - block.begin - block.count;
  const std::int64_t bytes = (left < kChainBlock ? left : kChainBlock) * element;
  const std::int64_t from = bytes * part / parts / 64 * 64;
  const std::int64_t to = bytes * (part + 1) / parts / 64 * 64;
  for (int i = 0; i < call.node.input_count(); ++i)
    if (!is_single(call, i))
      prefetch_lines<kToSecondLevel>(
          reinterpret_cast<std::uintptr_t>(call.in<std::byte>(i) + (block.begin + block.count) * element) +
              static_cast<std::uintptr_t>(from),
          to - from);
}

void run_steps(const CpuCall& call, const Block& block, std::int64_t element) {
  const auto& steps = call.options<ChainOptions>().steps;
  const int inputs = call.node.input_count();
  for (std::size_t s = 0; s < steps.size(); ++s) {
    const ChainStep& step = steps[s];
    ask_for_next(call, block, element, static_cast<std::int64_t>(s), static_cast<std::int64_t>(steps.size()));
    const void* arguments[detail::kMostChainArguments];
    for (std::size_t i = 0; i < step.arguments.size(); ++i) {
      const int argument = step.arguments[i];
      if (argument >= inputs)
        arguments[i] = block.work + steps[static_cast<std::size_t>(argument - inputs)].buffer * kChainBlock * element;
      else
        arguments[i] = call.in<std::byte>(argument) + (is_single(call, argument) ? 0 : block.begin * element);
    }
    void* result = block.work + step.buffer * kChainBlock * element;
    if (s + 1 == steps.size()) result = call.out<std::byte>() + block.begin * element;
    const Node& node = block.count == kChainBlock ? *step.whole : *step.rest;
    step.op->cpu.best(kOwnIsa)({node, arguments, &result, nullptr, call.pool});
  }
}

}  // namespace

void elementwise_chain_cpu(const CpuCall& call) {
  const std::int64_t steps = static_cast<std::int64_t>(call.options<ChainOptions>().steps.size());
  const std::int64_t elements = call.out_shape().elements();
  const auto element = static_cast<std::int64_t>(dtype_size(call.node.output_type().dtype));
  const auto slot_bytes = static_cast<std::size_t>(call.options<ChainOptions>().buffers * kChainBlock * element);
  const SlotPool slots(call.scratch, slot_bytes, call.pool.threads());
  const std::int64_t blocks = (elements + kChainBlock - 1) / kChainBlock;
  call.pool.parallel_for(blocks, kGrain / kChainBlock / steps, [&](std::int64_t begin, std::int64_t end) {
    const Slot slot(slots);
    for (std::int64_t index = begin; index < end; ++index) {
      const std::int64_t first = index * kChainBlock;
      const std::int64_t left = elements - first;
      const Block block{first, left < kChainBlock ? left : kChainBlock, slot.at<std::byte>(0)};
      run_steps(call, block, element);
    }
  });
}

}  // namespace betwixt::BETWIXT_ISA
