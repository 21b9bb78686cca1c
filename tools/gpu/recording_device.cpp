// SPDX-License-Identifier: MIT
#include "tools/gpu/recording_device.h"

#include <algorithm>
#include <cstdio>
#include <memory>

#include "betwixt/core/error.h"
#include "betwixt/gpu/detail/recorder.h"
#include "betwixt/tensor/op.h"
#include "betwixt/tensor/plan.h"

namespace betwixt {
namespace {

/// An op of a plan, asked for its dispatches.
class VariantCall final : public GpuCall {
 public:
  VariantCall(const PlanCall& call, const GpuLimits& limits, ShaderVariants& found)
      : call_(call), limits_(limits), found_(found) {}
  const Node& node() const override { return *call_.node; }
  const GpuLimits& limits() const override { return limits_; }
  void dispatch(const GpuDispatch& dispatch) override {
    const auto count = static_cast<std::size_t>(dispatch.constant_count);
    const std::uint32_t halves = gpu::half_operands(call_, dispatch);
    const std::string shader =
        halves ? std::string(dispatch.shader) + "_half:" + std::to_string(halves) : dispatch.shader;
    found_.insert({shader, {dispatch.constants.begin(), dispatch.constants.begin() + count}});
  }
  void barrier() override {}
  bool is_placed(int input) const override { return input < 64 && (call_.placed >> input & 1); }
  bool in_place(int output, int input) const override {
    const Range& to = call_.outputs.at(static_cast<std::size_t>(output));
    const Range& from = call_.inputs.at(static_cast<std::size_t>(input));
    return to.buffer == from.buffer && to.offset == from.offset && to.bytes == from.bytes;
  }
  bool same_buffer(const GpuOperand&, const GpuOperand&) const override { return true; }
  void upload(int, std::span<const std::byte>) override {}

 private:
  const PlanCall& call_;
  const GpuLimits& limits_;
  ShaderVariants& found_;
};

class NoStorage final : public Storage {
 public:
  explicit NoStorage(std::size_t bytes) : bytes_(bytes) {}
  std::size_t bytes() const override { return bytes_; }

 private:
  std::size_t bytes_;
};

class NoExecutable final : public Executable {
 public:
  RunResult run(std::int64_t steps, double, const std::atomic<bool>*) override { return {steps, 0, false}; }
  void read_output(int, std::span<std::byte> into) override { std::fill(into.begin(), into.end(), std::byte{0}); }
};

class RecordingBackend final : public Backend {
 public:
  RecordingBackend(const GpuLimits& limits, ShaderVariants& found, DType storage)
      : limits_(limits), found_(found), storage_(storage) {
    info_.name = "recording";
    info_.backend = "vulkan";
  }
  const DeviceInfo& info() const override { return info_; }
  std::unique_ptr<Storage> allocate(std::size_t bytes) override { return std::make_unique<NoStorage>(bytes); }
  void write(Storage&, std::size_t, std::span<const std::byte>) override {}
  void read(const Storage&, std::size_t, std::span<std::byte> into) override {
    std::fill(into.begin(), into.end(), std::byte{0});
  }
  PlanRules plan_rules() const override {
    PlanRules rules;
    rules.overlap = true;
    rules.fuse = true;
    rules.takes_fused = [](const Node& node) { return node.op->gpu != nullptr; };
    rules.can_store_f16 = limits_.storage_16bit;
    rules.storage = storage_;
    rules.scratch = [limits = limits_](const Node& node) {
      return node.op->gpu_scratch ? node.op->gpu_scratch(node, limits) : std::size_t{0};
    };
    rules.check = [](const Node& node) {
      if (!node.op->gpu) throw Error(ErrorCode::kUnsupported, node.op->name, "no shader for the GPU");
    };
    return rules;
  }
  std::unique_ptr<Executable> compile(Plan plan) override {
    for (const PlanCall& call : plan.setup) record(call);
    for (const PlanCall& call : plan.calls) record(call);
    return std::make_unique<NoExecutable>();
  }

 private:
  void record(const PlanCall& call) {
    if (!call.node) {
      found_.insert({"copy", {64}});
      return;
    }
    VariantCall asked(call, limits_, found_);
    call.node->op->gpu(asked);
  }

  GpuLimits limits_;
  ShaderVariants& found_;
  DType storage_;
  DeviceInfo info_;
};

}  // namespace

Device recording_device(const GpuLimits& limits, ShaderVariants& found, DType storage) {
  return Device(std::make_shared<RecordingBackend>(limits, found, storage));
}

std::vector<GpuLimits> limits_worth_recording() {
  const GpuLimits small{.cores = 8, .storage_16bit = true};
  GpuLimits phone = small;
  phone.few_registers = true;
  const GpuLimits desktop{
      .max_invocations = 256, .shared_bytes = 49152, .cores = 60, .subgroup_size = 32, .storage_16bit = true};
  GpuLimits large = desktop;
  large.cores = 132;
  return {GpuLimits{}, phone, small, desktop, large};
}

void print_variants(const ShaderVariants& variants) {
  for (const ShaderVariant& variant : variants) {
    std::printf("%s", variant.shader.c_str());
    for (const std::uint32_t constant : variant.constants) std::printf(" %u", constant);
    std::printf("\n");
  }
}

}  // namespace betwixt
