// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "betwixt/cpu/cpu_device.h"
#include "betwixt/tensor/program.h"
#include "tests/ops/support/check_op.h"

namespace betwixt::ops_test {

/// How the tensors under test lie in memory.
enum class Layout {
  kStates,    ///< inputs are states, outputs are in the program's arena
  kFenced,    ///< CPU only: inputs and outputs are separate fenced blocks, outputs poisoned before each run
  kGuarded,   ///< any device: likewise, with blocks of known bytes allocated between them
  kInterior,  ///< CPU only: inputs are values computed just before, so that kernels may work in place
};

/// One program under test with its inputs, run as often as wanted.
class Runner {
 public:
  Runner(const Device& device, const std::vector<TensorType>& inputs, const Builder& build, Layout layout,
         const PlanOptions& options = {});

  void set_input(int index, const std::vector<double>& values);
  void run();
  const std::vector<TensorType>& output_types() const { return types_; }
  std::vector<std::byte> output_bytes(int index);
  std::vector<double> output(int index);
  Values outputs();
  /// Empty, or what kernels did to memory that is not theirs since the last call.
  std::string take_damage();

 private:
  void add_guard(const Device& device, Layout layout);

  std::vector<State> inputs_;
  std::vector<std::vector<std::byte>> written_;
  std::vector<State> results_;  ///< kFenced, kGuarded
  std::vector<State> guards_;   ///< kGuarded
  std::vector<TensorType> types_;
  Program program_;
};

/// CPU devices, made once; all of them allocate through one fenced allocator.
Device fenced_cpu(Isa isa, int threads);

std::vector<double> decode(const std::vector<std::byte>& bytes, DType dtype);
/// `values` as `dtype` can hold them.
std::vector<std::byte> encode(const std::vector<double>& values, DType dtype);

}  // namespace betwixt::ops_test
