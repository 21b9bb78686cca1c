// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/methods/autoencoder/autoencoder.h"

namespace betwixt {

/// The two halves of an autoencoder as modules over pictures in [0, 1], and where its output bias is.
struct AutoencoderModules {
  Module encode;         ///< pictures [n, h, w, c] to codes [n, code]
  Module decode;         ///< codes [n, code] to pictures [n, h, w, c]
  int output_bias = -1;  ///< parameter index of the last layer's bias
  int base = -1;         ///< of the base picture; -1 without one
  /// Output bias that makes a blank last layer give `mean`.
  double (*bias_for_mean)(double mean) = nullptr;
};

AutoencoderModules upsample_network(Parameters parameters, const AutoencoderOptions& options);
AutoencoderModules report_network(const Parameters& parameters, const AutoencoderOptions& options);

}  // namespace betwixt
