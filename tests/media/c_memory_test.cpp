// SPDX-License-Identifier: MIT
#include "betwixt/media/detail/c_memory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <string>

namespace betwixt::detail {
namespace {

constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();

TEST(CMemory, KeepsItsBytesThroughGrowthAndShrinking) {
  auto* text = static_cast<char*>(c_reallocate(nullptr, 6));
  ASSERT_NE(text, nullptr);
  std::memcpy(text, "hello", 6);
  text = static_cast<char*>(c_reallocate(text, 100000));
  ASSERT_NE(text, nullptr);
  EXPECT_STREQ(text, "hello");
  text = static_cast<char*>(c_reallocate(text, 3));
  ASSERT_NE(text, nullptr);
  EXPECT_EQ(std::string(text, 3), "hel");
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(text) % 16, 0u);
  c_release(text);
  c_release(nullptr);
}

TEST(CMemory, ZerosAreZerosAndSizesThatWrapAreRefused) {
  auto* numbers = static_cast<unsigned char*>(c_allocate_zeros(7, 9));
  ASSERT_NE(numbers, nullptr);
  for (int i = 0; i < 63; ++i) EXPECT_EQ(numbers[i], 0);
  c_release(numbers);
  EXPECT_EQ(c_allocate(kMost), nullptr);
  EXPECT_EQ(c_allocate(kMost - 8), nullptr);
  EXPECT_EQ(c_allocate_zeros(kMost / 2, 3), nullptr);
  EXPECT_EQ(c_reallocate(nullptr, kMost), nullptr);
  void* nothing = c_allocate_zeros(5, 0);
  EXPECT_NE(nothing, nullptr);
  c_release(nothing);
}

TEST(CMemory, ServesZlib) {
  void* words = zlib_allocate(nullptr, 3, 4);
  ASSERT_NE(words, nullptr);
  zlib_release(nullptr, words);
}

}  // namespace
}  // namespace betwixt::detail
