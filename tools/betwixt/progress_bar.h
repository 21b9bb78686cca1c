// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "betwixt/train/fit.h"

namespace betwixt::cli {

/// One line that is redrawn while training: bar, steps, loss, rate, time left. Silent when standard error is no
/// terminal. Warnings are printed once in any case.
class ProgressBar {
 public:
  ProgressBar();
  void show(const Progress& progress);
  void finish();

 private:
  bool terminal_;
  bool drawn_ = false;
  std::string warned_;
};

}  // namespace betwixt::cli
