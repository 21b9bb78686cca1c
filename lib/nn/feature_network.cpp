// SPDX-License-Identifier: MIT
#include "betwixt/nn/feature_network.h"

#include <algorithm>
#include <cmath>

#include "betwixt/core/error.h"
#include "betwixt/nn/weights_file.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/concat.h"
#include "betwixt/ops/conv2d.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/norm.h"
#include "betwixt/ops/pool.h"
#include "betwixt/ops/random.h"
#include "betwixt/ops/resize.h"
#include "betwixt/ops/slice.h"
#include "betwixt/ops/unary.h"
#include "betwixt/tensor/program.h"

namespace betwixt {
namespace {

constexpr ActivationOptions kRelu{Activation::kRelu, 0};
/// Channels of VGG-16's convolutions; 0 is a max pool (configuration D).
constexpr int kVgg[] = {64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512};
constexpr std::int64_t kRandomChannels[] = {32, 32, 64, 64, 128, 128};

/// Three planes of colour, whatever the picture has.
Tensor to_rgb(const Tensor& x) {
  const std::int64_t channels = x.shape()[3];
  const bool alpha = channels == 2 || channels == 4;
  // Colours are premultiplied: what alpha leaves open is filled up with mid grey.
  Tensor colour = alpha ? slice(x, 3, 0, channels - 1) + (1.0 - slice(x, 3, channels - 1, 1)) * 0.5 : x;
  if (colour.shape()[3] == 1) colour = concat({colour, colour, colour}, 3);
  if (colour.shape()[3] != 3)
    throw Error(ErrorCode::kShape, "features", "pictures of %s have neither 1 nor 3 colours", x.shape().text().c_str());
  return colour;
}

Tensor scaled(const Tensor& x, const std::vector<double>& minus, std::vector<double> over) {
  for (double& value : over) value = 1 / value;
  return (x - constant(minus, {3}, x.dtype())) * constant(over, {3}, x.dtype());
}

Tensor to_input(const Tensor& pictures, FeatureInput input) {
  const Tensor x = to_rgb(pictures);
  switch (input) {
    case FeatureInput::kImageNet:
      return scaled(x, {0.485, 0.456, 0.406}, {0.229, 0.224, 0.225});
    case FeatureInput::kLpips:
      return scaled(affine(x, 2, -1), {-0.030, -0.088, -0.188}, {0.458, 0.448, 0.450});
    case FeatureInput::kSigned:
      break;
    case FeatureInput::kCaffe:
      return scaled(flip(x, 3) * 255.0, {104, 117, 123}, {1, 1, 1});
  }
  return affine(x, 2, -1);
}

Module max_pooling(int kernel, bool ceil) {
  return [=](Pass&, const Tensor& x) {
    return max_pool(x, {.kernel = {kernel, kernel}, .stride = {2, 2}, .ceil_mode = ceil});
  };
}

std::string layer_name(int number) { return "features." + std::to_string(number); }

/// Squeeze, then two expansions side by side.
Module fire(const Parameters& parameters, int number, std::int64_t in, std::int64_t squeezed, std::int64_t expanded) {
  const std::string name = layer_name(number);
  const Conv2d squeeze(parameters, name + ".squeeze", in, squeezed, {.kernel = 1, .activation = kRelu});
  const Conv2d one(parameters, name + ".expand1x1", squeezed, expanded, {.kernel = 1, .activation = kRelu});
  const Conv2d three(parameters, name + ".expand3x3", squeezed, expanded, {.padding = 1, .activation = kRelu});
  return [=](Pass& pass, const Tensor& x) {
    const Tensor inner = squeeze(pass, x);
    return concat({one(pass, inner), three(pass, inner)}, 3);
  };
}

std::vector<std::string> usual_taps(FeatureTrunk trunk) {
  switch (trunk) {
    case FeatureTrunk::kVgg16:
      return {"relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3"};
    case FeatureTrunk::kSqueezeNet11:
      return {"1", "4", "7", "9", "10", "11", "12"};
    case FeatureTrunk::kRandom:
      break;
  }
  return {"1", "3", "5"};
}

/// Layer of "reluB_I" in VGG-16, or -1.
int vgg_layer(const std::string& name) {
  if (name.size() != 7 || name.compare(0, 4, "relu") != 0 || name[5] != '_') return -1;
  const int block = name[4] - '0', wanted = name[6] - '0';
  int at_block = 1, at = 0, layer = 0;
  for (const int channels : kVgg) {
    if (channels == 0) {
      at_block += 1;
      at = 0;
      layer += 1;
      continue;
    }
    if (at_block == block && ++at == wanted) return layer + 1;
    layer += 2;
  }
  return -1;
}

Error no_such_layer(const std::string& name) {
  return Error(ErrorCode::kValue, "features", "there is no layer \"%.64s\" to look at", name.c_str());
}

FeatureTrunk trunk_of(const SafetensorsFile& file, const std::string& path) {
  if (file.contains("features.3.squeeze.weight")) return FeatureTrunk::kSqueezeNet11;
  if (file.contains("features.0.weight") && file.contains("features.2.weight")) return FeatureTrunk::kVgg16;
  throw Error(ErrorCode::kMismatch, "features", "%.128s holds neither VGG-16 nor SqueezeNet 1.1 by torchvision's names",
              path.c_str());
}

}  // namespace

int feature_layer(FeatureTrunk trunk, const std::string& name) {
  if (trunk == FeatureTrunk::kVgg16)
    if (const int layer = vgg_layer(name); layer >= 0) return layer;
  const std::string digits = name.compare(0, 9, "features.") == 0 ? name.substr(9) : name;
  if (digits.empty() || digits.size() > 2 || digits.find_first_not_of("0123456789") != std::string::npos)
    throw no_such_layer(name);
  return std::stoi(digits);
}

void FeatureNetwork::choose_taps(const std::vector<std::string>& names) {
  for (const std::string& name : names.empty() ? usual_taps(trunk_) : names)
    taps_.push_back(feature_layer(trunk_, name));
  std::sort(taps_.begin(), taps_.end());
  taps_.erase(std::unique(taps_.begin(), taps_.end()), taps_.end());
}

void FeatureNetwork::add_vgg() {
  int layer = 0;
  std::int64_t in = 3;
  for (const int out : kVgg) {
    if (layer > taps_.back()) break;
    if (out == 0) {
      stages_.push_back({layer++, in, max_pooling(2, false)});
      continue;
    }
    const Conv2d convolution(parameters_, layer_name(layer), in, out, {.padding = 1, .activation = kRelu});
    stages_.push_back({layer + 1, out, [=](Pass& pass, const Tensor& x) { return convolution(pass, x); }});
    in = out;
    layer += 2;
  }
}

void FeatureNetwork::add_squeezenet() {
  const Conv2d first(parameters_, layer_name(0), 3, 64, {.stride = 2, .activation = kRelu});
  stages_.push_back({1, 64, [=](Pass& pass, const Tensor& x) { return first(pass, x); }});
  struct Fire {
    int number;
    std::int64_t in, squeezed, expanded;
    bool pool_before;
  };
  for (const Fire& f : {Fire{3, 64, 16, 64, true},
                        {4, 128, 16, 64, false},
                        {6, 128, 32, 128, true},
                        {7, 256, 32, 128, false},
                        {9, 256, 48, 192, true},
                        {10, 384, 48, 192, false},
                        {11, 384, 64, 256, false},
                        {12, 512, 64, 256, false}}) {
    if (f.number - (f.pool_before ? 1 : 0) > taps_.back()) break;
    if (f.pool_before) stages_.push_back({f.number - 1, f.in, max_pooling(3, true)});
    if (f.number > taps_.back()) break;
    stages_.push_back({f.number, 2 * f.expanded, fire(parameters_, f.number, f.in, f.squeezed, f.expanded)});
  }
}

void FeatureNetwork::add_random() {
  std::int64_t in = 3;
  for (int i = 0; i < 6; ++i) {
    const std::int64_t out = kRandomChannels[i];
    const Conv2d convolution(parameters_, layer_name(i), in, out,
                             {.padding = 1,
                              .activation = kRelu,
                              .weight_start = Initializer::he_normal(9 * in),
                              .bias_start = Initializer::zeros()});
    const bool pooled = i == 2 || i == 4;
    stages_.push_back(
        {i, out, [=](Pass& pass, const Tensor& x) { return convolution(pass, pooled ? avg_pool(x) : x); }});
    in = out;
  }
}

/// Folds into weights and biases what makes every channel's output have mean 0 and variance 1 before its ReLU, over a
/// fixed set of soft random pictures.
void FeatureNetwork::standardise() {
  const State step(parameters_.device(), "randfeat.step", {{1}, DType::kU32});
  Tensor x = zeros({16, 32, 32, 3});
  for (const std::int64_t side : {2, 5, 11, 32}) {
    const RandomStream stream(parameters_.seed(), layer_name(static_cast<int>(side)) + ".pictures");
    const Tensor noise = random_uniform(stream, read(step), {16, side, side, 3});
    x = x + resize_bilinear(noise, 32, 32) * 0.25;
  }
  x = to_input(x, input_);
  Pass pass;
  std::vector<Tensor> statistics;
  for (int i = 0; i < 6; ++i) {
    const std::int64_t out = kRandomChannels[i];
    if (i == 2 || i == 4) x = avg_pool(x);
    const BatchNormResult normal = batch_norm(conv2d(x, pass.parameter(parameters_, 2 * i), {}, {.padding = 1}),
                                              fill(1, {out}), zeros({out}), {.activation = kRelu});
    statistics.push_back(normal.mean);
    statistics.push_back(normal.variance);
    x = normal.y;
  }
  Program program(parameters_.device(), statistics);
  program.run();
  for (int i = 0; i < 6; ++i) {
    const std::vector<float> mean = program.values<float>(2 * i), variance = program.values<float>(2 * i + 1);
    std::vector<float> weight = parameters_.values(2 * i), bias(mean.size());
    for (std::size_t c = 0; c < mean.size(); ++c) {
      const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(variance[c]) + 1e-5));
      bias[c] = -mean[c] * scale;
      for (std::size_t j = c; j < weight.size(); j += mean.size()) weight[j] *= scale;
    }
    parameters_.write(2 * i, weight);
    parameters_.write(2 * i + 1, bias);
  }
}

