// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>

#include "betwixt/gpu/detail/functions.h"

namespace betwixt::test_gpu {

/// A function table of our own between the library and the driver: counts what is created and destroyed, and makes one
/// chosen call fail. One at a time.
class FaultTable {
 public:
  FaultTable();
  ~FaultTable();
  FaultTable(const FaultTable&) = delete;
  FaultTable& operator=(const FaultTable&) = delete;

  /// For VulkanOptions::get_instance_proc_address.
  void* entry() const;

  /// The `call`-th call from now (0 is the next) that returns a VkResult fails, without reaching the driver.
  void fail_at(std::int64_t call, VkResult result);
  /// As above, counting calls of this function only; and all later ones.
  void fail_function(const std::string& name, std::int64_t call, VkResult result);
  void no_faults();
  /// Name of the function that was made to fail; empty when none was.
  std::string failed() const;
  /// Calls that return a VkResult, since the last fail_at, fail_function or no_faults.
  std::int64_t calls() const { return calls_; }
  std::int64_t calls_of(const std::string& name) const;

  /// Objects created and not destroyed, by kind; kinds with none are left out.
  std::map<std::string, std::int64_t> alive() const;

  /// The device says that it is hardware: steps are then cut.
  void claim_hardware() { claims_hardware_ = true; }
  /// The device says that it is of this vendor.
  void claim_vendor(std::uint32_t vendor) { vendor_ = vendor; }
  /// The driver says that it is of this version.
  void claim_driver_version(std::uint32_t version) { driver_version_ = version; }

  /// A driver that compiles some variants wrongly: dispatches of pipelines with such specialisation constants do
  /// nothing.
  std::function<bool(std::span<const std::uint32_t> constants)> spoils;

  /// Called before every function.
  std::function<void(const std::string&)> on_call;

  /// Used by the table's functions.
  std::optional<VkResult> before(const char* name, bool fallible);
  void after(const char* name, bool succeeded);
  bool waits_after_failure(const char* name) const;
  void change(VkPhysicalDeviceProperties2& properties) const;
  void change(VkPhysicalDeviceProperties& properties) const;
  void note_pipeline(const VkComputePipelineCreateInfo& info, VkPipeline pipeline);
  void forget_pipeline(VkPipeline pipeline);
  void bind(VkCommandBuffer commands, VkPipeline pipeline);
  bool is_spoiled(VkCommandBuffer commands) const;

 private:
  mutable std::mutex mutex_;
  std::atomic<std::int64_t> calls_{0};
  bool claims_hardware_ = false;
  std::uint32_t vendor_ = 0;
  std::uint32_t driver_version_ = 0;
  std::set<VkPipeline> spoiled_;
  std::map<VkCommandBuffer, bool> binds_spoiled_;
  std::int64_t fail_call_ = -1;
  std::string fail_name_;
  VkResult fail_result_ = VK_SUCCESS;
  std::string failed_;
  std::map<std::string, std::int64_t> alive_;
  std::map<std::string, std::int64_t> calls_of_;
};

}  // namespace betwixt::test_gpu
