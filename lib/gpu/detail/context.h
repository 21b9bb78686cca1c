// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "betwixt/core/error.h"
#include "betwixt/gpu/detail/owned.h"
#include "betwixt/gpu/detail/physical_device.h"

namespace betwixt::gpu {

/// Device and queue, own or the application's; submissions, bounded waits, and what is left of it when it fails.
///
/// After a lost device or a fence that never signals, every later call throws the first error again at once; everything
/// can still be destroyed.
class Context {
 public:
  static std::shared_ptr<Context> create(const VulkanOptions& options);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const Functions& vk() const { return vk_; }
  VkDevice device() const { return device_; }
  const PhysicalDevice& physical() const { return physical_; }
  const VulkanOptions& options() const { return options_; }
  Clock& clock() const { return options_.clock ? *options_.clock : default_clock(); }
  const GpuLimits& limits() const { return limits_; }
  std::uint64_t max_buffer() const { return max_buffer_; }
  /// Where bound ranges may start when the hazards are validated; 0 when whole buffers are bound.
  std::uint64_t exact_alignment() const;
  bool software() const { return physical_.info.is_software; }
  VulkanCounters& counters() { return counters_; }

  /// Throws the error that ended this device, if one did.
  void require_alive() const;
  bool failed() const { return failure_.has_value(); }
  /// Ends this device: throws `error`, now and from every later call.
  [[noreturn]] void fail(const Error& error);
  /// As gpu::check; remembers a lost device.
  void check(VkResult result, const char* call);
  /// Throws `error`, after remembering it if the device is lost.
  [[noreturn]] void raise(const Error& error);

  Owned<VkFence> make_fence();
  Owned<VkCommandPool> make_command_pool();
  VkCommandBuffer make_command_buffer(VkCommandPool pool);
  void begin(VkCommandBuffer commands, VkCommandBufferUsageFlags usage);
  void end(VkCommandBuffer commands);

  /// Hands command buffers to the queue; `fence` (reset here) signals their end.
  void submit(std::span<const VkCommandBuffer> commands, VkFence fence);
  /// E_DEVICE_TIMEOUT after the time of the options.
  void wait(VkFence fence);
  /// For destructors: waits for work that may still run, on a software driver as long as for any work. False when it
  /// may run on: then nothing that it uses may be destroyed.
  bool drain(VkFence fence) noexcept;
  /// True when a copy of run_once may run on: its buffers, and the device, are then kept for ever.
  bool stuck() const { return stuck_; }
  /// Records, submits and waits: for uploads, copies, constants. What earlier work wrote is visible to the commands,
  /// and what they write to everything later.
  void run_once(const std::function<void(VkCommandBuffer)>& record);

 private:
  explicit Context(const VulkanOptions& options) : options_(options) {}
  void make_device();
  void choose_limits();
  void wait_for_once();

  VulkanOptions options_;
  std::shared_ptr<Instance> instance_;
  PhysicalDevice physical_;
  Functions vk_;
  VkDevice device_ = VK_NULL_HANDLE;
  VkQueue queue_ = VK_NULL_HANDLE;
  bool owned_ = false;
  GpuLimits limits_;
  std::uint64_t max_buffer_ = 0;
  VulkanCounters counters_;
  std::optional<Error> failure_;
  Owned<VkCommandPool> once_pool_;
  Owned<VkFence> once_fence_;
  VkCommandBuffer once_ = VK_NULL_HANDLE;
  bool once_pending_ = false;
  bool stuck_ = false;
};

/// Orders shader work: what was written before is seen, what was read before may be overwritten.
void compute_barrier(const Functions& vk, VkCommandBuffer commands);
/// Any earlier write of ours, seen by shaders, transfers and the host.
void full_barrier(const Functions& vk, VkCommandBuffer commands);

}  // namespace betwixt::gpu
