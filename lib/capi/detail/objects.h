// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "betwixt/capi/betwixt.h"
#include "betwixt/capi/detail/boundary.h"
#include "betwixt/capi/detail/gate.h"
#include "betwixt/capi/detail/handle.h"
#include "betwixt/image/images.h"
#include "betwixt/interp/neighbour_graph.h"
#include "betwixt/interp/shortest_path.h"
#include "betwixt/io/json.h"
#include "betwixt/methods/autoencoder/autoencoder.h"
#include "betwixt/methods/autoencoder/edge_lengths.h"
#include "betwixt/methods/autoencoder/model_file.h"
#include "betwixt/tensor/device.h"

namespace betwixt::capi {

/// The application's memory as an allocator of ours.
class HostAllocator final : public Allocator {
 public:
  explicit HostAllocator(const betwixt_allocator& callbacks) : callbacks_(callbacks) {}
  void* allocate(std::size_t bytes, std::size_t alignment) noexcept override;
  void release(void* memory, std::size_t bytes) noexcept override;

 private:
  betwixt_allocator callbacks_;
};

/// A device with what belongs to it; models and trainings keep it alive.
struct OpenDevice {
  std::unique_ptr<HostAllocator> allocator;  // outlives the device
  Device device;
  Gate gate;
  void (*log_callback)(void*, std::int32_t, const char*) = nullptr;
  void* log_user = nullptr;

  /// To be called without the gate. Never throws.
  void log(std::int32_t level, const std::string& text) const noexcept;
};

/// Path options with their defaults.
struct PathChoice {
  std::int32_t method = BETWIXT_PATH_GRAPH;
  int frames = 48;  ///< below 0: not resampled
  int smooth = 0;
  int per_edge = 0;  ///< above 0: instead of `frames`
  double extend = 0;
  PathSearch search = PathSearch::kDijkstra;
  EdgeMeasure edges = EdgeMeasure::kCode;
  NeighbourGraphOptions graph;  ///< without lengths
};
PathChoice path_choice(const betwixt_path_options* options, const char* operation);

/// The neighbour graph of some codes, made when first wanted.
class GraphCache {
 public:
  /// A graph whose lengths were measured with a model is not kept: the model learns on. `model` may be null for
  /// EdgeMeasure::kCode; E_ARGUMENT otherwise.
  std::shared_ptr<const NeighbourGraph> graph(const Codes& codes, const PathChoice& choice,
                                              const Autoencoder* model) const;
  void forget() const;

 private:
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const NeighbourGraph> graph_;
  mutable NeighbourGraphOptions options_;
};

/// A model; everything in it is used inside the device's gate only.
struct ModelState {
  std::shared_ptr<OpenDevice> device;
  Autoencoder model;
  Codes codes;
  std::vector<std::string> names;
  JsonValue training = JsonValue::object();
  GraphCache graph;
  bool is_training = false;

  ModelState(std::shared_ptr<OpenDevice> on, Autoencoder made) : device(std::move(on)), model(std::move(made)) {}
  void keep(Codes of_pictures, std::vector<std::string> names_of_pictures);
};

/// Destroys what `held` points to inside the gate of its device.
template <class State>
void release_in_turn(std::shared_ptr<State>& held, OpenDevice& device) {
  const Turn turn(device.gate);
  held.reset();
}

/// Copies between the application's memory and pictures of ours. `operation` names the call.
void copy_in(const betwixt_layout* layout, const void* memory, std::int64_t bytes, Images& pictures,
             const char* operation);
void copy_out(const Images& pictures, std::int64_t first, const betwixt_layout* layout, void* memory,
              std::int64_t bytes, const char* operation);
/// Pictures that a layout speaks of, after checking that it fits pictures of this size in `bytes` bytes of `memory`.
std::int64_t checked_count(const betwixt_layout* layout, const void* memory, std::int64_t bytes, int height, int width,
                           int channels, const char* operation);

/// A path through the codes named by `keys`. `model` as in GraphCache, and then inside the gate.
CodePath make_path(const Codes& codes, const GraphCache& graph, std::span<const std::int64_t> keys,
                   const PathChoice& choice, betwixt_path_info& info, const Autoencoder* model = nullptr);
/// `count` keys of the application's; E_ARGUMENT for too many or none where some were announced.
std::span<const std::int64_t> checked_keys(const std::int64_t* keys, std::int64_t count, const char* operation);

}  // namespace betwixt::capi

struct betwixt_device : betwixt::capi::Tagged<0x44785742> {
  std::shared_ptr<betwixt::capi::OpenDevice> open;
};

struct betwixt_pictures : betwixt::capi::Tagged<0x50785742> {
  betwixt::Images images;
  mutable betwixt::capi::Access access;
};

struct betwixt_codes : betwixt::capi::Tagged<0x43785742> {
  betwixt::Codes codes;
  betwixt::capi::GraphCache graph;
  mutable betwixt::capi::Access access;
};

struct betwixt_model : betwixt::capi::Tagged<0x4d785742> {
  std::shared_ptr<betwixt::capi::ModelState> state;
};
