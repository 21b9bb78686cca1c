// SPDX-License-Identifier: MIT
#include <cmath>

#include "betwixt/capi/detail/training.h"

namespace betwixt::capi {
namespace {

void check_finite(double value, const char* field) {
  if (!std::isfinite(value)) throw Error(ErrorCode::kNotFinite, "training_start", "%s is %g", field, value).in(field);
}

/// `fallback` for 0, 0 for a negative number.
double optional(double value, double fallback, const char* field) {
  check_finite(value, field);
  return value == 0 ? fallback : std::max(value, 0.0);
}

double at_least_zero(double value, const char* field) {
  check_finite(value, field);
  if (value < 0) throw Error(ErrorCode::kValue, "training_start", "%s is %g", field, value).in(field);
  return value;
}

std::int64_t optional(std::int64_t value, std::int64_t fallback) {
  return value == 0 ? fallback : std::max<std::int64_t>(value, 0);
}

void set_numbers(const betwixt_train_options& from, DenoiseOptions& to) {
  if (from.steps != 0) to.steps = from.steps;
  if (from.batch != 0) to.batch = from.batch;
  check_finite(from.learning_rate, "options.learning_rate");
  if (from.learning_rate != 0) to.learning_rate = from.learning_rate;
  to.warmup = optional(from.warmup, to.warmup);
  to.weight_decay = at_least_zero(from.weight_decay, "options.weight_decay");
  to.noise = optional(from.noise, to.noise, "options.noise");
  to.code_noise = optional(from.code_noise, to.code_noise, "options.code_noise");
  to.clip_norm = optional(from.clip_norm, to.clip_norm, "options.clip_norm");
  to.validation = from.validation;
  to.patience = from.patience;
  if (from.seed != 0) to.seed = from.seed;
  to.memory_limit = from.memory_limit;
  to.start_at_mean = from.fine_tune == 0;
}

}  // namespace

TrainChoice train_choice(const betwixt_train_options* options) {
  const auto from = read_struct(options, "training_start", "options");
  if (from.corruption != BETWIXT_CORRUPTION_NORMAL && from.corruption != BETWIXT_CORRUPTION_WHITE)
    throw Error(ErrorCode::kUnsupported, "training_start", "corruption %d", from.corruption).in("options.corruption");
  TrainChoice choice;
  set_numbers(from, choice.denoise);
  choice.denoise.corruption = from.corruption == BETWIXT_CORRUPTION_WHITE ? Corruption::kWhite : Corruption::kNormal;
  if (from.checkpoint) choice.denoise.checkpoint = text_of(from.checkpoint, "training_start", "options.checkpoint");
  const double seconds = at_least_zero(from.checkpoint_seconds, "options.checkpoint_seconds");
  if (seconds > 0) choice.denoise.checkpoint_seconds = seconds;
  choice.budget_ms = at_least_zero(from.budget_ms, "options.budget_ms");
  choice.drop_codes = from.drop_codes != 0;
  choice.progress = from.progress;
  choice.progress_user = from.progress_user;
  return choice;
}

}  // namespace betwixt::capi
