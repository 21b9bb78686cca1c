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
  /// Allocates it on the device, filled with zeros. E_OOM.
  State(const Device& device, std::string name, TensorType type);

  /// Whether it holds a state.
  bool defined() const { return record_ != nullptr; }
  /// For messages and files; need not be unique.
  const std::string& name() const;
  /// Shape and element type.
  const TensorType& type() const;
  /// Where it is.
  const Device& device() const;
  /// The memory itself, for backends.
  Storage& storage() const;

  /// Replaces the contents; `bytes` must be exactly the state's size, else E_SHAPE. Not while a program runs.
  void write_bytes(std::span<const std::byte> bytes) const;
  void read_bytes(std::span<std::byte> into) const;

  /// The same from values of the state's element type, else E_DTYPE.
  template <class T>
  void write(std::span<const T> values) const {
    check_type(DTypeOf<std::remove_const_t<T>>::value);
    write_bytes(std::as_bytes(values));
  }
  /// The same from values of the state's element type, else E_DTYPE.
  template <class T>
  void write(const std::vector<T>& values) const {
    write(std::span<const T>(values));
  }
  /// A copy of the contents. E_DTYPE when T is not the state's element type.
  template <class T>
  std::vector<T> values() const {
    check_type(DTypeOf<T>::value);
    std::vector<T> result(static_cast<std::size_t>(type().shape.elements()));
    read_bytes(std::as_writable_bytes(std::span<T>(result)));
    return result;
  }

  /// Whether both are handles on one storage.
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
