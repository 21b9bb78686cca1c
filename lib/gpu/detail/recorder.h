// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "betwixt/gpu/detail/descriptors.h"
#include "betwixt/gpu/detail/shader_access.h"
#include "betwixt/gpu/detail/storage_pool.h"
#include "betwixt/tensor/gpu_call.h"
#include "betwixt/tensor/hazard_levels.h"
#include "betwixt/tensor/plan.h"

namespace betwixt::gpu {

/// One dispatch, with everything looked up.
struct Command {
  const char* op = "";
  int call = 0;          ///< index into Plan::calls, or of Plan::setup
  int pipeline = 0;      ///< index into Recording::pipelines
  int set = 0;           ///< index into Recording::sets
  bool barrier = false;  ///< before it
  std::array<std::uint32_t, GpuDispatch::kMaxOperands + GpuDispatch::kMaxPush> push{};
  std::array<std::uint32_t, 3> groups{};
};

/// Bytes to put somewhere before the setup commands run.
struct Upload {
  BufferRange target;
  std::vector<std::byte> bytes;
};

/// A plan as dispatches.
struct Recording {
  std::vector<Command> setup;
  std::vector<Command> step;
  std::vector<Upload> uploads;
  std::vector<PipelineKey> pipelines;  ///< without repetition
  std::vector<BufferSet> sets;         ///< without repetition
};

/// Bit i: the buffer at slot i of the dispatch is stored as f16.
std::uint32_t half_operands(const PlanCall& call, const GpuDispatch& dispatch);

struct Footprint;

/// Asks every op of a plan for its dispatches, and sorts those of a step so that few barriers are needed.
class Recorder {
 public:
  using Locate = std::function<BufferRange(const Range&)>;
  /// `exact_alignment` 0: whole buffers are bound. Else ranges, which start on multiples of it.
  Recorder(const GpuLimits& limits, Locate locate, std::uint64_t exact_alignment);
  ~Recorder();

  /// Throws E_UNSUPPORTED or E_INTERNAL naming op and shader when an op asks for what a device cannot do.
  Recording record(const Plan& plan);

 private:
  friend class RecordingCall;
  void record_call(const PlanCall& call, std::vector<Command>& commands);
  void record_copy(const PlanCall& call, std::vector<Command>& commands);
  void add(const PlanCall& call, const GpuDispatch& dispatch, std::vector<Command>& commands);
  BufferRange operand(const PlanCall& call, const GpuOperand& operand, const char* shader) const;
  Binding binding(const BufferRange& range) const;
  const std::array<ShaderAccess, GpuDispatch::kMaxOperands>& access_of(const EmbeddedShader& shader);
  betwixt::detail::HazardLevels::Use use_of(const BufferRange& range, const ShaderAccess& access) const;
  int pipeline_index(const PipelineKey& key);
  int set_index(const BufferSet& set);
  void check_dispatch(const char* op, const GpuDispatch& dispatch) const;

  const GpuLimits& limits_;
  Locate locate_;
  std::uint64_t exact_alignment_;
  Recording recording_;
  std::map<PipelineKey, int> pipeline_indices_;
  std::map<BufferSet, int> set_indices_;
  std::map<const EmbeddedShader*, std::array<ShaderAccess, GpuDispatch::kMaxOperands>> access_;
  std::vector<Footprint> footprints_;  ///< of the commands of the list that is being recorded
  bool barrier_ = false;               ///< wanted before the next dispatch
  int group_ = 0;                      ///< counts calls and the barriers inside them
  int call_ = -1;                      ///< number of the call that is being recorded
};

}  // namespace betwixt::gpu
