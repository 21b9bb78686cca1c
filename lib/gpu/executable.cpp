// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/executable.h"

#include <algorithm>
#include <atomic>
#include <new>

#include "betwixt/tensor/op.h"

namespace betwixt::gpu {
namespace {

double milliseconds_between(std::int64_t from, std::int64_t to) {
  return std::max(0.0, static_cast<double>(to - from) * 1e-6);
}

double budget_of(const Context& context) {
  const double wanted = context.options().submit_milliseconds;
  const double quirk = context.physical().quirks.submit_milliseconds;
  return quirk > 0 ? std::min(wanted, quirk) : wanted;
}

/// What every Vulkan device can do.
GpuLimits floor_limits(const GpuLimits& limits) {
  GpuLimits low;
  low.max_invocations = std::min(low.max_invocations, limits.max_invocations);
  low.shared_bytes = std::min(low.shared_bytes, limits.shared_bytes);
  low.max_groups = std::min(low.max_groups, limits.max_groups);
  low.cores = limits.cores;
  low.storage_16bit = limits.storage_16bit;
  low.few_registers = limits.few_registers;
  low.plain = true;
  return low;
}

}  // namespace

VulkanExecutable::VulkanExecutable(DeviceParts parts, Plan plan)
    : parts_(std::move(parts)), context_(*parts_.context), plan_(std::move(plan)), schedule_(0, 1, true) {
  context_.require_alive();
  make_arenas();
  record(context_.limits());
  prepare_pipelines();
  sets_ = DescriptorSets(context_, parts_.pipelines->set_layout(), recording_.sets);
  run_setup();
  queries_ = TimingQueries::create(context_, recording_.step.size());
  schedule_ = Schedule(recording_.step.size(), budget_of(context_), context_.software() || queries_ != nullptr);
  for (Flight& flight : flights_) flight.fence = context_.make_fence();
  record_command_buffers();
}

VulkanExecutable::~VulkanExecutable() {
  bool ended = true;
  for (const Flight& flight : flights_) ended = (!flight.pending || context_.drain(flight.fence.get())) && ended;
  if (!ended) abandon();
}

/// What a device works with that does not answer. It may still do so when everybody else is done with it.
struct VulkanExecutable::Abandoned {
  DeviceParts parts;
  Plan plan;
  std::vector<std::unique_ptr<Buffer>> arenas;
  DescriptorSets sets;
  std::unique_ptr<TimingQueries> queries;
  Owned<VkCommandPool> pool;
  std::array<Flight, 2> flights;
  Abandoned* next = nullptr;
};

// Never freed, and so neither are the device and the states.
void VulkanExecutable::abandon() {
  static std::atomic<Abandoned*> first{nullptr};
  auto* kept = new (std::nothrow)
      Abandoned{parts_,           std::move(plan_),   std::move(arenas_), std::move(sets_), std::move(queries_),
                std::move(pool_), std::move(flights_)};
  if (!kept) return;
  kept->next = first.load();
  while (!first.compare_exchange_weak(kept->next, kept)) {
  }
}

void VulkanExecutable::make_arenas() {
  for (const PlanBuffer& buffer : plan_.buffers) {
    if (buffer.state.defined()) continue;
    arenas_.push_back(Buffer::create(parts_.context, std::max<std::size_t>(buffer.bytes, 1), MemoryUse::kArena));
    parts_.staging->fill(*arenas_.back(), 0, arenas_.back()->bytes(), context_.options().arena_fill);
  }
}

BufferRange VulkanExecutable::locate(const Range& range) const {
  const auto index = static_cast<std::size_t>(range.buffer);
  const State& state = plan_.buffers[index].state;
  if (!state.defined()) return {arenas_[index].get(), range.offset, range.bytes};
  const BufferRange& storage = static_cast<const VulkanStorage&>(state.storage()).range();
  return {storage.buffer, storage.offset + range.offset, range.bytes};
}

void VulkanExecutable::record(const GpuLimits& limits) {
  auto find = [this](const Range& range) { return locate(range); };
  recording_ = Recorder(limits, find, context_.exact_alignment()).record(plan_);
}

bool VulkanExecutable::scratch_fits(const GpuLimits& limits) const {
  auto fits = [&](const PlanCall& call) {
    const bool asks = call.node && call.node->op->gpu_scratch;
    return !asks || call.node->op->gpu_scratch(*call.node, limits) <= call.scratch.bytes;
  };
  return std::all_of(plan_.calls.begin(), plan_.calls.end(), fits) &&
         std::all_of(plan_.setup.begin(), plan_.setup.end(), fits);
}

// A driver that refuses a shader, or computes it wrongly, is asked again for the variants of the poorest device.
void VulkanExecutable::prepare_pipelines() {
  const GpuLimits low = floor_limits(context_.limits());
  try {
    parts_.pipelines->prepare(recording_.pipelines);
    if (!parts_.tests->find_wrong(plan_, recording_, context_.limits())) return;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInternal || !scratch_fits(low)) throw;
  }
  if (scratch_fits(low)) record(low);
  parts_.pipelines->prepare(recording_.pipelines);
  const auto wrong = parts_.tests->find_wrong(plan_, recording_, low);
  if (wrong)
    throw Error(ErrorCode::kUnsupported, wrong->op.c_str(), "shader %.48s gives wrong results on %.64s",
                wrong->shader.c_str(), context_.physical().info.name.c_str());
}

