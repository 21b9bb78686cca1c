// SPDX-License-Identifier: MIT
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "betwixt/capi/betwixt_media.h"
#include "places.h"
#include "tests/capi/api.h"
#include "tests/support/needs.h"

using namespace capi_test;

namespace {

class CApiMedia : public CApi {
 protected:
  void SetUp() override {
    CApi::SetUp();
    folder = temporary("capi_media");
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::string at(const char* name) const { return folder + "/" + name; }
  static std::vector<char> bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static betwixt_layout described(const betwixt_pictures* set) {
    auto l = sized<betwixt_layout>();
    EXPECT_EQ(betwixt_pictures_describe(set, &l, nullptr), BETWIXT_OK);
    return l;
  }
  static std::vector<std::uint8_t> pixels_of(const betwixt_pictures* set) {
    const auto l = described(set);
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(l.count * l.picture_stride));
    EXPECT_EQ(betwixt_pictures_read(set, 0, &l, pixels.data(), static_cast<std::int64_t>(pixels.size()), nullptr),
              BETWIXT_OK);
    return pixels;
  }
  std::string folder;
  Pictures loaded;
};

TEST_F(CApiMedia, AFolderComesBackAsItWasWritten) {
  CAPI_OK(betwixt_pictures_save_folder(pictures, at("frames").c_str(), &error));
  CAPI_OK(betwixt_pictures_load_folder(at("frames").c_str(), nullptr, &loaded, &error));
  EXPECT_EQ(pixels_of(loaded), column_pixels());
  char name[32];
  CAPI_OK(betwixt_pictures_name(loaded, 2, name, sizeof name, nullptr, &error));
  EXPECT_STREQ(name, "frame_0002.png");
}

TEST_F(CApiMedia, AFileAndItsBytesAreTheSamePicture) {
  const std::string path = at("one.png");
  CAPI_OK(betwixt_pictures_save_png(pictures, 3, path.c_str(), &error));
  CAPI_OK(betwixt_pictures_load_file(path.c_str(), nullptr, &loaded, &error));
  const auto all = column_pixels(), one = pixels_of(loaded);
  EXPECT_TRUE(std::equal(one.begin(), one.end(), all.begin() + 3 * kBytes, all.begin() + 4 * kBytes));
  const auto bytes = bytes_of(path);
  Pictures from_memory, wide;
  CAPI_OK(betwixt_pictures_load_memory(bytes.data(), static_cast<std::int64_t>(bytes.size()), nullptr, &from_memory,
                                       &error));
  EXPECT_EQ(pixels_of(from_memory), one);
  auto options = sized<betwixt_load_options>();
  options.size = 16;
  options.channels = 3;
  CAPI_OK(betwixt_pictures_load_memory(bytes.data(), static_cast<std::int64_t>(bytes.size()), &options, &wide, &error));
  EXPECT_EQ(described(wide).width, 16);
  EXPECT_EQ(described(wide).channels, 3);
}

TEST_F(CApiMedia, AGifHoldsAllFramesAndLoops) {
  auto options = sized<betwixt_gif_options>();
  options.scale = 2;
  options.ping_pong = 1;
  CAPI_OK(betwixt_pictures_save_gif(pictures, at("a.gif").c_str(), &options, &error));
  const auto gif = bytes_of(at("a.gif"));
  ASSERT_GT(gif.size(), 13u);
  EXPECT_EQ(std::string(gif.data(), 6), "GIF89a");
  EXPECT_EQ(gif[6], 2 * kSide) << "width, enlarged";
  EXPECT_NE(std::string(gif.begin(), gif.end()).find("NETSCAPE2.0"), std::string::npos) << "it loops";
  options.once = 1;
  options.ping_pong = 0;
  CAPI_OK(betwixt_pictures_save_gif(pictures, at("b.gif").c_str(), &options, &error));
  const auto once = bytes_of(at("b.gif"));
  EXPECT_LT(once.size(), gif.size());
  EXPECT_EQ(std::string(once.begin(), once.end()).find("NETSCAPE2.0"), std::string::npos);
}

TEST_F(CApiMedia, ASheetShowsAllPicturesInOne) {
  CAPI_OK(betwixt_pictures_save_sheet(pictures, at("sheet.png").c_str(), 3, 1, &error));
  CAPI_OK(betwixt_pictures_load_file(at("sheet.png").c_str(), nullptr, &loaded, &error));
  EXPECT_GE(described(loaded).width, 3 * kSide);
  EXPECT_LE(described(loaded).width, 4 * kSide) << "three columns and what is between them";
  EXPECT_GE(described(loaded).height, 2 * kSide);
}

TEST_F(CApiMedia, ASheetHasTheColourAndTheGapsOneAsksFor) {
  auto options = sized<betwixt_sheet_options>();
  options.columns = 6;
  options.gap = -1;
  options.scale = 2;
  options.background = BETWIXT_COLOUR | 0x102030;
  CAPI_OK(betwixt_pictures_save_sheet_as(pictures, at("tight.png").c_str(), &options, &error));
  CAPI_OK(betwixt_pictures_load_file(at("tight.png").c_str(), nullptr, &loaded, &error));
  EXPECT_EQ(described(loaded).width, 6 * 2 * kSide);
  options.gap = 5;
  CAPI_OK(betwixt_pictures_save_sheet_as(pictures, at("wide.png").c_str(), &options, &error));
  CAPI_OK(betwixt_pictures_load_file(at("wide.png").c_str(), nullptr, &loaded, &error));
  EXPECT_EQ(described(loaded).width, 6 * 2 * kSide + 7 * 5);
  const auto pixels = pixels_of(loaded);
  EXPECT_EQ(pixels[0], 0x10) << "the gap has the colour";
  EXPECT_EQ(pixels[2], 0x30);
  options.background = 1;
  CAPI_FAILS(BETWIXT_E_VALUE, "BETWIXT_COLOUR",
             betwixt_pictures_save_sheet_as(pictures, at("x.png").c_str(), &options, &error));
}

TEST_F(CApiMedia, EnlargedPicturesAreSquaresOfTheirPixels) {
  CAPI_OK(betwixt_pictures_enlarge(pictures, 3, &loaded, &error));
  EXPECT_EQ(described(loaded).count, kCount);
  EXPECT_EQ(described(loaded).width, 3 * kSide);
  const auto all = column_pixels(), large = pixels_of(loaded);
  for (int y = 0; y < 3 * kSide; ++y)
    for (int x = 0; x < 3 * kSide; ++x)
      EXPECT_EQ(large[static_cast<std::size_t>(y * 3 * kSide + x)],
                all[static_cast<std::size_t>(y / 3 * kSide + x / 3)]);
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "factor", betwixt_pictures_enlarge(pictures, 0, &loaded, &error));
}

