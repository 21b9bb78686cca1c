// SPDX-License-Identifier: MIT
#include <algorithm>

#include "betwixt/capi/detail/numbers.h"
#include "betwixt/capi/detail/training.h"

namespace betwixt::capi {
namespace {

const OptionNumbers kNumber("training_start");

std::int64_t optional(std::int64_t value, std::int64_t fallback) {
  return value == 0 ? fallback : std::max<std::int64_t>(value, 0);
}

void set_numbers(const betwixt_train_options& from, DenoiseOptions& to) {
  if (from.steps != 0) to.steps = from.steps;
  if (from.batch != 0) to.batch = from.batch;
  if (kNumber.finite(from.learning_rate, "options.learning_rate") != 0) to.learning_rate = from.learning_rate;
  to.warmup = optional(from.warmup, to.warmup);
  to.weight_decay = kNumber.at_least_zero(from.weight_decay, "options.weight_decay");
  to.noise = kNumber.optional(from.noise, to.noise, "options.noise");
  to.code_noise = kNumber.optional(from.code_noise, to.code_noise, "options.code_noise");
  to.clip_norm = kNumber.optional(from.clip_norm, to.clip_norm, "options.clip_norm");
  to.validation = from.validation;
  to.patience = from.patience;
  if (from.seed != 0) to.seed = from.seed;
  to.memory_limit = from.memory_limit;
  to.start_at_mean = from.fine_tune == 0;
  if (from.step_every < 0)
    throw Error(ErrorCode::kArgument, "training_start", "%lld steps", static_cast<long long>(from.step_every))
        .in("options.step_every");
  to.step_every = from.step_every;
  to.step_factor = kNumber.positive(from.step_factor, to.step_factor, "options.step_factor");
  to.final_rate = kNumber.optional(from.final_rate, to.final_rate, "options.final_rate");
  to.shuffle = from.in_order == 0;
  if (from.batch_parts < 0)
    throw Error(ErrorCode::kArgument, "training_start", "%d parts", from.batch_parts).in("options.batch_parts");
  if (from.batch_parts != 0) to.batch_parts = from.batch_parts;
}

PictureLossFiles loss_files(const betwixt_train_options& from) {
  constexpr FeatureInput kInputs[] = {FeatureInput::kImageNet, FeatureInput::kSigned, FeatureInput::kCaffe};
  const auto path = [](const char* text, const char* field) {
    return text ? text_of(text, "training_start", field) : std::string();
  };
  PictureLossFiles files;
  files.features = path(from.loss_features, "options.loss_features");
  files.heads = path(from.loss_heads, "options.loss_heads");
  files.input = kInputs[kNumber.choice(from.loss_input, BETWIXT_FEATURES_CAFFE, "options.loss_input")];
  files.weights_applied_twice = from.loss_weights_twice != 0;
  return files;
}

}  // namespace

DenoiseOptions denoise_options(const betwixt_train_options& from) {
  DenoiseOptions to;
  kNumber.choice(from.corruption, BETWIXT_CORRUPTION_WHITE, "options.corruption");
  set_numbers(from, to);
  to.corruption = from.corruption == BETWIXT_CORRUPTION_WHITE ? Corruption::kWhite : Corruption::kNormal;
  if (from.checkpoint) to.checkpoint = text_of(from.checkpoint, "training_start", "options.checkpoint");
  const double seconds = kNumber.at_least_zero(from.checkpoint_seconds, "options.checkpoint_seconds");
  if (seconds > 0) to.checkpoint_seconds = seconds;
  return to;
}

TrainChoice train_choice(const betwixt_train_options* options, const Device& device) {
  const auto from = read_struct(options, "training_start", "options");
  TrainChoice choice;
  choice.denoise = denoise_options(from);
  choice.budget_ms = kNumber.at_least_zero(from.budget_ms, "options.budget_ms");
  choice.drop_codes = from.drop_codes != 0;
  choice.listener = {from.progress, from.progress_user};
  choice.loss_text = from.loss ? text_of(from.loss, "training_start", "options.loss") : "mse";
  if (choice.loss_text != "mse") choice.denoise.loss = parse_picture_loss(device, choice.loss_text, loss_files(from));
  return choice;
}

}  // namespace betwixt::capi
