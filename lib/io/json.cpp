// SPDX-License-Identifier: MIT
#include "betwixt/io/json.h"

#include <utility>

#include "betwixt/core/error.h"
#include "betwixt/core/guard_memory.h"
#include "betwixt/io/detail/json_events.h"

namespace betwixt {

/// Collects the events of one document. Open containers are kept on a stack and moved into their parent at their end.
class JsonTreeBuilder final : public detail::JsonEvents {
 public:
  void null(std::uint64_t at) override { add(at, JsonValue()); }
  void boolean(std::uint64_t at, bool value) override { add(at, JsonValue(value)); }
  void integer(std::uint64_t at, std::int64_t value) override { add(at, JsonValue(value)); }
  void number(std::uint64_t at, double value, bool wide) override {
    JsonValue node(value);
    node.wide_integer_ = wide;
    add(at, std::move(node));
  }
  void string(std::uint64_t at, std::string& value) override { add(at, JsonValue(std::move(value))); }
  void key(std::uint64_t, std::string& name) override { open_.back().keys_.push_back(std::move(name)); }
  void start_object(std::uint64_t at) override { open(at, JsonValue::object()); }
  void start_array(std::uint64_t at) override { open(at, JsonValue::array()); }
  void end_object() override { close(); }
  void end_array() override { close(); }

  JsonValue take() { return std::move(root_); }

  /// Path of the value that would come next, as "json.layers[2].kernel".
  std::string place() const {
    std::string path = "json";
    for (const JsonValue& container : open_) {
      const std::size_t item = container.items_.size();
      if (container.is(JsonValue::Kind::kArray))
        path.append("[").append(std::to_string(item)).append("]");
      else if (item < container.keys_.size())
        path.append(".").append(Escaped(container.keys_[item].data(), container.keys_[item].size()).text);
    }
    return path;
  }

 private:
  void add(std::uint64_t at, JsonValue value) {
    value.offset_ = at;
    if (open_.empty())
      root_ = std::move(value);
    else
      open_.back().items_.push_back(std::move(value));
  }
  void open(std::uint64_t at, JsonValue container) {
    container.offset_ = at;
    open_.push_back(std::move(container));
  }
  void close() {
    JsonValue container = std::move(open_.back());
    open_.pop_back();
    const std::uint64_t at = container.offset_;
    add(at, std::move(container));
  }

  JsonValue root_;
  std::vector<JsonValue> open_;
};

JsonValue parse_json(std::string_view text, const JsonLimits& limits) {
  return guard_memory("json", [&] {
    JsonTreeBuilder builder;
    try {
      detail::read_json(text, limits, builder);
    } catch (const Error& error) {
      if (error.field()[0] != 0) throw;
      throw Error(error).in(builder.place().c_str());
    }
    return builder.take();
  });
}

JsonValue JsonValue::array(std::vector<JsonValue> items) {
  JsonValue value;
  value.kind_ = Kind::kArray;
  value.items_ = std::move(items);
  return value;
}

JsonValue JsonValue::object() {
  JsonValue value;
  value.kind_ = Kind::kObject;
  return value;
}

const char* JsonValue::kind_name() const {
  constexpr const char* kNames[] = {"null", "boolean", "integer", "number", "string", "array", "object"};
  return kNames[static_cast<std::size_t>(kind_)];
}

const JsonValue* JsonValue::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys_.size(); ++i)
    if (keys_[i] == key) return &items_[i];
  return nullptr;
}

JsonValue& JsonValue::push(JsonValue value) {
  if (kind_ != Kind::kArray) throw Error(ErrorCode::kType, "json", "push needs an array, this is a %s", kind_name());
  items_.push_back(std::move(value));
  return *this;
}

JsonValue& JsonValue::set(std::string_view key, JsonValue value) {
  if (kind_ != Kind::kObject) throw Error(ErrorCode::kType, "json", "set needs an object, this is a %s", kind_name());
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i] != key) continue;
    items_[i] = std::move(value);
    return *this;
  }
  keys_.emplace_back(key);
  items_.push_back(std::move(value));
  return *this;
}

}  // namespace betwixt
