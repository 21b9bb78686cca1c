// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/tensor/tensor.h"

namespace betwixt {

enum class ScheduleKind : std::uint8_t {
  kConstant,  ///< base
  kStep,      ///< base * factor^k, k = floor((t - warmup) / decay_every)
  kCosine,    ///< from base to final along half a cosine, over total_steps (Loshchilov and Hutter 2017)
  kLinear,    ///< from base to final along a line, over total_steps
};

/// A learning rate over the steps.
struct ScheduleOptions {
  ScheduleKind kind = ScheduleKind::kConstant;  ///< its course after the warm-up
  double base = 1e-3;                           ///< the rate at its highest
  std::uint32_t warmup_steps = 0;               ///< the first steps rise linearly: base * (t + 1) / warmup_steps
  std::uint32_t decay_every = 1;                ///< of kStep, in steps
  double factor = 0.1;                          ///< of kStep
  std::uint32_t total_steps = 1;  ///< of kCosine and kLinear, warm-up included; `final_value` from there on
  double final_value = 0;         ///< where kCosine and kLinear end
};

/// The learning rate of step t, f32 [1].
///   step  u32 [1], steps taken before this one: t = 0 at first
/// No gradient. E_VALUE for options that are not finite, E_ARGUMENT for decay_every 0.
Tensor schedule(const Tensor& step, const ScheduleOptions& options);

}  // namespace betwixt
