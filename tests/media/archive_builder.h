// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "betwixt/core/error.h"

/// Builds IDX, NPY, gzip and ZIP files byte by byte, good ones and bad ones.
namespace betwixt::archive_test {

inline std::string le(std::uint64_t value, int size) {
  std::string text;
  for (int i = 0; i < size; ++i) text += static_cast<char>((value >> (8 * i)) & 0xFF);
  return text;
}
inline std::string be(std::uint64_t value, int size) {
  const std::string text = le(value, size);
  return {text.rbegin(), text.rend()};
}

inline std::vector<std::byte> to_bytes(const std::string& text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}

template <class Call>
Error error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorCode::kOk, "test", "no error was thrown");
}

/// CRC-32 of each byte; a table, because fuzz targets need many sums.
inline constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0u);
    table[byte] = crc;
  }
  return table;
}();

inline std::uint32_t crc_of(const std::string& text) {
  std::uint32_t crc = ~0u;
  for (const char c : text) crc = crc >> 8 ^ kCrcTable[(crc ^ static_cast<unsigned char>(c)) & 0xFF];
  return ~crc;
}

/// One final block with fixed codes; runs of a byte become copies of length 258 from distance 1.
class Deflater {
 public:
  static std::string pack(const std::string& text) {
    Deflater out;
    out.bits(1, 1);
    out.bits(1, 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
      out.literal(static_cast<unsigned char>(text[i]));
      const std::size_t run_end = std::min(text.find_first_not_of(text[i], i), text.size());
      while (i + 258 < run_end) {
        out.code(0xC5, 8);  // length 258
        out.code(0, 5);     // distance 1
        i += 258;
      }
    }
    out.code(0, 7);
    out.bits(0, 7);
    return out.text_;
  }

  /// A copy of three bytes from before the start.
  static std::string copy_of_nothing() {
    Deflater out;
    out.bits(1, 1);
    out.bits(1, 2);
    out.code(1, 7);
    out.code(0, 5);
    out.bits(0, 16);
    return out.text_;
  }

 private:
  void bits(std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) {
      held_ |= (value >> i & 1) << held_count_;
      if (++held_count_ < 8) continue;
      text_ += static_cast<char>(held_);
      held_ = 0;
      held_count_ = 0;
    }
  }
  void code(std::uint32_t value, int count) {
    for (int i = count - 1; i >= 0; --i) bits(value >> i & 1, 1);
  }
  void literal(std::uint32_t byte) {
    if (byte < 144)
      code(0x30 + byte, 8);
    else
      code(0x190 + byte - 144, 9);
  }

  std::string text_;
  std::uint32_t held_ = 0;
  int held_count_ = 0;
};

inline std::string gzip(const std::string& text) {
  using namespace std::string_literals;
  return "\x1F\x8B\x08\0\0\0\0\0\0\x03"s + Deflater::pack(text) + le(crc_of(text), 4) + le(text.size(), 4);
}

/// An IDX file of u8 numbers.
inline std::string idx(const std::vector<std::uint32_t>& sizes, const std::string& data, int type = 8) {
  std::string text = std::string(2, '\0') + static_cast<char>(type) + static_cast<char>(sizes.size());
  for (const std::uint32_t size : sizes) text += be(size, 4);
  return text + data;
}

/// An NPY file of version `major`.0 with this dictionary text.
inline std::string npy_text(std::string header, const std::string& data, int major = 1) {
  header += '\n';
  return "\x93NUMPY" + std::string(1, static_cast<char>(major)) + std::string(1, '\0') +
         le(header.size(), major == 1 ? 2 : 4) + header + data;
}
inline std::string npy(const std::string& descr, const std::string& shape, const std::string& data,
                       const std::string& order = "False") {
  return npy_text("{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }", data);
}

/// One entry of a ZIP archive; what differs from the honest value is written as given.
struct ZipPart {
  std::string name;
  std::string content;
  bool is_deflated = false;
  bool has_zip64 = false;       ///< local header with saturated sizes and the extra field, as NumPy writes it
  bool has_descriptor = false;  ///< zeros in the local header, sums behind the data
  std::string packed = {};      ///< instead of the packed content
  std::int64_t size = -1;       ///< claimed size, in both headers
  std::int64_t crc = -1;        ///< claimed sum, in both headers
  std::uint32_t attributes = 0;
};

/// Where the parts of an archive ended up.
struct Zip {
  std::string bytes;
  std::vector<std::size_t> local;    ///< local header of each entry
  std::vector<std::size_t> central;  ///< directory record of each entry
  std::size_t directory = 0;
  std::size_t end = 0;

  /// The archive with `value` written at `at`.
  std::string with(std::size_t at, const std::string& value) const {
    std::string text = bytes;
    text.replace(at, value.size(), value);
    return text;
  }
};

inline Zip zip(const std::vector<ZipPart>& parts, const std::string& comment = "") {
  Zip result;
  std::string directory;
  for (const ZipPart& part : parts) {
    const std::string packed = !part.packed.empty() ? part.packed
                               : part.is_deflated   ? Deflater::pack(part.content)
                                                    : part.content;
    const std::uint64_t size = part.size >= 0 ? static_cast<std::uint64_t>(part.size) : part.content.size();
    const std::uint32_t crc = part.crc >= 0 ? static_cast<std::uint32_t>(part.crc) : crc_of(part.content);
    const std::uint64_t stored = part.is_deflated || !part.packed.empty() ? packed.size() : size;
    const std::string method = le(part.is_deflated ? 8 : 0, 2), flags = le(part.has_descriptor ? 8 : 0, 2);
    std::string sums = le(crc, 4) + le(stored, 4) + le(size, 4), extra;
    const std::string central_sums = sums;
    if (part.has_zip64) {
      sums = le(crc, 4) + le(~0u, 4) + le(~0u, 4);
      extra = le(1, 2) + le(16, 2) + le(size, 8) + le(stored, 8);
    }
    if (part.has_descriptor) sums = std::string(12, '\0');
    result.local.push_back(result.bytes.size());
    const std::string offset = le(result.bytes.size(), 4);
    result.bytes += "PK\x03\x04" + le(20, 2) + flags + method + le(0, 4) + sums + le(part.name.size(), 2) +
                    le(extra.size(), 2) + part.name + extra + packed;
    if (part.has_descriptor) result.bytes += "PK\x07\x08" + central_sums;
    result.central.push_back(directory.size());
    directory += "PK\x01\x02" + le(part.attributes ? 0x0314 : 20, 2) + le(20, 2) + flags + method + le(0, 4) +
                 central_sums + le(part.name.size(), 2) + le(0, 2) + le(0, 2) + le(0, 2) + le(0, 2) +
                 le(part.attributes, 4) + offset + part.name;
  }
  result.directory = result.bytes.size();
  for (std::size_t& at : result.central) at += result.directory;
  result.bytes += directory;
  result.end = result.bytes.size();
  result.bytes += "PK\x05\x06" + le(0, 4) + le(parts.size(), 2) + le(parts.size(), 2) + le(directory.size(), 4) +
                  le(result.directory, 4) + le(comment.size(), 2) + comment;
  return result;
}

}  // namespace betwixt::archive_test
