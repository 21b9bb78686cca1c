// SPDX-License-Identifier: MIT
#include "betwixt/io/detail/json_events.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "betwixt/core/error.h"

namespace betwixt::detail {
namespace {

/// How far nlohmann's lexer has read, shared by the copies of its input iterator.
struct Cursor {
  const char* begin = nullptr;
  const char* position = nullptr;
  const char* end = nullptr;
  bool hit_end = false;
};

/// Input iterator that reports its progress, because the SAX interface gives no offsets.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, Cursor* cursor) : at_(at), cursor_(cursor) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    cursor_->position = ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
    if (a.at_ == b.at_) a.cursor_->hit_end = true;
    return a.at_ == b.at_;
  }
  friend bool operator!=(const CountingIterator& a, const CountingIterator& b) { return !(a == b); }

 private:
  const char* at_;
  Cursor* cursor_;
};

/// nlohmann's SAX handler: adds limits, offsets and duplicate detection, then passes on.
class SaxAdapter {
 public:
  using number_integer_t = std::int64_t;
  using number_unsigned_t = std::uint64_t;
  using number_float_t = double;
  using string_t = std::string;
  using binary_t = nlohmann::json::binary_t;

  SaxAdapter(const JsonLimits& limits, Cursor& cursor, JsonEvents& events)
      : limits_(limits), cursor_(cursor), events_(events), last_(cursor.begin) {}

  bool null() { return events_.null(begin_value(false)), true; }
  bool boolean(bool value) { return events_.boolean(begin_value(false), value), true; }

  bool number_integer(number_integer_t value) {
    const std::uint64_t at = begin_value(true);
    // The lexer hands -0 over as an integer, which would lose its sign.
    if (value == 0) return events_.number(at, -0.0, false), true;
    return events_.integer(at, value), true;
  }
  bool number_unsigned(number_unsigned_t value) {
    const std::uint64_t at = begin_value(true);
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return events_.number(at, static_cast<double>(value), true), true;
    return events_.integer(at, static_cast<std::int64_t>(value)), true;
  }
  bool number_float(number_float_t value, const string_t& text) {
    const std::uint64_t at = begin_value(true);
    const bool wide = text.find_first_of(".eE") == std::string::npos;
    if (!std::isfinite(value)) overflow(at);
    return events_.number(at, value, wide), true;
  }
  bool string(string_t& value) {
    const std::uint64_t at = begin_value(false);
    check_length(at, value);
    return events_.string(at, value), true;
  }
  bool binary(binary_t&) { fail_internal("json", "binary value"); }

  bool start_object(std::size_t) {
    const std::uint64_t at = begin_value(false);
    open(at);
    keys_.emplace_back();
    return events_.start_object(at), true;
  }
  bool key(string_t& name) {
    const std::uint64_t at = token_start();
    finish(false);
    check_length(at, name);
    if (!keys_.back().insert(name).second)
      throw Error(ErrorCode::kDuplicate, "json", "key \"%s\" is there twice", Escaped(name.data(), name.size()).text)
          .at(at);
    return events_.key(at, name), true;
  }
  bool end_object() {
    finish(false);
    close();
    keys_.pop_back();
    return events_.end_object(), true;
  }
  bool start_array(std::size_t) {
    const std::uint64_t at = begin_value(false);
    open(at);
    return events_.start_array(at), true;
  }
  bool end_array() {
    finish(false);
    close();
    return events_.end_array(), true;
  }

  bool parse_error(std::size_t position, const std::string& token, const nlohmann::detail::exception& cause) {
    constexpr int kNumberOverflow = 406;
    if (cause.id == kNumberOverflow) overflow(token_start());
    const auto size = static_cast<std::size_t>(cursor_.end - cursor_.begin);
    if (cursor_.hit_end && !done_) throw Error(ErrorCode::kTruncated, "json", "text ends inside a value").at(size);
    throw Error(ErrorCode::kSyntax, "json", "%s near \"%s\"", done_ ? "text after the value" : "not JSON",
                Escaped(token.data(), token.size()).text)
        .at(std::min(position == 0 ? 0 : position - 1, size));
  }

 private:
  [[noreturn]] static void overflow(std::uint64_t at) {
    throw Error(ErrorCode::kOverflow, "json", "number beyond the range of a double").at(at);
  }

  /// The separators before a token are all that lies between it and the one before.
  std::uint64_t token_start() const {
    const char* p = last_;
    while (p < cursor_.end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r' || *p == ',' || *p == ':')) ++p;
    return static_cast<std::uint64_t>(p - cursor_.begin);
  }
  /// A number ends when its lexer has looked one byte further.
  void finish(bool is_number) { last_ = is_number && !cursor_.hit_end ? cursor_.position - 1 : cursor_.position; }

  std::uint64_t begin_value(bool is_number) {
    const std::uint64_t at = token_start();
    finish(is_number);
    if (++values_ > limits_.values)
      throw Error(ErrorCode::kLimit, "json", "more than %zu values", limits_.values).at(at).limit("json_values");
    done_ = depth_ == 0;
    return at;
  }
  void open(std::uint64_t at) {
    done_ = false;
    if (++depth_ > limits_.depth)
      throw Error(ErrorCode::kDepth, "json", "deeper than %zu levels", limits_.depth).at(at).limit("json_depth");
  }
  void close() { done_ = --depth_ == 0; }

  void check_length(std::uint64_t at, const std::string& text) const {
    if (text.size() > limits_.string_bytes)
      throw Error(ErrorCode::kLimit, "json", "string of %zu bytes, allowed %zu", text.size(), limits_.string_bytes)
          .at(at)
          .limit("json_string_bytes");
  }

  const JsonLimits& limits_;
  Cursor& cursor_;
  JsonEvents& events_;
  const char* last_;
  std::size_t depth_ = 0;
  std::size_t values_ = 0;
  bool done_ = false;
  // Ordered sets: no choice of keys can make them quadratic.
  std::vector<std::set<std::string, std::less<>>> keys_;
};

}  // namespace

void read_json(std::string_view text, const JsonLimits& limits, JsonEvents& events) {
  if (text.size() > limits.bytes)
    throw Error(ErrorCode::kLimit, "json", "text of %zu bytes, allowed %zu", text.size(), limits.bytes)
        .limit("json_bytes");
  check_json_encoding(text, limits.allow_escaped_nul);
  Cursor cursor{text.data(), text.data(), text.data() + text.size(), false};
  SaxAdapter adapter(limits, cursor, events);
  nlohmann::json::sax_parse(CountingIterator(cursor.begin, &cursor), CountingIterator(cursor.end, &cursor), &adapter);
}

}  // namespace betwixt::detail
