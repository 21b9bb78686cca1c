// SPDX-License-Identifier: MIT
#include "betwixt/media/detail/jpeg_check.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

#include "betwixt/core/checked.h"
#include "betwixt/media/detail/byte_view.h"
#include "betwixt/media/detail/jpeg_entropy.h"

namespace betwixt::detail {
namespace {

enum Marker : std::uint8_t {
  kSof0 = 0xC0,
  kSof2 = 0xC2,
  kDht = 0xC4,
  kJpg = 0xC8,
  kDac = 0xCC,
  kSofLast = 0xCF,
  kRst0 = 0xD0,
  kRst7 = 0xD7,
  kSoi = 0xD8,
  kEoi = 0xD9,
  kSos = 0xDA,
  kDqt = 0xDB,
  kDnl = 0xDC,
  kDri = 0xDD,
  kDhp = 0xDE,
  kExp = 0xDF,
  kApp14 = 0xEE,
};

// A decoder's work may be this many times that of one plain scan of the whole picture.
constexpr std::uint64_t kMostWork = 64;

struct Component {
  int id = 0;
  int across = 0;  ///< sampling factors
  int down = 0;
  int quantiser = 0;
  bool coded = false;
  std::array<std::int8_t, 64> precision{};  ///< progressive: lowest bit sent of each coefficient, -1 before the first
  JpegHistory history = {};
};

struct Segment {
  std::uint8_t marker = 0;
  std::uint64_t begin = 0;  ///< of the contents, after the length
  std::uint64_t end = 0;
  char name[8] = {};
};

/// Component `index` of a scan header.
struct ScanPart {
  Component* component = nullptr;
  int dc_table = 0;
  int ac_table = 0;
};

class MarkerWalker {
 public:
  MarkerWalker(std::span<const std::byte> bytes, const DecodeOptions& options)
      : view_(bytes, "jpeg"), options_(options) {}

  JpegFile walk() {
    if (view_.u8(0, "SOI") != 0xFF) throw view_.error(ErrorCode::kBadMagic, 0, "SOI", "not a JPEG");
    if (view_.u8(1, "SOI") != kSoi) throw view_.error(ErrorCode::kBadMagic, 1, "SOI", "not a JPEG");
    std::uint64_t offset = 2;
    for (;;) {
      const std::uint8_t marker = next_marker(offset);
      if (marker == kEoi) break;
      const Segment segment = read_segment(marker, offset);
      offset = segment.end;
      visit(segment, offset);
    }
    finish(offset - 2);
    return {frame_.width, frame_.height, static_cast<int>(components_.size())};
  }

 private:
  Error fault(ErrorCode code, std::uint64_t offset, const Segment& segment, const char* text) const {
    return view_.error(code, offset, segment.name, text);
  }

  /// Value at `offset` of a segment that must reach so far.
  unsigned byte(const Segment& segment, std::uint64_t offset) const {
    if (offset >= segment.end) throw fault(ErrorCode::kTruncated, segment.end, segment, "the segment ends early");
    return view_.u8(offset, segment.name);
  }
  unsigned word(const Segment& segment, std::uint64_t offset) const {
    const unsigned high = byte(segment, offset);
    return high << 8 | byte(segment, offset + 1);  // bounded: 8 bits
  }

  std::uint8_t next_marker(std::uint64_t& offset) const {
    if (view_.u8(offset, "marker") != 0xFF) throw view_.error(ErrorCode::kSyntax, offset, "marker", "no marker here");
    while (view_.u8(offset, "marker") == 0xFF) ++offset;
    return view_.u8(offset++, "marker");
  }

