// SPDX-License-Identifier: MIT
#include "betwixt/io/safetensors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "betwixt/core/bit_cast.h"
#include "betwixt/core/half.h"
#include "tests/io/io_support.h"
#include "tests/support/memory_files.h"
#include "tests/support/stated_errors.h"

namespace betwixt {
namespace {

using test_support::error_of;
using test_support::le;
using test_support::MemoryFiles;
using test_support::shared_data;
using test_support::StatedErrors;
using test_support::to_bytes;
using namespace std::string_literals;

std::string file_text(const std::string& header, const std::string& data = "") {
  return le(header.size(), 8) + header + data;
}

Error open_error(const std::string& file, const SafetensorsLimits& limits = {}) {
  const std::vector<std::byte> bytes = to_bytes(file);
  return error_of([&] { SafetensorsFile::view(bytes, limits); });
}

struct Row {
  std::string file;
  ErrorCode code;
  std::string field;
  std::int64_t offset = -1;
};

void expect_rows(StatedErrors& stated, const std::vector<Row>& rows, const SafetensorsLimits& limits = {}) {
  for (const Row& row : rows) {
    const Error error = open_error(row.file, limits);
    const std::string shown = row.file.substr(std::min<std::size_t>(8, row.file.size())) + "\n" + error.what();
    EXPECT_STREQ(error_name(error.code()), error_name(row.code)) << shown;
    if (!row.field.empty()) EXPECT_EQ(error.field(), row.field) << shown;
    if (row.offset >= 0) EXPECT_EQ(error.byte_offset(), row.offset) << shown;
    EXPECT_STREQ(error.operation(), "safetensors") << shown;
    stated.expect(row.file.substr(std::min<std::size_t>(8, row.file.size())), error);
  }
}

/// A file with one entry "w" of these parts.
std::string entry(const std::string& body, const std::string& data = "") {
  return file_text("{\"w\":{" + body + "}}", data);
}

TEST(Safetensors, RefusesBadLengths) {
  StatedErrors stated;
  expect_rows(stated, {{"", ErrorCode::kTruncated, "", 0},
                       {"\x02\0\0"s, ErrorCode::kTruncated, "", 3},
                       {le(0, 8), ErrorCode::kTruncated, "header_length", 0},
                       {le(0, 8) + "{}", ErrorCode::kTruncated, "header_length", 0},
                       {le(1, 8) + "{", ErrorCode::kTruncated, "header_length", 0},
                       {le(3, 8) + "{}", ErrorCode::kTruncated, "header_length", 10},
                       {le(2, 8), ErrorCode::kTruncated, "header_length", 8},
                       {le((8u << 20) + 1, 8) + "{}", ErrorCode::kLimit, "header_length", 0},
                       {le(std::uint64_t{1} << 63, 8) + "{}", ErrorCode::kLimit, "header_length", 0},
                       {le(~std::uint64_t{0}, 8) + "{}", ErrorCode::kLimit, "header_length", 0}});
  SafetensorsLimits limits;
  limits.file_bytes = 9;
  EXPECT_STREQ(open_error(file_text("{}"), limits).limit_name(), "file_bytes");
  limits = {};
  limits.header_bytes = 1;
  EXPECT_STREQ(open_error(file_text("{}"), limits).limit_name(), "header_bytes");
}

TEST(Safetensors, RefusesHeadersThatAreNoJsonObject) {
  StatedErrors stated;
  expect_rows(stated, {{file_text(" {}"), ErrorCode::kSyntax, "header", 8},
                       {file_text("\xEF\xBB\xBF{}"), ErrorCode::kEncoding, "header", 8},
                       {file_text("[]"), ErrorCode::kSyntax, "header", 8},
                       {file_text("\"\""), ErrorCode::kSyntax, "header", 8},
                       {file_text("{\"\xFF\":1}"), ErrorCode::kEncoding, "header", 10},
                       {file_text("{\"\\ud800\":1}"), ErrorCode::kEncoding, "header", 10},
                       {file_text("{]"), ErrorCode::kSyntax, "header", 9},
                       {file_text("{\"a"), ErrorCode::kSyntax, "header", 11},
                       {file_text("{}{}"), ErrorCode::kSyntax, "header", 10},
                       {file_text("{}x"), ErrorCode::kSyntax, "header", 10},
                       {file_text("{}\0"s), ErrorCode::kSyntax, "header", 10},
                       {file_text("{},"), ErrorCode::kSyntax, "header", 10}});
  EXPECT_EQ(open_error(file_text("{}   ")).code(), ErrorCode::kOk);
  EXPECT_EQ(open_error(file_text("{}\n")).code(), ErrorCode::kOk);
}

TEST(Safetensors, RefusesDuplicatesAndBadNames) {
  StatedErrors stated;
  const std::string empty = R"({"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
  const std::string one = "\"a\":" + empty;
  expect_rows(
      stated,
      {{file_text("{" + one + "," + one + "}"), ErrorCode::kDuplicate, "", static_cast<std::int64_t>(10 + one.size())},
       {file_text("{" + one + ",\"\\u0061\":" + empty + "}"), ErrorCode::kDuplicate, "", -1},
       {entry(R"("dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0])"), ErrorCode::kDuplicate, "", 28},
       {file_text(R"({"__metadata__":{"k":"1","k":"2"}})"), ErrorCode::kDuplicate, "", 33},
       {file_text(R"({"__metadata__":{"k":"1","\u006b":"2"}})"), ErrorCode::kDuplicate, "", 33},
       {file_text(R"({"__metadata__":{},"__metadata__":{}})"), ErrorCode::kDuplicate, "", -1},
       {file_text("{\"\":" + empty + "}"), ErrorCode::kValue, "tensors", 9},
       {file_text("{\"a\\u0000b\":" + empty + "}"), ErrorCode::kValue, "tensors[\"a\\x00b\"]", 9},
       {file_text("{\"" + std::string(257, 'n') + "\":" + empty + "}"), ErrorCode::kLimit, "", 9}});
  EXPECT_EQ(open_error(file_text("{\"" + std::string(256, 'n') + "\":" + empty + "}")).code(), ErrorCode::kOk);
  SafetensorsLimits limits;
  limits.tensors = 1;
  EXPECT_STREQ(open_error(file_text("{" + one + ",\"b\":" + empty + "}"), limits).limit_name(), "tensors");
  limits.metadata_entries = 1;
  EXPECT_STREQ(open_error(file_text(R"({"__metadata__":{"a":"","b":""}})"), limits).limit_name(), "metadata_entries");
}

TEST(Safetensors, RefusesBadEntries) {
  StatedErrors stated;
  const std::string field = "tensors[\"w\"]";
  expect_rows(
      stated,
      {
          {entry(R"("shape":[0],"data_offsets":[0,0])"), ErrorCode::kMissing, field + ".dtype"},
          {entry(R"("dtype":"F32","data_offsets":[0,0])"), ErrorCode::kMissing, field + ".shape"},
          {entry(R"("dtype":"F32","shape":[0])"), ErrorCode::kMissing, field + ".data_offsets"},
          {entry(""), ErrorCode::kMissing, field + ".dtype"},
          {entry(R"("dtype":"F32","shape":[0],"data_offsets":[0,0],"x":1)"), ErrorCode::kUnknownKey, field, 61},
          {entry(R"("Dtype":"F32")"), ErrorCode::kUnknownKey, field, 14},
          {entry(R"("dtype":"F31","shape":[0],"data_offsets":[0,0])"), ErrorCode::kDtype, field + ".dtype", 22},
          {entry(R"("dtype":"f32","shape":[0],"data_offsets":[0,0])"), ErrorCode::kDtype, field + ".dtype", 22},
          {entry(R"("dtype":1)"), ErrorCode::kType, field + ".dtype", 22},
          {entry(R"("dtype":["F32"])"), ErrorCode::kType, field + ".dtype", 22},
          {entry(R"("dtype":{})"), ErrorCode::kType, field + ".dtype", 22},
          {entry(R"("dtype":null)"), ErrorCode::kType, field + ".dtype", 22},
          {entry(R"("shape":1)"), ErrorCode::kType, field + ".shape", 22},
          {entry(R"("shape":"1")"), ErrorCode::kType, field + ".shape", 22},
          {entry(R"("shape":{})"), ErrorCode::kType, field + ".shape", 22},
          {entry(R"("shape":[1.0])"), ErrorCode::kType, field + ".shape", 23},
          {entry(R"("shape":[1e2])"), ErrorCode::kType, field + ".shape", 23},
          {entry(R"("shape":[-0])"), ErrorCode::kType, field + ".shape", 23},
          {entry(R"("shape":["1"])"), ErrorCode::kType, field + ".shape", 23},
          {entry(R"("shape":[[1]])"), ErrorCode::kType, field + ".shape", 23},
          {entry(R"("shape":[true])"), ErrorCode::kType, field + ".shape", 23},
          {entry(R"("shape":[null])"), ErrorCode::kType, field + ".shape", 23},
          {entry(R"("shape":[2,-1])"), ErrorCode::kValue, field + ".shape", 25},
          {entry(R"("shape":[9223372036854775808])"), ErrorCode::kValue, field + ".shape", 23},
          {entry(R"("shape":[99999999999999999999999])"), ErrorCode::kValue, field + ".shape", 23},
          {entry(R"("shape":[1,1,1,1,1,1,1,1,1])"), ErrorCode::kLimit, field + ".shape", 39},
          {entry(R"("data_offsets":1)"), ErrorCode::kType, field + ".data_offsets", 29},
          {entry(R"("data_offsets":[0])"), ErrorCode::kType, field + ".data_offsets", 29},
          {entry(R"("data_offsets":[])"), ErrorCode::kType, field + ".data_offsets", 29},
          {entry(R"("data_offsets":[0,0,0])"), ErrorCode::kType, field + ".data_offsets", 34},
          {entry(R"("data_offsets":[0,"4"])"), ErrorCode::kType, field + ".data_offsets", 32},
          {entry(R"("data_offsets":[0,4.0])"), ErrorCode::kType, field + ".data_offsets", 32},
          {entry(R"("data_offsets":[-1,4])"), ErrorCode::kOffset, field + ".data_offsets", 30},
          {entry(R"("data_offsets":[0,18446744073709551616])"), ErrorCode::kOffset, field + ".data_offsets", 32},
          {file_text(R"({"w":1})"), ErrorCode::kType, field, 13},
          {file_text(R"({"w":[]})"), ErrorCode::kType, field, 13},
          {file_text(R"({"w":null})"), ErrorCode::kType, field, 13},
          {file_text(R"({"__metadata__":[]})"), ErrorCode::kType, "__metadata__", 24},
          {file_text(R"({"__metadata__":"x"})"), ErrorCode::kType, "__metadata__", 24},
          {file_text(R"({"__metadata__":null})"), ErrorCode::kType, "__metadata__", 24},
          {file_text(R"({"__metadata__":{"a":1}})"), ErrorCode::kType, "__metadata__", 29},
          {file_text(R"({"__metadata__":{"a":{}}})"), ErrorCode::kType, "__metadata__", 29},
          {file_text(R"({"__metadata__":{"a":["x"]}})"), ErrorCode::kType, "__metadata__", 29},
          {file_text(R"({"__metadata__":{"a":null}})"), ErrorCode::kType, "__metadata__", 29},
      });
}

TEST(Safetensors, RefusesBadSizes) {
  StatedErrors stated;
  const auto tensor = [](const std::string& type, const std::string& shape, const std::string& offsets) {
    return "\"dtype\":\"" + type + "\",\"shape\":[" + shape + "],\"data_offsets\":[" + offsets + "]";
  };
  const std::string field = "tensors[\"w\"]";
  expect_rows(
      stated,
      {
          {entry(tensor("F32", "4294967296,4294967296", "0,0")), ErrorCode::kOverflow, field + ".shape", 36},
          {entry(tensor("F32", "2305843009213693952", "0,0")), ErrorCode::kOverflow, field + ".shape", 36},
          {entry(tensor("F64", "4611686018427387904,2,2,0", "0,0")), ErrorCode::kOverflow, field + ".shape", 36},
          {entry(tensor("F4", "3", "0,1"), "x"), ErrorCode::kShape, field + ".shape", 35},
          {entry(tensor("F6_E2M3", "2", "0,1"), "x"), ErrorCode::kShape, field + ".shape", 40},
          {entry(tensor("F32", "1", "4,0"), "xxxx"), ErrorCode::kOffset, field + ".data_offsets", -1},
          {entry(tensor("F32", "1", "0,3"), "xxx"), ErrorCode::kMismatch, field + ".data_offsets", -1},
          {entry(tensor("F32", "2", "0,4"), "xxxx"), ErrorCode::kMismatch, field + ".data_offsets", -1},
          {entry(tensor("F32", "1", "1,5"), "xxxxx"), ErrorCode::kGap, field + ".data_offsets", -1},
          {entry(tensor("F32", "1", "100,104"), "xxxx"), ErrorCode::kOffset, field + ".data_offsets", -1},
          {entry(tensor("F32", "2", "0,8"), "xxxx"), ErrorCode::kTruncated, "", -1},
          {entry(tensor("F32", "1", "0,4"), "xxxxx"), ErrorCode::kTrailing, "", -1},
          {file_text("{}", "x"), ErrorCode::kTrailing, "", 10},
      });
  const auto two = [&](const std::string& a, const std::string& b, const std::string& data) {
    return file_text("{\"a\":{" + a + "},\"b\":{" + b + "}}", data);
  };
  expect_rows(stated, {
                          {two(tensor("U8", "4", "0,4"), tensor("U8", "4", "3,7"), "xxxxxxx"), ErrorCode::kOverlap,
                           "tensors[\"b\"].data_offsets"},
                          {two(tensor("U8", "4", "0,4"), tensor("U8", "4", "0,4"), "xxxx"), ErrorCode::kOverlap,
                           "tensors[\"b\"].data_offsets"},
                          {two(tensor("U8", "4", "5,9"), tensor("U8", "4", "0,4"), "xxxxxxxxx"), ErrorCode::kGap,
                           "tensors[\"a\"].data_offsets"},
                      });
  const Error overlap = open_error(two(tensor("U8", "4", "0,4"), tensor("U8", "4", "3,7"), "xxxxxxx"));
  EXPECT_STREQ(overlap.expected(), "begin 4");
  EXPECT_STREQ(overlap.found(), "3");
  const Error mismatch = open_error(entry(tensor("F32", "2", "0,4"), "xxxx"));
  EXPECT_STREQ(mismatch.expected(), "8 bytes");
  EXPECT_STREQ(mismatch.found(), "4");
  EXPECT_EQ(open_error(two(tensor("U8", "0", "4,4"), tensor("U8", "4", "0,4"), "xxxx")).code(), ErrorCode::kOk);
  EXPECT_EQ(open_error(entry(tensor("F32", "", "0,4"), "xxxx")).code(), ErrorCode::kOk);
  EXPECT_EQ(open_error(entry(tensor("F4", "4", "0,2"), "xx")).code(), ErrorCode::kOk);
}

/// One tensor with elements 0, 1, 2 of each type.
SafetensorsWriter all_types() {
  SafetensorsWriter writer;
  for (int i = 0; i <= static_cast<int>(SafetensorsType::kBool); ++i) {
    const auto type = static_cast<SafetensorsType>(i);
    const std::string name = safetensors_type_name(type);
    const auto width = static_cast<std::size_t>(safetensors_type_bits(type)) / 8;
    if (name[0] == 'F' || name == "BF16") {
      const float values[] = {0, 1, 2};
      writer.add_owned(name, type, {3}, encode_elements(type, values));
    } else {
      const std::string last = le(type == SafetensorsType::kBool ? 1 : 2, width);
      writer.add_owned(name, type, {3}, to_bytes(le(0, width) + le(1, width) + last));
    }
  }
  return writer;
}

template <class T>
void expect_reads(const std::vector<std::string>& exact) {
  const Memory bytes = all_types().to_bytes();
  SafetensorsFile file = SafetensorsFile::view({bytes.data(), bytes.size()});
  for (const std::string& name : file.names()) {
    std::vector<T> values(3);
    const bool is_exact = std::find(exact.begin(), exact.end(), name) != exact.end();
    const ErrorCode plain = error_of([&] { file.read(name, values); }).code();
    EXPECT_EQ(plain, is_exact ? ErrorCode::kOk : ErrorCode::kUnsupported) << name;
    file.read(name, values, {.allow_lossy = true});
    EXPECT_EQ(values, (std::vector<T>{T(0), T(1), name == "BOOL" ? T(1) : T(2)})) << name;
  }
}

TEST(Safetensors, ConvertsEveryTypeToEveryTarget) {
  expect_reads<double>({"F64", "F32", "F16", "BF16", "I32", "I16", "I8", "U32", "U16", "U8", "BOOL"});
  expect_reads<float>({"F32", "F16", "BF16", "I16", "I8", "U16", "U8", "BOOL"});
  expect_reads<std::uint8_t>({"U8", "BOOL"});
  expect_reads<std::int32_t>({"I32", "I16", "I8", "U16", "U8", "BOOL"});
  expect_reads<std::uint32_t>({"U32", "U16", "U8", "BOOL"});
}

TEST(Safetensors, LossyConversionsKeepTheirRules) {
  const auto convert = [](SafetensorsType type, const std::string& bytes, auto target) {
    std::vector<decltype(target)> into(1);
    const std::vector<std::byte> source = to_bytes(bytes);
    return error_of([&] { convert_elements<decltype(target)>(type, source, into, {.allow_lossy = true}); }).code();
  };
  const auto f64 = [](double value) { return le(bit_cast<std::uint64_t>(value), 8); };
  EXPECT_EQ(convert(SafetensorsType::kF64, f64(1e39), 0.0f), ErrorCode::kOverflow);
  EXPECT_EQ(convert(SafetensorsType::kF64, f64(std::numeric_limits<double>::infinity()), 0.0f), ErrorCode::kOk);
  EXPECT_EQ(convert(SafetensorsType::kF64, f64(0.1), 0.0f), ErrorCode::kOk);
  EXPECT_EQ(convert(SafetensorsType::kF64, f64(0.5), std::int32_t{}), ErrorCode::kValue);
  EXPECT_EQ(convert(SafetensorsType::kF64, f64(2147483648.0), std::int32_t{}), ErrorCode::kOverflow);
  EXPECT_EQ(convert(SafetensorsType::kF64, f64(-2147483648.0), std::int32_t{}), ErrorCode::kOk);
  EXPECT_EQ(convert(SafetensorsType::kF64, f64(std::nan("")), std::int32_t{}), ErrorCode::kOverflow);
  EXPECT_EQ(convert(SafetensorsType::kI64, le(1ull << 40, 8), std::int32_t{}), ErrorCode::kOverflow);
  EXPECT_EQ(convert(SafetensorsType::kI8, "\xFF", std::uint32_t{}), ErrorCode::kOverflow);
  EXPECT_EQ(convert(SafetensorsType::kU16, le(256, 2), std::uint8_t{}), ErrorCode::kOverflow);
  EXPECT_EQ(convert(SafetensorsType::kBool, "\x02", 0.0f), ErrorCode::kValue);
  EXPECT_EQ(convert(SafetensorsType::kF8E4M3, "\x02", 0.0f), ErrorCode::kUnsupported);
  EXPECT_EQ(convert(SafetensorsType::kF32, "\x02", 0.0f), ErrorCode::kMismatch);
}

TEST(Safetensors, ReportsNonFiniteNumbersWithTheirPlace) {
  for (const SafetensorsType type :
       {SafetensorsType::kF32, SafetensorsType::kF16, SafetensorsType::kBF16, SafetensorsType::kF64}) {
    for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
      SafetensorsWriter writer;
      const float values[] = {1, bad};
      writer.add_owned("w", type, {2}, encode_elements(type, values));
      const Memory bytes = writer.to_bytes();
      SafetensorsFile file = SafetensorsFile::view({bytes.data(), bytes.size()});
      std::vector<double> into(2);
      file.read("w", into);
      const Error error = error_of([&] { file.read("w", into, {.require_finite = true}); });
      EXPECT_EQ(error.code(), ErrorCode::kNotFinite);
      EXPECT_STREQ(error.field(), "tensors[\"w\"]");
      EXPECT_STREQ(error.text(), "element 1 is not finite");
    }
  }
}

TEST(Safetensors, HalfPrecisionIsExactBothWays) {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = half_to_float(half);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(half_to_float(float_to_half(value))));
    } else {
      ASSERT_EQ(float_to_half(value), half) << bits;
    }
    const float wide = bfloat_to_float(half);
    if (!std::isnan(wide)) ASSERT_EQ(float_to_bfloat(wide), half) << bits;
  }
  EXPECT_EQ(half_to_float(0x0001), std::ldexp(1.0f, -24));
  EXPECT_EQ(half_to_float(0x7BFF), 65504.0f);
  EXPECT_EQ(float_to_half(65519.0f), 0x7BFF);
  EXPECT_EQ(float_to_half(65520.0f), 0x7C00);
  EXPECT_EQ(float_to_half(1.0f + std::ldexp(1.0f, -11)), 0x3C00);      // tie to even
  EXPECT_EQ(float_to_half(1.0f + 3 * std::ldexp(1.0f, -11)), 0x3C02);  // tie to even
  EXPECT_EQ(float_to_half(std::ldexp(1.0f, -25)), 0x0000);             // tie to even
  EXPECT_EQ(float_to_half(std::nextafter(std::ldexp(1.0f, -25), 1.0f)), 0x0001);
}

