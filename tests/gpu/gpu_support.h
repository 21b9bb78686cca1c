// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "betwixt/core/error.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/device/detail/self_test.h"
#include "betwixt/gpu/vulkan_device.h"
#include "betwixt/tensor/op.h"
#include "betwixt/tensor/program.h"

namespace betwixt::test_gpu {

/// What the validation layer says during a test. Any message fails the test unless it is taken out.
class Messages {
 public:
  VulkanValidation validation(bool synchronization);
  std::vector<std::string> take();

 private:
  std::mutex mutex_;
  std::vector<std::string> messages_;
};

/// A test on the driver that the environment offers (VK_DRIVER_FILES), with the validation layer where it is installed.
/// Skips when there is no driver.
class GpuTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;
  /// A device with validation on; of hazards too when asked.
  Device device(VulkanOptions options = {}, bool synchronization = false);
  Messages messages_;

 private:
  bool ignores_leaks_ = false;
};

/// The first 16 floats cut off: an alias, or a copy when aliasing is off.
///   x f32 [n]   ->   f32 [n - 16]
Tensor drop_sixteen(const Tensor& x);

/// x through scratch memory and back, in two dispatches. `with_barrier` false leaves out the barrier between them.
Tensor through_scratch(const Tensor& x, bool with_barrier = true);

/// A constant: uploaded when the program is compiled.
Tensor counting_constant(std::int64_t count);

/// An op that only the CPU has.
Tensor cpu_only(const Tensor& x);

/// The bits of x, unchanged, by one dispatch of this size.
struct RawDispatch {
  std::uint32_t invocations = 64;
  std::uint32_t groups = 1;
  std::uint32_t extra_words = 0;  ///< copied behind the end: a planted fault
};
Tensor raw_dispatch(const Tensor& x, const RawDispatch& options);

std::vector<float> ramp(std::int64_t count);
State ramp_state(const Device& device, std::int64_t count, const char* name = "ramp");

/// A program with a state, an alias, scratch, a constant, two ops of which each needs the one before, and four outputs.
/// Fills `state` at the end of each step.
std::vector<Tensor> busy_outputs(const State& state);
/// Everything it computed: the outputs' bits, then the state's.
std::vector<std::uint32_t> busy_results(Program& program, const State& state);
/// Compiles and runs it from a ramp.
std::vector<std::uint32_t> run_busy(const Device& device, std::int64_t count, std::int64_t steps,
                                    const PlanOptions& options = {});

/// The code of the Error that `body` throws, kOk when it throws none.
template <class Body>
ErrorCode code_of(Body body) {
  try {
    body();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kOk;
}

}  // namespace betwixt::test_gpu
