// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace betwixt {

/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
/// Four random words from a 128-bit counter and a 64-bit key. shaders/common/philox.glsl computes the same bits.
inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * counter[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57u} * counter[2];
    counter = {static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
               static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

/// One random stream: the user's seed and a stable name path such as "denoise/noise". Two streams with different
/// names are independent; adding a layer elsewhere changes nobody's stream.
struct RandomStream {
  std::uint64_t seed = 0;       ///< the user's seed
  std::uint64_t name_hash = 0;  ///< FNV-1a hash of the name

  RandomStream() = default;
  /// The stream called `name` of a seed.
  RandomStream(std::uint64_t seed_value, std::string_view name) : seed(seed_value), name_hash(hash(name)) {}

  /// Philox key. The seed is mixed with the name so that nearby seeds share nothing.
  std::array<std::uint32_t, 2> key() const {
    const std::uint64_t mixed = mix(seed ^ mix(name_hash));
    return {static_cast<std::uint32_t>(mixed), static_cast<std::uint32_t>(mixed >> 32)};
  }

  /// FNV-1a, 64 bits.
  static constexpr std::uint64_t hash(std::string_view name) {
    std::uint64_t h = 0xcbf29ce484222325ull;
    for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
    return h;
  }
  /// Finaliser of SplitMix64 (Steele, Lea, Flood 2014).
  static constexpr std::uint64_t mix(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15ull;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
  }
};

}  // namespace betwixt
