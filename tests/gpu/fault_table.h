// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
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

  /// Called before every function.
  std::function<void(const std::string&)> on_call;

  /// Used by the table's functions.
  std::optional<VkResult> before(const char* name, bool fallible);
  void after(const char* name, bool succeeded);
  bool waits_after_failure(const char* name) const;

 private:
  mutable std::mutex mutex_;
  std::atomic<std::int64_t> calls_{0};
  std::int64_t fail_call_ = -1;
  std::string fail_name_;
  VkResult fail_result_ = VK_SUCCESS;
  std::string failed_;
  std::map<std::string, std::int64_t> alive_;
  std::map<std::string, std::int64_t> calls_of_;
};

}  // namespace betwixt::test_gpu
