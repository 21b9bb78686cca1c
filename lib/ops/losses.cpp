// SPDX-License-Identifier: MIT
#include "betwixt/ops/losses.h"

#include <cmath>

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/conv2d.h"
#include "betwixt/ops/detail/fused_reference.h"
#include "betwixt/ops/detail/norm_block.h"
#include "betwixt/ops/detail/reduce_gpu.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/unary.h"
#include "betwixt/tensor/cpu_kernel.h"
#include "betwixt/tensor/op.h"

namespace betwixt {

BETWIXT_CPU_KERNEL(mse_loss_cpu)
BETWIXT_CPU_KERNEL(mse_loss_grad_cpu)
void mse_loss_gpu(GpuCall& call);
void mse_loss_grad_gpu(GpuCall& call);
void mse_loss_grad_activation_gpu(GpuCall& call);

namespace {

void check_pair(const char* name, const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.shape().elements() == 0)
    throw Error(ErrorCode::kShape, name, "%s against %s", a.shape().text().c_str(), b.shape().text().c_str());
  if (a.dtype() != b.dtype() || (a.dtype() != DType::kF32 && a.dtype() != DType::kF64))
    throw Error(ErrorCode::kDtype, name, "%s against %s", dtype_name(a.dtype()), dtype_name(b.dtype()));
}

std::vector<TensorType> mse_loss_shape(const Node& node) {
  check_pair("mse_loss", node.inputs[0], node.inputs[1]);
  return {{Shape{}, node.input_type(0).dtype}};
}

/// (prediction, target, gradient of the loss) -> gradient of the prediction.
std::vector<TensorType> mse_loss_grad_shape(const Node& node) {
  check_pair("mse_loss_grad", node.inputs[0], node.inputs[1]);
  if (node.input_type(2) != TensorType{Shape{}, node.input_type(0).dtype})
    throw Error(ErrorCode::kShape, "mse_loss_grad", "the loss's gradient is %s", node.input_shape(2).text().c_str());
  return {node.input_type(0)};
}

std::size_t mse_loss_scratch(const Node& node, int) {
  return sizeof(double) * static_cast<std::size_t>((node.input_shape(0).elements() + kNormBlock - 1) / kNormBlock);
}

std::uint32_t either_picture(const Node&, int) { return 3; }

/// d loss / d (prediction - target), per unit of the difference.
double mse_scale(const Node& node) { return 2.0 / static_cast<double>(node.input_shape(0).elements()); }

std::vector<Tensor> mse_loss_grad_gradient(const GradientCall& call) {
  const Tensor& g = call.output_gradient();
  const double scale = mse_scale(call.node);
  const Tensor through = g * (call.input(2) * scale);
  return {through, call.needs(1) ? neg(through) : Tensor(),
          call.needs(2) ? sum(g * (call.input(0) - call.input(1))) * scale : Tensor()};
}

const Op mse_loss_grad_op{.name = "mse_loss_grad",
                          .shape = mse_loss_grad_shape,
                          .cpu = mse_loss_grad_cpu,
                          .gpu = mse_loss_grad_gpu,
                          .half = HalfOperands::pictures(3),
                          .gradient = mse_loss_grad_gradient,
                          .in_place = either_picture};

void mse_loss_grad_activation_reference(const CpuCall& call) {
  const auto& activation = call.options<ActivationOptions>();
  const float scale = static_cast<float>(mse_scale(call.node)) * *call.in<float>(2);
  for (std::int64_t i = 0; i < call.out_shape().elements(); ++i) {
    const float y = call.in<float>(0)[i];
    call.out<float>()[i] = (y - call.in<float>(1)[i]) * scale * detail::slope_at(activation, y);
  }
}

/// Times the derivative of the activation that made the prediction. Made by fusion only, so it needs no gradient.
const Op mse_loss_grad_activation_op{.name = "mse_loss_grad_activation",
                                     .shape = mse_loss_grad_shape,
                                     .cpu = {{&mse_loss_grad_activation_reference}},
                                     .plain_cpu = true,
                                     .gpu = mse_loss_grad_activation_gpu,
                                     .half = HalfOperands::pictures(3),
                                     .in_place = either_picture};

std::vector<Tensor> mse_loss_gradient(const GradientCall& call) {
  const Tensor g = apply(mse_loss_grad_op, {call.input(0), call.input(1), call.output_gradient()});
  return {g, call.needs(1) ? neg(g) : Tensor()};
}

const Op mse_loss_op{.name = "mse_loss",
                     .shape = mse_loss_shape,
                     .cpu = mse_loss_cpu,
                     .cpu_scratch = mse_loss_scratch,
                     .gpu = mse_loss_gpu,
                     .gpu_scratch = whole_tensor_gpu_scratch,
                     .half = HalfOperands::sums(3),
                     .gradient = mse_loss_gradient};

/// The mean over the first axis of sums over the others.
Tensor batch_mean(const char* name, const Tensor& x) {
  if (x.shape().rank() == 0) throw Error(ErrorCode::kShape, name, "the inputs have no batch axis");
  return sum(x) * (1.0 / static_cast<double>(x.shape()[0]));
}

/// Weights of a Gaussian window along one axis, once per channel: [size, 1, 1, c] or [1, size, 1, c].
Tensor gaussian_window(const SsimOptions& options, std::int64_t channels, bool vertical, DType dtype) {
  std::vector<double> line;
  const int middle = options.window / 2;
  double total = 0;
  for (int i = 0; i < options.window; ++i) {
    const double d = (i - middle) / options.sigma;
    line.push_back(std::exp(-0.5 * d * d));
    total += line.back();
  }
  std::vector<double> weights;
  for (const double w : line) weights.insert(weights.end(), static_cast<std::size_t>(channels), w / total);
  return constant(weights, vertical ? Shape{options.window, 1, 1, channels} : Shape{1, options.window, 1, channels},
                  dtype);
}

void check_ssim(const Tensor& x, const Tensor& y, const SsimOptions& options) {
  check_pair("ssim", x, y);
  if (options.window < 1 || options.window % 2 == 0 || !(options.sigma > 0) || !(options.range > 0))
    throw Error(ErrorCode::kArgument, "ssim", "window %d, sigma %g, range %g", options.window, options.sigma,
                options.range);
  if (x.shape().rank() != 4 || x.shape()[1] < options.window || x.shape()[2] < options.window)
    throw Error(ErrorCode::kShape, "ssim", "pictures %s for a window of %d", x.shape().text().c_str(), options.window);
}

}  // namespace

