// SPDX-License-Identifier: MIT
// The C API for tests: handles that release themselves, small pictures, a model that was trained for a moment.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "betwixt/capi/betwixt.h"
#include "tests/support/temporary.h"

namespace capi_test {

/// A handle that releases itself; `&owned` releases it and is where a function puts the next one.
template <class Handle, void (*kRelease)(Handle*)>
class Owned {
 public:
  Owned() = default;
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() { kRelease(handle_); }

  Handle** operator&() {
    reset();
    return &handle_;
  }
  Handle* get() const { return handle_; }
  operator Handle*() const { return handle_; }  // NOLINT(google-explicit-constructor)
  void reset() {
    kRelease(handle_);
    handle_ = nullptr;
  }

 private:
  Handle* handle_ = nullptr;
};
using Device = Owned<betwixt_device, betwixt_device_release>;
using Pictures = Owned<betwixt_pictures, betwixt_pictures_release>;
using Codes = Owned<betwixt_codes, betwixt_codes_release>;
using Model = Owned<betwixt_model, betwixt_model_release>;
using Warp = Owned<betwixt_warp, betwixt_warp_release>;
using Training = Owned<betwixt_training, betwixt_training_release>;

/// Succeeds when the call did; says what went wrong otherwise.
inline ::testing::AssertionResult done(std::int32_t status, const betwixt_error& error) {
  if (status != error.code) return ::testing::AssertionFailure() << status << " returned, error says " << error.code;
  if (status == BETWIXT_OK) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << error.message;
}
#define CAPI_OK(call)                            \
  do {                                           \
    betwixt_error error;                         \
    ASSERT_TRUE(::capi_test::done(call, error)); \
  } while (false)
/// Expects the code, and a field or text in the message.
#define CAPI_FAILS(expected, part, call)                                                  \
  do {                                                                                    \
    betwixt_error error;                                                                  \
    EXPECT_EQ(call, expected) << error.message;                                           \
    EXPECT_EQ(error.code, expected);                                                      \
    EXPECT_NE(std::string(error.message).find(part), std::string::npos) << error.message; \
  } while (false)

template <class Struct>
Struct sized() {
  Struct s{};
  s.struct_size = sizeof s;
  return s;
}

inline betwixt_layout layout(std::int64_t count, int height, int width, int channels) {
  auto l = sized<betwixt_layout>();
  l.count = count;
  l.height = height;
  l.width = width;
  l.channels = channels;
  return l;
}

inline constexpr int kSide = 8;
inline constexpr int kCount = 6;
inline constexpr std::size_t kBytes = kSide * kSide;

/// A bright column that moves from left to right.
inline std::vector<std::uint8_t> column_pixels() {
  std::vector<std::uint8_t> pixels(kCount * kBytes, 20);
  for (int n = 0; n < kCount; ++n)
    for (int y = 0; y < kSide; ++y) pixels[n * kBytes + static_cast<std::size_t>(y * kSide + n + 1)] = 230;
  return pixels;
}

class CApi : public ::testing::Test {
 protected:
  void SetUp() override {
    auto options = sized<betwixt_device_options>();
    options.name = "cpu";
    options.threads = 2;
    CAPI_OK(betwixt_device_open(&options, &device, &error));
    CAPI_OK(betwixt_pictures_create(kSide, kSide, 1, &pictures, &error));
    const auto l = layout(kCount, kSide, kSide, 1);
    const auto pixels = column_pixels();
    CAPI_OK(betwixt_pictures_add(pictures, &l, pixels.data(), static_cast<std::int64_t>(pixels.size()), &error));
    make_model(&model);
  }
  void make_model(betwixt_model** made) const {
    auto options = sized<betwixt_model_options>();
    options.height = options.width = kSide;
    options.channels = 1;
    options.code = 2;
    options.breadth = 4;
    CAPI_OK(betwixt_model_create(device, &options, made, &error));
  }
  betwixt_train_options train_options(std::int64_t steps) const {
    auto options = sized<betwixt_train_options>();
    options.steps = steps;
    return options;
  }
  std::vector<std::uint8_t> file_of(const betwixt_model* of) const {
    std::int64_t length = 0;
    EXPECT_EQ(betwixt_model_save_memory(of, nullptr, 0, &length, nullptr), BETWIXT_OK);
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(length));
    EXPECT_EQ(betwixt_model_save_memory(of, bytes.data(), length, &length, nullptr), BETWIXT_OK);
    return bytes;
  }
  std::string temporary(const std::string& name) const { return betwixt::test::temporary_path(name); }

  Device device;
  Pictures pictures;
  Model model;
};

}  // namespace capi_test
