// SPDX-License-Identifier: MIT
#include "betwixt/media/detail/jpeg_entropy.h"

#include <algorithm>

namespace betwixt::detail {

JpegHuffman::JpegHuffman(std::span<const std::uint8_t, 16> counts, std::span<const std::uint8_t> symbols)
    : is_given_(true) {
  std::copy_n(symbols.begin(), std::min(symbols.size(), symbols_.size()), symbols_.begin());
  std::int32_t code = 0, place = 0;
  for (std::size_t length = 1; length <= 16; ++length) {
    shift_[length] = place - code;
    for (int i = 0; i < counts[length - 1]; ++i, ++code, ++place) {
      if (length > 8) continue;
      const std::size_t begin = static_cast<std::size_t>(code) << (8 - length);
      std::fill_n(quick_.begin() + static_cast<std::ptrdiff_t>(begin), std::size_t{1} << (8 - length),
                  static_cast<std::uint16_t>(length << 8 | symbols_[static_cast<std::size_t>(place)]));
    }
    end_[length] = code;
    code <<= 1;
  }
}

/// The bits of a scan, without the zero bytes behind each FF.
class JpegBits {
 public:
  JpegBits(const ByteView& view, std::uint64_t begin, std::uint64_t end) : view_(view), at_(begin), end_(end) {}

  Error error(ErrorCode code, const char* text) const { return view_.error(code, at_, "entropy-coded data", text); }

  int decode(const JpegHuffman& code) {
    fill();
    const std::uint16_t quick = code.quick_[peek(8)];
    if (quick != 0 && quick >> 8 <= count_) {
      count_ -= quick >> 8;
      return quick & 0xFF;
    }
    return decode_long(code);
  }
  void skip(int bits) { take(bits); }
  int take(int bits) {
    fill();
    if (bits > count_) throw error(ErrorCode::kTruncated, "the bits end early");
    count_ -= bits;
    return static_cast<int>(held_ >> count_ & ((std::uint64_t{1} << bits) - 1));
  }

  /// Drops the padding before a marker, which must come next.
  void align() {
    if (count_ >= 8 || (at_ < end_ && view_.data()[at_] != 0xFF) || is_stuffed())
      throw error(ErrorCode::kSyntax, "bytes are left over before the marker");
    count_ = 0;
  }
  /// Passes a restart marker; that they are in order was checked before.
  void restart() {
    align();
    while (at_ < end_ && view_.data()[at_] == 0xFF) ++at_;
    if (at_ >= end_) throw error(ErrorCode::kSyntax, "a restart marker is missing");
    ++at_;
  }

 private:
  bool is_stuffed() const { return at_ + 1 < end_ && view_.data()[at_] == 0xFF && view_.data()[at_ + 1] == 0; }

  void fill() {
    while (count_ <= 48 && at_ < end_) {
      const unsigned byte = view_.data()[at_];
      if (byte == 0xFF && !is_stuffed()) return;
      at_ += byte == 0xFF ? 2 : 1;
      held_ = held_ << 8 | byte;
      count_ += 8;
    }
  }
  /// The next bits, with zeros behind the last one.
  std::size_t peek(int bits) const {
    const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
    return static_cast<std::size_t>((count_ >= bits ? held_ >> (count_ - bits) : held_ << (bits - count_)) & mask);
  }

  int decode_long(const JpegHuffman& code) {
    std::int32_t value = 0;
    for (std::size_t length = 1; length <= 16; ++length) {
      value = value << 1 | take(1);
      const std::int32_t place = value + code.shift_[length];
      if (value < code.end_[length]) return code.symbols_[static_cast<std::size_t>(place)];
    }
    throw error(ErrorCode::kSyntax, "a code that is not in its table");
  }

  const ByteView& view_;
  std::uint64_t at_;
  std::uint64_t end_;
  std::uint64_t held_ = 0;
  int count_ = 0;
};

namespace {

class ScanChecker {
 public:
  ScanChecker(const ByteView& view, const JpegScan& scan) : scan_(scan), bits_(view, scan.begin, scan.end) {}

