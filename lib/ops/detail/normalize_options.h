// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/ops/activation.h"

namespace betwixt {

/// Every normalisation sees x as [outer, rows, groups, width] and takes its statistics over rows and width; scale and
/// bias belong to the groups * width channels.
///   batch norm     outer 1, rows n h w, groups c, width 1
///   group norm     outer n, rows h w, groups g, width c / g     (instance norm: g = c)
///   layer norm     outer: the leading axes, rows 1, groups 1, width: the normalised axes
struct NormalizeOptions {
  std::int64_t outer = 1, rows = 1, groups = 1, width = 1;
  double epsilon = 1e-5;
  ActivationOptions activation;
  /// Rows whose partial sums are taken together, and the number of such blocks in `rows`.
  std::int64_t block_rows = 1, blocks = 1;
};

}  // namespace betwixt
