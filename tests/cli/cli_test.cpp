// SPDX-License-Identifier: MIT
// The command line as a user runs it: real processes, real files, exit statuses, one line on standard error.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#ifndef _WIN32
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#include "places.h"
#include "tests/support/needs.h"

namespace {

namespace fs = std::filesystem;

struct Output {
  int status = 0;
  std::string out;
  std::string err;
};

class CommandLine : public testing::Test {
 protected:
  void SetUp() override {
    BETWIXT_NEEDS_PROGRAM(BETWIXT_BUILDS_TOOLS, program);
    folder = fs::path(testing::TempDir()) /
             ("betwixt_cli_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder);
    fs::create_directories(folder);
  }
  void TearDown() override { fs::remove_all(folder); }

  std::string file(const std::string& name) const { return (folder / name).string(); }
  static std::string slurp(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  Output run(const std::string& arguments) const {
    const std::string command =
        "\"" + program + "\" " + arguments + " >\"" + file("out") + "\" 2>\"" + file("err") + "\"";
    const int status = std::system(command.c_str());
    Output output;
#ifndef _WIN32
    output.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
#else
    output.status = status;
#endif
    output.out = slurp(file("out"));
    output.err = slurp(file("err"));
    return output;
  }
  std::string train_arguments(const std::string& model) const {
    return "train \"" + pictures + "\" -o \"" + file(model) +
           "\" --size 16 --channels 16 --latent 2 --steps 500 --batch 8 --lr 3e-3";
  }

  std::string program = std::string(BETWIXT_BINARY_DIR) + "/bin/betwixt";
  std::string pictures = std::string(BETWIXT_SOURCE_DIR) + "/demos/data/robot_arm";
  fs::path folder;
};

bool is_one_line(const std::string& text) { return !text.empty() && text.find('\n') == text.size() - 1; }

TEST_F(CommandLine, TrainsAndMorphsToEveryKindOfOutput) {
  const Output trained = run(train_arguments("m.safetensors"));
  ASSERT_EQ(trained.status, 0) << trained.err;
  EXPECT_EQ(trained.err, "") << "quiet when standard error is no terminal";
  for (const char* method : {"straight", "slerp", "graph"}) {
    const Output morphed = run("morph \"" + file("m.safetensors") + "\" --from 0 --to 27 --frames 9 --method " +
                               method + " -o \"" + file(std::string(method) + ".gif") + "\"");
    ASSERT_EQ(morphed.status, 0) << morphed.err;
    EXPECT_EQ(slurp(file(std::string(method) + ".gif")).substr(0, 6), "GIF89a");
  }
  ASSERT_EQ(
      run("morph \"" + file("m.safetensors") + "\" --from 0 --to 5 --frames 7 -o \"" + file("sheet.png") + "\"").status,
      0);
  EXPECT_EQ(slurp(file("sheet.png")).substr(1, 3), "PNG");
  ASSERT_EQ(
      run("morph \"" + file("m.safetensors") + "\" --from 0 --to 5 --frames 7 -o \"" + file("frames") + "/\"").status,
      0);
  EXPECT_EQ(std::distance(fs::directory_iterator(file("frames")), fs::directory_iterator()), 7);
}

TEST_F(CommandLine, EndsCanBePicturesAndTheModelNeedsNoCodes) {
  ASSERT_EQ(run(train_arguments("m.safetensors") + " --no-codes").status, 0);
  const std::string model = "morph \"" + file("m.safetensors") + "\" --frames 5 -o \"" + file("x.gif") + "\" ";
  const std::string ends = "--from \"" + pictures + "/horizontal_00.png\" --to \"" + pictures + "/vertical_08.png\"";
  EXPECT_EQ(run(model + ends + " --method straight").status, 0);
  const Output by_index = run(model + "--from 0 --to 1");
  EXPECT_EQ(by_index.status, 1);
  EXPECT_TRUE(is_one_line(by_index.err)) << by_index.err;
}

TEST_F(CommandLine, TransparentPicturesArePutOnAColour) {
  ASSERT_EQ(run(train_arguments("m.safetensors") + " --background \"#20c0ff\"").status, 0);
  EXPECT_NE(run("info \"" + file("m.safetensors") + "\" --json").out.find("#20c0ff"), std::string::npos);
  const Output wrong = run(train_arguments("n.safetensors") + " --background purplish");
  EXPECT_EQ(wrong.status, 1);
  EXPECT_TRUE(is_one_line(wrong.err)) << wrong.err;
}

TEST_F(CommandLine, InfoAndDevicesSpeakJson) {
  ASSERT_EQ(run(train_arguments("m.safetensors")).status, 0);
  const Output info = run("info \"" + file("m.safetensors") + "\" --json");
  EXPECT_EQ(info.status, 0);
  EXPECT_NE(info.out.find("\"encoder.0.weight\""), std::string::npos);
  EXPECT_NE(info.out.find("\"horizontal_00.png\""), std::string::npos);
  const Output devices = run("devices --json");
  EXPECT_EQ(devices.status, 0);
  EXPECT_NE(devices.out.find("cpu"), std::string::npos);
  EXPECT_EQ(run("devices").status, 0);
}

TEST_F(CommandLine, TheDemosOfTheReadmeRun) {
  const std::string bin = std::string(BETWIXT_BINARY_DIR) + "/bin/";
  BETWIXT_NEEDS_PROGRAM(BETWIXT_BUILDS_DEMOS, bin + "custom_loss");
  const std::string quiet = " >\"" + file("out") + "\" 2>&1";
  EXPECT_EQ(
      std::system(
          ("\"" + bin + "custom_loss\" \"" + pictures + "\" \"" + file("c.safetensors") + "\" 3" + quiet).c_str()),
      0);
  EXPECT_EQ(
      std::system(
          ("\"" + bin + "folder_to_animation\" \"" + pictures + "\" 0 5 \"" + file("m.gif") + "\" 3" + quiet).c_str()),
      0);
  EXPECT_EQ(slurp(file("m.gif")).substr(0, 6), "GIF89a");
  EXPECT_EQ(run("info \"" + file("c.safetensors") + "\"").status, 0);
}

TEST_F(CommandLine, TheSameSeedGivesTheSameFile) {
  ASSERT_EQ(run(train_arguments("a.safetensors") + " --threads 1").status, 0);
  ASSERT_EQ(run(train_arguments("b.safetensors") + " --threads 2").status, 0);
  EXPECT_EQ(slurp(file("a.safetensors")), slurp(file("b.safetensors")));
  ASSERT_EQ(run(train_arguments("c.safetensors") + " --seed 2").status, 0);
  EXPECT_NE(slurp(file("a.safetensors")), slurp(file("c.safetensors")));
}

TEST_F(CommandLine, MistakesGiveOneLineAndAStatus) {
  fs::create_directories(file("empty"));
  std::ofstream(file("text.safetensors")) << "this is no model";
  const std::string out = " -o \"" + file("x.safetensors") + "\"";
  for (const std::string& arguments :
       {"train \"" + file("nowhere") + "\"" + out, "train \"" + file("empty") + "\"" + out,
        train_arguments("x.safetensors") + " --memory 0.01",
        train_arguments("x.safetensors") + " --device vulkan:no-such-gpu",
        train_arguments("x.safetensors") + " --device cpu --storage f16",
        train_arguments("x.safetensors") + " --network report", "info \"" + file("text.safetensors") + "\"",
        "morph \"" + file("text.safetensors") + "\" --from 0 --to 1 -o \"" + file("x.gif") + "\""}) {
    const Output output = run(arguments);
    EXPECT_EQ(output.status, 1) << arguments;
    EXPECT_TRUE(is_one_line(output.err)) << arguments << ": " << output.err;
    EXPECT_EQ(output.err.rfind("betwixt: ", 0), 0u) << output.err;
    EXPECT_FALSE(fs::exists(file("x.safetensors"))) << arguments;
  }
  EXPECT_NE(run("train").status, 0);
  EXPECT_NE(run("--steps").status, 0);
}

#ifndef _WIN32
pid_t start(const std::string& program, const std::vector<std::string>& arguments) {
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr)) _exit(126);
    execv(program.c_str(), argv.data());
    _exit(127);
  }
  return child;
}

