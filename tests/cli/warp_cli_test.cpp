// SPDX-License-Identifier: MIT
// `betwixt warp` as a user runs it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#ifndef _WIN32
#include <sys/wait.h>
#endif

#include "places.h"
#include "tests/support/needs.h"

namespace {

namespace fs = std::filesystem;

class WarpCommand : public testing::Test {
 protected:
  void SetUp() override {
    BETWIXT_NEEDS_PROGRAM(BETWIXT_BUILDS_TOOLS, program);
    folder = fs::path(testing::TempDir()) /
             ("betwixt_warp_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder);
    fs::create_directories(folder);
  }
  void TearDown() override {
    if (!folder.empty()) fs::remove_all(folder);
  }

  std::string file(const std::string& name) const { return (folder / name).string(); }
  static std::string slurp(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  /// Exit status; what was printed is in the files "out" and "err".
  int run(const std::string& arguments) const {
    const std::string command =
        "\"" + program + "\" warp " + arguments + " >\"" + file("out") + "\" 2>\"" + file("err") + "\"";
    const int status = std::system(command.c_str());
#ifndef _WIN32
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
#else
    return status;
#endif
  }
  std::string to(const std::string& name) const { return " -o \"" + file(name) + "\""; }

  std::string program = std::string(BETWIXT_BINARY_DIR) + "/bin/betwixt";
  std::string arm = std::string(BETWIXT_SOURCE_DIR) + "/demos/data/robot_arm/";
  std::string pair = "\"" + arm + "horizontal_00.png\" \"" + arm + "horizontal_02.png\" --size 32 --steps 5 --frames 5";
  fs::path folder;
};

TEST_F(WarpCommand, WritesEveryKindOfOutput) {
  ASSERT_EQ(run(pair + to("there_and_back.gif")), 0) << slurp(file("err"));
  EXPECT_EQ(slurp(file("err")), "") << "quiet when standard error is no terminal";
  ASSERT_EQ(run(pair + " --once" + to("once.gif")), 0) << slurp(file("err"));
  EXPECT_EQ(slurp(file("once.gif")).substr(0, 6), "GIF89a");
  EXPECT_GT(fs::file_size(file("there_and_back.gif")), fs::file_size(file("once.gif")));
  ASSERT_EQ(run(pair + to("sheet.png")), 0);
  EXPECT_EQ(slurp(file("sheet.png")).substr(1, 3), "PNG");
  ASSERT_EQ(run(pair + to("frames") + "/"), 0);
  EXPECT_EQ(std::distance(fs::directory_iterator(file("frames")), fs::directory_iterator()), 5);
}

TEST_F(WarpCommand, ReportsAsJsonAndRepeatsItself) {
  ASSERT_EQ(run(pair + " --json --threads 1" + to("a.gif")), 0);
  const std::string line = slurp(file("out"));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  for (const char* field : {"\"frames\"", "\"levels\"", "\"motion\"", "\"occluded\"", "\"residual\"", "\"stopped\""})
    EXPECT_NE(line.find(field), std::string::npos) << field;
  ASSERT_EQ(run(pair + " --threads 2" + to("b.gif")), 0);
  EXPECT_EQ(slurp(file("a.gif")), slurp(file("b.gif")));
}

TEST_F(WarpCommand, MistakesGiveOneLineAndAStatus) {
  const std::string one = "\"" + arm + "horizontal_00.png\" ";
  ASSERT_EQ(run(pair + to("small") + "/"), 0);
  const std::string other_size = one + "\"" + file("small") + "/frame_0000.png\"";
  for (const std::string& wrong : {one + "\"" + file("missing.png") + "\"" + to("x.gif"), other_size + to("x.gif"),
                                   pair + " --device abacus" + to("x.gif")}) {
    EXPECT_EQ(run(wrong), 1) << wrong;
    const std::string error = slurp(file("err"));
    EXPECT_EQ(error.find('\n'), error.size() - 1) << error;
  }
  EXPECT_NE(run(other_size + to("x.gif")), 0);
  EXPECT_NE(slurp(file("err")).find("64 x 64"), std::string::npos) << slurp(file("err"));
  EXPECT_FALSE(fs::exists(file("x.gif")));
  EXPECT_NE(run(one + to("x.gif")), 0) << "one picture is not enough";
}

}  // namespace
