// SPDX-License-Identifier: MIT
// test_ops: the tests, or with `--table [--device NAME]` the conformance table on the CPU or on another device.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/ops/support/check_op.h"

#if __has_include("betwixt/device/device_by_name.h")
#include "betwixt/device/device_by_name.h"
#define BETWIXT_TESTS_HAVE_DEVICES 1
#endif

namespace betwixt::ops_test {

Device test_device(const std::string& name, std::string& why_not) {
  if (name.empty()) {
    why_not = "BETWIXT_TEST_DEVICE names no device";
    return {};
  }
#ifdef BETWIXT_TESTS_HAVE_DEVICES
  static std::string opened;
  static Device device;
  if (opened != name) device = open_device(name);
  opened = name;
  return device;
#else
  why_not = "this build knows the CPU only";
  return {};
#endif
}

}  // namespace betwixt::ops_test

int main(int argc, char** argv) {
  bool table = false;
  std::string device;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--table") == 0) table = true;
    if (std::strcmp(argv[i], "--device") == 0 && i + 1 < argc) device = argv[i + 1];
  }
  if (table) {
    try {
      return betwixt::ops_test::print_table(device) ? EXIT_FAILURE : EXIT_SUCCESS;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      return EXIT_FAILURE;
    }
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
