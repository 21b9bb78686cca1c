// SPDX-License-Identifier: MIT
#include <algorithm>

#include "betwixt/core/error.h"
#include "betwixt/io/json.h"

namespace betwixt {
namespace {

std::string member_path(const std::string& path, std::string_view key) {
  const std::string name = Escaped(key.data(), key.size()).text;
  return path.empty() ? name : path + "." + name;
}

Error field_error(ErrorCode code, const JsonField& field, const char* fact) {
  return Error(code, "json", "%s", fact).at(field.value().offset()).in(field.path().c_str());
}

}  // namespace

void JsonField::expect(JsonValue::Kind kind) const {
  if (value_->is(kind)) return;
  constexpr const char* kNames[] = {"null", "boolean", "integer", "number", "string", "array", "object"};
  throw field_error(ErrorCode::kType, *this, "wrong type")
      .expected("%s", kNames[static_cast<std::size_t>(kind)])
      .found("%s", value_->kind_name());
}

JsonField JsonField::at(std::string_view key) const {
  std::optional<JsonField> member = find(key);
  if (member) return *member;
  throw field_error(ErrorCode::kMissing, *this, "key is missing").in(member_path(path_, key).c_str());
}

JsonField JsonField::at(std::size_t index) const {
  const std::string path = path_ + "[" + std::to_string(index) + "]";
  if (index < size()) return JsonField(&value_->items()[index], path);
  throw field_error(ErrorCode::kMissing, *this, "element is missing").in(path.c_str());
}

std::optional<JsonField> JsonField::find(std::string_view key) const {
  expect(JsonValue::Kind::kObject);
  const JsonValue* member = value_->find(key);
  if (!member) return std::nullopt;
  return JsonField(member, member_path(path_, key));
}

std::size_t JsonField::size() const {
  expect(JsonValue::Kind::kArray);
  return value_->items().size();
}

void JsonField::only(std::initializer_list<std::string_view> keys) const {
  expect(JsonValue::Kind::kObject);
  for (std::size_t i = 0; i < value_->keys().size(); ++i) {
    const std::string& key = value_->keys()[i];
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    throw Error(ErrorCode::kUnknownKey, "json", "unknown key")
        .at(value_->items()[i].offset())
        .in(member_path(path_, key).c_str());
  }
}

std::int64_t JsonField::integer(std::int64_t least, std::int64_t most) const {
  if (value_->wide_integer()) throw field_error(ErrorCode::kOverflow, *this, "integer beyond 2^53");
  expect(JsonValue::Kind::kInteger);
  const std::int64_t number = value_->integer();
  if (number > kExact || number < -kExact) throw field_error(ErrorCode::kOverflow, *this, "integer beyond 2^53");
  if (number < least)
    throw field_error(ErrorCode::kValue, *this, "too small")
        .expected("at least %lld", static_cast<long long>(least))
        .found("%lld", static_cast<long long>(number));
  if (number > most)
    throw field_error(ErrorCode::kLimit, *this, "too large")
        .expected("at most %lld", static_cast<long long>(most))
        .found("%lld", static_cast<long long>(number))
        .limit(path_.c_str());
  return number;
}

double JsonField::number(double least, double most) const {
  if (!value_->is(JsonValue::Kind::kInteger)) expect(JsonValue::Kind::kNumber);
  const double number = value_->number();
  if (number < least || number > most)
    throw field_error(ErrorCode::kValue, *this, "out of range").expected("%g to %g", least, most).found("%g", number);
  return number;
}

bool JsonField::boolean() const {
  expect(JsonValue::Kind::kBool);
  return value_->boolean();
}

const std::string& JsonField::text() const {
  expect(JsonValue::Kind::kString);
  return value_->text();
}

std::int64_t JsonField::integer_or(std::string_view key, std::int64_t fallback, std::int64_t least,
                                   std::int64_t most) const {
  const auto member = find(key);
  return member ? member->integer(least, most) : fallback;
}

double JsonField::number_or(std::string_view key, double fallback, double least, double most) const {
  const auto member = find(key);
  return member ? member->number(least, most) : fallback;
}

bool JsonField::boolean_or(std::string_view key, bool fallback) const {
  const auto member = find(key);
  return member ? member->boolean() : fallback;
}

std::string JsonField::text_or(std::string_view key, std::string_view fallback) const {
  const auto member = find(key);
  return member ? member->text() : std::string(fallback);
}

}  // namespace betwixt
