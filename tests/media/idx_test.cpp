// SPDX-License-Identifier: MIT
#include "betwixt/media/idx.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <cstring>

#include "tests/media/archive_builder.h"
#include "tests/media/media_support.h"
#include "tests/support/memory_files.h"
#include "tests/support/stated_errors.h"

namespace betwixt {
namespace {

using archive_test::be;
using archive_test::gzip;
using archive_test::idx;
using archive_test::le;
using archive_test::to_bytes;
using test_support::MemoryFiles;
using test_support::StatedErrors;
using namespace std::string_literals;

Error read_error(const std::string& file, const IdxOptions& options = {}) {
  MemoryFiles files;
  files.put("f", to_bytes(file));
  return archive_test::error_of([&] { read_idx(files, "f", options); });
}

struct Row {
  std::string file;
  ErrorCode code;
  std::string field;
  std::int64_t offset;
};

void expect_rows(StatedErrors& stated, const std::vector<Row>& rows, const IdxOptions& options = {}) {
  for (const Row& row : rows) {
    const Error error = read_error(row.file, options);
    EXPECT_STREQ(error_name(error.code()), error_name(row.code)) << error.what();
    if (!row.field.empty()) EXPECT_EQ(error.field(), row.field) << error.what();
    if (row.offset >= 0) EXPECT_EQ(error.byte_offset(), row.offset) << error.what();
    stated.expect(row.file, error);
  }
}

TEST(Idx, RefusesBadHeaders) {
  StatedErrors stated;
  expect_rows(stated, {{"", ErrorCode::kTruncated, "magic", 0},
                       {"\0\0\x08"s, ErrorCode::kTruncated, "magic", 3},
                       {"\x01\0\x08\x01\0\0\0\x01x"s, ErrorCode::kBadMagic, "magic", 0},
                       {"\0\x01\x08\x01\0\0\0\x01x"s, ErrorCode::kBadMagic, "magic", 0},
                       {"\x89PNG\r\n\x1A\n"s, ErrorCode::kBadMagic, "magic", 0},
                       {"\0\0\x08\0x"s, ErrorCode::kValue, "rank", 3},
                       {"\0\0\x08\x09"s + std::string(40, '\x01'), ErrorCode::kLimit, "rank", 3},
                       {"\0\0\x08\x02\0\0\0\x01\0\0"s, ErrorCode::kTruncated, "size[1]", 10},
                       {"\0\0\x08\x01"s, ErrorCode::kTruncated, "size[0]", 4},
                       {idx({0}, ""), ErrorCode::kValue, "size[0]", 4},
                       {idx({2, 0}, ""), ErrorCode::kValue, "size[1]", 8}});
  for (const int type : {0, 1, 7, 10, 15, 255}) {
    const Error error = read_error(idx({1}, "x", type));
    EXPECT_EQ(error.code(), ErrorCode::kDtype) << type;
    EXPECT_EQ(error.byte_offset(), 2);
    stated.expect("type " + std::to_string(type), error);
  }
}

TEST(Idx, RefusesBadSizes) {
  StatedErrors stated;
  expect_rows(stated, {{idx({0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, "x"), ErrorCode::kOverflow, "size", 4},
                       {idx({0xFFFFFFFF, 0xFFFFFFFF}, "x", 14), ErrorCode::kOverflow, "size", 4},
                       {idx({3}, "xx"), ErrorCode::kTruncated, "data", 10},
                       {idx({0x7FFFFFFF}, "xx"), ErrorCode::kTruncated, "data", 10},
                       {idx({3}, "xxxx"), ErrorCode::kTrailing, "", 11},
                       {idx({2}, "1234567", 13), ErrorCode::kTruncated, "data", 15}});
  const Error hint = read_error("\0\0\x08\x03"s + le(2, 4) + le(2, 4) + le(3, 4) + std::string(12, 'x'));
  EXPECT_EQ(hint.code(), ErrorCode::kTruncated);
  EXPECT_NE(std::string(hint.text()).find("little-endian"), std::string::npos);
  stated.expect("little-endian sizes", hint);
  const Error large = read_error(idx({100}, std::string(100, 'x')), {.bytes = 99});
  EXPECT_STREQ(large.limit_name(), "bytes");
  stated.expect("100 bytes where 99 are allowed", large);
  EXPECT_EQ(read_error(idx({0}, ""), {.allow_empty = true}).code(), ErrorCode::kOk);
}

TEST(Idx, RefusesBadGzipStreams) {
  StatedErrors stated;
  const std::string good = gzip(idx({4}, "data"));
  EXPECT_EQ(read_error(good).code(), ErrorCode::kOk);
  const auto with = [&](std::size_t at, char value) {
    std::string file = good;
    file[at] = value;
    return file;
  };
  expect_rows(stated, {{with(2, 7), ErrorCode::kUnsupported, "", 2},
                       {with(3, '\x20'), ErrorCode::kUnsupported, "", 3},
                       {with(10, '\x07'), ErrorCode::kSyntax, "", -1},
                       {with(good.size() - 8, '\x55'), ErrorCode::kChecksum, "gzip.crc32", -1},
                       {with(good.size() - 1, '\x55'), ErrorCode::kMismatch, "gzip.isize", -1},
                       {good.substr(0, 2), ErrorCode::kTruncated, "", 2},
                       {good.substr(0, 12), ErrorCode::kTruncated, "", 12},
                       {good + "x", ErrorCode::kTrailing, "", -1},
                       {gzip(idx({5}, "data")), ErrorCode::kTruncated, "data", -1},
                       {gzip(idx({3}, "data")), ErrorCode::kTrailing, "", -1},
                       {gzip(idx({0x7FFFFFFF}, "data")), ErrorCode::kTruncated, "data", -1},
                       {"\x1F\x8B\x08\x08\0\0\0\0\0\0"s + std::string(5000, 'n'), ErrorCode::kLimit, "", -1},
                       {gzip("").substr(0, 10), ErrorCode::kTruncated, "", 10}});
  const Error refused = read_error(good, {.allow_gzip = false});
  EXPECT_EQ(refused.code(), ErrorCode::kUnsupported);
  EXPECT_NE(std::string(refused.text()).find("gzip"), std::string::npos);
  std::string named = good;
  named[3] = 2 + 4 + 8 + 16;
  named.insert(10, "\x02\0xxname\0comment\0ss"s);
  EXPECT_EQ(read_error(named).code(), ErrorCode::kOk);
}

TEST(Idx, ReadsEveryElementType) {
  MemoryFiles files;
  const auto check = [&](int type, const std::string& data, const std::vector<float>& expected) {
    for (const bool is_packed : {false, true}) {
      const std::string file = idx({2}, data, type);
      files.put("f", to_bytes(is_packed ? gzip(file) : file));
      EXPECT_EQ(to_floats(read_idx(files, "f")), expected) << type;
    }
  };
  const auto f32 = [](float value) { return be(std::bit_cast<std::uint32_t>(value), 4); };
  const auto f64 = [](double value) { return be(std::bit_cast<std::uint64_t>(value), 8); };
  check(8, "\x01\xFF", {1, 255});
  check(9, "\x01\xFF", {1, -1});
  check(11, be(258, 2) + be(0xFFFE, 2), {258, -2});
  check(12, be(65536, 4) + be(0xFFFFFFFF, 4), {65536, -1});
  check(13, f32(1.5f) + f32(-2), {1.5f, -2});
  check(14, f64(0.25) + f64(-8), {0.25f, -8});
  StatedErrors stated;
  const Error error = read_error(idx({2}, f32(1) + be(0x7FC00000, 4), 13));
  stated.expect("NaN", error);
  EXPECT_EQ(error.code(), ErrorCode::kNotFinite);
  EXPECT_EQ(error.byte_offset(), 12);
  EXPECT_EQ(read_error(idx({1}, f64(HUGE_VAL), 14)).code(), ErrorCode::kNotFinite);
  EXPECT_EQ(read_error(idx({1}, f64(HUGE_VAL), 14), {.require_finite = false}).code(), ErrorCode::kOk);
}

TEST(Idx, PicturesAndLabelsMustMeet) {
  MemoryFiles files;
  files.put("images", to_bytes(idx({2, 2, 3}, "abcdefghijkl")));
  files.put("labels", to_bytes(idx({2}, "\x03\x00"s)));
  files.put("three", to_bytes(idx({3}, "\x03\x00\x01"s)));
  files.put("flat", to_bytes(idx({2, 6}, "abcdefghijkl")));
  files.put("shorts", to_bytes(idx({2, 1, 3}, "abcdefghijkl", 11)));
  const LabelledImages pair = read_idx_pair(files, "images", "labels", 10);
  EXPECT_EQ(pair.images.count, 2);
  EXPECT_EQ(pair.images.height, 2);
  EXPECT_EQ(pair.images.width, 3);
  EXPECT_EQ(pair.images.channels, 1);
  EXPECT_EQ(pair.images.picture(1)[0], 'g');
  EXPECT_EQ(pair.labels, (std::vector<int>{3, 0}));
  StatedErrors stated;
  const auto code = [&](auto call) {
    const Error error = archive_test::error_of(call);
    if (error.code() != ErrorCode::kIo) stated.expect(error_name(error.code()), error);
    return error.code();
  };
  EXPECT_EQ(code([&] { read_idx_pair(files, "images", "three", 10); }), ErrorCode::kMismatch);
  const Error outside = archive_test::error_of([&] { read_idx_labels(files, "labels", 3); });
  EXPECT_EQ(outside.code(), ErrorCode::kValue);
  EXPECT_EQ(outside.byte_offset(), 8);
  stated.expect("label 3 of 3 classes", outside);
  EXPECT_EQ(code([&] { read_idx_images(files, "flat"); }), ErrorCode::kShape);
  EXPECT_EQ(code([&] { read_idx_images(files, "shorts"); }), ErrorCode::kDtype);
  EXPECT_EQ(code([&] { read_idx_labels(files, "images", 10); }), ErrorCode::kShape);
  files.put("wide", to_bytes(idx({1, 1, 16385}, std::string(16385, 'x'))));
  EXPECT_EQ(code([&] { read_idx_images(files, "wide"); }), ErrorCode::kLimit);
  EXPECT_EQ(code([&] { read_idx_images(files, "absent"); }), ErrorCode::kIo);
}

TEST(Idx, EveryPrefixAndBitFlipIsAnErrorOrAnArray) {
  for (const std::string& seed :
       {idx({2, 3}, "abcdef"), gzip(idx({2, 3}, "abcdef")), idx({2}, be(1, 4) + be(2, 4), 13)}) {
    for (std::size_t size = 0; size < seed.size(); ++size)
      EXPECT_NE(read_error(seed.substr(0, size)).code(), ErrorCode::kOk) << size;
    for (std::size_t bit = 0; bit < 8 * seed.size(); ++bit) {
      std::string file = seed;
      file[bit / 8] = static_cast<char>(file[bit / 8] ^ (1 << (bit % 8)));
      EXPECT_NE(read_error(file).code(), ErrorCode::kInternal);
    }
  }
}

TEST(Idx, EveryFailingReadIsOneClearError) {
  MemoryFiles files;
  files.put("f", to_bytes(gzip(idx({2, 3}, "abcdef"))));
  for (std::int64_t call = 0;; ++call) {
    files.fail_at(call, EIO);
    const Error error = archive_test::error_of([&] { read_idx(files, "f"); });
    if (!files.fault_happened()) break;
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_EQ(error.system_error(), EIO);
  }
}

TEST(Idx, LoadsMnistAndFaces) {
  const std::string mnist = media_test::shared_folder("mnist"), faces = media_test::shared_folder("faces_congress");
  if (mnist.empty() || faces.empty()) GTEST_SKIP() << "no folders mnist and faces_congress; set BETWIXT_SHARED";
  const LabelledImages test = read_idx_pair(default_file_system(), mnist + "/t10k-images-idx3-ubyte.gz",
                                            mnist + "/t10k-labels-idx1-ubyte.gz", 10);
  EXPECT_EQ(test.images.count, 10000);
  EXPECT_EQ(test.images.height, 28);
  EXPECT_EQ(test.images.width, 28);
  EXPECT_EQ((std::vector<int>(test.labels.begin(), test.labels.begin() + 5)), (std::vector<int>{7, 2, 1, 0, 4}));
  const LabelledImages train = read_idx_pair(default_file_system(), mnist + "/train-images-idx3-ubyte.gz",
                                             mnist + "/train-labels-idx1-ubyte.gz", 10);
  EXPECT_EQ(train.images.count, 60000);
  const Images portraits = read_idx_images(default_file_system(), faces + "/faces64-idx3-ubyte.gz");
  EXPECT_EQ(portraits.count, 700);
  EXPECT_EQ(portraits.width, 64);
  EXPECT_EQ(read_idx_images(default_file_system(), faces + "/faces128-idx3-ubyte.gz").height, 128);
}

}  // namespace
}  // namespace betwixt