  Segment read_segment(std::uint8_t marker, std::uint64_t offset) const {
    Segment segment{.marker = marker};
    std::snprintf(segment.name, sizeof segment.name, "FF%02X", marker);
    const bool alone = marker <= 0x01 || (marker >= kRst0 && marker <= kSoi);
    if (alone) throw fault(ErrorCode::kSyntax, offset - 1, segment, "marker out of place");
    const std::uint32_t length = view_.u16(offset, segment.name);
    if (length < 2)
      throw fault(ErrorCode::kValue, offset, segment, "marker length").expected("2 or more").found("%u", length);
    view_.need(offset, length, segment.name);
    segment.begin = offset + 2;
    segment.end = (CheckedSize(offset) + CheckedSize(length)).value();
    return segment;
  }

  void visit(const Segment& segment, std::uint64_t& offset) {
    switch (segment.marker) {
      case kDqt:
        return read_quantisers(segment);
      case kDht:
        return read_huffman(segment);
      case kDri:
        return read_restart(segment);
      case kApp14:
        return read_adobe(segment);
      case kSos:
        return read_scan(segment, offset);
      case kDac:
        throw unsupported(segment, "arithmetic coding");
      case kJpg:
        throw unsupported(segment, "JPEG extension");
      case kDnl:
        throw unsupported(segment, "number of lines given late");
      case kDhp:
      case kExp:
        throw unsupported(segment, "hierarchical JPEG");
      default:
        break;
    }
    if (segment.marker >= kSof0 && segment.marker <= kSofLast) read_frame(segment);
  }

  Error unsupported(const Segment& segment, const char* what) const {
    return fault(ErrorCode::kUnsupported, segment.begin - 4, segment, what);
  }

  void read_quantisers(const Segment& segment) {
    for (std::uint64_t at = segment.begin; at < segment.end;) {
      const unsigned head = byte(segment, at);
      if ((head & 15) > 3 || (head >> 4) > 1)
        throw fault(ErrorCode::kValue, at, segment, "quantisation table id or precision").found("%02x", head);
      ++at;
      const unsigned size = 1 + (head >> 4);      // bounded: 1 or 2
      for (int i = 0; i < 64; ++i, at += size) {  // bounded: 128 bytes on
        const unsigned value = size == 1 ? byte(segment, at) : word(segment, at);
        if (value == 0) throw fault(ErrorCode::kValue, at, segment, "quantisation value 0");
      }
      has_quantiser_[head & 15] = true;
    }
  }

  void read_huffman(const Segment& segment) {
    for (std::uint64_t at = segment.begin; at < segment.end;) {
      const unsigned head = byte(segment, at);
      const unsigned kind = head >> 4, id = head & 15;
      if (kind > 1 || id > 3) throw fault(ErrorCode::kValue, at, segment, "Huffman class or id").found("%02x", head);
      const unsigned count = huffman_count(segment, at + 1);
      const auto counts = view_.part(at + 1, 16, segment.name).first<16>();
      at += 17;  // bounded: a place below 2^63
      for (unsigned i = 0; i < count; ++i, ++at) {
        const unsigned symbol = byte(segment, at);
        if (kind == 0 && symbol > 11)
          throw fault(ErrorCode::kValue, at, segment, "DC category").expected("at most 11").found("%u", symbol);
      }
      huffman_[kind][id] = JpegHuffman(counts, view_.part(at - count, count, segment.name));
    }
  }

  /// Codes in the table whose 16 counts start at `at`.
  unsigned huffman_count(const Segment& segment, std::uint64_t at) const {
    unsigned count = 0, code = 0;
    for (unsigned length = 1; length <= 16; ++length) {
      const unsigned n = byte(segment, at + length - 1);  // bounded: 16 numbers of 8 bits
      // bounded: 16 numbers of 8 bits
      count += n;
      code = (code << 1) + n;  // bounded: at most 2^17
      // bounded: at most 16
      if (code > 1u << length) throw fault(ErrorCode::kValue, at + length - 1, segment, "over-subscribed Huffman code");
    }
    if (count > 256)
      throw fault(ErrorCode::kValue, at, segment, "Huffman counts").expected("at most 256").found("%u", count);
    return count;
  }

