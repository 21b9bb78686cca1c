// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/ops/detail/grain_kernel.h"
#include "betwixt/ops/detail/norm_block.h"
#include "betwixt/tensor/op.h"

// For kernel files: a sum over all elements with the same bits for any number of threads. The op declares one double of
// scratch for every kNormBlock elements.

namespace betwixt::BETWIXT_ISA {

/// Sum of term(i) for i in [begin, end), in 16 strands.
template <class T, class Term>
double strand_sum(std::int64_t begin, std::int64_t end, const Term& term) {
  constexpr std::int64_t kStrands = 16;
  T strands[kStrands] = {};
  std::int64_t i = begin;
  for (; i + kStrands <= end; i += kStrands)
    for (std::int64_t k = 0; k < kStrands; ++k) strands[k] += term(i + k);
  double total = 0;
  for (; i < end; ++i) total += static_cast<double>(term(i));
  for (std::int64_t k = 0; k < kStrands; ++k) total += static_cast<double>(strands[k]);
  return total;
}

/// Sum of term(i) for i in [0, count).
template <class T, class Term>
double block_sum(const CpuCall& call, std::int64_t count, const Term& term) {
  double* parts = reinterpret_cast<double*>(call.scratch);
  const std::int64_t blocks = (count + kNormBlock - 1) / kNormBlock;
  call.pool.parallel_for(blocks, chunk_of(kNormBlock), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      const std::int64_t stop = (b + 1) * kNormBlock;
      parts[b] = strand_sum<T>(b * kNormBlock, stop < count ? stop : count, term);
    }
  });
  double total = 0;
  for (std::int64_t b = 0; b < blocks; ++b) total += parts[b];
  return total;
}

}  // namespace betwixt::BETWIXT_ISA
