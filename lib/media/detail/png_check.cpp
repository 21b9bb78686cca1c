// SPDX-License-Identifier: MIT
#include "betwixt/media/detail/png_check.h"

#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <limits>

#include "betwixt/core/checked.h"
#include "betwixt/media/detail/byte_view.h"
#include "betwixt/media/detail/c_memory.h"

namespace betwixt::detail {
namespace {

constexpr unsigned char kSignature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
constexpr std::uint32_t kLargest = 0x7fffffff;

constexpr std::uint32_t tag(const char (&name)[5]) {
  return static_cast<std::uint32_t>(static_cast<unsigned char>(name[0])) << 24 |
         static_cast<std::uint32_t>(static_cast<unsigned char>(name[1])) << 16 |
         static_cast<std::uint32_t>(static_cast<unsigned char>(name[2])) << 8 |
         static_cast<std::uint32_t>(static_cast<unsigned char>(name[3]));
}

struct Chunk {
  std::uint64_t begin = 0;  ///< of the length field
  std::uint32_t length = 0;
  std::uint32_t type = 0;
  char name[5] = {};

  std::uint64_t content() const { return begin + 8; }
  std::uint64_t end() const { return begin + 12 + length; }  // bounded: a place and 32 bits
  bool critical() const { return (type & 0x20000000u) == 0; }
};

class ChunkWalker {
 public:
  ChunkWalker(std::span<const std::byte> bytes, const DecodeOptions& options)
      : view_(bytes, "png"), options_(options) {}

  PngFile walk() {
    check_signature();
    Chunk chunk = read_chunk(sizeof kSignature);
    if (chunk.type != tag("IHDR")) throw fault(ErrorCode::kSyntax, chunk, "the first chunk must be IHDR");
    read_header(chunk);
    keep(0, chunk.end());
    while (chunk.type != tag("IEND")) {
      chunk = read_chunk(chunk.end());
      visit(chunk);
    }
    if (chunk.length != 0) throw fault(ErrorCode::kValue, chunk, "IEND must be empty").found("%u bytes", chunk.length);
    if (data_end_ == 0) throw fault(ErrorCode::kMissing, chunk, "no IDAT chunk");
    if (chunk.end() != view_.size())
      throw view_.error(ErrorCode::kTrailing, chunk.end(), "IEND", "bytes after the end");
    return std::move(file_);
  }

 private:
  Error fault(ErrorCode code, const Chunk& chunk, const char* text) const {
    return view_.error(code, chunk.begin, chunk.name, text);
  }

  void keep(std::uint64_t begin, std::uint64_t end) {
    if (!file_.parts.empty() && kept_end_ == begin)
      file_.parts.back() = {file_.parts.back().data(), file_.parts.back().size() + (end - begin)};
    else
      file_.parts.push_back(view_.part(begin, end - begin, "chunk"));
    kept_end_ = end;
  }

  void check_signature() const {
    const std::size_t present = std::min<std::size_t>(view_.size(), sizeof kSignature);
    for (std::size_t i = 0; i < present; ++i) {
      if (view_.data()[i] != kSignature[i]) throw view_.error(ErrorCode::kBadMagic, i, "signature", "not a PNG");
    }
    view_.need(0, sizeof kSignature, "signature");
  }

