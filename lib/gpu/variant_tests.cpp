// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/variant_tests.h"

#include <algorithm>
#include <map>

#include "betwixt/gpu/detail/emit.h"

namespace betwixt::gpu {
namespace {

constexpr std::size_t kMostBytes = std::size_t{32} << 20;  // of a test

const VulkanSelfTest kOffForSoftware = VulkanSelfTest::kHardware;

}  // namespace

VariantTests::VariantTests(std::shared_ptr<Context> context, std::shared_ptr<Staging> staging,
                           std::shared_ptr<Pipelines> pipelines)
    : context_(std::move(context)),
      staging_(std::move(staging)),
      pipelines_(std::move(pipelines)),
      verdicts_(*context_) {}

bool VariantTests::wanted() const {
  const VulkanSelfTest choice = context_->options().self_test;
  if (choice == VulkanSelfTest::kNever) return false;
  return choice != kOffForSoftware || !context_->software();
}

std::optional<WrongVariant> VariantTests::find_wrong(const Plan& plan, const Recording& recording,
                                                     const GpuLimits& limits) {
  if (!wanted()) return std::nullopt;
  std::vector<Outcome> outcomes;
  for (const VariantCase& test : choose_cases(plan, recording, limits)) outcomes.push_back(run(test, limits));
  judge(outcomes);
  verdicts_.save();
  for (const Command& command : recording.step) {
    const PipelineKey& key = recording.pipelines[static_cast<std::size_t>(command.pipeline)];
    if (verdicts_.of(key) == false) return WrongVariant{command.op, key.shader->name};
  }
  return std::nullopt;
}

std::vector<VariantCase> VariantTests::choose_cases(const Plan& plan, const Recording& recording,
                                                    const GpuLimits& limits) const {
  std::map<int, int> smallest;  // call by pipeline
  for (const Command& command : recording.step) {
    const PlanCall& call = plan.calls[static_cast<std::size_t>(command.call)];
    const auto verdict = verdicts_.of(recording.pipelines[static_cast<std::size_t>(command.pipeline)]);
    // A variant that was refused beside another one may be right beside the plainest.
    const bool is_settled = limits.plain ? verdict == true : verdict.has_value();
    if (is_settled || !has_reference(call)) continue;
    const auto [entry, is_new] = smallest.emplace(command.pipeline, command.call);
    const PlanCall& best = plan.calls[static_cast<std::size_t>(entry->second)];
    if (!is_new && touched_bytes(call) < touched_bytes(best)) entry->second = command.call;
  }
  std::set<int> calls;
  for (const auto& [pipeline, call] : smallest) calls.insert(call);
  std::vector<VariantCase> cases;
  for (const int index : calls) {
    const PlanCall& call = plan.calls[static_cast<std::size_t>(index)];
    const std::size_t bytes = std::max<std::size_t>(1, touched_bytes(call));
    if (bytes <= kMostBytes) cases.push_back(same_case(call));
    if (!call.node || call.node->inputs.empty() || call.node->input_shape(0).rank() == 0) continue;
    const std::int64_t rows = call.node->input_shape(0)[0];
    const auto fit = static_cast<std::int64_t>(static_cast<double>(rows) * static_cast<double>(kMostBytes) /
                                               static_cast<double>(bytes));
    if (auto cut = cut_case(call, std::min(rows - 1, std::max<std::int64_t>(1, fit)), limits))
      if (has_reference(cut->call)) cases.push_back(std::move(*cut));
  }
  return cases;
}

VariantTests::Outcome VariantTests::run(const VariantCase& test, const GpuLimits& limits) {
  const VulkanCounters before = context_->counters();
  Memory right(test.bytes);
  Memory found(test.bytes);
  const std::span<std::byte> right_bytes(right.data(), right.size());
  const std::span<std::byte> found_bytes(found.data(), found.size());
  fill_case(test, right_bytes);
  const auto buffer = Buffer::create(context_, std::max<std::size_t>(test.bytes, 1), MemoryUse::kState);
  staging_->write(*buffer, 0, right_bytes);
  Plan plan;
  plan.calls.push_back(test.call);
  const auto locate = [&](const Range& range) { return BufferRange{buffer.get(), range.offset, range.bytes}; };
  const Recording recording = Recorder(limits, locate, context_->exact_alignment()).record(plan);
  pipelines_->prepare(recording.pipelines);
  const DescriptorSets sets(*context_, pipelines_->set_layout(), recording.sets);
  context_->run_once([&](VkCommandBuffer commands) {
    emit_commands({*context_, *pipelines_, sets, recording}, commands, recording.step, {0, recording.step.size()},
                  nullptr);
  });
  staging_->read(*buffer, 0, found_bytes);
  run_reference(test, right_bytes);
  VulkanCounters& counters = context_->counters();
  counters.dispatches = before.dispatches;
  counters.barriers = before.barriers;
  return {recording.pipelines, outputs_agree(test, found_bytes, right_bytes)};
}

// A wrong call casts doubt on all its variants. One of them is cleared when another call shows it to be right and there
// is always a variant beside it that nothing clears.
void VariantTests::judge(const std::vector<Outcome>& outcomes) {
  std::set<PipelineKey> shown;
  std::set<PipelineKey> all;
  for (const Outcome& outcome : outcomes) {
    all.insert(outcome.keys.begin(), outcome.keys.end());
    if (outcome.right) shown.insert(outcome.keys.begin(), outcome.keys.end());
  }
  VulkanCounters& counters = context_->counters();
  for (const PipelineKey& key : all) {
    const bool right = std::none_of(outcomes.begin(), outcomes.end(), [&](const Outcome& outcome) {
      if (outcome.right || std::find(outcome.keys.begin(), outcome.keys.end(), key) == outcome.keys.end()) return false;
      const bool another = std::any_of(outcome.keys.begin(), outcome.keys.end(), [&](const PipelineKey& other) {
        return !(other == key) && !shown.count(other);
      });
      return !shown.count(key) || !another;
    });
    if (!verdicts_.of(key)) ++counters.variants_tested;
    if (!right) ++counters.variants_refused;
    verdicts_.set(key, right);
  }
}

}  // namespace betwixt::gpu
