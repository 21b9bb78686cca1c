// SPDX-License-Identifier: MIT
// The denoising autoencoder of Yadlin and Botchan, "Data Interpolation in Latent Space" (models/DAE.py of their code).
#include <algorithm>
#include <cmath>

#include "betwixt/core/error.h"
#include "betwixt/methods/autoencoder/network.h"
#include "betwixt/ops/pool.h"
#include "betwixt/ops/reshape.h"
#include "betwixt/ops/unary.h"

namespace betwixt {
namespace {

constexpr ActivationOptions kRelu{Activation::kRelu, 0};
constexpr ActivationOptions kTanh{Activation::kTanh, 0};

double atanh_of_mean(double mean) { return std::atanh(std::clamp(2 * mean - 1, -0.98, 0.98)); }

void check(const AutoencoderOptions& options) {
  if (options.picture[0] != 64 || options.picture[1] != 64)
    throw Error(ErrorCode::kShape, "autoencoder", "the report's network takes 64x64 pictures, not %s",
                options.picture.text().c_str());
  if (options.base_picture)
    throw Error(ErrorCode::kUnsupported, "autoencoder", "%s", "the report's network has no base picture");
  if (options.channels % 4 != 0)
    throw Error(ErrorCode::kValue, "autoencoder", "channels %d is no multiple of 4", options.channels);
}

}  // namespace

AutoencoderModules report_network(const Parameters& parameters, const AutoencoderOptions& options) {
  check(options);
  const std::int64_t c = options.channels;
  const std::int64_t pictures = options.picture[2];
  Sequential encoder(parameters, "encoder");
  encoder.add<Conv2d>(pictures, c, ConvLayerOptions{.stride = 2, .padding = 1, .activation = kRelu});
  encoder.skip();  // PyTorch counts the ReLU
  encoder.add([](Pass&, const Tensor& x) { return max_pool(x, {.kernel = {2, 2}, .stride = {2, 2}}); });
  encoder.add<Conv2d>(c, c / 2, ConvLayerOptions{.stride = 2, .padding = 1, .activation = kRelu});
  encoder.skip();
  encoder.add([](Pass&, const Tensor& x) { return max_pool(x, {.kernel = {2, 2}, .stride = {1, 1}}); });
  encoder.add<Conv2d>(c / 2, c / 4, ConvLayerOptions{.stride = 2, .activation = kRelu});
  const Shape inner{3, 3, c / 4};
  const Dense to_code(parameters, "to_code", inner.elements(), options.code, {.flattened_input = inner});

  const Shape start{16, 16, 16};
  const Dense from_code(parameters, "from_code", options.code, start.elements(), {.flattened_output = start});
  Sequential decoder(parameters, "decoder");
  decoder.add<ConvTranspose2d>(16, 32, ConvLayerOptions{.stride = 2, .activation = kRelu});
  decoder.skip();
  decoder.add<ConvTranspose2d>(32, 64, ConvLayerOptions{.stride = 2, .activation = kRelu});
  decoder.skip();
  AutoencoderModules modules;
  modules.output_bias =
      decoder.add<ConvTranspose2d>(64, pictures, ConvLayerOptions{.kernel = 2, .padding = 2, .activation = kTanh})
          .bias();
  modules.bias_for_mean = atanh_of_mean;
  modules.encode = [=](Pass& pass, const Tensor& x) {
    const Tensor features = encoder(pass, affine(x, 2, -1));
    return to_code(pass, reshape(features, {x.shape()[0], inner.elements()}));
  };
  modules.decode = [=](Pass& pass, const Tensor& codes) {
    const Tensor features = from_code(pass, codes);
    return affine(decoder(pass, reshape(features, {codes.shape()[0], 16, 16, 16})), 0.5, 0.5);
  };
  return modules;
}

}  // namespace betwixt