  void check() {
    for (std::uint64_t unit = 0; unit < scan_.units; ++unit) {
      if (scan_.restart_interval != 0 && unit != 0 && unit % scan_.restart_interval == 0) {
        bits_.restart();
        bands_left_ = 0;
      }
      for (const JpegScanPart& part : scan_.parts)
        for (int block = 0; block < part.blocks; ++block) check_block(part, unit);
    }
    bits_.align();
  }

 private:
  void check_block(const JpegScanPart& part, std::uint64_t unit) {
    if (!scan_.is_progressive) {
      bits_.skip(bits_.decode(*part.dc));
      check_sequential(*part.ac);
    } else if (scan_.first == 0) {
      bits_.skip(scan_.high == 0 ? bits_.decode(*part.dc) : 1);
    } else {
      std::uint64_t unused = 0;
      std::uint64_t& nonzero = part.history->empty() ? unused : (*part.history)[static_cast<std::size_t>(unit)];
      if (scan_.high == 0)
        check_first(*part.ac, nonzero);
      else
        check_refinement(*part.ac, nonzero);
    }
  }

  [[noreturn]] void past_the_end() const {
    throw bits_.error(ErrorCode::kSyntax, "a coefficient past the last one").expected("at most %d", scan_.last);
  }

  void check_sequential(const JpegHuffman& code) {
    for (int k = 1; k <= 63; ++k) {
      const int symbol = bits_.decode(code), run = symbol >> 4, size = symbol & 15;
      if (size == 0 && run != 15) return;
      k += run;
      if (k > 63) past_the_end();
      bits_.skip(size);
    }
  }

  /// First pass over a band of coefficients (T.81 G.1.2.2).
  void check_first(const JpegHuffman& code, std::uint64_t& nonzero) {
    if (bands_left_ > 0) {
      --bands_left_;
      return;
    }
    for (int k = scan_.first; k <= scan_.last; ++k) {
      const int symbol = bits_.decode(code), run = symbol >> 4, size = symbol & 15;
      if (size == 0 && run != 15) {
        bands_left_ = (1 << run) + bits_.take(run) - 1;
        return;
      }
      k += run;
      if (k > scan_.last) past_the_end();
      bits_.skip(size);
      if (size != 0) nonzero |= std::uint64_t{1} << k;
    }
  }

  /// Later passes send one more bit of each coefficient that is not zero yet, between the codes (T.81 G.1.2.3).
  void check_refinement(const JpegHuffman& code, std::uint64_t& nonzero) {
    int k = scan_.first;
    for (; bands_left_ == 0 && k <= scan_.last; ++k) {
      const int symbol = bits_.decode(code), run = symbol >> 4, size = symbol & 15;
      if (size == 0 && run != 15) {
        bands_left_ = (1 << run) + bits_.take(run);
        break;
      }
      if (size > 1) throw bits_.error(ErrorCode::kSyntax, "a new coefficient of more than one bit");
      bits_.skip(size);
      k = pass_zeros(k, run, nonzero);
      if (k > scan_.last) past_the_end();
      if (size != 0) nonzero |= std::uint64_t{1} << k;
    }
    if (bands_left_ == 0) return;
    for (; k <= scan_.last; ++k)
      if (nonzero >> k & 1) bits_.skip(1);
    --bands_left_;
  }

  /// The place behind `zeros` coefficients that are zero; those between that are not get their bit.
  int pass_zeros(int k, int zeros, std::uint64_t nonzero) {
    for (; k <= scan_.last; ++k) {
      if (nonzero >> k & 1)
        bits_.skip(1);
      else if (zeros-- == 0)
        return k;
    }
    return k;
  }

  const JpegScan& scan_;
  JpegBits bits_;
  int bands_left_ = 0;
};

}  // namespace

void check_jpeg_scan(const ByteView& view, const JpegScan& scan) { ScanChecker(view, scan).check(); }

}  // namespace betwixt::detail
