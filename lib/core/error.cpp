// SPDX-License-Identifier: MIT
#include "betwixt/core/error.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace betwixt {
namespace {

constexpr const char* kNames[] = {
    "E_OK",       "E_ARGUMENT",    "E_IO",      "E_OOM",         "E_CANCELLED",      "E_TRUNCATED", "E_BAD_MAGIC",
    "E_VERSION",  "E_UNSUPPORTED", "E_LIMIT",   "E_OVERFLOW",    "E_OFFSET",         "E_OVERLAP",   "E_GAP",
    "E_TRAILING", "E_DUPLICATE",   "E_MISSING", "E_UNKNOWN_KEY", "E_TYPE",           "E_VALUE",     "E_ENCODING",
    "E_SYNTAX",   "E_DEPTH",       "E_DTYPE",   "E_SHAPE",       "E_MISMATCH",       "E_CHECKSUM",  "E_NOT_FINITE",
    "E_BOMB",     "E_PATH",        "E_CYCLE",   "E_DEVICE_LOST", "E_DEVICE_TIMEOUT", "E_INTERNAL",
};

template <std::size_t N>
void copy(char (&to)[N], const char* from) {
  std::snprintf(to, N, "%s", from ? from : "");
}

}  // namespace

const char* error_name(ErrorCode code) noexcept {
  const auto index = static_cast<std::size_t>(code);
  return index < sizeof(kNames) / sizeof(*kNames) ? kNames[index] : "E_INTERNAL";
}

Error::Error(ErrorCode code, const char* operation, const char* format, ...) noexcept : code_(code) {
  copy(operation_, operation);
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text_, sizeof text_, format, arguments);
  va_end(arguments);
  compose();
}

Error& Error::at(std::uint64_t byte_offset) noexcept {
  byte_offset_ = static_cast<std::int64_t>(byte_offset);
  compose();
  return *this;
}

Error& Error::in(const char* field_path) noexcept {
  copy(field_, field_path);
  compose();
  return *this;
}

Error& Error::expected(const char* format, ...) noexcept {
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(expected_, sizeof expected_, format, arguments);
  va_end(arguments);
  compose();
  return *this;
}

Error& Error::found(const char* format, ...) noexcept {
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(found_, sizeof found_, format, arguments);
  va_end(arguments);
  compose();
  return *this;
}

Error& Error::limit(const char* limit_name) noexcept {
  copy(limit_, limit_name);
  compose();
  return *this;
}

Error& Error::system(int error_number) noexcept {
  system_error_ = error_number;
  compose();
  return *this;
}

void Error::compose() noexcept {
  // Long enough for one line of a log, whatever a file's names hold.
  constexpr std::size_t kMost = 257;
  std::size_t used = 0;
  auto add = [&](const char* format, auto... values) {
    if (used + 1 >= kMost) return;
    const int n = std::snprintf(message_ + used, kMost - used, format, values...);
    if (n > 0) used += static_cast<std::size_t>(n);
  };
  add("%s: %s", operation_, error_name(code_));
  if (byte_offset_ >= 0) add(" at byte %lld", static_cast<long long>(byte_offset_));
  if (field_[0]) add(" (%s)", field_);
  if (text_[0]) add(": %s", text_);
  if (expected_[0]) add("%s expected %s", text_[0] ? ";" : ":", expected_);
  if (found_[0]) add("%s found %s", expected_[0] ? "," : ";", found_);
  if (limit_[0]) add(" [limit %s]", limit_);
  if (system_error_) add(": %s", std::strerror(system_error_));
}

Escaped::Escaped(const char* bytes, std::size_t size) noexcept {
  std::size_t used = 0;
  for (std::size_t i = 0; i < size && used < 64; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    const bool plain = byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
    if (plain) {
      text[used++] = static_cast<char>(byte);
    } else {
      used += static_cast<std::size_t>(std::snprintf(text + used, sizeof text - used, "\\x%02x", byte));
    }
  }
  text[used] = 0;
}

void fail_internal(const char* operation, const char* fact) {
  throw Error(ErrorCode::kInternal, operation, "%s", fact);
}

}  // namespace betwixt
