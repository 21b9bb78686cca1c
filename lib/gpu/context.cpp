// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/context.h"

#include <algorithm>
#include <new>

#include "betwixt/gpu/detail/result.h"

namespace betwixt::gpu {
namespace {

constexpr double kTimeout = 3000;
constexpr double kSoftwareTimeout = 120000;
constexpr double kDrainTimeout = 1000;
constexpr std::uint64_t kWaitSlice = 50'000'000;  // ns
constexpr std::uint64_t kNanosecondsPerMillisecond = 1'000'000;

/// The application's lock, held while its queue is used.
class QueueLock {
 public:
  explicit QueueLock(const VulkanOptions& options) : options_(options) {
    if (options_.adopted && options_.adopted->lock) options_.adopted->lock();
  }
  ~QueueLock() {
    if (options_.adopted && options_.adopted->unlock) options_.adopted->unlock();
  }
  QueueLock(const QueueLock&) = delete;
  QueueLock& operator=(const QueueLock&) = delete;

 private:
  const VulkanOptions& options_;
};

void barrier(const Functions& vk, VkCommandBuffer commands, VkPipelineStageFlags from, VkAccessFlags writes,
             VkPipelineStageFlags to, VkAccessFlags uses) {
  VkMemoryBarrier memory{};
  memory.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER;
  memory.srcAccessMask = writes;
  memory.dstAccessMask = uses;
  vk.vkCmdPipelineBarrier(commands, from, to, 0, 1, &memory, 0, nullptr, 0, nullptr);
}

}  // namespace

void compute_barrier(const Functions& vk, VkCommandBuffer commands) {
  barrier(vk, commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, VK_ACCESS_SHADER_WRITE_BIT,
          VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT);
}

void full_barrier(const Functions& vk, VkCommandBuffer commands) {
  barrier(vk, commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT,
          VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT,
          VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT | VK_PIPELINE_STAGE_HOST_BIT,
          VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_READ_BIT |
              VK_ACCESS_TRANSFER_WRITE_BIT | VK_ACCESS_HOST_READ_BIT | VK_ACCESS_HOST_WRITE_BIT);
}

std::shared_ptr<Context> Context::create(const VulkanOptions& options) {
  std::shared_ptr<Context> context(new Context(options));
  context->instance_ = Instance::create(options);
  if (!context->instance_) throw Error(ErrorCode::kUnsupported, "vulkan_device", "there is no Vulkan loader");
  context->physical_ = options.adopted ? adopted_device(*context->instance_, *options.adopted)
                                       : choose_device(*context->instance_, options.name);
  context->vk_ = context->instance_->functions();
  if (options.adopted) {
    context->device_ = static_cast<VkDevice>(options.adopted->device);
    context->vk_.load_device(context->device_);
    context->queue_ = static_cast<VkQueue>(options.adopted->queue);
  } else {
    context->make_device();
  }
  context->choose_limits();
  context->once_pool_ = context->make_command_pool();
  context->once_ = context->make_command_buffer(context->once_pool_.get());
  context->once_fence_ = context->make_fence();
  return context;
}

void Context::make_device() {
  const float priority = 1;
  VkDeviceQueueCreateInfo queue{};
  queue.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
  queue.queueFamilyIndex = physical_.queue_family;
  queue.queueCount = 1;
  queue.pQueuePriorities = &priority;
  const char* subset = "VK_KHR_portability_subset";
  VkPhysicalDevice16BitStorageFeatures storage{};
  storage.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES;
  storage.storageBuffer16BitAccess = VK_TRUE;
  VkDeviceCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &queue;
  info.enabledExtensionCount = physical_.needs_portability_subset ? 1 : 0;
  info.ppEnabledExtensionNames = &subset;
  if (physical_.has_storage_16bit) info.pNext = &storage;
  gpu::check(vk_.vkCreateDevice(physical_.handle, &info, nullptr, &device_), "vkCreateDevice");
  owned_ = true;
  vk_.load_device(device_);
  vk_.vkGetDeviceQueue(device_, physical_.queue_family, 0, &queue_);
}

void Context::choose_limits() {
  limits_ = physical_.limits;
  limits_.storage_16bit = physical_.has_storage_16bit;
  max_buffer_ = physical_.max_buffer;
  if (options_.buffer_bytes) max_buffer_ = std::min(max_buffer_, options_.buffer_bytes & ~std::uint64_t{255});
  if (max_buffer_ == 0) throw Error(ErrorCode::kArgument, "vulkan_device", "buffer_bytes must be at least 256");
  if (!options_.limits) return;
  const GpuLimits& wanted = *options_.limits;
  limits_.max_invocations = std::min(limits_.max_invocations, wanted.max_invocations);
  limits_.shared_bytes = std::min(limits_.shared_bytes, wanted.shared_bytes);
  limits_.max_groups = std::min(limits_.max_groups, wanted.max_groups);
  limits_.cores = wanted.cores;
  limits_.subgroup_size = std::min(limits_.subgroup_size, wanted.subgroup_size);
  limits_.storage_16bit &= wanted.storage_16bit;
  limits_.few_registers |= wanted.few_registers;
  physical_.info.can_store_f16 &= wanted.storage_16bit;
}

Context::~Context() {
  if (stuck_) {
    once_fence_.release();
    once_pool_.release();
    new (std::nothrow) std::shared_ptr<Instance>(std::move(instance_));
    return;
  }
  once_fence_ = {};
  once_pool_ = {};
  if (owned_ && device_ && vk_.vkDestroyDevice) vk_.vkDestroyDevice(device_, nullptr);
}

std::uint64_t Context::exact_alignment() const {
  if (!options_.validation || !options_.validation->synchronization) return 0;
  return std::max<std::uint64_t>(physical_.properties.limits.minStorageBufferOffsetAlignment, 4);
}

void Context::require_alive() const {
  if (failure_) throw *failure_;
}

void Context::fail(const Error& error) {
  if (!failure_) failure_ = error;
  throw *failure_;
}

void Context::check(VkResult result, const char* call) {
  if (result < VK_SUCCESS) raise(result_error(result, call));
}

void Context::raise(const Error& error) {
  if (error.code() == ErrorCode::kDeviceLost) fail(error);
  throw error;
}

Owned<VkFence> Context::make_fence() {
  VkFenceCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO;
  VkFence fence = VK_NULL_HANDLE;
  check(vk_.vkCreateFence(device_, &info, nullptr, &fence), "vkCreateFence");
  return {device_, fence, vk_.vkDestroyFence};
}

Owned<VkCommandPool> Context::make_command_pool() {
  VkCommandPoolCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
  info.queueFamilyIndex = physical_.queue_family;
  VkCommandPool pool = VK_NULL_HANDLE;
  check(vk_.vkCreateCommandPool(device_, &info, nullptr, &pool), "vkCreateCommandPool");
  return {device_, pool, vk_.vkDestroyCommandPool};
}

VkCommandBuffer Context::make_command_buffer(VkCommandPool pool) {
  VkCommandBufferAllocateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
  info.commandPool = pool;
  info.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
  info.commandBufferCount = 1;
  VkCommandBuffer commands = VK_NULL_HANDLE;
  check(vk_.vkAllocateCommandBuffers(device_, &info, &commands), "vkAllocateCommandBuffers");
  return commands;
}

void Context::begin(VkCommandBuffer commands, VkCommandBufferUsageFlags usage) {
  VkCommandBufferBeginInfo info{};
  info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
  info.flags = usage;
  check(vk_.vkBeginCommandBuffer(commands, &info), "vkBeginCommandBuffer");
}

void Context::end(VkCommandBuffer commands) { check(vk_.vkEndCommandBuffer(commands), "vkEndCommandBuffer"); }

void Context::submit(std::span<const VkCommandBuffer> commands, VkFence fence) {
  require_alive();
  check(vk_.vkResetFences(device_, 1, &fence), "vkResetFences");
  VkSubmitInfo info{};
  info.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
  info.commandBufferCount = static_cast<std::uint32_t>(commands.size());
  info.pCommandBuffers = commands.data();
  VkResult result = VK_SUCCESS;
  {
    const QueueLock lock(options_);
    result = vk_.vkQueueSubmit(queue_, 1, &info, fence);
  }
  check(result, "vkQueueSubmit");
  ++counters_.submissions;
}

void Context::wait(VkFence fence) {
  const double limit =
      options_.timeout_milliseconds > 0 ? options_.timeout_milliseconds : (software() ? kSoftwareTimeout : kTimeout);
  Stopwatch watch(clock());
  for (;;) {
    const double waited = watch.milliseconds();
    if (waited >= limit)
      fail(Error(ErrorCode::kDeviceTimeout, "vulkan", "the GPU has not responded for %.0f ms", waited));
    const auto left = static_cast<std::uint64_t>((limit - waited) * static_cast<double>(kNanosecondsPerMillisecond));
    const VkResult result =
        vk_.vkWaitForFences(device_, 1, &fence, VK_TRUE, std::clamp<std::uint64_t>(left, 1, kWaitSlice));
    if (result == VK_SUCCESS) return;
    check(result, "vkWaitForFences");
  }
}

bool Context::drain(VkFence fence) noexcept {
  const double limit = software() ? kSoftwareTimeout : kDrainTimeout;
  return vk_.vkWaitForFences(device_, 1, &fence, VK_TRUE,
                             static_cast<std::uint64_t>(limit) * kNanosecondsPerMillisecond) != VK_TIMEOUT;
}

void Context::run_once(const std::function<void(VkCommandBuffer)>& record) {
  require_alive();
  if (once_pending_) wait_for_once();
  check(vk_.vkResetCommandPool(device_, once_pool_.get(), 0), "vkResetCommandPool");
  begin(once_, VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT);
  full_barrier(vk_, once_);
  record(once_);
  full_barrier(vk_, once_);
  end(once_);
  submit({&once_, 1}, once_fence_.get());
  once_pending_ = true;
  wait_for_once();
}

void Context::wait_for_once() {
  try {
    wait(once_fence_.get());
  } catch (const Error&) {
    stuck_ = !drain(once_fence_.get());
    once_pending_ = stuck_;
    throw;
  }
  once_pending_ = false;
}

}  // namespace betwixt::gpu
