// SPDX-License-Identifier: MIT
#include "betwixt/core/dtype.h"
#include "betwixt/ops/detail/gpu_launch.h"
#include "betwixt/ops/detail/sample.h"

namespace betwixt {
namespace {

constexpr std::int64_t kHeaderWords = 4;  ///< in front of the sums of sample_grad_image.comp

GpuDispatch sample_dispatch(const char* shader, std::initializer_list<GpuOperand> operands,
                            const SampleOptions& options, std::uint32_t variant) {
  GpuDispatch dispatch(shader, operands);
  dispatch.constant(kGpuLocal).constant(static_cast<std::uint32_t>(options.mode));
  dispatch.constant(static_cast<std::uint32_t>(options.border)).constant(options.is_flow).constant(variant);
  return dispatch;
}

void add_geometry(GpuDispatch& dispatch, const SampleOptions& options, std::int64_t count, std::int64_t channels,
                  const Shape& picture, const Shape& points) {
  dispatch.word(gpu_word(count)).word(gpu_word(channels));
  for (const Shape* shape : {&picture, &points}) dispatch.word(gpu_word((*shape)[1])).word(gpu_word((*shape)[2]));
  for (const int axis : {2, 1}) {
    const SampleScale scale = sample_scale(options, picture[axis]);
    dispatch.number(static_cast<float>(scale.scale)).number(static_cast<float>(scale.shift));
  }
}

/// One pass of sample_grad_image.comp over `count` items.
void record_grad_image(GpuCall& call, std::uint32_t pass, std::int64_t count, std::int64_t items) {
  const auto& options = call.options<SampleOptions>();
  const Shape& picture = call.out_shape();
  GpuDispatch dispatch =
      sample_dispatch("sample_grad_image", {gpu_in(0), gpu_in(1), gpu_scratch(0), gpu_out(0)}, options, pass);
  add_geometry(dispatch, options, count, picture[3], picture, call.in_shape(1));
  dispatch.word(gpu_word(picture.elements()));
  run_items(call, dispatch, items);
}

}  // namespace

void sample_gpu(GpuCall& call) {
  const auto& options = call.options<SampleOptions>();
  const Shape& picture = call.in_shape(0);
  const Shape& points = call.in_shape(1);
  const bool vector = picture[3] % 4 == 0;
  const std::int64_t channels = vector ? picture[3] / 4 : picture[3];
  // Positions and weights are worth sharing between the channels of a colour.
  const std::int64_t step = channels <= 4 && !vector ? channels : 1;
  if (channels == 0) return;
  const std::int64_t count = points.product(0, 3) * channels / step;
  GpuDispatch dispatch = sample_dispatch("sample", {gpu_in(0), gpu_in(1), gpu_out(0)}, options, vector);
  add_geometry(dispatch, options, count, channels, picture, points);
  dispatch.word(gpu_word(step));
  run_items(call, dispatch, count);
}

void sample_grad_points_gpu(GpuCall& call) {
  const auto& options = call.options<SampleOptions>();
  const Shape& picture = call.in_shape(0);
  const Shape& points = call.in_shape(1);
  const bool vector = picture[3] % 4 == 0;
  const std::int64_t count = points.product(0, 3);
  GpuDispatch dispatch =
      sample_dispatch("sample_grad_points", {gpu_in(0), gpu_in(1), gpu_in(2), gpu_out(0)}, options, vector);
  add_geometry(dispatch, options, count, vector ? picture[3] / 4 : picture[3], picture, points);
  run_items(call, dispatch, count);
}

std::size_t sample_grad_image_gpu_scratch(const Node& node, const GpuLimits&) {
  return 4 * static_cast<std::size_t>(kHeaderWords + 2 * node.output_shape().elements());
}

void sample_grad_image_gpu(GpuCall& call) {
  const std::int64_t terms = call.in_shape(0).elements();
  const std::int64_t results = call.out_shape().elements();
  if (results == 0) return;
  const std::int64_t words = kHeaderWords + 2 * results;
  record_grad_image(call, 0, words, words);
  call.barrier();
  constexpr std::int64_t kTermsPerLane = 16;
  record_grad_image(call, 1, terms, (terms + kTermsPerLane - 1) / kTermsPerLane);
  call.barrier();
  record_grad_image(call, 2, terms, terms);
  call.barrier();
  record_grad_image(call, 3, results, results);
}

}  // namespace betwixt
