// SPDX-License-Identifier: MIT
#include "betwixt/core/math_functions.h"
#include "betwixt/ops/detail/grain_kernel.h"
#include "betwixt/ops/detail/random_options.h"
#include "betwixt/tensor/cpu_kernel.h"

namespace betwixt::BETWIXT_ISA {
namespace {

constexpr int kLanes = 16;                   ///< Philox blocks computed side by side
constexpr std::int64_t kGroup = 4 * kLanes;  ///< elements they give

/// Words of kLanes Philox blocks, word by word.
struct Words {
  std::uint32_t word[4][kLanes];
};

/// As philox() of core/philox.h, on kLanes counters at once.
inline void philox_lanes(Words& w, std::uint32_t key0, std::uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < kLanes; ++i) {
      const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * w.word[0][i];
      const std::uint64_t p1 = std::uint64_t{0xCD9E8D57u} * w.word[2][i];
      w.word[0][i] = static_cast<std::uint32_t>(p1 >> 32) ^ w.word[1][i] ^ key0;
      w.word[1][i] = static_cast<std::uint32_t>(p1);
      w.word[2][i] = static_cast<std::uint32_t>(p0 >> 32) ^ w.word[3][i] ^ key1;
      w.word[3][i] = static_cast<std::uint32_t>(p0);
    }
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}

/// Blocks first to first + kLanes of this step.
Words random_words(const RandomOptions& options, std::uint32_t step, std::int64_t first) {
  Words w;
  for (int i = 0; i < kLanes; ++i) {
    const std::uint64_t block = static_cast<std::uint64_t>(first + i);
    w.word[0][i] = step;
    w.word[1][i] = 0;
    w.word[2][i] = static_cast<std::uint32_t>(block);
    w.word[3][i] = static_cast<std::uint32_t>(block >> 32);
  }
  philox_lanes(w, options.key[0], options.key[1]);
  return w;
}

inline float open_uniform(std::uint32_t bits) {
  return (static_cast<float>(static_cast<std::int32_t>(bits >> 9)) + 0.5f) * 1.1920928955078125e-7f;
}

/// to[4 i + k] = word k of block i as a number.
void normal_group(const Words& w, const RandomOptions&, float* to) {
  float value[4][kLanes];
  for (int pair = 0; pair < 4; pair += 2)
    for (int i = 0; i < kLanes; ++i) {
      const math::NormalPair normal = math::normal_pair(w.word[pair][i], w.word[pair + 1][i]);
      value[pair][i] = normal.first;
      value[pair + 1][i] = normal.second;
    }
  for (int i = 0; i < kLanes; ++i)
    for (int k = 0; k < 4; ++k) to[4 * i + k] = value[k][i];
}

void uniform_group(const Words& w, const RandomOptions&, float* to) {
  for (int i = 0; i < kLanes; ++i)
    for (int k = 0; k < 4; ++k) to[4 * i + k] = open_uniform(w.word[k][i]);
}

void bernoulli_group(const Words& w, const RandomOptions& options, float* to) {
  const float limit = static_cast<float>(options.probability);
  for (int i = 0; i < kLanes; ++i)
    for (int k = 0; k < 4; ++k) to[4 * i + k] = open_uniform(w.word[k][i]) < limit ? 1.0f : 0.0f;
}

using Group = void (*)(const Words&, const RandomOptions&, float*);

template <class T, Group group>
void run(const CpuCall& call) {
  const auto& options = call.options<RandomOptions>();
  const std::uint32_t step = *call.in<std::uint32_t>(0);
  const std::int64_t count = call.out_shape().elements();
  T* out = call.out<T>();
  // A number costs about as much as ten plain operations.
  call.pool.parallel_for((count + kGroup - 1) / kGroup, chunk_of(kGroup * 8),
                         [&](std::int64_t begin, std::int64_t end) {
                           for (std::int64_t g = begin; g < end; ++g) {
                             float values[kGroup];
                             group(random_words(options, step, g * kLanes), options, values);
                             const std::int64_t left = count - g * kGroup;
                             for (std::int64_t i = 0; i < (left < kGroup ? left : kGroup); ++i)
                               out[g * kGroup + i] = static_cast<T>(values[i]);
                           }
                         });
}

template <Group group>
void run_any(const CpuCall& call) {
  call.node.output_type().dtype == DType::kF64 ? run<double, group>(call) : run<float, group>(call);
}

constexpr int kRounds = 8;

/// Finaliser of MurmurHash3 (Appleby, public domain).
inline std::uint32_t scramble(std::uint32_t x) {
  x = (x ^ (x >> 16)) * 0x85EBCA6Bu;
  x = (x ^ (x >> 13)) * 0xC2B2AE35u;
  return x ^ (x >> 16);
}

/// Round keys of one epoch: Philox blocks 0 and 1 of counter (epoch, 1, ...). The 1 keeps them apart from the numbers
/// that random_normal and its like would draw from the same stream.
void round_keys(const ShuffleOptions& options, std::uint64_t epoch, std::uint32_t* keys) {
  Words w = {};
  for (std::uint32_t i = 0; i < kRounds / 4; ++i) {
    w.word[0][i] = static_cast<std::uint32_t>(epoch);
    w.word[1][i] = 1;
    w.word[2][i] = i;
    w.word[3][i] = static_cast<std::uint32_t>(epoch >> 32);
  }
  philox_lanes(w, options.key[0], options.key[1]);
  for (int i = 0; i < kRounds; ++i) keys[i] = w.word[i % 4][i / 4];
}

std::uint32_t permuted(const ShuffleOptions& options, const std::uint32_t* keys, std::uint32_t index) {
  const std::uint32_t bits = options.half_bits;
  const std::uint32_t mask = (1u << bits) - 1;
  do {
    std::uint32_t left = index >> bits;
    std::uint32_t right = index & mask;
    for (int round = 0; round < kRounds; ++round) {
      const std::uint32_t next = left ^ (scramble(right ^ keys[round]) >> (32 - bits));
      left = right;
      right = next;
    }
    index = (left << bits) | right;
  } while (index >= options.rows);
  return index;
}

}  // namespace

void random_normal_cpu(const CpuCall& call) { run_any<normal_group>(call); }
void random_uniform_cpu(const CpuCall& call) { run_any<uniform_group>(call); }
void random_bernoulli_cpu(const CpuCall& call) { run_any<bernoulli_group>(call); }

void shuffled_indices_cpu(const CpuCall& call) {
  const auto& options = call.options<ShuffleOptions>();
  const std::uint64_t first = std::uint64_t{*call.in<std::uint32_t>(0)} * options.batch;
  std::uint32_t* out = call.out<std::uint32_t>();
  std::uint32_t keys[kRounds] = {};
  std::uint64_t keyed = ~std::uint64_t{0};
  for (std::uint32_t i = 0; i < options.batch; ++i) {
    const std::uint64_t epoch = (first + i) / options.rows;
    const std::uint32_t position = static_cast<std::uint32_t>((first + i) % options.rows);
    if (!options.ordered && epoch != keyed) round_keys(options, keyed = epoch, keys);
    out[i] = options.ordered ? position : permuted(options, keys, position);
  }
}

}  // namespace betwixt::BETWIXT_ISA
