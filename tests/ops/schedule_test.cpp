// SPDX-License-Identifier: MIT
#include "betwixt/ops/schedule.h"

#include <cmath>
#include <numbers>

#include "betwixt/ops/fill.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {
namespace {

InputSpec step_input(std::uint32_t step) {
  return {.shape = {1}, .dtype = DType::kU32, .values = listed({static_cast<double>(step)})};
}

double schedule_value(const ScheduleOptions& o, double t) {
  if (t < o.warmup_steps) return o.base * (t + 1) / o.warmup_steps;
  const double after = t - o.warmup_steps;
  const double progress =
      t >= o.total_steps || o.total_steps <= o.warmup_steps ? 1 : after / (o.total_steps - o.warmup_steps);
  switch (o.kind) {
    case ScheduleKind::kConstant:
      return o.base;
    case ScheduleKind::kStep:
      return o.base * std::pow(o.factor, std::floor(after / o.decay_every));
    case ScheduleKind::kCosine:
      return o.final_value + (o.base - o.final_value) * (1 + std::cos(std::numbers::pi * progress)) / 2;
    case ScheduleKind::kLinear:
      return o.base + (o.final_value - o.base) * progress;
  }
  return 0;
}

std::vector<OpCase> schedule_cases() {
  const std::pair<const char*, ScheduleOptions> schedules[] = {
      {"constant", {.base = 0.01}},
      {"constant, warm-up", {.base = 0.01, .warmup_steps = 10}},
      {"step", {.kind = ScheduleKind::kStep, .base = 0.5, .decay_every = 75}},
      {"step, warm-up", {.kind = ScheduleKind::kStep, .warmup_steps = 8, .decay_every = 30, .factor = 0.9}},
      {"cosine", {.kind = ScheduleKind::kCosine, .warmup_steps = 5, .total_steps = 200, .final_value = 1e-5}},
      {"linear", {.kind = ScheduleKind::kLinear, .base = 1, .total_steps = 150, .final_value = 0.25}},
      {"linear, only warm-up", {.kind = ScheduleKind::kLinear, .base = 1, .warmup_steps = 9, .total_steps = 9}}};
  std::vector<OpCase> cases;
  for (const auto& named : schedules)
    for (const std::uint32_t step : {0u, 1u, 7u, 74u, 75u, 149u, 199u, 200u, 5000u}) {
      const ScheduleOptions o = named.second;
      cases.push_back({.options = std::string(named.first) + " at " + std::to_string(step),
                       .inputs = {step_input(step)},
                       .build = [o](const Tensors& in) { return Tensors{schedule(in[0], o)}; },
                       .oracle = [o](const Values& in) { return Values{{schedule_value(o, in[0][0])}}; },
                       .bound = ulps(200, 1e-10)});
    }
  return cases;
}

const OpRegistration schedule_entry({
    .name = "schedule",
    .ops = {"schedule"},
    .cases = schedule_cases,
    .refused = {{"float step", ErrorCode::kDtype, [] { schedule(zeros({1}), {}); }},
                {"two steps", ErrorCode::kShape, [] { schedule(zeros({2}, DType::kU32), {}); }},
                {"decay every 0", ErrorCode::kArgument, [] { schedule(zeros({1}, DType::kU32), {.decay_every = 0}); }},
                {"not finite", ErrorCode::kValue, [] { schedule(zeros({1}, DType::kU32), {.base = HUGE_VAL}); }}},
});

}  // namespace
}  // namespace betwixt::ops_test
