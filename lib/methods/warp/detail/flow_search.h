// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

namespace betwixt::detail {

/// Numbers that describe every pixel of a picture, row by row: [height, width, channels] in host memory.
struct FeatureMap {
  int height = 0;
  int width = 0;
  int channels = 0;
  const float* values = nullptr;
};

struct FlowSearchOptions {
  int radius = 8;        ///< displacements from -radius to radius along both axes, in pixels
  float limit = 0.6f;    ///< a pixel that fits worse (mean absolute difference of the patch) counts as this
  float step = 0.03f;    ///< cost of a difference of one pixel between neighbours
  float jump = 0.15f;    ///< cost of any larger difference, less where the picture has an edge
  float still = 0.004f;  ///< cost of a pixel of displacement: settles what has no texture
};

/// Finds for every pixel of `from` the displacement to the pixel of `to` that looks most like it, so that neighbours
/// agree: semi-global matching (Hirschmuller 2008) over all displacements of a square window, eight paths. It looks
/// everywhere at once, so motions larger than the moving thing are found. Whole pixels: [height, width, 2] as `warp`
/// takes them. Deterministic; memory 8 bytes times pixels times displacements.
std::vector<float> search_flow(const FeatureMap& from, const FeatureMap& to, const FlowSearchOptions& options);

/// Replaces every flow by the weighted median of the 7 by 7 flows around: those of like colour count, and those that
/// `back`, the flow of the other picture, agrees with. Takes out single mistakes and fills what has no partner.
std::vector<float> settle_flow(const FeatureMap& map, const std::vector<float>& flow, const std::vector<float>& back);

}  // namespace betwixt::detail
