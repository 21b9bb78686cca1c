// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace betwixt {

/// XXH64 (Yann Collet, github.com/Cyan4973/xxHash, doc/xxhash_spec.md): 64 bits against accidents, not against
/// attackers. The bytes may come in any pieces.
class Xxh64 {
 public:
  /// Starts a sum.
  explicit Xxh64(std::uint64_t seed = 0);
  /// Takes the next bytes; how the input is cut into calls changes nothing.
  void add(std::span<const std::byte> bytes);
  /// The sum of all bytes so far; more may follow.
  std::uint64_t value() const;

 private:
  std::uint64_t seed_;
  std::array<std::uint64_t, 4> lanes_;
  std::array<std::byte, 32> pending_{};
  std::size_t pending_size_ = 0;
  std::uint64_t total_ = 0;
};

std::uint64_t xxh64(std::span<const std::byte> bytes, std::uint64_t seed = 0);

/// 16 lower-case hexadecimal digits.
std::string checksum_text(std::uint64_t checksum);

}  // namespace betwixt
