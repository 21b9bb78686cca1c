// SPDX-License-Identifier: MIT
#include "betwixt/media/detail/lzw.h"

#include <algorithm>
#include <array>

namespace betwixt::detail {
namespace {

constexpr unsigned kMostCodes = 4096;

/// Packs codes of growing width, lowest bit first, into length-prefixed blocks.
class BlockWriter {
 public:
  explicit BlockWriter(std::vector<std::byte>& out) : out_(out) {}

  void put(unsigned code, int width) {
    bits_ |= code << used_;
    used_ += width;
    while (used_ >= 8) {
      add(static_cast<std::uint8_t>(bits_));
      bits_ >>= 8;
      used_ -= 8;
    }
  }

  void finish() {
    if (used_ > 0) add(static_cast<std::uint8_t>(bits_));
    flush();
    out_.push_back(std::byte{0});
  }

 private:
  void add(std::uint8_t byte) {
    block_[size_++] = std::byte{byte};
    if (size_ == block_.size()) flush();
  }
  void flush() {
    if (size_ == 0) return;
    out_.push_back(static_cast<std::byte>(size_));
    out_.insert(out_.end(), block_.begin(), block_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ = 0;
  }

  std::vector<std::byte>& out_;
  std::array<std::byte, 255> block_{};
  std::size_t size_ = 0;
  unsigned bits_ = 0;
  int used_ = 0;
};

/// Codes of known strings: (code of the front, last index) -> code. Open addressing.
class StringTable {
 public:
  void clear() { slots_.fill({}); }

  /// The slot of the string, free or taken.
  std::uint32_t& find(unsigned front, unsigned last) {
    const std::uint32_t key = (front << 8 | last) + 1;
    std::size_t at = (key * 0x9E3779B1u) >> (32 - kBits);
    while (slots_[at].key != 0 && slots_[at].key != key) at = (at + 1) & (slots_.size() - 1);
    slots_[at].key = key;
    return slots_[at].code;
  }

 private:
  static constexpr int kBits = 14;
  struct Slot {
    std::uint32_t key = 0;
    std::uint32_t code = 0;
  };
  std::array<Slot, std::size_t{1} << kBits> slots_{};
};

class Encoder {
 public:
  Encoder(int bits, std::vector<std::byte>& out) : bits_(bits), clear_(1u << bits), writer_(out), table_(1) {}

  void encode(std::span<const std::uint8_t> indices) {
    restart();
    unsigned front = indices[0];
    for (const std::uint8_t index : indices.subspan(1)) {
      std::uint32_t& code = table_[0].find(front, index);
      if (code != 0) {
        front = code;
        continue;
      }
      writer_.put(front, width_);
      front = index;
      if (next_ == kMostCodes)
        restart();
      else
        code = learn();
    }
    writer_.put(front, width_);
    // The reader has learnt one more string by now and may expect a wider code.
    if (next_ == 1u << width_ && width_ < 12) ++width_;
    writer_.put(clear_ + 1, width_);
    writer_.finish();
  }

 private:
  void restart() {
    writer_.put(clear_, width_);
    table_[0].clear();
    next_ = clear_ + 2;
    width_ = bits_ + 1;
  }
  unsigned learn() {
    if (next_ == 1u << width_) ++width_;
    return next_++;
  }

  int bits_;
  unsigned clear_;
  BlockWriter writer_;
  std::vector<StringTable> table_;  ///< one, on the heap for its size
  unsigned next_ = 0;
  int width_ = bits_ + 1;
};

}  // namespace

void append_lzw(std::span<const std::uint8_t> indices, int bits, std::vector<std::byte>& out) {
  out.push_back(static_cast<std::byte>(bits));
  Encoder(bits, out).encode(indices);
}

}  // namespace betwixt::detail
