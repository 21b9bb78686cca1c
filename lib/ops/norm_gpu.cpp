// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/norm_gpu.h"

#include <algorithm>

#include "betwixt/ops/detail/activation_grad_gpu.h"
#include "betwixt/ops/detail/gpu_launch.h"
#include "betwixt/ops/detail/normalize_options.h"

namespace betwixt {
namespace {

/// Floats rounded up to whole vectors.
std::int64_t room(std::int64_t floats) { return 4 * gpu_vectors(floats); }

/// The layout [outer, rows, groups, width], and how it is cut for a GPU.
struct Layout {
  std::int64_t outer, rows, groups, width, channels, statistics;
  bool narrow;  ///< groups are channels
  bool vector;  ///< four neighbours at once: groups if narrow, else channels of one group

  explicit Layout(const NormalizeOptions& o)
      : outer(o.outer),
        rows(o.rows),
        groups(o.groups),
        width(o.width),
        channels(o.groups * o.width),
        statistics(o.outer * o.groups),
        narrow(o.width == 1),
        vector((narrow ? o.groups : o.width) % 4 == 0) {}

  std::int64_t unit() const { return vector ? 4 : 1; }
  /// Sizes in the unit of the channel axis.
  std::int64_t unit_channels() const { return channels / unit(); }
  std::int64_t unit_width() const { return narrow ? 1 : width / unit(); }
  std::int64_t unit_groups() const { return narrow ? groups / unit() : groups; }
};

/// Places in the scratch memory of normalize, in floats: scale, bias, mean, inverse deviation, then partial moments.
struct ForwardPlan {
  Layout layout;
  GpuLanes lanes;
  std::int64_t terms, terms_per_part, parts;  ///< in units
  std::int64_t bias_place, mean_place, inverse_place, partial_place;

  explicit ForwardPlan(const NormalizeOptions& o) : layout(o) {
    const Layout& l = layout;
    terms = l.rows * l.unit_width();
    lanes = l.narrow ? lanes_over_results(terms, l.unit_groups()) : lanes_over_terms(terms, l.statistics);
    terms_per_part = (terms + split_terms(lanes, terms, results()) - 1) / split_terms(lanes, terms, results());
    parts = (terms + terms_per_part - 1) / terms_per_part;
    bias_place = room(l.channels);
    mean_place = 2 * bias_place;
    inverse_place = mean_place + room(l.statistics);
    partial_place = inverse_place + room(l.statistics);
  }
  std::int64_t results() const { return layout.outer * layout.unit_groups(); }
  std::int64_t floats() const { return partial_place + 2 * parts * layout.statistics; }
};

void record_statistics(GpuCall& call, const ForwardPlan& plan) {
  const Layout& l = plan.layout;
  const std::int64_t tiles = plan.lanes.groups(plan.results());
  GpuDispatch dispatch("normalize_statistics", {gpu_in(0), gpu_in(1), gpu_in(2), gpu_scratch()});
  add_lanes(dispatch, plan.lanes);
  dispatch.constant(l.vector);
  dispatch.word(gpu_word(plan.results())).word(gpu_word(l.unit_groups())).word(gpu_word(l.rows));
  dispatch.word(gpu_word(l.unit_width())).word(gpu_word(l.unit_channels()));
  dispatch.word(gpu_word(plan.terms_per_part)).word(gpu_word(tiles));
  dispatch.word(gpu_word(l.channels)).word(gpu_word(plan.bias_place)).word(gpu_word(plan.partial_place));
  run_items(call, dispatch, tiles * plan.parts * kGpuLocal);
}

void record_join(GpuCall& call, const ForwardPlan& plan) {
  const Layout& l = plan.layout;
  const std::int64_t numbers = l.narrow ? 1 : l.unit();  // behind a term
  const GpuLanes lanes = lanes_over_results(plan.parts, l.statistics);
  GpuDispatch dispatch("normalize_join", {gpu_scratch(), gpu_out(1), gpu_out(2)});
  add_lanes(dispatch, lanes);
  dispatch.word(gpu_word(l.statistics)).word(gpu_word(plan.parts)).word(gpu_word(plan.terms * numbers));
  dispatch.word(gpu_word(plan.terms_per_part * numbers)).word(gpu_word(plan.mean_place));
  dispatch.word(gpu_word(plan.inverse_place)).word(gpu_word(plan.partial_place));
  dispatch.number(static_cast<float>(call.options<NormalizeOptions>().epsilon));
  run_items(call, dispatch, lanes.groups(l.statistics) * kGpuLocal);
}

void record_apply(GpuCall& call, const ForwardPlan& plan) {
  const Layout& l = plan.layout;
  const ActivationOptions& activation = call.options<NormalizeOptions>().activation;
  const std::int64_t count = l.outer * l.rows * l.unit_channels();
  GpuDispatch dispatch("normalize_apply", {gpu_in(0), gpu_scratch(), gpu_out(0)});
  dispatch.constant(kGpuLocal).constant(static_cast<std::uint32_t>(activation.kind));
  dispatch.constant(l.vector).constant(l.narrow);
  dispatch.word(gpu_word(count)).word(gpu_word(l.unit_channels())).word(gpu_word(l.unit_width()));
  dispatch.word(gpu_word(l.rows * l.unit_channels())).word(gpu_word(l.unit_groups()));
  dispatch.word(gpu_word(plan.bias_place)).word(gpu_word(plan.mean_place)).word(gpu_word(plan.inverse_place));
  dispatch.number(activation.slope);
  run_items(call, dispatch, count);
}

/// Places in the scratch memory of normalize_grad, in floats: sums of g, sums of g (x - mean), scale, then mean,
/// inverse deviation, level and tilt of every group.
struct GradPlan {
  Layout layout;
  GpuLanes lanes;
  std::int64_t rows_per_part, parts;
  std::int64_t product_place, scale_place, group_place[4];