  void read_restart(const Segment& segment) {
    if (segment.end - segment.begin != 2) throw fault(ErrorCode::kValue, segment.begin - 2, segment, "restart length");
    restart_interval_ = word(segment, segment.begin);
  }

  void read_adobe(const Segment& segment) {
    const bool adobe = segment.end - segment.begin >= 12 && std::memcmp(view_.data() + segment.begin, "Adobe", 5) == 0;
    if (!adobe) return;
    transform_ = static_cast<int>(byte(segment, segment.begin + 11));
    transform_offset_ = segment.begin + 11;
  }

  void check_frame_kind(const Segment& segment) const {
    switch (segment.marker) {
      case 0xC0:
      case 0xC1:
      case 0xC2:
        break;
      case 0xC3:
        throw unsupported(segment, "lossless JPEG (SOF3)");
      case 0xC5:
      case 0xC6:
      case 0xC7:
        throw unsupported(segment, "hierarchical JPEG (SOF5 to SOF7)");
      default:
        throw unsupported(segment, "arithmetic coding (SOF9 to SOF15)");
    }
    const unsigned bits = byte(segment, segment.begin);
    if (bits == 12) throw unsupported(segment, "12 bits a sample");
    if (bits != 8) throw fault(ErrorCode::kValue, segment.begin, segment, "precision").expected("8").found("%u", bits);
  }

  void read_frame(const Segment& segment) {
    check_frame_kind(segment);
    if (!components_.empty()) throw fault(ErrorCode::kDuplicate, segment.begin - 4, segment, "second frame header");
    progressive_ = segment.marker == kSof2;
    frame_.height = static_cast<int>(word(segment, segment.begin + 1));
    frame_.width = static_cast<int>(word(segment, segment.begin + 3));
    check_size(segment);
    const unsigned count = byte(segment, segment.begin + 5);
    if (count == 4) throw unsupported(segment, "four components");
    if (count != 1 && count != 3)
      throw fault(ErrorCode::kValue, segment.begin + 5, segment, "components").expected("1 or 3").found("%u", count);
    for (unsigned i = 0; i < count; ++i) read_component(segment, segment.begin + 6 + std::uint64_t{3} * i);
    if (segment.begin + 6 + std::uint64_t{3} * count != segment.end)
      throw fault(ErrorCode::kValue, segment.begin - 2, segment, "frame header length");
    check_sampling(segment);
  }

  void check_size(const Segment& segment) const {
    if (frame_.height == 0) throw fault(ErrorCode::kValue, segment.begin + 1, segment, "height 0");
    if (frame_.width == 0) throw fault(ErrorCode::kValue, segment.begin + 3, segment, "width 0");
    if (frame_.width > options_.max_side || frame_.height > options_.max_side) {
      Error error = fault(ErrorCode::kLimit, segment.begin + 1, segment, "picture too large");
      throw error.limit("picture side")
          .expected("at most %d", options_.max_side)
          .found("%dx%d", frame_.width, frame_.height);
    }
    const std::uint64_t pixels = static_cast<std::uint64_t>(frame_.width) * static_cast<std::uint64_t>(frame_.height);
    if (pixels > options_.max_pixels) {
      Error error = fault(ErrorCode::kLimit, segment.begin + 1, segment, "picture too large");
      throw error.limit("picture pixels")
          .expected("at most %llu", static_cast<unsigned long long>(options_.max_pixels))
          .found("%llu", static_cast<unsigned long long>(pixels));
    }
  }

