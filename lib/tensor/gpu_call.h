// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "betwixt/tensor/tensor.h"

namespace betwixt {

/// What an op may ask about the GPU when it chooses a shader variant. Values are already clamped to what the library
/// uses; tests lower them to the Vulkan minimum.
struct GpuLimits {
  std::uint32_t max_invocations = 128;  ///< of one workgroup
  std::uint32_t shared_bytes = 16384;   ///< of one workgroup
  std::uint32_t max_groups = 65535;     ///< per axis
  std::uint32_t cores = 16;             ///< rough number of compute units
  std::uint32_t subgroup_size = 1;      ///< 1 when subgroup arithmetic must not be used
  bool storage_16bit = false;           ///< 16-bit storage buffers
  bool few_registers = false;           ///< 64 sums an invocation are more than the compiler can hold
  /// Only the plainest variant of each shader: another one was found to be wrong on this device.
  bool plain = false;
};

/// A buffer of a dispatch: input i, output i, or a byte range of the op's scratch.
struct GpuOperand {
  /// What the buffer belongs to.
  enum class Kind : std::uint8_t { kInput, kOutput, kScratch } kind = Kind::kInput;  ///< which of them
  int index = 0;                                                                     ///< which input or output
  std::size_t byte_offset = 0;  ///< from the start of the tensor or of the scratch; a multiple of 16
  std::size_t bytes = 0;        ///< that the dispatch may touch; 0 is to the end
};

constexpr GpuOperand gpu_in(int index, std::size_t byte_offset = 0) {
  return {GpuOperand::Kind::kInput, index, byte_offset};
}
constexpr GpuOperand gpu_out(int index = 0, std::size_t byte_offset = 0, std::size_t bytes = 0) {
  return {GpuOperand::Kind::kOutput, index, byte_offset, bytes};
}
constexpr GpuOperand gpu_scratch(std::size_t byte_offset = 0, std::size_t bytes = 0) {
  return {GpuOperand::Kind::kScratch, 0, byte_offset, bytes};
}

/// One dispatch of a shader of `shaders/<shader>.comp`.
///
/// In the shader (see shaders/common/betwixt.glsl) operand i is storage buffer binding i, and the push-constant block
/// starts with four words: the offset of each operand in 4-byte words (every tensor starts on a multiple of 16 bytes).
/// The op's own words follow. At most 4 operands and 28 own words: the Vulkan minimum.
struct GpuDispatch {
  static constexpr int kMaxOperands = 4;    ///< buffers at most
  static constexpr int kMaxPush = 28;       ///< own push-constant words at most
  static constexpr int kMaxConstants = 12;  ///< specialisation constants at most
  static constexpr int kMaxShared = 2;      ///< operands in the bindings of others

  const char* shader = nullptr;                     ///< file name without ".comp"
  std::array<GpuOperand, kMaxOperands> operands{};  ///< bindings in order
  int operand_count = 0;                            ///< of `operands`
  std::array<std::uint32_t, kMaxPush> push{};       ///< the op's own words
  int push_count = 0;                               ///< of `push`
  /// Specialisation constants 0, 1, 2 ... in order. By convention constant 0 is the workgroup size in x.
  std::array<std::uint32_t, kMaxConstants> constants{};
  int constant_count = 0;
  std::array<std::uint32_t, 3> groups{1, 1, 1};
  /// An operand without a binding of its own, see share().
  struct Shared {
    int slot = 0;        ///< whose binding shows it
    int word = 0;        ///< of `push`, its offset
    GpuOperand operand;  ///< what is read
  };
  std::array<Shared, kMaxShared> shared{};  ///< in the order of share()
  int shared_count = 0;                     ///< of `shared`

  /// A dispatch of `shader_name` on these buffers, at most kMaxOperands.
  GpuDispatch(const char* shader_name, std::initializer_list<GpuOperand> buffers) : shader(shader_name) {
    for (const GpuOperand& b : buffers) add(b);
  }
  /// Appends an operand.
  GpuDispatch& add(const GpuOperand& operand) {
    operands[static_cast<std::size_t>(operand_count++)] = operand;
    return *this;
  }
  /// Appends a push-constant word; at most kMaxPush.
  GpuDispatch& word(std::uint32_t value) {
    push[static_cast<std::size_t>(push_count++)] = value;
    return *this;
  }
  /// The same bits as a float of the push-constant block.
  GpuDispatch& number(float value);
  GpuDispatch& constant(std::uint32_t value) {
    constants[static_cast<std::size_t>(constant_count++)] = value;
    return *this;
  }
  /// One operand more, read through the binding of operand `slot`: GpuCall::same_buffer must be true for the two. Its
  /// offset in that binding, in 4-byte words, is the next word. At most kMaxShared.
  GpuDispatch& share(int slot, const GpuOperand& operand) {
    shared[static_cast<std::size_t>(shared_count++)] = {slot, push_count, operand};
    return word(0);
  }
  GpuDispatch& grid(std::uint32_t x, std::uint32_t y = 1, std::uint32_t z = 1) {
    groups = {x, y, z};
    return *this;
  }
  /// One invocation per item with `local` invocations a group; folds counts above the group limit into y. The shader
  /// finds its item with `linear_item()` of common/betwixt.glsl and must compare it with its own count.
  GpuDispatch& items(std::uint64_t count, std::uint32_t local, const GpuLimits& limits);
};

/// Records an op on a GPU program. Implemented by lib/gpu; ops know no Vulkan.
class GpuCall {
 public:
  virtual ~GpuCall() = default;
  /// The node to record.
  virtual const Node& node() const = 0;
  /// What the device allows.
  virtual const GpuLimits& limits() const = 0;
  /// Appends the dispatch to the program.
  virtual void dispatch(const GpuDispatch& dispatch) = 0;
  /// What the dispatches before wrote is seen by those after. Only needed between dispatches of one op: the program
  /// orders ops. Dispatches of one op without a barrier between them must not need one another.
  virtual void barrier() = 0;
  /// True when input `input` already lies in its place inside output 0 (ops with a `place` rule).
  virtual bool is_placed(int input) const = 0;
  /// True when output `output` is computed in the memory of input `input`: the same bytes.
  virtual bool in_place(int output, int input) const = 0;
  /// True when both operands can be seen through one binding.
  virtual bool same_buffer(const GpuOperand& a, const GpuOperand& b) const = 0;
  /// Fills the start of output `output` with these bytes when the program is compiled (constants).
  virtual void upload(int output, std::span<const std::byte> bytes) = 0;

  /// Shape of input i.
  const Shape& in_shape(int i) const { return node().input_shape(i); }
  /// Shape of output i.
  const Shape& out_shape(int i = 0) const { return node().output_shape(i); }
  /// The node's options, as given to `apply`.
  template <class Options>
  const Options& options() const {
    return node().options<Options>();
  }
};

}  // namespace betwixt
