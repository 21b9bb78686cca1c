// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "betwixt/image/float_images.h"
#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// Halvings until a picture is one pixel: the deepest pyramid that makes sense.
int most_pyramid_levels(std::int64_t height, std::int64_t width);

/// Multiband blending (Burt and Adelson, "A Multiresolution Spline With Application to Image Mosaics", 1983): every
/// band of the Laplacian pyramids is mixed by the mask smoothed as much as that band, so that coarse differences fade
/// over a wide zone and details over a narrow one: no seam, no double picture.
///   inside, outside [n,h,w,c]   mask [n,h,w,1] or [n,h,w,c] (1: inside)   ->   [n,h,w,c]
/// Any size, `levels` from 0 (plain blend) on; differentiable in all inputs, on every device. E_SHAPE, E_ARGUMENT.
Tensor multiband_blend(const Tensor& inside, const Tensor& outside, const Tensor& mask, int levels);

// The same for pictures in host memory, computed once on `device`. E_SHAPE when sizes differ, E_ARGUMENT for levels
// below 0 or an empty pyramid.

/// `levels` Laplacians, finest first, and what remains, as `laplacian_pyramid` of tensors: any size from one pixel on.
/// `pyramid_collapse` gives the picture back to 1e-6.
std::vector<FloatImages> laplacian_pyramid(const Device& device, const FloatImages& images, int levels);
/// The pictures and `levels` times the half size.
std::vector<FloatImages> gaussian_pyramid(const Device& device, const FloatImages& images, int levels);
/// The picture of a Laplacian pyramid, its bands edited or not.
FloatImages pyramid_collapse(const Device& device, const std::vector<FloatImages>& pyramid);

/// Multiband blending of pictures; the mask may be one for all pictures. Levels -1: as many as the size has, less two,
/// so that the colours of the whole do not run into each other.
FloatImages multiband_blend(const Device& device, const FloatImages& inside, const FloatImages& outside,
                            const FloatImages& mask, int levels = -1);
Images multiband_blend(const Device& device, const Images& inside, const Images& outside, const FloatImages& mask,
                       int levels = -1);

}  // namespace betwixt
