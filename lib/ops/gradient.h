// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// Reverse-mode derivatives: d loss / d wrt[i] for each i, each of the shape of wrt[i] (zeros where the loss does not
/// depend on it). The result is made of ops and can be differentiated again.
///   loss   any shape; what is differentiated is its sum, or sum(loss * seed) when `seed` (same shape) is given
/// Throws E_UNSUPPORTED, naming the op, when the path leads through one without a gradient rule.
std::vector<Tensor> gradient(const Tensor& loss, std::span<const Tensor> wrt, const Tensor& seed = {});
inline std::vector<Tensor> gradient(const Tensor& loss, const std::vector<Tensor>& wrt, const Tensor& seed = {}) {
  return gradient(loss, std::span<const Tensor>(wrt), seed);
}

/// The same value; no gradient flows back through it.
Tensor stop_gradient(const Tensor& x);

/// The exact directional derivative d y(x + t * direction) / dt at t = 0, of the shape of y: the forward mode, made
/// from the reverse rules (the reverse sweep is linear in its seed; differentiating it by the seed gives this, and the
/// sweep itself is dropped as dead code). `direction` has the shape of x.
Tensor tangent(const Tensor& y, const Tensor& x, const Tensor& direction);

/// `forward` with a gradient of the caller's own: when the gradient g flows into the result, `rule(inputs, result, g)`
/// gives the gradients of `inputs`, one each, undefined for zero. `forward` should depend on the inputs only.
using GradientRule =
    std::function<std::vector<Tensor>(std::span<const Tensor> inputs, const Tensor& result, const Tensor& gradient)>;
Tensor custom_gradient(const Tensor& forward, std::vector<Tensor> inputs, GradientRule rule);

}  // namespace betwixt
