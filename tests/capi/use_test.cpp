// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>

#include "places.h"
#include "tests/capi/api.h"
#include "tests/support/needs.h"

using namespace capi_test;

namespace {

TEST_F(CApi, PicturesComeBackAsTheyWentIn) {
  const auto l = layout(kCount, kSide, kSide, 1);
  std::vector<std::uint8_t> back(kCount * kBytes);
  CAPI_OK(betwixt_pictures_read(pictures, 0, &l, back.data(), static_cast<std::int64_t>(back.size()), &error));
  EXPECT_EQ(back, column_pixels());
  auto found = sized<betwixt_layout>();
  CAPI_OK(betwixt_pictures_describe(pictures, &found, &error));
  EXPECT_EQ(found.count, kCount);
  EXPECT_EQ(found.picture_stride, static_cast<std::int64_t>(kBytes));
}

TEST_F(CApi, MemoryOfEnginesIsReadAndWrittenAsItLies) {
  Pictures colours;
  CAPI_OK(betwixt_pictures_create(2, 1, 3, &colours, &error));
  // BGRX from the bottom row up, as a Windows bitmap.
  const std::uint8_t bitmap[] = {3, 2, 1, 99, 0, 0, 0, 0, 30, 20, 10, 99, 0, 0, 0, 0};
  auto l = layout(1, 2, 1, 3);
  l.flags = BETWIXT_BGR | BETWIXT_BOTTOM_UP;
  l.pixel_stride = 4;
  l.row_stride = 8;
  CAPI_OK(betwixt_pictures_add(colours, &l, bitmap, sizeof bitmap, &error));
  std::uint8_t rgb[6];
  const auto dense = layout(1, 2, 1, 3);
  CAPI_OK(betwixt_pictures_read(colours, 0, &dense, rgb, sizeof rgb, &error));
  EXPECT_EQ(std::vector<int>(rgb, rgb + 6), (std::vector<int>{10, 20, 30, 1, 2, 3}));
  std::uint8_t again[16];
  std::memset(again, 7, sizeof again);
  CAPI_OK(betwixt_pictures_read(colours, 0, &l, again, sizeof again, &error));
  EXPECT_EQ(again[0], 3);
  EXPECT_EQ(again[3], 7) << "what is no pixel of ours stays";
  EXPECT_EQ(again[8], 30);
}

TEST_F(CApi, StraightAlphaIsMultipliedInAndDividedOut) {
  Pictures sprites;
  CAPI_OK(betwixt_pictures_create(1, 2, 4, &sprites, &error));
  const float straight[] = {1.0f, 0.5f, 0.0f, 0.5f, 1.0f, 1.0f, 1.0f, 0.0f};
  auto l = layout(1, 1, 2, 4);
  l.format = BETWIXT_F32;
  l.flags = BETWIXT_STRAIGHT_ALPHA;
  CAPI_OK(betwixt_pictures_add(sprites, &l, straight, sizeof straight, &error));
  std::uint8_t premultiplied[8];
  const auto dense = layout(1, 1, 2, 4);
  CAPI_OK(betwixt_pictures_read(sprites, 0, &dense, premultiplied, sizeof premultiplied, &error));
  EXPECT_EQ(premultiplied[0], 128);
  EXPECT_EQ(premultiplied[1], 64);
  EXPECT_EQ(premultiplied[4], 0) << "no colour under alpha 0";
  float back[8];
  CAPI_OK(betwixt_pictures_read(sprites, 0, &l, back, sizeof back, &error));
  EXPECT_NEAR(back[0], 1.0f, 0.01f);
  EXPECT_NEAR(back[1], 0.5f, 0.01f);
}

TEST_F(CApi, FloatsThatAreNoNumbersAreRefusedByPlace) {
  std::vector<float> pixels(kBytes, 0.5f);
  pixels[2 * kSide + 3] = std::numeric_limits<float>::quiet_NaN();
  auto l = layout(1, kSide, kSide, 1);
  l.format = BETWIXT_F32;
  CAPI_FAILS(BETWIXT_E_NOT_FINITE, "row 2, column 3",
             betwixt_pictures_add(pictures, &l, pixels.data(), static_cast<std::int64_t>(4 * kBytes), &error));
  CAPI_OK(betwixt_pictures_describe(pictures, &l, &error));
  EXPECT_EQ(l.count, kCount) << "nothing was added";
}

TEST_F(CApi, LearnsMorphsSavesAndFineTunes) {
  CAPI_OK(betwixt_pictures_rename(pictures, 2, "zwei \xc3\xa4", &error));
  auto options = train_options(300);
  auto report = sized<betwixt_train_report>();
  CAPI_OK(betwixt_model_train(model, pictures, &options, &report, &error));
  EXPECT_EQ(report.steps, 300);
  EXPECT_LT(report.loss, 0.5 * report.variance) << "it learned";
  double mean_square = 1;
  CAPI_OK(betwixt_model_error(model, pictures, &mean_square, &error));
  EXPECT_DOUBLE_EQ(mean_square, report.loss);

  auto info = sized<betwixt_model_info>();
  CAPI_OK(betwixt_model_describe(model, &info, &error));
  EXPECT_EQ(info.codes, kCount);
  EXPECT_EQ(info.breadth, 4);
  char name[32];
  CAPI_OK(betwixt_model_name(model, 2, name, sizeof name, nullptr, &error));
  EXPECT_STREQ(name, "zwei \xc3\xa4");

  const auto frames = layout(9, kSide, kSide, 1);
  std::vector<std::uint8_t> first(9 * kBytes), second(9 * kBytes);
  auto path = sized<betwixt_path_info>();
  CAPI_OK(betwixt_model_morph(model, 0, 5, nullptr, &frames, first.data(), 9 * kBytes, &path, &error));
  EXPECT_EQ(path.points, 9);
  EXPECT_GE(path.k, 1);
  EXPECT_GT(path.length, 0);

  const std::vector<std::uint8_t> file = file_of(model);
  Model loaded;
  CAPI_OK(betwixt_model_load_memory(device, file.data(), static_cast<std::int64_t>(file.size()), &loaded, &error));
  CAPI_OK(betwixt_model_morph(loaded, 0, 5, nullptr, &frames, second.data(), 9 * kBytes, nullptr, &error));
  EXPECT_EQ(first, second);
  EXPECT_EQ(file_of(loaded), file);

  options.fine_tune = 1;
  options.warmup = -1;
  auto better = sized<betwixt_train_report>();
  CAPI_OK(betwixt_model_train(loaded, pictures, &options, &better, &error));
  EXPECT_LT(better.loss, report.loss) << "it went on from what it knew";
}

TEST_F(CApi, AMorphIsThePathDecoded) {
  const auto options = train_options(30);
  CAPI_OK(betwixt_model_train(model, pictures, &options, nullptr, &error));
  for (const int method : {BETWIXT_PATH_GRAPH, BETWIXT_PATH_STRAIGHT, BETWIXT_PATH_SLERP}) {
    auto choice = sized<betwixt_path_options>();
    choice.method = method;
    choice.frames = 7;
    Codes codes, path;
    const std::int64_t keys[] = {4, 1};
    CAPI_OK(betwixt_model_codes(model, &codes, &error));
    CAPI_OK(betwixt_path_create(codes, keys, 2, &choice, &path, nullptr, &error));
    Pictures decoded;
    CAPI_OK(betwixt_model_decode(model, path, &decoded, &error));
    const auto frames = layout(7, kSide, kSide, 1);
    std::vector<std::uint8_t> expected(7 * kBytes), morphed(7 * kBytes), direct(7 * kBytes);
    CAPI_OK(betwixt_pictures_read(decoded, 0, &frames, expected.data(), 7 * kBytes, &error));
    CAPI_OK(betwixt_model_morph(model, 4, 1, &choice, &frames, morphed.data(), 7 * kBytes, nullptr, &error));
    EXPECT_EQ(morphed, expected) << method;
    float values[14];
    CAPI_OK(betwixt_codes_read(path, 0, 7, values, 14, &error));
    CAPI_OK(betwixt_model_decode_memory(model, values, 14, &frames, direct.data(), 7 * kBytes, &error));
    EXPECT_EQ(direct, expected) << method;
  }
}

TEST_F(CApi, PathsGoThroughEveryKeyAndAreSpacedAnew) {
  Codes corners;
  CAPI_OK(betwixt_codes_create(2, &corners, &error));
  const float values[] = {0, 0, 1, 0, 1, 1};
  CAPI_OK(betwixt_codes_add(corners, values, 3, &error));
  auto straight = sized<betwixt_path_options>();
  straight.method = BETWIXT_PATH_STRAIGHT;
  straight.frames = 5;
  const std::int64_t keys[] = {0, 1, 2};
  Codes path, fine;
  auto info = sized<betwixt_path_info>();
  CAPI_OK(betwixt_path_create(corners, keys, 3, &straight, &path, &info, &error));
  EXPECT_DOUBLE_EQ(info.length, 2);
  float found[10];
  CAPI_OK(betwixt_codes_read(path, 0, 5, found, 10, &error));
  EXPECT_EQ(std::vector<float>(found, found + 10), (std::vector<float>{0, 0, .5f, 0, 1, 0, 1, .5f, 1, 1}));
  CAPI_OK(betwixt_path_resample(path, 9, &fine, &error));
  std::int64_t count = 0;
  std::int32_t dimensions = 0;
  CAPI_OK(betwixt_codes_size(fine, &count, &dimensions, &error));
  EXPECT_EQ(count, 9);
  EXPECT_EQ(dimensions, 2);
}

TEST_F(CApi, FilesAreWrittenReadAndDescribed) {
  const std::string path = temporary("model.safetensors");
  CAPI_OK(betwixt_model_keep(model, pictures, &error));
  CAPI_OK(betwixt_model_annotate(model, "background", "white", &error));
  CAPI_OK(betwixt_model_save(model, path.c_str(), &error));
  Model loaded;
  CAPI_OK(betwixt_model_load(device, path.c_str(), &loaded, &error));
  EXPECT_EQ(file_of(loaded), file_of(model));
  std::int64_t length = 0;
  CAPI_OK(betwixt_model_record(loaded, nullptr, 0, &length, &error));
  std::string record(static_cast<std::size_t>(length) + 1, ' ');
  CAPI_FAILS(BETWIXT_E_LIMIT, "capacity", betwixt_model_record(loaded, record.data(), length, &length, &error));
  CAPI_OK(betwixt_model_record(loaded, record.data(), length + 1, &length, &error));
  EXPECT_NE(record.find("\"background\":\"white\""), std::string::npos) << record;
  CAPI_OK(betwixt_file_describe(path.c_str(), nullptr, 0, &length, &error));
  std::string text(static_cast<std::size_t>(length) + 1, ' ');
  CAPI_OK(betwixt_file_describe(path.c_str(), text.data(), length + 1, nullptr, &error));
  EXPECT_NE(text.find("encoder.0.weight"), std::string::npos);
  std::remove(path.c_str());
}

TEST_F(CApi, ErrorsSayWhatWhereAndHowMuch) {
  std::vector<std::uint8_t> file = file_of(model);
  file.resize(file.size() - 4);
  Model loaded;
  betwixt_error found;
  ASSERT_EQ(betwixt_model_load_memory(device, file.data(), static_cast<std::int64_t>(file.size()), &loaded, &found),
            BETWIXT_E_TRUNCATED);
  EXPECT_EQ(loaded.get(), nullptr);
  EXPECT_STREQ(found.operation, "safetensors");
  EXPECT_GE(found.byte_offset, 0);
  EXPECT_NE(std::strlen(found.expected), 0u);
  EXPECT_STREQ(betwixt_status_name(found.code), "E_TRUNCATED");
  ASSERT_EQ(betwixt_model_load(device, "no/such/file", &loaded, &found), BETWIXT_E_IO);
  EXPECT_NE(found.system_error, 0);
  auto options = train_options(10);
  options.memory_limit = 1000;
  CAPI_FAILS(BETWIXT_E_LIMIT, "memory_limit", betwixt_model_train(model, pictures, &options, nullptr, &error));
}

TEST_F(CApi, DevicesAreListedAndNamed) {
  std::int32_t count = 0;
  CAPI_OK(betwixt_device_list(nullptr, 0, &count, &error));
  ASSERT_GE(count, 1);
  std::vector<betwixt_device_info> infos(static_cast<std::size_t>(count), sized<betwixt_device_info>());
  CAPI_OK(betwixt_device_list(infos.data(), count, &count, &error));
  EXPECT_STREQ(infos[0].backend, "cpu");
  auto info = sized<betwixt_device_info>();
  CAPI_OK(betwixt_device_describe(device, &info, &error));
  EXPECT_NE(std::string(info.name).find("2 threads"), std::string::npos);
  EXPECT_STREQ(betwixt_version(), "0.1.0");
  EXPECT_EQ(betwixt_abi_version(), BETWIXT_ABI);
}

TEST_F(CApi, OlderAndNewerStructsWork) {
  // A program compiled when the options ended after `batch`.
  auto options = train_options(5);
  options.struct_size = offsetof(betwixt_train_options, learning_rate);
  options.learning_rate = -7;
  CAPI_OK(betwixt_model_train(model, pictures, &options, nullptr, &error));
  // One of a later version, which has another field.
  struct Later {
    betwixt_train_options known;
    std::int64_t more;
  } later{train_options(5), 0};
  later.known.struct_size = sizeof later;
  CAPI_OK(betwixt_model_train(model, pictures, &later.known, nullptr, &error));
  later.more = 1;
  CAPI_FAILS(BETWIXT_E_UNSUPPORTED, "does not know",
             betwixt_model_train(model, pictures, &later.known, nullptr, &error));
  auto small = sized<betwixt_model_info>();
  small.struct_size = 16;
  small.code = -5;
  CAPI_OK(betwixt_model_describe(model, &small, &error));
  EXPECT_EQ(small.channels, 1);
  EXPECT_EQ(small.code, -5) << "nothing is written behind the caller's struct";
}

#if !defined(_WIN32) && !defined(__EMSCRIPTEN__)
TEST_F(CApi, TheDemoPlaysASavedModel) {
  const std::string demo = std::string(BETWIXT_BINARY_DIR) + "/bin/capi_play";
  BETWIXT_NEEDS_PROGRAM(BETWIXT_BUILDS_DEMOS, demo);
  const auto options = train_options(5);
  CAPI_OK(betwixt_model_train(model, pictures, &options, nullptr, &error));
  const std::string file = temporary("play.safetensors"), strip = temporary("play.pgm");
  CAPI_OK(betwixt_model_save(model, file.c_str(), &error));
  const std::string command = "\"" + demo + "\" \"" + file + "\" \"" + strip + "\" 1 4 1 cpu";
  EXPECT_EQ(std::system(command.c_str()), 0);

  std::uint8_t expected[kBytes];
  const auto frame = layout(1, kSide, kSide, 1);
  CAPI_OK(betwixt_model_morph(model, 1, 4, nullptr, &frame, expected, kBytes, nullptr, &error));
  std::ifstream shown(strip, std::ios::binary);
  std::string header;
  std::getline(shown, header);
  EXPECT_EQ(header, "P5 8 8 255");
  std::uint8_t pixels[kBytes] = {};
  shown.read(reinterpret_cast<char*>(pixels), kBytes);
  EXPECT_EQ(std::memcmp(pixels, expected, kBytes), 0);

  EXPECT_NE(std::system(("\"" + demo + "\" \"" + strip + "\" \"" + strip + "\" > /dev/null 2>&1").c_str()), 0);
  std::remove(file.c_str());
  std::remove(strip.c_str());
}
#endif

}  // namespace
