// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "betwixt/core/error.h"
#include "places.h"

namespace betwixt::test_support {

/// What each bad input of a table is answered with, word for word: code, offset, field, what was expected and found.
/// The answers lie in tests/hostile/<suite>.<test>.txt, a line "input | message" for each row in the order of the
/// table. With BETWIXT_WRITE_STATED the lines are written anew, to be read before they are kept.
class StatedErrors {
 public:
  StatedErrors() {
    const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::string(BETWIXT_SOURCE_DIR) + "/tests/hostile/" + test.test_suite_name() + "." + test.name() + ".txt";
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) stated_.push_back(line);
  }
  StatedErrors(const StatedErrors&) = delete;
  StatedErrors& operator=(const StatedErrors&) = delete;
  ~StatedErrors() {
    if (std::getenv("BETWIXT_WRITE_STATED"))
      for (std::ofstream file(path_, std::ios::binary); const std::string& line : found_) file << line << '\n';
    else
      EXPECT_EQ(found_.size(), stated_.size()) << path_;
  }

  /// One row; the input is shown escaped, and cut. `has_place` is false for errors that are about no byte of the file.
  void expect(const std::string& input, const Error& error, bool has_place = true) {
    const std::string shown = Escaped(input.data(), input.size()).text;
    found_.push_back(error.code() == ErrorCode::kOk ? shown + " | accepted" : shown + " | " + error.what());
    if (std::getenv("BETWIXT_WRITE_STATED")) return;
    const std::size_t row = found_.size() - 1;
    EXPECT_EQ(found_[row], row < stated_.size() ? stated_[row] : "nothing is stated") << path_ << ", line " << row + 1;
    EXPECT_LE(std::string(error.what()).size(), 256u) << found_[row];
    if (error.code() == ErrorCode::kOk || !has_place) return;
    EXPECT_GE(error.byte_offset(), 0) << found_[row];
    EXPECT_STRNE(error.field(), "") << found_[row];
  }

 private:
  std::string path_;
  std::vector<std::string> stated_, found_;
};

}  // namespace betwixt::test_support
