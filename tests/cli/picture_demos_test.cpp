// SPDX-License-Identifier: MIT
// The demos that make pictures, run as a user runs them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "betwixt/media/picture_folder.h"
#include "places.h"
#include "tests/support/needs.h"

namespace betwixt {
namespace {

namespace fs = std::filesystem;

class PictureDemos : public ::testing::Test {
 protected:
  void SetUp() override {
    BETWIXT_NEEDS_PROGRAM(BETWIXT_BUILDS_DEMOS, program("photo_blend"));
    const std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ = fs::temp_directory_path() / ("betwixt_demo_" + name);
    fs::create_directories(folder_);
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  static std::string program(const std::string& name) { return std::string(BETWIXT_BINARY_DIR) + "/bin/" + name; }
  static std::string data(const std::string& name) { return std::string(BETWIXT_SOURCE_DIR) + "/demos/data/" + name; }
  std::string file(const std::string& name) const { return (folder_ / name).string(); }
  int run(const std::string& name, const std::string& arguments) const {
    return std::system(("\"" + program(name) + "\" " + arguments + " >\"" + file("log") + "\" 2>&1").c_str());
  }

  fs::path folder_;
};

std::string quoted(const std::string& text) { return "\"" + text + "\" "; }

/// Mean absolute difference of a rectangle of two panels of a row of four; panels begin `step` pixels apart.
double difference(const Images& sheet, int a, int b, int step, int top, int height, int left, int width) {
  double sum = 0;
  for (int y = top; y < top + height; ++y)
    for (int x = left; x < left + width; ++x)
      for (int c = 0; c < 3; ++c) {
        const auto at = [&](int panel) {
          return sheet.pixels[(static_cast<std::size_t>(y) * sheet.width + panel * step + x) * 3 + c];
        };
        sum += std::abs(at(a) - at(b));
      }
  return sum / (3.0 * width * height);
}

constexpr int kPanel = 258;  // 64 pixels four times enlarged, and the gap
constexpr int kGap = 2;

TEST_F(PictureDemos, PyramidEditingPaintsTheFloorAndKeepsTheArm) {
  ASSERT_EQ(run("pyramid_editing", quoted(data("robot_arm/horizontal_06.png")) + quoted(file("edited.png"))), 0);
  const Images sheet = load_image(file("edited.png"));
  ASSERT_EQ(sheet.width, 4 * kPanel + kGap);
  EXPECT_GT(difference(sheet, 0, 3, kPanel, 200, 50, kGap, 200), 20) << "the floor is painted";
  EXPECT_LT(difference(sheet, 0, 3, kPanel, 85, 30, 100, 30), 20) << "the arm is not";
  // At the foot of the arm (bright ring, dark column) plain paint loses contrast that the pyramid keeps.
  const auto contrast = [&](int panel) {
    double low = 255;
    double high = 0;
    for (int y = 176; y < 196; ++y)
      for (int x = 100; x < 150; ++x) {
        const double value = sheet.pixels[(static_cast<std::size_t>(y) * sheet.width + panel * kPanel + x) * 3];
        low = std::min(low, value);
        high = std::max(high, value);
      }
    return high - low;
  };
  EXPECT_GT(contrast(3), 1.5 * contrast(1));
}

TEST_F(PictureDemos, PhotoBlendHasTheArmButNotTheBrightDisc) {
  ASSERT_EQ(
      run("photo_blend", quoted(data("robot_arm/horizontal_00.png")) + quoted(data("robot_arm/horizontal_12.png")) +
                             quoted(file("blend.png")) + "0.33 0.22 0.2 3"),
      0);
  const Images sheet = load_image(file("blend.png"));
  ASSERT_EQ(sheet.width, 4 * kPanel + kGap);
  // Inside the disc beside the arm: pasted light stays, blended light is that of the surroundings.
  EXPECT_LT(difference(sheet, 1, 3, kPanel, 24, 12, 104, 16), 0.5 * difference(sheet, 1, 2, kPanel, 24, 12, 104, 16));
  EXPECT_GT(difference(sheet, 1, 3, kPanel, 45, 25, 75, 20), 40) << "the red cone of the first picture is there";
}

TEST_F(PictureDemos, PortraitsBlendToo) {
  const char* shared = std::getenv("BETWIXT_SHARED");
  const std::string faces = (shared != nullptr ? std::string(shared) : std::string(BETWIXT_SOURCE_DIR) + "/../shared") +
                            "/data/faces_congress/jpg_sample/";
  if (!fs::exists(faces)) GTEST_SKIP() << "no portraits at " << faces;
  ASSERT_EQ(run("photo_blend", quoted(faces + "A000014.jpg") + quoted(faces + "C000243.jpg") + quoted(file("p.png")) +
                                   "0.5 0.55 0.25"),
            0);
  const Images sheet = load_image(file("p.png"));
  const int step = (sheet.width - kGap) / 4;
  EXPECT_LT(difference(sheet, 1, 3, step, 2, 20, 4, 180), 4) << "the background is that of the second picture";
  EXPECT_GT(difference(sheet, 1, 3, step, 90, 60, 75, 60), 8) << "the face is not";
}

TEST_F(PictureDemos, SpriteMorphWritesAnAnimationAndASheet) {
  ASSERT_EQ(run("sprite_morph", quoted(data("sprites/slime.png")) + "141 107 11 20 " + quoted(file("m.gif")) +
                                    quoted(file("m.png")) + "10"),
            0);
  EXPECT_GT(fs::file_size(file("m.gif")), 1000u);
  const Images sheet = load_image(file("m.png"));
  EXPECT_EQ(sheet.width, 7 * 143 + 2);
  EXPECT_NE(run("sprite_morph", quoted(data("sprites/slime.png")) + "141 107 11 999 " + quoted(file("m.gif"))), 0);
}

TEST_F(PictureDemos, WithoutArgumentsTheySayHowTheyAreUsed) {
  for (const char* name : {"pyramid_editing", "photo_blend", "sprite_morph"}) EXPECT_NE(run(name, ""), 0) << name;
}

}  // namespace
}  // namespace betwixt
