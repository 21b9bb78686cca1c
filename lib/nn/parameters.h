// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "betwixt/nn/initializer.h"
#include "betwixt/tensor/state.h"

namespace betwixt {

/// How a parameter's memory order relates to the order PyTorch saves it in; used when models are saved and loaded.
enum class WeightLayout : std::uint8_t {
  kPlain,          ///< same order (biases, norm scales)
  kConv,           ///< ours [kh, kw, in/groups, out], saved [out, in/groups, kh, kw]
  kConvTranspose,  ///< ours [kh, kw, in, out/groups], saved [in, out/groups, kh, kw]
  kDense,          ///< ours [in, out], saved [out, in]
};

/// One trainable tensor inside a parameter set.
struct ParameterSpec {
  std::string name;                            ///< as PyTorch would name it: "encoder.0.weight"
  Shape shape;                                 ///< in our order
  Initializer initializer;                     ///< of the first values
  WeightLayout layout = WeightLayout::kPlain;  ///< how our order and the saved one differ
  /// A dense layer next to a flattened picture [h, w, c]: PyTorch flattens as [c, h, w]. Which side of the weight (or
  /// the bias, for outputs) is affected, and the picture's shape; rank 0 when not.
  Shape flattened_input;
  Shape flattened_output;
  std::int64_t offset = 0;  ///< first element in the arena
};

/// Running statistics and other state of a layer that is saved but not trained.
struct BufferSpec {
  std::string name;             ///< as PyTorch would name it
  State state;                  ///< where its values are
  Shape flattened_output = {};  ///< as of a parameter
};

/// A named set of trainable tensors that lie side by side in one flat state, so that one optimiser call updates all of
/// them. Layers add to it when they are made; at the first use the set is closed and its storage allocated. Several
/// sets make several groups (generator and discriminator). A handle; copies mean the same set.
class Parameters {
 public:
  Parameters() = default;  ///< undefined
  /// `seed` starts the random initial values. `dtype` is kF32, or kF64 for gradient checks on the CPU.
  Parameters(const Device& device, std::string name, std::uint64_t seed, DType dtype = DType::kF32);

  /// Adds a parameter and returns its index. E_DUPLICATE for a name used before, E_ARGUMENT once the set is closed.
  int add(ParameterSpec spec);
  /// Adds a saved, untrained tensor; `flattened_output` as of a parameter.
  State add_buffer(const std::string& name, const Shape& shape, const Initializer& initializer,
                   const Shape& flattened_output = {});

  /// Where its arena is.
  const Device& device() const;
  /// Of the set, as "model".
  const std::string& name() const;
  /// Of every parameter: kF32 or kF64.
  DType dtype() const;
  /// Of the random initial values.
  std::uint64_t seed() const;
  /// Every parameter, in the order of `add`.
  const std::vector<ParameterSpec>& specs() const;
  /// Every buffer, in the order of `add_buffer`.
  const std::vector<BufferSpec>& buffers() const;
  /// Index of a parameter, or -1.
  int find(const std::string& name) const;
  /// Trainable numbers, padding not counted.
  std::int64_t element_count() const;

  /// The flat state. Closes the set and writes the initial values the first time.
  const State& arena() const;
  /// All trainable tensors, cut out of one version of the arena (`read(arena())` or what an optimiser gave).
  std::vector<Tensor> cut(const Tensor& flat) const;

  /// Host copies of one parameter, in our memory order.
  std::vector<float> values(int index) const;
  void write(int index, std::span<const float> values) const;

  /// Whether both are handles on one set.
  friend bool operator==(const Parameters&, const Parameters&) = default;

 private:
  struct Set;
  Set& set() const;
  std::shared_ptr<Set> set_;
};

}  // namespace betwixt
