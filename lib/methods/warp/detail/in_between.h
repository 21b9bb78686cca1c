// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/methods/warp/detail/level_fit.h"
#include "betwixt/tensor/program.h"

namespace betwixt::detail {

/// Makes the pictures between two by their fitted fields.
class InBetween {
 public:
  InBetween(const Device& device, const State& pictures, const WarpFields& fields);

  /// The picture at `t`: [h,w,c] in about [0, 1].
  std::vector<float> at(double t);

 private:
  State time_;
  Program program_;
};

}  // namespace betwixt::detail
