// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "betwixt/nn/layers.h"
#include "betwixt/nn/norm_layers.h"

namespace betwixt {

// Building blocks of several layers, on pictures [n, h, w, channels]. Like layers: made once, called as often as
// wanted.

struct BlockOptions {
  int kernel = 3;                                                   ///< odd; the picture keeps its size
  int stride = 1;                                                   ///< of the first convolution
  Norm norm = Norm::kNone;                                          ///< between convolution and activation
  ActivationOptions activation = {.kind = Activation::kLeakyRelu};  ///< last in the block
};

/// Convolution, normalisation, activation. NAME.conv, NAME.norm; with batch, group, instance or layer norm the
/// convolution has no bias.
class ConvBlock {
 public:
  /// Adds the layers' parameters under `name`: pictures of `in` channels to pictures of `out`.
  ConvBlock(Parameters parameters, const std::string& name, std::int64_t in, std::int64_t out,
            const BlockOptions& options = {});
  /// [n, h, w, in] -> [n, h / stride, w / stride, out], sizes rounded up.
  Tensor operator()(Pass& pass, const Tensor& x) const { return norm_(pass, conv_(pass, x)); }

 private:
  Conv2d conv_;
  Module norm_;
};

/// Residual block (He, Zhang, Ren, Sun 2016): activation(x + norm(conv(ConvBlock(x)))). With another size or number of
/// channels x goes through a 1x1 convolution first. NAME.first, NAME.second, NAME.norm, NAME.shortcut.
class ResidualBlock {
 public:
  /// Adds the layers' parameters under `name`: pictures of `in` channels to pictures of `out`.
  ResidualBlock(Parameters parameters, const std::string& name, std::int64_t in, std::int64_t out,
                const BlockOptions& options = {});
  /// [n, h, w, in] -> [n, h / stride, w / stride, out], sizes rounded up.
  Tensor operator()(Pass& pass, const Tensor& x) const;

 private:
  ConvBlock first_;
  Conv2d second_;
  Module norm_;
  Module shortcut_;
  ActivationOptions activation_;
};

/// Nearest-neighbour upsampling by `factor` and a convolution (Odena, Dumoulin, Olah 2016: no checkerboards), norm and
/// activation. The convolution runs on the small picture.
class UpsampleConv {
 public:
  /// Adds the layers' parameters under `name`: pictures of `in` channels to pictures of `out`.
  UpsampleConv(Parameters parameters, const std::string& name, std::int64_t in, std::int64_t out, int factor = 2,
               const BlockOptions& options = {});
  /// [n, h, w, in] -> [n, factor * h, factor * w, out].
  Tensor operator()(Pass& pass, const Tensor& x) const { return norm_(pass, conv_(pass, x)); }

 private:
  Conv2d conv_;
  Module norm_;
};

/// Size and shape of a U-Net.
struct UNetOptions {
  int channels = 32;              ///< of the first level; doubled on each level down
  int levels = 3;                 ///< times the picture is halved
  int convolutions = 2;           ///< on each level, on each side
  bool residual = false;          ///< residual blocks instead of plain convolutions
  int largest = 512;              ///< no level has more channels
  BlockOptions block = {};        ///< norm, activation and kernel of its blocks
  ActivationOptions output = {};  ///< after the last 1x1 convolution
};

/// U-Net (Ronneberger, Fischer, Brox 2015): an encoder that halves the picture `levels` times, a decoder that doubles
/// it again and sees the encoder's picture of its size. Pictures of any size of at least 2^levels; odd sizes are
/// rounded up on the way down and cut on the way up. [n, h, w, in] -> [n, h, w, out].
class UNet {
 public:
  /// Adds the layers' parameters under `name`.
  UNet(const Parameters& parameters, const std::string& name, std::int64_t in, std::int64_t out,
       const UNetOptions& options = {});
  /// [n, h, w, in] -> [n, h, w, out].
  Tensor operator()(Pass& pass, const Tensor& x) const;

  /// What the encoder's levels give, largest picture first, bottom included: features at every scale.
  std::vector<Tensor> encode(Pass& pass, const Tensor& x) const;
  /// From those to the result.
  Tensor decode(Pass& pass, const std::vector<Tensor>& levels) const;

 private:
  std::vector<Module> down_;  ///< one per level, then the bottom
  std::vector<Module> up_;    ///< upsampling towards level i
  std::vector<Module> join_;  ///< convolutions after the skip of level i
  Module output_;
};

}  // namespace betwixt
