// SPDX-License-Identifier: MIT
#include "betwixt/media/detail/npy_header.h"

#include <string>

#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"
#include "betwixt/media/detail/numbers.h"

namespace betwixt::detail {
namespace {

struct Descr {
  char kind;
  char size;
  NumberType type;
};
constexpr Descr kDescrs[] = {{'b', '1', NumberType::kBool}, {'u', '1', NumberType::kU8},  {'i', '1', NumberType::kI8},
                             {'u', '2', NumberType::kU16},  {'i', '2', NumberType::kI16}, {'u', '4', NumberType::kU32},
                             {'i', '4', NumberType::kI32},  {'u', '8', NumberType::kU64}, {'i', '8', NumberType::kI64},
                             {'f', '2', NumberType::kF16},  {'f', '4', NumberType::kF32}, {'f', '8', NumberType::kF64}};

/// Reads the one form that NumPy writes: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class Dictionary {
 public:
  Dictionary(std::string_view text, std::uint64_t base, const NpyOptions& options)
      : text_(text), base_(base), options_(options) {}

  NpyInfo parse() {
    expect('{');
    while (!take('}')) {
      parse_item();
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    skip_spaces();
    if (at_ != text_.size()) fail(ErrorCode::kSyntax, "header", "text after the dictionary");
    if (!has_descr_) fail(ErrorCode::kMissing, "descr", "key is missing");
    if (!has_order_) fail(ErrorCode::kMissing, "fortran_order", "key is missing");
    if (!has_shape_) fail(ErrorCode::kMissing, "shape", "key is missing");
    return info_;
  }

 private:
  [[noreturn]] void fail(ErrorCode code, const char* field, const char* fact) const {
    throw Error(code, "npy", "%s", fact).at(base_ + at_).in(field);
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_spaces() {
    while (at_ < text_.size() && (peek() == ' ' || peek() == '\n' || peek() == '\t')) ++at_;
  }
  bool take(char c) {
    skip_spaces();
    if (at_ == text_.size() || peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail(ErrorCode::kSyntax, "header", "not the dictionary of an array");
  }
  bool take_word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  std::string_view quoted() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') fail(ErrorCode::kSyntax, "header", "a string is missing");
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail(ErrorCode::kSyntax, "header", "a string has no end");
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    if (inside.find('\\') != std::string_view::npos) fail(ErrorCode::kSyntax, "header", "escape in a string");
    at_ = end + 1;
    return inside;
  }

  void once(bool& seen, const char* field) {
    if (seen) fail(ErrorCode::kDuplicate, field, "key is there twice");
    seen = true;
  }

  void parse_item() {
    skip_spaces();
    const std::size_t start = at_;
    const std::string_view key = quoted();
    if (key != "descr" && key != "fortran_order" && key != "shape") {
      at_ = start;
      fail(ErrorCode::kUnknownKey, Escaped(key.data(), key.size()).text, "unknown key");
    }
    expect(':');
    skip_spaces();
    if (key == "descr") {
      once(has_descr_, "descr");
      parse_descr();
    } else if (key == "fortran_order") {
      once(has_order_, "fortran_order");
      parse_order();
    } else {
      once(has_shape_, "shape");
      parse_shape();
    }
  }

  void parse_descr() {
    if (peek() == '[' || peek() == '(' || peek() == '{')
      fail(ErrorCode::kUnsupported, "descr", "structured elements are not read");
    const std::size_t start = at_;
    const std::string_view descr = quoted();
    at_ = start;
    set_type(descr);
    at_ = start + descr.size() + 2;
  }

  void set_type(std::string_view descr) {
    const bool has_order = !descr.empty() && std::string_view("<>|=").find(descr[0]) != std::string_view::npos;
    const std::string_view code = descr.substr(has_order ? 1 : 0);
    if (code.empty()) fail(ErrorCode::kDtype, "descr", "no element type");
    if (std::string_view("OSaUVMmc").find(code[0]) != std::string_view::npos)
      fail(ErrorCode::kUnsupported, "descr", "objects, strings, dates and complex numbers are not read");
    for (const Descr& row : kDescrs) {
      if (code.size() != 2 || code[0] != row.kind || code[1] != row.size) continue;
      const bool is_single = number_type_size(row.type) == 1;
      if (has_order && descr[0] == '|' && !is_single) fail(ErrorCode::kDtype, "descr", "no byte order");
      info_.type = row.type;
      info_.is_big_endian = descr[0] == '>' && !is_single;
      if (info_.is_big_endian && !options_.allow_big_endian)
        fail(ErrorCode::kUnsupported, "descr", "big-endian numbers are switched off");
      return;
    }
    fail(ErrorCode::kDtype, "descr", "unknown element type");
  }

  void parse_order() {
    if (take_word("True"))
      info_.fortran_order = true;
    else if (!take_word("False"))
      fail(ErrorCode::kType, "fortran_order", "neither True nor False");
  }

  void parse_shape() {
    if (!take('(')) fail(ErrorCode::kType, "shape", "not a tuple");
    bool had_comma = true;
    while (!take(')')) {
      if (!had_comma) fail(ErrorCode::kSyntax, "shape", "a comma is missing");
      skip_spaces();
      parse_size();
      had_comma = take(',');
    }
    if (info_.shape.size() == 1 && !had_comma) fail(ErrorCode::kType, "shape", "a number, not a tuple");
  }

  void parse_size() {
    if (peek() == '-') fail(ErrorCode::kValue, "shape", "negative size");
    if (peek() < '0' || peek() > '9') fail(ErrorCode::kType, "shape", "a size is no integer");
    if (info_.shape.size() == options_.rank)
      throw Error(ErrorCode::kLimit, "npy", "more than %zu axes", options_.rank)
          .at(base_ + at_)
          .in("shape")
          .limit("rank");
    const std::size_t start = at_;
    CheckedSize size(0);
    for (; peek() >= '0' && peek() <= '9'; ++at_) {
      try {
        size = size * CheckedSize(10) + CheckedSize(static_cast<std::uint64_t>(peek() - '0'));
      } catch (const Error&) {
        fail(ErrorCode::kOverflow, "shape", "size beyond 2^64");
      }
    }
    if (at_ - start > 1 && text_[start] == '0') fail(ErrorCode::kSyntax, "shape", "leading zero");
    const char next = peek();
    if (next != ',' && next != ')' && next != ' ' && next != '\n')
      fail(ErrorCode::kType, "shape", "a size is no integer");
    if (size > CheckedSize(std::uint64_t{1} << 62)) fail(ErrorCode::kOverflow, "shape", "size beyond 2^62");
    info_.shape.push_back(static_cast<std::int64_t>(size.value()));
  }

  std::string_view text_;
  std::uint64_t base_;
  const NpyOptions& options_;
  std::size_t at_ = 0;
  NpyInfo info_;
  bool has_descr_ = false, has_order_ = false, has_shape_ = false;
};

/// Length of the UTF-8 sequence at `at`, or 0. Enough for a header whose strings must match ASCII words anyway.
bool is_text(std::string_view text, bool is_utf8, std::size_t& bad) {
  for (bad = 0; bad < text.size(); ++bad) {
    const auto c = static_cast<unsigned char>(text[bad]);
    if (c == 0 || (c >= 0x80 && !is_utf8)) return false;
    if (c < 0x80) continue;
    const std::size_t more = c >= 0xF0 && c < 0xF5 ? 3 : c >= 0xE0 && c < 0xF0 ? 2 : c >= 0xC2 && c < 0xE0 ? 1 : 0;
    if (more == 0) return false;
    for (std::size_t i = 1; i <= more; ++i)
      if (bad + i >= text.size() || (static_cast<unsigned char>(text[bad + i]) & 0xC0) != 0x80) return false;
    bad += more;
  }
  return true;
}

/// Length of the dictionary text; its field is 2 bytes wide in version 1.0 and 4 bytes in the others.
std::uint64_t read_length(ByteSource& source, int version, const NpyOptions& options) {
  std::byte bytes[4] = {};
  source.read(std::span(bytes).first(version == 1 ? 2 : 4), "header_length");
  std::uint64_t length = 0;
  for (int i = 3; i >= 0; --i) length = length << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  if (length > options.header_bytes)
    throw Error(ErrorCode::kLimit, "npy", "header of %llu bytes, allowed %llu", static_cast<unsigned long long>(length),
                static_cast<unsigned long long>(options.header_bytes))
        .at(8)
        .in("header_length")
        .limit("header_bytes");
  return length;
}

int read_version(ByteSource& source) {
  constexpr std::string_view kMagic = "\x93NUMPY";
  std::byte bytes[8];
  source.read(bytes, "magic");
  for (std::size_t i = 0; i < kMagic.size(); ++i)
    if (static_cast<char>(bytes[i]) != kMagic[i])
      throw Error(ErrorCode::kBadMagic, "npy", "not an NPY array").at(0).in("magic");
  const int major = std::to_integer<int>(bytes[6]), minor = std::to_integer<int>(bytes[7]);
  if (major < 1 || major > 3 || minor != 0)
    throw Error(ErrorCode::kVersion, "npy", "version %d.%d", major, minor).at(6).in("version");
  return major;
}

void check_total(const NpyInfo& info, std::uint64_t total_bytes) {
  const std::uint64_t found = total_bytes - info.data_offset;
  if (info.bytes == found) return;
  const bool is_short = found < info.bytes;
  throw Error(is_short ? ErrorCode::kTruncated : ErrorCode::kTrailing, "npy", "%s",
              is_short ? "fewer numbers than the shape says" : "bytes after the last number")
      .at(is_short ? total_bytes : (CheckedSize(info.data_offset) + CheckedSize(info.bytes)).value())
      .in("data")
      .expected("%llu bytes", static_cast<unsigned long long>(info.bytes))
      .found("%llu", static_cast<unsigned long long>(found));
}

}  // namespace

NpyInfo parse_npy_dictionary(std::string_view text, std::uint64_t base, bool is_utf8, const NpyOptions& options) {
  std::size_t bad = 0;
  if (!is_text(text, is_utf8, bad))
    throw Error(ErrorCode::kEncoding, "npy", "header is not %s", is_utf8 ? "UTF-8" : "ASCII")
        .at(base + bad)
        .in("header");
  NpyInfo info = Dictionary(text, base, options).parse();
  try {
    info.bytes = (checked_elements(info.shape) * CheckedSize(number_type_size(info.type))).value();
  } catch (const Error& wrapped) {
    throw Error(ErrorCode::kOverflow, "npy", "%s", wrapped.text()).at(base).in("shape");
  }
  return info;
}

NpyInfo read_npy_header(ByteSource& source, std::uint64_t total_bytes, const NpyOptions& options) {
  const int version = read_version(source);
  const std::uint64_t length = read_length(source, version, options);
  const std::uint64_t base = version == 1 ? 10 : 12;
  if (base > total_bytes || length > total_bytes - base)
    throw Error(ErrorCode::kTruncated, "npy", "ends inside the header")
        .at(total_bytes)
        .in("header")
        .expected("%llu bytes", static_cast<unsigned long long>(length));
  std::string text(static_cast<std::size_t>(length), '\0');
  source.read(std::as_writable_bytes(std::span(text)), "header");
  NpyInfo info = parse_npy_dictionary(text, base, version == 3, options);
  info.data_offset = (CheckedSize(base) + CheckedSize(length)).value();
  check_total(info, total_bytes);
  return info;
}

}  // namespace betwixt::detail
