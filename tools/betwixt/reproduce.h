// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "betwixt/device/device_by_name.h"
#include "betwixt/io/json.h"
#include "loss_options.h"

namespace betwixt::cli {

/// Settings of a reproduction; every finished run is kept in `output`, so that a stopped one goes on.
struct ReproduceArguments {
  std::string output;
  std::string device = "cpu";
  std::string pictures;  ///< of the sweeps
  std::string features;  ///< trunk for the feature distance
  std::string note;
  std::vector<int> latents = {2, 3};
  int seeds = 5;
  int first_seed = 1;
  int epochs = 60;
  int batch = 8;
  int channels = 64;
  int steps = 800;  ///< of the sweeps
  int sweep = 20;
  int threads = 0;
  int stride = 1;  ///< of the arm's grid: 2 takes every second row and column, a set a quarter as large
  double learning_rate = 1e-2;
  /// Of the sweeps: a share of SSIM for the texture that squared error alone leaves blurred, and a base picture for
  /// what stands still.
  LossArguments loss = {.loss = "mse+0.3*ssim", .files = {}};
  bool base_picture = true;
  int code = 8;
};

/// What one run left in `output`, or nothing: E_MISMATCH when it was made with other settings.
bool find_run(const ReproduceArguments& a, const std::string& name, const std::string& settings, JsonValue* run);
void keep_run(const ReproduceArguments& a, const std::string& name, const std::string& settings, JsonValue run);
void keep_text(const ReproduceArguments& a, const std::string& name, const std::string& text);

/// Yadlin and Botchan's experiment on a synthetic arm. False when it was stopped.
bool reproduce_surf(const ReproduceArguments& a, const Device& device);
/// Every second frame of real sweeps learned, those in between recovered.
bool reproduce_sweeps(const ReproduceArguments& a, const Device& device);

}  // namespace betwixt::cli
