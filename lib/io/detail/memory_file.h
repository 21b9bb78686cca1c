// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "betwixt/core/error.h"
#include "betwixt/core/file.h"

namespace betwixt::detail {

/// Borrowed bytes as a file to read.
class SpanFile final : public File {
 public:
  explicit SpanFile(std::span<const std::byte> bytes) : bytes_(bytes) {}

  void read(std::uint64_t offset, std::span<std::byte> into) override {
    if (offset > bytes_.size() || into.size() > bytes_.size() - offset)
      throw Error(ErrorCode::kTruncated, "file", "ends early")
          .at(bytes_.size())
          .expected("%zu more bytes", into.size());
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), into.size(), into.begin());
  }
  std::uint64_t size() override { return bytes_.size(); }
  void write(std::span<const std::byte>) override { refuse(); }
  void sync() override { refuse(); }
  void close() override {}

 private:
  [[noreturn]] static void refuse() { throw Error(ErrorCode::kIo, "file", "borrowed bytes are read-only"); }

  std::span<const std::byte> bytes_;
};

}  // namespace betwixt::detail