TEST(Safetensors, ReadsTensorsAtOddOffsets) {
  const std::string header = R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                             R"("b":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}})";
  const float numbers[] = {1.5f, -2.0f};
  const std::vector<std::byte> raw = encode_elements(SafetensorsType::kF32, numbers);
  std::vector<std::byte> bytes = to_bytes(file_text(header, "x"));
  bytes.insert(bytes.end(), raw.begin(), raw.end());
  SafetensorsFile file = SafetensorsFile::view(bytes);
  std::vector<float> values(2);
  file.read("b", values);
  EXPECT_EQ(values, (std::vector<float>{1.5f, -2.0f}));
  EXPECT_EQ(error_of([&] { file.read("b", std::span(values).first(1)); }).code(), ErrorCode::kShape);
  EXPECT_EQ(error_of([&] { file.read("c", values); }).code(), ErrorCode::kMissing);
  std::vector<std::byte> stored(8);
  file.read_bytes("b", stored);
  EXPECT_EQ(stored, raw);
  EXPECT_EQ(error_of([&] { file.read_bytes("b", std::span(stored).first(4)); }).code(), ErrorCode::kShape);
}

TEST(Safetensors, WritingIsDeterministicAndAligned) {
  const float numbers[] = {1, 2, 3};
  const auto add = [&](SafetensorsWriter& writer, const std::string& name, SafetensorsType type) {
    writer.add_owned(name, type, {3}, encode_elements(type, numbers));
  };
  SafetensorsWriter one, two;
  add(one, "b", SafetensorsType::kF16);
  add(one, "z", SafetensorsType::kF64);
  add(one, "a", SafetensorsType::kF32);
  one.set_metadata("x", "1");
  one.set_metadata("a", "\"quoted\"\n");
  two.set_metadata("a", "\"quoted\"\n");
  add(two, "a", SafetensorsType::kF32);
  add(two, "b", SafetensorsType::kF16);
  add(two, "z", SafetensorsType::kF64);
  two.set_metadata("x", "1");
  MemoryFiles files;
  one.save(files, "one.safetensors");
  two.save(files, "two.safetensors");
  EXPECT_EQ(files.get("one.safetensors"), files.get("two.safetensors"));
  SafetensorsFile file = SafetensorsFile::open(files, "one.safetensors");
  EXPECT_EQ(file.names(), (std::vector<std::string>{"z", "a", "b"}));
  EXPECT_EQ(file.metadata().at("a"), "\"quoted\"\n");
  for (const std::string& name : file.names())
    EXPECT_EQ(file.info(name).offset * 8 % static_cast<std::uint64_t>(safetensors_type_bits(file.info(name).type)), 0u);
}

