// SPDX-License-Identifier: MIT
#include "betwixt/core/error.h"
#include "betwixt/io/detail/json_events.h"

namespace betwixt::detail {
namespace {

[[noreturn]] void bad_encoding(std::size_t at, const char* fact) {
  throw Error(ErrorCode::kEncoding, "json", "%s", fact).at(at);
}

unsigned byte_at(std::string_view text, std::size_t position) {
  return position < text.size() ? static_cast<unsigned char>(text[position]) : 0u;
}

bool is_continuation(std::string_view text, std::size_t position) { return (byte_at(text, position) & 0xC0u) == 0x80u; }

/// Value of the four hex digits at `position`, or -1.
int hex4(std::string_view text, std::size_t position) {
  int value = 0;
  for (std::size_t i = position; i < position + 4; ++i) {
    const unsigned c = byte_at(text, i);
    int digit = -1;
    if (c >= '0' && c <= '9') digit = static_cast<int>(c - '0');
    if (c >= 'a' && c <= 'f') digit = static_cast<int>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') digit = static_cast<int>(c - 'A') + 10;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

bool is_high_surrogate(int unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low_surrogate(int unit) { return unit >= 0xDC00 && unit < 0xE000; }

/// Checks the escape at `position` (a backslash) and returns its length. Malformed ones are the parser's to refuse.
std::size_t check_escape(std::string_view text, std::size_t position, bool allow_nul) {
  if (byte_at(text, position + 1) != 'u') return byte_at(text, position + 1) >= 0x20 ? 2 : 1;
  const int unit = hex4(text, position + 2);
  if (unit < 0) return 2;
  if (unit == 0 && !allow_nul) bad_encoding(position, "NUL in a string");
  if (is_low_surrogate(unit)) bad_encoding(position, "lone low surrogate");
  if (!is_high_surrogate(unit)) return 6;
  const bool paired = byte_at(text, position + 6) == '\\' && byte_at(text, position + 7) == 'u' &&
                      is_low_surrogate(hex4(text, position + 8));
  if (!paired) bad_encoding(position, "lone high surrogate");
  return 12;
}

}  // namespace

std::size_t utf8_length(std::string_view text, std::size_t position) {
  const unsigned c = byte_at(text, position), next = byte_at(text, position + 1);
  if (c < 0x80) return 1;
  if (c >= 0xC2 && c <= 0xDF) return is_continuation(text, position + 1) ? 2 : 0;
  if (c >= 0xE0 && c <= 0xEF) {
    const bool overlong = c == 0xE0 && next < 0xA0, surrogate = c == 0xED && next > 0x9F;
    const bool whole = is_continuation(text, position + 1) && is_continuation(text, position + 2);
    return whole && !overlong && !surrogate ? 3 : 0;
  }
  if (c >= 0xF0 && c <= 0xF4) {
    const bool overlong = c == 0xF0 && next < 0x90, beyond = c == 0xF4 && next > 0x8F;
    const bool whole = is_continuation(text, position + 1) && is_continuation(text, position + 2) &&
                       is_continuation(text, position + 3);
    return whole && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

void check_json_encoding(std::string_view text, bool allow_escaped_nul) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") bad_encoding(0, "byte order mark");
  bool in_string = false;
  for (std::size_t i = 0; i < text.size();) {
    const unsigned c = byte_at(text, i);
    const std::size_t length = utf8_length(text, i);
    if (length == 0) bad_encoding(i, "not UTF-8");
    if (in_string && c < 0x20) bad_encoding(i, c == 0 ? "NUL in a string" : "raw control character in a string");
    // nlohmann's lexer takes a NUL for the end of its input.
    if (c == 0) throw Error(ErrorCode::kSyntax, "json", "NUL between values").at(i);
    if (in_string && c == '\\') {
      i += check_escape(text, i, allow_escaped_nul);
      continue;
    }
    if (c == '"') in_string = !in_string;
    i += length;
  }
}

}  // namespace betwixt::detail
