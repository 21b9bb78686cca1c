// SPDX-License-Identifier: MIT
#include "betwixt/io/checksum.h"

#include <algorithm>
#include <bit>

namespace betwixt {
namespace {

constexpr std::uint64_t kPrime1 = 0x9E3779B185EBCA87ull, kPrime2 = 0xC2B2AE3D27D4EB4Full,
                        kPrime3 = 0x165667B19E3779F9ull, kPrime4 = 0x85EBCA77C2B2AE63ull,
                        kPrime5 = 0x27D4EB2F165667C5ull;
constexpr std::size_t kStripe = 32;

template <std::size_t Size>
std::uint64_t load(const std::byte* from) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < Size; ++i) value |= std::to_integer<std::uint64_t>(from[i]) << (8 * i);
  return value;
}

std::uint64_t mix_lane(std::uint64_t lane, std::uint64_t input) {
  return std::rotl(lane + input * kPrime2, 31) * kPrime1;
}

void add_stripe(std::array<std::uint64_t, 4>& lanes, const std::byte* stripe) {
  for (std::size_t i = 0; i < 4; ++i) lanes[i] = mix_lane(lanes[i], load<8>(stripe + 8 * i));
}

std::uint64_t add_tail(std::uint64_t hash, std::span<const std::byte> tail) {
  std::size_t i = 0;
  for (; i + 8 <= tail.size(); i += 8)
    hash = std::rotl(hash ^ mix_lane(0, load<8>(tail.data() + i)), 27) * kPrime1 + kPrime4;
  for (; i + 4 <= tail.size(); i += 4)
    hash = std::rotl(hash ^ load<4>(tail.data() + i) * kPrime1, 23) * kPrime2 + kPrime3;
  for (; i < tail.size(); ++i) hash = std::rotl(hash ^ load<1>(tail.data() + i) * kPrime5, 11) * kPrime1;
  return hash;
}

std::uint64_t avalanche(std::uint64_t hash) {
  hash = (hash ^ hash >> 33) * kPrime2;
  hash = (hash ^ hash >> 29) * kPrime3;
  return hash ^ hash >> 32;
}

}  // namespace

Xxh64::Xxh64(std::uint64_t seed)
    : seed_(seed), lanes_{seed + kPrime1 + kPrime2, seed + kPrime2, seed, seed - kPrime1} {}

void Xxh64::add(std::span<const std::byte> bytes) {
  total_ += bytes.size();
  if (pending_size_ > 0) {
    const std::size_t take = std::min(kStripe - pending_size_, bytes.size());
    std::copy_n(bytes.begin(), take, pending_.begin() + static_cast<std::ptrdiff_t>(pending_size_));
    pending_size_ += take;
    bytes = bytes.subspan(take);
    if (pending_size_ < kStripe) return;
    add_stripe(lanes_, pending_.data());
    pending_size_ = 0;
  }
  for (; bytes.size() >= kStripe; bytes = bytes.subspan(kStripe)) add_stripe(lanes_, bytes.data());
  std::copy(bytes.begin(), bytes.end(), pending_.begin());
  pending_size_ = bytes.size();
}

std::uint64_t Xxh64::value() const {
  std::uint64_t hash = seed_ + kPrime5;
  if (total_ >= kStripe) {
    hash = std::rotl(lanes_[0], 1) + std::rotl(lanes_[1], 7) + std::rotl(lanes_[2], 12) + std::rotl(lanes_[3], 18);
    for (const std::uint64_t lane : lanes_) hash = (hash ^ mix_lane(0, lane)) * kPrime1 + kPrime4;
  }
  return avalanche(add_tail(hash + total_, {pending_.data(), pending_size_}));
}

std::uint64_t xxh64(std::span<const std::byte> bytes, std::uint64_t seed) {
  Xxh64 hash(seed);
  hash.add(bytes);
  return hash.value();
}

std::string checksum_text(std::uint64_t checksum) {
  std::string text(16, '0');
  for (std::size_t i = 0; i < 16; ++i) text[15 - i] = "0123456789abcdef"[(checksum >> (4 * i)) & 15];
  return text;
}

}  // namespace betwixt
