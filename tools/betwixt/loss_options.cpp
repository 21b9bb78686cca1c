// SPDX-License-Identifier: MIT
#include "loss_options.h"

#include "CLI/CLI.hpp"
#include "betwixt/core/error.h"

namespace betwixt::cli {
namespace {

/// Set by --report-quirks: pictures in [-1, 1] without normalisation, weights applied twice.
void take_quirks(LossArguments& a) {
  a.input = "signed";
  a.files.weights_applied_twice = true;
}

}  // namespace

void add_loss_options(CLI::App& command, LossArguments& a) {
  command
      .add_option("--loss", a.loss,
                  "mse, bce, l1, ssim, perceptual[:LAYER], lpips, randfeat, or a mixture: 0.8*mse+0.2*ssim")
      ->capture_default_str();
  command.add_option(
      "--features", a.files.features,
      "Weights of VGG-16 or SqueezeNet 1.1 with torchvision's names (.safetensors), for perceptual, lpips");
  command.add_option("--features-input", a.input, "How those want pictures; caffe: DeepScale's SqueezeNet")
      ->capture_default_str()
      ->check(CLI::IsMember({"imagenet", "signed", "caffe"}));
  command.add_option("--lpips-heads", a.files.heads, "Heads of LPIPS (.safetensors)");
  command.add_flag_callback(
      "--report-quirks", [&a] { take_quirks(a); },
      "Perceptual loss as in the report's code: input not normalised, weights applied twice");
}

FeatureInput feature_input(const std::string& name) {
  if (name == "imagenet") return FeatureInput::kImageNet;
  if (name == "signed") return FeatureInput::kSigned;
  if (name == "caffe") return FeatureInput::kCaffe;
  throw Error(ErrorCode::kArgument, "loss", "input \"%.32s\": imagenet, signed or caffe", name.c_str());
}

PictureLoss open_loss(const Device& device, LossArguments a) {
  if (a.loss == "mse") return {};
  a.files.input = feature_input(a.input);
  return parse_picture_loss(device, a.loss, a.files);
}

}  // namespace betwixt::cli
