// SPDX-License-Identifier: MIT
// tools/pt_to_safetensors: PyTorch's files become safetensors, and nothing in them is run.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "betwixt/core/file.h"
#include "betwixt/io/safetensors.h"
#include "tests/support/temporary.h"
#include "tests/torch/python.h"

namespace betwixt {
namespace {

namespace fs = std::filesystem;
using torch_test::in_quotes;
using torch_test::python;

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A folder of the shared test data, or empty.
std::string shared_folder(const std::string& name) {
  const char* given = std::getenv("BETWIXT_SHARED");
  const fs::path path = (given ? fs::path(given) : fs::path(BETWIXT_SOURCE_DIR) / ".." / "shared") / "data" / name;
  return fs::is_directory(path) ? path.string() : std::string();
}

class PtToSafetensors : public testing::Test {
 protected:
  void SetUp() override {
    folder = test::temporary_path("converter");
    fs::remove_all(folder);
    fs::create_directories(folder);
    if (python("tools/pt_to_safetensors", "--help", ">/dev/null") == -1) GTEST_SKIP() << "python3 is not installed";
  }
  void TearDown() override { fs::remove_all(folder); }

  int convert(const std::string& path, const std::string& options = "") {
    return python("tools/pt_to_safetensors", options + " " + in_quotes(path) + " " + in_quotes(out()),
                  ">" + in_quotes(folder + "/log") + " 2>&1");
  }
  std::string out() const { return folder + "/out.safetensors"; }
  SafetensorsFile result() const { return SafetensorsFile::open(default_file_system(), out()); }
  static std::vector<double> values(SafetensorsFile& file, const std::string& name) {
    std::vector<double> numbers(file.info(name).elements());
    file.read(name, std::span<double>(numbers), {.allow_lossy = true});
    return numbers;
  }
  /// Makes the files of converter_cases.py and converts them; returns those whose names start so, without ending.
  std::vector<std::string> convert_cases(const std::string& start) {
    const std::string files = folder + "/files", tool = std::string(BETWIXT_SOURCE_DIR) + "/tools/pt_to_safetensors";
    EXPECT_EQ(python("tests/torch/converter_cases.py",
                     in_quotes(files) + " " + in_quotes(folder + "/ran") + " " + in_quotes(tool)),
              0);
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(files)) {
      const fs::path& path = entry.path();
      if (path.extension() == ".pt" && path.filename().string().rfind(start, 0) == 0)
        names.push_back((path.parent_path() / path.stem()).string());
    }
    return names;
  }

