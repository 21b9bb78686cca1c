// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "betwixt/core/allocator.h"
#include "betwixt/tensor/tensor.h"

namespace betwixt {

struct Plan;
struct PlanRules;

/// Device memory that outlives programs: one state's contents.
class Storage {
 public:
  virtual ~Storage() = default;
  /// Bytes it was allocated with.
  virtual std::size_t bytes() const = 0;
};

/// What a run did.
struct RunResult {
  std::int64_t steps = 0;   ///< whole steps done
  double milliseconds = 0;  ///< wall time
  bool stopped = false;     ///< the stop flag ended it early
};

/// A plan made runnable on one device.
class Executable {
 public:
  virtual ~Executable() = default;
  /// Runs up to `steps` whole steps, ends early when `*stop` becomes true or `milliseconds` (> 0) have passed.
  virtual RunResult run(std::int64_t steps, double milliseconds, const std::atomic<bool>* stop) = 0;
  /// Copies output `index` of the last step.
  virtual void read_output(int index, std::span<std::byte> into) = 0;
};

/// Facts about a device, for people and for the choice between devices.
struct DeviceInfo {
  std::string name;                ///< "cpu (avx512, 2 threads)", "vulkan: NVIDIA ..."
  std::string backend;             ///< "cpu" or "vulkan"
  std::string driver;              ///< driver name and version, empty on the CPU
  bool is_software = false;        ///< a Vulkan driver that computes on the CPU
  std::uint64_t memory_bytes = 0;  ///< of the device; 0 when unknown
  bool can_store_f16 = false;      ///< programs may keep their tensors in halves, see PlanOptions::storage
};

/// What a backend implements. Only lib/cpu, lib/gpu and tests derive from it.
class Backend {
 public:
  virtual ~Backend() = default;
  /// Facts about the device; the same object every time.
  virtual const DeviceInfo& info() const = 0;
  /// Zero-filled.
  virtual std::unique_ptr<Storage> allocate(std::size_t bytes) = 0;
  virtual void write(Storage& storage, std::size_t offset, std::span<const std::byte> bytes) = 0;
  virtual void read(const Storage& storage, std::size_t offset, std::span<std::byte> into) = 0;
  /// Alignment, range limits and scratch sizes the planner must keep to. Throws E_UNSUPPORTED, naming the op, when
  /// a node cannot run here.
  virtual PlanRules plan_rules() const = 0;
  virtual std::unique_ptr<Executable> compile(Plan plan) = 0;
};

/// A handle on a device; copies mean the same device. Made by `cpu_device`, `vulkan_device`, `best_device`. States and
/// programs keep it alive. One thread at a time per device.
class Device {
 public:
  Device() = default;
  /// A handle on this backend.
  explicit Device(std::shared_ptr<Backend> backend) : backend_(std::move(backend)) {}

  /// Facts about the device. E_ARGUMENT for a default-made handle.
  const DeviceInfo& info() const { return backend().info(); }
  /// Throws E_ARGUMENT for a default-made handle.
  Backend& backend() const;
  friend bool operator==(const Device&, const Device&) = default;

 private:
  std::shared_ptr<Backend> backend_;
};

}  // namespace betwixt
