// SPDX-License-Identifier: MIT
#include <map>
#include <memory>

#include "bench.h"
#include "betwixt/ops/conv2d.h"
#include "betwixt/ops/conv2d_transpose.h"
#include "betwixt/ops/dense.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/grid_sample.h"
#include "betwixt/ops/norm.h"
#include "betwixt/ops/pool.h"
#include "betwixt/ops/resize.h"
#include "betwixt/tensor/op.h"
#include "betwixt/tensor/plan.h"
#include "betwixt/tensor/program.h"

// D: single layers, forward and backward (all gradients, from a given gradient of the result).

namespace betwixt::bench {
namespace {

using Tensors = std::vector<Tensor>;

struct Layer {
  std::string name;
  std::vector<Shape> inputs;
  std::function<Tensor(const Tensors&)> apply;
};

double gigabytes(const Tensors& tensors) {
  double elements = 0;
  for (const Tensor& t : tensors) elements += static_cast<double>(t.shape().elements());
  return 4e-9 * elements;
}

struct Bound {
  Device device;
  std::vector<State> states;
  Tensors inputs;
};

Bound bind(const Layer& layer, const Settings& settings) {
  Bound bound{device_of(settings), {}, {}};
  for (const Shape& shape : layer.inputs) {
    bound.states.push_back(random_state(bound.device, "input", shape));
    bound.inputs.push_back(read(bound.states.back()));
  }
  return bound;
}

/// Every byte in and out once. Products say nothing by it and are counted in operations.
Workload workload(const Bound& bound, const Tensors& outputs, double bytes, int items) {
  const auto program = std::make_shared<Program>(bound.device, outputs);
  const double gflop = count_gflop(outputs);
  return {[program, states = bound.states] { program->run(); }, gflop, gflop > 0 ? 0 : bytes, items};
}

Workload forward(const Layer& layer, const Settings& settings) {
  const Bound bound = bind(layer, settings);
  const Tensor y = layer.apply(bound.inputs);
  return workload(bound, {y}, gigabytes(bound.inputs) + gigabytes({y}), static_cast<int>(layer.inputs[0][0]));
}

/// The same gradients with everything up to `y` computed beforehand, as a training step has it from its forward pass.
class WithoutForward {
 public:
  WithoutForward(Bound& bound, const Tensor& y) : bound_(bound), last_(y.node().id) {}

  Tensor operator()(const Tensor& t) {
    const Node& node = t.node();
    if (node.inputs.empty()) return t;
    if (node.id <= last_) return saved(t);
    auto [place, is_new] = done_.try_emplace(&node);
    if (is_new) {
      Tensors inputs;
      for (const Tensor& input : node.inputs) inputs.push_back((*this)(input));
      place->second = apply_all(*node.op, inputs, node.option_data);
    }
    return place->second[static_cast<std::size_t>(t.output())];
  }

 private:
  Tensor saved(const Tensor& t) {
    Program program(bound_.device, {t});
    program.run();
    std::vector<std::byte> bytes(t.type().bytes());
    program.read_bytes(0, bytes);
    bound_.states.emplace_back(bound_.device, "saved", t.type());
    bound_.states.back().write_bytes(bytes);
    return read(bound_.states.back());
  }

  Bound& bound_;
  std::uint64_t last_;
  std::map<const Node*, Tensors> done_;
};

/// A layer and its gradient that read the same tensor may become other ops together.
void as_one_program_has_them(const Device& device, Tensor& y, Tensors& gradients) {
  if (gradients.size() != 1 || !y.node().op->fuse) return;
  const Tensors fused = y.node().op->fuse(y.node(), gradients[0].node());
  if (fused.size() != 2) return;
  const auto taken = device.backend().plan_rules().takes_fused;
  if (taken && !(taken(fused[0].node()) && taken(fused[1].node()))) return;
  y = fused[0];
  gradients[0] = fused[1];
}

Workload backward(const Layer& layer, const Settings& settings) {
  Bound bound = bind(layer, settings);
  Tensor y = layer.apply(bound.inputs);
  bound.states.push_back(random_state(bound.device, "gradient", y.shape()));
  Tensors g = gradient(y, bound.inputs, read(bound.states.back()));
  as_one_program_has_them(bound.device, y, g);
  WithoutForward without_forward(bound, y);
  for (Tensor& t : g) t = without_forward(t);
  return workload(bound, g, 2 * gigabytes(bound.inputs) + gigabytes({y}), static_cast<int>(layer.inputs[0][0]));
}

std::vector<Case> both_directions(const std::vector<Layer>& layers) {
  std::vector<Case> cases;
  for (const Layer& layer : layers) {
    cases.push_back({"D." + layer.name + ".fwd", [layer](const Settings& s) { return forward(layer, s); }});
    cases.push_back({"D." + layer.name + ".bwd", [layer](const Settings& s) { return backward(layer, s); }});
  }
  return cases;
}

Tensor dense_of(const Tensors& in) { return dense(in[0], in[1], in[2]); }

}  // namespace

std::vector<Case> layer_cases() {
  return both_directions({
      {"conv3x3_s1",
       {{16, 64, 64, 64}, {3, 3, 64, 64}, {64}},
       [](const Tensors& in) { return conv2d(in[0], in[1], in[2], {.padding = 1}); }},
      {"conv4x4_s2",
       {{16, 64, 64, 64}, {4, 4, 64, 128}, {128}},
       [](const Tensors& in) { return conv2d(in[0], in[1], in[2], {.stride = 2, .padding = 1}); }},
      {"convT4x4_s2",
       {{16, 32, 32, 128}, {4, 4, 128, 64}, {64}},
       [](const Tensors& in) { return conv2d_transpose(in[0], in[1], in[2], {.stride = 2, .padding = 1}); }},
      {"dense_b16", {{16, 4096}, {4096, 1024}, {1024}}, dense_of},
      {"dense_b256", {{256, 4096}, {4096, 1024}, {1024}}, dense_of},
  });
}

std::vector<Case> picture_layer_cases() {
  const Shape features{16, 64, 64, 64};
  return both_directions({
      {"groupnorm8", {features, {64}, {64}}, [](const Tensors& in) { return group_norm(in[0], 8, in[1], in[2]); }},
      {"grid_sample",
       {{8, 256, 256, 3}, {8, 256, 256, 2}},
       [](const Tensors& in) { return grid_sample(in[0], in[1], {.padding = GridPadding::kBorder}); }},
      {"max_pool2", {features}, [](const Tensors& in) { return max_pool(in[0]); }},
      {"avg_pool2", {features}, [](const Tensors& in) { return avg_pool(in[0]); }},
      {"resize_nearest2", {features}, [](const Tensors& in) { return resize_nearest(in[0], 128, 128); }},
      {"resize_bilinear2", {features}, [](const Tensors& in) { return resize_bilinear(in[0], 128, 128); }},
  });
}

}  // namespace betwixt::bench