  void read_component(const Segment& segment, std::uint64_t at) {
    Component component;
    component.id = static_cast<int>(byte(segment, at));
    const unsigned sampling = byte(segment, at + 1);
    component.across = static_cast<int>(sampling >> 4);
    component.down = static_cast<int>(sampling & 15);
    component.quantiser = static_cast<int>(byte(segment, at + 2));
    component.precision.fill(-1);
    if (find(component.id)) throw fault(ErrorCode::kDuplicate, at, segment, "component id").found("%d", component.id);
    if (component.across < 1 || component.across > 4 || component.down < 1 || component.down > 4)
      throw fault(ErrorCode::kValue, at + 1, segment, "sampling factors").expected("1 to 4").found("%02x", sampling);
    if (component.quantiser > 3)
      throw fault(ErrorCode::kValue, at + 2, segment, "quantisation table id").found("%d", component.quantiser);
    components_.push_back(component);
  }

  Component* find(int id) {
    const auto found = std::ranges::find(components_, id, &Component::id);
    return found == components_.end() ? nullptr : &*found;
  }

  void check_sampling(const Segment& segment) {
    for (const Component& component : components_) {
      most_across_ = std::max(most_across_, component.across);
      most_down_ = std::max(most_down_, component.down);
    }
    for (const Component& component : components_) {
      if (most_across_ % component.across != 0 || most_down_ % component.down != 0)
        throw unsupported(segment, "fractional sampling ratio");
    }
  }

  void read_scan(const Segment& segment, std::uint64_t& offset) {
    if (components_.empty())
      throw fault(ErrorCode::kSyntax, segment.begin - 4, segment, "scan before the frame header");
    if (++scans_ > options_.max_scans) {
      Error error = fault(ErrorCode::kBomb, segment.begin - 4, segment, "too many scans");
      throw error.limit("scans").expected("at most %d", options_.max_scans);
    }
    const unsigned count = byte(segment, segment.begin);
    if (count < 1 || count > 4 || segment.end - segment.begin != std::uint64_t{4} + 2 * std::uint64_t{count})
      throw fault(ErrorCode::kValue, segment.begin, segment, "components of the scan").found("%u", count);
    std::vector<ScanPart> parts;
    for (unsigned i = 0; i < count; ++i)
      parts.push_back(read_scan_part(segment, segment.begin + 1 + 2 * std::uint64_t{i}, parts));
    check_blocks(segment, parts);
    if (progressive_)
      check_progression(segment, parts);
    else
      check_sequential(segment, parts);
    add_work(segment, parts);
    offset = skip_entropy(segment, parts);
    check_entropy(segment, offset, parts);
  }

  void check_entropy(const Segment& segment, std::uint64_t end, const std::vector<ScanPart>& parts) const {
    const unsigned bits = byte(segment, segment.end - 1);
    JpegScan scan{.begin = segment.end, .end = end, .is_progressive = progressive_};
    scan.units = units_of(parts);
    scan.restart_interval = restart_interval_;
    if (progressive_) {
      scan.first = static_cast<int>(byte(segment, segment.end - 3));
      scan.last = static_cast<int>(byte(segment, segment.end - 2));
      scan.high = static_cast<int>(bits >> 4);
      scan.low = static_cast<int>(bits & 15);
    }
    for (const ScanPart& part : parts) {
      Component& component = *part.component;
      // A band whose lowest bit is sent at once is never refined.
      if (scan.first > 0 && scan.low > 0 && component.history.empty())
        component.history.resize(CheckedSize(blocks_of(component)).size());
      scan.parts.push_back({.dc = &huffman_[0][static_cast<std::size_t>(part.dc_table)],
                            .ac = &huffman_[1][static_cast<std::size_t>(part.ac_table)],
                            .blocks = parts.size() == 1 ? 1 : component.across * component.down,
                            .history = &component.history});
    }
    check_jpeg_scan(view_, scan);
  }

