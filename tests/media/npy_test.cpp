// SPDX-License-Identifier: MIT
#include "betwixt/media/npy.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "tests/media/archive_builder.h"
#include "tests/support/memory_files.h"
#include "tests/support/stated_errors.h"

namespace betwixt {
namespace {

using archive_test::be;
using archive_test::error_of;
using archive_test::le;
using archive_test::npy;
using archive_test::npy_text;
using archive_test::to_bytes;
using test_support::MemoryFiles;
using test_support::StatedErrors;
using namespace std::string_literals;

NumberArray read(const std::string& file, const NpyOptions& options = {}) {
  MemoryFiles files;
  files.put("f.npy", to_bytes(file));
  return read_npy(files, "f.npy", options);
}

struct Row {
  std::string file;
  ErrorCode code;
  std::string field;
  std::int64_t offset = -1;
};

void expect_rows(StatedErrors& stated, const std::vector<Row>& rows, const NpyOptions& options = {}) {
  for (const Row& row : rows) {
    const Error error = error_of([&] { read(row.file, options); });
    EXPECT_STREQ(error_name(error.code()), error_name(row.code)) << row.file << "\n" << error.what();
    if (!row.field.empty()) EXPECT_EQ(error.field(), row.field) << row.file << "\n" << error.what();
    if (row.offset >= 0) EXPECT_EQ(error.byte_offset(), row.offset) << row.file << "\n" << error.what();
    stated.expect(row.file, error);
  }
}

TEST(Npy, RefusesBadStarts) {
  StatedErrors stated;
  const std::string good = npy("<f4", "(1,)", "abcd");
  const auto with = [&](std::size_t at, const std::string& bytes) {
    std::string file = good;
    return file.replace(at, bytes.size(), bytes);
  };
  expect_rows(stated, {{"", ErrorCode::kTruncated, "magic", 0},
                       {"\x93NUMP", ErrorCode::kTruncated, "magic", 5},
                       {with(0, "\x92"), ErrorCode::kBadMagic, "magic", 0},
                       {with(5, "y"), ErrorCode::kBadMagic, "magic", 0},
                       {with(6, "\0"s), ErrorCode::kVersion, "version", 6},
                       {with(6, "\x04"), ErrorCode::kVersion, "version", 6},
                       {with(7, "\x01"), ErrorCode::kVersion, "version", 6},
                       {with(8, le(10001, 2)), ErrorCode::kLimit, "header_length", 8},
                       {with(8, le(9999, 2)), ErrorCode::kTruncated, "header", static_cast<std::int64_t>(good.size())},
                       {"\x93NUMPY\x02\0\xFF\xFF\xFF\xFF"s, ErrorCode::kLimit, "header_length", 8},
                       {"\x93NUMPY\x01\0\x01"s, ErrorCode::kTruncated, "header_length", 9}});
}

TEST(Npy, RefusesBadDictionaries) {
  StatedErrors stated;
  const std::string d = "'descr': '<f4'", o = "'fortran_order': False", s = "'shape': (1,)";
  const auto file = [](const std::string& header) { return npy_text(header, "abcd"); };
  const auto items = [&](const std::string& text) { return file("{" + text + "}"); };
  expect_rows(stated, {
                          {file(""), ErrorCode::kSyntax, "header", 11},
                          {file("[]"), ErrorCode::kSyntax, "header", 10},
                          {file("dict()"), ErrorCode::kSyntax, "header", 10},
                          {file("{" + d + ", " + o + ", " + s), ErrorCode::kSyntax, "header"},
                          {items(d + " " + o), ErrorCode::kSyntax, "header"},
                          {items("descr: '<f4'"), ErrorCode::kSyntax, "header", 11},
                          {items("'descr' '<f4'"), ErrorCode::kSyntax, "header"},
                          {items("'descr"), ErrorCode::kSyntax, "header"},
                          {items("'des\\x63r': '<f4'"), ErrorCode::kSyntax, "header"},
                          {items(d + ", " + o), ErrorCode::kMissing, "shape"},
                          {items(d + ", " + s), ErrorCode::kMissing, "fortran_order"},
                          {items(o + ", " + s), ErrorCode::kMissing, "descr"},
                          {items(""), ErrorCode::kMissing, "descr"},
                          {items(d + ", " + o + ", " + s + ", " + s), ErrorCode::kDuplicate, "shape"},
                          {items(d + ", " + d + ", " + o + ", " + s), ErrorCode::kDuplicate, "descr"},
                          {items(o + ", " + o), ErrorCode::kDuplicate, "fortran_order"},
                          {items(d + ", " + o + ", " + s + ", 'x': 1"), ErrorCode::kUnknownKey, "x"},
                          {file("{" + d + ", " + o + ", " + s + "} x"), ErrorCode::kSyntax, "header"},
                          {file("{" + d + ", " + o + ", " + s + "}{}"), ErrorCode::kSyntax, "header"},
                          {items(d + ", " + o + ", " + s + " \xE9"), ErrorCode::kEncoding, "header"},
                          {items(d + ", " + o + ", " + s + "\0"s), ErrorCode::kEncoding, "header"},
                          {npy_text("{'d\xC3\xA9': 1}", "abcd", 3), ErrorCode::kUnknownKey, ""},
                          {npy_text("{'d\xC3': 1}", "abcd", 3), ErrorCode::kEncoding, "header"},
                      });
  const std::string spaced = "{ \"descr\" :'<f4' ,'shape':( 1 , ) , 'fortran_order' : False }   ";
  EXPECT_EQ(read(file(spaced)).shape, (std::vector<std::int64_t>{1}));
  for (const int major : {1, 2, 3})
    EXPECT_EQ(read(npy_text("{" + d + "," + o + "," + s + "}", "abcd", major)).elements(), 1u);
}

TEST(Npy, RefusesBadElementTypes) {
  StatedErrors stated;
  std::vector<Row> rows;
  for (const char* descr : {"|O", "O", "|S4", "<U4", "|V8", "<M8[ns]", "<m8", "<c8", "|a4"})
    rows.push_back({npy(descr, "(1,)", "abcdefgh"), ErrorCode::kUnsupported, "descr"});
  for (const char* descr :
       {"", "<", "<f3", "<f16", "<i3", "<q8", "<x4", "|f4", "<b2", "<f", "<f44", "!f4", "f4 ", "<b4"})
    rows.push_back({npy(descr, "(1,)", "abcd"), ErrorCode::kDtype, "descr"});
  const std::string rest = ", 'fortran_order': False, 'shape': (1,), }";
  for (const std::string descr : {"[('x', '<f4')]", "('<f4', (3,))", "('<f4',)", "{}"})
    rows.push_back({npy_text("{'descr': " + descr + rest, "abcd"), ErrorCode::kUnsupported, "descr"});
  rows.push_back({npy_text("{'descr': 4" + rest, "abcd"), ErrorCode::kSyntax, "header"});
  expect_rows(stated, rows);
  expect_rows(stated, {{npy(">f4", "(1,)", "abcd"), ErrorCode::kUnsupported, "descr"}}, {.allow_big_endian = false});
}

TEST(Npy, RefusesBadShapes) {
  StatedErrors stated;
  expect_rows(stated, {{npy("<f4", "(1,)", "abcd", "false"), ErrorCode::kType, "fortran_order"},
                       {npy("<f4", "(1,)", "abcd", "0"), ErrorCode::kType, "fortran_order"},
                       {npy("<f4", "(1,)", "abcd", "'True'"), ErrorCode::kType, "fortran_order"},
                       {npy("<f4", "1", "abcd"), ErrorCode::kType, "shape"},
                       {npy("<f4", "[1]", "abcd"), ErrorCode::kType, "shape"},
                       {npy("<f4", "(1)", "abcd"), ErrorCode::kType, "shape"},
                       {npy("<f4", "(1.0,)", "abcd"), ErrorCode::kType, "shape"},
                       {npy("<f4", "(1e0,)", "abcd"), ErrorCode::kType, "shape"},
                       {npy("<f4", "('1',)", "abcd"), ErrorCode::kType, "shape"},
                       {npy("<f4", "(None,)", "abcd"), ErrorCode::kType, "shape"},
                       {npy("<f4", "(1L,)", "abcd"), ErrorCode::kType, "shape"},
                       {npy("<f4", "(-1,)", "abcd"), ErrorCode::kValue, "shape"},
                       {npy("<f4", "(1 1)", "abcd"), ErrorCode::kSyntax, "shape"},
                       {npy("<f4", "(01,)", "abcd"), ErrorCode::kSyntax, "shape"},
                       {npy("<f4", "(,)", "abcd"), ErrorCode::kType, "shape"},
                       {npy("<f4", "(99999999999999999999,)", "abcd"), ErrorCode::kOverflow, "shape"},
                       {npy("<f4", "(9223372036854775807,)", "abcd"), ErrorCode::kOverflow, "shape"},
                       {npy("<f4", "(4294967296, 4294967296)", "abcd"), ErrorCode::kOverflow, "shape"},
                       {npy("<f8", "(4611686018427387904,)", "abcd"), ErrorCode::kOverflow, "shape"},
                       {npy("<f4", "(1, 1, 1, 1, 1, 1, 1, 1, 1)", "abcd"), ErrorCode::kLimit, "shape"}});
}

TEST(Npy, RefusesDataOfAnotherLength) {
  StatedErrors stated;
  const std::string small = npy("<f4", "(8589934592,)", "");
  const Error bomb = error_of([&] { read(small); });
  EXPECT_EQ(bomb.code(), ErrorCode::kTruncated);
  EXPECT_STREQ(bomb.expected(), "34359738368 bytes");
  expect_rows(stated, {{npy("<f4", "(2,)", "abcdefg"), ErrorCode::kTruncated, "data"},
                       {npy("<f4", "(2,)", "abcdefghi"), ErrorCode::kTrailing, "data"},
                       {npy("<f4", "()", ""), ErrorCode::kTruncated, "data"},
                       {npy("<f4", "(0,)", "x"), ErrorCode::kTrailing, "data"}});
  EXPECT_STREQ(error_of([&] { read(npy("|u1", "(9,)", "123456789"), {.bytes = 8}); }).limit_name(), "bytes");
  EXPECT_EQ(read(npy("<f4", "(0, 5)", "")).elements(), 0u);
}

TEST(Npy, ReadsEveryTypeInBothByteOrders) {
  const auto check = [](const std::string& kind, int size, std::uint64_t bits, float expected) {
    const std::string shape = "(2,)";
    const std::string zero(static_cast<std::size_t>(size), '\0');
    EXPECT_EQ(to_floats(read(npy("<" + kind, shape, zero + le(bits, size)))), (std::vector<float>{0, expected}))
        << kind;
    EXPECT_EQ(to_floats(read(npy(">" + kind, shape, zero + be(bits, size)))), (std::vector<float>{0, expected}))
        << kind;
  };
  check("b1", 1, 1, 1);
  check("u1", 1, 200, 200);
  check("i1", 1, 0xFF, -1);
  check("u2", 2, 40000, 40000);
  check("i2", 2, 0xFFFE, -2);
  check("u4", 4, 0x80000000u, 2147483648.0f);
  check("i4", 4, 0xFFFFFFFDu, -3);
  check("u8", 8, std::uint64_t{1} << 63, 9223372036854775808.0f);
  check("i8", 8, ~std::uint64_t{0}, -1);
  check("f2", 2, 0x3E00, 1.5f);
  check("f2", 2, 0x0001, std::ldexp(1.0f, -24));
  check("f2", 2, 0xFC00, -std::numeric_limits<float>::infinity());
  check("f4", 4, std::bit_cast<std::uint32_t>(-2.5f), -2.5f);
  check("f8", 8, std::bit_cast<std::uint64_t>(0.125), 0.125f);
  EXPECT_EQ(error_of([] { to_floats(read(npy("<f8", "()", le(std::bit_cast<std::uint64_t>(1e300), 8)))); }).code(),
            ErrorCode::kOverflow);
  EXPECT_EQ(to_floats(read(npy("<f4", "()", le(std::bit_cast<std::uint32_t>(3.0f), 4)))), (std::vector<float>{3}));
}

TEST(Npy, FortranOrderBecomesCOrder) {
  // 2 x 3 x 2, column by column: element (i, j, k) holds 100 i + 10 j + k.
  std::string data;
  for (int k = 0; k < 2; ++k)
    for (int j = 0; j < 3; ++j)
      for (int i = 0; i < 2; ++i) data += le(static_cast<std::uint64_t>(100 * i + 10 * j + k), 2);
  EXPECT_EQ(to_floats(read(npy("<i2", "(2, 3, 2)", data, "True"))),
            (std::vector<float>{0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121}));
}

TEST(Npy, BytesBecomePictures) {
  const Images grey = to_images(read(npy("|u1", "(2, 1, 2)", "abcd")));
  EXPECT_EQ(grey.count, 2);
  EXPECT_EQ(grey.channels, 1);
  EXPECT_EQ(grey.picture(1)[0], 'c');
  EXPECT_EQ(to_images(read(npy("|u1", "(1, 1, 1, 4)", "abcd"))).channels, 4);
  EXPECT_EQ(error_of([] { to_images(read(npy("|i1", "(2, 1, 2)", "abcd"))); }).code(), ErrorCode::kDtype);
  EXPECT_EQ(error_of([] { to_images(read(npy("|u1", "(2, 2)", "abcd"))); }).code(), ErrorCode::kShape);
  EXPECT_EQ(error_of([] { to_images(read(npy("|u1", "(1, 1, 1, 5)", "abcde"))); }).code(), ErrorCode::kShape);
}

TEST(Npy, EveryPrefixAndBitFlipIsAnErrorOrAnArray) {
  const std::string seed = npy("<f4", "(2, 1)", "abcdefgh");
  for (std::size_t size = 0; size < seed.size(); ++size)
    EXPECT_NE(error_of([&] { read(seed.substr(0, size)); }).code(), ErrorCode::kOk) << size;
  for (std::size_t bit = 0; bit < 8 * seed.size(); ++bit) {
    std::string file = seed;
    file[bit / 8] = static_cast<char>(file[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(error_of([&] { read(file); }).code(), ErrorCode::kInternal);
  }
}

}  // namespace
}  // namespace betwixt
