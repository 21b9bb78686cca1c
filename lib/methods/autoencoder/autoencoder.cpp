// SPDX-License-Identifier: MIT
#include "betwixt/methods/autoencoder/autoencoder.h"

#include <algorithm>
#include <cstring>

#include "betwixt/core/error.h"
#include "betwixt/methods/autoencoder/network.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/unary.h"

namespace betwixt {
namespace {

constexpr std::int64_t kBatch = 16;

/// A program for one batch size with its input.
struct Half {
  State input;
  Program program;
};

}  // namespace

struct Autoencoder::Model {
  Device device;
  AutoencoderOptions options;
  Parameters parameters;
  AutoencoderModules modules;
  Half encoders[2];  ///< batch kBatch, batch 1
  Half decoders[2];

  Half& encoder(bool single);
  Half& decoder(bool single);
  Shape batched(bool single) const {
    const Shape& p = options.picture;
    return {single ? 1 : kBatch, p[0], p[1], p[2]};
  }
};

namespace {

void check(const AutoencoderOptions& options) {
  const Shape& p = options.picture;
  if (p.rank() != 3 || p.elements() == 0 || p[2] > 4)
    throw Error(ErrorCode::kShape, "autoencoder", "pictures of %s", p.text().c_str());
  if (options.code < 1 || options.code > 4096)
    throw Error(ErrorCode::kValue, "autoencoder", "a code of %d dimensions", options.code);
  if (options.channels < 1 || options.channels > 1024)
    throw Error(ErrorCode::kValue, "autoencoder", "%d channels", options.channels);
}

/// Calls body(first, n, single) for runs of up to kBatch rows.
template <class Body>
void in_batches(std::int64_t count, const Body& body) {
  for (std::int64_t first = 0; first < count;) {
    const bool single = count - first == 1;
    const std::int64_t n = single ? 1 : std::min(kBatch, count - first);
    body(first, n, single);
    first += n;
  }
}

}  // namespace

Autoencoder::Autoencoder(const Device& device, const AutoencoderOptions& options) : model_(std::make_shared<Model>()) {
  check(options);
  model_->device = device;
  model_->options = options;
  model_->parameters = Parameters(device, "autoencoder", options.seed);
  model_->modules = options.network == AutoencoderNetwork::kReport ? report_network(model_->parameters, options)
                                                                   : upsample_network(model_->parameters, options);
}

const AutoencoderOptions& Autoencoder::options() const { return model_->options; }
const Device& Autoencoder::device() const { return model_->device; }
const Parameters& Autoencoder::parameters() const { return model_->parameters; }

Tensor Autoencoder::encode(Pass& pass, const Tensor& pictures) const { return model_->modules.encode(pass, pictures); }
Tensor Autoencoder::decode(Pass& pass, const Tensor& codes) const { return model_->modules.decode(pass, codes); }

Half& Autoencoder::Model::encoder(bool single) {
  Half& half = encoders[single];
  if (half.input.defined()) return half;
  const State input(device, "encode.input", {batched(single), DType::kU8});
  Pass pass;
  Program program(device, {modules.encode(pass, affine(cast(read(input), DType::kF32), 1.0 / 255, 0))});
  half = {input, std::move(program)};
  return half;
}

Half& Autoencoder::Model::decoder(bool single) {
  Half& half = decoders[single];
  if (half.input.defined()) return half;
  const State input(device, "decode.input", {{single ? 1 : kBatch, options.code}, DType::kF32});
  Pass pass;
  const Tensor pictures = modules.decode(pass, read(input));
  Program program(device, {cast(clamp(pictures, 0, 1) * 255.0, DType::kU8)});
  half = {input, std::move(program)};
  return half;
}

Codes Autoencoder::encode(const Images& pictures) const {
  const Shape& p = model_->options.picture;
  if (pictures.height != p[0] || pictures.width != p[1] || pictures.channels != p[2])
    throw Error(ErrorCode::kShape, "autoencoder", "the model takes pictures of %s, not [%d, %d, %d]", p.text().c_str(),
                pictures.height, pictures.width, pictures.channels);
  const auto width = static_cast<std::size_t>(model_->options.code);
  Codes codes(pictures.count, model_->options.code);
  std::vector<std::uint8_t> staged;
  in_batches(pictures.count, [&](std::int64_t first, std::int64_t n, bool single) {
    Half& half = model_->encoder(single);
    staged.assign(half.input.type().bytes(), 0);
    std::memcpy(staged.data(), pictures.picture(first).data(), static_cast<std::size_t>(n) * pictures.picture_bytes());
    half.input.write(staged);
    half.program.run();
    const std::vector<float> values = half.program.values<float>();
    std::copy_n(values.begin(), static_cast<std::size_t>(n) * width,
                codes.values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(first) * width));
  });
  return codes;
}

Images Autoencoder::decode(const Codes& codes) const {
  if (codes.dimensions != model_->options.code)
    throw Error(ErrorCode::kShape, "autoencoder", "the model's codes have %d dimensions, not %d", model_->options.code,
                codes.dimensions);
  codes.check("autoencoder");
  const Shape& p = model_->options.picture;
  Images pictures(codes.count, static_cast<int>(p[0]), static_cast<int>(p[1]), static_cast<int>(p[2]));
  std::vector<float> staged;
  in_batches(codes.count, [&](std::int64_t first, std::int64_t n, bool single) {
    Half& half = model_->decoder(single);
    staged.assign(static_cast<std::size_t>(half.input.type().shape.elements()), 0.0f);
    std::copy_n(codes.row(first).data(), n * codes.dimensions, staged.begin());
    half.input.write(staged);
    half.program.run();
    const std::vector<std::uint8_t> bytes = half.program.values<std::uint8_t>();
    std::memcpy(pictures.picture(first).data(), bytes.data(), static_cast<std::size_t>(n) * pictures.picture_bytes());
  });
  return pictures;
}

void Autoencoder::start_at(const std::vector<double>& channel_means) const {
  if (channel_means.size() != static_cast<std::size_t>(model_->options.picture[2]))
    throw Error(ErrorCode::kShape, "autoencoder", "%zu channel means for %s", channel_means.size(),
                model_->options.picture.text().c_str());
  std::vector<float> bias;
  for (const double mean : channel_means) bias.push_back(static_cast<float>(model_->modules.bias_for_mean(mean)));
  model_->parameters.write(model_->modules.output_bias, bias);
}

void Autoencoder::start_at(const Images& base) const {
  const Shape& p = model_->options.picture;
  if (model_->modules.base < 0) throw Error(ErrorCode::kArgument, "autoencoder", "%s", "the model has no base picture");
  if (base.count != 1 || base.height != p[0] || base.width != p[1] || base.channels != p[2])
    throw Error(ErrorCode::kShape, "autoencoder", "the model's base is one picture of %s", p.text().c_str());
  std::vector<float> start;
  for (const std::uint8_t value : base.pixels)
    start.push_back(static_cast<float>(model_->modules.bias_for_mean(value / 255.0)));
  model_->parameters.write(model_->modules.base, start);
  model_->parameters.write(model_->modules.output_bias, std::vector<float>(static_cast<std::size_t>(p[2]), 0.0f));
}

}  // namespace betwixt
