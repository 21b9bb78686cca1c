// SPDX-License-Identifier: MIT
#include <memory>

#include "bench.h"
#include "betwixt/nn/layers.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/concat.h"
#include "betwixt/ops/conv2d_joined.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/grid_sample.h"
#include "betwixt/ops/losses.h"
#include "betwixt/ops/unary.h"

// C: a U-Net that predicts a flow field and warps the picture, six steps unrolled, weights shared.

namespace betwixt::bench {
namespace {

constexpr int kBatch = 32;
constexpr int kSide = 28;
constexpr int kSteps = 6;
constexpr ActivationOptions kLeaky{Activation::kLeakyRelu, 0.1f};

ConvLayerOptions same_size(const ActivationOptions& activation = kLeaky) {
  return {.padding = 1, .activation = activation};
}
ConvLayerOptions halved() { return {.stride = 2, .padding = 1, .activation = kLeaky}; }

/// Convolution of a doubled picture joined with another: a step of the decoder.
class Joined {
 public:
  Joined(const Parameters& set, const std::string& name, std::int64_t in, std::int64_t out)
      : set_(set), layer_(set_, name, in, out, same_size()) {}
  Tensor operator()(Pass& pass, const Tensor& small, const Tensor& large) const {
    return conv2d_joined({{small, 2}, {large, 1}}, pass.parameter(set_, layer_.weight()),
                         pass.parameter(set_, layer_.bias()), {.padding = 1, .activation = kLeaky});
  }

 private:
  Parameters set_;
  Conv2d layer_;
};

struct FlowNet {
  explicit FlowNet(const Parameters& set)
      : c0(set, "c0", 2, 16, same_size()),
        c1(set, "c1", 16, 32, halved()),
        c2(set, "c2", 32, 64, halved()),
        mid(set, "mid", 64, 64, same_size()),
        u1(set, "u1", 96, 32),
        u0(set, "u0", 48, 16),
        out(set, "out", 16, 2, same_size({Activation::kTanh})) {}

  Tensor operator()(Pass& pass, const Tensor& x) const {
    const Tensor h0 = c0(pass, x);
    const Tensor h1 = c1(pass, h0);
    const Tensor h2 = mid(pass, c2(pass, h1));
    const Tensor d1 = u1(pass, h2, h1);
    const Tensor d0 = u0(pass, d1, h0);
    return out(pass, d0) * 0.2;
  }

  Conv2d c0, c1, c2, mid;
  Joined u1, u0;
  Conv2d out;
};

}  // namespace

Network flow_network(const Device& device) {
  const Parameters set(device, "flow", 1);
  const auto model = std::make_shared<FlowNet>(set);
  const State x = random_state(device, "x", {kBatch, kSide, kSide, 1});
  const State target = random_state(device, "target", {kBatch, kSide, kSide, 1});
  const auto loss = [model, x, target](Pass& pass) {
    const Tensor grid = affine_grid(constant({1, 0, 0, 0, 1, 0}, {1, 2, 3}), kSide, kSide);
    const Tensor wanted = read(target);
    Tensor picture = read(x);
    Tensor total;
    for (int i = 0; i < kSteps; ++i) {
      const Tensor flow = (*model)(pass, concat({picture, wanted}, 3));
      picture = grid_sample(picture, grid + flow, {.padding = GridPadding::kBorder});
      const Tensor part = mse_loss(picture, wanted);
      total = total ? total + part : part;
    }
    return total * (1.0 / kSteps);
  };
  return {set, {{"x", x}, {"target", target}}, loss, kBatch};
}

std::vector<Case> flow_cases() {
  return {{"C.train", [](const Settings& settings) {
             const Device device = device_of(settings);
             return train_workload(device, flow_network(device));
           }}};
}

}  // namespace betwixt::bench