  explicit GradPlan(const NormalizeOptions& o) : layout(o) {
    const Layout& l = layout;
    lanes = lanes_over_results(l.rows, l.unit_channels());
    rows_per_part = (l.rows + split_terms(lanes, l.rows, results()) - 1) / split_terms(lanes, l.rows, results());
    parts = (l.rows + rows_per_part - 1) / rows_per_part;
    product_place = room(parts * l.outer * l.channels);
    scale_place = 2 * product_place;
    group_place[0] = scale_place + room(l.channels);
    for (int i = 1; i < 4; ++i) group_place[i] = group_place[i - 1] + room(l.statistics);
  }
  std::int64_t results() const { return layout.outer * layout.unit_channels(); }
  std::int64_t floats() const { return group_place[3] + room(layout.statistics); }
};

void record_grad_sums(GpuCall& call, const GradPlan& plan, const GpuOperand& g) {
  const Layout& l = plan.layout;
  const std::int64_t tiles = plan.lanes.groups(plan.results());
  GpuDispatch dispatch("normalize_grad_sums", {gpu_in(0), g, gpu_in(2), gpu_scratch()});
  add_lanes(dispatch, plan.lanes);
  dispatch.constant(l.vector).constant(l.narrow);
  dispatch.word(gpu_word(plan.results())).word(gpu_word(l.unit_channels())).word(gpu_word(l.unit_width()));
  dispatch.word(gpu_word(l.unit_groups())).word(gpu_word(l.rows)).word(gpu_word(plan.rows_per_part));
  dispatch.word(gpu_word(tiles)).word(gpu_word(plan.parts)).word(gpu_word(plan.product_place));
  run_items(call, dispatch, tiles * plan.parts * kGpuLocal);
}

void record_grad_parameters(GpuCall& call, const GradPlan& plan, float epsilon) {
  const Layout& l = plan.layout;
  const GpuLanes lanes = lanes_over_results(plan.parts * l.outer, l.channels);
  GpuDispatch dispatch("normalize_grad_parameters", {gpu_scratch(), gpu_in(3), gpu_out(1), gpu_out(2)});
  add_lanes(dispatch, lanes);
  dispatch.word(gpu_word(l.channels)).word(gpu_word(l.width)).word(gpu_word(l.groups)).word(gpu_word(l.outer));
  dispatch.word(gpu_word(plan.parts)).word(gpu_word(plan.product_place)).number(epsilon);
  run_items(call, dispatch, lanes.groups(l.channels) * kGpuLocal);
}

void record_grad_groups(GpuCall& call, const GradPlan& plan, float epsilon) {
  const Layout& l = plan.layout;
  const std::int64_t terms = plan.parts * l.width;
  const GpuLanes lanes = l.narrow ? lanes_over_results(terms, l.groups) : lanes_over_terms(terms, l.statistics);
  GpuDispatch dispatch("normalize_grad_groups", {gpu_scratch(), gpu_in(1), gpu_in(2), gpu_in(3)});
  add_lanes(dispatch, lanes);
  dispatch.word(gpu_word(l.statistics)).word(gpu_word(l.groups)).word(gpu_word(l.width)).word(gpu_word(l.channels));
  dispatch.word(gpu_word(l.outer)).word(gpu_word(plan.parts)).word(gpu_word(plan.product_place));
  dispatch.word(gpu_word(plan.scale_place));
  for (const std::int64_t place : plan.group_place) dispatch.word(gpu_word(place));
  dispatch.number(1.0f / static_cast<float>(l.rows * l.width)).number(epsilon);
  run_items(call, dispatch, lanes.groups(l.statistics) * kGpuLocal);
}

void record_grad_apply(GpuCall& call, const GradPlan& plan, const GpuOperand& g) {
  const Layout& l = plan.layout;
  const std::int64_t count = l.outer * l.rows * l.unit_channels();
  GpuDispatch dispatch("normalize_grad_apply", {gpu_in(0), g, gpu_scratch(), gpu_out(0)});
  dispatch.constant(kGpuLocal).constant(l.vector).constant(l.narrow);
  dispatch.word(gpu_word(count)).word(gpu_word(l.unit_channels())).word(gpu_word(l.unit_width()));
  dispatch.word(gpu_word(l.rows * l.unit_channels())).word(gpu_word(l.unit_groups()));
  dispatch.word(gpu_word(plan.scale_place));
  for (const std::int64_t place : plan.group_place) dispatch.word(gpu_word(place));
  run_items(call, dispatch, count);
}

}  // namespace

void normalize_gpu(GpuCall& call) {
  const ForwardPlan plan(call.options<NormalizeOptions>());
  record_statistics(call, plan);
  call.barrier();
  record_join(call, plan);
  call.barrier();
  record_apply(call, plan);
}

std::size_t normalize_gpu_scratch(const Node& node, const GpuLimits&) {
  return sizeof(float) * static_cast<std::size_t>(ForwardPlan(node.options<NormalizeOptions>()).floats());
}

void normalize_grad_gpu(GpuCall& call) {
  const auto& options = call.options<NormalizeOptions>();
  const GradPlan plan(options);
  const auto epsilon = static_cast<float>(options.epsilon);
  const bool activated = call.node().input_count() > 5;
  // With an activation, g takes the place of dx first: a dispatch sees four buffers.
  const GpuOperand g = activated ? gpu_out(0) : gpu_in(4);
  if (activated) {
    record_activation_grad(call, gpu_in(4), gpu_in(5), g, call.out_shape().elements(), options.activation);
    call.barrier();
  }
  record_grad_sums(call, plan, g);
  call.barrier();
  record_grad_groups(call, plan, epsilon);
  call.barrier();
  // Both only read the scratch memory.
  record_grad_parameters(call, plan, epsilon);
  record_grad_apply(call, plan, g);
}

std::size_t normalize_grad_gpu_scratch(const Node& node, const GpuLimits&) {
  return sizeof(float) * static_cast<std::size_t>(GradPlan(node.options<NormalizeOptions>()).floats());
}

}  // namespace betwixt
