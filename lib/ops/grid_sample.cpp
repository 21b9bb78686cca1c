// SPDX-License-Identifier: MIT
#include "betwixt/ops/grid_sample.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/detail/sample.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/slice.h"
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

Tensor sample_node(const Tensor& x, const Tensor& grid, const SampleOptions& options);
Tensor grad_grid(const Tensor& x, const Tensor& grid, const Tensor& dy, const SampleOptions& options);
Tensor grad_image(const Tensor& dy, const Tensor& grid, const SampleOptions& options);

std::vector<Tensor> grid_sample_gradient(const GradientCall& call) {
  const auto& options = call.options<SampleOptions>();
  const Tensor& dy = call.output_gradient();
  const bool to_grid = call.needs(1) && options.mode != SampleMode::kNearest;
  return {call.needs(0) ? grad_image(dy, call.input(1), options) : Tensor(),
          to_grid ? grad_grid(call.input(0), call.input(1), dy, options) : Tensor()};
}

// <grad_image(dy, grid), v> = <dy, sample(v, grid)>.
std::vector<Tensor> grad_image_gradient(const GradientCall& call) {
  const auto& options = call.options<SampleOptions>();
  const Tensor& v = call.output_gradient();
  const bool to_grid = call.needs(1) && options.mode != SampleMode::kNearest;
  return {call.needs(0) ? sample_node(v, call.input(1), options) : Tensor(),
          to_grid ? grad_grid(v, call.input(1), call.input(0), options) : Tensor()};
}

const Op grid_sample_op{.name = "grid_sample",
                        .shape = sample_shape,
                        .cpu = sample_cpu,
                        .gpu = sample_gpu,
                        .half = HalfOperands::pictures(1),
                        .gradient = grid_sample_gradient};
const Op grid_sample_grad_grid_op{.name = "grid_sample_grad_grid",
                                  .shape = sample_grad_points_shape,
                                  .cpu = sample_grad_points_cpu,
                                  .gpu = sample_grad_points_gpu,
                                  .half = HalfOperands::sums(1 | 4)};
const Op grid_sample_grad_image_op{.name = "grid_sample_grad_image",
                                   .shape = sample_grad_image_shape,
                                   .cpu = sample_grad_image_cpu,
                                   .gpu = sample_grad_image_gpu,
                                   .gpu_scratch = sample_grad_image_gpu_scratch,
                                   .half = HalfOperands::pictures(1),
                                   .gradient = grad_image_gradient};

Tensor sample_node(const Tensor& x, const Tensor& grid, const SampleOptions& options) {
  return apply(grid_sample_op, {x, grid}, options);
}
Tensor grad_grid(const Tensor& x, const Tensor& grid, const Tensor& dy, const SampleOptions& options) {
  return apply(grid_sample_grad_grid_op, {x, grid, dy}, options);
}
Tensor grad_image(const Tensor& dy, const Tensor& grid, const SampleOptions& options) {
  return apply(grid_sample_grad_image_op, {dy, grid}, options);
}

SampleBorder sample_border(const GridSampleOptions& options) {
  switch (options.padding) {
    case GridPadding::kZeros:
      return SampleBorder::kZero;
    case GridPadding::kBorder:
      return SampleBorder::kClamp;
    case GridPadding::kReflection:
      return options.align_corners ? SampleBorder::kReflect : SampleBorder::kMirror;
  }
  return SampleBorder::kZero;
}

/// Places of `size` pixels in [-1, 1].
std::vector<double> places(std::int64_t size, bool align_corners) {
  std::vector<double> result;
  for (std::int64_t i = 0; i < size; ++i) {
    const auto at = static_cast<double>(2 * i + 1 - size);
    const auto whole = static_cast<double>(align_corners ? size - 1 : size);
    result.push_back(size == 1 ? 0 : at / whole);
  }
  return result;
}

}  // namespace

Tensor grid_sample(const Tensor& x, const Tensor& grid, const GridSampleOptions& options) {
  SampleOptions sample{.mode = static_cast<SampleMode>(options.mode),
                       .border = sample_border(options),
                       .is_flow = false,
                       .align_corners = options.align_corners};
  if (x.shape().rank() == 4) {
    sample.height = x.shape()[1];
    sample.width = x.shape()[2];
  }
  return sample_node(x, grid, sample);
}

Tensor affine_grid(const Tensor& theta, std::int64_t height, std::int64_t width, bool align_corners) {
  const Shape& shape = theta.shape();
  if (shape.rank() != 3 || shape[1] != 2 || shape[2] != 3 || height < 1 || width < 1)
    throw Error(ErrorCode::kShape, "affine_grid", "theta %s for %lld by %lld", shape.text().c_str(),
                static_cast<long long>(height), static_cast<long long>(width));
  auto column = [&](std::int64_t i) { return reshape(slice(theta, 2, i, 1), {shape[0], 1, 1, 2}); };
  const Tensor x = constant(places(width, align_corners), {1, 1, width, 1}, theta.dtype());
  const Tensor y = constant(places(height, align_corners), {1, height, 1, 1}, theta.dtype());
  return column(0) * x + (column(1) * y + column(2));
}

}  // namespace betwixt
