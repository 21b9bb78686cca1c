// SPDX-License-Identifier: MIT
#include "betwixt/ops/detail/conv2d_gpu.h"

#include <algorithm>

#include "betwixt/ops/detail/conv2d_options.h"
#include "betwixt/ops/detail/conv_plan.h"
#include "betwixt/ops/detail/gemm_gpu.h"
#include "betwixt/ops/detail/gpu_launch.h"

// conv2d, its gradients and conv2d_transpose: products over pictures where they lie. An enlarged picture is folded into
// the weights where it can be: kernel elements that meet the same pixel are added first. With a stride or dilation
// besides, it is made for the duration of the op.

namespace betwixt {
namespace {

using detail::ConvAxis;

bool is_folded(const Conv2dOptions& o) { return o.upsample > 1 && o.stride == 1 && o.dilation == 1; }
bool is_enlarged(const Conv2dOptions& o) { return o.upsample > 1 && !is_folded(o); }

/// The same convolution over the picture as it is after enlarging.
Conv2dNode over_enlarged(Conv2dNode node) {
  if (!is_enlarged(node.conv)) return node;
  node.height *= node.conv.upsample;
  node.width *= node.conv.upsample;
  node.conv.upsample = 1;
  return node;
}

struct Axes {
  ConvAxis y, x;

  explicit Axes(const Conv2dNode& node) {
    const Padding& p = node.conv.padding;
    const std::int64_t height = detail::conv2d_output(node.height, node.kernel_height, p.top, p.bottom, node.conv);
    const std::int64_t width = detail::conv2d_output(node.width, node.kernel_width, p.left, p.right, node.conv);
    y = detail::conv_axis(node.height, height, node.kernel_height, p.top, node.conv);
    x = detail::conv_axis(node.width, width, node.kernel_width, p.left, node.conv);
  }
  void reverse() {
    y = detail::reversed(y);
    x = detail::reversed(x);
  }
  std::int64_t most_taps() const { return most(y) * most(x); }
  std::int64_t tap_total() const { return std::int64_t{y.tap_total()} * x.tap_total(); }

