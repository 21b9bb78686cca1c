// SPDX-License-Identifier: MIT
#include "betwixt/image/pyramid_blend.h"

#include <algorithm>

#include "betwixt/core/error.h"
#include "betwixt/ops/compositing.h"
#include "betwixt/ops/pyramid.h"
#include "betwixt/tensor/program.h"

namespace betwixt {
namespace {

FloatImages picture_of(Program& program, int output) {
  const Shape& shape = program.output_type(output).shape;
  FloatImages result(shape[0], static_cast<int>(shape[1]), static_cast<int>(shape[2]), static_cast<int>(shape[3]));
  program.read_bytes(output, std::as_writable_bytes(std::span<float>(result.values)));
  return result;
}

std::vector<FloatImages> computed(const Device& device, const std::vector<Tensor>& tensors) {
  Program program(device, tensors);
  program.run();
  std::vector<FloatImages> result;
  for (std::size_t i = 0; i < tensors.size(); ++i) result.push_back(picture_of(program, static_cast<int>(i)));
  return result;
}

void check_blend(const Shape& inside, const Shape& outside, const Shape& mask) {
  const bool fits = inside == outside && inside.rank() == 4 && mask.rank() == 4 && mask[1] == inside[1] &&
                    mask[2] == inside[2] && (mask[0] == 1 || mask[0] == inside[0]) &&
                    (mask[3] == 1 || mask[3] == inside[3]);
  if (!fits)
    throw Error(ErrorCode::kShape, "multiband_blend", "%s, %s and mask %s do not fit", inside.text().c_str(),
                outside.text().c_str(), mask.text().c_str());
}

}  // namespace

int most_pyramid_levels(std::int64_t height, std::int64_t width) {
  int levels = 0;
  for (std::int64_t side = std::max(height, width); side > 1; side = (side + 1) / 2) ++levels;
  return levels;
}

Tensor multiband_blend(const Tensor& inside, const Tensor& outside, const Tensor& mask, int levels) {
  check_blend(inside.shape(), outside.shape(), mask.shape());
  const std::vector<Tensor> a = laplacian_pyramid(inside, levels);
  const std::vector<Tensor> b = laplacian_pyramid(outside, levels);
  const std::vector<Tensor> masks = gaussian_pyramid(mask, levels);
  std::vector<Tensor> mixed;
  for (std::size_t i = 0; i < a.size(); ++i) mixed.push_back(blend(a[i], b[i], masks[i]));
  return pyramid_collapse(mixed);
}

std::vector<FloatImages> laplacian_pyramid(const Device& device, const FloatImages& images, int levels) {
  return computed(device, laplacian_pyramid(read(upload(device, images)), levels));
}

std::vector<FloatImages> gaussian_pyramid(const Device& device, const FloatImages& images, int levels) {
  return computed(device, gaussian_pyramid(read(upload(device, images)), levels));
}

FloatImages pyramid_collapse(const Device& device, const std::vector<FloatImages>& pyramid) {
  std::vector<Tensor> levels;
  for (const FloatImages& level : pyramid) levels.push_back(read(upload(device, level)));
  return compute(device, pyramid_collapse(levels));
}

FloatImages multiband_blend(const Device& device, const FloatImages& inside, const FloatImages& outside,
                            const FloatImages& mask, int levels) {
  if (levels < -1) throw Error(ErrorCode::kArgument, "multiband_blend", "%d levels", levels);
  const int depth = levels >= 0 ? levels : std::max(0, most_pyramid_levels(inside.height, inside.width) - 2);
  const auto tensor = [&](const FloatImages& images) { return read(upload(device, images)); };
  return compute(device, multiband_blend(tensor(inside), tensor(outside), tensor(mask), depth));
}

Images multiband_blend(const Device& device, const Images& inside, const Images& outside, const FloatImages& mask,
                       int levels) {
  return to_bytes(multiband_blend(device, to_floats(inside), to_floats(outside), mask, levels));
}

}  // namespace betwixt
