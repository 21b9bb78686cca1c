// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include "betwixt/ops/detail/reduce_loop.h"
#include "betwixt/tensor/gpu_call.h"

namespace betwixt {

/// What shaders/reduce.comp does with terms and results, by its numbers there.
struct GpuReduction {
  enum Join : std::uint32_t { kSum, kMaximum, kMinimum } join = kSum;
  enum Map : std::uint32_t { kPlain, kSquare, kSquaredDifference } map = kPlain;
  enum Finish : std::uint32_t { kLeave, kDivide } finish = kLeave;
  float divisor = 1;
  DType dtype = DType::kF32;
};

/// Records the reduction of input 0 (and input 1 for differences) to output 0.
void record_reduction(GpuCall& call, const ReduceLoop& loop, const GpuReduction& reduction);
/// Scratch it needs.
std::size_t reduction_gpu_scratch(const ReduceLoop& loop);

/// A whole tensor as one run.
ReduceLoop whole_tensor_loop(const Shape& shape);
/// Scratch for the reduction of all of input 0.
std::size_t whole_tensor_gpu_scratch(const Node& node, const GpuLimits& limits);

void sum_gpu(GpuCall& call);
void max_gpu(GpuCall& call);
void min_gpu(GpuCall& call);
std::size_t reduce_gpu_scratch(const Node& node, const GpuLimits& limits);
void argmax_gpu(GpuCall& call);
void argmin_gpu(GpuCall& call);
void first_equal_gpu(GpuCall& call);
std::size_t first_equal_gpu_scratch(const Node& node, const GpuLimits& limits);

}  // namespace betwixt
