// SPDX-License-Identifier: MIT
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/ops/pyramid.h"
#include "betwixt/ops/warp.h"
#include "betwixt/tensor/program.h"
#include "betwixt/tensor/state.h"
#include "peers.h"

namespace betwixt::bench {
namespace {

Job job_of(const Device& device, const Tensor& tensor) {
  const auto program = std::make_shared<Program>(device, std::vector<Tensor>{tensor});
  return {[program] { program->run(); }, [program] { return program->values<float>(); }};
}

State state_of(const Device& device, const char* name, int side, int channels, const std::vector<float>& values) {
  const State state(device, name, {Shape{1, side, side, channels}, DType::kF32});
  state.write(values);
  return state;
}

}  // namespace

Peer our_peer(const Work& work, int threads) {
  const Device device = cpu_device({.threads = threads});
  const Tensor picture = read(state_of(device, "picture", work.side, 3, work.picture));
  const Tensor flow = read(state_of(device, "flow", work.side, 2, work.flow));
  Peer peer;
  peer.name = device.info().name;
  peer.warp = job_of(device, warp(picture, flow));
  peer.pyramid = job_of(device, pyramid_collapse(laplacian_pyramid(picture, work.levels)));
  return peer;
}

}  // namespace betwixt::bench
