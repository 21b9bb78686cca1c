// SPDX-License-Identifier: MIT
#include "betwixt/media/npz.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/media/archive_builder.h"
#include "tests/support/memory_files.h"
#include "tests/support/stated_errors.h"

namespace betwixt {
namespace {

using archive_test::Deflater;
using archive_test::error_of;
using archive_test::le;
using archive_test::npy;
using archive_test::to_bytes;
using archive_test::Zip;
using archive_test::zip;
using archive_test::ZipPart;
using test_support::MemoryFiles;
using test_support::StatedErrors;
using namespace std::string_literals;

/// Opens an archive and reads all of its arrays.
void read_all(const std::string& archive, const NpzOptions& options = {}) {
  MemoryFiles files;
  files.put("f.npz", to_bytes(archive));
  NpzFile npz = NpzFile::open(files, "f.npz", options);
  for (const std::string& name : npz.names()) npz.read(name);
}

struct Row {
  std::string archive;
  ErrorCode code;
  std::int64_t offset = -1;
};

void expect_rows(StatedErrors& stated, const std::vector<Row>& rows, const NpzOptions& options = {}) {
  int number = 0;
  for (const Row& row : rows) {
    const Error error = error_of([&] { read_all(row.archive, options); });
    EXPECT_STREQ(error_name(error.code()), error_name(row.code)) << "row " << number << ": " << error.what();
    if (row.offset >= 0) EXPECT_EQ(error.byte_offset(), row.offset) << "row " << number << ": " << error.what();
    stated.expect("row " + std::to_string(number), error);
    ++number;
  }
}

const std::string kArray = npy("|u1", "(4,)", "abcd");

Zip good() { return zip({{"a.npy", kArray}, {"b.npy", kArray, true}}); }

std::int64_t at(std::size_t place) { return static_cast<std::int64_t>(place); }

TEST(Npz, RefusesBadEnds) {
  StatedErrors stated;
  const Zip z = good();
  const std::string fake_end = "PK\x05\x06" + std::string(18, '\0');
  expect_rows(stated, {{"", ErrorCode::kTruncated, 0},
                       {"PK\x05\x06", ErrorCode::kTruncated, 4},
                       {std::string(100, 'x'), ErrorCode::kBadMagic},
                       {z.bytes.substr(0, z.end) + std::string(30, 'x'), ErrorCode::kBadMagic},
                       {zip({{"a.npy", kArray}}, fake_end).bytes, ErrorCode::kSyntax},
                       {z.with(z.end + 20, le(1, 2)), ErrorCode::kSyntax, at(z.end + 20)},
                       {z.bytes + "x", ErrorCode::kTrailing, at(z.bytes.size())},
                       {"x" + z.bytes, ErrorCode::kTrailing},
                       {z.with(z.end + 4, le(1, 2)), ErrorCode::kUnsupported, at(z.end)},
                       {z.with(z.end + 6, le(1, 2)), ErrorCode::kUnsupported, at(z.end)},
                       {z.with(z.end + 8, le(1, 2)), ErrorCode::kUnsupported, at(z.end)},
                       {z.with(z.end + 16, le(z.directory + 1, 4)), ErrorCode::kOffset, at(z.end + 12)},
                       {z.with(z.end + 16, le(0x7FFFFFFF, 4)), ErrorCode::kOffset, at(z.end + 12)},
                       {z.with(z.end + 16, le(z.directory - 1, 4)), ErrorCode::kTrailing},
                       {z.with(z.end + 12, le(0x7FFFFFFF, 4)), ErrorCode::kOffset, at(z.end + 12)},
                       {z.with(z.end + 8, le(1, 2) + le(1, 2)), ErrorCode::kMismatch},
                       {z.with(z.end + 8, le(3, 2) + le(3, 2)), ErrorCode::kMismatch},
                       {z.with(z.end + 8, le(0, 2) + le(0, 2)), ErrorCode::kMismatch},
                       {z.with(z.end + 8, le(5000, 2) + le(5000, 2)), ErrorCode::kLimit}});
  EXPECT_EQ(error_of([&] { read_all(zip({{"a.npy", kArray}}, "a comment").bytes); }).code(), ErrorCode::kOk);
  EXPECT_EQ(error_of([&] { read_all(zip({}).bytes); }).code(), ErrorCode::kOk);
}

TEST(Npz, RefusesBadRecords) {
  StatedErrors stated;
  const Zip z = good();
  const std::size_t c = z.central[1], l = z.local[1];
  expect_rows(stated, {{z.with(c, "XK"), ErrorCode::kSyntax, at(c)},
                       {z.with(c + 8, le(1, 2)), ErrorCode::kUnsupported, at(c + 8)},
                       {z.with(c + 8, le(1 << 6, 2)), ErrorCode::kUnsupported, at(c + 8)},
                       {z.with(c + 8, le(1 << 13, 2)), ErrorCode::kUnsupported, at(c + 8)},
                       {z.with(c + 10, le(12, 2)), ErrorCode::kUnsupported, at(c + 10)},
                       {z.with(c + 10, le(0, 2)), ErrorCode::kMismatch},
                       {z.with(c + 34, le(1, 2)), ErrorCode::kUnsupported, at(c + 34)},
                       {z.with(c + 16, le(1, 4)), ErrorCode::kMismatch, at(l + 14)},
                       {z.with(c + 20, le(1, 4)), ErrorCode::kMismatch, at(l + 18)},
                       {z.with(c + 24, le(1, 4)), ErrorCode::kMismatch, at(l + 18)},
                       {z.with(c + 28, le(500, 2)), ErrorCode::kTruncated},
                       {z.with(c + 42, le(z.directory, 4)), ErrorCode::kOffset},
                       {z.with(c + 42, le(0x7FFFFFFF, 4)), ErrorCode::kOffset},
                       {z.with(c + 42, le(l + 1, 4)), ErrorCode::kSyntax, at(l + 1)},
                       {z.with(l, "XK"), ErrorCode::kSyntax, at(l)},
                       {z.with(l + 6, le(1, 2)), ErrorCode::kMismatch, at(l + 6)},
                       {z.with(l + 6, le(8, 2)), ErrorCode::kMismatch, at(l + 6)},
                       {z.with(l + 8, le(0, 2)), ErrorCode::kMismatch, at(l + 8)},
                       {z.with(l + 14, le(1, 4)), ErrorCode::kMismatch, at(l + 14)},
                       {z.with(l + 18, le(1, 4)), ErrorCode::kMismatch, at(l + 18)},
                       {z.with(l + 22, le(1, 4)), ErrorCode::kMismatch, at(l + 18)},
                       {z.with(l + 26, le(60000, 2)), ErrorCode::kOverlap, at(l)},
                       {z.with(l + 30, "c"), ErrorCode::kMismatch, at(l + 30)},
                       {z.with(c + 46, "a"), ErrorCode::kDuplicate, at(c)},
                       {z.with(z.local[0] + 18, le(3, 4)), ErrorCode::kMismatch}});
}

TEST(Npz, RefusesEntriesThatShareOrHideBytes) {
  StatedErrors stated;
  const Zip z = zip({{"a.npy", kArray}, {"b.npy", kArray}});
  const std::size_t whole = z.directory - z.local[0] - 30 - 5;
  // The first entry claims to reach to the directory, over the second.
  std::string over = z.bytes;
  for (const std::size_t place : {z.local[0] + 18, z.local[0] + 22, z.central[0] + 20, z.central[0] + 24})
    over.replace(place, 4, le(whole, 4));
  std::string beyond = z.bytes;
  for (const std::size_t place : {z.local[1] + 18, z.local[1] + 22, z.central[1] + 20, z.central[1] + 24})
    beyond.replace(place, 4, le(kArray.size() + 1, 4));
  std::string same = z.with(z.central[1] + 42, le(0, 4));
  same.replace(z.central[1] + 46, 1, "a");
  std::string shorter = z.bytes;
  for (const std::size_t place : {z.local[0] + 18, z.local[0] + 22, z.central[0] + 20, z.central[0] + 24})
    shorter.replace(place, 4, le(kArray.size() - 1, 4));
  expect_rows(stated, {{over, ErrorCode::kOverlap, at(z.local[1])},
                       {beyond, ErrorCode::kOverlap},
                       {same, ErrorCode::kDuplicate},
                       {shorter, ErrorCode::kGap}});
}

TEST(Npz, RefusesBadNames) {
  StatedErrors stated;
  const auto named = [](const std::string& name, std::uint32_t attributes = 0) {
    return zip({{.name = name, .content = kArray, .attributes = attributes}}).bytes;
  };
  expect_rows(stated, {{named("/a.npy"), ErrorCode::kPath, -1},
                       {named("../a.npy"), ErrorCode::kPath},
                       {named("x/../a.npy"), ErrorCode::kPath},
                       {named(".."), ErrorCode::kPath},
                       {named("x\\a.npy"), ErrorCode::kPath},
                       {named("C:a.npy"), ErrorCode::kPath},
                       {named("a\0.npy"s), ErrorCode::kPath},
                       {named(""), ErrorCode::kPath},
                       {named("\xFF.npy"), ErrorCode::kEncoding},
                       {named("\xC0\xAF.npy"), ErrorCode::kEncoding},
                       {named("\xED\xA0\x80.npy"), ErrorCode::kEncoding},
                       {named("a.npy", 0120777u << 16), ErrorCode::kPath},
                       {named("a.npy", 0100644u << 16), ErrorCode::kOk},
                       {named("f/a..b.npy"), ErrorCode::kOk},
                       {named("\xC3\xA9.npy"), ErrorCode::kOk},
                       {zip({{"a.npy", kArray}, {"a.npy", kArray}}).bytes, ErrorCode::kDuplicate}});
}

TEST(Npz, RefusesBadStreams) {
  StatedErrors stated;
  const auto packed = [](const std::string& stream, std::int64_t size = -1, std::int64_t crc = -1) {
    return zip({{.name = "a.npy", .content = kArray, .is_deflated = true, .packed = stream, .size = size, .crc = crc}})
        .bytes;
  };
  const std::string stream = Deflater::pack(kArray);
  const auto stored = [](std::uint32_t length, std::uint32_t inverse) {
    return "\x01" + le(length, 2) + le(inverse, 2) + kArray;
  };
  const auto n = static_cast<std::uint32_t>(kArray.size());
  expect_rows(
      stated,
      {{packed("\x07"), ErrorCode::kSyntax},                              // block type 3
       {packed(stored(n, n)), ErrorCode::kSyntax},                        // length without its inverse
       {packed("\x05\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), ErrorCode::kSyntax},  // too many symbols
       {packed("\x05\xE0" + std::string(1, '\x0F') + std::string(12, '\0')), ErrorCode::kSyntax},  // under-subscribed
       {packed("\x05\xE0\x93\x24\x49\x92\x24\x49\x92\x24\x49\x92"), ErrorCode::kSyntax},           // over-subscribed
       {packed(Deflater::copy_of_nothing()), ErrorCode::kSyntax},  // distance before the start
       {packed(stream.substr(0, stream.size() - 2)), ErrorCode::kTruncated},
       {packed(stream + "x"), ErrorCode::kTrailing},
       {packed(stored(n, ~n & 0xFFFF)), ErrorCode::kOk},
       {packed(stored(n, ~n & 0xFFFF), n - 1), ErrorCode::kTruncated},
       {packed(Deflater::pack(kArray + "x"), -1), ErrorCode::kBomb},
       {packed(Deflater::pack(kArray.substr(0, kArray.size() - 1))), ErrorCode::kMismatch},
       {packed(stream, -1, 5), ErrorCode::kChecksum},
       {zip({{.name = "a.npy", .content = kArray, .crc = 5}}).bytes, ErrorCode::kChecksum}});
}

TEST(Npz, RefusesBombs) {
  StatedErrors stated;
  const std::string zeros = npy("|u1", "(1000000,)", std::string(1000000, '\0'));
  const std::string packed = Deflater::pack(zeros);
  ASSERT_GT(zeros.size() / packed.size(), 150u);
  const std::string honest = zip({{"a.npy", zeros, true}}).bytes;
  expect_rows(stated, {{honest, ErrorCode::kOk}});
  NpzOptions options;
  options.archive_ratio = 50;
  EXPECT_STREQ(error_of([&] { read_all(honest, options); }).limit_name(), "archive_ratio");
  options = {};
  options.entry_ratio = 50;
  EXPECT_STREQ(error_of([&] { read_all(honest, options); }).limit_name(), "entry_ratio");
  const std::string claims =
      zip({{.name = "a.npy", .content = zeros, .is_deflated = true, .packed = packed, .size = 2000000000}}).bytes;
  const std::string lies = zip({{.name = "a.npy", .content = kArray, .is_deflated = true, .packed = packed}}).bytes;
  expect_rows(stated, {{claims, ErrorCode::kBomb}});
  const Error error = error_of([&] { read_all(lies); });
  EXPECT_TRUE(error.code() == ErrorCode::kBomb || error.code() == ErrorCode::kTruncated) << error.what();
  options = {};
  options.npy.bytes = 1000;
  EXPECT_EQ(error_of([&] { read_all(honest, options); }).code(), ErrorCode::kLimit);
}

/// `zip` with a ZIP64 end record and locator before the end record, whose fields are saturated.
std::string with_end64(const Zip& z, std::uint64_t entries, std::uint64_t record_size = 44, std::uint32_t disks = 1) {
  const std::string record = "PK\x06\x06" + le(record_size, 8) + le(45, 2) + le(45, 2) + le(0, 8) + le(entries, 8) +
                             le(entries, 8) + le(z.end - z.directory, 8) + le(z.directory, 8);
  const std::string locator = "PK\x06\x07" + le(0, 4) + le(z.end, 8) + le(disks, 4);
  return z.bytes.substr(0, z.end) + record + locator + "PK\x05\x06" + le(0, 4) + le(0xFFFF, 2) + le(0xFFFF, 2) +
         le(0xFFFFFFFF, 4) + le(0xFFFFFFFF, 4) + le(0, 2);
}

TEST(Npz, ReadsAndChecksZip64) {
  StatedErrors stated;
  const Zip z = zip({{.name = "a.npy", .content = kArray, .has_zip64 = true},
                     {.name = "b.npy", .content = kArray, .is_deflated = true, .has_zip64 = true}});
  const std::string big = with_end64(z, 2);
  std::string outside = big, differs = big, unlocated = big, unmarked = big;
  outside.replace(big.size() - 22 - 12, 8, le(big.size(), 8));
  differs.replace(big.size() - 22 + 10, 2, le(3, 2));
  differs.replace(big.size() - 22 + 8, 2, le(3, 2));
  unlocated.replace(big.size() - 22 - 20, 2, "XX");
  unmarked.replace(z.end, 2, "XX");
  const std::size_t extra = z.local[0] + 30 + 5;
  expect_rows(stated, {{z.bytes, ErrorCode::kOk},
                       {big, ErrorCode::kOk},
                       {with_end64(z, 3), ErrorCode::kMismatch},
                       {with_end64(z, 2, 45), ErrorCode::kMismatch},
                       {with_end64(z, 2, 44, 2), ErrorCode::kUnsupported},
                       {outside, ErrorCode::kOffset},
                       {differs, ErrorCode::kMismatch},
                       {unlocated, ErrorCode::kMismatch},
                       {unmarked, ErrorCode::kSyntax},
                       {z.with(z.end + 12, le(0xFFFFFFFF, 4)), ErrorCode::kMismatch},
                       {z.with(extra, le(2, 2)), ErrorCode::kMismatch},      // the field is missing
                       {z.with(extra + 2, le(8, 2)), ErrorCode::kMismatch},  // and too short
                       {z.with(extra + 2, le(17, 2)), ErrorCode::kSyntax},   // runs over
                       {z.with(extra + 4, le(5, 8)), ErrorCode::kMismatch},  // and disagrees
                       {z.with(z.central[0] + 24, le(0xFFFFFFFF, 4)), ErrorCode::kMismatch}});
}

TEST(Npz, RefusesWhatOnlyShowsWhileReading) {
  StatedErrors stated;
  // Two records where three were said, gaps before the directory, and an end record that points to nothing.
  const Zip two = zip({{std::string(60, 'a') + ".npy", kArray}, {std::string(60, 'b') + ".npy", kArray}});
  const Zip z = good();
  std::string gap = z.bytes;
  gap.insert(z.directory, "hole");
  gap.replace(z.end + 4 + 16, 4, le(z.directory + 4, 4));
  const std::string nothing = "PK\x05\x06" + le(0, 4) + le(0xFFFF, 2) + le(0xFFFF, 2) + le(0, 8) + le(0, 2);
  const auto named = [](const std::string& name) { return zip({{name, kArray}}).bytes; };
  expect_rows(stated, {{two.with(two.end + 8, le(3, 2) + le(3, 2)), ErrorCode::kMismatch},
                       {gap, ErrorCode::kTrailing, at(z.directory)},
                       {nothing, ErrorCode::kMismatch, 0},
                       {named("\xF4\x90\x80\x80.npy"), ErrorCode::kEncoding},
                       {named("\xF0\x80\x80\x80.npy"), ErrorCode::kEncoding},
                       {named("\xE2\x82"), ErrorCode::kEncoding}});
  const auto refused_rows = [&](const char* what, const std::string& archive, const NpzOptions& options) {
    MemoryFiles files;
    files.put("f.npz", to_bytes(archive));
    const Error error = error_of([&] { NpzFile::open(files, "f.npz", options).read_rows("a", 0, 5000); });
    stated.expect(what, error);
    return error.code();
  };
  // The whole keeps the ratio, its beginning does not.
  std::string noise(20000, '\0');
  std::uint32_t state = 1;
  for (char& byte : noise) byte = static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
  const std::string late = npy("|u1", "(30000,)", std::string(10000, '\0') + noise);
  NpzOptions options;
  options.entry_ratio = 2;
  EXPECT_EQ(refused_rows("zeros first", zip({{"a.npy", late, true}}).bytes, options), ErrorCode::kBomb);
  // A stream far too short for the rows it claims, read whole and in part.
  const std::string head = npy("|u1", "(5000,)", "");
  const auto size = static_cast<std::int64_t>(head.size()) + 5000;
  const std::string claims =
      zip({{.name = "a.npy", .content = head, .is_deflated = true, .packed = Deflater::pack(head), .size = size}})
          .bytes;
  expect_rows(stated, {{claims, ErrorCode::kTruncated}});
  EXPECT_EQ(refused_rows("rows", claims, {}), ErrorCode::kTruncated);
}

TEST(Npz, ReadsArchivesWrittenAsAStream) {
  StatedErrors stated;
  expect_rows(stated, {{zip({{.name = "a.npy", .content = kArray, .has_descriptor = true},
                             {.name = "b.npy", .content = kArray, .is_deflated = true, .has_descriptor = true}})
                            .bytes,
                        ErrorCode::kOk}});
}

TEST(Npz, FindsArraysByName) {
  MemoryFiles files;
  files.put("f.npz",
            to_bytes(zip({{"x.npy", npy("<i2", "(2,)", le(7, 2) + le(9, 2)), true}, {"notes.txt", "hello"}}).bytes));
  NpzFile npz = NpzFile::open(files, "f.npz");
  EXPECT_EQ(npz.names(), (std::vector<std::string>{"x"}));
  EXPECT_TRUE(npz.contains("x"));
  EXPECT_FALSE(npz.contains("notes.txt"));
  EXPECT_EQ(to_floats(npz.read("x")), (std::vector<float>{7, 9}));
  EXPECT_EQ(npz.info("x").row_bytes(), 2u);
  EXPECT_EQ(error_of([&] { npz.read("y"); }).code(), ErrorCode::kMissing);
  EXPECT_EQ(error_of([&] { npz.read("notes.txt"); }).code(), ErrorCode::kUnsupported);
  files.put("g.npz", to_bytes(zip({{"x.npy", npy("<i2", "(-2,)", "")}}).bytes));
  const Error inner = error_of([&] { NpzFile::open(files, "g.npz").read("x"); });
  EXPECT_EQ(inner.code(), ErrorCode::kValue);
  EXPECT_STREQ(inner.field(), "entries[\"x.npy\"].shape");
}

TEST(Npz, ReadsRangesOfRowsInAnyOrder) {
  std::string data;
  for (std::uint64_t i = 0; i < 3000; ++i) data += le(i, 4);
  for (const bool is_deflated : {false, true}) {
    MemoryFiles files;
    files.put("f.npz", to_bytes(zip({{"x.npy", npy("<u4", "(1000, 3)", data), is_deflated}}).bytes));
    NpzFile npz = NpzFile::open(files, "f.npz");
    const auto expect_rows_from = [&](std::int64_t first, std::int64_t count) {
      const NumberArray rows = npz.read_rows("x", first, count);
      ASSERT_EQ(rows.shape, (std::vector<std::int64_t>{count, 3}));
      const std::vector<float> values = to_floats(rows);
      for (std::size_t i = 0; i < values.size(); ++i)
        ASSERT_EQ(values[i], static_cast<float>(first * 3) + static_cast<float>(i));
    };
    const std::vector<std::pair<int, int>> ranges = {{0, 10},  {10, 5},   {500, 1},  {20, 3},
                                                     {999, 1}, {0, 1000}, {1000, 0}, {0, 0}};
    for (const std::pair<int, int>& range : ranges) expect_rows_from(range.first, range.second);
    for (std::int64_t row = 0; row < 1000; row += 50) expect_rows_from(row, 50);
    const auto code = [&](std::int64_t first, std::int64_t count) {
      return error_of([&] { npz.read_rows("x", first, count); }).code();
    };
    EXPECT_EQ(code(-1, 1), ErrorCode::kArgument);
    EXPECT_EQ(code(0, 1001), ErrorCode::kArgument);
    EXPECT_EQ(code(1001, 0), ErrorCode::kArgument);
    EXPECT_EQ(code(1, -1), ErrorCode::kArgument);
    EXPECT_EQ(code(5, std::numeric_limits<std::int64_t>::max()), ErrorCode::kArgument);
    NpzOptions options;
    options.npy.bytes = 100;
    EXPECT_EQ(error_of([&] { NpzFile::open(files, "f.npz", options).read_rows("x", 0, 20); }).code(),
              ErrorCode::kLimit);
    NpzFile small = NpzFile::open(files, "f.npz", options);
    EXPECT_EQ(small.read_rows("x", 990, 5).elements(), 15u);
  }
}

TEST(Npz, RangesCheckTheSumAtTheEnd) {
  const std::string data(3000, 'x');
  MemoryFiles files;
  files.put(
      "f.npz",
      to_bytes(zip({{.name = "x.npy", .content = npy("|u1", "(3000,)", data), .is_deflated = true, .crc = 1}}).bytes));
  NpzFile npz = NpzFile::open(files, "f.npz");
  EXPECT_EQ(npz.read_rows("x", 0, 2999).elements(), 2999u);
  EXPECT_EQ(error_of([&] { npz.read_rows("x", 2999, 1); }).code(), ErrorCode::kChecksum);
  EXPECT_EQ(npz.read_rows("x", 0, 10).elements(), 10u);
  files.put("g.npz",
            to_bytes(zip({{"x.npy", npy("|u1", "(2, 2)", "abcd", "True")}, {"s.npy", npy("|u1", "()", "a")}}).bytes));
  NpzFile other = NpzFile::open(files, "g.npz");
  EXPECT_EQ(error_of([&] { other.read_rows("x", 0, 1); }).code(), ErrorCode::kUnsupported);
  EXPECT_EQ(error_of([&] { other.read_rows("s", 0, 1); }).code(), ErrorCode::kUnsupported);
}

TEST(Npz, EveryPrefixAndBitFlipIsAnErrorOrArrays) {
  const std::string seed = good().bytes;
  for (std::size_t size = 0; size < seed.size(); ++size)
    EXPECT_NE(error_of([&] { read_all(seed.substr(0, size)); }).code(), ErrorCode::kOk) << size;
  for (std::size_t bit = 0; bit < 8 * seed.size(); ++bit) {
    std::string archive = seed;
    archive[bit / 8] = static_cast<char>(archive[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(error_of([&] { read_all(archive); }).code(), ErrorCode::kInternal);
  }
}

TEST(Npz, EveryFailingReadIsOneClearError) {
  MemoryFiles files;
  files.put("f.npz", to_bytes(good().bytes));
  const auto read = [&] {
    NpzFile npz = NpzFile::open(files, "f.npz");
    for (const std::string& name : npz.names()) npz.read(name);
  };
  for (std::int64_t call = 0;; ++call) {
    files.fail_at(call, EIO);
    const Error error = error_of(read);
    if (!files.fault_happened()) break;
    EXPECT_EQ(error.code(), ErrorCode::kIo) << call;
  }
}

TEST(Npz, FourThousandEntriesOpenQuickly) {
  std::vector<ZipPart> parts;
  for (int i = 0; i < 4096; ++i) parts.push_back({std::to_string(i) + ".npy", kArray});
  EXPECT_EQ(error_of([&] { read_all(zip(parts).bytes); }).code(), ErrorCode::kOk);
  parts.push_back({"more.npy", kArray});
  EXPECT_STREQ(error_of([&] { read_all(zip(parts).bytes); }).limit_name(), "entries");
}

}  // namespace
}  // namespace betwixt
