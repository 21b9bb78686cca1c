// SPDX-License-Identifier: MIT
#include <memory>

#include "bench.h"
#include "betwixt/ops/activation_grad.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/losses.h"
#include "betwixt/ops/optimizer.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/unary.h"
#include "betwixt/tensor/program.h"

// E: ops that wait for memory, on 64 MiB a tensor; to be held against a copy of the same size.

namespace betwixt::bench {
namespace {

using Tensors = std::vector<Tensor>;

const Shape kShape{16, 128, 128, 64};

struct Stream {
  std::string name;
  int inputs;
  std::function<Tensors(const Tensors&)> apply;
};

Workload workload(const Stream& stream, const Settings& settings) {
  const Device device = device_of(settings);
  std::vector<State> states;
  Tensors inputs;
  for (int i = 0; i < stream.inputs; ++i) {
    states.push_back(random_state(device, "input", kShape));
    inputs.push_back(read(states.back()));
  }
  const Tensors outputs = stream.apply(inputs);
  const auto program = std::make_shared<Program>(device, outputs);
  double elements = static_cast<double>(stream.inputs) * static_cast<double>(kShape.elements());
  for (const Tensor& output : outputs) elements += static_cast<double>(output.shape().elements());
  return {[program, states] { program->run(); }, 0, 4e-9 * elements, 1};
}

/// Parameters, gradient and both moments; the three results go back to where they came from.
Workload adam(const Settings& settings) {
  const Device device = device_of(settings);
  std::vector<State> states;
  for (int i = 0; i < 4; ++i) states.push_back(random_state(device, "adam", kShape));
  const State step(device, "step", {{1}, DType::kU32});
  const State rate = random_state(device, "rate", {1});
  const AdamResult result =
      adam_step(read(states[0]), read(states[1]), read(states[2]), read(states[3]), read(step), read(rate));
  const Tensors outputs{assign(states[0], result.parameters), assign(states[2], result.first_moment),
                        assign(states[3], result.second_moment)};
  const auto program = std::make_shared<Program>(device, outputs);
  return {[program, states, step, rate] { program->run(); }, 0, 7 * 4e-9 * static_cast<double>(kShape.elements()), 1};
}

}  // namespace

std::vector<Case> elementwise_cases() {
  const std::vector<Stream> streams{
      {"affine", 1, [](const Tensors& in) { return Tensors{affine(in[0], 2, 1)}; }},
      {"sigmoid", 1, [](const Tensors& in) { return Tensors{sigmoid(in[0])}; }},
      {"leaky_relu", 1, [](const Tensors& in) { return Tensors{leaky_relu(in[0], 0.2f)}; }},
      {"add", 2, [](const Tensors& in) { return Tensors{in[0] + in[1]}; }},
      {"leaky_relu_grad", 2,
       [](const Tensors& in) {
         return Tensors{activation_grad(in[0], in[1], ActivationOptions{Activation::kLeakyRelu, 0.2f})};
       }},
      {"chain", 2, [](const Tensors& in) { return Tensors{leaky_relu((in[0] * 0.5 + in[1]) * in[0] - 0.25, 0.2f)}; }},
      {"channel_sum", 1,
       [](const Tensors& in) {
         return Tensors{sum(in[0], {0, 1, 2})};
       }},
      {"mse", 2, [](const Tensors& in) { return Tensors{mse_loss(in[0], in[1])}; }},
  };
  std::vector<Case> cases;
  for (const Stream& stream : streams)
    cases.push_back({"E." + stream.name, [stream](const Settings& s) { return workload(stream, s); }});
  cases.push_back({"E.adam", adam});
  return cases;
}

}  // namespace betwixt::bench