FeatureNetwork FeatureNetwork::make(const Device& device, FeatureTrunk trunk, const FeatureOptions& options,
                                    std::uint64_t seed) {
  FeatureNetwork network;
  network.trunk_ = trunk;
  network.input_ = options.input;
  network.parameters_ = Parameters(device, "features", seed);
  network.choose_taps(options.taps);
  if (trunk == FeatureTrunk::kVgg16) network.add_vgg();
  if (trunk == FeatureTrunk::kSqueezeNet11) network.add_squeezenet();
  if (trunk == FeatureTrunk::kRandom) network.add_random();
  for (const int tap : network.taps_) {
    const auto found = std::find_if(network.stages_.begin(), network.stages_.end(),
                                    [&](const Stage& stage) { return stage.number == tap; });
    if (found == network.stages_.end()) throw no_such_layer(std::to_string(tap));
    network.channels_.push_back(found->channels);
  }
  return network;
}

FeatureNetwork FeatureNetwork::random(const Device& device, const FeatureOptions& options, std::uint64_t seed) {
  FeatureNetwork network = make(device, FeatureTrunk::kRandom, options, seed);
  network.standardise();
  return network;
}

FeatureNetwork FeatureNetwork::load(const Device& device, const std::string& path, const FeatureOptions& options,
                                    FileSystem& files) {
  SafetensorsFile file = SafetensorsFile::open(files, path);
  FeatureNetwork network = make(device, trunk_of(file, path), options, 1);
  load_weights(network.parameters_, file, true);
  return network;
}

std::vector<Tensor> FeatureNetwork::operator()(Pass& pass, const Tensor& pictures) const {
  if (!defined()) throw Error(ErrorCode::kArgument, "features", "the network is undefined");
  std::vector<Tensor> found;
  Tensor x = to_input(pictures, input_);
  for (const Stage& stage : stages_) {
    x = stage.module(pass, x);
    if (std::binary_search(taps_.begin(), taps_.end(), stage.number)) found.push_back(x);
    if (stage.number >= taps_.back()) break;
  }
  return found;
}

}  // namespace betwixt
