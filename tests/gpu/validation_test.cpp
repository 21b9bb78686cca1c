// SPDX-License-Identifier: MIT
// The validation layer must be silent over everything the library does, and must be alive while it is.
#include <algorithm>
#include <string>
#include <utility>

#include "tests/gpu/gpu_support.h"
#include "tests/support/needs.h"

namespace betwixt::test_gpu {
namespace {

class GpuValidation : public GpuTest {
 protected:
  void SetUp() override {
    GpuTest::SetUp();
    if (vulkan_validation_available()) return;
    ASSERT_FALSE(test::must_have_validation()) << "the validation layer is installed, but was not found";
    GTEST_SKIP() << "no validation layer (package vulkan-validationlayers)";
  }
};

// Hints that stay, and why.
const std::pair<const char*, const char*> kExplained[] = {
    {"specialuse-extension", "the extensions of the validation itself"},
    {"SpirvDeprecated_WorkgroupSize", "SPIR-V 1.3 of Vulkan 1.1 has nothing newer"},
    {"SpirvDeprecated-WorkgroupSize", "SPIR-V 1.3 of Vulkan 1.1 has nothing newer"},
    {"simultaneous-use", "several steps are one command buffer, several times in one submission"},
    {"small-allocation", "a test is small; memory comes in few blocks, as large as a program needs"},
    {"small-dedicated-allocation", "likewise"},
    {"UNASSIGNED-GPU-Assisted Validation Warning", "the layer's own set-up on drivers that lack what it wants"},
};

bool is_explained(const std::string& message) {
  return std::any_of(std::begin(kExplained), std::end(kExplained),
                     [&](const auto& hint) { return message.find(hint.first) != std::string::npos; });
}

void use_everything(const Device& gpu) {
  for (const bool alias : {true, false}) {
    const State state = ramp_state(gpu, 5000);
    Program program(gpu, busy_outputs(state), {.alias = alias});
    program.run(100);
    program.run_for(5);
    busy_results(program, state);
  }
}

TEST_F(GpuValidation, CoreIsSilent) { use_everything(device()); }

TEST_F(GpuValidation, SynchronizationIsSilent) { use_everything(device({}, true)); }

TEST_F(GpuValidation, BestPracticesAreSilent) {
  VulkanOptions options;
  options.validation = messages_.validation(false);
  options.validation->best_practices = true;
  use_everything(vulkan_device(options));
  for (const std::string& message : messages_.take()) EXPECT_TRUE(is_explained(message)) << message;
}

TEST_F(GpuValidation, GpuAssistedIsSilent) {
  VulkanOptions options;
  options.validation = messages_.validation(false);
  options.validation->gpu_assisted = true;
  use_everything(vulkan_device(options));
  for (const std::string& message : messages_.take()) EXPECT_TRUE(is_explained(message)) << message;
}

TEST_F(GpuValidation, AMissingBarrierIsSeen) {
  const Device gpu = device({}, true);
  const State state = ramp_state(gpu, 1000);
  Program program(gpu, {through_scratch(read(state), false)});
  program.run();
  EXPECT_FALSE(messages_.take().empty()) << "the layer does not see hazards";
}

TEST_F(GpuValidation, AWriteOutsideABufferIsSeen) {
  VulkanOptions options;
  options.validation = messages_.validation(false);
  options.validation->gpu_assisted = true;
  const Device gpu = vulkan_device(options);
  const State state = ramp_state(gpu, 64);
  Program program(gpu, {raw_dispatch(read(state), {.groups = 1 << 14, .extra_words = 1 << 20})});
  program.run();
  const std::vector<std::string> messages = messages_.take();
  EXPECT_TRUE(std::any_of(messages.begin(), messages.end(), [](const std::string& message) {
    return message.find("out of bounds") != std::string::npos || message.find("out-of-bounds") != std::string::npos;
  })) << "the layer does not see accesses";
}

}  // namespace
}  // namespace betwixt::test_gpu
