// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "places.h"

namespace betwixt::torch_test {

/// Runs a script of the source tree with its arguments (in quotes where needed); the program's exit status, 3 when it
/// says that PyTorch is missing, -1 when there is no Python.
inline int python(const std::string& script, const std::string& arguments, const std::string& redirect = "2>&1") {
  for (const char* interpreter : {"/usr/bin/python3", "python3"}) {
    std::string command = interpreter;
    command.append(" \"").append(BETWIXT_SOURCE_DIR).append("/").append(script).append("\" ");
    command.append(arguments).append(" ").append(redirect);
    const int status = std::system(command.c_str());
    const int code = status == -1 ? -1 : (status >> 8) & 0xff;
    if (code != 3 && code != 127 && code != -1) return code;
    if (code == 3 && std::string(interpreter) == "python3") return 3;
  }
  return -1;
}

/// "path" in quotes.
inline std::string in_quotes(const std::string& path) {
  std::string text = "\"";
  return text.append(path).append("\"");
}

/// Debian's python3-torch: with it no test may be skipped for want of PyTorch.
inline bool must_have_torch() {
  std::error_code error;
  return std::filesystem::exists("/usr/lib/python3/dist-packages/torch/__init__.py", error);
}

}  // namespace betwixt::torch_test

/// `status` of a script that needs PyTorch (python()): skipped without PyTorch, failed where the script failed.
#define BETWIXT_NEEDS_TORCH(status)                                                                       \
  do {                                                                                                    \
    const int torch_status = (status);                                                                    \
    if (torch_status == 3 || torch_status == -1) {                                                        \
      ASSERT_FALSE(::betwixt::torch_test::must_have_torch()) << "PyTorch is installed, but not imported"; \
      GTEST_SKIP() << "python3 with PyTorch (package python3-torch) is not installed";                    \
    }                                                                                                     \
    ASSERT_EQ(torch_status, 0);                                                                           \
  } while (false)
