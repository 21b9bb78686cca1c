// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/recorder.h"

#include <algorithm>

#include "betwixt/gpu/detail/ordering.h"
#include "betwixt/tensor/op.h"

namespace betwixt::gpu {
namespace {

constexpr std::uint32_t kCopyInvocations = 64;
constexpr std::uint64_t kVectorBytes = 16;

const char* op_name(const PlanCall& call) { return call.node ? call.node->op->name : "copy"; }

[[noreturn]] void refuse(const char* op, const char* shader, const char* fact) {
  throw Error(ErrorCode::kInternal, op, "shader %.48s: %s", shader, fact);
}

bool is_half(const PlanCall& call, const GpuOperand& operand) {
  if (operand.kind == GpuOperand::Kind::kScratch) return false;
  const std::uint64_t halves = operand.kind == GpuOperand::Kind::kInput ? call.half_inputs : call.half_outputs;
  return operand.index < 64 && (halves >> operand.index & 1);
}

}  // namespace

std::uint32_t half_operands(const PlanCall& call, const GpuDispatch& dispatch) {
  std::uint32_t result = 0;
  for (int i = 0; i < dispatch.operand_count; ++i)
    if (is_half(call, dispatch.operands[static_cast<std::size_t>(i)])) result |= 1u << i;
  return result;
}

/// What an op sees while its plan is recorded.
class RecordingCall final : public GpuCall {
 public:
  RecordingCall(Recorder& recorder, const PlanCall& call, std::vector<Command>& commands)
      : recorder_(recorder), call_(call), commands_(commands) {}

  const Node& node() const override { return *call_.node; }
  const GpuLimits& limits() const override { return recorder_.limits_; }
  void dispatch(const GpuDispatch& dispatch) override { recorder_.add(call_, dispatch, commands_); }
  void barrier() override {
    recorder_.barrier_ = true;
    ++recorder_.group_;
  }
  bool in_place(int output, int input) const override {
    const Range& to = call_.outputs.at(static_cast<std::size_t>(output));
    const Range& from = call_.inputs.at(static_cast<std::size_t>(input));
    return to.buffer == from.buffer && to.offset == from.offset && to.bytes == from.bytes;
  }
  bool is_placed(int input) const override { return input < 64 && (call_.placed >> input & 1); }
  bool same_buffer(const GpuOperand& a, const GpuOperand& b) const override {
    // Bound ranges show one operand each.
    if (recorder_.exact_alignment_ != 0) return false;
    return recorder_.operand(call_, a, "").buffer == recorder_.operand(call_, b, "").buffer;
  }
  void upload(int output, std::span<const std::byte> bytes) override {
    const Range& range = call_.outputs.at(static_cast<std::size_t>(output));
    if (bytes.size() > range.bytes) fail_internal(call_.node->op->name, "uploads more than its output holds");
    BufferRange target = recorder_.locate_(range);
    target.bytes = bytes.size();
    recorder_.recording_.uploads.push_back({target, {bytes.begin(), bytes.end()}});
  }

