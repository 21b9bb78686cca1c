// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "betwixt/core/shape.h"
#include "betwixt/tensor/op.h"

// What warp and grid_sample have in common. Both look at pictures [n,h,w,c] at points [n,oh,ow,2] (x, then y), with
// kernels that differ in how a point becomes a position only.

namespace betwixt {

enum class SampleMode : std::uint8_t { kNearest, kBilinear, kBicubic };

/// Which pixel stands for one outside the picture. The numbers are those of shaders/common/sample.glsl.
enum class SampleBorder : std::uint8_t {
  kZero,     ///< none
  kClamp,    ///< the nearest
  kReflect,  ///< mirrored at the centre of the border pixel
  kMirror,   ///< mirrored at the outer edge of the border pixel
};

struct SampleOptions {
  SampleMode mode = SampleMode::kBilinear;
  SampleBorder border = SampleBorder::kZero;
  bool is_flow = true;  ///< points are displacements in pixels from the result pixel
  bool align_corners = false;
  std::int64_t height = 0;  ///< of the picture, for the gradient with respect to it
  std::int64_t width = 0;
};

/// position = point * scale + shift, for an axis of `size` pixels. For a flow the result pixel is added.
struct SampleScale {
  double scale;
  double shift;
};
SampleScale sample_scale(const SampleOptions& options, std::int64_t size);

// Shape rules.
std::vector<TensorType> sample_shape(const Node& node);              ///< picture, points
std::vector<TensorType> sample_grad_points_shape(const Node& node);  ///< picture, points, gradient of the result
std::vector<TensorType> sample_grad_image_shape(const Node& node);   ///< gradient of the result, points

std::size_t sample_grad_image_gpu_scratch(const Node& node, const GpuLimits& limits);

}  // namespace betwixt
