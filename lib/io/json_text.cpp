// SPDX-License-Identifier: MIT
#include <charconv>
#include <cmath>
#include <iomanip>
#include <locale>
#include <sstream>
#include <string>

#include "betwixt/core/error.h"
#include "betwixt/core/guard_memory.h"
#include "betwixt/io/detail/json_events.h"
#include "betwixt/io/json.h"

namespace betwixt {
namespace {

/// As few digits as bring the number back.
#if defined(_LIBCPP_VERSION) && _LIBCPP_VERSION < 14000
std::string shortest_text(double value) {
  // This libc++ has no std::to_chars for double. Streams in the classic locale, whatever the application has set.
  for (int precision = 1;; ++precision) {
    std::ostringstream text;
    text.imbue(std::locale::classic());
    text << std::setprecision(precision) << value;
    std::istringstream back(text.str());
    back.imbue(std::locale::classic());
    double read = 0;
    if ((back >> read && read == value) || precision == 17) return text.str();
  }
}
#else
std::string shortest_text(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value);
  return std::string(text, end.ptr);
}
#endif

class Writer {
 public:
  explicit Writer(int indent) : indent_(indent) {}

  void write(const JsonValue& value, int depth) {
    switch (value.kind()) {
      case JsonValue::Kind::kNull:
        out_ += "null";
        break;
      case JsonValue::Kind::kBool:
        out_ += value.boolean() ? "true" : "false";
        break;
      case JsonValue::Kind::kInteger:
        write_integer(value.integer());
        break;
      case JsonValue::Kind::kNumber:
        write_number(value.number());
        break;
      case JsonValue::Kind::kString:
        write_string(value.text());
        break;
      case JsonValue::Kind::kArray:
        write_items(value, depth, '[', ']');
        break;
      case JsonValue::Kind::kObject:
        write_items(value, depth, '{', '}');
        break;
    }
  }

  std::string take() { return std::move(out_); }

 private:
  void write_items(const JsonValue& value, int depth, char open, char close) {
    out_ += open;
    for (std::size_t i = 0; i < value.items().size(); ++i) {
      if (i) out_ += ',';
      new_line(depth + 1);
      if (open == '{') {
        write_string(value.keys()[i]);
        out_ += indent_ ? ": " : ":";
      }
      write(value.items()[i], depth + 1);
    }
    if (!value.items().empty()) new_line(depth);
    out_ += close;
  }

  void new_line(int depth) {
    if (indent_ == 0) return;
    out_ += '\n';
    out_.append(static_cast<std::size_t>(indent_ * depth), ' ');
  }

  void write_integer(std::int64_t value) {
    char text[24];
    const auto end = std::to_chars(text, text + sizeof text, value);
    out_.append(text, end.ptr);
  }

  void write_number(double value) {
    if (!std::isfinite(value)) throw Error(ErrorCode::kNotFinite, "json", "JSON has no NaN and no infinity");
    const std::string digits = shortest_text(value);
    out_ += digits;
    if (digits.find_first_of(".e") == std::string::npos) out_ += ".0";
  }

  void write_string(const std::string& text) {
    out_ += '"';
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t length = detail::utf8_length(text, i);
      if (length == 0) throw Error(ErrorCode::kEncoding, "json", "string is not UTF-8").at(i);
      if (length == 1)
        write_ascii(text[i]);
      else
        out_.append(text, i, length);
      i += length;
    }
    out_ += '"';
  }

  void write_ascii(char c) {
    constexpr char kHex[] = "0123456789abcdef";
    switch (c) {
      case '"':
        out_ += "\\\"";
        return;
      case '\\':
        out_ += "\\\\";
        return;
      case '\n':
        out_ += "\\n";
        return;
      case '\r':
        out_ += "\\r";
        return;
      case '\t':
        out_ += "\\t";
        return;
      default:
        break;
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20) {
      out_ += c;
      return;
    }
    out_ += "\\u00";
    out_ += kHex[byte >> 4];
    out_ += kHex[byte & 15];
  }

  int indent_;
  std::string out_;
};

}  // namespace

std::string to_text(const JsonValue& value, int indent) {
  return guard_memory("json", [&] {
    Writer writer(indent);
    writer.write(value, 0);
    return writer.take();
  });
}

}  // namespace betwixt