  Chunk read_chunk(std::uint64_t offset) const {
    view_.need(offset, 12, "chunk");
    Chunk chunk{.begin = offset, .length = view_.u32(offset, "length"), .type = view_.u32(offset + 4, "type")};
    std::memcpy(chunk.name, view_.data() + offset + 4, 4);
    // bounded: the array has 5
    const bool letters = std::all_of(chunk.name, chunk.name + 4,
                                     [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
    if (!letters) throw view_.error(ErrorCode::kSyntax, offset + 4, "chunk type", "not four letters");
    if (chunk.length > kLargest) throw fault(ErrorCode::kOffset, chunk, "chunk length").expected("at most 2147483647");
    view_.need(chunk.content(), std::uint64_t{chunk.length} + 4, chunk.name);
    check_crc(chunk);
    return chunk;
  }

  void check_crc(const Chunk& chunk) const {
    if (!chunk.critical() && chunk.type != tag("tRNS") && !options_.check_ancillary_crc) return;
    const auto covered = view_.part(chunk.begin + 4, std::uint64_t{chunk.length} + 4, chunk.name);
    const auto actual = static_cast<std::uint32_t>(crc32_z(crc32_z(0, nullptr, 0), covered.data(), covered.size()));
    const std::uint32_t stated = view_.u32(chunk.end() - 4, "crc");
    if (actual == stated) return;
    Error error = view_.error(ErrorCode::kChecksum, chunk.end() - 4, chunk.name, "chunk CRC");
    throw error.expected("%08x", stated).found("%08x", actual);
  }

  void read_header(const Chunk& chunk) {
    if (chunk.length != 13)
      throw fault(ErrorCode::kSyntax, chunk, "IHDR length").expected("13").found("%u", chunk.length);
    const std::uint64_t at = chunk.content();
    file_.width = view_.u32(at, "width");
    file_.height = view_.u32(at + 4, "height");
    file_.depth = view_.u8(at + 8, "depth");
    check_side(file_.width, at, "IHDR.width");
    check_side(file_.height, at + 4, "IHDR.height");
    check_colour(view_.u8(at + 9, "colour"), at + 8);
    if (view_.u8(at + 10, "compression") != 0) throw value_fault(at + 10, "IHDR.compression", "0");
    if (view_.u8(at + 11, "filter") != 0) throw value_fault(at + 11, "IHDR.filter", "0");
    if (view_.u8(at + 12, "interlace") > 1) throw value_fault(at + 12, "IHDR.interlace", "0 or 1");
    file_.interlaced = view_.u8(at + 12, "interlace") == 1;
    check_limits(at);
  }

  Error value_fault(std::uint64_t offset, const char* field, const char* expected) const {
    Error error = view_.error(ErrorCode::kValue, offset, field, "");
    return error.expected("%s", expected).found("%u", view_.u8(offset, field));
  }

  void check_side(std::uint32_t side, std::uint64_t offset, const char* field) const {
    if (side != 0 && side <= kLargest) return;
    Error error = view_.error(ErrorCode::kValue, offset, field, "");
    throw error.expected("1 to 2147483647").found("%u", side);
  }

  void check_colour(int colour, std::uint64_t offset) {
    const int depth = file_.depth;
    const bool low = depth == 1 || depth == 2 || depth == 4, high = depth == 8 || depth == 16;
    const bool allowed = (colour == 0 && (low || high)) || (colour == 3 && (low || depth == 8)) ||
                         ((colour == 2 || colour == 4 || colour == 6) && high);
    if (!allowed) {
      Error error = view_.error(ErrorCode::kValue, offset, "IHDR.depth", "depth and colour type do not go together");
      throw error.found("depth %d, colour type %d", depth, colour);
    }
    file_.colour = static_cast<PngColour>(colour);
  }

  void check_limits(std::uint64_t offset) const {
    const CheckedSize pixels = CheckedSize(file_.width) * CheckedSize(file_.height);
    const auto side_limit = static_cast<std::uint32_t>(std::max(0, options_.max_side));
    if (file_.width > side_limit || file_.height > side_limit) {
      Error error = view_.error(ErrorCode::kLimit, offset, "IHDR", "picture too large");
      throw error.limit("picture side").expected("at most %u", side_limit).found("%ux%u", file_.width, file_.height);
    }
    if (pixels > CheckedSize(options_.max_pixels)) {
      Error error = view_.error(ErrorCode::kLimit, offset, "IHDR", "picture too large");
      throw error.limit("picture pixels")
          .expected("at most %llu", static_cast<unsigned long long>(options_.max_pixels))
          .found("%llu", static_cast<unsigned long long>(pixels.value()));
    }
    // The widest thing made of a pixel, here or in the decoder, is four 16-bit samples.
    constexpr std::uint64_t kWidestPixel = 8;
    if (pixels.value() > std::numeric_limits<std::size_t>::max() / kWidestPixel) {
      Error error = view_.error(ErrorCode::kOverflow, offset, "IHDR", "picture size wraps");
      throw error.found("%ux%u", file_.width, file_.height);
    }
  }

  void visit(const Chunk& chunk) {
    if (chunk.type == tag("IHDR")) throw fault(ErrorCode::kDuplicate, chunk, "second IHDR");
    if (chunk.type == tag("PLTE")) return read_palette(chunk);
    if (chunk.type == tag("tRNS")) return read_transparency(chunk);
    if (chunk.type == tag("IDAT")) return add_data(chunk);
    if (chunk.type == tag("IEND")) return keep(chunk.begin, chunk.end());
    if (chunk.type == tag("acTL")) throw fault(ErrorCode::kUnsupported, chunk, "animated PNG");
    if (chunk.critical()) throw fault(ErrorCode::kUnsupported, chunk, "unknown critical chunk");
  }

  void read_palette(const Chunk& chunk) {
    if (!file_.palette.empty()) throw fault(ErrorCode::kDuplicate, chunk, "second PLTE");
    if (data_end_ != 0) throw fault(ErrorCode::kSyntax, chunk, "PLTE after IDAT");
    if (saw_transparency_) throw fault(ErrorCode::kSyntax, chunk, "PLTE after tRNS");
    if (file_.colour == PngColour::kGrey || file_.colour == PngColour::kGreyAlpha)
      throw fault(ErrorCode::kValue, chunk, "a grey picture has no palette");
    const std::uint32_t most = file_.colour == PngColour::kPalette ? 1u << file_.depth : 256u;
    if (chunk.length == 0 || chunk.length % 3 != 0 || chunk.length / 3 > most)
      throw fault(ErrorCode::kValue, chunk, "PLTE length")
          .expected("3 to %u, in threes", 3 * most)
          .found("%u", chunk.length);
    for (std::uint64_t at = chunk.content(); at < chunk.end() - 4; at += 3)
      file_.palette.push_back({view_.u8(at, "PLTE"), view_.u8(at + 1, "PLTE"), view_.u8(at + 2, "PLTE")});
    keep(chunk.begin, chunk.end());
  }

  void read_transparency(const Chunk& chunk) {
    if (saw_transparency_) throw fault(ErrorCode::kDuplicate, chunk, "second tRNS");
    if (data_end_ != 0) throw fault(ErrorCode::kSyntax, chunk, "tRNS after IDAT");
    saw_transparency_ = true;
    if (file_.colour == PngColour::kGreyAlpha || file_.colour == PngColour::kRgba)
      throw fault(ErrorCode::kValue, chunk, "a picture with alpha has no tRNS");
    if (file_.colour == PngColour::kPalette) return read_palette_alpha(chunk);
    const std::uint32_t samples = file_.colour == PngColour::kGrey ? 1 : 3;
    if (chunk.length != 2 * samples)
      throw fault(ErrorCode::kValue, chunk, "tRNS length").expected("%u", 2 * samples).found("%u", chunk.length);
    file_.has_key = true;
    const std::uint32_t mask = (1u << file_.depth) - 1;
    for (std::uint32_t i = 0; i < samples; ++i)
      file_.key[i] = static_cast<std::uint16_t>(view_.u16(chunk.content() + 2 * i, "tRNS") & mask);
  }

  void read_palette_alpha(const Chunk& chunk) {
    if (file_.palette.empty()) throw fault(ErrorCode::kSyntax, chunk, "tRNS before PLTE");
    if (chunk.length == 0 || chunk.length > file_.palette.size())
      throw fault(ErrorCode::kValue, chunk, "tRNS length")
          .expected("1 to %zu", file_.palette.size())
          .found("%u", chunk.length);
    const auto alpha = view_.part(chunk.content(), chunk.length, "tRNS");
    file_.palette_alpha.assign(alpha.begin(), alpha.end());
  }

  void add_data(const Chunk& chunk) {
    if (file_.colour == PngColour::kPalette && file_.palette.empty())
      throw fault(ErrorCode::kMissing, chunk, "a palette picture without PLTE");
    if (data_end_ != 0 && data_end_ != chunk.begin) throw fault(ErrorCode::kSyntax, chunk, "IDAT chunks apart");
    if (chunk.length != 0) file_.data.push_back(view_.part(chunk.content(), chunk.length, "IDAT"));
    keep(chunk.begin, chunk.end());
    data_end_ = chunk.end();
  }

  ByteView view_;
  const DecodeOptions& options_;
  PngFile file_;
  bool saw_transparency_ = false;
  std::uint64_t kept_end_ = 0;
  std::uint64_t data_end_ = 0;  ///< end of the last IDAT chunk, 0 before the first
};

/// Rows of equal length; an interlaced picture has up to seven such groups.
struct RowGroup {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;  ///< with the filter byte
};

std::vector<RowGroup> row_groups(const PngFile& file) {
  if (!file.interlaced) return {{file.height, 1 + png_row_bytes(file.width, file.row_bits())}};
  // Adam7: x start, y start, x step, y step of each pass (PNG specification 8.2).
  constexpr unsigned kPasses[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                      {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
  std::vector<RowGroup> groups;
  for (const auto& [x, y, step_x, step_y] : kPasses) {
    const std::uint64_t width = file.width > x ? (file.width - x + step_x - 1) / step_x : 0;
    const std::uint64_t height = file.height > y ? (file.height - y + step_y - 1) / step_y : 0;
    if (width > 0 && height > 0) groups.push_back({height, 1 + png_row_bytes(width, file.row_bits())});
  }
  return groups;
}

/// Inflates into a small window and looks at each filter byte as it passes.
class DataChecker {
 public:
  DataChecker(const PngFile& file, std::span<const std::byte> bytes)
      : file_(file), view_(bytes, "png"), groups_(row_groups(file)) {}
  DataChecker(const DataChecker&) = delete;
  DataChecker& operator=(const DataChecker&) = delete;
  ~DataChecker() { inflateEnd(&stream_); }

  void check() {
    start();
    int status = Z_OK;
    while (status != Z_STREAM_END) {
      refill();
      stream_.next_out = window_.data();
      stream_.avail_out = static_cast<uInt>(window_.size());
      const bool dry = stream_.avail_in == 0;
      status = inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_MEM_ERROR) throw Error(ErrorCode::kOutOfMemory, "png", "no memory to inflate");
      if (status == Z_BUF_ERROR && dry) throw truncated();
      if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
        throw fault(ErrorCode::kSyntax, "damaged deflate data");
      take({window_.data(), window_.size() - stream_.avail_out});
    }
    finish();
  }

 private:
  std::uint64_t offset() const {
    if (stream_.next_in) return static_cast<std::uint64_t>(stream_.next_in - view_.data());
    return file_.data.empty() ? view_.size() : static_cast<std::uint64_t>(file_.data.front().data() - view_.data());
  }
  Error fault(ErrorCode code, const char* text) const { return view_.error(code, offset(), "IDAT", text); }
  Error truncated() const { return fault(ErrorCode::kTruncated, "the picture data ends early"); }

  void refill() {
    while (stream_.avail_in == 0 && next_part_ < file_.data.size()) {
      const auto part = file_.data[next_part_++];
      stream_.next_in = const_cast<unsigned char*>(part.data());
      stream_.avail_in = static_cast<uInt>(part.size());
    }
  }

  unsigned next_byte() {
    refill();
    if (stream_.avail_in == 0) throw truncated();
    --stream_.avail_in;
    return *stream_.next_in++;
  }

  void start() {
    const unsigned method = next_byte();
    const unsigned flags = next_byte();
    if ((method & 15) != 8 || (method >> 4) > 7 || (method * 256 + flags) % 31 != 0 || (flags & 0x20) != 0)
      throw fault(ErrorCode::kSyntax, "zlib header").found("%02x %02x", method, flags);
    const int window_bits = static_cast<int>(method >> 4) + 8;
    stream_.zalloc = zlib_allocate;
    stream_.zfree = zlib_release;
    if (inflateInit2(&stream_, -window_bits) != Z_OK)
      throw Error(ErrorCode::kOutOfMemory, "png", "no memory to inflate");
  }

  void take(std::span<const unsigned char> bytes) {
    adler_ = adler32_z(adler_, bytes.data(), bytes.size());
    std::size_t at = 0;
    while (at < bytes.size()) {
      if (group_ == groups_.size()) throw fault(ErrorCode::kBomb, "more picture data than the header implies");
      if (in_row_ == 0 && bytes[at] > 4) throw bad_filter(bytes[at]);
      const std::uint64_t step = std::min<std::uint64_t>(bytes.size() - at, groups_[group_].bytes - in_row_);
      at += static_cast<std::size_t>(step);
      in_row_ += step;  // bounded: at most the bytes of the row
      if (in_row_ == groups_[group_].bytes) next_row();
    }
  }

  Error bad_filter(unsigned filter) const {
    char field[48];
    std::snprintf(field, sizeof field, "pass %zu row %llu", group_, static_cast<unsigned long long>(row_));
    Error error = view_.error(ErrorCode::kValue, offset(), field, "filter byte");
    return error.expected("0 to 4").found("%u", filter);
  }

  void next_row() {
    in_row_ = 0;
    if (++row_ < groups_[group_].rows) return;
    row_ = 0;
    ++group_;
  }

  void finish() {
    if (group_ != groups_.size()) throw truncated();
    const std::uint64_t begin = offset();
    std::uint32_t stated = 0;
    for (int i = 0; i < 4; ++i) stated = stated << 8 | next_byte();
    if (stated != static_cast<std::uint32_t>(adler_)) {
      Error error = view_.error(ErrorCode::kChecksum, begin, "IDAT", "Adler-32");
      throw error.expected("%08x", stated).found("%08x", static_cast<std::uint32_t>(adler_));
    }
    refill();
    if (stream_.avail_in != 0) throw fault(ErrorCode::kTrailing, "bytes after the compressed data");
  }

  const PngFile& file_;
  ByteView view_;
  std::vector<RowGroup> groups_;
  z_stream stream_{};
  std::size_t next_part_ = 0;
  std::size_t group_ = 0;
  std::uint64_t row_ = 0;
  std::uint64_t in_row_ = 0;
  uLong adler_ = 1;
  std::array<unsigned char, 16384> window_{};
};

}  // namespace

int PngFile::samples() const {
  switch (colour) {
    case PngColour::kRgb:
      return 3;
    case PngColour::kGreyAlpha:
      return 2;
    case PngColour::kRgba:
      return 4;
    default:
      return 1;
  }
}

std::uint64_t png_row_bytes(std::uint64_t width, int bits) {
  return ((CheckedSize(width) * CheckedSize(static_cast<std::uint64_t>(bits)) + CheckedSize(7)).value()) / 8;
}

PngFile check_png_chunks(std::span<const std::byte> bytes, const DecodeOptions& options) {
  return ChunkWalker(bytes, options).walk();
}

void check_png_data(const PngFile& file, std::span<const std::byte> bytes) { DataChecker(file, bytes).check(); }

}  // namespace betwixt::detail