  std::string folder;
};

TEST_F(PtToSafetensors, ReadsEveryTypeAndOrderOfMemory) {
  const std::vector<std::string> names = convert_cases("good_");
  EXPECT_EQ(names.size(), 14u);
  for (const std::string& name : names) {
    const std::string log = slurp(name + ".log");
    ASSERT_EQ(log[0], '0') << name << ": " << log;
    SafetensorsFile file = SafetensorsFile::open(default_file_system(), name + ".safetensors");
    ASSERT_EQ(file.names().size(), 1u);
    const bool nested = name.find("nested") != std::string::npos;
    EXPECT_EQ(file.names()[0], nested ? "net.w" : "w");
    EXPECT_EQ(file.info(file.names()[0]).shape, (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(values(file, file.names()[0]), (std::vector<double>{0, 1, 2, 3, 4, 5})) << name;
    if (nested) EXPECT_NE(log.find("left out, no tensors: epoch"), std::string::npos);
  }
  ASSERT_EQ(convert(folder + "/files/good_nested.pt", "--strip net."), 0);
  EXPECT_EQ(result().names(), std::vector<std::string>{"w"});
  EXPECT_EQ(convert(folder + "/files/good_nested.pt", "--limit-mib 0"), 1);
  EXPECT_EQ(convert(folder + "/absent.pt"), 1);
}

TEST_F(PtToSafetensors, RefusesWithOneLineAndRunsNothing) {
  const std::vector<std::string> names = convert_cases("bad_");
  EXPECT_GT(names.size(), 25u);
  for (const std::string& name : names) {
    const std::string log = slurp(name + ".log");
    EXPECT_EQ(log.rfind("1 pt_to_safetensors: ", 0), 0u) << name << ": " << log;
    EXPECT_EQ(log.find('\n'), log.size() - 1) << name << ": " << log;
    EXPECT_EQ(slurp(name + ".safetensors"), "old") << name;
  }
  EXPECT_FALSE(fs::exists(folder + "/ran")) << "something in a file was run";
}

TEST_F(PtToSafetensors, FindsWhatPytorchFindsInItsOwnFiles) {
  const std::string data = shared_folder("import_tests");
  if (data.empty()) GTEST_SKIP() << "no folder import_tests; set BETWIXT_SHARED";
  std::string paths;
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(data))
    if (entry.path().extension() == ".pt") {
      names.push_back(entry.path().filename().string());
      paths += " " + in_quotes(entry.path().string());
    }
  EXPECT_EQ(names.size(), 11u);
  const std::string wanted = folder + "/wanted.safetensors";
  BETWIXT_NEEDS_TORCH(python("tests/torch/networks.py", "read " + in_quotes(wanted) + paths));
  SafetensorsFile theirs = SafetensorsFile::open(default_file_system(), wanted);
  std::size_t compared = 0;
  for (const std::string& name : names) {
    ASSERT_EQ(convert(data + "/" + name), 0) << name << slurp(folder + "/log");
    SafetensorsFile ours = result();
    for (const std::string& tensor : ours.names()) {
      const std::string key = name + "/" + tensor;
      ASSERT_TRUE(theirs.contains(key)) << key;
      EXPECT_EQ(ours.info(tensor).shape, theirs.info(key).shape) << key;
      EXPECT_EQ(values(ours, tensor), values(theirs, key)) << key;
      ++compared;
    }
  }
  EXPECT_EQ(compared, theirs.names().size());
}

TEST_F(PtToSafetensors, KnownValuesOfTheFilesAtHand) {
  const std::string data = shared_folder("import_tests");
  if (data.empty()) GTEST_SKIP() << "no folder import_tests; set BETWIXT_SHARED";
  ASSERT_EQ(convert(data + "/reader_simple_legacy.pt"), 0);
  SafetensorsFile legacy = result();
  EXPECT_EQ(legacy.info("weight").shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_NEAR(values(legacy, "weight")[4], -1.478874921798706, 1e-15);
  EXPECT_EQ(values(legacy, "bias"), (std::vector<double>{1, 1}));
  ASSERT_EQ(convert(data + "/reader_float16.pt"), 0);
  SafetensorsFile half = result();
  EXPECT_EQ(half.info("tensor").type, SafetensorsType::kF16);
  EXPECT_EQ(values(half, "tensor"), (std::vector<double>{1.5, -2.25, 3.125}));
  ASSERT_EQ(convert(data + "/reader_bfloat16.pt"), 0);
  SafetensorsFile brain = result();
  EXPECT_EQ(brain.info("tensor").type, SafetensorsType::kBF16);
  EXPECT_EQ(values(brain, "tensor"), (std::vector<double>{1.5, -2.5, 3.5}));
  ASSERT_EQ(convert(data + "/batch_norm2d.pt"), 0);
  EXPECT_EQ(result().info("norm1.num_batches_tracked").type, SafetensorsType::kI64);
}

TEST_F(PtToSafetensors, TheHeadsOfLpipsComeOutAsTheirSafetensors) {
  const std::string data = shared_folder("lpips_lin");
  if (data.empty()) GTEST_SKIP() << "no folder lpips_lin; set BETWIXT_SHARED";
  for (const char* net : {"alex", "squeeze", "vgg"}) {
    ASSERT_EQ(convert(data + "/" + net + "_v0.1.pth"), 0) << slurp(folder + "/log");
    SafetensorsFile ours = result();
    SafetensorsFile theirs =
        SafetensorsFile::open(default_file_system(), data + "/lpips_v0.1_" + net + "_lin.safetensors");
    EXPECT_EQ(ours.names().size(), theirs.names().size());
    for (std::size_t i = 0; i < ours.names().size(); ++i) {
      const std::string saved = "lin" + std::to_string(i) + ".model.1.weight",
                        plain = "lin" + std::to_string(i) + ".weight";
      ASSERT_TRUE(ours.contains(saved)) << ours.names()[i];
      EXPECT_EQ(ours.info(saved).shape, theirs.info(plain).shape);
      EXPECT_EQ(values(ours, saved), values(theirs, plain)) << net << i;
    }
  }
}

}  // namespace
}  // namespace betwixt
