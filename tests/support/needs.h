// SPDX-License-Identifier: MIT
// What a test cannot do without. It is skipped where the build or the machine is without by choice; where the thing
// should be there and is not, the test fails.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "betwixt/gpu/vulkan_device.h"
#include "places.h"

namespace betwixt::test {

inline bool is_file(const char* path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

/// Whether somebody chose Vulkan drivers, or Mesa's for processors is installed: then there is a device.
inline bool must_have_vulkan() {
#if defined(BETWIXT_NO_VULKAN)
  return false;
#else
  for (const char* variable : {"VK_DRIVER_FILES", "VK_ICD_FILENAMES"})
    if (const char* chosen = std::getenv(variable); chosen && *chosen) return true;
  return is_file("/usr/share/vulkan/icd.d/lvp_icd.x86_64.json") ||
         is_file("/usr/share/vulkan/icd.d/lvp_icd.aarch64.json");
#endif
}

inline bool must_have_validation() {
  return is_file("/usr/share/vulkan/explicit_layer.d/VkLayer_khronos_validation.json");
}

}  // namespace betwixt::test

/// Programs of ours: `is_built` is BETWIXT_BUILDS_TOOLS or BETWIXT_BUILDS_DEMOS.
#define BETWIXT_NEEDS_PROGRAM(is_built, path)                                              \
  do {                                                                                     \
    if (!(is_built)) GTEST_SKIP() << "this build is without " << (path);                   \
    ASSERT_TRUE(std::filesystem::exists(path)) << "the build should have made " << (path); \
  } while (false)

#define BETWIXT_NEEDS_VULKAN()                                                                                    \
  do {                                                                                                            \
    if (!::betwixt::vulkan_devices().empty()) break;                                                              \
    ASSERT_FALSE(::betwixt::test::must_have_vulkan()) << "a Vulkan driver is installed, but no device was found"; \
    GTEST_SKIP() << "no Vulkan driver; install one (Debian: mesa-vulkan-drivers) or set VK_DRIVER_FILES";         \
  } while (false)
