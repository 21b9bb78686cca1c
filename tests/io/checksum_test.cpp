// SPDX-License-Identifier: MIT
#include "betwixt/io/checksum.h"

#include <gtest/gtest.h>

#include "tests/io/io_support.h"

namespace betwixt {
namespace {

using test_support::to_bytes;

TEST(Checksum, MatchesTheReferenceValuesOfXxh64) {
  EXPECT_EQ(xxh64(to_bytes("")), 0xEF46DB3751D8E999ull);
  EXPECT_EQ(xxh64(to_bytes("a")), 0xD24EC4F1A98C6E5Bull);
  EXPECT_EQ(xxh64(to_bytes("abc")), 0x44BC2CF5AD770999ull);
  EXPECT_EQ(xxh64(to_bytes("Nobody inspects the spammish repetition")), 0xFBCEA83C8A378BF1ull);
  EXPECT_EQ(checksum_text(0x0123456789ABCDEFull), "0123456789abcdef");
}

TEST(Checksum, DoesNotDependOnThePieces) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>(i * 7);
  const std::vector<std::byte> bytes = to_bytes(text);
  const std::uint64_t whole = xxh64(bytes, 5);
  for (std::size_t piece = 1; piece < 80; ++piece) {
    Xxh64 hash(5);
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      hash.add(std::span(bytes).subspan(at, std::min(piece, bytes.size() - at)));
    EXPECT_EQ(hash.value(), whole) << piece;
  }
}

}  // namespace
}  // namespace betwixt
