// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/ops/activation.h"
#include "betwixt/ops/detail/conv_plan.h"
#include "betwixt/ops/detail/slope_kernel.h"
#include "betwixt/tensor/op.h"

// Three by three convolution by Winograd's algorithm F(2 x 2, 3 x 3): A. Lavin and S. Gray, "Fast Algorithms for
// Convolutional Neural Networks", CVPR 2016. Compiled once per instruction set in winograd_cpu.cpp.

namespace betwixt::BETWIXT_ISA {

/// A convolution whose plan suits_winograd. `panels` are the weights as prepare_weights in conv2d_cpu.cpp lays them
/// out (not looked at when the call is prepared), `bias` one number per output channel or null.
void convolve_squares(const CpuCall& call, const detail::ConvPlan& plan, const float* panels, const float* bias,
                      const ActivationOptions& activation, const SlopeEnding<float>& ending);

}  // namespace betwixt::BETWIXT_ISA
