// SPDX-License-Identifier: MIT
#include "betwixt/ops/warp.h"

#include "betwixt/ops/detail/sample.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(sample_cpu)
BETWIXT_CPU_KERNEL(sample_grad_points_cpu)
BETWIXT_CPU_KERNEL(sample_grad_image_cpu)
void sample_gpu(GpuCall& call);
void sample_grad_points_gpu(GpuCall& call);
void sample_grad_image_gpu(GpuCall& call);

namespace {

Tensor warp_node(const Tensor& image, const Tensor& flow, const SampleOptions& options);
Tensor warp_grad_flow(const Tensor& image, const Tensor& flow, const Tensor& dy, const SampleOptions& options);
Tensor warp_grad_image(const Tensor& dy, const Tensor& flow, const SampleOptions& options);

std::vector<Tensor> warp_gradient(const GradientCall& call) {
  const auto& options = call.options<SampleOptions>();
  const Tensor& dy = call.output_gradient();
  return {call.needs(0) ? warp_grad_image(dy, call.input(1), options) : Tensor(),
          call.needs(1) ? warp_grad_flow(call.input(0), call.input(1), dy, options) : Tensor()};
}

// <warp_grad_image(dy, flow), v> = <dy, warp(v, flow)>.
std::vector<Tensor> warp_grad_image_gradient(const GradientCall& call) {
  const auto& options = call.options<SampleOptions>();
  const Tensor& v = call.output_gradient();
  return {call.needs(0) ? warp_node(v, call.input(1), options) : Tensor(),
          call.needs(1) ? warp_grad_flow(v, call.input(1), call.input(0), options) : Tensor()};
}

const Op warp_op{.name = "warp",
                 .shape = sample_shape,
                 .cpu = sample_cpu,
                 .gpu = sample_gpu,
                 .half = HalfOperands::pictures(1),
                 .gradient = warp_gradient};
const Op warp_grad_flow_op{.name = "warp_grad_flow",
                           .shape = sample_grad_points_shape,
                           .cpu = sample_grad_points_cpu,
                           .gpu = sample_grad_points_gpu,
                           .half = HalfOperands::sums(1 | 4)};
const Op warp_grad_image_op{.name = "warp_grad_image",
                            .shape = sample_grad_image_shape,
                            .cpu = sample_grad_image_cpu,
                            .gpu = sample_grad_image_gpu,
                            .gpu_scratch = sample_grad_image_gpu_scratch,
                            .half = HalfOperands::pictures(1),
                            .gradient = warp_grad_image_gradient};

Tensor warp_node(const Tensor& image, const Tensor& flow, const SampleOptions& options) {
  return apply(warp_op, {image, flow}, options);
}
Tensor warp_grad_flow(const Tensor& image, const Tensor& flow, const Tensor& dy, const SampleOptions& options) {
  return apply(warp_grad_flow_op, {image, flow, dy}, options);
}
Tensor warp_grad_image(const Tensor& dy, const Tensor& flow, const SampleOptions& options) {
  return apply(warp_grad_image_op, {dy, flow}, options);
}

SampleBorder sample_border(Border border) {
  switch (border) {
    case Border::kZero:
      return SampleBorder::kZero;
    case Border::kClamp:
      return SampleBorder::kClamp;
    case Border::kReflect:
      return SampleBorder::kReflect;
  }
  return SampleBorder::kZero;
}

}  // namespace

Tensor warp(const Tensor& image, const Tensor& flow, const WarpOptions& options) {
  SampleOptions sample{.border = sample_border(options.border)};
  if (image.shape().rank() == 4) {
    sample.height = image.shape()[1];
    sample.width = image.shape()[2];
  }
  return warp_node(image, flow, sample);
}

}  // namespace betwixt
