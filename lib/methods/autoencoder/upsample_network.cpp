// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "betwixt/core/error.h"
#include "betwixt/methods/autoencoder/network.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/resize.h"
#include "betwixt/ops/unary.h"

namespace betwixt {
namespace {

constexpr ActivationOptions kLeaky{Activation::kLeakyRelu, 0.2f};
constexpr ActivationOptions kLinear{Activation::kNone, 0};
constexpr ActivationOptions kSigmoid{Activation::kSigmoid, 0};

/// Picture sizes from the input down to the last feature map: halved, rounding up, until a side reaches 4.
struct Sizes {
  std::vector<std::int64_t> height;
  std::vector<std::int64_t> width;

  explicit Sizes(const Shape& picture) : height{picture[0]}, width{picture[1]} {
    while (std::min(height.back(), width.back()) > 4 && height.size() < 8) {
      height.push_back((height.back() + 1) / 2);
      width.push_back((width.back() + 1) / 2);
    }
  }
  int levels() const { return static_cast<int>(height.size()) - 1; }
};

std::int64_t channels_at(const AutoencoderOptions& options, int steps_from_code) {
  return std::max<std::int64_t>(std::int64_t{4} * options.channels >> steps_from_code, 8);
}

/// Doubles the picture inside the convolution where the target is exactly twice the size; otherwise (odd sizes) it is
/// resized first.
Module up_convolution(Parameters parameters, const std::string& name, std::int64_t in, std::int64_t out,
                      std::int64_t height, std::int64_t width, bool exact, ConvLayerOptions options, int* bias) {
  options.upsample = exact ? 2 : 1;
  const Conv2d convolution(std::move(parameters), name, in, out, options);
  if (bias) *bias = convolution.bias();
  return [=](Pass& pass, const Tensor& x) { return convolution(pass, exact ? x : resize_nearest(x, height, width)); };
}

/// What the decoder draws is added to it before the sigmoid. [h, w, c]; saved as
/// PyTorch would, [c, h, w].
int add_base(Parameters& parameters, const Shape& picture) {
  ParameterSpec base;
  base.name = "base";
  base.shape = picture;
  base.initializer = Initializer::zeros();
  base.flattened_output = picture;
  return parameters.add(std::move(base));
}

double logit(double mean) {
  const double inside = std::clamp(mean, 0.01, 0.99);
  return std::log(inside / (1 - inside));
}

}  // namespace

AutoencoderModules upsample_network(Parameters parameters, const AutoencoderOptions& options) {
  const Sizes sizes(options.picture);
  const int levels = sizes.levels();
  if (levels < 1)
    throw Error(ErrorCode::kShape, "autoencoder", "pictures of %s are too small", options.picture.text().c_str());
  Sequential encoder(parameters, "encoder");
  std::int64_t channels = options.picture[2];
  for (int i = 0; i < levels; ++i) {
    const std::int64_t next = channels_at(options, levels - 1 - i);
    encoder.add<Conv2d>(channels, next, ConvLayerOptions{.stride = 2, .padding = 1, .activation = kLeaky}).weight();
    encoder.skip();
    channels = next;
  }
  const Shape inner{sizes.height[static_cast<std::size_t>(levels)], sizes.width[static_cast<std::size_t>(levels)],
                    channels};
  const Dense to_code(parameters, "to_code", inner.elements(), options.code, {.flattened_input = inner});
  const Dense from_code(parameters, "from_code", options.code, inner.elements(),
                        {.activation = kLeaky, .flattened_output = inner});
  AutoencoderModules modules;
  Sequential decoder(parameters, "decoder");
  for (int i = levels - 1; i >= 0; --i) {
    const auto at = static_cast<std::size_t>(i);
    const bool last = i == 0;
    const std::int64_t next = last ? options.picture[2] : channels_at(options, levels - i);
    const bool exact = sizes.height[at] == 2 * sizes.height[at + 1] && sizes.width[at] == 2 * sizes.width[at + 1];
    // PyTorch's numbering: upsample, convolution, activation are three modules.
    const std::string name = "decoder." + std::to_string(3 * (levels - 1 - i) + 1);
    decoder.add(
        up_convolution(parameters, name, channels, next, sizes.height[at], sizes.width[at], exact,
                       {.padding = 1, .activation = last ? (options.base_picture ? kLinear : kSigmoid) : kLeaky},
                       last ? &modules.output_bias : nullptr));
    channels = next;
  }
  if (options.base_picture) modules.base = add_base(parameters, options.picture);
  modules.bias_for_mean = logit;
  modules.encode = [=](Pass& pass, const Tensor& pictures) {
    const Tensor features = encoder(pass, pictures);
    return to_code(pass, reshape(features, {features.shape()[0], inner.elements()}));
  };
  modules.decode = [=, base = modules.base](Pass& pass, const Tensor& codes) {
    const Tensor features = from_code(pass, codes);
    const Tensor drawn = decoder(pass, reshape(features, {codes.shape()[0], inner[0], inner[1], inner[2]}));
    return base < 0 ? drawn : sigmoid(drawn + pass.parameter(parameters, base));
  };
  return modules;
}

}  // namespace betwixt
