// SPDX-License-Identifier: MIT
#include "betwixt/media/picture_folder.h"

#include <algorithm>
#include <cerrno>

#include "betwixt/media/encode.h"
#include "tests/media/media_support.h"
#include "tests/media/sample_jpegs.h"
#include "tests/support/memory_files.h"

namespace betwixt {
namespace {

using namespace media_test;
using test_support::MemoryFiles;

Images flat(int height, int width, std::vector<std::uint8_t> pixel) {
  Images image(1, height, width, static_cast<int>(pixel.size()));
  for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = pixel[i % pixel.size()];
  return image;
}

void put(MemoryFiles& files, const std::string& path, const Images& image) { files.put(path, encode_png(image)); }
void put(MemoryFiles& files, const std::string& path, const std::string& bytes) {
  files.put(path, {view(bytes).begin(), view(bytes).end()});
}

TEST(NaturalOrder, NumbersCountAsNumbers) {
  std::vector<std::string> names{"b", "a10", "a2", "a02", "a", "a2b", "a1x3", "a1x20", "10", "9", "a2.png", "A3"};
  std::ranges::sort(names, natural_less);
  EXPECT_EQ(names, (std::vector<std::string>{"9", "10", "A3", "a", "a1x3", "a1x20", "a2", "a02", "a2.png", "a2b", "a10",
                                             "b"}));
  for (const std::string& a : names) {
    for (const std::string& b : names) EXPECT_FALSE(natural_less(a, b) && natural_less(b, a)) << a << b;
  }
}

TEST(LoadImages, InNaturalOrderWithNames) {
  MemoryFiles files;
  put(files, "in/frame10.png", flat(2, 2, {10}));
  put(files, "in/frame2.PNG", flat(2, 2, {2}));
  put(files, "in/.hidden.png", std::string("x"));
  put(files, "in/notes.txt", std::string("x"));
  put(files, "in/sub.png/inner.png", flat(2, 2, {3}));
  const Images images = load_images("in", {}, files);
  EXPECT_EQ(images.count, 2);
  EXPECT_EQ(images.names, (std::vector<std::string>{"frame2.PNG", "frame10.png"}));
  EXPECT_EQ(images.picture(0)[0], 2);
  EXPECT_EQ(images.picture(1)[0], 10);
}

TEST(LoadImages, DifferentSizesNeedADecision) {
  MemoryFiles files;
  put(files, "in/a.png", flat(8, 6, {10, 20, 30}));
  put(files, "in/b.png", flat(4, 4, {10, 20, 30}));
  const Error error = error_of([&] { load_images("in", {}, files); });
  EXPECT_EQ(error.code(), ErrorCode::kMismatch);
  const std::string text = error.what();
  EXPECT_NE(text.find("a.png"), std::string::npos);
  EXPECT_NE(text.find("b.png"), std::string::npos);
  EXPECT_NE(text.find("6x8"), std::string::npos);
  for (const Fit fit : {Fit::kCrop, Fit::kStretch}) {
    const Images images = load_images("in", {.size = 5, .fit = fit}, files);
    EXPECT_EQ(images.picture_bytes(), 75u);
    for (std::size_t i = 0; i < images.pixels.size(); ++i) ASSERT_EQ(images.pixels[i], 10 * (i % 3 + 1));
  }
  const Images padded = load_images("in", {.size = 8, .fit = Fit::kPad, .background = Colour{1, 1, 1}}, files);
  EXPECT_EQ(padded.pixels[0], 1);
  EXPECT_EQ(padded.pixels[3], 10);
}

TEST(LoadImages, MixedChannelsTakeTheWidest) {
  MemoryFiles files;
  put(files, "in/1.png", flat(2, 2, {9}));
  put(files, "in/2.png", flat(2, 2, {1, 2, 3}));
  EXPECT_EQ(load_images("in", {}, files).channels, 3);
  put(files, "in/3.png", flat(2, 2, {0, 0, 0, 0}));
  EXPECT_EQ(load_images("in", {}, files).channels, 4);
  EXPECT_EQ(load_images("in", {.channels = 1}, files).channels, 1);
  const Images flattened = load_images("in", {.background = Colour{7, 8, 9}}, files);
  EXPECT_EQ(flattened.channels, 3);
  EXPECT_EQ(flattened.picture(2)[1], 8);
  EXPECT_EQ(flattened.picture(0)[1], 9);
  EXPECT_EQ(error_of([&] { load_images("in", {.channels = 5}, files); }).code(), ErrorCode::kArgument);
}

TEST(LoadImages, JpegBesidePng) {
  MemoryFiles files;
  put(files, "in/a.jpeg", kColourJpeg);
  put(files, "in/b.jpg", kGreyJpeg);
  put(files, "in/c.png", flat(8, 8, {1, 1}));
  const Images images = load_images("in", {.size = 8}, files);
  EXPECT_EQ(images.count, 3);
  EXPECT_EQ(images.channels, 4);
}

TEST(LoadImages, ErrorsNameTheFile) {
  MemoryFiles files;
  put(files, "in/good.png", flat(2, 2, {1}));
  put(files, "in/torn.png", to_string(encode_png(flat(2, 2, {1}))).substr(0, 50));
  const Error error = error_of([&] { load_images("in", {}, files); });
  EXPECT_EQ(error.code(), ErrorCode::kTruncated);
  EXPECT_NE(std::string(error.what()).find("torn.png"), std::string::npos);
  EXPECT_EQ(error.byte_offset(), 50);
  EXPECT_EQ(error_of([&] { load_image("in/torn.png", {}, files); }).code(), ErrorCode::kTruncated);
}

TEST(LoadImages, EmptyAndMissingFolders) {
  MemoryFiles files;
  files.make_folder("empty");
  EXPECT_EQ(error_of([&] { load_images("empty", {}, files); }).code(), ErrorCode::kMissing);
  EXPECT_EQ(error_of([&] { load_images("none", {}, files); }).system_error(), ENOENT);
}

TEST(LoadImages, Limits) {
  MemoryFiles files;
  for (const char* name : {"in/1.png", "in/2.png", "in/3.png"}) put(files, name, flat(10, 10, {1}));
  EXPECT_STREQ(error_of([&] { load_images("in", {.max_pictures = 2}, files); }).limit_name(), "pictures");
  EXPECT_STREQ(error_of([&] { load_images("in", {.max_file_bytes = 20}, files); }).limit_name(), "file bytes");
  EXPECT_STREQ(error_of([&] { load_images("in", {.max_bytes = 299}, files); }).limit_name(), "picture bytes");
  EXPECT_STREQ(error_of([&] { load_images("in", {.decode = {.max_side = 9}}, files); }).limit_name(), "picture side");
  EXPECT_EQ(load_images("in", {.max_pictures = 3, .max_bytes = 300}, files).count, 3);
}

TEST(LoadImages, EverySystemCallMayFail) {
  for (std::int64_t call = 0;; ++call) {
    MemoryFiles files;
    put(files, "in/1.png", flat(2, 2, {1}));
    put(files, "in/2.png", flat(2, 2, {1}));
    files.fail_at(call, EIO);
    const Error error = error_of([&] { load_images("in", {}, files); });
    if (!files.fault_happened()) break;
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_EQ(error.system_error(), EIO);
    EXPECT_EQ(load_images("in", {}, files).count, 2);
  }
}

TEST(LoadImages, SharedDataSets) {
  const std::string sweep = shared_folder("mpi3d_traversals/real1/5_horizontal_axis");
  if (sweep.empty()) GTEST_SKIP() << "no folder mpi3d_traversals; set BETWIXT_SHARED";
  const Images frames = load_images(sweep);
  EXPECT_EQ(frames.channels, 3);
  EXPECT_GE(frames.count, 20);
  EXPECT_EQ(frames.height, 64);
  const Images faces = load_images(shared_folder("faces_congress/jpg_sample"), {.size = 64, .channels = 1});
  EXPECT_EQ(faces.picture_bytes(), 64u * 64u);
  const Images sprites = load_images(shared_folder("freedoom_sprites/bos2"));
  EXPECT_EQ(sprites.channels, 4);
}

}  // namespace
}  // namespace betwixt
