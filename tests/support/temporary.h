// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#ifdef _WIN32
#include <process.h>
#else
#include <unistd.h>
#endif

namespace betwixt::test {

/// A path in the folder for temporary files that no other process has: ctest runs the tests of one program side by
/// side.
inline std::string temporary_path(const std::string& name) {
#ifdef _WIN32
  const int process = _getpid();
#else
  const int process = getpid();
#endif
  return (std::filesystem::path(testing::TempDir()) / ("betwixt_" + std::to_string(process) + "_" + name)).string();
}

}  // namespace betwixt::test
