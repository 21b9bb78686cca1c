// SPDX-License-Identifier: MIT
#include "betwixt/media/gif.h"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <set>

#include "betwixt/media/picture_folder.h"
#include "tests/media/gif_reader.h"
#include "tests/media/media_support.h"
#include "tests/support/memory_files.h"

namespace betwixt {
namespace {

using namespace media_test;

GifReader play(const Images& images, const GifOptions& options = {}) {
  return GifReader(to_string(encode_gif(images, options)));
}

/// A square that moves over a coloured ramp.
Images moving(int count, int size, int channels) {
  Images images(count, size, size, channels);
  for (int n = 0; n < count; ++n) {
    std::uint8_t* pixel = images.picture(n).data();
    for (int y = 0; y < size; ++y) {
      for (int x = 0; x < size; ++x, pixel += channels) {
        const bool inside = std::abs(x - 3 * n - 4) < 4 && std::abs(y - size / 2) < 4;
        const int values[3] = {inside ? 250 : x * 255 / size, inside ? 30 : y * 255 / size, 255 - x * 128 / size};
        for (int k = 0; k < std::min(channels, 3); ++k) pixel[k] = static_cast<std::uint8_t>(values[k]);
      }
    }
  }
  return images;
}

std::vector<std::uint8_t> rgb_of(const std::vector<std::uint8_t>& rgba) {
  std::vector<std::uint8_t> out;
  for (std::size_t i = 0; i < rgba.size(); ++i) {
    if (i % 4 != 3) out.push_back(rgba[i]);
  }
  return out;
}

TEST(Gif, FewColoursAreExact) {
  std::uint32_t state = 1;
  Images images(7, 33, 41, 3);
  const std::uint8_t levels[4] = {0, 90, 200, 255};
  for (std::uint8_t& value : images.pixels) value = levels[noise(state) % 4];
  const GifReader gif = play(images);
  ASSERT_EQ(gif.frames.size(), 7u);
  EXPECT_EQ(gif.width, 41);
  EXPECT_EQ(gif.height, 33);
  EXPECT_TRUE(gif.loops);
  for (std::int64_t i = 0; i < 7; ++i)
    EXPECT_TRUE(std::ranges::equal(rgb_of(gif.frames[static_cast<std::size_t>(i)]), images.picture(i))) << i;
}

TEST(Gif, GreyOf256LevelsIsExactAndLongStringsCompress) {
  Images images(2, 64, 256, 1);
  for (std::size_t i = 0; i < images.pixels.size(); ++i) images.pixels[i] = static_cast<std::uint8_t>(i % 256);
  const GifReader gif = play(images);
  for (std::size_t i = 0; i < 64 * 256; ++i) ASSERT_EQ(gif.frames[1][4 * i], images.pixels[i]);
  EXPECT_LT(encode_gif(Images(1, 500, 500, 1)).size(), 2000u);
}

TEST(Gif, EveryLengthEndsWell) {
  // The last code may need one more bit than the one before; walk through all table sizes, past a full table.
  std::uint32_t state = 9;
  for (int width = 1; width < 200; ++width) {
    Images images(1, 1, width, 1);
    for (std::uint8_t& value : images.pixels) value = noise(state) % 2 ? 255 : 0;
    ASSERT_EQ(play(images).frames[0][static_cast<std::size_t>(4 * (width - 1))], images.pixels.back());
  }
  for (int height = 20; height < 90; ++height) {
    Images images(1, height, 64, 1);
    for (std::uint8_t& value : images.pixels) value = static_cast<std::uint8_t>(noise(state));
    ASSERT_EQ(play(images).frames[0][static_cast<std::size_t>(4 * (64 * height - 1))], images.pixels.back());
  }
}

TEST(Gif, WhatStandsStillDoesNotFlicker) {
  const Images images = moving(12, 64, 3);
  for (const Dither dither : {Dither::kNone, Dither::kOrdered}) {
    const GifReader gif = play(images, {.dither = dither, .colours = 32});
    for (std::int64_t n = 1; n < 12; ++n) {
      const auto before = images.picture(n - 1), now = images.picture(n);
      const auto &shown_before = gif.frames[static_cast<std::size_t>(n - 1)],
                 &shown = gif.frames[static_cast<std::size_t>(n)];
      for (std::size_t i = 0; i < 64 * 64; ++i) {
        const bool still = std::equal(&now[3 * i], &now[3 * i] + 3, &before[3 * i]);
        ASSERT_TRUE(!still || std::equal(&shown[4 * i], &shown[4 * i] + 4, &shown_before[4 * i])) << n << ' ' << i;
      }
    }
  }
  // Only the changed part of a frame is stored.
  const GifReader gif = play(images);
  EXPECT_LT(gif.rectangles[1][2], 20);
}

TEST(Gif, DitheringKeepsLocalMeans) {
  Images ramp(1, 64, 64, 1);
  for (std::size_t i = 0; i < ramp.pixels.size(); ++i) ramp.pixels[i] = static_cast<std::uint8_t>(64 + i % 64);
  const GifReader plain = play(ramp, {.colours = 4}), dithered = play(ramp, {.dither = Dither::kOrdered, .colours = 4});
  const auto worst_block = [&](const GifReader& gif) {
    double worst = 0;
    for (int block = 0; block < 64; ++block) {
      // The palette's ends lie inside the ramp's, and no mix reaches beyond them.
      if (block % 8 == 0 || block % 8 == 7) continue;
      double sum = 0;
      for (int i = 0; i < 64; ++i) {
        const int at = (block / 8 * 8 + i / 8) * 64 + block % 8 * 8 + i % 8;
        sum += gif.frames[0][static_cast<std::size_t>(4 * at)] - ramp.pixels[static_cast<std::size_t>(at)];
      }
      worst = std::max(worst, std::abs(sum / 64));
    }
    return worst;
  };
  EXPECT_GT(worst_block(plain), 3.5);
  EXPECT_LT(worst_block(dithered), 1.5);
}

TEST(Gif, TransparencyAndDisposal) {
  Images images(3, 6, 6, 4);
  for (std::int64_t n = 0; n < 2; ++n) {
    for (std::size_t i = 0; i < 3; ++i) {
      std::uint8_t* pixel = images.picture(n).data() + 4 * (static_cast<std::size_t>(n) * 14 + i);
      const std::uint8_t values[4] = {120, static_cast<std::uint8_t>(10 * i), 40,
                                      static_cast<std::uint8_t>(n ? 255 : 160)};
      std::copy_n(values, 4, pixel);
    }
  }
  images.pixels[4 * 30 + 3] = 127;  // too faint to be shown
  const GifReader gif = play(images);
  ASSERT_EQ(gif.frames.size(), 3u);
  for (std::size_t n = 0; n < 3; ++n) {
    for (std::size_t i = 0; i < 36; ++i) {
      const bool opaque = n < 2 && i >= n * 14 && i < n * 14 + 3;
      ASSERT_EQ(gif.frames[n][4 * i + 3], opaque ? 255 : 0) << n << ' ' << i;
    }
  }
  EXPECT_EQ(gif.frames[0][0], 191) << "premultiplication undone: 120 * 255 / 160";
  EXPECT_EQ(gif.frames[1][4 * 14], 120);
}

TEST(Gif, BackgroundReplacesTransparency) {
  Images images(2, 2, 2, 4);
  images.pixels[0] = images.pixels[3] = 128;
  const GifReader gif = play(images, {.background = Colour{0, 0, 200}});
  EXPECT_EQ(gif.frames[0][3], 255);
  EXPECT_EQ(gif.frames[0][0], 128);
  EXPECT_NEAR(gif.frames[0][2], 100, 1);
  EXPECT_EQ(gif.frames[1][2], 200);
}

TEST(Gif, TimesAddUp) {
  const Images images = moving(100, 8, 1);
  for (const double fps : {24.0, 30.0, 7.0, 50.0, 0.5}) {
    const GifReader gif = play(images, {.fps = fps});
    const int total = std::accumulate(gif.delays.begin(), gif.delays.end(), 0);
    EXPECT_EQ(total, std::lround(100 * 100 / fps)) << fps;
    const auto [least, most] = std::ranges::minmax(gif.delays);
    EXPECT_LE(most - least, 1);
  }
}

TEST(Gif, PingPongScaleAndSingleRun) {
  const Images images = moving(4, 16, 3);
  const GifReader gif = play(images, {.ping_pong = true, .loop = false, .scale = 3});
  ASSERT_EQ(gif.frames.size(), 6u);
  EXPECT_FALSE(gif.loops);
  EXPECT_EQ(gif.width, 48);
  EXPECT_EQ(gif.frames[4], gif.frames[2]);
  EXPECT_EQ(gif.frames[5], gif.frames[1]);
  for (std::size_t y = 0; y < 48; ++y) {
    for (std::size_t x = 0; x < 48; ++x)
      ASSERT_EQ(gif.frames[0][4 * (y * 48 + x)], gif.frames[0][4 * (y / 3 * 3 * 48 + x / 3 * 3)]);
  }
  EXPECT_EQ(play(moving(1, 16, 3), {.ping_pong = true}).frames.size(), 1u);
}

TEST(Gif, PaletteNeverExceedsWhatWasAsked) {
  const Images images = moving(3, 64, 3);
  for (const int colours : {2, 3, 17, 256}) {
    const GifReader gif = play(images, {.dither = Dither::kOrdered, .colours = colours});
    std::set<std::vector<std::uint8_t>> seen;
    for (const auto& frame : gif.frames) {
      for (std::size_t i = 0; i < frame.size(); i += 4) seen.insert({frame[i], frame[i + 1], frame[i + 2]});
    }
    EXPECT_LE(seen.size(), static_cast<std::size_t>(colours));
  }
}

TEST(Gif, SameInputSameBytes) {
  const Images images = moving(5, 48, 3);
  EXPECT_EQ(encode_gif(images), encode_gif(images));
}

TEST(Gif, BadArguments) {
  const Images images = moving(2, 8, 3);
  EXPECT_EQ(error_of([&] { encode_gif(images, {.fps = 0}); }).code(), ErrorCode::kArgument);
  EXPECT_EQ(error_of([&] { encode_gif(images, {.fps = 51}); }).code(), ErrorCode::kArgument);
  EXPECT_EQ(error_of([&] { encode_gif(images, {.fps = std::nan("")}); }).code(), ErrorCode::kArgument);
  EXPECT_EQ(error_of([&] { encode_gif(images, {.scale = 0}); }).code(), ErrorCode::kArgument);
  EXPECT_EQ(error_of([&] { encode_gif(images, {.scale = 10000}); }).code(), ErrorCode::kLimit);
  EXPECT_EQ(error_of([&] { encode_gif(images, {.colours = 1}); }).code(), ErrorCode::kArgument);
  EXPECT_EQ(error_of([&] { encode_gif(Images(0, 8, 8, 3)); }).code(), ErrorCode::kArgument);
  EXPECT_EQ(error_of([&] { encode_gif(Images(1, 8, 8, 6)); }).code(), ErrorCode::kArgument);
}

double least_psnr(const Images& images, const GifOptions& options) {
  const GifReader gif = play(images, options);
  double least = 99;
  for (std::int64_t i = 0; i < images.count; ++i) {
    const Images one = convert_channels(images.select(std::vector<std::int64_t>{i}), 3);
    least = std::min(least, psnr(rgb_of(gif.frames[static_cast<std::size_t>(i)]), one.pixels));
  }
  return least;
}

TEST(Gif, NaturalPicturesLookRight) {
  const std::string faces = shared_folder("faces_congress/jpg_sample");
  if (faces.empty()) GTEST_SKIP() << "no folder faces_congress; set BETWIXT_SHARED";
  for (const Dither dither : {Dither::kNone, Dither::kOrdered}) {
    const double portraits = least_psnr(load_images(faces, {.size = 64}), {.dither = dither});
    const double arm =
        least_psnr(load_images(shared_folder("mpi3d_traversals/real1/5_horizontal_axis")), {.dither = dither});
    const double sprites = least_psnr(
        load_images(shared_folder("freedoom_sprites/bos2"), {.background = Colour{40, 60, 90}}), {.dither = dither});
    EXPECT_GT(sprites, 32) << "dither " << static_cast<int>(dither);
    EXPECT_GT(portraits, 32) << "dither " << static_cast<int>(dither);
    EXPECT_GT(arm, 32) << "dither " << static_cast<int>(dither);
    RecordProperty(dither == Dither::kNone ? "portraits" : "portraits_dithered", std::to_string(portraits));
    RecordProperty(dither == Dither::kNone ? "sprites" : "sprites_dithered", std::to_string(sprites));
    RecordProperty(dither == Dither::kNone ? "arm" : "arm_dithered", std::to_string(arm));
  }
}

TEST(Gif, IsSavedAsItIsEncoded) {
  const Images frames(2, 3, 4, 3);
  test_support::MemoryFiles files;
  save_gif("a.gif", frames, {}, files);
  EXPECT_EQ(files.get("a.gif"), encode_gif(frames));
}

}  // namespace
}  // namespace betwixt
