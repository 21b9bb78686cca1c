// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/core/allocator.h"
#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"
#include "betwixt/core/file.h"

namespace betwixt::detail {

/// A part of a file in memory, read as little-endian numbers at their places in the file. E_TRUNCATED past the part.
class LittleView {
 public:
  /// The part must lie inside the file.
  LittleView(File& file, std::uint64_t begin, std::uint64_t size) : begin_(begin), bytes_(CheckedSize(size).size()) {
    if (size > 0) file.read(begin, {bytes_.data(), bytes_.size()});
  }

  std::uint64_t begin() const { return begin_; }
  std::uint64_t end() const { return (CheckedSize(begin_) + CheckedSize(bytes_.size())).value(); }
  const std::byte* data(std::uint64_t at, std::uint64_t size) const {
    if (at < begin_ || at > end() || size > end() - at)
      throw Error(ErrorCode::kTruncated, "npz", "ends early")
          .at(end())
          .in("directory")
          .expected("%llu bytes at %llu", static_cast<unsigned long long>(size), static_cast<unsigned long long>(at));
    return bytes_.data() + (at - begin_);
  }
  std::uint32_t u16(std::uint64_t at) const { return static_cast<std::uint32_t>(number(at, 2)); }
  std::uint32_t u32(std::uint64_t at) const { return static_cast<std::uint32_t>(number(at, 4)); }
  std::uint64_t u64(std::uint64_t at) const { return number(at, 8); }

 private:
  std::uint64_t number(std::uint64_t at, std::uint64_t size) const {
    const std::byte* from = data(at, size);
    std::uint64_t value = 0;
    for (std::uint64_t i = size; i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(from[i]);
    return value;
  }

  std::uint64_t begin_;
  Memory bytes_;
};

}  // namespace betwixt::detail