 private:
  Recorder& recorder_;
  const PlanCall& call_;
  std::vector<Command>& commands_;
};

Recorder::Recorder(const GpuLimits& limits, Locate locate, std::uint64_t exact_alignment)
    : limits_(limits), locate_(std::move(locate)), exact_alignment_(exact_alignment) {}

Recorder::~Recorder() = default;

Recording Recorder::record(const Plan& plan) {
  for (const PlanCall& call : plan.setup) {
    barrier_ = true;
    record_call(call, recording_.setup);
  }
  footprints_.clear();
  call_ = -1;
  for (const PlanCall& call : plan.calls) record_call(call, recording_.step);
  order_commands(recording_.step, footprints_);
  return std::move(recording_);
}

void Recorder::record_call(const PlanCall& call, std::vector<Command>& commands) {
  ++group_;
  ++call_;
  if (!call.node) return record_copy(call, commands);
  RecordingCall recording(*this, call, commands);
  const bool wanted = barrier_;
  const std::size_t before = commands.size();
  call.node->op->gpu(recording);
  // An op with nothing to do leaves its barrier to the next one; one it asked for after its last dispatch is void.
  barrier_ = commands.size() == before && wanted;
}

void Recorder::record_copy(const PlanCall& call, std::vector<Command>& commands) {
  const std::uint64_t bytes = call.outputs[0].bytes;
  if (bytes == 0) return;
  const auto words = static_cast<std::uint32_t>(bytes / 4);
  const auto tail = static_cast<std::uint32_t>(bytes % 4);
  GpuDispatch dispatch("copy", {gpu_in(0), gpu_out(0)});
  dispatch.constant(kCopyInvocations).word(words).word(tail ? (1u << (8 * tail)) - 1 : 0);
  dispatch.items(std::uint64_t{words} + (tail ? 1 : 0), kCopyInvocations, limits_);
  add(call, dispatch, commands);
  barrier_ = false;
}

BufferRange Recorder::operand(const PlanCall& call, const GpuOperand& operand, const char* shader) const {
  const char* op = op_name(call);
  const auto& ranges = operand.kind == GpuOperand::Kind::kInput ? call.inputs : call.outputs;
  const auto index = static_cast<std::size_t>(operand.index);
  if (operand.kind != GpuOperand::Kind::kScratch && index >= ranges.size()) refuse(op, shader, "no such operand");
  const Range& range = operand.kind == GpuOperand::Kind::kScratch ? call.scratch : ranges[index];
  if (range.buffer < 0) refuse(op, shader, "uses scratch memory that was not asked for");
  if (operand.byte_offset && is_half(call, operand)) refuse(op, shader, "a part of an operand that is f16");
  if (operand.byte_offset % 16 || operand.byte_offset > range.bytes) refuse(op, shader, "a bad operand offset");
  BufferRange located = locate_(range);
  located.offset += operand.byte_offset;
  located.bytes -= operand.byte_offset;
  if (operand.bytes) located.bytes = std::min<std::uint64_t>(located.bytes, operand.bytes);
  if (located.offset % 4) refuse(op, shader, "an operand that is not aligned to 4 bytes");
  return located;
}

void Recorder::check_dispatch(const char* op, const GpuDispatch& dispatch) const {
  if (!find_shader(dispatch.shader)) throw Error(ErrorCode::kUnsupported, op, "no shader %.48s", dispatch.shader);
  if (dispatch.operand_count < 1 || dispatch.operand_count > GpuDispatch::kMaxOperands)
    refuse(op, dispatch.shader, "1 to 4 operands are allowed");
  if (dispatch.push_count > GpuDispatch::kMaxPush) refuse(op, dispatch.shader, "more than 28 words");
  if (dispatch.constant_count < 1 || dispatch.constant_count > GpuDispatch::kMaxConstants)
    refuse(op, dispatch.shader, "1 to 12 constants are needed, the first is the workgroup size");
  if (dispatch.constants[0] < 1 || dispatch.constants[0] > limits_.max_invocations)
    refuse(op, dispatch.shader, "a workgroup larger than the device's");
  for (const std::uint32_t count : dispatch.groups)
    if (count > limits_.max_groups) refuse(op, dispatch.shader, "more workgroups than the device allows");
}

void Recorder::add(const PlanCall& call, const GpuDispatch& dispatch, std::vector<Command>& commands) {
  check_dispatch(op_name(call), dispatch);
  if (std::count(dispatch.groups.begin(), dispatch.groups.end(), 0u)) return;
  Command command;
  command.op = op_name(call);
  command.call = call_;
  command.groups = dispatch.groups;
  command.barrier = barrier_;
  barrier_ = false;
  std::copy_n(dispatch.push.begin(), dispatch.push_count, command.push.begin() + GpuDispatch::kMaxOperands);
  const std::uint32_t halves = half_operands(call, dispatch);
  const EmbeddedShader* shader = halves ? find_half_shader(dispatch.shader) : find_shader(dispatch.shader);
  if (!shader) refuse(op_name(call), dispatch.shader, "is given f16, and has no variant for it");
  Footprint footprint;
  footprint.group = group_;
  BufferSet set{};
  std::array<bool, GpuDispatch::kMaxOperands> is_empty{};
  std::size_t written = set.size();
  for (int i = 0; i < dispatch.operand_count; ++i) {
    const auto index = static_cast<std::size_t>(i);
    const BufferRange range = operand(call, dispatch.operands[index], dispatch.shader);
    set[index] = binding(range);
    command.push[index] = static_cast<std::uint32_t>((range.offset - set[index].offset) / 4);
    footprint.add(use_of(range, access_of(*shader)[index]));
    is_empty[index] = range.bytes == 0;
    if (!is_empty[index] && access_of(*shader)[index].writes) written = index;
  }
  // Nothing is touched in an operand without bytes; a layer would take its neighbour in memory for it.
  for (std::size_t i = 0; exact_alignment_ != 0 && written < set.size() && i < set.size(); ++i)
    if (is_empty[i]) {
      set[i] = set[written];
      command.push[i] = command.push[written];
    }
  for (int i = 0; i < dispatch.shared_count; ++i) {
    const GpuDispatch::Shared& shared = dispatch.shared[static_cast<std::size_t>(i)];
    const auto slot = static_cast<std::size_t>(shared.slot);
    if (is_half(call, shared.operand)) refuse(op_name(call), dispatch.shader, "shares an operand that is f16");
    const BufferRange range = operand(call, shared.operand, dispatch.shader);
    if (!(binding(range) == set[slot])) refuse(op_name(call), dispatch.shader, "two buffers in one binding");
    command.push[GpuDispatch::kMaxOperands + static_cast<std::size_t>(shared.word)] =
        static_cast<std::uint32_t>(range.offset / 4);
    footprint.add(use_of(range, access_of(*shader)[slot]));
  }
  // Bindings that are not used still need a buffer.
  for (auto i = static_cast<std::size_t>(dispatch.operand_count); i < set.size(); ++i) set[i] = set[0];
  command.pipeline =
      pipeline_index({shader, dispatch.constants, static_cast<std::uint32_t>(dispatch.constant_count), halves});
  command.set = set_index(set);
  commands.push_back(command);
  // A layer takes the range that is bound for what is written.
  if (exact_alignment_ != 0 && writes_again(footprints_, footprint)) footprint.group = ++group_;
  footprints_.push_back(footprint);
}

const std::array<ShaderAccess, GpuDispatch::kMaxOperands>& Recorder::access_of(const EmbeddedShader& shader) {
  const auto [access, is_new] = access_.try_emplace(&shader);
  if (is_new) access->second = shader_access(shader);
  return access->second;
}

betwixt::detail::HazardLevels::Use Recorder::use_of(const BufferRange& range, const ShaderAccess& access) const {
  // Vectors may touch the room around a tensor, and bound ranges begin where they can.
  const std::uint64_t unit = exact_alignment_ != 0 ? exact_alignment_ : kVectorBytes;
  const std::uint64_t end = (range.offset + range.bytes + kVectorBytes - 1) & ~(kVectorBytes - 1);
  return {reinterpret_cast<std::uintptr_t>(range.buffer), range.offset / unit * unit, end, access.reads, access.writes};
}

Binding Recorder::binding(const BufferRange& range) const {
  if (exact_alignment_ == 0) return {range.buffer->handle(), 0, VK_WHOLE_SIZE};
  const std::uint64_t begin = range.offset / exact_alignment_ * exact_alignment_;
  // Vector reads may touch the room up to the next multiple of 16 bytes.
  const std::uint64_t end = std::min((range.offset + std::max<std::uint64_t>(range.bytes, 1) + 15) & ~std::uint64_t{15},
                                     range.buffer->bytes());
  return {range.buffer->handle(), begin, end - begin};
}

int Recorder::pipeline_index(const PipelineKey& key) {
  const auto [entry, is_new] = pipeline_indices_.emplace(key, static_cast<int>(recording_.pipelines.size()));
  if (is_new) recording_.pipelines.push_back(key);
  return entry->second;
}

int Recorder::set_index(const BufferSet& set) {
  const auto [entry, is_new] = set_indices_.emplace(set, static_cast<int>(recording_.sets.size()));
  if (is_new) recording_.sets.push_back(set);
  return entry->second;
}

}  // namespace betwixt::gpu
