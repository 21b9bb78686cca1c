// SPDX-License-Identifier: MIT
#include "betwixt/media/encode.h"

#include "betwixt/media/picture_folder.h"
#include "tests/media/media_support.h"
#include "tests/support/memory_files.h"

namespace betwixt {
namespace {

using namespace media_test;

Images noise_images(std::int64_t count, int height, int width, int channels) {
  std::uint32_t state = 5;
  Images images(count, height, width, channels);
  for (std::uint8_t& value : images.pixels) value = static_cast<std::uint8_t>(noise(state));
  if (channels == 2 || channels == 4) {
    const auto c = static_cast<std::size_t>(channels);
    for (std::size_t i = 0; i < images.pixels.size(); ++i)
      images.pixels[i] = std::min(images.pixels[i], images.pixels[i / c * c + c - 1]);
  }
  return images;
}

TEST(Encode, PngRoundTripIsExactWithoutAlpha) {
  for (const int channels : {1, 3}) {
    const Images images = noise_images(3, 19, 23, channels);
    for (std::int64_t i = 0; i < 3; ++i) {
      const Images back = decode_picture(encode_png(images, i));
      EXPECT_EQ(back.channels, channels);
      EXPECT_TRUE(std::ranges::equal(back.pixels, images.picture(i)));
    }
  }
}

TEST(Encode, PremultipliedAlphaSurvivesTheRoundTrip) {
  for (const int channels : {2, 4}) {
    const Images images = noise_images(1, 64, 64, channels);
    const Images back = decode_picture(encode_png(images));
    ASSERT_EQ(back.channels, channels);
    // 8 straight bits carry every premultiplied value exactly: rounding to nearest both ways.
    EXPECT_EQ(back.pixels, images.pixels);
  }
}

TEST(Encode, BadArguments) {
  const Images images = noise_images(2, 3, 3, 3);
  EXPECT_EQ(error_of([&] { encode_png(images, 2); }).code(), ErrorCode::kArgument);
  EXPECT_EQ(error_of([&] { encode_png(images, -1); }).code(), ErrorCode::kArgument);
  EXPECT_EQ(error_of([&] { encode_png(Images(1, 3, 3, 5)); }).code(), ErrorCode::kArgument);
  EXPECT_EQ(error_of([&] { encode_png(Images(1, 0, 3, 3)); }).code(), ErrorCode::kArgument);
}

TEST(Encode, FramesAreNumberedAndLoadInOrder) {
  test_support::MemoryFiles files;
  const Images images = noise_images(12, 5, 4, 3);
  const std::vector<std::string> paths = save_images("out/frames", images, files);
  ASSERT_EQ(paths.size(), 12u);
  EXPECT_EQ(paths[11], "out/frames/frame_0011.png");
  EXPECT_EQ(files.paths(), paths);
  EXPECT_EQ(load_images("out/frames", {}, files).pixels, images.pixels);
}

TEST(Encode, AFullDiskLeavesTheOldPicture) {
  const Images images = noise_images(2, 8, 8, 3);
  test_support::MemoryFiles files;
  save_image("a.png", images, 0, files);
  for (std::int64_t call = 0; call < 5; ++call) {
    files.fail_short(call, 10, ENOSPC);
    EXPECT_EQ(error_of([&] { save_image("a.png", images, 1, files); }).system_error(), ENOSPC);
    files.no_faults();
    EXPECT_TRUE(std::ranges::equal(load_image("a.png", {}, files).pixels, images.picture(0)));
    EXPECT_EQ(files.paths().size(), 1u);
  }
}

TEST(ContactSheet, PlacesPicturesInRows) {
  Images images(5, 1, 2, 1);
  for (std::size_t i = 0; i < 10; ++i) images.pixels[i] = static_cast<std::uint8_t>(i);
  const Images sheet = contact_sheet(images, 3, {.gap = 1, .background = Colour{200, 200, 200}});
  ASSERT_EQ(sheet.width, 10);
  ASSERT_EQ(sheet.height, 5);
  ASSERT_EQ(sheet.channels, 1);
  const std::vector<std::uint8_t> first{200, 0, 1, 200, 2, 3, 200, 4, 5, 200},
      second{200, 6, 7, 200, 8, 9, 200, 200, 200, 200};
  EXPECT_TRUE(std::ranges::equal(std::span(sheet.pixels).subspan(10, 10), first));
  EXPECT_TRUE(std::ranges::equal(std::span(sheet.pixels).subspan(30, 10), second));
}

TEST(ContactSheet, BackgroundsScalesAndShapes) {
  const Images alpha = noise_images(3, 4, 4, 4);
  const Images clear = contact_sheet(alpha, 0, {.scale = 2});
  EXPECT_EQ(clear.channels, 4);
  EXPECT_EQ(clear.width, 2 * 8 + 3 * 2);
  EXPECT_EQ(clear.pixels[3], 0);
  EXPECT_EQ(contact_sheet(alpha, 0, {.background = Colour{1, 2, 3}}).channels, 3);
  EXPECT_EQ(contact_sheet(noise_images(1, 2, 2, 1), 1, {.background = Colour{1, 2, 3}}).pixels[2], 3);
  EXPECT_EQ(contact_sheet(noise_images(1, 2, 2, 3), 1).pixels[0], 255);
  EXPECT_EQ(error_of([&] { contact_sheet(Images(0, 2, 2, 3), 1); }).code(), ErrorCode::kArgument);
  EXPECT_EQ(error_of([&] { contact_sheet(alpha, 1 << 30); }).code(), ErrorCode::kLimit);
}

}  // namespace
}  // namespace betwixt
