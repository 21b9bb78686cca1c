// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>
#include <memory>

#include "bench.h"
#include "betwixt/core/thread_pool.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define BETWIXT_BENCH_X86 1
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

// What the machine can do at best: multiply-adds that never leave the registers, and copying.

namespace betwixt::bench {
namespace {

constexpr int kSums = 16;  // in flight at once: more than latency times units
constexpr int kRounds = 200000;

#if defined(BETWIXT_BENCH_X86)
__attribute__((target("avx512f"))) float multiply_add_avx512() {
  __m512 sum[kSums];
  for (int i = 0; i < kSums; ++i) sum[i] = _mm512_set1_ps(static_cast<float>(i));
  const __m512 factor = _mm512_set1_ps(0.5f);
  for (int round = 0; round < kRounds; ++round)
    for (int i = 0; i < kSums; ++i) sum[i] = _mm512_fmadd_ps(sum[i], factor, factor);
  for (int i = 1; i < kSums; ++i) sum[0] = _mm512_add_ps(sum[0], sum[i]);
  return _mm512_cvtss_f32(sum[0]);
}
__attribute__((target("avx2,fma"))) float multiply_add_avx2() {
  __m256 sum[kSums];
  for (int i = 0; i < kSums; ++i) sum[i] = _mm256_set1_ps(static_cast<float>(i));
  const __m256 factor = _mm256_set1_ps(0.5f);
  for (int round = 0; round < kRounds; ++round)
    for (int i = 0; i < kSums; ++i) sum[i] = _mm256_fmadd_ps(sum[i], factor, factor);
  for (int i = 1; i < kSums; ++i) sum[0] = _mm256_add_ps(sum[0], sum[i]);
  return _mm256_cvtss_f32(sum[0]);
}
float multiply_add_sse() {
  __m128 sum[kSums];
  for (int i = 0; i < kSums; ++i) sum[i] = _mm_set1_ps(static_cast<float>(i));
  const __m128 factor = _mm_set1_ps(0.5f);
  for (int round = 0; round < kRounds; ++round)
    for (int i = 0; i < kSums; ++i) sum[i] = _mm_add_ps(_mm_mul_ps(sum[i], factor), factor);
  for (int i = 1; i < kSums; ++i) sum[0] = _mm_add_ps(sum[0], sum[i]);
  return _mm_cvtss_f32(sum[0]);
}
#elif defined(__aarch64__)
float multiply_add_neon() {
  float32x4_t sum[kSums];
  for (int i = 0; i < kSums; ++i) sum[i] = vdupq_n_f32(static_cast<float>(i));
  const float32x4_t factor = vdupq_n_f32(0.5f);
  for (int round = 0; round < kRounds; ++round)
    for (int i = 0; i < kSums; ++i) sum[i] = vfmaq_f32(factor, sum[i], factor);
  for (int i = 1; i < kSums; ++i) sum[0] = vaddq_f32(sum[0], sum[i]);
  return vgetq_lane_f32(sum[0], 0);
}
#else
float multiply_add_plain() {
  float sum[kSums];
  for (int i = 0; i < kSums; ++i) sum[i] = static_cast<float>(i);
  for (int round = 0; round < kRounds; ++round)
    for (int i = 0; i < kSums; ++i) sum[i] = sum[i] * 0.5f + 0.5f;
  for (int i = 1; i < kSums; ++i) sum[0] += sum[i];
  return sum[0];
}
#endif

struct MultiplyAdd {
  float (*run)();
  int lanes;
};

MultiplyAdd best_multiply_add() {
#if defined(BETWIXT_BENCH_X86)
  if (__builtin_cpu_supports("avx512f")) return {multiply_add_avx512, 16};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {multiply_add_avx2, 8};
  return {multiply_add_sse, 4};
#elif defined(__aarch64__)
  return {multiply_add_neon, 4};
#else
  return {multiply_add_plain, 1};
#endif
}

constexpr std::size_t kLargeCopy = std::size_t{256} << 20;

/// Buffers and threads of a copy.
struct Copy {
  explicit Copy(std::size_t bytes, int threads) : pool(threads), from(bytes), to(bytes) {
    std::memset(from.data(), 1, bytes);
    std::memset(to.data(), 2, bytes);
  }
  void run() {
    const auto count = static_cast<std::int64_t>(from.size());
    const std::int64_t grain = (count + pool.threads() - 1) / pool.threads();
    pool.parallel_for(count, grain, [this](std::int64_t begin, std::int64_t end) {
      std::memcpy(to.data() + begin, from.data() + begin, static_cast<std::size_t>(end - begin));
    });
  }
  ThreadPool pool;
  std::vector<char> from, to;
};

Workload peak_workload(const Settings& settings) {
  const auto pool = std::make_shared<ThreadPool>(settings.threads);
  const MultiplyAdd best = best_multiply_add();
  const auto kept = std::make_shared<std::atomic<float>>(0.0f);
  Workload work;
  work.run = [pool, best, kept] {
    pool->parallel_for(pool->threads(), 1, [&](std::int64_t begin, std::int64_t end) {
      for (; begin < end; ++begin) kept->store(best.run(), std::memory_order_relaxed);
    });
  };
  work.gflop = 2e-9 * kRounds * kSums * best.lanes * settings.threads;
  return work;
}

Workload copy_workload(std::size_t bytes, const Settings& settings) {
  const auto copy = std::make_shared<Copy>(bytes, settings.threads);
  return {[copy] { copy->run(); }, 0, 2e-9 * static_cast<double>(bytes), 1};
}

}  // namespace

double copy_rate(std::size_t bytes, const Settings& settings) {
  const Workload work = copy_workload(bytes, settings);
  return work.gigabytes / measure(work.run, {settings.threads, 0.2}).milliseconds * 1e3;
}

std::vector<Case> machine_cases() {
  return {{"machine.fma", peak_workload},
          {"machine.copy", [](const Settings& settings) { return copy_workload(kLargeCopy, settings); }}};
}

}  // namespace betwixt::bench
