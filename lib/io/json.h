// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace betwixt {

/// What a JSON text may hold at most; each is E_LIMIT (E_DEPTH for `depth`) when passed.
struct JsonLimits {
  std::size_t bytes = std::size_t{1} << 20;          ///< length of the text
  std::size_t depth = 64;                            ///< arrays and objects inside each other
  std::size_t string_bytes = std::size_t{64} << 10;  ///< one string or key, unescaped
  std::size_t values = std::size_t{1} << 17;         ///< values altogether
  bool allow_escaped_nul = false;                    ///< accept \u0000 in strings
};

/// One value of a JSON document: a small tree that remembers the order of object members and where in the text each
/// value began. Build documents to write with the constructors, `push` and `set`.
class JsonValue {
 public:
  /// What a value is. Integers are numbers written without fraction and exponent that fit 64 bits.
  enum class Kind { kNull, kBool, kInteger, kNumber, kString, kArray, kObject };

  JsonValue() = default;  ///< null
  /// True or false.
  JsonValue(bool value) : kind_(Kind::kBool), bool_(value) {}
  /// An integer.
  JsonValue(int value) : JsonValue(static_cast<std::int64_t>(value)) {}
  /// An integer.
  JsonValue(std::int64_t value) : kind_(Kind::kInteger), integer_(value), number_(static_cast<double>(value)) {}
  /// A number; written with as few digits as bring it back.
  JsonValue(double value) : kind_(Kind::kNumber), number_(value) {}
  /// A string in UTF-8.
  JsonValue(std::string value) : kind_(Kind::kString), text_(std::move(value)) {}
  /// A string in UTF-8.
  JsonValue(const char* value) : JsonValue(std::string(value)) {}
  /// An array of these items.
  static JsonValue array(std::vector<JsonValue> items = {});
  /// An object without members; `set` adds them.
  static JsonValue object();

  /// What this value is.
  Kind kind() const { return kind_; }
  /// "null", "boolean", "integer", "number", "string", "array" or "object".
  const char* kind_name() const;
  /// Byte in the text where this value begins; 0 for values that were built.
  std::uint64_t offset() const { return offset_; }

  /// Whether this value is of that kind.
  bool is(Kind kind) const { return kind_ == kind; }
  bool boolean() const { return bool_; }             ///< false unless kBool
  std::int64_t integer() const { return integer_; }  ///< 0 unless kInteger
  double number() const { return number_; }          ///< value of a kNumber or kInteger, else 0
  /// A kNumber that was written without fraction and exponent but does not fit 64 bits.
  bool wide_integer() const { return wide_integer_; }
  const std::string& text() const { return text_; }  ///< empty unless kString

  /// Elements of an array, or values of an object in the order written.
  const std::vector<JsonValue>& items() const { return items_; }
  /// Keys of an object in the order written.
  const std::vector<std::string>& keys() const { return keys_; }
  /// Member of an object, or nullptr.
  const JsonValue* find(std::string_view key) const;

  /// Appends to an array. E_TYPE on anything else.
  JsonValue& push(JsonValue value);
  /// Adds or replaces a member of an object. E_TYPE on anything else.
  JsonValue& set(std::string_view key, JsonValue value);

 private:
  friend class JsonTreeBuilder;

  Kind kind_ = Kind::kNull;
  bool bool_ = false;
  bool wide_integer_ = false;
  std::int64_t integer_ = 0;
  double number_ = 0;
  std::uint64_t offset_ = 0;
  std::string text_;
  std::vector<std::string> keys_;
  std::vector<JsonValue> items_;
};

/// Parses strict JSON (RFC 8259): UTF-8 without byte order mark, no comments, no trailing text, no duplicate key (also
/// when equal only after unescaping), no lone surrogate, no raw control character. No recursion.
///
/// E_ENCODING, E_SYNTAX, E_TRUNCATED (empty, or ends inside a value), E_DUPLICATE, E_DEPTH, E_LIMIT, E_OVERFLOW (a
/// number that is no finite double), with the byte offset.
JsonValue parse_json(std::string_view text, const JsonLimits& limits = {});

/// Writes a document: no locale, doubles as the shortest text that reads back to the same bits (with ".0" where it
/// would look like an integer). `indent` 0 writes one line. E_NOT_FINITE for NaN and infinity, E_ENCODING for strings
/// that are not UTF-8.
std::string to_text(const JsonValue& value, int indent = 0);

/// A value with its path from the root ("layers[3].kernel"), for reading descriptions: every getter checks type and
/// range and names the path and byte offset in its error. Borrows the document.
class JsonField {
 public:
  /// `name` starts the path; may be empty.
  explicit JsonField(const JsonValue& root, std::string name = {}) : value_(&root), path_(std::move(name)) {}

  /// The value behind.
  const JsonValue& value() const { return *value_; }
  /// From the root, as "layers[3].kernel".
  const std::string& path() const { return path_; }

  /// Member `key`: E_TYPE when this is no object, E_MISSING when absent.
  JsonField at(std::string_view key) const;
  /// Element `index`: E_TYPE when this is no array, E_MISSING past its end.
  JsonField at(std::size_t index) const;
  /// Member `key`, or nothing. E_TYPE when this is no object.
  std::optional<JsonField> find(std::string_view key) const;
  /// Number of elements of an array. E_TYPE otherwise.
  std::size_t size() const;
  /// E_UNKNOWN_KEY when this object has any other key, E_TYPE when it is none.
  void only(std::initializer_list<std::string_view> keys) const;

  /// E_TYPE unless written as an integer, E_OVERFLOW beyond 2^53, E_VALUE below `least`, E_LIMIT above `most`.
  std::int64_t integer(std::int64_t least = -kExact, std::int64_t most = kExact) const;
  /// E_TYPE unless a number, E_VALUE outside [least, most].
  double number(double least = -1.7976931348623157e308, double most = 1.7976931348623157e308) const;
  bool boolean() const;
  const std::string& text() const;

  /// The getters above for an optional member: `fallback` when the key is absent.
  std::int64_t integer_or(std::string_view key, std::int64_t fallback, std::int64_t least, std::int64_t most) const;
  double number_or(std::string_view key, double fallback, double least, double most) const;
  bool boolean_or(std::string_view key, bool fallback) const;
  std::string text_or(std::string_view key, std::string_view fallback) const;

  /// 2^53: up to here every integer is a double and survives any JSON reader.
  static constexpr std::int64_t kExact = std::int64_t{1} << 53;

 private:
  JsonField(const JsonValue* value, std::string path) : value_(value), path_(std::move(path)) {}
  void expect(JsonValue::Kind kind) const;

  const JsonValue* value_;
  std::string path_;
};

}  // namespace betwixt