  ScanPart read_scan_part(const Segment& segment, std::uint64_t at, const std::vector<ScanPart>& before) {
    const unsigned id = byte(segment, at), tables = byte(segment, at + 1);
    const ScanPart part{find(static_cast<int>(id)), static_cast<int>(tables >> 4), static_cast<int>(tables & 15)};
    if (!part.component) throw fault(ErrorCode::kValue, at, segment, "scan of an unknown component").found("%u", id);
    for (const ScanPart& other : before) {
      if (other.component == part.component)
        throw fault(ErrorCode::kDuplicate, at, segment, "component twice in a scan");
    }
    if (part.dc_table > 3 || part.ac_table > 3)
      throw fault(ErrorCode::kValue, at + 1, segment, "Huffman table id").found("%02x", tables);
    if (!has_quantiser_[static_cast<std::size_t>(part.component->quantiser)])
      throw fault(ErrorCode::kMissing, at, segment, "quantisation table")
          .found("none with id %d", part.component->quantiser);
    return part;
  }

  void check_blocks(const Segment& segment, const std::vector<ScanPart>& parts) const {
    int blocks = 0;
    for (const ScanPart& part : parts) blocks += part.component->across * part.component->down;
    if (parts.size() > 1 && blocks > 10) throw unsupported(segment, "more than 10 blocks in an MCU");
  }

  void need_table(const Segment& segment, std::size_t kind, int id) const {
    if (huffman_[kind][static_cast<std::size_t>(id)].is_given()) return;
    throw fault(ErrorCode::kMissing, segment.begin - 4, segment, "Huffman table")
        .found("none of class %zu with id %d", kind, id);
  }

  void check_sequential(const Segment& segment, const std::vector<ScanPart>& parts) const {
    for (const ScanPart& part : parts) {
      if (part.component->coded) throw fault(ErrorCode::kDuplicate, segment.begin, segment, "component coded twice");
      part.component->coded = true;
      need_table(segment, 0, part.dc_table);
      need_table(segment, 1, part.ac_table);
    }
  }

  void check_progression(const Segment& segment, const std::vector<ScanPart>& parts) const {
    const std::uint64_t at = segment.end - 3;
    const unsigned first = byte(segment, at), last = byte(segment, at + 1), bits = byte(segment, at + 2);
    const unsigned high = bits >> 4, low = bits & 15;
    if (first > last || last > 63 || (first == 0) != (last == 0))
      throw fault(ErrorCode::kValue, at, segment, "spectral selection").found("%u to %u", first, last);
    if (first > 0 && parts.size() > 1) throw fault(ErrorCode::kValue, at, segment, "AC scan of several components");
    if (low > 13 || (high != 0 && high != low + 1))  // bounded: 4 bits
      throw fault(ErrorCode::kValue, at + 2, segment, "successive approximation").found("%u, %u", high, low);
    for (const ScanPart& part : parts) {
      if (first == 0 && high == 0) need_table(segment, 0, part.dc_table);
      if (first > 0) need_table(segment, 1, part.ac_table);
      if (first > 0 && part.component->precision[0] < 0)
        throw fault(ErrorCode::kSyntax, at, segment, "AC scan before the first DC scan");
      refine(segment, *part.component, {first, last}, {static_cast<int>(high), static_cast<int>(low)});
    }
  }

  void refine(const Segment& segment, Component& component, std::array<unsigned, 2> band,
              std::array<int, 2> bits) const {
    component.coded = true;
    for (unsigned k = band[0]; k <= band[1]; ++k) {
      std::int8_t& precision = component.precision[k];
      const int expected = bits[0] == 0 ? -1 : bits[0];
      if (precision != expected)
        throw fault(ErrorCode::kSyntax, segment.end - 1, segment, "scan out of order")
            .expected("coefficient %u at bit %d", k, expected)
            .found("%d", precision);
      precision = static_cast<std::int8_t>(bits[1]);
    }
  }

  static std::uint64_t blocks_along(int size, int factor, int most) {
    // bounded: sides have 16 bits, factors are at most 4
    return (static_cast<std::uint64_t>(size) * static_cast<std::uint64_t>(factor) +
            8 * static_cast<std::uint64_t>(most) - 1) /
           (8 * static_cast<std::uint64_t>(most));
  }
  std::uint64_t blocks_of(const Component& component) const {
    return blocks_along(frame_.width, component.across, most_across_) *
           blocks_along(frame_.height, component.down, most_down_);
  }

