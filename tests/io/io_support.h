// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "betwixt/core/error.h"
#include "places.h"

namespace betwixt::test_support {

/// The error that `action` throws; kOk when it throws none.
template <class Action>
Error error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorCode::kOk, "test", "nothing was thrown");
}

inline std::vector<std::byte> to_bytes(std::string_view text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}

/// `value` as `size` bytes, little-endian (or big-endian).
inline std::string le(std::uint64_t value, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += static_cast<char>((value >> (8 * i)) & 0xFF);
  return text;
}
inline std::string be(std::uint64_t value, std::size_t size) {
  const std::string text = le(value, size);
  return {text.rbegin(), text.rend()};
}

/// Path of a file of the shared data folder; empty when it is not there.
inline std::string shared_data(const std::string& name) {
  const char* folder = std::getenv("BETWIXT_SHARED");
#ifdef BETWIXT_SOURCE_DIR
  const std::string fallback = BETWIXT_SOURCE_DIR "/../shared";
#else
  const std::string fallback = "../shared";
#endif
  const std::string path = (folder ? std::string(folder) : fallback) + "/data/" + name;
  return std::filesystem::exists(path) ? path : std::string();
}

}  // namespace betwixt::test_support
