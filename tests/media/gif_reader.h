// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace betwixt::media_test {

/// A plain GIF89a player written from the specification, to check the writer against.
class GifReader {
 public:
  int width = 0;
  int height = 0;
  bool loops = false;
  std::vector<int> delays;                        ///< hundredths of a second
  std::vector<std::vector<std::uint8_t>> frames;  ///< as shown, RGBA
  std::vector<std::array<int, 4>> rectangles;     ///< left, top, width, height

  explicit GifReader(const std::string& bytes) : bytes_(bytes) {
    require(take(6) == "GIF89a", "signature");
    width = word();
    height = word();
    const int flags = byte();
    require((flags & 0x80) != 0, "one palette for all frames");
    take(2);
    palette_ = take(3u << ((flags & 7) + 1));
    screen_.assign(static_cast<std::size_t>(width * height * 4), 0);
    for (int kind = byte(); kind != 0x3B; kind = byte()) {
      require(kind == 0x21 || kind == 0x2C, "block kind");
      kind == 0x21 ? extension() : image();
    }
    require(at_ == bytes_.size(), "nothing after the end");
  }

 private:
  static void require(bool fact, const char* what) {
    if (!fact) throw std::runtime_error(std::string("gif: ") + what);
  }
  std::string take(std::size_t count) {
    require(count <= bytes_.size() - at_, "length");
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }
  int byte() { return static_cast<unsigned char>(take(1)[0]); }
  int word() {
    const int low = byte();
    return low | byte() << 8;
  }
  std::string blocks() {
    std::string all;
    for (int size = byte(); size != 0; size = byte()) all += take(static_cast<std::size_t>(size));
    return all;
  }

  void extension() {
    const int kind = byte();
    const std::string content = blocks();
    if (kind == 0xFF) loops = content.substr(0, 11) == "NETSCAPE2.0" && content.substr(11) == std::string("\1\0\0", 3);
    if (kind != 0xF9) return;
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(content.at(i)); };
    disposal_ = at(0) >> 2 & 7;
    transparent_ = at(0) & 1 ? at(3) : -1;
    delays.push_back(at(1) | at(2) << 8);
  }

  void image() {
    const int left = word(), top = word(), w = word(), h = word();
    require(left + w <= width && top + h <= height && w > 0 && h > 0, "frame inside the screen");
    require(byte() == 0, "no local palette, no interlacing");
    rectangles.push_back({left, top, w, h});
    const int bits = byte();
    const std::vector<int> indices = decode(blocks(), bits);
    require(indices.size() == static_cast<std::size_t>(w * h), "pixels of the frame");
    for (int i = 0; i < w * h; ++i) paint(left + i % w, top + i / w, indices[static_cast<std::size_t>(i)]);
    frames.push_back(screen_);
    if (disposal_ != 2) return;
    for (int i = 0; i < w * h; ++i) std::fill_n(pixel(left + i % w, top + i / w), 4, std::uint8_t{0});
  }

  std::uint8_t* pixel(int x, int y) { return screen_.data() + (y * width + x) * 4; }

  void paint(int x, int y, int index) {
    if (index == transparent_) return;
    require(static_cast<std::size_t>(index) * 3 + 3 <= palette_.size(), "index in the palette");
    for (int k = 0; k < 3; ++k)
      pixel(x, y)[k] = static_cast<std::uint8_t>(palette_[static_cast<std::size_t>(3 * index + k)]);
    pixel(x, y)[3] = 255;
  }

  static std::vector<int> decode(const std::string& data, int bits) {
    const int clear = 1 << bits;
    std::vector<std::vector<int>> table;
    std::vector<int> out, previous;
    int width = bits + 1;
    std::size_t position = 0;
    for (;;) {
      int code = 0;
      for (int i = 0; i < width; ++i, ++position) {
        require(position / 8 < data.size(), "codes end early");
        code |= (static_cast<unsigned char>(data[position / 8]) >> position % 8 & 1) << i;
      }
      if (code == clear + 1) {
        require(data.size() == (position + 7) / 8, "no bytes after the last code");
        return out;
      }
      if (code == clear) {
        table.assign(static_cast<std::size_t>(clear) + 2, {});
        for (int i = 0; i < clear; ++i) table[static_cast<std::size_t>(i)] = {i};
        width = bits + 1;
        previous.clear();
        continue;
      }
      const auto known = static_cast<std::size_t>(code) < table.size();
      require(known || (static_cast<std::size_t>(code) == table.size() && !previous.empty()), "code known");
      std::vector<int> string = known ? table[static_cast<std::size_t>(code)] : previous;
      if (!known) string.push_back(previous[0]);
      out.insert(out.end(), string.begin(), string.end());
      if (!previous.empty() && table.size() < 4096) {
        previous.push_back(string[0]);
        table.push_back(previous);
        if (table.size() == std::size_t{1} << width && width < 12) ++width;
      }
      previous = std::move(string);
    }
  }

  const std::string bytes_;
  std::size_t at_ = 0;
  std::string palette_;
  std::vector<std::uint8_t> screen_;
  int disposal_ = 0;
  int transparent_ = -1;
};

}  // namespace betwixt::media_test
