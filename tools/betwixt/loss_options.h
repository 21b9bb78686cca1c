// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "betwixt/nn/picture_loss.h"

namespace CLI {
class App;
}

namespace betwixt::cli {

/// What is minimised, as options of a command.
struct LossArguments {
  std::string loss = "mse";
  std::string input = "imagenet";
  PictureLossFiles files;
};

/// Adds --loss, --features, --features-input, --lpips-heads and --report-quirks. `a` must outlive the parsing.
void add_loss_options(CLI::App& command, LossArguments& a);
/// Empty for plain "mse".
PictureLoss open_loss(const Device& device, LossArguments a);
/// E_ARGUMENT for a name that --features-input does not take.
FeatureInput feature_input(const std::string& name);

}  // namespace betwixt::cli