  void add_work(const Segment& segment, const std::vector<ScanPart>& parts) {
    for (const ScanPart& part : parts) work_ += blocks_of(*part.component);  // bounded: stops at kMostWork
    const std::uint64_t once = blocks_along(frame_.width, 1, 1) * blocks_along(frame_.height, 1, 1);
    if (work_ > kMostWork * once)
      throw fault(ErrorCode::kBomb, segment.begin - 4, segment, "the scans ask for too much work");
  }

  /// Units between which restart markers are counted: MCUs, or blocks when the scan has one component.
  std::uint64_t units_of(const std::vector<ScanPart>& parts) const {
    if (parts.size() == 1) return blocks_of(*parts[0].component);
    return blocks_along(frame_.width, 1, most_across_) * blocks_along(frame_.height, 1, most_down_);
  }

  /// Offset of the marker that ends the entropy-coded bytes after a scan header.
  std::uint64_t skip_entropy(const Segment& segment, const std::vector<ScanPart>& parts) const {
    const std::uint64_t expected = restart_interval_ == 0 ? 0 : (units_of(parts) - 1) / restart_interval_;
    std::uint64_t restarts = 0, offset = segment.end;
    for (;;) {
      const void* found =
          offset < view_.size() ? std::memchr(view_.data() + offset, 0xFF, view_.size() - offset) : nullptr;
      if (!found) view_.need(view_.size(), 2, "EOI");
      offset = static_cast<std::uint64_t>(static_cast<const unsigned char*>(found) - view_.data());
      const std::uint8_t marker = view_.u8(offset + 1, "EOI");  // bounded: 8 bits
      const bool restart = marker >= kRst0 && marker <= kRst7;
      const bool in_order = restarts < expected && marker == kRst0 + restarts % 8;  // bounded: below 8
      if (restart && !in_order)
        throw fault(ErrorCode::kSyntax, offset, segment, "restart marker out of order").found("RST%d", marker - kRst0);
      if (restart) ++restarts;
      if (marker != 0 && marker != 0xFF && !restart) break;
      offset += marker == 0xFF ? 1 : 2;  // bounded: a place below 2^63
    }
    if (restarts != expected)
      throw fault(ErrorCode::kSyntax, offset, segment, "restart markers missing")
          .expected("%llu", static_cast<unsigned long long>(expected))
          .found("%llu", static_cast<unsigned long long>(restarts));
    return offset;
  }

  void finish(std::uint64_t offset) const {
    if (components_.empty()) throw view_.error(ErrorCode::kMissing, offset, "EOI", "no frame header");
    for (const Component& component : components_) {
      if (!component.coded)
        throw view_.error(ErrorCode::kMissing, offset, "EOI", "no scan of a component").found("id %d", component.id);
    }
    const bool contradicts = transform_ >= 2 || (transform_ == 1 && components_.size() == 1);
    if (contradicts) {
      Error error = view_.error(ErrorCode::kMismatch, transform_offset_, "Adobe", "colour transform");
      throw error.found("transform %d with %zu components", transform_, components_.size());
    }
  }

  ByteView view_;
  const DecodeOptions& options_;
  JpegFile frame_;
  bool progressive_ = false;
  std::vector<Component> components_;
  int most_across_ = 1;
  int most_down_ = 1;
  std::array<bool, 4> has_quantiser_{};
  std::array<std::array<JpegHuffman, 4>, 2> huffman_{};
  std::uint64_t restart_interval_ = 0;
  int scans_ = 0;
  std::uint64_t work_ = 0;
  int transform_ = -1;
  std::uint64_t transform_offset_ = 0;
};

}  // namespace

JpegFile check_jpeg(std::span<const std::byte> bytes, const DecodeOptions& options) {
  return MarkerWalker(bytes, options).walk();
}

}  // namespace betwixt::detail
