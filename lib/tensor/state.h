// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "betwixt/tensor/device.h"

namespace betwixt {

/// Named persistent storage on a device: weights, moments, running statistics, counters, data sets, inputs, results.
/// Several programs may share one. Starts as zeros. A handle; copies mean the same storage.
class State {
 public:
  State() = default;
  State(const Device& device, std::string name, TensorType type);

  bool defined() const { return record_ != nullptr; }
  const std::string& name() const;
  const TensorType& type() const;
  const Device& device() const;
  Storage& storage() const;

  /// Replaces the contents; `bytes` must be exactly the state's size, else E_SHAPE. Not while a program runs.
  void write_bytes(std::span<const std::byte> bytes) const;
  void read_bytes(std::span<std::byte> into) const;

  template <class T>
  void write(std::span<const T> values) const {
    check_type(DTypeOf<std::remove_const_t<T>>::value);
    write_bytes(std::as_bytes(values));
  }
  template <class T>
  void write(const std::vector<T>& values) const {
    write(std::span<const T>(values));
  }
  template <class T>
  std::vector<T> values() const {
    check_type(DTypeOf<T>::value);
    std::vector<T> result(static_cast<std::size_t>(type().shape.elements()));
    read_bytes(std::as_writable_bytes(std::span<T>(result)));
    return result;
  }

  friend bool operator==(const State&, const State&) = default;

 private:
  friend Tensor read(const State& state);
  struct Record;
  Tensor shared_read() const;
  void check_type(DType dtype) const;
  const Record& record() const;
  std::shared_ptr<Record> record_;
};

/// The state's value at the start of the step. Calls give one and the same tensor as long as somebody holds it, so that
/// gradient(loss, {read(w)}) finds the read that the loss was made from.
Tensor read(const State& state);

/// A new version of the state as a tensor. Every program from whose outputs it can be reached stores it when the step
/// ends; who wants the new value within the step uses this tensor, everyone else keeps the old one. When a program
/// reaches several versions of one state, the one made last is stored. Gradients flow through to `value`.
Tensor assign(const State& state, const Tensor& value);

/// For the planner: the state behind a node made by `read` or `assign`, or an undefined state.
State state_of(const Node& node);
bool is_state_read(const Node& node);
bool is_assign(const Node& node);

}  // namespace betwixt
