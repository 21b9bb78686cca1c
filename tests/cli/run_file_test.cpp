// SPDX-License-Identifier: MIT
// Run files: a saved configuration makes the same model again, byte for byte.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "places.h"
#include "tests/support/needs.h"

namespace {

namespace fs = std::filesystem;

class RunFile : public testing::Test {
 protected:
  std::string program = BETWIXT_BINARY_DIR "/bin/betwixt";
  std::string pictures = BETWIXT_SOURCE_DIR "/demos/data/robot_arm";
  fs::path folder;

  void SetUp() override {
    BETWIXT_NEEDS_PROGRAM(BETWIXT_BUILDS_TOOLS, program);
    folder = fs::path(testing::TempDir()) /
             ("betwixt_run_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder);
    fs::create_directories(folder);
  }
  void TearDown() override { fs::remove_all(folder); }

  std::string file(const std::string& name) const { return (folder / name).string(); }
  std::string contents(const std::string& name) const {
    std::ifstream in(file(name), std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  /// 0, or not; what it said is in `err`.
  int train(const std::string& arguments) const {
    const std::string command =
        "\"" + program + "\" train " + arguments + " >\"" + file("out") + "\" 2>\"" + file("err") + "\"";
    return std::system(command.c_str());
  }
  int first_run(const std::string& more = "") const {
    return train("\"" + pictures + "\" -o \"" + file("a.safetensors") +
                 "\" --size 16 --channels 8 --steps 120 --validation 0.2 --seed 7 --last \"" +
                 file("a_last.safetensors") + "\" --save-config \"" + file("run.json") + "\" " + more);
  }
  int again(const std::string& more = "") const {
    return train("--config \"" + file("run.json") + "\" -o \"" + file("b.safetensors") + "\" --last \"" +
                 file("b_last.safetensors") + "\" " + more);
  }
};

TEST_F(RunFile, MakesTheSameModelAgain) {
  ASSERT_EQ(first_run("--in-order --threads 1"), 0) << contents("err");
  ASSERT_EQ(again("--threads 2"), 0) << contents("err");
  EXPECT_FALSE(contents("a.safetensors").empty());
  EXPECT_TRUE(contents("a.safetensors") == contents("b.safetensors"));
  EXPECT_TRUE(contents("a_last.safetensors") == contents("b_last.safetensors"));
}

TEST_F(RunFile, WhatIsTypedWins) {
  ASSERT_EQ(first_run(), 0) << contents("err");
  ASSERT_EQ(again("--seed 8"), 0) << contents("err");
  EXPECT_FALSE(contents("a.safetensors") == contents("b.safetensors"));
}

TEST_F(RunFile, SeveralSeedsTellTheirSpreadAndKeepTheBest) {
  ASSERT_EQ(first_run("--seeds 3"), 0) << contents("err");
  EXPECT_NE(contents("err").find("3 seeds: error "), std::string::npos) << contents("err");
  ASSERT_EQ(again(), 0) << contents("err");
  EXPECT_TRUE(contents("a.safetensors") == contents("b.safetensors"));
}

TEST_F(RunFile, OtherPicturesUnknownOptionsAndBrokenFilesAreRefused) {
  ASSERT_EQ(first_run(), 0) << contents("err");
  EXPECT_NE(again("--size 8"), 0);
  EXPECT_NE(contents("err").find("E_MISMATCH"), std::string::npos) << contents("err");
  std::string text = contents("run.json");
  text.replace(text.find("\"batch\""), 7, "\"badge\"");
  std::ofstream(file("run.json")) << text;
  EXPECT_NE(again(), 0);
  EXPECT_NE(contents("err").find("E_UNKNOWN_KEY"), std::string::npos) << contents("err");
  std::ofstream(file("run.json")) << "{";
  EXPECT_NE(again(), 0);
  EXPECT_NE(contents("err").find("E_TRUNCATED"), std::string::npos) << contents("err");
}

}  // namespace
