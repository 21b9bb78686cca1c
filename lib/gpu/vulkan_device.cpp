// SPDX-License-Identifier: MIT
#include "betwixt/gpu/vulkan_device.h"

#include <algorithm>

#include "betwixt/core/bit_cast.h"
#include "betwixt/gpu/detail/application_image.h"
#include "betwixt/gpu/detail/executable.h"
#include "betwixt/tensor/op.h"

namespace betwixt {
namespace gpu {
namespace {

void check_type(const Node& node, const TensorType& type, const GpuLimits& limits) {
  if (type.dtype == DType::kF64) throw Error(ErrorCode::kUnsupported, node.op->name, "f64 is computed on the CPU only");
  if (type.dtype == DType::kF16 && !limits.storage_16bit)
    throw Error(ErrorCode::kUnsupported, node.op->name, "this GPU has no 16-bit storage");
}

class VulkanBackend final : public Backend {
 public:
  explicit VulkanBackend(const VulkanOptions& options) {
    parts_.context = Context::create(options);
    check_storage(options.storage);
    parts_.staging = std::make_shared<Staging>(parts_.context);
    parts_.pool = std::make_shared<StoragePool>(parts_.context, parts_.staging);
    parts_.pipelines = Pipelines::create(parts_.context);
    parts_.tests = std::make_shared<VariantTests>(parts_.context, parts_.staging, parts_.pipelines);
    parts_.timings = std::make_shared<std::vector<VulkanTiming>>();
  }

  const DeviceInfo& info() const override { return parts_.context->physical().info; }
  const DeviceParts& parts() const { return parts_; }

  std::unique_ptr<Storage> allocate(std::size_t bytes) override { return parts_.pool->allocate(bytes); }

  void write(Storage& storage, std::size_t offset, std::span<const std::byte> bytes) override {
    const BufferRange& range = static_cast<VulkanStorage&>(storage).range();
    parts_.staging->write(*range.buffer, range.offset + offset, bytes);
  }

  void read(const Storage& storage, std::size_t offset, std::span<std::byte> into) override {
    const BufferRange& range = static_cast<const VulkanStorage&>(storage).range();
    parts_.staging->read(*range.buffer, range.offset + offset, into);
  }

  PlanRules plan_rules() const override {
    PlanRules rules;
    rules.alignment =
        std::max<std::size_t>(rules.alignment, static_cast<std::size_t>(parts_.context->exact_alignment()));
    rules.overlap = true;
    rules.fuse = true;
    rules.takes_fused = [](const Node& node) { return node.op->gpu != nullptr; };
    rules.can_store_f16 = info().can_store_f16;
    rules.storage = parts_.context->options().storage;
    rules.alias = !parts_.context->physical().quirks.no_recycling;
    rules.max_arena = static_cast<std::size_t>(parts_.context->max_buffer());
    rules.scratch = [limits = parts_.context->limits()](const Node& node) {
      return node.op->gpu_scratch ? node.op->gpu_scratch(node, limits) : std::size_t{0};
    };
    rules.check = [limits = parts_.context->limits()](const Node& node) {
      if (!node.op->gpu) throw Error(ErrorCode::kUnsupported, node.op->name, "no shader for the GPU");
      for (const Tensor& input : node.inputs) check_type(node, input.type(), limits);
      for (const TensorType& type : node.outputs) check_type(node, type, limits);
    };
    return rules;
  }

  std::unique_ptr<Executable> compile(Plan plan) override {
    return std::make_unique<VulkanExecutable>(parts_, std::move(plan));
  }

 private:
  void check_storage(DType storage) const {
    if (storage == DType::kF32) return;
    if (storage != DType::kF16)
      throw Error(ErrorCode::kArgument, "vulkan_device", "tensors are stored as f32 or f16, not %s",
                  dtype_name(storage));
    if (!info().can_store_f16)
      throw Error(ErrorCode::kUnsupported, "vulkan_device", "%.64s cannot store tensors as f16", info().name.c_str());
  }

  DeviceParts parts_;
};

const VulkanBackend* as_vulkan(const Device& device) { return dynamic_cast<const VulkanBackend*>(&device.backend()); }

/// The state's place, after making sure that an object of the application can mean anything to its device.
const BufferRange& place_for_copy(const State& state, const char* operation) {
  const VulkanBackend* backend = as_vulkan(state.device());
  if (!backend || !backend->parts().context->options().adopted)
    throw Error(ErrorCode::kArgument, operation, "state %.64s does not live on the application's device",
                state.name().c_str());
  return static_cast<const VulkanStorage&>(state.storage()).range();
}

const BufferRange& place_for_copy(const State& state, const VulkanBufferRange& range, const char* operation) {
  const BufferRange& place = place_for_copy(state, operation);
  if (range.buffer == 0 || range.offset % 4) throw Error(ErrorCode::kArgument, operation, "no buffer, or a bad offset");
  return place;
}

const BufferRange& place_for_copy(const State& state, const VulkanImageArea& area, bool is_target,
                                  const char* operation) {
  const BufferRange& place = place_for_copy(state, operation);
  check_image_area(area, is_target, operation);
  if (image_area_bytes(area) != state.type().bytes())
    throw Error(ErrorCode::kShape, operation, "state %.64s has %zu bytes, the area %llu", state.name().c_str(),
                state.type().bytes(), static_cast<unsigned long long>(image_area_bytes(area)));
  return place;
}

VkBuffer application_buffer(std::uint64_t handle) { return bit_cast<VkBuffer>(handle); }

}  // namespace
}  // namespace gpu

Device vulkan_device(const VulkanOptions& options) { return Device(std::make_shared<gpu::VulkanBackend>(options)); }

std::vector<VulkanTiming> vulkan_timings(const Device& device) {
  const gpu::VulkanBackend* backend = gpu::as_vulkan(device);
  return backend ? *backend->parts().timings : std::vector<VulkanTiming>();
}

VulkanCounters vulkan_counters(const Device& device) {
  const gpu::VulkanBackend* backend = gpu::as_vulkan(device);
  return backend ? backend->parts().context->counters() : VulkanCounters();
}

void vulkan_copy_from_buffer(const State& state, const VulkanBufferRange& source) {
  const gpu::BufferRange& place = gpu::place_for_copy(state, source, "vulkan_copy_from_buffer");
  gpu::as_vulkan(state.device())
      ->parts()
      .staging->copy(gpu::application_buffer(source.buffer), source.offset, place.buffer->handle(), place.offset,
                     state.type().bytes());
}

void vulkan_copy_to_buffer(const State& state, const VulkanBufferRange& target) {
  const gpu::BufferRange& place = gpu::place_for_copy(state, target, "vulkan_copy_to_buffer");
  gpu::as_vulkan(state.device())
      ->parts()
      .staging->copy(place.buffer->handle(), place.offset, gpu::application_buffer(target.buffer), target.offset,
                     state.type().bytes());
}

void vulkan_copy_from_image(const State& state, const VulkanImageArea& source) {
  const gpu::BufferRange& place = gpu::place_for_copy(state, source, false, "vulkan_copy_from_image");
  gpu::copy_from_image(*gpu::as_vulkan(state.device())->parts().context, source, place);
}

void vulkan_copy_to_image(const State& state, const VulkanImageArea& target) {
  const gpu::BufferRange& place = gpu::place_for_copy(state, target, true, "vulkan_copy_to_image");
  gpu::copy_to_image(*gpu::as_vulkan(state.device())->parts().context, place, target);
}

}  // namespace betwixt