 private:
  static std::int64_t most(const ConvAxis& axis) {
    int count = 0;
    for (int phase = 0; phase < axis.phases; ++phase) count = std::max(count, axis.tap_count(phase));
    return count;
  }
};

std::int64_t tap_elements(const Conv2dNode& node) { return node.in / node.conv.groups * node.out; }

GpuGemm common_gemm(const Conv2dNode& node, const Axes& axes, std::int64_t batch) {
  const std::int64_t in_group = node.in / node.conv.groups;
  const std::int64_t out_group = node.out / node.conv.groups;
  GpuGemm gemm;
  gemm.groups = node.conv.groups;
  gemm.batch = batch;
  gemm.kernel_height = node.kernel_height;
  gemm.kernel_width = node.kernel_width;
  gemm.before_y = node.conv.padding.top;
  gemm.before_x = node.conv.padding.left;
  gemm.stride = node.conv.stride;
  gemm.dilation = node.conv.dilation;
  gemm.taps = axes.most_taps();
  gemm.weight_tap = tap_elements(node);
  gemm.weight_row = (is_folded(node.conv) ? axes.x.tap_total() : node.kernel_width) * gemm.weight_tap;
  gemm.weight_group = node.transposed_weight ? out_group * in_group : out_group;
  gemm.weight_in = node.transposed_weight ? 1 : node.out;
  gemm.weight_out = node.transposed_weight ? in_group : 1;
  gemm.height = axes.y.in;
  gemm.width = axes.x.in;
  gemm.result_height = axes.y.out;
  gemm.result_width = axes.x.out;
  return gemm;
}

/// From the convolution's input to its result.
GpuGemm forward_gemm(const Conv2dNode& node, std::int64_t batch) {
  const Axes axes(node);
  GpuGemm gemm = common_gemm(node, axes, batch);
  if (is_folded(node.conv)) {
    gemm.axis = GpuGemm::kFolded;
    gemm.stride = node.conv.upsample;
  }
  gemm.pixel = node.in;
  gemm.result_pixel = node.out;
  gemm.in_group = gemm.picture_group = node.in / gemm.groups;
  gemm.out_group = gemm.result_group = node.out / gemm.groups;
  gemm.elements = batch * gemm.result_height * gemm.result_width * node.out;
  return gemm;
}

/// From its result to its input.
GpuGemm input_gemm(const Conv2dNode& node, std::int64_t batch) {
  Axes axes(node);
  axes.reverse();
  GpuGemm gemm = common_gemm(node, axes, batch);
  gemm.axis = GpuGemm::kTransposed;
  if (is_folded(node.conv)) {
    // The transpose of the folded convolution: an ordinary one with larger steps over the larger picture.
    gemm.axis = GpuGemm::kPlain;
    gemm.stride = node.conv.upsample;
    gemm.kernel_height = axes.y.tap_total();
    gemm.kernel_width = axes.x.tap_total();
    gemm.before_y = node.kernel_height - 1 - node.conv.padding.top;
    gemm.before_x = node.kernel_width - 1 - node.conv.padding.left;
  }
  std::swap(gemm.weight_in, gemm.weight_out);
  gemm.pixel = node.out;
  gemm.result_pixel = node.in;
  gemm.in_group = gemm.picture_group = node.out / gemm.groups;
  gemm.out_group = gemm.result_group = node.in / gemm.groups;
  gemm.elements = batch * gemm.result_height * gemm.result_width * node.in;
  return gemm;
}

GpuGemm weight_gemm(const Conv2dNode& node, std::int64_t batch) {
  GpuGemm gemm = forward_gemm(node, batch);
  gemm.tap_rows = true;
  gemm.elements =
      gemm.weight_tap * (is_folded(node.conv) ? Axes(node).tap_total() : node.kernel_height * node.kernel_width);
  return gemm;
}

void add_epilogue(GpuGemm& gemm, const Node& node) {
  gemm.bias = node.input_count() > 2;
  gemm.activation = node.options<Conv2dNode>().conv.activation;
}

constexpr std::size_t aligned(std::size_t bytes) { return (bytes + 63) / 64 * 64; }
std::size_t float_bytes(std::int64_t count) { return aligned(sizeof(float) * static_cast<std::size_t>(count)); }

/// What an op keeps besides the product's own scratch, at the front: the enlarged picture, or where `folds` is set,
/// folded weights.
std::size_t front_bytes(const Conv2dNode& node, std::int64_t batch, bool folds) {
  if (is_enlarged(node.conv))
    return float_bytes(batch * node.height * node.width * node.conv.upsample * node.conv.upsample * node.in);
  return folds && is_folded(node.conv) ? float_bytes(Axes(node).tap_total() * tap_elements(node)) : 0;
}

/// Weights of input 1, folded. In both directions the same.
void record_fold(GpuCall& call, const Conv2dNode& node, const GpuOperand& folded) {
  const Axes axes(node);
  const bool vector = in_fours(tap_elements(node));
  const std::int64_t tap = tap_elements(node) / (vector ? 4 : 1);
  GpuDispatch dispatch("conv_fold", {gpu_in(1), folded});
  dispatch.constant(kGpuLocal).constant(vector);
  dispatch.word(gpu_word(axes.tap_total() * tap)).word(gpu_word(tap)).word(gpu_word(axes.x.tap_total()));
  dispatch.word(gpu_word(node.kernel_height)).word(gpu_word(node.kernel_width)).word(gpu_word(node.conv.upsample));
  run_items(call, dispatch, axes.tap_total() * tap);
  call.barrier();
}

/// `from` enlarged, or with `transposed` the sums over its blocks.
void record_enlarge(GpuCall& call, const Conv2dNode& node, std::int64_t batch, bool transposed, const GpuOperand& from,
                    const GpuOperand& to) {
  const std::int64_t factor = node.conv.upsample;
  const bool vector = in_fours(node.in);
  const std::int64_t channels = vector ? node.in / 4 : node.in;
  const std::int64_t pixels = batch * node.height * node.width * (transposed ? 1 : factor * factor);
  GpuDispatch dispatch("conv_enlarge", {from, to});
  dispatch.constant(kGpuLocal).constant(vector).constant(transposed);
  dispatch.word(gpu_word(pixels * channels)).word(gpu_word(channels));
  dispatch.word(gpu_word(node.width * (transposed ? 1 : factor))).word(gpu_word(factor));
  run_items(call, dispatch, pixels * channels);
}

/// Parts of the gradient of folded weights, at `scratch`, to the gradient of the kernel's elements.
void record_unfold(GpuCall& call, const Conv2dNode& node, const GpuGemm& gemm, std::size_t scratch) {
  const bool vector = in_fours(gemm.weight_tap);
  const std::int64_t unit = vector ? 4 : 1;
  const std::int64_t count = node.kernel_height * node.kernel_width * gemm.weight_tap / unit;
  GpuDispatch dispatch(gemm.bias ? "gemm_join_sums" : "gemm_join",
                       {gpu_scratch(scratch), gemm.bias ? gpu_out(1) : gpu_scratch(scratch), gpu_out(0)});
  dispatch.constant(kGpuLocal).constant(vector).constant(1).constant(0).constant(0).constant(0);
  dispatch.word(gpu_word(count)).word(gpu_word(gemm_plan(gemm, call.limits()).parts));
  dispatch.word(gpu_word(gemm.elements / unit)).word(1).number(0);
  dispatch.word(gpu_word(gemm.weight_tap / unit)).word(gpu_word(gemm.weight_row / unit));
  dispatch.word(gpu_word(node.kernel_height)).word(gpu_word(node.kernel_width));
  dispatch.word(gpu_word(node.conv.padding.top)).word(gpu_word(node.conv.padding.left));
  dispatch.word(gpu_word(node.conv.upsample));
  const GpuColumnSums sums = column_sums(gemm, gemm_plan(gemm, call.limits()));
  add_column_sums(dispatch, sums);
  run_items(call, dispatch, count + sums.columns);
}

const Conv2dNode& options_of(const Node& node) { return node.options<Conv2dNode>(); }

void record_grad_input(GpuCall& call, const Conv2dNode& node, const GpuGemm& gemm) {
  if (is_folded(node.conv)) record_fold(call, node, gpu_scratch());
  record_gemm(call, gemm, gpu_in(0), is_folded(node.conv) ? gpu_scratch() : gpu_in(1), gpu_in(2),
              is_enlarged(node.conv) ? gpu_scratch() : gpu_out(0), front_bytes(node, gemm.batch, true));
  if (is_enlarged(node.conv)) {
    call.barrier();
    record_enlarge(call, node, gemm.batch, true, gpu_scratch(), gpu_out(0));
  }
}

}  // namespace

void conv2d_gpu(GpuCall& call) {
  const Conv2dNode& node = options_of(call.node());
  const std::int64_t batch = call.in_shape(0)[0];
  GpuGemm gemm = forward_gemm(over_enlarged(node), batch);
  add_epilogue(gemm, call.node());
  const bool keeps = call.node().outputs.size() > 1;
  const GpuOperand weight = keeps ? gpu_out(1) : is_folded(node.conv) ? gpu_scratch() : gpu_in(1);
  if (is_folded(node.conv)) record_fold(call, node, weight);
  if (is_enlarged(node.conv)) {
    record_enlarge(call, node, batch, false, gpu_in(0), gpu_scratch());
    call.barrier();
  }
  record_gemm(call, gemm, is_enlarged(node.conv) ? gpu_scratch() : gpu_in(0), weight, gpu_in(2), gpu_out(0),
              front_bytes(node, batch, !keeps));
}

void conv2d_activation_grad_gpu(GpuCall& call) {
  const Conv2dNode& node = options_of(call.node());
  GpuGemm gemm = forward_gemm(node, call.in_shape(0)[0]);
  gemm.activation = node.conv.activation;
  gemm.activation_grad = true;
  record_gemm(call, gemm, gpu_in(0), gpu_in(1), gpu_in(2), gpu_out(0), 0);
}

std::size_t conv2d_gpu_scratch(const Node& node, const GpuLimits& limits) {
  const std::int64_t batch = node.input_shape(0)[0];
  return front_bytes(options_of(node), batch, node.outputs.size() == 1) +
         gemm_scratch_bytes(forward_gemm(over_enlarged(options_of(node)), batch), limits);
}

void conv2d_grad_input_gpu(GpuCall& call) {
  const Conv2dNode& node = options_of(call.node());
  const std::int64_t batch = call.in_shape(0)[0];
  GpuGemm gemm = input_gemm(over_enlarged(node), batch);
  add_epilogue(gemm, call.node());
  record_grad_input(call, node, gemm);
}

void conv2d_grad_input_activation_gpu(GpuCall& call) {
  const Conv2dNode& node = options_of(call.node());
  GpuGemm gemm = input_gemm(over_enlarged(node), call.in_shape(0)[0]);
  gemm.activation = node.conv.activation;
  gemm.activation_grad = true;
  record_grad_input(call, node, gemm);
}

std::size_t conv2d_grad_input_gpu_scratch(const Node& node, const GpuLimits& limits) {
  const std::int64_t batch = node.input_shape(0)[0];
  return front_bytes(options_of(node), batch, true) +
         gemm_scratch_bytes(input_gemm(over_enlarged(options_of(node)), batch), limits);
}

namespace {

/// With a second output: the sum of dy over all pixels.
GpuGemm weight_gemm_of(const Node& node) {
  GpuGemm gemm = weight_gemm(over_enlarged(options_of(node)), node.input_shape(0)[0]);
  gemm.bias = node.outputs.size() > 1;
  return gemm;
}

}  // namespace

void conv2d_grad_weight_gpu(GpuCall& call) {
  const Conv2dNode& node = options_of(call.node());
  const std::int64_t batch = call.in_shape(0)[0];
  const GpuGemm gemm = weight_gemm_of(call.node());
  const std::size_t front = front_bytes(node, batch, false);
  if (is_folded(node.conv)) {
    record_gemm_parts(call, gemm, gpu_in(0), gpu_in(1), front);
    call.barrier();
    return record_unfold(call, node, gemm, front);
  }
  if (is_enlarged(node.conv)) {
    record_enlarge(call, node, batch, false, gpu_in(0), gpu_scratch());
    call.barrier();
  }
  record_gemm(call, gemm, is_enlarged(node.conv) ? gpu_scratch() : gpu_in(0), gpu_in(1),
              gemm.bias ? gpu_out(1) : gpu_out(0), gpu_out(0), front);
}

std::size_t conv2d_grad_weight_gpu_scratch(const Node& node, const GpuLimits& limits) {
  const GpuGemm gemm = weight_gemm_of(node);
  const std::size_t front = front_bytes(options_of(node), node.input_shape(0)[0], false);
  if (!is_folded(options_of(node).conv)) return front + gemm_scratch_bytes(gemm, limits);
  return front + gemm_parts_bytes(gemm, gemm_plan(gemm, limits));
}

}  // namespace betwixt
