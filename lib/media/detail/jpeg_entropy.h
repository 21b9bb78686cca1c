// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "betwixt/media/detail/byte_view.h"

namespace betwixt::detail {

/// A Huffman code of a JPEG (ITU-T T.81, annex C): `counts` of the codes of 1 to 16 bits and their symbols.
/// The counts must not be over-subscribed, and there must be as many symbols as codes.
class JpegHuffman {
 public:
  JpegHuffman() = default;
  JpegHuffman(std::span<const std::uint8_t, 16> counts, std::span<const std::uint8_t> symbols);

  bool is_given() const { return is_given_; }

 private:
  friend class JpegBits;

  bool is_given_ = false;
  std::array<std::uint8_t, 256> symbols_{};
  std::array<std::int32_t, 17> end_{};      ///< first code past those of each length
  std::array<std::int32_t, 17> shift_{};    ///< what to add to a code of each length for the place of its symbol
  std::array<std::uint16_t, 256> quick_{};  ///< for 8 bits that begin with a short code: its length and its symbol
};

/// Coefficients of one component that earlier scans made nonzero: bit k of a word is coefficient k of a block, blocks
/// row by row. Empty as long as no scan can refine them.
using JpegHistory = std::vector<std::uint64_t>;

/// One component of a scan.
struct JpegScanPart {
  const JpegHuffman* dc = nullptr;
  const JpegHuffman* ac = nullptr;
  int blocks = 1;                  ///< of each MCU
  JpegHistory* history = nullptr;  ///< only for the AC scans of a progressive picture
};

/// What the bits of a scan have to hold.
struct JpegScan {
  std::uint64_t begin = 0;  ///< of the bits
  std::uint64_t end = 0;    ///< of the marker behind them
  bool is_progressive = false;
  int first = 0, last = 63;  ///< coefficients
  int high = 0, low = 0;     ///< successive approximation
  std::uint64_t units = 0;   ///< MCUs
  std::uint64_t restart_interval = 0;
  std::vector<JpegScanPart> parts;
};

/// Decodes the symbols of a scan without making coefficients of them: E_SYNTAX for a code that is not in its table, a
/// coefficient past the last one, bytes that are left over before a marker; E_TRUNCATED when the bits end early.
/// libjpeg itself stores coefficients past the last one in the last, without a word.
void check_jpeg_scan(const ByteView& view, const JpegScan& scan);

}  // namespace betwixt::detail
