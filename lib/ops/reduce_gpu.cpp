// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/reduce_gpu.h"

#include <algorithm>

#include "betwixt/core/bit_cast.h"
#include "betwixt/ops/detail/gpu_launch.h"

namespace betwixt {
namespace {

/// One dispatch of shaders/reduce.comp. Sizes and strides count vectors where `vector` is set.
struct ReducePass {
  bool vector = false;
  GpuLanes lanes;
  std::int64_t results = 0, terms = 0, groups = 1, terms_per_group = 0;
  std::int64_t inner = 1, run = 1;
  LoopAxes kept, reduced;

  /// Results of one group in elements.
  std::int64_t result_elements() const { return vector && !lanes.rows_first ? 4 * results : results; }
};

void choose_groups(ReducePass& pass) {
  pass.groups = split_terms(pass.lanes, pass.terms, pass.results);
  pass.terms_per_group = (pass.terms + pass.groups - 1) / pass.groups;
  if (pass.terms_per_group > 0) pass.groups = (pass.terms + pass.terms_per_group - 1) / pass.terms_per_group;
}

LoopAxes in_vectors(LoopAxes axes, bool vector) {
  for (int axis = 0; vector && axis < axes.rank; ++axis) axes.stride[axis] /= 4;
  return axes;
}

ReducePass first_pass(const ReduceLoop& loop) {
  ReducePass pass;
  pass.vector = loop.inner % 4 == 0;
  pass.kept = in_vectors(loop.kept, pass.vector);
  pass.reduced = in_vectors(loop.reduced, pass.vector);
  const std::int64_t inner = pass.vector ? loop.inner / 4 : loop.inner;
  (loop.inner_reduced ? pass.run : pass.inner) = inner;
  pass.results = loop.kept.count() * pass.inner;
  pass.terms = loop.reduced.count() * pass.run;
  pass.lanes = loop.inner_reduced ? lanes_over_terms(pass.terms, pass.results) : lanes_over_results(pass.terms, inner);
  choose_groups(pass);
  return pass;
}

/// Joins the partial results of `first`.
ReducePass second_pass(const ReducePass& first) {
  const std::int64_t results = first.result_elements();
  ReducePass pass;
  pass.vector = results % 4 == 0;
  pass.results = pass.inner = pass.vector ? results / 4 : results;
  pass.terms = pass.terms_per_group = first.groups;
  pass.reduced.rank = 1;
  pass.reduced.size[0] = first.groups;
  pass.reduced.stride[0] = pass.results;
  pass.lanes = lanes_over_results(pass.terms, pass.inner);
  return pass;
}

/// Up to two axes as size of the inner one and both strides.
void add_axes(GpuDispatch& dispatch, const LoopAxes& axes) {
  const bool two = axes.rank > 1;
  dispatch.word(two ? gpu_word(axes.size[1]) : 1);
  dispatch.word(axes.rank > 0 ? gpu_word(axes.stride[0]) : 0).word(two ? gpu_word(axes.stride[1]) : 0);
}

void record_pass(GpuCall& call, const ReducePass& pass, const GpuReduction& reduction, const GpuOperand& source,
                 const GpuOperand& other, const GpuOperand& target) {
  if (pass.results == 0) return;
  const std::int64_t tiles = pass.lanes.groups(pass.results);
  const bool whole_groups = pass.lanes.rows == kGpuLocal && pass.lanes.rows_first;
  const bool by_subgroups =
      call.limits().subgroup_size > 1 && !call.limits().plain && whole_groups && reduction.join == GpuReduction::kSum;
  GpuDispatch dispatch(by_subgroups ? "reduce_subgroup" : "reduce", {source, other, target});
  add_lanes(dispatch, pass.lanes);
  dispatch.constant(reduction.join).constant(gpu_type(reduction.dtype)).constant(pass.vector);
  dispatch.constant(reduction.map).constant(reduction.finish);
  dispatch.word(gpu_word(pass.results)).word(gpu_word(pass.terms)).word(gpu_word(pass.terms_per_group));
  dispatch.word(gpu_word(tiles)).word(gpu_word(pass.groups));
  dispatch.word(gpu_word(pass.inner)).word(std::max(1u, gpu_word(pass.run)));
  add_axes(dispatch, pass.kept);
  add_axes(dispatch, pass.reduced);
  dispatch.number(reduction.divisor);
  run_items(call, dispatch, tiles * pass.groups * kGpuLocal);
}

ReduceLoop node_loop(const Node& node) { return reduce_loop(node.input_shape(0), node.options<ReduceOptions>().axes); }

void record_join(GpuCall& call, GpuReduction::Join join) {
  GpuReduction reduction;
  reduction.join = join;
  reduction.dtype = call.node().input_type(0).dtype;
  record_reduction(call, node_loop(call.node()), reduction);
}

void record_arg(GpuCall& call, bool smallest) {
  const ReduceLoop loop = node_loop(call.node());
  const std::int64_t terms = loop.inner_reduced ? loop.inner : loop.reduced.count();
  const std::int64_t side_by_side = loop.inner_reduced ? 1 : loop.inner;
  const std::int64_t results = call.out_shape().elements();
  const GpuLanes lanes =
      loop.inner_reduced ? lanes_over_terms(terms, results) : lanes_over_results(terms, side_by_side);
  GpuDispatch dispatch("arg_extremum", {gpu_in(0), gpu_out(0)});
  add_lanes(dispatch, lanes);
  dispatch.constant(smallest).constant(gpu_type(call.node().input_type(0).dtype));
  dispatch.word(gpu_word(results)).word(gpu_word(terms));
  dispatch.word(gpu_word(side_by_side)).word(gpu_word(terms * side_by_side));
  run_items(call, dispatch, lanes.groups(results) * kGpuLocal);
}

/// Strides of the values and of the numbering of the terms behind each, along the axes of x.
void add_first_equal_axes(GpuDispatch& dispatch, const Shape& x, const Shape& value) {
  std::int64_t value_stride[Shape::kMaxRank] = {};
  std::int64_t reduced_stride[Shape::kMaxRank] = {};
  std::int64_t values = 1;
  std::int64_t terms = 1;
  for (int axis = x.rank() - 1; axis >= 0; --axis) {
    const bool reduced = value[axis] != x[axis];
    (reduced ? reduced_stride : value_stride)[axis] = reduced ? terms : values;
    (reduced ? terms : values) *= x[axis];
  }
  dispatch.word(static_cast<std::uint32_t>(x.rank()));
  for (int axis = 0; axis < Shape::kMaxRank; ++axis) dispatch.word(axis < x.rank() ? gpu_word(x[axis]) : 0);
  for (const std::int64_t stride : value_stride) dispatch.word(gpu_word(stride));
  for (const std::int64_t stride : reduced_stride) dispatch.word(gpu_word(stride));
}

}  // namespace

void record_reduction(GpuCall& call, const ReduceLoop& loop, const GpuReduction& reduction) {
  const ReducePass first = first_pass(loop);
  const GpuOperand other = reduction.map == GpuReduction::kSquaredDifference ? gpu_in(1) : gpu_in(0);
  if (first.groups == 1) return record_pass(call, first, reduction, gpu_in(0), other, gpu_out(0));
  GpuReduction part = reduction;
  part.finish = GpuReduction::kLeave;
  record_pass(call, first, part, gpu_in(0), other, gpu_scratch());
  call.barrier();
  GpuReduction rest = reduction;
  rest.map = GpuReduction::kPlain;
  record_pass(call, second_pass(first), rest, gpu_scratch(), gpu_scratch(), gpu_out(0));
}

std::size_t reduction_gpu_scratch(const ReduceLoop& loop) {
  const ReducePass first = first_pass(loop);
  return first.groups == 1 ? 0 : sizeof(float) * static_cast<std::size_t>(first.groups * first.result_elements());
}

ReduceLoop whole_tensor_loop(const Shape& shape) {
  ReduceLoop loop;
  loop.inner = shape.elements();
  loop.inner_reduced = true;
  return loop;
}

std::size_t whole_tensor_gpu_scratch(const Node& node, const GpuLimits&) {
  return reduction_gpu_scratch(whole_tensor_loop(node.input_shape(0)));
}

void sum_gpu(GpuCall& call) { record_join(call, GpuReduction::kSum); }
void max_gpu(GpuCall& call) { record_join(call, GpuReduction::kMaximum); }
void min_gpu(GpuCall& call) { record_join(call, GpuReduction::kMinimum); }

std::size_t reduce_gpu_scratch(const Node& node, const GpuLimits&) { return reduction_gpu_scratch(node_loop(node)); }

void argmax_gpu(GpuCall& call) { record_arg(call, false); }
void argmin_gpu(GpuCall& call) { record_arg(call, true); }

void first_equal_gpu(GpuCall& call) {
  const std::int64_t count = call.out_shape().elements();
  const std::int64_t values = call.in_shape(1).elements();
  const bool floats = is_float(call.node().input_type(0).dtype);
  GpuDispatch clear("fill", {gpu_scratch()});
  clear.constant(kGpuLocal).word(gpu_word(values)).word(0xffffffffu);
  run_items(call, clear, gpu_vectors(values));
  for (const std::uint32_t mark : {0u, 1u}) {
    call.barrier();
    GpuDispatch dispatch("first_equal", {gpu_in(0), gpu_in(1), gpu_scratch(), gpu_out(0)});
    dispatch.constant(kGpuLocal).constant(mark).constant(floats);
    dispatch.word(gpu_word(count)).word(floats ? bit_cast<std::uint32_t>(1.0f) : 1u);
    add_first_equal_axes(dispatch, call.in_shape(0), call.in_shape(1));
    run_items(call, dispatch, count);
  }
}

std::size_t first_equal_gpu_scratch(const Node& node, const GpuLimits&) {
  return sizeof(std::uint32_t) * static_cast<std::size_t>(node.input_shape(1).elements());
}

}  // namespace betwixt
