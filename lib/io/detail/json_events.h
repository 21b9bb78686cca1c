// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "betwixt/io/json.h"

namespace betwixt::detail {

/// What a JSON text says, piece by piece. `at` is the byte where the value begins. A handler may throw Error.
class JsonEvents {
 public:
  virtual ~JsonEvents() = default;
  virtual void null(std::uint64_t at) = 0;
  virtual void boolean(std::uint64_t at, bool value) = 0;
  virtual void integer(std::uint64_t at, std::int64_t value) = 0;
  /// `wide` marks an integer in the text that does not fit std::int64_t.
  virtual void number(std::uint64_t at, double value, bool wide) = 0;
  virtual void string(std::uint64_t at, std::string& value) = 0;
  virtual void key(std::uint64_t at, std::string& name) = 0;
  virtual void start_object(std::uint64_t at) = 0;
  virtual void end_object() = 0;
  virtual void start_array(std::uint64_t at) = 0;
  virtual void end_array() = 0;
};

/// Reads `text` without recursion and without keeping it, with all checks of parse_json.
void read_json(std::string_view text, const JsonLimits& limits, JsonEvents& events);

/// Throws E_ENCODING (or E_SYNTAX for a NUL between values) for text that is not well-formed as text: byte order mark,
/// bad UTF-8, raw control characters and escapes of NUL or lone surrogates inside strings.
void check_json_encoding(std::string_view text, bool allow_escaped_nul);

/// Length of the valid UTF-8 sequence at `position`, or 0.
std::size_t utf8_length(std::string_view text, std::size_t position);

}  // namespace betwixt::detail
