// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "betwixt/core/error.h"
#include "betwixt/image/images.h"
#include "betwixt/media/decode.h"
#include "places.h"
#include "tests/support/stated_errors.h"

namespace betwixt::media_test {

/// Files are built as strings of bytes.
inline std::span<const std::byte> view(const std::string& bytes) {
  return {reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()};
}
inline std::string to_string(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Images decode(const std::string& bytes, const DecodeOptions& options = {}) {
  return decode_picture(view(bytes), options);
}

/// The error of a call; kOk when it threw none.
template <class Call>
Error error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorCode::kOk, "test", "no error was thrown");
}

/// A bad file and what must be said about it. Offset -2: not stated; -3: the file's size.
struct BadFile {
  static constexpr std::int64_t kAnyOffset = -2;
  static constexpr std::int64_t kFileSize = -3;

  const char* what;
  std::string bytes;
  ErrorCode code;
  std::int64_t offset = kAnyOffset;
  DecodeOptions options = {};
};

inline void expect_refused(const BadFile& bad, test_support::StatedErrors& stated) {
  const Error error = error_of([&] { decode(bad.bytes, bad.options); });
  EXPECT_STREQ(error_name(error.code()), error_name(bad.code)) << bad.what << ": " << error.what();
  const std::int64_t offset =
      bad.offset == BadFile::kFileSize ? static_cast<std::int64_t>(bad.bytes.size()) : bad.offset;
  if (offset != BadFile::kAnyOffset) {
    EXPECT_EQ(error.byte_offset(), offset) << bad.what << ": " << error.what();
  }
  EXPECT_LE(std::string(error.what()).size(), 256u) << bad.what;
  EXPECT_STREQ(error.what(), error_of([&] { decode(bad.bytes, bad.options); }).what())
      << "not repeatable: " << bad.what;
  stated.expect(bad.what, error);
}

/// Every prefix and every single-bit flip: an Error or a picture, nothing else.
inline void expect_survives_damage(const std::string& bytes) {
  int accepted = 0;
  const auto attempt = [&](const std::string& damaged) {
    try {
      accepted += decode(damaged).count == 1;
    } catch (const Error& error) {
      EXPECT_NE(error.code(), ErrorCode::kInternal) << error.what();
      EXPECT_NE(error.code(), ErrorCode::kOk);
    }
  };
  for (std::size_t size = 0; size < bytes.size(); ++size) attempt(bytes.substr(0, size));
  EXPECT_EQ(accepted, 0) << "a cut file was accepted";
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    attempt(damaged);
  }
}

/// Data that does not ship with the sources; empty when it is not there.
inline std::string shared_folder(const std::string& name) {
  const char* given = std::getenv("BETWIXT_SHARED");
  const std::string folder =
      (given ? std::string(given) : std::string(BETWIXT_SOURCE_DIR) + "/../shared") + "/data/" + name;
  return std::filesystem::is_directory(folder) ? folder : "";
}

/// A folder of its own for each test, removed at the end.
class FolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("betwixt_media_" + std::to_string(std::random_device{}()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  std::filesystem::path folder_;
};

inline double psnr(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum == 0 ? 99 : 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.size()) / sum);
}

/// Repeatable noise.
inline std::uint32_t noise(std::uint32_t& state) { return (state = state * 1664525u + 1013904223u) >> 16; }

}  // namespace betwixt::media_test
