// SPDX-License-Identifier: MIT
#include "betwixt/io/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "betwixt/core/bit_cast.h"
#include "tests/io/io_support.h"
#include "tests/support/stated_errors.h"

namespace betwixt {
namespace {

using test_support::error_of;
using test_support::StatedErrors;
using namespace std::string_literals;

struct Refused {
  std::string text;
  ErrorCode code;
  std::int64_t offset;
};

void expect_refused(StatedErrors& stated, const std::vector<Refused>& rows, const JsonLimits& limits = {}) {
  for (const Refused& row : rows) {
    const Error error = error_of([&] { parse_json(row.text, limits); });
    EXPECT_STREQ(error_name(error.code()), error_name(row.code)) << row.text << "\n" << error.what();
    if (row.offset >= 0) EXPECT_EQ(error.byte_offset(), row.offset) << row.text << "\n" << error.what();
    stated.expect(row.text, error);
  }
}

TEST(Json, RefusesBadEncoding) {
  StatedErrors stated;
  const auto code = ErrorCode::kEncoding;
  expect_refused(stated, {
                             {"\xEF\xBB\xBF{}", code, 0},
                             {"\xFE\xFF\0{"s, code, 0},
                             {"[\"\xC0\x80\"]", code, 2},          // overlong
                             {"[\"\xE0\x80\x80\"]", code, 2},      // overlong
                             {"[\"\xF0\x80\x80\x80\"]", code, 2},  // overlong
                             {"[\"\xED\xA0\x80\"]", code, 2},      // surrogate
                             {"[\"\xF4\x90\x80\x80\"]", code, 2},  // beyond U+10FFFF
                             {"[\"\xF5\x80\x80\x80\"]", code, 2},
                             {"[\"\x80\"]", code, 2},
                             {"[\"\xE2\x82\"]", code, 2},
                             {"[\"\\uD800\"]", code, 2},
                             {"[\"\\uDC00\"]", code, 2},
                             {"[\"\\uD800\\u0041\"]", code, 2},
                             {"[\"\\uD800x\"]", code, 2},
                             {"[\"\\u0000\"]", code, 2},
                             {"[\"a\0b\"]"s, code, 3},
                             {"[\"a\nb\"]", code, 3},
                             {"[\"a\tb\"]", code, 3},
                             {"[\"a\x1F\"]", code, 3},
                             {"[\"\\\x01\"]", code, 3},
                         });
}

TEST(Json, RefusesBadSyntax) {
  StatedErrors stated;
  const auto code = ErrorCode::kSyntax;
  expect_refused(
      stated,
      {
          {"// no\n{}", code, -1}, {"/* no */ {}", code, -1}, {"[1] // no", code, -1},  {"# no\n1", code, 0},
          {"[1,]", code, 3},       {"{\"a\":1,}", code, 7},   {"[,1]", code, 1},        {"['a']", code, 1},
          {"{a:1}", code, 1},      {"[NaN]", code, 1},        {"[Infinity]", code, 1},  {"[-Infinity]", code, 2},
          {"[nan]", code, -1},     {"[01]", code, -1},        {"[-01]", code, -1},      {"[+1]", code, 1},
          {"[.5]", code, 1},       {"[1.]", code, -1},        {"[1e]", code, -1},       {"[0x10]", code, -1},
          {"[1] 2", code, 4},      {"{}{}", code, 2},         {"{} \0"s, code, 3},      {"{}\0garbage"s, code, 2},
          {"\0"s, code, 0},        {"[1 2]", code, -1},       {"[\"\\x\"]", code, 3},   {"[\"\\u12G4\"]", code, -1},
          {"[True]", code, 1},     {"{\"a\" 1}", code, -1},   {"{\"a\":}", code, 5},    {"{1:2}", code, 1},
          {"]", code, 0},          {"[}", code, 1},           {"\xC2\xA0[]", code, -1},
      });
}

TEST(Json, RefusesTextsThatEndEarly) {
  StatedErrors stated;
  expect_refused(stated, {{"", ErrorCode::kTruncated, 0},
                          {"   ", ErrorCode::kTruncated, 3},
                          {"[", ErrorCode::kTruncated, 1},
                          {"[1", ErrorCode::kTruncated, 2},
                          {"{\"a\"", ErrorCode::kTruncated, 4},
                          {"\"abc", ErrorCode::kTruncated, 4},
                          {"nul", ErrorCode::kTruncated, 3},
                          {"-", ErrorCode::kTruncated, 1}});
}

TEST(Json, RefusesDuplicateKeysAndNumbersOutOfRange) {
  StatedErrors stated;
  expect_refused(stated, {{R"({"a":1,"a":2})", ErrorCode::kDuplicate, 7},
                          {R"({"a":1,"b":2,"\u0061":3})", ErrorCode::kDuplicate, 13},
                          {R"({"x":{"a":1,"a":1}})", ErrorCode::kDuplicate, 12},
                          {"[1e999]", ErrorCode::kOverflow, 1},
                          {"[0, -1e999]", ErrorCode::kOverflow, 4}});
  EXPECT_EQ(parse_json(R"([{"a":1},{"a":2}])").items().size(), 2u);
}

TEST(Json, KeepsItsLimits) {
  StatedErrors stated;
  JsonLimits limits;
  limits.depth = 3;
  limits.string_bytes = 4;
  limits.values = 6;
  expect_refused(stated,
                 {{"[[[[]]]]", ErrorCode::kDepth, 3},
                  {R"({"a":{"b":{"c":{}}}})", ErrorCode::kDepth, 15},
                  {R"(["12345"])", ErrorCode::kLimit, 1},
                  {R"({"12345":1})", ErrorCode::kLimit, 1},
                  {"[1,2,3,4,5,6]", ErrorCode::kLimit, 11}},
                 limits);
  EXPECT_EQ(parse_json("[[[1]],\"1234\",3]", limits).items().size(), 3u);
  limits.bytes = 3;
  EXPECT_STREQ(error_of([&] { parse_json("[1] ", limits); }).limit_name(), "json_bytes");
  const std::string deep(100000, '[');
  EXPECT_EQ(error_of([&] { parse_json(deep); }).code(), ErrorCode::kDepth);
  EXPECT_EQ(parse_json(std::string(64, '[') + std::string(64, ']')).items().size(), 1u);
}

TEST(Json, RemembersOrderAndOffsets) {
  const JsonValue root = parse_json(R"( {"b" : [1, -2 , 3.5],  "a":{"x":"\u00e9\ud83d\ude00"}, "c": null, "d":true})");
  EXPECT_EQ(root.keys(), (std::vector<std::string>{"b", "a", "c", "d"}));
  EXPECT_EQ(root.offset(), 1u);
  const JsonValue& list = *root.find("b");
  EXPECT_EQ(list.offset(), 8u);
  EXPECT_EQ(list.items()[0].offset(), 9u);
  EXPECT_EQ(list.items()[1].offset(), 12u);
  EXPECT_EQ(list.items()[1].integer(), -2);
  EXPECT_EQ(list.items()[2].offset(), 17u);
  EXPECT_EQ(list.items()[2].number(), 3.5);
  EXPECT_EQ(root.find("a")->find("x")->text(), "\xC3\xA9\xF0\x9F\x98\x80");
  EXPECT_TRUE(root.find("c")->is(JsonValue::Kind::kNull));
  EXPECT_TRUE(root.find("d")->boolean());
  EXPECT_EQ(root.find("nothing"), nullptr);
}

TEST(Json, FieldsCheckTypeRangeAndName) {
  const std::string text = R"({"n":3,"f":2.0,"e":1e2,"z":-0,"big":9007199254740993,)"
                           R"("huge":99999999999999999999,"s":"x","l":[{"k":-1}],"t":false})";
  const JsonValue root = parse_json(text);
  const JsonField field(root, "model");
  EXPECT_EQ(field.at("n").integer(1, 10), 3);
  EXPECT_EQ(field.at("f").number(), 2.0);
  EXPECT_EQ(field.at("n").number(), 3.0);
  EXPECT_EQ(field.at("s").text(), "x");
  EXPECT_FALSE(field.at("t").boolean());
  EXPECT_EQ(field.at("l").size(), 1u);
  EXPECT_EQ(field.integer_or("absent", 7, 0, 10), 7);
  EXPECT_EQ(field.number_or("n", 7, 0, 10), 3.0);
  EXPECT_EQ(field.text_or("absent", "y"), "y");
  EXPECT_TRUE(field.boolean_or("absent", true));

  const auto code = [&](const char* key, auto getter) { return error_of([&] { getter(field.at(key)); }).code(); };
  const auto as_integer = [](const JsonField& f) { f.integer(); };
  EXPECT_EQ(code("f", as_integer), ErrorCode::kType);
  EXPECT_EQ(code("e", as_integer), ErrorCode::kType);
  EXPECT_EQ(code("z", as_integer), ErrorCode::kType);
  EXPECT_EQ(code("s", as_integer), ErrorCode::kType);
  EXPECT_EQ(code("big", as_integer), ErrorCode::kOverflow);
  EXPECT_EQ(code("huge", as_integer), ErrorCode::kOverflow);
  EXPECT_EQ(code("n", [](const JsonField& f) { f.integer(4, 9); }), ErrorCode::kValue);
  EXPECT_EQ(code("n", [](const JsonField& f) { f.integer(0, 2); }), ErrorCode::kLimit);
  EXPECT_EQ(code("n", [](const JsonField& f) { f.number(4, 9); }), ErrorCode::kValue);
  EXPECT_EQ(code("n", [](const JsonField& f) { f.text(); }), ErrorCode::kType);
  EXPECT_EQ(code("s", [](const JsonField& f) { f.boolean(); }), ErrorCode::kType);
  EXPECT_EQ(code("s", [](const JsonField& f) { f.size(); }), ErrorCode::kType);
  EXPECT_EQ(code("s", [](const JsonField& f) { f.at("x"); }), ErrorCode::kType);
  EXPECT_EQ(code("absent", as_integer), ErrorCode::kMissing);
  EXPECT_EQ(code("l", [](const JsonField& f) { f.at(std::size_t{1}); }), ErrorCode::kMissing);
  EXPECT_TRUE(std::signbit(field.at("z").number()));

  const Error error = error_of([&] { field.at("l").at(std::size_t{0}).at("k").integer(0, 5); });
  EXPECT_STREQ(error.field(), "model.l[0].k");
  EXPECT_EQ(error.byte_offset(), static_cast<std::int64_t>(text.find("-1}")));
  const Error unknown = error_of([&] { field.at("l").at(std::size_t{0}).only({"j"}); });
  EXPECT_EQ(unknown.code(), ErrorCode::kUnknownKey);
  EXPECT_STREQ(unknown.field(), "model.l[0].k");
  field.at("l").at(std::size_t{0}).only({"j", "k"});
}

TEST(Json, WritesWhatItReads) {
  const std::string text =
      R"({"a":[1,-2,3.5,1e+300,0.1,2.0,-0.0],"b":"é\n\"\\\u0001\t","c":{},"d":[],"e":null,"f":true})";
  EXPECT_EQ(to_text(parse_json(text)), text);
  const JsonValue value = parse_json(text);
  EXPECT_EQ(to_text(parse_json(to_text(value, 2))), text);
  EXPECT_EQ(to_text(JsonValue::object().set("x", JsonValue::array().push(1)).set("x", "y")), R"({"x":"y"})");
  EXPECT_EQ(to_text(parse_json("{\"a\":[1,2],\"b\":{}}"), 2), "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
}

TEST(Json, DoublesSurviveExactly) {
  std::uint64_t state = 1;
  for (int i = 0; i < 20000; ++i) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    const auto value = bit_cast<double>(state ^ (state >> 29));
    if (!std::isfinite(value)) continue;
    const JsonValue back = parse_json(to_text(JsonValue(value)));
    ASSERT_EQ(bit_cast<std::uint64_t>(back.number()), bit_cast<std::uint64_t>(value)) << to_text(JsonValue(value));
    ASSERT_TRUE(back.is(JsonValue::Kind::kNumber));
  }
}

