// SPDX-License-Identifier: MIT
#include "betwixt/cpu/cpu_device.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

#include "betwixt/core/error.h"
#include "betwixt/tensor/plan.h"

namespace betwixt {
namespace {

class CpuStorage final : public Storage {
 public:
  CpuStorage(std::size_t bytes, Allocator& allocator) : memory(bytes, allocator) {
    std::memset(memory.data(), 0, memory.size());
  }
  std::size_t bytes() const override { return memory.size(); }
  Memory memory;
  std::uint64_t version = 0;  ///< counts what may have changed the contents
};

/// A call with every pointer resolved.
struct CpuStep {
  const PlanCall* call;
  CpuFunction kernel;  ///< null: copy
  std::vector<const void*> inputs;
  std::vector<void*> outputs;
  std::byte* scratch;
  std::byte* prepared;
  const CpuStorage* prepared_from;  ///< where the call's input 1 is a state's
  std::uint64_t prepared_version;   ///< what `prepared` was made of
  bool is_prepared;
};

class CpuExecutable final : public Executable {
 public:
  CpuExecutable(Plan plan, Isa isa, ThreadPool& pool, Allocator& allocator, Clock& clock)
      : plan_(std::move(plan)), pool_(pool), clock_(clock) {
    for (const PlanBuffer& buffer : plan_.buffers)
      if (!buffer.state.defined()) arenas_.emplace_back(buffer.bytes, allocator);
    for (const PlanCall& call : plan_.setup) {
      CpuStep step = resolve(call, isa);
      execute(step);
    }
    steps_.reserve(plan_.calls.size());
    for (const PlanCall& call : plan_.calls) steps_.push_back(resolve(call, isa));
    find_written_states();
  }

  RunResult run(std::int64_t steps, double milliseconds, const std::atomic<bool>* stop) override {
    const DenormalsAreZero denormals;
    Stopwatch watch(clock_);
    RunResult result;
    for (CpuStep& step : steps_)
      step.is_prepared &= !step.prepared_from || step.prepared_version == step.prepared_from->version;
    for (CpuStorage* storage : written_) ++storage->version;
    while (result.steps < steps) {
      if (stop && stop->load(std::memory_order_relaxed)) {
        result.stopped = true;
        break;
      }
      for (CpuStep& step : steps_) execute(step);
      ++result.steps;
      if (milliseconds > 0 && watch.milliseconds() >= milliseconds) break;
    }
    result.milliseconds = watch.milliseconds();
    return result;
  }

  void read_output(int index, std::span<std::byte> into) override {
    if (into.empty()) return;
    std::memcpy(into.data(), address(plan_.outputs[static_cast<std::size_t>(index)]), into.size());
  }

 private:
  std::byte* address(const Range& range) {
    CpuStorage* state = state_behind(range);
    return (state ? state->memory.data() : arenas_[static_cast<std::size_t>(range.buffer)].data()) + range.offset;
  }

  /// The state's storage that the range is a part of; null in an arena.
  CpuStorage* state_behind(const Range& range) const {
    const PlanBuffer& buffer = plan_.buffers[static_cast<std::size_t>(range.buffer)];
    return buffer.state.defined() ? &static_cast<CpuStorage&>(buffer.state.storage()) : nullptr;
  }

  void find_written_states() {
    for (const PlanCall& call : plan_.calls)
      for (const Range& range : call.outputs) {
        CpuStorage* storage = state_behind(range);
        if (storage && std::find(written_.begin(), written_.end(), storage) == written_.end())
          written_.push_back(storage);
      }
  }

  CpuStep resolve(const PlanCall& call, Isa isa) {
    CpuStep step{};
    step.call = &call;
    step.kernel = call.node ? call.node->op->cpu.best(isa) : nullptr;
    for (const Range& range : call.inputs) step.inputs.push_back(address(range));
    for (const Range& range : call.outputs) step.outputs.push_back(address(range));
    if (call.scratch.buffer >= 0) step.scratch = address(call.scratch);
    if (call.prepared.buffer >= 0) step.prepared = address(call.prepared);
    if (call.keeps_prepared) step.prepared_from = state_behind(call.inputs[1]);
    return step;
  }

