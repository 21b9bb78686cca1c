// SPDX-License-Identifier: MIT
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "betwixt/media/decode.h"
#include "tests/media/jpeg_builder.h"
#include "tests/media/media_support.h"
#include "tests/media/sample_jpegs.h"

namespace betwixt {
namespace {

using namespace media_test;

void expect_gradient(const Images& picture, int tolerance) {
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      const int red = 10 * x, green = 12 * y + 20, blue = 255 - 5 * (x + y);
      const std::uint8_t* pixel = picture.pixels.data() + (y * picture.width + x) * picture.channels;
      if (picture.channels == 1) {
        ASSERT_NEAR(pixel[0], (red + green) / 2, tolerance) << x << ' ' << y;
        continue;
      }
      ASSERT_NEAR(pixel[0], red, tolerance) << x << ' ' << y;
      ASSERT_NEAR(pixel[1], green, tolerance) << x << ' ' << y;
      ASSERT_NEAR(pixel[2], blue, tolerance) << x << ' ' << y;
    }
  }
}

TEST(Jpeg, KnownPictures) {
  const Images grey = decode(kGreyJpeg);
  EXPECT_EQ(grey.channels, 1);
  EXPECT_EQ(grey.width, 17);
  EXPECT_EQ(grey.height, 9);
  expect_gradient(grey, 3);
  for (const std::string& file : {kColourJpeg, kRestartJpeg, kProgressiveJpeg}) {
    const Images picture = decode(file);
    EXPECT_EQ(picture.channels, 3);
    EXPECT_EQ(picture.width, 24);
    EXPECT_EQ(picture.height, 18);
    expect_gradient(picture, 22);
  }
  EXPECT_EQ(decode(kColourJpeg).pixels, decode(kRestartJpeg).pixels);
  EXPECT_EQ(decode(kColourJpeg).pixels, decode(kProgressiveJpeg).pixels);
}

TEST(Jpeg, FlatGreyByHand) {
  const Images picture = decode(jpeg_with(sof(0xC0, 16, 8, kGrey), sos(raw(1, 0)) + kBits));
  EXPECT_EQ(picture.pixels, std::vector<std::uint8_t>(128, 128));
  const Images colour = decode(jpeg_with(sof(0xC0, 3, 3, kColours), sos(raw(1, 0, 2, 0, 3, 0)) + raw(0, 0)));
  EXPECT_EQ(colour.pixels, std::vector<std::uint8_t>(27, 128));
}

TEST(Jpeg, MetadataIsSkippedAndTrailingBytesAllowed) {
  const std::string exif =
      segment(0xE1, "Exif\0\0 not a TIFF at all") + segment(0xE2, "ICC_PROFILE") + segment(0xFE, "hi");
  const std::string plain = jpeg_with(sof(0xC0, 8, 8, kGrey), sos(raw(1, 0)) + kBits);
  const Images picture = decode(kSoi + exif + plain.substr(2) + "trailing");
  EXPECT_EQ(picture.pixels, std::vector<std::uint8_t>(64, 128));
}

TEST(Jpeg, BackgroundDoesNotMatterWithoutAlpha) {
  EXPECT_EQ(decode(kGreyJpeg, {.background = Colour{255, 0, 0}}).pixels, decode(kGreyJpeg).pixels);
}

