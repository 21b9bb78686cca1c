// SPDX-License-Identifier: MIT
// test_ops: the tests; or
//   --table [--device NAME]                       the conformance table on the CPU or on another device
//   --mutant FOLDER --device NAME [ENTRY ...]     the table with the shaders of FOLDER, until something fails
//   --barriers --device NAME [ENTRY ...]          every kind of recorded barrier left out in turn
//   --shaders, --variants                         which shaders the table needs, nothing executed
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/ops/support/check_op.h"
#include "tests/ops/support/mutants.h"
#include "tests/ops/support/test_device.h"

namespace betwixt::ops_test {
namespace {

struct Arguments {
  std::string mode, device, folder;
  std::vector<std::string> entries;
};

Arguments read_arguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--table" || word == "--barriers" || word == "--shaders" || word == "--variants") {
      arguments.mode = word;
    } else if (word == "--mutant" && i + 1 < argc) {
      arguments.mode = word;
      arguments.folder = argv[++i];
    } else if (word == "--device" && i + 1 < argc) {
      arguments.device = argv[++i];
    } else if (word.rfind("--", 0) != 0) {
      arguments.entries.push_back(word);
    }
  }
  return arguments;
}

int run_mode(const Arguments& arguments) {
  if (arguments.mode == "--table") return print_table(arguments.device) ? EXIT_FAILURE : EXIT_SUCCESS;
  if (arguments.mode == "--mutant") return run_mutant(arguments.device, arguments.folder, arguments.entries);
  if (arguments.mode == "--barriers") return run_without_barriers(arguments.device, arguments.entries) ? 1 : 0;
  arguments.mode == "--shaders" ? print_entries_and_shaders() : print_table_variants();
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace betwixt::ops_test

int main(int argc, char** argv) {
  using namespace betwixt::ops_test;
  const Arguments arguments = read_arguments(argc, argv);
  int result = EXIT_FAILURE;
  if (!arguments.mode.empty()) {
    try {
      result = run_mode(arguments);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
    }
  } else {
    testing::InitGoogleTest(&argc, argv);
    result = RUN_ALL_TESTS();
  }
  close_test_device();
  return result;
}