void VulkanExecutable::run_setup() {
  for (const Upload& upload : recording_.uploads)
    parts_.staging->write(*upload.target.buffer, upload.target.offset, upload.bytes);
  if (recording_.setup.empty()) return;
  context_.run_once([&](VkCommandBuffer commands) {
    emit_commands(emit_parts(), commands, recording_.setup, {0, recording_.setup.size()}, nullptr);
  });
}

void VulkanExecutable::record_command_buffers() {
  spans_ = schedule_.spans();
  span_commands_.clear();
  pool_ = context_.make_command_pool();
  for (const Span& span : spans_) {
    span_commands_.push_back(context_.make_command_buffer(pool_.get()));
    record_span(span_commands_.back(), span);
  }
  end_commands_ = context_.make_command_buffer(pool_.get());
  context_.begin(end_commands_, VK_COMMAND_BUFFER_USAGE_SIMULTANEOUS_USE_BIT);
  full_barrier(context_.vk(), end_commands_);
  context_.end(end_commands_);
  respan_ = false;
}

void VulkanExecutable::record_span(VkCommandBuffer commands, const Span& span) {
  context_.begin(commands, VK_COMMAND_BUFFER_USAGE_SIMULTANEOUS_USE_BIT);
  if (span.begin == 0) {
    compute_barrier(context_.vk(), commands);
    ++context_.counters().barriers;
    if (queries_) queries_->begin(context_, commands);
  }
  emit_commands(emit_parts(), commands, recording_.step, span, queries_.get());
  context_.end(commands);
}

RunResult VulkanExecutable::run(std::int64_t steps, double milliseconds, const std::atomic<bool>* stop) {
  context_.require_alive();
  finish_all();
  Stopwatch watch(context_.clock());
  RunResult result;
  while (result.steps < steps) {
    if (stop && stop->load(std::memory_order_relaxed)) {
      result.stopped = true;
      break;
    }
    double left = 0;
    if (milliseconds > 0) {
      left = milliseconds - watch.milliseconds() - pending_milliseconds();
      if (result.steps > 0 && left <= 0) break;
      left = std::max(left, 1e-6);
    }
    const std::int64_t count = schedule_.steps_per_submission(steps - result.steps, left);
    submit_steps(count);
    result.steps += count;
  }
  finish_all();
  result.milliseconds = watch.milliseconds();
  if (queries_ && result.steps > 0) *parts_.timings = queries_->read(context_, recording_);
  return result;
}

void VulkanExecutable::submit_steps(std::int64_t steps) {
  if (respan_) {
    finish_all();
    record_command_buffers();
  }
  submit_span(0, steps);
  try {
    for (std::size_t span = 1; span < spans_.size(); ++span) submit_span(span, steps);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kDeviceLost || error.code() == ErrorCode::kDeviceTimeout) throw;
    // What is updated in place has moved on, the rest has not: nobody may read it or go on from it.
    context_.fail(Error(ErrorCode::kDeviceLost, "vulkan",
                        "a step broke off half done (%.96s): its states are lost, go on from the last copy or "
                        "checkpoint on a new device",
                        error.what()));
  }
}

void VulkanExecutable::submit_span(std::size_t span, std::int64_t steps) {
  Flight& flight = flights_[next_flight_];
  next_flight_ = (next_flight_ + 1) % flights_.size();
  finish(flight);
  submission_.assign(static_cast<std::size_t>(steps), span_commands_[span]);
  submission_.push_back(end_commands_);
  flight.span = span;
  flight.steps = steps;
  flight.submitted = context_.clock().now();
  context_.submit(submission_, flight.fence.get());
  flight.pending = true;
}

void VulkanExecutable::finish(Flight& flight) {
  if (!flight.pending) return;
  context_.wait(flight.fence.get());
  flight.pending = false;
  const std::int64_t now = context_.clock().now();
  const double took = milliseconds_between(std::max(flight.submitted, last_end_), now);
  last_end_ = now;
  context_.counters().longest_submission = std::max(context_.counters().longest_submission, took);
  // Times of spans that are no longer recorded say nothing about the new ones.
  if (!respan_) respan_ = schedule_.measured(flight.span, flight.steps, took);
}

void VulkanExecutable::finish_all() {
  for (std::size_t i = 0; i < flights_.size(); ++i) finish(flights_[(next_flight_ + i) % flights_.size()]);
}

double VulkanExecutable::pending_milliseconds() const {
  std::int64_t steps = 0;
  for (const Flight& flight : flights_)
    if (flight.pending) steps = std::max(steps, flight.steps);
  return static_cast<double>(steps) * schedule_.step_milliseconds();
}

void VulkanExecutable::read_output(int index, std::span<std::byte> into) {
  const BufferRange range = locate(plan_.outputs[static_cast<std::size_t>(index)]);
  parts_.staging->read(*range.buffer, range.offset, into);
}

}  // namespace betwixt::gpu