TEST(Safetensors, WriterRefusesWhatTheReaderWould) {
  SafetensorsWriter writer;
  const std::vector<std::byte> four(4);
  const auto code = [&](const std::string& name, std::vector<std::int64_t> shape) {
    return error_of([&] { writer.add(name, SafetensorsType::kF32, std::move(shape), four); }).code();
  };
  EXPECT_EQ(code("w", {1}), ErrorCode::kOk);
  EXPECT_EQ(code("w", {1}), ErrorCode::kDuplicate);
  EXPECT_EQ(code("", {1}), ErrorCode::kValue);
  EXPECT_EQ(code("__metadata__", {1}), ErrorCode::kValue);
  EXPECT_EQ(code("a\0b"s, {1}), ErrorCode::kValue);
  EXPECT_EQ(code("\xFF", {1}), ErrorCode::kEncoding);
  EXPECT_EQ(code("n", {2}), ErrorCode::kMismatch);
  EXPECT_EQ(code("n", {-1}), ErrorCode::kValue);
  EXPECT_EQ(code("n", {1ll << 62, 4}), ErrorCode::kOverflow);
  EXPECT_EQ(code("n", std::vector<std::int64_t>(9, 1)), ErrorCode::kLimit);
  EXPECT_EQ(code(std::string(257, 'n'), {1}), ErrorCode::kLimit);
}

