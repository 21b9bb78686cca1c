// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/tensor/tensor.h"

namespace betwixt {

// Losses: one number (rank 0) from two tensors of one shape and float type, differentiable in both any number of times.
// Unless said otherwise the mean over all elements. E_SHAPE when the shapes differ or are empty.

/// Mean of (prediction - target)^2, in one pass.
Tensor mse_loss(const Tensor& prediction, const Tensor& target);

/// Mean of |prediction - target|; gradient 0 where both are equal.
Tensor l1_loss(const Tensor& prediction, const Tensor& target);

/// Mean of Huber's function of d = prediction - target: d^2 / 2 for |d| <= delta, else delta (|d| - delta / 2).
/// E_VALUE for delta <= 0.
Tensor huber_loss(const Tensor& prediction, const Tensor& target, double delta = 1.0);

/// Mean binary cross-entropy of sigmoid(logits) with target in [0, 1], without overflow for any logit.
Tensor bce_with_logits_loss(const Tensor& logits, const Tensor& target);

/// Mean binary cross-entropy of a probability; limited to [1e-7, 1 - 1e-7] (no gradient outside).
Tensor bce_loss(const Tensor& probability, const Tensor& target);

/// KL(N(mean1, exp(log_variance1)) || N(mean2, exp(log_variance2))) of diagonal Gaussians: summed over all axes but the
/// first, mean over the first (the batch). All four of one shape [n, ...].
Tensor kl_gaussian(const Tensor& mean1, const Tensor& log_variance1, const Tensor& mean2, const Tensor& log_variance2);

/// kl_gaussian against N(0, 1).
Tensor kl_standard(const Tensor& mean, const Tensor& log_variance);

/// The window and the range of structural similarity.
struct SsimOptions {
  double range = 1;    ///< difference between the largest and smallest possible value: 1 for [0, 1], 2 for [-1, 1]
  int window = 11;     ///< odd size of the Gaussian window in pixels
  double sigma = 1.5;  ///< of the window, pixels
};

/// Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004) of pictures [n,h,w,c]: mean over all windows that lie
/// inside the picture, all channels and pictures; 1 for equal pictures. K1 = 0.01, K2 = 0.03, biased variances.
/// E_SHAPE when a picture is smaller than the window.
Tensor ssim(const Tensor& x, const Tensor& y, const SsimOptions& options = {});
/// 1 - ssim.
Tensor ssim_loss(const Tensor& x, const Tensor& y, const SsimOptions& options = {});

}  // namespace betwixt
