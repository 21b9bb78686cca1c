// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "betwixt/nn/parameters.h"
#include "betwixt/nn/pass.h"
#include "betwixt/tensor/device.h"
#include "betwixt/tensor/state.h"

namespace betwixt::bench {

struct Settings {
  int threads = 2;
  double seconds = 2;  ///< measured after a quarter of it as warm-up
  Device device = {};  ///< undefined: the CPU with that many threads
};
Device device_of(const Settings& settings);

/// Something to time: `run` does it once.
struct Workload {
  std::function<void()> run;
  double gflop = 0;      ///< 2 x multiply-adds of products that are really computed, 0 when that says nothing
  double gigabytes = 0;  ///< read and written at least, 0 when that says nothing
  int items = 1;         ///< pictures per run
  std::function<void(std::int64_t)> run_steps = {};  ///< so many at once, for training
};

struct Case {
  std::string name;
  std::function<Workload(const Settings&)> make;
};

std::vector<Case> machine_cases();
std::vector<Case> autoencoder_cases();
std::vector<Case> pyramid_cases();
std::vector<Case> flow_cases();
std::vector<Case> layer_cases();
std::vector<Case> picture_layer_cases();
std::vector<Case> elementwise_cases();

struct Timing {
  double milliseconds = 0;  ///< median
  double fastest = 0;
  int count = 0;
};
/// Runs until settings.seconds have passed and at least seven runs are done.
Timing measure(const std::function<void()>& run, const Settings& settings);

/// Largest resident memory of this process so far, MiB; 0 where the system does not tell.
double peak_memory_mib();

/// Bytes per second of a copy of `bytes`, read and written counted, with this many threads, in GB/s.
double copy_rate(std::size_t bytes, const Settings& settings);

/// A network whose loss is a function of its inputs, for timing and for comparison with PyTorch.
struct Network {
  Parameters parameters;
  std::map<std::string, State> inputs;
  std::function<Tensor(Pass&)> loss;
  int items = 1;
};
Network autoencoder_network(const Device& device, int batch);
Network pyramid_network(const Device& device);
Network flow_network(const Device& device);

/// Whole training steps of a network: forward, backward, Adam.
Workload train_workload(const Device& device, const Network& network);

/// A state with numbers in [0, 1), the same every time.
State random_state(const Device& device, const std::string& name, const Shape& shape);

/// 2 x multiply-adds of every product the tensors need, in 10^9.
double count_gflop(const std::vector<Tensor>& outputs);

/// Loads weights and inputs that torch_peer.py --export wrote, and compares loss and every gradient. Returns the
/// largest relative difference.
double check_network(const std::string& name, const std::string& path, int threads);

/// Google Benchmark of single kernels; takes its flags.
int run_kernels(int argc, char** argv);

/// Ops and training steps on a Vulkan device by its own clock, see gpu_main.cpp.
int run_gpu(int argc, char** argv);

}  // namespace betwixt::bench
