// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace betwixt::bench {

/// What a GPU can do at best, measured with shaders of our own (tools/bench/shaders).
struct GpuPeak {
  double gflops = 0;       ///< multiply-adds in f32, two operations each
  double copy_gbs = 0;     ///< read and written bytes of a large copy
  double dispatch_us = 0;  ///< one of many tiny dispatches, each behind a barrier
};

/// `name` as VulkanOptions::name.
GpuPeak measure_gpu_peak(const std::string& name);

}  // namespace betwixt::bench
