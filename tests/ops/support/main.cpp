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

namespace {

struct OpenDevice {
  std::string name;
  Device device;
};

/// Closed by main: a driver's threads must not outlive its static objects.
OpenDevice& open_test_device() {
  static OpenDevice open;
  return open;
}

}  // namespace

Device test_device(const std::string& name, std::string& why_not) {
  if (name.empty()) {
    why_not = "BETWIXT_TEST_DEVICE names no device";
    return {};
  }
#ifdef BETWIXT_TESTS_HAVE_DEVICES
  OpenDevice& open = open_test_device();
  if (open.name != name) open = {name, open_device(name)};
  return open.device;
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
      const bool failed = betwixt::ops_test::print_table(device);
      betwixt::ops_test::open_test_device() = {};
      return failed ? EXIT_FAILURE : EXIT_SUCCESS;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      return EXIT_FAILURE;
    }
  }
  testing::InitGoogleTest(&argc, argv);
  const int result = RUN_ALL_TESTS();
  betwixt::ops_test::open_test_device() = {};
  return result;
}