std::vector<BadFile> bad_files() {
  using enum ErrorCode;
  const std::string grey = sof(0xC0, 8, 8, kGrey), scan = sos(raw(1, 0)) + kBits;
  const std::string good = jpeg_with(grey, scan), prog = sof(0xC2, 8, 8, kGrey);
  const auto frame = [&](const std::string& f) { return jpeg_with(f, scan); };
  const auto scans = [&](const std::string& s) { return jpeg_with(grey, s); };
  const auto tables = [&](const std::string& t) { return kSoi + t + grey + scan + kEoi; };
  const auto progressive = [&](const std::string& s) { return jpeg_with(prog, s); };
  const auto dri = [](unsigned n) { return segment(0xDD, be16(n)); };
  const std::string wide = sof(0xC0, 24, 8, kGrey);
  const std::string dc = sos(raw(1, 0), 0, 0, 0) + kBits, dc1 = sos(raw(1, 0), 0, 0, 1) + kBits;
  const std::int64_t at_tables = 2, at_frame = static_cast<std::int64_t>(2 + kTables.size());
  const std::int64_t at_scan = at_frame + static_cast<std::int64_t>(grey.size());
  const std::int64_t at_end = BadFile::kFileSize, any = BadFile::kAnyOffset;
  const auto adobe = [](int transform) { return segment(0xEE, "Adobe" + raw(0, 100, 0, 0, 0, 0, transform)); };
  const std::string counts_257 = raw(0x10) + std::string(7, '\0') + raw(255, 2) + std::string(7, '\0');
  return {
      {"one byte", "\xFF", kTruncated, 1},
      {"no SOI", "\xFF\xD9" + good.substr(2), kBadMagic, 1},
      {"only SOI", kSoi, kTruncated, 2},
      {"no EOI", good.substr(0, good.size() - 2), kTruncated, at_end},
      {"EOI cut", good.substr(0, good.size() - 1), kTruncated, at_end},
      {"no SOF", kSoi + kTables + kEoi, kMissing, any},
      {"no scan", kSoi + kTables + grey + kEoi, kMissing, any},
      {"SOS before SOF", kSoi + kTables + scan + grey + kEoi, kSyntax, at_frame},
      {"two SOF", jpeg_with(grey + grey, scan), kDuplicate, at_scan},
      {"SOI again", kSoi + kSoi + good.substr(2), kSyntax, 3},
      {"no marker where one must be", kSoi + "x" + good.substr(2), kSyntax, 2},
      {"arithmetic sequential", frame(sof(0xC9, 8, 8, kGrey)), kUnsupported, at_frame},
      {"arithmetic progressive", frame(sof(0xCA, 8, 8, kGrey)), kUnsupported, at_frame},
      {"arithmetic conditioning", tables(kTables + segment(0xCC, raw(0, 0))), kUnsupported, at_frame},
      {"lossless", frame(sof(0xC3, 8, 8, kGrey)), kUnsupported, at_frame},
      {"hierarchical SOF5", frame(sof(0xC5, 8, 8, kGrey)), kUnsupported, at_frame},
      {"hierarchical DHP", frame(segment(0xDE, "abc")), kUnsupported, at_frame},
      {"hierarchical EXP", frame(segment(0xDF, "a")), kUnsupported, at_frame},
      {"JPG extension", frame(segment(0xC8, "a")), kUnsupported, at_frame},
      {"12 bits", frame(sof(0xC1, 8, 8, kGrey, 12)), kUnsupported, at_frame},
      {"7 bits", frame(sof(0xC0, 8, 8, kGrey, 7)), kValue, at_frame + 4},
      {"marker length 0", kSoi + bare(0xE0) + be16(0) + good.substr(2), kValue, 4},
      {"marker length 1", kSoi + bare(0xE0) + be16(1) + good.substr(2), kValue, 4},
      {"marker past the end", kSoi + bare(0xE0) + be16(999) + "abc", kTruncated, at_end},
      {"length cut", kSoi + bare(0xE0) + "a", kTruncated, at_end},
      {"width 0", frame(sof(0xC0, 0, 8, kGrey)), kValue, at_frame + 7},
      {"height 0, given by DNL", jpeg_with(sof(0xC0, 8, 0, kGrey), scan + segment(0xDC, be16(8))), kValue,
       at_frame + 5},
      {"DNL", scans(scan + segment(0xDC, be16(8))), kUnsupported, any},
      {"side limit", frame(sof(0xC0, 16385, 8, kGrey)), kLimit, at_frame + 5},
      {"pixel limit", frame(sof(0xC0, 16384, 4097, kGrey)), kLimit, at_frame + 5},
      {"settable side limit", good, kLimit, any, {.max_side = 7}},
      {"settable pixel limit", good, kLimit, any, {.max_pixels = 63}},
      {"four components", frame(sof(0xC0, 8, 8, kColours + raw(4, 0x11, 0))), kUnsupported, at_frame},
      {"two components", frame(sof(0xC0, 8, 8, kColours.substr(0, 6))), kValue, at_frame + 9},
      {"no components", frame(sof(0xC0, 8, 8, "")), kValue, at_frame + 9},
      {"component cut", frame(segment(0xC0, raw(8, 0, 8, 0, 8, 1, 1, 0x11))), kTruncated, any},
      {"frame header too long", frame(segment(0xC0, raw(8, 0, 8, 0, 8, 1, 1, 0x11, 0, 0))), kValue, at_frame + 2},
      {"component id twice", frame(sof(0xC0, 8, 8, raw(1, 0x11, 0, 2, 0x11, 0, 1, 0x11, 0))), kDuplicate,
       at_frame + 16},
      {"sampling factor 0", frame(sof(0xC0, 8, 8, raw(1, 0x01, 0))), kValue, at_frame + 11},
      {"sampling factor 5", frame(sof(0xC0, 8, 8, raw(1, 0x15, 0))), kValue, at_frame + 11},
      {"fractional ratio", frame(sof(0xC0, 8, 8, raw(1, 0x31, 0, 2, 0x21, 0, 3, 0x11, 0))), kUnsupported, at_frame},
      {"over 10 blocks in an MCU",
       jpeg_with(sof(0xC0, 8, 8, raw(1, 0x44, 0, 2, 0x11, 0, 3, 0x11, 0)),
                 sos(raw(1, 0, 2, 0, 3, 0)) + std::string(9, '\0')),
       kUnsupported, any},
      {"quantisation table id 4", tables(dqt(4)), kValue, at_tables + 4},
      {"quantisation precision 2", tables(dqt(0x20)), kValue, at_tables + 4},
      {"quantisation table missing", kSoi + dht(0) + dht(1) + grey + scan + kEoi, kMissing, any},
      {"component names a table over 3", frame(sof(0xC0, 8, 8, raw(1, 0x11, 4))), kValue, at_frame + 12},
      {"quantisation value 0", tables(dqt(0, 0)), kValue, at_tables + 5},
      {"quantisation table short", tables(segment(0xDB, std::string(40, '\1'))), kTruncated, any},
      {"Huffman class 2", tables(dht(2)), kValue, at_tables + 4},
      {"Huffman id 4", tables(dht(0, 4)), kValue, at_tables + 4},
      {"Huffman counts over 256", tables(segment(0xC4, counts_257 + std::string(257, '\0'))), kValue, any},
      {"Huffman over-subscribed", tables(segment(0xC4, raw(0, 3) + std::string(15, '\0') + "abc")), kValue,
       at_tables + 5},
      {"Huffman counts short", tables(segment(0xC4, std::string(9, '\0'))), kTruncated, any},
      {"Huffman symbols short", tables(segment(0xC4, raw(0x10, 0, 0, 7) + std::string(13, '\0') + "abc")), kTruncated,
       any},
      {"DC category 12", tables(dht(0, 0, 12)), kValue, at_tables + 21},
      {"restart interval length", tables(kTables + segment(0xDD, "abc")), kValue, any},
      {"scan of an unknown component", scans(sos(raw(9, 0)) + kBits), kValue, at_scan + 5},
      {"component twice in a scan", jpeg_with(sof(0xC0, 8, 8, kColours), sos(raw(1, 0, 2, 0, 1, 0)) + kBits),
       kDuplicate, any},
      {"component in two scans", scans(scan + scan), kDuplicate, any},
      {"component never coded", jpeg_with(sof(0xC0, 8, 8, kColours), scan), kMissing, any},
      {"scan of no components", scans(sos("") + kBits), kValue, at_scan + 4},
      {"scan of five components", scans(sos(std::string(10, '\1')) + kBits), kValue, at_scan + 4},
      {"DC table never given", kSoi + dqt() + dht(1) + grey + scan + kEoi, kMissing, any},
      {"AC table never given", kSoi + dqt() + dht(0) + grey + scan + kEoi, kMissing, any},
      {"scan names a table over 3", scans(sos(raw(1, 0x40)) + kBits), kValue, at_scan + 6},
      {"Ss over Se", progressive(dc + sos(raw(1, 0), 5, 4) + kBits), kValue, any},
      {"Se over 63", progressive(dc + sos(raw(1, 0), 1, 64) + kBits), kValue, any},
      {"DC and AC in one progressive scan", progressive(sos(raw(1, 0), 0, 63) + kBits), kValue, any},
      {"Ah not Al + 1", progressive(dc1 + sos(raw(1, 0), 0, 0, 0x31) + kBits), kValue, any},
      {"Al 14", progressive(sos(raw(1, 0), 0, 0, 14) + kBits), kValue, any},
      {"refinement before the first pass", progressive(sos(raw(1, 0), 0, 0, 0x10) + kBits), kSyntax, any},
      {"first pass twice", progressive(dc1 + dc1), kSyntax, any},
      {"refinement skips a bit", progressive(sos(raw(1, 0), 0, 0, 3) + kBits + sos(raw(1, 0), 0, 0, 0x21) + kBits),
       kSyntax, any},
      {"AC before DC", progressive(sos(raw(1, 0), 1, 5) + kBits), kSyntax, any},
      {"AC scan of three components",
       jpeg_with(sof(0xC2, 8, 8, kColours),
                 sos(raw(1, 0, 2, 0, 3, 0), 0, 0) + raw(0) + sos(raw(1, 0, 2, 0, 3, 0), 1, 5) + raw(0, 0)),
       kValue, any},
      {"too many scans", progressive(dc), kBomb, any, {.max_scans = 0}},
      {"code not in the table", scans(sos(raw(1, 0)) + raw(0x80, 0x55, 0x55, 0x55, 0x55)), kSyntax, any},
      {"restart markers missing", jpeg_with(wide + dri(1), sos(raw(1, 0)) + raw(0x3F)), kSyntax, any},
      {"restart markers out of order",
       jpeg_with(wide + dri(1), sos(raw(1, 0)) + raw(0x3F) + bare(0xD1) + raw(0x3F) + bare(0xD0) + raw(0x3F)), kSyntax,
       any},
      {"restart marker not announced", jpeg_with(wide, sos(raw(1, 0)) + raw(0x3F) + bare(0xD0) + raw(0x3F)), kSyntax,
       any},
      {"one restart marker too many", jpeg_with(grey + dri(1), sos(raw(1, 0)) + raw(0x3F) + bare(0xD0) + raw(0x3F)),
       kSyntax, any},
      {"entropy data ends early", jpeg_with(sof(0xC0, 80, 80, kGrey), scan), kTruncated, any},
      {"no entropy data", scans(sos(raw(1, 0))), kTruncated, any},
      {"Adobe transform 2 with three components",
       jpeg_with(adobe(2) + sof(0xC0, 8, 8, kColours), sos(raw(1, 0, 2, 0, 3, 0)) + raw(0, 0)), kMismatch,
       at_frame + 15},
      {"Adobe transform 1 with one component", jpeg_with(adobe(1) + grey, scan), kMismatch, at_frame + 15},
  };
}

