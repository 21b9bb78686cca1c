// SPDX-License-Identifier: MIT
#include "betwixt/media/detail/byte_source.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"
#include "betwixt/media/detail/c_memory.h"

namespace betwixt::detail {
namespace {

constexpr std::size_t kChunk = std::size_t{64} << 10;

class StoredSource final : public ByteSource {
 public:
  StoredSource(File& file, const char* loader, FilePart part) : ByteSource(loader), file_(file), part_(part) {}

  std::size_t read_some(std::span<std::byte> into) override {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), part_.size - done_));
    if (count == 0) return 0;
    file_.read(file_offset(), into.first(count));
    done_ += count;  // bounded: count is at most what is left
    return count;
  }
  std::uint64_t most_left() const override { return part_.size - done_; }
  std::uint64_t file_offset() const override { return part_.at(done_); }
  void skip(std::uint64_t count) override {
    if (count > most_left())
      throw Error(ErrorCode::kTruncated, loader(), "data ends early").at(part_.at(part_.size)).in("data");
    done_ += count;  // bounded: count is at most what is left
  }
  void finish() override {
    if (done_ != part_.size)
      throw Error(ErrorCode::kTrailing, loader(), "bytes after the data").at(file_offset()).in("data");
  }

 private:
  File& file_;
  FilePart part_;
  std::uint64_t done_ = 0;
};

class DeflatedSource final : public ByteSource {
 public:
  DeflatedSource(File& file, const char* loader, FilePart part, InflateLimits limits)
      : ByteSource(loader), file_(file), part_(part), limits_(limits), chunk_(kChunk) {
    constexpr int kRawDeflate = -15;
    stream_.zalloc = zlib_allocate;
    stream_.zfree = zlib_release;
    if (inflateInit2(&stream_, kRawDeflate) != Z_OK)
      throw Error(ErrorCode::kOutOfMemory, loader, "no memory to inflate");
  }
  ~DeflatedSource() override { inflateEnd(&stream_); }
  DeflatedSource(const DeflatedSource&) = delete;
  DeflatedSource& operator=(const DeflatedSource&) = delete;

  std::size_t read_some(std::span<std::byte> into) override {
    if (ended_ || into.empty()) return 0;
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    const auto room = static_cast<uInt>(std::min<std::size_t>(into.size(), std::numeric_limits<uInt>::max()));
    stream_.avail_out = room;
    while (stream_.avail_out == room && !ended_) step();
    const std::size_t count = room - stream_.avail_out;
    out_ = (CheckedSize(out_) + CheckedSize(count)).value();
    check_limits();
    return count;
  }
  std::uint64_t most_left() const override {
    if (ended_) return 0;
    const std::uint64_t in = part_.size - used();
    const std::uint64_t most = in > ~std::uint64_t{0} / 1033 ? ~std::uint64_t{0} : (in + 1) * 1032;
    return std::min(most, limits_.output_bytes - std::min(out_, limits_.output_bytes));
  }
  std::uint64_t file_offset() const override { return part_.at(used()); }
  void finish() override {
    std::byte more[1];
    if (!ended_ && read_some(more) != 0)
      throw Error(ErrorCode::kTrailing, loader(), "more data than expected").at(file_offset()).in("data");
    if (used() != part_.size)
      throw Error(ErrorCode::kTrailing, loader(), "bytes after the compressed data").at(file_offset()).in("data");
  }
  /// Compressed bytes that the stream took, once it has ended.
  std::uint64_t used() const { return fetched_ - stream_.avail_in; }

 private:
  void fetch() {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_.size(), part_.size - fetched_));
    if (count == 0)
      throw Error(ErrorCode::kTruncated, loader(), "compressed data ends early").at(part_.at(part_.size)).in("data");
    file_.read(part_.at(fetched_), {chunk_.data(), count});
    fetched_ += count;  // bounded: count is at most what is left
    stream_.next_in = reinterpret_cast<Bytef*>(chunk_.data());
    stream_.avail_in = static_cast<uInt>(count);
  }

  void step() {
    if (stream_.avail_in == 0) fetch();
    const int status = inflate(&stream_, Z_NO_FLUSH);
    ended_ = status == Z_STREAM_END;
    if (status == Z_OK || status == Z_STREAM_END || (status == Z_BUF_ERROR && stream_.avail_in == 0)) return;
    if (status == Z_MEM_ERROR) throw Error(ErrorCode::kOutOfMemory, loader(), "no memory to inflate");
    throw Error(ErrorCode::kSyntax, loader(), "bad compressed data: %s", stream_.msg ? stream_.msg : "unknown")
        .at(file_offset())
        .in("data");
  }

  void check_limits() const {
    if (out_ > limits_.output_bytes)
      throw Error(ErrorCode::kBomb, loader(), "inflates beyond %llu bytes",
                  static_cast<unsigned long long>(limits_.output_bytes))
          .at(file_offset())
          .in("data")
          .limit("declared size");
    const std::uint64_t in = used();
    const bool is_small = in <= ~std::uint64_t{0} / (limits_.ratio + 1);
    if (is_small && out_ > (in + 64) * limits_.ratio)
      throw Error(ErrorCode::kBomb, loader(), "inflates more than %llu times",
                  static_cast<unsigned long long>(limits_.ratio))
          .at(file_offset())
          .in("data")
          .limit("inflate ratio");
  }

  File& file_;
  FilePart part_;
  InflateLimits limits_;
  Memory chunk_;
  z_stream stream_{};
  std::uint64_t fetched_ = 0;
  std::uint64_t out_ = 0;
  bool ended_ = false;
};