TEST(Safetensors, ChecksExpectedTensors) {
  const Memory bytes = all_types().to_bytes();
  const SafetensorsFile file = SafetensorsFile::view({bytes.data(), bytes.size()});
  std::vector<ExpectedTensor> expected;
  for (const std::string& name : file.names()) expected.push_back({name, {3}});
  check_tensors(file, expected);
  expected[0].shape = {1, 3};
  expected[1].shape = {4};
  Error error = error_of([&] { check_tensors(file, expected); });
  EXPECT_EQ(error.code(), ErrorCode::kShape);
  EXPECT_EQ(std::string(error.text()), "2 tensors of another shape: " + file.names()[0] + ", " + file.names()[1]);
  expected[0].shape = expected[1].shape = {3};
  expected[0].type = SafetensorsType::kF4;
  EXPECT_EQ(error_of([&] { check_tensors(file, expected); }).code(), ErrorCode::kDtype);
  expected.erase(expected.begin());
  EXPECT_EQ(error_of([&] { check_tensors(file, expected); }).code(), ErrorCode::kUnknownKey);
  check_tensors(file, expected, true);
  for (int i = 0; i < 20; ++i) expected.push_back({"more" + std::to_string(i), {1}});
  error = error_of([&] { check_tensors(file, expected); });
  EXPECT_EQ(error.code(), ErrorCode::kMissing);
  EXPECT_NE(std::string(error.text()).find("more7"), std::string::npos);
  EXPECT_EQ(std::string(error.text()).find("more8"), std::string::npos);
}