TEST_F(CommandLine, CtrlCSavesWhatWasLearned) {
  const pid_t child = start(program, {"train", pictures, "-o", file("m.safetensors"), "--size", "16", "--channels", "8",
                                      "--steps", "100000000"});
  usleep(700'000);
  kill(child, SIGINT);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_EQ(run("info \"" + file("m.safetensors") + "\"").status, 0);
}

TEST_F(CommandLine, ARunKilledAtAnyMomentEndsWithTheSameModel) {
  const bool full = std::getenv("BETWIXT_FULL") != nullptr;
  const int kills = full ? 200 : 8;
  std::vector<std::string> arguments{
      "train",    pictures, "-o",      file("killed.safetensors"), "--size",  "16", "--channels", "8",
      "--latent", "2",      "--steps", full ? "60000" : "2000",    "--batch", "8",  "--threads",  "1"};
  auto whole = arguments;
  whole[3] = file("whole.safetensors");
  int status = 0;
  waitpid(start(program, whole), &status, 0);
  ASSERT_EQ(status, 0);
  arguments.insert(arguments.end(), {"--checkpoint", file("run.ckpt"), "--checkpoint-seconds", "0"});
  const std::string temporary = file("run.ckpt.tmp");
  unsigned random = 12345;
  int killed = 0, in_a_save = 0;
  for (int i = 0; i < kills; ++i) {
    random = random * 1664525u + 1013904223u;
    const pid_t child = start(program, arguments);
    usleep(20'000 + random % 150'000);
    // Every other one while a save is under way: as soon as its temporary file shows up.
    for (int look = 0; i % 2 == 1 && look < 4000 && !fs::exists(temporary); ++look) usleep(50);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    killed += WIFSIGNALED(status);
    in_a_save += fs::exists(temporary);
  }
  EXPECT_GT(killed, full ? kills - 1 : 0);
  waitpid(start(program, arguments), &status, 0);
  ASSERT_EQ(status, 0);
  EXPECT_EQ(slurp(file("killed.safetensors")), slurp(file("whole.safetensors")));
  std::printf("%d runs killed, %d of them in a save\n", killed, in_a_save);
}
#endif

}  // namespace