  void execute(CpuStep& step) {
    if (!step.kernel) {
      std::memcpy(step.outputs[0], step.inputs[0], step.call->outputs[0].bytes);
      return;
    }
    step.kernel(CpuCall{*step.call->node, step.inputs.data(), step.outputs.data(), step.scratch, pool_, step.prepared,
                        step.call->keeps_prepared, step.is_prepared, step.call->unread});
    if (!step.call->keeps_prepared || step.is_prepared) return;
    step.is_prepared = true;
    if (step.prepared_from) step.prepared_version = step.prepared_from->version;
  }

  Plan plan_;
  ThreadPool& pool_;
  Clock& clock_;
  std::vector<Memory> arenas_;
  std::vector<CpuStep> steps_;
  std::vector<CpuStorage*> written_;  ///< of the states that a step writes
};

class CpuBackend final : public Backend {
 public:
  CpuBackend(Isa isa, int threads, Allocator& allocator, Clock& clock)
      : isa_(isa), pool_(threads), allocator_(allocator), clock_(clock) {
    info_.name = std::string("cpu (") + isa_name(isa) + ", " + std::to_string(pool_.threads()) + " threads)";
    info_.backend = "cpu";
  }

  const DeviceInfo& info() const override { return info_; }

  std::unique_ptr<Storage> allocate(std::size_t bytes) override {
    return std::make_unique<CpuStorage>(bytes, allocator_);
  }
  void write(Storage& storage, std::size_t offset, std::span<const std::byte> bytes) override {
    if (bytes.empty()) return;  // memcpy must not be given a null pointer, not even for nothing
    auto& target = static_cast<CpuStorage&>(storage);
    ++target.version;
    std::memcpy(target.memory.data() + offset, bytes.data(), bytes.size());
  }
  void read(const Storage& storage, std::size_t offset, std::span<std::byte> into) override {
    if (into.empty()) return;
    std::memcpy(into.data(), static_cast<const CpuStorage&>(storage).memory.data() + offset, into.size());
  }

  PlanRules plan_rules() const override {
    PlanRules rules;
    rules.alignment = Memory::kAlignment;
    rules.scratch = [threads = pool_.threads()](const Node& node) {
      return node.op->cpu_scratch ? node.op->cpu_scratch(node, threads) : std::size_t{0};
    };
    rules.prepared = [](const Node& node) {
      return node.op->cpu_prepared ? node.op->cpu_prepared(node) : std::size_t{0};
    };
    rules.fuse = true;
    rules.takes_fused = [](const Node& node) { return !node.op->plain_cpu; };
    rules.check = [](const Node& node) {
      if (!node.op->cpu) throw Error(ErrorCode::kUnsupported, node.op->name, "no kernel for the CPU");
    };
    return rules;
  }

  std::unique_ptr<Executable> compile(Plan plan) override {
    const DenormalsAreZero denormals;
    return std::make_unique<CpuExecutable>(std::move(plan), isa_, pool_, allocator_, clock_);
  }

 private:
  Isa isa_;
  ThreadPool pool_;
  Allocator& allocator_;
  Clock& clock_;
  DeviceInfo info_;
};

Isa choose_isa(const CpuOptions& options) {
  const std::vector<Isa> available = available_isas();
  if (options.isa) {
    if (std::find(available.begin(), available.end(), *options.isa) == available.end())
      throw Error(ErrorCode::kUnsupported, "cpu_device", "this processor or build has no %s", isa_name(*options.isa));
    return *options.isa;
  }
  const char* forced = std::getenv("BETWIXT_CPU_ISA");
  if (!forced || !*forced) return available.back();
  for (const Isa isa : available)
    if (std::strcmp(forced, isa_name(isa)) == 0) return isa;
  throw Error(ErrorCode::kUnsupported, "cpu_device", "BETWIXT_CPU_ISA=%.32s is not available here", forced);
}

}  // namespace

Device cpu_device(const CpuOptions& options) {
  return Device(std::make_shared<CpuBackend>(choose_isa(options), options.threads,
                                             options.allocator ? *options.allocator : default_allocator(),
                                             options.clock ? *options.clock : default_clock()));
}

}  // namespace betwixt