constexpr std::uint64_t kGzipTail = 8;

std::uint32_t little(const std::byte* from) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value |= std::to_integer<std::uint32_t>(from[i]) << (8 * i);
  return value;
}

class GzipSource final : public ByteSource {
 public:
  GzipSource(File& file, const char* loader, std::uint64_t begin, std::uint64_t end, InflateLimits limits)
      : ByteSource(loader), file_(file), end_(end), body_(file, loader, {begin, end - begin}, limits) {}

  std::size_t read_some(std::span<std::byte> into) override {
    const std::size_t count = body_.read_some(into);
    for (std::size_t at = 0; at < count; at += kChunk)
      sum_ = crc32(sum_, reinterpret_cast<const Bytef*>(into.data() + at),
                   static_cast<uInt>(std::min(kChunk, count - at)));
    size_ += static_cast<std::uint32_t>(count);  // bounded: a gzip file states its size modulo 2^32
    return count;
  }
  std::uint64_t most_left() const override { return body_.most_left(); }
  std::uint64_t file_offset() const override { return body_.file_offset(); }
  void finish() override {
    body_.finish();
    std::byte tail[kGzipTail];
    file_.read(end_, tail);
    if (little(tail) != sum_)
      throw Error(ErrorCode::kChecksum, loader(), "gzip sum differs")
          .at(end_)
          .in("gzip.crc32")
          .expected("%08x", little(tail))
          .found("%08x", sum_);
    if (little(tail + 4) != size_)
      throw Error(ErrorCode::kMismatch, loader(), "gzip size differs")
          .at(end_ + 4)
          .in("gzip.isize")
          .found("%u", little(tail + 4));
  }

 private:
  File& file_;
  std::uint64_t end_;
  DeflatedSource body_;
  uLong sum_ = 0;
  std::uint32_t size_ = 0;
};

/// Walks over a gzip header byte by byte, never past `size`.
class GzipHeader {
 public:
  GzipHeader(File& file, const char* loader, std::uint64_t size) : file_(file), loader_(loader), size_(size) {}

  /// Where the deflate stream begins.
  std::uint64_t parse() {
    constexpr unsigned kHeaderSum = 2, kExtra = 4, kName = 8, kComment = 16, kReserved = 0xE0;
    at_ = 2;
    if (byte() != 8)
      throw Error(ErrorCode::kUnsupported, loader_, "gzip method is not deflate").at(2).in("gzip.method");
    const unsigned flags = byte();
    if (flags & kReserved) throw Error(ErrorCode::kUnsupported, loader_, "reserved gzip flags").at(3).in("gzip.flags");
    at_ = 10;
    if (flags & kExtra) {
      const unsigned low = byte();
      at_ += low | byte() << 8;  // bounded: 16 bits
    }
    if (flags & kName) pass_text();
    if (flags & kComment) pass_text();
    if (flags & kHeaderSum) at_ += 2;
    return at_;
  }

 private:
  unsigned byte() {
    if (at_ >= size_) throw Error(ErrorCode::kTruncated, loader_, "gzip header ends early").at(size_).in("gzip header");
    std::byte value[1];
    file_.read(at_++, value);
    return std::to_integer<unsigned>(value[0]);
  }
  void pass_text() {
    constexpr int kLongest = 4096;
    for (int i = 0; i < kLongest; ++i)
      if (byte() == 0) return;
    throw Error(ErrorCode::kLimit, loader_, "gzip name is too long").at(at_).in("gzip header").limit("gzip name");
  }

  File& file_;
  const char* loader_;
  std::uint64_t size_;
  std::uint64_t at_ = 0;
};

}  // namespace

void ByteSource::skip(std::uint64_t count) {
  Memory scratch(static_cast<std::size_t>(std::min<std::uint64_t>(count, kChunk)));
  while (count > 0) {
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(count, scratch.size()));
    read({scratch.data(), part}, "data");
    count -= part;
  }
}

void ByteSource::read(std::span<std::byte> into, const char* field) {
  const std::size_t wanted = into.size();
  while (!into.empty()) {
    const std::size_t count = read_some(into);
    if (count == 0)
      throw Error(ErrorCode::kTruncated, loader_, "ends early")
          .at(file_offset())
          .in(field)
          .expected("%zu bytes", wanted)
          .found("%zu", wanted - into.size());
    into = into.subspan(count);
  }
}

std::unique_ptr<ByteSource> open_stored(File& file, const char* loader, FilePart part) {
  return std::make_unique<StoredSource>(file, loader, part);
}

std::unique_ptr<ByteSource> open_deflated(File& file, const char* loader, FilePart part, InflateLimits limits) {
  return std::make_unique<DeflatedSource>(file, loader, part, limits);
}

std::unique_ptr<ByteSource> open_gzip(File& file, const char* loader, InflateLimits limits) {
  const std::uint64_t size = file.size();
  const std::uint64_t begin = GzipHeader(file, loader, size).parse();
  if (size < begin || size - begin < kGzipTail)
    throw Error(ErrorCode::kTruncated, loader, "gzip file ends early").at(size).in("gzip end");
  return std::make_unique<GzipSource>(file, loader, begin, size - kGzipTail, limits);
}

bool is_gzip(File& file) {
  std::byte magic[2];
  if (file.size() < sizeof magic) return false;
  file.read(0, magic);
  return magic[0] == std::byte{0x1F} && magic[1] == std::byte{0x8B};
}

}  // namespace betwixt::detail
