// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/gpu_launch.h"
#include "betwixt/ops/detail/random_options.h"

namespace betwixt {
namespace {

constexpr std::uint32_t kNormal = 0, kUniform = 1, kBernoulli = 2;  // of shaders/random.comp

void record_random(GpuCall& call, std::uint32_t kind) {
  const auto& options = call.options<RandomOptions>();
  const std::int64_t count = call.out_shape().elements();
  GpuDispatch dispatch("random", {gpu_in(0), gpu_out(0)});
  dispatch.constant(kGpuLocal).constant(kind);
  dispatch.word(gpu_word(count)).word(options.key[0]).word(options.key[1]);
  dispatch.number(static_cast<float>(options.probability));
  run_items(call, dispatch, gpu_vectors(count));
}

}  // namespace

void random_normal_gpu(GpuCall& call) { record_random(call, kNormal); }
void random_uniform_gpu(GpuCall& call) { record_random(call, kUniform); }
void random_bernoulli_gpu(GpuCall& call) { record_random(call, kBernoulli); }

void shuffled_indices_gpu(GpuCall& call) {
  const auto& options = call.options<ShuffleOptions>();
  GpuDispatch dispatch("shuffled_indices", {gpu_in(0), gpu_out(0)});
  dispatch.constant(kGpuLocal).constant(options.ordered);
  dispatch.word(options.batch).word(options.rows).word(options.half_bits).word(options.key[0]).word(options.key[1]);
  run_items(call, dispatch, options.batch);
}

}  // namespace betwixt
