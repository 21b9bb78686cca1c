// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "betwixt/methods/warp/detail/level.h"
#include "betwixt/methods/warp/flow_fit.h"

namespace betwixt::detail {

/// What is fitted, in host memory. Entry 0 leads from the first picture to the second, 1 back.
struct WarpFields {
  int height = 0;
  int width = 0;
  int channels = 0;
  std::vector<float> flow;    ///< [2,h,w,2] in pixels of this size
  std::vector<float> keep;    ///< [2,h,w,1]: logits of the mask; where large the colour stays as it is
  std::vector<float> matrix;  ///< [2,c,c]
  std::vector<float> bias;    ///< [2,c]
  double mismatch = 0;        ///< mean over all pixels, hidden ones too, of how badly they fit their partners
};

/// No motion, no recolouring.
WarpFields still_fields(int height, int width, int channels);
/// The same at another size.
WarpFields resize_fields(const Device& device, const WarpFields& fields, int height, int width);

/// A pixel's flow and the other picture's there: squared length of their sum, [2,h,w,1] in pixels, 0 where both agree.
Tensor disagreement(const Tensor& flow);
/// exp(-disagreement / tolerance): 1 where a pixel has a partner, 0 where it is hidden in the other picture (after
/// Sundaram, Brox and Keutzer 2010; the tolerance grows with the motion).
Tensor visibility(const Tensor& flow);
/// The two entries of [2,...] the other way round.
Tensor swapped(const Tensor& x);

/// Improves `fields` on one level; returns the report of the training run. The loss is a mean over pixels.
FitReport fit_level(const Device& device, const Level& level, WarpFields& fields, const FlowFitOptions& options,
                    const ProgressCallback& callback);

}  // namespace betwixt::detail