TEST(Safetensors, EveryPrefixAndBitFlipIsAnErrorOrAFile) {
  SafetensorsWriter writer = all_types();
  writer.set_metadata("format", "pt");
  const Memory memory = writer.to_bytes();
  const std::vector<std::byte> seed(memory.data(), memory.data() + memory.size());
  const auto read_all = [](std::span<const std::byte> bytes) {
    SafetensorsFile file = SafetensorsFile::view(bytes);
    for (const std::string& name : file.names()) {
      std::vector<double> values(file.info(name).elements());
      file.read(name, values, {.allow_lossy = true});
    }
  };
  read_all(seed);
  for (std::size_t size = 0; size < seed.size(); ++size) {
    const std::vector<std::byte> cut(seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_NE(error_of([&] { read_all(cut); }).code(), ErrorCode::kOk) << size;
  }
  for (std::size_t bit = 0; bit < 8 * seed.size(); ++bit) {
    std::vector<std::byte> flipped = seed;
    flipped[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
    EXPECT_NE(error_of([&] { read_all(flipped); }).code(), ErrorCode::kInternal);
  }
}

TEST(Safetensors, EveryFailingReadIsOneClearError) {
  MemoryFiles files;
  all_types().save(files, "w.safetensors");
  const auto load = [&] {
    SafetensorsFile file = SafetensorsFile::open(files, "w.safetensors");
    std::vector<float> values(3);
    for (const std::string& name : file.names()) file.read(name, values, {.allow_lossy = true});
  };
  int failures = 0;
  for (std::int64_t call = 0;; ++call) {
    files.fail_at(call, EIO);
    const Error error = error_of(load);
    if (!files.fault_happened()) break;
    ++failures;
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_EQ(error.system_error(), EIO);
    files.no_faults();
    load();
  }
  EXPECT_GT(failures, 15);
}

TEST(Safetensors, FloatsAreWrittenAsFloatsOnly) {
  const float values[] = {1, 2};
  for (const SafetensorsType type : {SafetensorsType::kI32, SafetensorsType::kU8, SafetensorsType::kBool})
    EXPECT_EQ(error_of([&] { encode_elements(type, values); }).code(), ErrorCode::kUnsupported);
}

TEST(Safetensors, SixtyFiveThousandTensorsOpenQuickly) {
  SafetensorsWriter writer;
  for (int i = 0; i < 65536; ++i) writer.add("tensor." + std::to_string(i), SafetensorsType::kU8, {0}, {});
  const Memory bytes = writer.to_bytes();
  EXPECT_EQ(SafetensorsFile::view({bytes.data(), bytes.size()}).names().size(), 65536u);
}

TEST(Safetensors, OpensFilesOfOthers) {
  const std::string squeezenet = shared_data("squeezenet11_deepscale/squeezenet1_1_deepscale_features_f32.safetensors");
  const std::string lpips = shared_data("lpips_lin/lpips_v0.1_squeeze_lin.safetensors");
  if (squeezenet.empty() || lpips.empty()) GTEST_SKIP() << "the shared data folder is absent (BETWIXT_SHARED)";
  SafetensorsFile file = SafetensorsFile::open(default_file_system(), squeezenet);
  EXPECT_EQ(file.names().size(), 50u);
  EXPECT_EQ(file.info("features.0.weight").shape, (std::vector<std::int64_t>{64, 3, 3, 3}));
  std::uint64_t numbers = 0;
  for (const std::string& name : file.names()) {
    std::vector<float> values(file.info(name).elements());
    file.read(name, values, {.require_finite = true});
    numbers += values.size();
  }
  EXPECT_EQ(numbers, 722496u);
  EXPECT_GT(SafetensorsFile::open(default_file_system(), lpips).names().size(), 0u);
}

}  // namespace
}  // namespace betwixt