TEST(Jpeg, BadFilesGiveTheStatedError) {
  const std::vector<BadFile> files = bad_files();
  EXPECT_GE(files.size(), 80u);
  test_support::StatedErrors stated;
  for (const BadFile& bad : files) expect_refused(bad, stated);
}

TEST(Jpeg, RefusesCoefficientsPastTheLastOne) {
  // libjpeg stores these in the last coefficient without a word.
  using enum ErrorCode;
  const std::string field = "entropy-coded data", grey = sof(0xC0, 8, 8, kGrey), prog = sof(0xC2, 8, 8, kGrey);
  const auto with_ac = [](int symbol, const std::string& rest) {
    return kSoi + dqt() + dht(0) + dht(1, 0, symbol) + rest + kEoi;
  };
  const std::string dc0 = sos(raw(1, 0), 0, 0) + raw(0);
  test_support::StatedErrors stated;
  const auto refused = [&](const char* what, const std::string& file, ErrorCode code) {
    const Error error = error_of([&] { decode(file); });
    EXPECT_STREQ(error_name(error.code()), error_name(code)) << what << ": " << error.what();
    EXPECT_EQ(error.field(), field) << what;
    EXPECT_GT(error.byte_offset(), 0) << what;
    stated.expect(what, error);
  };
  // Each code means "15 zeros, then a coefficient of 1 bit": places 16, 32, 48, 64.
  refused("run over the end", with_ac(0xF1, grey + sos(raw(1, 0)) + raw(0, 0)), kSyntax);
  // 16 zeros at a time: 1, 17, 33, 49, and 65 is past the end.
  refused("zeros over the end", with_ac(0xF0, grey + sos(raw(1, 0)) + raw(0)), kSyntax);
  refused("band of a progressive scan", with_ac(0x61, prog + dc0 + sos(raw(1, 0), 1, 5) + raw(0, 0)), kSyntax);
  refused("refinement over the band",
          with_ac(0x61, prog + dc0 + sos(raw(1, 0), 1, 7, 1) + raw(0x3F) + sos(raw(1, 0), 1, 7, 0x10) + raw(0, 0)),
          kSyntax);
  refused("refinement of two bits",
          with_ac(0x02, prog + dc0 + sos(raw(1, 0), 1, 1, 1) + raw(0x3F) + sos(raw(1, 0), 1, 1, 0x10) + raw(0, 0)),
          kSyntax);
  refused("bytes left over", with_ac(0, grey + sos(raw(1, 0)) + raw(0x3F, 0)), kSyntax);
  refused("a scan that ends early", with_ac(0xF1, grey + sos(raw(1, 0))), kTruncated);
  // A band that ends at its last coefficient is fine.
  EXPECT_EQ(decode(with_ac(0x01, prog + dc0 + sos(raw(1, 0), 1, 1) + raw(0x3F))).count, 1);
}

