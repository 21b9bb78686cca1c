// SPDX-License-Identifier: MIT
#include <benchmark/benchmark.h>

#include <memory>

#include "bench.h"
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/ops/conv2d.h"
#include "betwixt/ops/matmul.h"
#include "betwixt/ops/unary.h"
#include "betwixt/tensor/program.h"

// Single kernels on one thread, in every instruction set the machine has.

namespace betwixt::bench {
namespace {

using Compose = std::function<Tensor(const Device&, std::vector<State>&)>;

struct Kernel {
  const char* name;
  Compose compose;
};

Tensor input(const Device& device, std::vector<State>& states, const Shape& shape) {
  states.push_back(random_state(device, "input", shape));
  return read(states.back());
}

Tensor square_product(const Device& device, std::vector<State>& states, std::int64_t n) {
  return matmul(input(device, states, {n, n}), input(device, states, {n, n}));
}

Tensor convolution(const Device& device, std::vector<State>& states, std::int64_t in, std::int64_t out,
                   const Conv2dOptions& options) {
  return conv2d(input(device, states, {1, 32, 32, in}), input(device, states, {3, 3, in, out}), {}, options);
}

const std::vector<Kernel>& kernels() {
  static const std::vector<Kernel> all{
      {"matmul_64", [](const Device& d, std::vector<State>& s) { return square_product(d, s, 64); }},
      {"matmul_256", [](const Device& d, std::vector<State>& s) { return square_product(d, s, 256); }},
      {"matmul_1024", [](const Device& d, std::vector<State>& s) { return square_product(d, s, 1024); }},
      {"conv3x3_64_64",
       [](const Device& d, std::vector<State>& s) { return convolution(d, s, 64, 64, {.padding = 1}); }},
      {"conv3x3_3_32", [](const Device& d, std::vector<State>& s) { return convolution(d, s, 3, 32, {.padding = 1}); }},
      {"conv3x3_32_3", [](const Device& d, std::vector<State>& s) { return convolution(d, s, 32, 3, {.padding = 1}); }},
      {"conv3x3_up2_64_32",
       [](const Device& d, std::vector<State>& s) { return convolution(d, s, 64, 32, {.padding = 1, .upsample = 2}); }},
      {"tanh_64k", [](const Device& d, std::vector<State>& s) { return tanh(input(d, s, {65536})); }},
      {"tiny_op", [](const Device& d, std::vector<State>& s) { return affine(input(d, s, {16}), 2, 1); }},
  };
  return all;
}

void time_kernel(benchmark::State& state, const Kernel& kernel, Isa isa) {
  const Device device = cpu_device({.threads = 1, .isa = isa});
  std::vector<State> states;
  const Tensor y = kernel.compose(device, states);
  Program program(device, {y});
  for (auto _ : state) program.run();
  const double gflop = count_gflop({y});
  if (gflop > 0)
    state.counters["GFLOP"] = benchmark::Counter(gflop * static_cast<double>(state.iterations()),
                                                 benchmark::Counter::kIsRate, benchmark::Counter::kIs1000);
}

}  // namespace

int run_kernels(int argc, char** argv) {
  for (const Kernel& kernel : kernels())
    for (const Isa isa : available_isas()) {
      const std::string name = std::string(kernel.name) + "/" + isa_name(isa);
      benchmark::RegisterBenchmark(name.c_str(),
                                   [&kernel, isa](benchmark::State& state) { time_kernel(state, kernel, isa); });
    }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace betwixt::bench
