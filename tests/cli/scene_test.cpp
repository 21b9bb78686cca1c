// SPDX-License-Identifier: MIT
// `betwixt scene` and `betwixt info` as a user runs them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "betwixt/core/file.h"
#include "betwixt/data/synthetic/scenes.h"
#include "betwixt/io/checkpoint.h"
#include "betwixt/io/safetensors.h"
#include "places.h"
#include "tests/support/needs.h"

namespace {

namespace fs = std::filesystem;

class SceneCommand : public testing::Test {
 protected:
  void SetUp() override {
    BETWIXT_NEEDS_PROGRAM(BETWIXT_BUILDS_TOOLS, program);
    folder = fs::path(testing::TempDir()) /
             ("betwixt_scene_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder);
    fs::create_directories(folder);
  }
  void TearDown() override { fs::remove_all(folder); }

  std::string file(const std::string& name) const { return (folder / name).string(); }
  static std::string slurp(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  bool run(const std::string& arguments) const {
    const std::string command =
        "\"" + program + "\" " + arguments + " >\"" + file("out") + "\" 2>\"" + file("err") + "\"";
    return std::system(command.c_str()) == 0;
  }

  const std::string program = std::string(BETWIXT_BINARY_DIR) + "/bin/betwixt";
  fs::path folder;
};

TEST_F(SceneCommand, MakesPicturesAndTheTableOfTheirFactors) {
  ASSERT_TRUE(run("scene disks --count 3 --seed 5 -o \"" + file("disks") + "\"")) << slurp(file("err"));
  EXPECT_TRUE(fs::exists(file("disks") + "/frame_0002.png"));
  std::istringstream table(slurp(file("disks") + "/factors.tsv"));
  std::string line;
  std::getline(table, line);
  EXPECT_EQ(line, "file\tradius\tx\ty");
  const betwixt::Scene& disks = betwixt::scene_named("disks");
  for (const std::vector<double>& row : betwixt::sample_scene(disks, {.count = 3, .seed = 5})) {
    std::string name;
    std::vector<double> values(3);
    table >> name >> values[0] >> values[1] >> values[2];
    EXPECT_EQ(name.rfind("frame_000", 0), 0u);
    EXPECT_EQ(values, row);
  }
  ASSERT_TRUE(run("scene disks --count 3 --seed 5 -o \"" + file("again") + "\""));
  EXPECT_EQ(slurp(file("again") + "/frame_0001.png"), slurp(file("disks") + "/frame_0001.png"));
}

TEST_F(SceneCommand, MakesPairsSheetsAndAnimations) {
  ASSERT_TRUE(run("scene faces --count 2 --size 32 --pairs glasses --set skin=0.9 -o \"" + file("faces") + "\""));
  EXPECT_TRUE(fs::exists(file("faces") + "/frame_0003.png"));
  const std::string table = slurp(file("faces") + "/factors.tsv");
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 5);
  EXPECT_NE(table.find("\t0.90000000000000002\t"), std::string::npos);
  ASSERT_TRUE(run("scene turntable --sweep angle --count 4 --size 16 -o \"" + file("turn.gif") + "\""));
  EXPECT_EQ(slurp(file("turn.gif")).rfind("GIF89a", 0), 0u);
  ASSERT_TRUE(run("scene lines --count 4 --columns 2 --background grey -o \"" + file("lines.png") + "\""));
  EXPECT_EQ(slurp(file("lines.png")).substr(1, 3), "PNG");
  ASSERT_TRUE(run("scene --list"));
  for (const betwixt::Scene& scene : betwixt::scenes())
    EXPECT_NE(slurp(file("out")).find(scene.name + ": "), std::string::npos);
}

TEST_F(SceneCommand, ThePicturesOfTheDocumentationAreWhatTheSceneDraws) {
  const std::string pictures = std::string(BETWIXT_SOURCE_DIR) + "/lib/data/synthetic/pictures/";
  for (const std::string arguments : {"rings --sweep radius --count 8 --columns 8", "blobs --count 16 --columns 8"}) {
    const std::string name = arguments.substr(0, arguments.find(' '));
    const std::string scale = name == "blobs" ? " --scale 2" : "";
    ASSERT_TRUE(run("scene " + arguments + scale + " -o \"" + file("sheet.png") + "\"")) << slurp(file("err"));
    EXPECT_EQ(slurp(file("sheet.png")), slurp(pictures + name + ".png")) << name;
  }
}

TEST_F(SceneCommand, MistakesGiveOneLine) {
  for (const char* arguments :
       {"scene disk -o x", "scene disks", "scene disks --sweep width -o x", "scene blobs --all -o x",
        "scene disks --set radius -o x", "scene disks --set radius=much -o x", "scene lines --size 64 -o x",
        "scene faces --pairs hat -o x", "scene disks --vary q -o x"}) {
    EXPECT_FALSE(run(arguments)) << arguments;
    const std::string error = slurp(file("err"));
    EXPECT_EQ(error.rfind("betwixt: ", 0), 0u) << arguments << ": " << error;
    EXPECT_EQ(error.find('\n'), error.size() - 1) << error;
  }
}

TEST_F(SceneCommand, InfoSpeaksOfForeignFilesToo) {
  const std::vector<float> numbers(12);
  const auto bytes = std::as_bytes(std::span(numbers));
  betwixt::SafetensorsWriter writer;
  writer.add("encoder.0.weight", betwixt::SafetensorsType::kF32, {3, 1, 2, 2}, bytes);
  writer.add("odd\x1b[31mname", betwixt::SafetensorsType::kF16, {6}, bytes.first(12));
  writer.set_metadata("format", "pt");
  writer.save(betwixt::default_file_system(), file("net.safetensors"));
  ASSERT_TRUE(run("info \"" + file("net.safetensors") + "\"")) << slurp(file("err"));
  const std::string out = slurp(file("out"));
  EXPECT_NE(out.find("tensors only"), std::string::npos);
  EXPECT_NE(out.find("format: pt"), std::string::npos);
  EXPECT_NE(out.find("[3, 1, 2, 2]"), std::string::npos);
  EXPECT_NE(out.find("2 tensors, 18 numbers, F16 0.0 KiB, F32 0.0 KiB"), std::string::npos) << out;
  EXPECT_EQ(out.find('\x1b'), std::string::npos);

  const betwixt::NamedBlob blob{"w", {betwixt::Shape{12}, betwixt::DType::kF32}, bytes};
  betwixt::save_checkpoint(betwixt::default_file_system(), file("run.ckpt"), {}, {&blob, 1});
  ASSERT_TRUE(run("info \"" + file("run.ckpt") + "\""));
  EXPECT_EQ(slurp(file("out")).rfind("a checkpoint", 0), 0u);

  for (const std::string start : {"PK\x03\x04 archive", "\x80\x02}q\x01."}) {
    std::ofstream(file("net.pt"), std::ios::binary) << start;
    EXPECT_FALSE(run("info \"" + file("net.pt") + "\""));
    EXPECT_NE(slurp(file("err")).find("pt_to_safetensors"), std::string::npos) << slurp(file("err"));
  }
}

}  // namespace
