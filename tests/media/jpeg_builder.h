// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace betwixt::media_test {

/// Makes JPEG files of flat grey: one Huffman code of one bit, so that the coded data are zero bits.

inline std::string be16(unsigned value) { return {static_cast<char>(value >> 8), static_cast<char>(value)}; }

inline std::string bare(int marker) { return {'\xFF', static_cast<char>(marker)}; }

inline std::string segment(int marker, const std::string& content) {
  return bare(marker) + be16(static_cast<unsigned>(content.size() + 2)) + content;
}

/// Raw bytes given as numbers.
template <class... Values>
std::string raw(Values... values) {
  return {static_cast<char>(values)...};
}

/// A table of 64 equal values.
inline std::string dqt(int id = 0, int value = 16) {
  return segment(0xDB, raw(id) + std::string(64, static_cast<char>(value)));
}

/// One code, "0", for `symbol`; `kind` 0 DC, 1 AC.
inline std::string dht(int kind, int id = 0, int symbol = 0) {
  return segment(0xC4, raw(kind << 4 | id) + raw(1) + std::string(15, '\0') + raw(symbol));
}

/// Frame header with `components` as id, sampling, quantisation table.
inline std::string sof(int marker, unsigned width, unsigned height, const std::string& components, int precision = 8) {
  return segment(marker, raw(precision) + be16(height) + be16(width) + raw(components.size() / 3) + components);
}

/// Scan header with `components` as id, tables.
inline std::string sos(const std::string& components, int first = 0, int last = 63, int bits = 0) {
  return segment(0xDA, raw(components.size() / 2) + components + raw(first, last, bits));
}

inline const std::string kSoi = bare(0xD8), kEoi = bare(0xD9);
inline const std::string kTables = dqt() + dht(0) + dht(1);
inline const std::string kGrey = raw(1, 0x11, 0);
inline const std::string kColours = raw(1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0);
/// Up to four blocks.
inline const std::string kBits = raw(0);

/// SOI, tables, frame, and the rest as given, EOI.
inline std::string jpeg_with(const std::string& frame, const std::string& rest) {
  return kSoi + kTables + frame + rest + kEoi;
}

}  // namespace betwixt::media_test