TEST(Jpeg, ScanBomb) {
  // One pixel and 64 legal scans, one for each coefficient; the next one passes the limit on work.
  std::string body = sos(raw(1, 0), 0, 0, 13) + kBits;
  for (int i = 1; i <= 63; ++i) body += sos(raw(1, 0), i, i, 13) + kBits;
  const std::string few = jpeg_with(sof(0xC2, 1, 1, kGrey), body);
  EXPECT_EQ(decode(few).count, 1);
  const Error work =
      error_of([&] { decode(jpeg_with(sof(0xC2, 1, 1, kGrey), body + sos(raw(1, 0), 0, 0, 0xDC) + kBits)); });
  EXPECT_EQ(work.code(), ErrorCode::kBomb) << work.what();
  const Error scans = error_of([&] { decode(few, {.max_scans = 63}); });
  EXPECT_EQ(scans.code(), ErrorCode::kBomb);
  EXPECT_STREQ(scans.limit_name(), "scans");
}

TEST(Jpeg, EveryPrefixAndBitFlip) {
  expect_survives_damage(kGreyJpeg);
  expect_survives_damage(kRestartJpeg);
  expect_survives_damage(kProgressiveJpeg);
}

TEST(Jpeg, RandomGarbageInTheScan) {
  std::uint32_t state = 1;
  const std::size_t tail = kColourJpeg.find("\xFF\xDA");
  for (int round = 0; round < 300; ++round) {
    std::string file = kColourJpeg;
    for (int i = 0; i < 4; ++i)
      file[tail + 14 + noise(state) % (file.size() - tail - 16)] = static_cast<char>(noise(state));
    const Error error = error_of([&] { decode(file); });
    EXPECT_NE(error.code(), ErrorCode::kInternal) << error.what();
  }
}

TEST(Jpeg, RealPhotographs) {
  const std::string folder = shared_folder("faces_congress/jpg_sample");
  if (folder.empty()) GTEST_SKIP() << "no folder faces_congress/jpg_sample; set BETWIXT_SHARED";
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".jpg") continue;
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    const Images picture = decode(bytes);
    EXPECT_TRUE(picture.channels == 3 || picture.channels == 1);
    EXPECT_GT(picture.width, 100);
    EXPECT_EQ(error_of([&] { decode(bytes.substr(0, bytes.size() * 2 / 3)); }).code(), ErrorCode::kTruncated);
    ++count;
  }
  EXPECT_GE(count, 10);
}

}  // namespace
}  // namespace betwixt
