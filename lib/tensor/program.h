// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "betwixt/tensor/device.h"
#include "betwixt/tensor/plan.h"
#include "betwixt/tensor/state.h"

namespace betwixt {

/// A recorded computation: compiled once for one device, run many times. A run allocates nothing.
///
/// `outputs` are the tensors wanted; every `assign` that can be reached from them stores its state when a step ends.
/// Errors when compiling: E_UNSUPPORTED names an op the device cannot run, E_LIMIT gives bytes asked and allowed before
/// anything is allocated, E_ARGUMENT a state that lives on another device. One thread at a time per device.
class Program {
 public:
  Program() = default;
  /// Compiles the program for `device`.
  Program(const Device& device, std::vector<Tensor> outputs, const PlanOptions& options = {});
  /// Takes the compiled program over.
  Program(Program&&) = default;
  /// Frees the program held and takes the other's over.
  Program& operator=(Program&& other) noexcept;

  /// Runs whole steps. `stop`, when given, is looked at between steps and may be set from any thread.
  RunResult run(std::int64_t steps = 1, const std::atomic<bool>* stop = nullptr);
  /// Runs whole steps until `milliseconds` have passed; at least one. For use beside a renderer.
  RunResult run_for(double milliseconds, const std::atomic<bool>* stop = nullptr);

  /// Output `index` of the last step.
  template <class T>
  std::vector<T> values(int index = 0) {
    check_output(index, DTypeOf<T>::value);
    std::vector<T> result(static_cast<std::size_t>(output_type(index).shape.elements()));
    read_bytes(index, std::as_writable_bytes(std::span<T>(result)));
    return result;
  }
  void read_bytes(int index, std::span<std::byte> into);
  const TensorType& output_type(int index) const;

  /// Bytes of device memory the program itself holds (states not counted).
  std::size_t peak_bytes() const { return peak_bytes_; }
  /// Kernel calls of one step, and barriers a GPU needs between them.
  int call_count() const { return call_count_; }
  int barrier_count() const { return barrier_count_; }

  /// peak_bytes() of a program that is not made.
  static std::size_t plan_bytes(const Device& device, const std::vector<Tensor>& outputs,
                                const PlanOptions& options = {});

 private:
  void check_output(int index, DType dtype) const;

  Device device_;
  std::unique_ptr<Executable> executable_;
  std::vector<TensorType> output_types_;
  std::size_t peak_bytes_ = 0;
  int call_count_ = 0;
  int barrier_count_ = 0;
};

}  // namespace betwixt