TEST_F(CApiMedia, ThePageOfAModelHoldsPicturesThatBrowsersKnow) {
  const auto training = train_options(5);
  CAPI_OK(betwixt_model_train(model, pictures, &training, nullptr, &error));
  auto evaluate = sized<betwixt_evaluate_options>();
  evaluate.frames = 3;
  auto options = sized<betwixt_report_options>();
  options.evaluate = &evaluate;
  options.encode = betwixt_pictures_encode;
  CAPI_OK(betwixt_model_report(model, pictures, &options, at("page.html").c_str(), &error));
  const auto bytes = bytes_of(at("page.html"));
  const std::string page(bytes.begin(), bytes.end());
  EXPECT_NE(page.find("data:image/gif;base64,R0lGODlh"), std::string::npos) << "GIF89a";
  EXPECT_NE(page.find("data:image/png;base64,iVBORw0KGgo"), std::string::npos) << "PNG";
  auto how = sized<betwixt_encoding>();
  EXPECT_EQ(betwixt_pictures_encode(nullptr, pictures, &how, nullptr, nullptr), BETWIXT_E_ARGUMENT);
  EXPECT_EQ(betwixt_pictures_encode(nullptr, nullptr, nullptr, nullptr, nullptr), BETWIXT_E_ARGUMENT);
}

TEST_F(CApiMedia, TheCommandLineMakesARunOfTheCApiAgain) {
  const std::string program = std::string(BETWIXT_BINARY_DIR) + "/bin/betwixt";
  BETWIXT_NEEDS_PROGRAM(BETWIXT_BUILDS_TOOLS, program);
  CAPI_OK(betwixt_pictures_save_folder(pictures, at("set").c_str(), &error));
  CAPI_OK(betwixt_pictures_load_folder(at("set").c_str(), nullptr, &loaded, &error));
  auto shape = sized<betwixt_model_options>();
  shape.height = shape.width = kSide;
  shape.channels = 1;
  shape.code = 2;
  shape.breadth = 4;
  shape.seed = 5;
  auto options = train_options(40);
  options.seed = 5;
  options.in_order = 1;
  options.step_every = 15;
  Model mine, theirs;
  CAPI_OK(betwixt_model_create(device, &shape, &mine, &error));
  CAPI_OK(betwixt_model_train(mine, loaded, &options, nullptr, &error));
  std::string text(1 << 14, ' ');
  std::int64_t length = 0;
  CAPI_OK(betwixt_run_write(&shape, &options, loaded, nullptr, text.data(), static_cast<std::int64_t>(text.size()),
                            &length, &error));
  std::ofstream(at("run.json"), std::ios::binary).write(text.data(), length);
  const std::string command = "\"" + program + "\" train \"" + at("set") + "\" -o \"" + at("cli.safetensors") +
                              "\" --config \"" + at("run.json") + "\" > \"" + at("log") + "\" 2>&1";
  const auto log = [&] {
    const auto bytes = bytes_of(at("log"));
    return std::string(bytes.begin(), bytes.end());
  };
  ASSERT_EQ(std::system(command.c_str()), 0) << log();
  CAPI_OK(betwixt_model_load(device, at("cli.safetensors").c_str(), &theirs, &error));
  Codes a, b;
  CAPI_OK(betwixt_model_codes(mine, &a, &error));
  CAPI_OK(betwixt_model_codes(theirs, &b, &error));
  std::vector<float> of_mine(2 * kCount), of_theirs(2 * kCount);
  CAPI_OK(betwixt_codes_read(a, 0, kCount, of_mine.data(), 2 * kCount, &error));
  CAPI_OK(betwixt_codes_read(b, 0, kCount, of_theirs.data(), 2 * kCount, &error));
  EXPECT_EQ(of_mine, of_theirs) << "the same weights to the bit";
}

