// SPDX-License-Identifier: MIT
// test_train: the tests, or with `--cancel-latency [POINTS] [--device NAME]` figures of how soon training lets go.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "tests/train/cancel_latency.h"

int main(int argc, char** argv) {
  int points = 0;
  std::string device = "cpu";
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const char* next = i + 1 < argc ? argv[i + 1] : "";
    if (argument == "--cancel-latency") points = std::atoi(next) > 0 ? std::atoi(next) : 1000;
    if (argument == "--device") device = next;
  }
  if (points == 0) {
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
  }
  try {
    betwixt::print_cancel_latency(device, points);
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return EXIT_FAILURE;
  }
}
