// SPDX-License-Identifier: MIT
#include "betwixt/nn/blocks.h"

#include <algorithm>

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/concat.h"
#include "betwixt/ops/pool.h"
#include "betwixt/ops/slice.h"
#include "betwixt/ops/unary.h"

namespace betwixt {
namespace {

ConvLayerOptions conv_options(const BlockOptions& options) {
  if (options.kernel < 1 || options.kernel % 2 == 0)
    throw Error(ErrorCode::kArgument, "block", "a kernel of %d: it must be odd", options.kernel);
  return {.kernel = options.kernel,
          .stride = options.stride,
          .padding = options.kernel / 2,
          .bias = options.norm == Norm::kNone};
}

ConvLayerOptions upsample_options(const BlockOptions& options, int factor) {
  ConvLayerOptions result = conv_options(options);
  result.stride = 1;
  result.upsample = factor;
  return result;
}

/// Cut to the size of the skip: an odd size was rounded up on the way down.
Tensor fit(const Tensor& x, const Shape& size) { return slice(slice(x, 1, 0, size[1]), 2, 0, size[2]); }

/// `count` blocks one after the other: NAME.0, NAME.1 ...
Module chain(const Parameters& parameters, const std::string& name, std::int64_t in, std::int64_t out,
             const UNetOptions& options) {
  Sequential blocks(parameters, name);
  for (int i = 0; i < options.convolutions; ++i) {
    const std::int64_t from = i == 0 ? in : out;
    if (options.residual)
      blocks.add<ResidualBlock>(from, out, options.block);
    else
      blocks.add<ConvBlock>(from, out, options.block);
  }
  return blocks;
}

}  // namespace

ConvBlock::ConvBlock(Parameters parameters, const std::string& name, std::int64_t in, std::int64_t out,
                     const BlockOptions& options)
    : conv_(parameters, name + ".conv", in, out, conv_options(options)),
      norm_(norm_module(std::move(parameters), name + ".norm", out, options.norm, options.activation)) {}

ResidualBlock::ResidualBlock(Parameters parameters, const std::string& name, std::int64_t in, std::int64_t out,
                             const BlockOptions& options)
    : first_(parameters, name + ".first", in, out, options),
      second_(parameters, name + ".second", out, out,
              {.kernel = options.kernel, .padding = options.kernel / 2, .bias = options.norm == Norm::kNone}),
      norm_(norm_module(parameters, name + ".norm", out, options.norm, {})),
      activation_(options.activation) {
  if (in == out && options.stride == 1) return;
  shortcut_ = Conv2d(std::move(parameters), name + ".shortcut", in, out,
                     {.kernel = 1, .stride = options.stride, .bias = options.norm == Norm::kNone});
}

Tensor ResidualBlock::operator()(Pass& pass, const Tensor& x) const {
  const Tensor change = norm_(pass, second_(pass, first_(pass, x)));
  return activate((shortcut_ ? shortcut_(pass, x) : x) + change, activation_);
}

UpsampleConv::UpsampleConv(Parameters parameters, const std::string& name, std::int64_t in, std::int64_t out,
                           int factor, const BlockOptions& options)
    : conv_(parameters, name + ".conv", in, out, upsample_options(options, factor)),
      norm_(norm_module(std::move(parameters), name + ".norm", out, options.norm, options.activation)) {}

UNet::UNet(const Parameters& parameters, const std::string& name, std::int64_t in, std::int64_t out,
           const UNetOptions& options) {
  if (options.levels < 1 || options.levels > 12 || options.channels < 1 || options.convolutions < 1 ||
      options.block.stride != 1)
    throw Error(ErrorCode::kArgument, "unet", "%d levels of %d channels, %d convolutions, stride %d", options.levels,
                options.channels, options.convolutions, options.block.stride);
  auto channels = [&](int level) {
    return std::min<std::int64_t>(std::int64_t{options.channels} << level, options.largest);
  };
  std::int64_t from = in;
  for (int level = 0; level <= options.levels; ++level) {
    down_.push_back(chain(parameters, name + ".down." + std::to_string(level), from, channels(level), options));
    from = channels(level);
  }
  for (int level = 0; level < options.levels; ++level) {
    const std::string number = std::to_string(level);
    up_.push_back(
        UpsampleConv(parameters, name + ".up." + number, channels(level + 1), channels(level), 2, options.block));
    join_.push_back(chain(parameters, name + ".join." + number, 2 * channels(level), channels(level), options));
  }
  output_ = Conv2d(parameters, name + ".output", channels(0), out, {.kernel = 1, .activation = options.output});
}

std::vector<Tensor> UNet::encode(Pass& pass, const Tensor& x) const {
  std::vector<Tensor> levels{down_[0](pass, x)};
  for (std::size_t level = 1; level < down_.size(); ++level)
    levels.push_back(down_[level](pass, max_pool(levels.back(), {.ceil_mode = true})));
  return levels;
}

Tensor UNet::decode(Pass& pass, const std::vector<Tensor>& levels) const {
  if (levels.size() != down_.size())
    throw Error(ErrorCode::kArgument, "unet", "%zu levels were given to a decoder of %zu", levels.size(), down_.size());
  Tensor value = levels.back();
  for (std::size_t level = up_.size(); level-- > 0;) {
    const Tensor& skip = levels[level];
    value = join_[level](pass, concat({skip, fit(up_[level](pass, value), skip.shape())}, 3));
  }
  return output_(pass, value);
}

Tensor UNet::operator()(Pass& pass, const Tensor& x) const { return decode(pass, encode(pass, x)); }

}  // namespace betwixt