TEST_F(CApiMedia, ErrorsSayWhatIsWrongAndGiveNoPictures) {
  CAPI_FAILS(BETWIXT_E_IO, "none.png", betwixt_pictures_load_file(at("none.png").c_str(), nullptr, &loaded, &error));
  EXPECT_EQ(loaded.get(), nullptr);
  CAPI_FAILS(BETWIXT_E_MISSING, "", betwixt_pictures_load_folder(folder.c_str(), nullptr, &loaded, &error));
  CAPI_OK(betwixt_pictures_save_png(pictures, 0, at("a.png").c_str(), &error));
  auto bytes = bytes_of(at("a.png"));
  const auto half = static_cast<std::int64_t>(bytes.size() / 2);
  betwixt_error found;
  EXPECT_NE(betwixt_pictures_load_memory(bytes.data(), half, nullptr, &loaded, &found), BETWIXT_OK);
  EXPECT_NE(found.message[0], 0);
  EXPECT_NE(betwixt_pictures_load_memory("no picture", 10, nullptr, &loaded, &found), BETWIXT_OK);
  EXPECT_EQ(loaded.get(), nullptr);
  auto options = sized<betwixt_load_options>();
  options.most_pixels = 10;
  CAPI_FAILS(BETWIXT_E_LIMIT, "", betwixt_pictures_load_file(at("a.png").c_str(), &options, &loaded, &error));
  options = sized<betwixt_load_options>();
  options.background = 0xffffff;
  CAPI_FAILS(BETWIXT_E_VALUE, "BETWIXT_COLOUR",
             betwixt_pictures_load_file(at("a.png").c_str(), &options, &loaded, &error));
  options = sized<betwixt_load_options>();
  options.fit = 5;
  CAPI_FAILS(BETWIXT_E_UNSUPPORTED, "fit", betwixt_pictures_load_file(at("a.png").c_str(), &options, &loaded, &error));
  Pictures none;
  CAPI_OK(betwixt_pictures_create(4, 4, 1, &none, &error));
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "no pictures", betwixt_pictures_save_gif(none, at("x.gif").c_str(), nullptr, &error));
  CAPI_FAILS(BETWIXT_E_ARGUMENT, "", betwixt_pictures_save_png(pictures, kCount, at("x.png").c_str(), &error));
  CAPI_FAILS(BETWIXT_E_IO, "", betwixt_pictures_save_png(pictures, 0, at("no/folder/x.png").c_str(), &error));
}

TEST_F(CApiMedia, NullForEverythingIsAnArgumentError) {
  betwixt_error e;
  EXPECT_EQ(betwixt_pictures_load_folder(nullptr, nullptr, nullptr, &e), BETWIXT_E_ARGUMENT);
  EXPECT_EQ(betwixt_pictures_load_file(nullptr, nullptr, &loaded, &e), BETWIXT_E_ARGUMENT);
  EXPECT_EQ(betwixt_pictures_load_memory(nullptr, 5, nullptr, &loaded, &e), BETWIXT_E_ARGUMENT);
  EXPECT_EQ(betwixt_pictures_save_png(nullptr, 0, nullptr, &e), BETWIXT_E_ARGUMENT);
  EXPECT_EQ(betwixt_pictures_save_folder(nullptr, nullptr, &e), BETWIXT_E_ARGUMENT);
  EXPECT_EQ(betwixt_pictures_save_sheet(nullptr, nullptr, 0, 0, &e), BETWIXT_E_ARGUMENT);
  EXPECT_EQ(betwixt_pictures_save_gif(nullptr, nullptr, nullptr, &e), BETWIXT_E_ARGUMENT);
  EXPECT_EQ(betwixt_pictures_save_sheet_as(nullptr, nullptr, nullptr, &e), BETWIXT_E_ARGUMENT);
  EXPECT_EQ(betwixt_pictures_enlarge(nullptr, 1, &loaded, &e), BETWIXT_E_ARGUMENT);
}

}  // namespace
