// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <tuple>

#include "betwixt/media/decode.h"
#include "tests/media/media_support.h"
#include "tests/media/png_builder.h"

namespace betwixt {
namespace {

using namespace media_test;

unsigned pattern(unsigned x, unsigned y, unsigned k, int depth) {
  std::uint32_t state = x * 7919u + y * 104729u + k * 1299709u;
  noise(state);
  return noise(state) & ((1u << depth) - 1);
}

unsigned to_8_bits(unsigned value, int depth) {
  return static_cast<unsigned>(std::lround(value * 255.0 / ((1u << depth) - 1)));
}

unsigned multiplied(unsigned value, unsigned alpha) {
  return static_cast<unsigned>(std::lround(value * alpha / 255.0));
}

class EveryKind : public ::testing::TestWithParam<std::tuple<int, int, int>> {};

TEST_P(EveryKind, DecodesToTheStatedValues) {
  const auto [colour, depth, interlace] = GetParam();
  const int samples = samples_of(colour);
  for (const auto& [width, height] : {std::pair{1u, 1u}, {3u, 5u}, {8u, 8u}, {13u, 9u}, {2u, 1u}, {37u, 3u}}) {
    const int bits = depth;
    const auto at = [bits](unsigned x, unsigned y, unsigned k) { return pattern(x, y, k, bits); };
    const Images picture = decode(make_png(width, height, depth, colour, at, "", interlace));
    ASSERT_EQ(picture.channels, samples);
    ASSERT_EQ(picture.width, static_cast<int>(width));
    ASSERT_EQ(picture.height, static_cast<int>(height));
    const bool alpha = colour == 4 || colour == 6;
    for (unsigned y = 0; y < height; ++y) {
      for (unsigned x = 0; x < width; ++x) {
        const std::uint8_t* pixel = picture.pixels.data() + (y * width + x) * static_cast<unsigned>(samples);
        const auto last = static_cast<unsigned>(samples - 1);
        const unsigned opacity = alpha ? to_8_bits(at(x, y, last), depth) : 255;
        for (unsigned k = 0; k <= last; ++k) {
          const unsigned value = to_8_bits(at(x, y, k), depth);
          ASSERT_EQ(pixel[k], alpha && k < last ? multiplied(value, opacity) : value) << x << ' ' << y << ' ' << k;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Grey, EveryKind,
                         ::testing::Combine(::testing::Values(0), ::testing::Values(1, 2, 4, 8, 16),
                                            ::testing::Values(0, 1)));
INSTANTIATE_TEST_SUITE_P(Others, EveryKind,
                         ::testing::Combine(::testing::Values(2, 4, 6), ::testing::Values(8, 16),
                                            ::testing::Values(0, 1)));

TEST(Png, PalettesOfEveryDepth) {
  for (const int depth : {1, 2, 4, 8}) {
    for (const int interlace : {0, 1}) {
      const unsigned entries = 1u << depth;
      std::string palette, alpha;
      for (unsigned i = 0; i < entries; ++i) {
        palette += {static_cast<char>(i), static_cast<char>(255 - i), static_cast<char>(i * 3)};
        if (i < entries / 2) alpha += static_cast<char>(i * 2);
      }
      const auto at = [&](unsigned x, unsigned y, unsigned) { return (x + 5 * y) % entries; };
      const std::string plte = chunk("PLTE", palette);
      const Images opaque = decode(make_png(11, 7, depth, 3, at, plte, interlace));
      const Images faded = decode(make_png(11, 7, depth, 3, at, plte + chunk("tRNS", alpha), interlace));
      ASSERT_EQ(opaque.channels, 3);
      ASSERT_EQ(faded.channels, 4);
      for (unsigned i = 0; i < 77; ++i) {
        const unsigned entry = at(i % 11, i / 11, 0);
        const unsigned opacity = entry < entries / 2 ? entry * 2 : 255;
        ASSERT_EQ(opaque.pixels[3 * i], entry);
        ASSERT_EQ(opaque.pixels[3 * i + 1], 255 - entry);
        ASSERT_EQ(opaque.pixels[3 * i + 2], entry * 3 % 256);
        ASSERT_EQ(faded.pixels[4 * i + 1], multiplied(255 - entry, opacity));
        ASSERT_EQ(faded.pixels[4 * i + 3], opacity);
      }
    }
  }
}

TEST(Png, TransparentKeyOfGreyAndRgb) {
  const auto grey = [](unsigned x, unsigned, unsigned) { return x; };
  const Images one = decode(make_png(4, 1, 2, 0, grey, chunk("tRNS", std::string("\0\2", 2))));
  EXPECT_EQ(one.channels, 2);
  EXPECT_EQ(one.pixels, (std::vector<std::uint8_t>{0, 255, 85, 255, 0, 0, 255, 255}));
  // 16-bit keys compare all 16 bits.
  const auto deep = [](unsigned x, unsigned, unsigned k) { return 0x1200u + (k == 2 ? x : 0u); };
  const Images two = decode(make_png(2, 1, 16, 2, deep, chunk("tRNS", std::string("\x12\0\x12\0\x12\1", 6))));
  EXPECT_EQ(two.channels, 4);
  EXPECT_EQ(two.pixels, (std::vector<std::uint8_t>{18, 18, 18, 255, 0, 0, 0, 0}));
}

TEST(Png, BackgroundComposites) {
  const auto at = [](unsigned x, unsigned, unsigned k) { return k == 3 ? x * 85u : 200u; };
  const std::string file = make_png(4, 1, 8, 6, at);
  const Images picture = decode(file, {.background = Colour{100, 0, 50}});
  EXPECT_EQ(picture.channels, 3);
  EXPECT_EQ(picture.pixels[0], 100);
  EXPECT_NEAR(picture.pixels[3], 200 / 3.0 + 100 * 2 / 3.0, 1);
  EXPECT_EQ(picture.pixels[9], 200);
  const auto grey = [](unsigned x, unsigned, unsigned k) { return k == 1 ? x * 255u : 200u; };
  EXPECT_EQ(decode(make_png(2, 1, 8, 4, grey), {.background = Colour{9, 9, 9}}).pixels,
            (std::vector<std::uint8_t>{9, 200}));
  EXPECT_EQ(decode(make_png(2, 1, 8, 4, grey), {.background = Colour{9, 8, 7}}).pixels,
            (std::vector<std::uint8_t>{9, 8, 7, 200, 200, 200}));
}

TEST(Png, EveryRowFilter) {
  // Rows of the gradient 3x + 5y, filtered by hand; all filters see left, up and corner neighbours.
  constexpr int kWidth = 6;
  const auto value = [](int x, int y) { return x < 0 || y < 0 ? 0 : 30 * (x % 3) + 17 * y + x; };
  const auto paeth = [](int a, int b, int c) {
    const int p = a + b - c, pa = std::abs(p - a), pb = std::abs(p - b), pc = std::abs(p - c);
    return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
  };
  std::string rows;
  for (int y = 0; y < 5; ++y) {
    rows += static_cast<char>(y);
    for (int x = 0; x < kWidth; ++x) {
      const int a = value(x - 1, y), b = value(x, y - 1), c = value(x - 1, y - 1);
      const std::array<int, 5> guess{0, a, b, (a + b) / 2, paeth(a, b, c)};
      rows += static_cast<char>(value(x, y) - guess[static_cast<std::size_t>(y)]);
    }
  }
  const Images picture = decode(png_with(header(kWidth, 5, 8, 0), chunk("IDAT", zlib(rows))));
  for (int i = 0; i < 5 * kWidth; ++i)
    EXPECT_EQ(picture.pixels[static_cast<std::size_t>(i)], value(i % kWidth, i / kWidth));
}

TEST(Png, DataSplitOverManyChunksAndMetadataSkipped) {
  const auto at = [](unsigned x, unsigned y, unsigned) { return x * 16 + y; };
  const std::string data = zlib(pack(9, 7, 8, 0, 0, at));
  std::string middle = chunk("gAMA", "????") + chunk("iCCP", "not a profile at all") + chunk("tEXt", "no zero");
  for (const char byte : data) middle += chunk("IDAT", std::string(1, byte)) + chunk("IDAT", "");
  middle += chunk("zTXt", "\xff\xff\xff");
  const Images picture = decode(png_with(header(9, 7, 8, 0), middle));
  EXPECT_EQ(picture.pixels[8 + 9 * 6], 8 * 16 + 6);
}

TEST(Png, AncillaryCrcIsOptional) {
  const auto at = [](unsigned, unsigned, unsigned) { return 1u; };
  std::string text = chunk("tEXt", "hello");
  text.back() = static_cast<char>(text.back() ^ 1);
  const std::string file = make_png(2, 2, 8, 0, at, text);
  EXPECT_EQ(error_of([&] { decode(file); }).code(), ErrorCode::kChecksum);
  EXPECT_EQ(decode(file, {.check_ancillary_crc = false}).count, 1);
}

std::vector<BadFile> bad_files() {
  using enum ErrorCode;
  const auto flat = [](unsigned, unsigned, unsigned) { return 0u; };
  const std::string good = make_png(2, 2, 8, 0, flat);
  const std::string ihdr = header(2, 2, 8, 0), data = chunk("IDAT", zlib(std::string(6, '\0')));
  const std::string indexed = header(2, 2, 1, 3), plte = chunk("PLTE", std::string(6, 'p'));
  const std::string bits = chunk("IDAT", zlib(std::string(4, '\0')));
  const auto with_ihdr = [&](const std::string& h) { return png_with(h, data); };
  const auto with_data = [&](const std::string& z) { return png_with(ihdr, chunk("IDAT", z)); };
  std::string newline = good, wrong_crc = good, wrong_text_crc = make_png(2, 2, 8, 0, flat, chunk("tEXt", "a"));
  newline.replace(4, 2, "\n");
  wrong_crc[29] = static_cast<char>(wrong_crc[29] ^ 1);
  wrong_text_crc[33 + 9] = static_cast<char>(wrong_text_crc[33 + 9] ^ 1);
  const std::string rows(6, '\0');
  std::string wrong_adler = zlib(rows), bad_filter = rows;
  wrong_adler.back() = static_cast<char>(wrong_adler.back() ^ 1);
  bad_filter[3] = 5;
  const DecodeOptions no_limit{.max_side = 0x7fffffff, .max_pixels = ~std::uint64_t{0}};
  const std::int64_t at_end = BadFile::kFileSize, any = BadFile::kAnyOffset;
  return {
      {"empty", "", kTruncated, 0},
      {"one byte", "\x89", kTruncated, 1},
      {"signature only", kSignature, kTruncated, 8},
      {"neither", "GIF89a", kBadMagic, 0},
      {"signature damaged by a text transfer", newline, kBadMagic, 4},
      {"signature with its high bit cut off", "\x09" + good.substr(1), kBadMagic, 0},
      {"first chunk not IHDR", kSignature + data + chunk("IHDR", ihdr), kSyntax, 8},
      {"IHDR length 12", kSignature + chunk("IHDR", ihdr.substr(0, 12)), kSyntax, 8},
      {"IHDR length 14", kSignature + chunk("IHDR", ihdr + "x"), kSyntax, 8},
      {"IHDR twice", png_with(ihdr, chunk("IHDR", ihdr) + data), kDuplicate, 33},
      {"IHDR cut", good.substr(0, 20), kTruncated, 20},
      {"width 0", with_ihdr(header(0, 2, 8, 0)), kValue, 16},
      {"height 0", with_ihdr(header(2, 0, 8, 0)), kValue, 20},
      {"width over 2^31-1", with_ihdr(header(0x80000000u, 2, 8, 0)), kValue, 16},
      {"height over 2^31-1", with_ihdr(header(2, 0xffffffffu, 8, 0)), kValue, 20},
      {"side limit", with_ihdr(header(16385, 2, 8, 0)), kLimit, 16},
      {"pixel limit", with_ihdr(header(16384, 4097, 8, 0)), kLimit, 16},
      {"settable side limit", good, kLimit, 16, {.max_side = 1}},
      {"settable pixel limit", good, kLimit, 16, {.max_pixels = 3}},
      {"size wraps", with_ihdr(header(0x7fffffff, 0x7fffffff, 16, 6)), kOverflow, any, no_limit},
      {"grey with 3 bits", with_ihdr(header(2, 2, 3, 0)), kValue, 24},
      {"rgb with 4 bits", with_ihdr(header(2, 2, 4, 2)), kValue, 24},
      {"palette with 16 bits", with_ihdr(header(2, 2, 16, 3)), kValue, 24},
      {"grey alpha with 2 bits", with_ihdr(header(2, 2, 2, 4)), kValue, 24},
      {"rgba with 1 bit", with_ihdr(header(2, 2, 1, 6)), kValue, 24},
      {"depth 0", with_ihdr(header(2, 2, 0, 0)), kValue, 24},
      {"colour type 1", with_ihdr(header(2, 2, 8, 1)), kValue, 24},
      {"colour type 5", with_ihdr(header(2, 2, 8, 5)), kValue, 24},
      {"colour type 7", with_ihdr(header(2, 2, 8, 7)), kValue, 24},
      {"compression 1", with_ihdr(header(2, 2, 8, 0, 0, 1)), kValue, 26},
      {"filter method 1", with_ihdr(header(2, 2, 8, 0, 0, 0, 1)), kValue, 27},
      {"interlace 2", with_ihdr(header(2, 2, 8, 0, 2)), kValue, 28},
      {"animated", png_with(ihdr, chunk("acTL", std::string(8, '\1')) + data), kUnsupported, 33},
      {"chunk length over 2^31-1", kSignature + chunk("IHDR", ihdr) + be32(0x80000000u) + "IDAT????", kOffset, 33},
      {"chunk past the end", kSignature + chunk("IHDR", ihdr) + be32(1000) + "IDAT????", kTruncated, at_end},
      {"chunk type not letters", png_with(ihdr, chunk("ID1T", "") + data), kSyntax, 37},
      {"CRC of IHDR", wrong_crc, kChecksum, 29},
      {"CRC of a text chunk", wrong_text_crc, kChecksum, 33 + 9},
      {"unknown critical chunk", png_with(ihdr, chunk("ABCD", "") + data), kUnsupported, 33},
      {"no PLTE for a palette picture", png_with(indexed, bits), kMissing, 33},
      {"PLTE in a grey picture", png_with(ihdr, plte + data), kValue, 33},
      {"PLTE in a grey and alpha picture", png_with(header(1, 2, 8, 4), plte + data), kValue, 33},
      {"PLTE of length 0", png_with(indexed, chunk("PLTE", "") + bits), kValue, 33},
      {"PLTE not in threes", png_with(indexed, chunk("PLTE", "four") + bits), kValue, 33},
      {"PLTE over 2^depth", png_with(indexed, chunk("PLTE", std::string(9, 'p')) + bits), kValue, 33},
      {"PLTE over 256", png_with(header(2, 2, 8, 2), chunk("PLTE", std::string(771, 'p'))), kValue, 33},
      {"PLTE twice", png_with(indexed, plte + plte + bits), kDuplicate, 33 + 18},
      {"PLTE after IDAT", png_with(header(1, 1, 8, 2), chunk("IDAT", zlib(std::string(4, '\0'))) + plte), kSyntax, any},
      {"tRNS too long for the palette", png_with(indexed, plte + chunk("tRNS", "abc") + bits), kValue, 33 + 18},
      {"tRNS of length 0", png_with(indexed, plte + chunk("tRNS", "") + bits), kValue, 33 + 18},
      {"tRNS before PLTE", png_with(indexed, chunk("tRNS", "a") + plte + bits), kSyntax, 33},
      {"tRNS with grey alpha", png_with(header(1, 2, 8, 4), chunk("tRNS", "ab") + data), kValue, 33},
      {"tRNS with rgba", png_with(header(1, 1, 8, 6), chunk("tRNS", "abcdef")), kValue, 33},
      {"tRNS of the wrong length for grey", png_with(ihdr, chunk("tRNS", "abcd") + data), kValue, 33},
      {"tRNS of the wrong length for rgb", png_with(header(1, 1, 8, 2), chunk("tRNS", "ab") + data), kValue, 33},
      {"tRNS twice", png_with(ihdr, chunk("tRNS", "ab") + chunk("tRNS", "ab") + data), kDuplicate, 33 + 14},
      {"tRNS after IDAT", png_with(ihdr, data + chunk("tRNS", "ab")), kSyntax, any},
      {"PLTE after tRNS", png_with(header(1, 1, 8, 2), chunk("tRNS", "abcdef") + plte), kSyntax, any},
      {"palette index past the palette",
       png_with(header(2, 2, 8, 3), plte + chunk("IDAT", zlib(std::string("\0\0\1\0\1\2", 6)))), kValue, any},
      {"no IDAT", png_with(ihdr, ""), kMissing, 33},
      {"IDAT not consecutive",
       png_with(ihdr, data.substr(0, 0) + chunk("IDAT", zlib(rows).substr(0, 5)) + chunk("tEXt", "") +
                          chunk("IDAT", zlib(rows).substr(5))),
       kSyntax, 33 + 17 + 12},
      {"zlib method", with_data("\x77\x01" + zlib(rows).substr(2)), kSyntax, any},
      {"zlib header check", with_data("\x78\x02" + zlib(rows).substr(2)), kSyntax, any},
      {"zlib preset dictionary", with_data("\x78\x20" + zlib(rows).substr(2)), kSyntax, any},
      {"zlib window over 32 KiB", with_data("\x88\x1c" + zlib(rows).substr(2)), kSyntax, any},
      {"deflate block of type 3", with_data("\x78\x01\x07" + zlib(rows).substr(3)), kSyntax, any},
      {"empty IDAT", png_with(ihdr, chunk("IDAT", "")), kTruncated, any},
      {"only a zlib header", with_data("\x78\x01"), kTruncated, any},
      {"no Adler", with_data(zlib(rows).substr(0, 2 + 5 + 6)), kTruncated, any},
      {"deflate ends early", with_data(zlib(rows).substr(0, 9)), kTruncated, any},
      {"too few rows", with_data(zlib(rows.substr(0, 3))), kTruncated, any},
      {"half a row missing", with_data(zlib(rows.substr(0, 5))), kTruncated, any},
      {"bytes after the compressed data", with_data(zlib(rows) + "x"), kTrailing, 33 + 8 + 17},
      {"Adler-32", with_data(wrong_adler), kChecksum, 33 + 8 + 13},
      {"filter byte 5", with_data(zlib(bad_filter)), kValue, any},
      {"one byte too many", with_data(zlib(rows + '\0')), kBomb, any},
      {"bomb", png_with(header(16, 16, 8, 0), chunk("IDAT", zlib(std::string(200000, '\0')))), kBomb, any},
      {"interlaced data too short", png_with(header(3, 3, 8, 0, 1), chunk("IDAT", zlib(std::string(12, '\0')))),
       kTruncated, any},
      {"text chunk past the end", kSignature + chunk("IHDR", ihdr) + be32(99) + "zTXt....", kTruncated, at_end},
      {"no IEND", good.substr(0, good.size() - 12), kTruncated, at_end},
      {"IEND cut", good.substr(0, good.size() - 1), kTruncated, at_end},
      {"IEND not empty", kSignature + chunk("IHDR", ihdr) + data + chunk("IEND", "x"), kValue, any},
      {"bytes after IEND", good + "x", kTrailing, static_cast<std::int64_t>(good.size())},
  };
}

TEST(Png, BadFilesGiveTheStatedError) {
  const std::vector<BadFile> files = bad_files();
  EXPECT_GE(files.size(), 75u);
  test_support::StatedErrors stated;
  for (const BadFile& bad : files) expect_refused(bad, stated);
}

TEST(Png, EveryPrefixAndBitFlip) {
  const auto at = [](unsigned x, unsigned y, unsigned k) { return pattern(x, y, k, 8); };
  expect_survives_damage(make_png(5, 4, 8, 6, at));
  const auto index = [](unsigned x, unsigned y, unsigned) { return (x + y) % 4; };
  expect_survives_damage(make_png(9, 9, 2, 3, index, chunk("PLTE", std::string(12, 'c')) + chunk("tRNS", "ab"), 1));
}

TEST(Png, BitFlipsThatPassTheChecksums) {
  // CRC and Adler hide everything behind them; this repairs both after each flip.
  const auto at = [](unsigned x, unsigned y, unsigned k) { return pattern(x, y, k, 4) % 12; };
  const std::string ihdr = header(7, 5, 4, 3), plte(36, 'c'), all = ihdr + plte + pack(7, 5, 4, 3, 0, at);
  int accepted = 0;
  for (std::size_t bit = 0; bit < all.size() * 8; ++bit) {
    std::string flipped = all;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    const std::string rows = flipped.substr(ihdr.size() + plte.size());
    const std::string file =
        png_with(flipped.substr(0, ihdr.size()),
                 chunk("PLTE", flipped.substr(ihdr.size(), plte.size())) + chunk("IDAT", zlib(rows)));
    const Error error = error_of([&] { accepted += decode(file).count == 1; });
    EXPECT_NE(error.code(), ErrorCode::kInternal) << bit;
  }
  EXPECT_GT(accepted, 36 * 8);
}

}  // namespace
}  // namespace betwixt