std::vector<Tensor> detail::mse_loss_grad_with_slope(const Node& activation_grad, const Node& producer) {
  if (producer.op != &mse_loss_grad_op || &activation_grad.inputs[0].node() != &producer) return {};
  if (activation_grad.inputs[1] != producer.inputs[0]) return {};
  return {apply(mse_loss_grad_activation_op, producer.inputs, activation_grad.options<ActivationOptions>())};
}

Tensor mse_loss(const Tensor& prediction, const Tensor& target) { return apply(mse_loss_op, {prediction, target}); }

Tensor l1_loss(const Tensor& prediction, const Tensor& target) {
  check_pair("l1_loss", prediction, target);
  return mean(abs(prediction - target));
}

Tensor huber_loss(const Tensor& prediction, const Tensor& target, double delta) {
  check_pair("huber_loss", prediction, target);
  if (!(delta > 0)) throw Error(ErrorCode::kValue, "huber_loss", "delta %g is not above 0", delta);
  const Tensor distance = abs(prediction - target);
  const Tensor inner = clamp(distance, 0, delta);
  return mean(inner * (distance - inner * 0.5));
}

Tensor bce_with_logits_loss(const Tensor& logits, const Tensor& target) {
  check_pair("bce_with_logits_loss", logits, target);
  return mean(softplus(logits) - logits * target);
}

Tensor bce_loss(const Tensor& probability, const Tensor& target) {
  check_pair("bce_loss", probability, target);
  constexpr double kMargin = 1e-7;
  const Tensor p = clamp(probability, kMargin, 1 - kMargin);
  return neg(mean(target * log(p) + (1.0 - target) * log(1.0 - p)));
}

Tensor kl_gaussian(const Tensor& mean1, const Tensor& log_variance1, const Tensor& mean2, const Tensor& log_variance2) {
  check_pair("kl_gaussian", mean1, log_variance1);
  check_pair("kl_gaussian", mean1, mean2);
  check_pair("kl_gaussian", mean1, log_variance2);
  const Tensor difference = log_variance1 - log_variance2;
  const Tensor distance = square(mean1 - mean2) * exp(neg(log_variance2));
  return batch_mean("kl_gaussian", exp(difference) + distance - difference - 1.0) * 0.5;
}

Tensor kl_standard(const Tensor& mean, const Tensor& log_variance) {
  check_pair("kl_standard", mean, log_variance);
  return batch_mean("kl_standard", exp(log_variance) + square(mean) - log_variance - 1.0) * 0.5;
}

Tensor ssim(const Tensor& x, const Tensor& y, const SsimOptions& options) {
  check_ssim(x, y, options);
  const std::int64_t channels = x.shape()[3];
  const Tensor down = gaussian_window(options, channels, true, x.dtype());
  const Tensor across = gaussian_window(options, channels, false, x.dtype());
  Conv2dOptions each;
  each.groups = static_cast<int>(channels);
  const auto local_mean = [&](const Tensor& t) { return conv2d(conv2d(t, down, {}, each), across, {}, each); };
  const double c1 = 0.01 * 0.01 * options.range * options.range;
  const double c2 = 0.03 * 0.03 * options.range * options.range;
  const Tensor mean_x = local_mean(x);
  const Tensor mean_y = local_mean(y);
  const Tensor xx = square(mean_x);
  const Tensor yy = square(mean_y);
  const Tensor xy = mean_x * mean_y;
  const Tensor covariance = local_mean(x * y) - xy;
  // The sum of both variances is all that is needed: one blur less.
  const Tensor variances = local_mean(square(x) + square(y)) - xx - yy;
  return mean((xy * 2.0 + c1) * (covariance * 2.0 + c2) / ((xx + yy + c1) * (variances + c2)));
}

Tensor ssim_loss(const Tensor& x, const Tensor& y, const SsimOptions& options) { return 1.0 - ssim(x, y, options); }

}  // namespace betwixt