TEST(Json, RefusesToWriteWhatJsonLacks) {
  EXPECT_EQ(error_of([] { to_text(JsonValue(std::nan(""))); }).code(), ErrorCode::kNotFinite);
  EXPECT_EQ(error_of([] { to_text(JsonValue(std::numeric_limits<double>::infinity())); }).code(),
            ErrorCode::kNotFinite);
  EXPECT_EQ(error_of([] { to_text(JsonValue("\xFF")); }).code(), ErrorCode::kEncoding);
  EXPECT_EQ(error_of([] { JsonValue(1).push(2); }).code(), ErrorCode::kType);
  EXPECT_EQ(error_of([] { JsonValue(1).set("a", 2); }).code(), ErrorCode::kType);
}

TEST(Json, EveryPrefixAndBitFlipIsAnErrorOrADocument) {
  const std::string seed = R"({"v":1,"l":[{"k":-3.5e2,"s":"aé\u00e9\ud83d\ude00"},null,true],"e":{}})";
  for (std::size_t size = 0; size < seed.size(); ++size)
    EXPECT_NE(error_of([&] { parse_json(seed.substr(0, size)); }).code(), ErrorCode::kOk) << size;
  for (std::size_t bit = 0; bit < 8 * seed.size(); ++bit) {
    std::string text = seed;
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
    try {
      to_text(parse_json(text));
    } catch (const Error& error) {
      EXPECT_NE(error.code(), ErrorCode::kInternal) << text;
      EXPECT_GE(error.byte_offset(), 0) << text;
    }
  }
}

TEST(Json, WorkIsLinearInTheNumberOfKeys) {
  std::string text = "{";
  for (int i = 0; i < 100000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  text.back() = '}';
  JsonLimits limits;
  limits.bytes = text.size();
  EXPECT_EQ(parse_json(text, limits).keys().size(), 100000u);
}

}  // namespace
}  // namespace betwixt
