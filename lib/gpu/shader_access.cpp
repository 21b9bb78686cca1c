// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/shader_access.h"

#include <cstdint>
#include <map>
#include <set>
#include <span>

namespace betwixt::gpu {
namespace {

// Numbers of the SPIR-V specification.
constexpr std::size_t kHeaderWords = 5;
constexpr std::uint32_t kOpTypePointer = 32, kOpVariable = 59, kOpDecorate = 71, kOpMemberDecorate = 72;
constexpr std::uint32_t kBinding = 33, kNonWritable = 24, kNonReadable = 25;
constexpr std::uint32_t kStorageBuffer = 12;

/// Decorations and types of the buffers of a module.
struct Module {
  std::map<std::uint32_t, std::uint32_t> binding;  ///< by variable
  std::map<std::uint32_t, std::uint32_t> pointer;  ///< by variable
  std::map<std::uint32_t, std::uint32_t> pointee;  ///< by pointer
  std::set<std::uint32_t> not_writable;            ///< variables and block types
  std::set<std::uint32_t> not_readable;

  void note_limit(std::uint32_t target, std::uint32_t decoration) {
    if (decoration == kNonWritable) not_writable.insert(target);
    if (decoration == kNonReadable) not_readable.insert(target);
  }

  void take(std::uint32_t opcode, std::span<const std::uint32_t> words) {
    if (opcode == kOpDecorate && words.size() > 3 && words[2] == kBinding) binding[words[1]] = words[3];
    if (opcode == kOpDecorate && words.size() > 2) note_limit(words[1], words[2]);
    if (opcode == kOpMemberDecorate && words.size() > 3) note_limit(words[1], words[3]);
    if (opcode == kOpTypePointer && words.size() > 3) pointee[words[1]] = words[3];
    if (opcode == kOpVariable && words.size() > 3 && words[3] == kStorageBuffer) pointer[words[2]] = words[1];
  }
};

}  // namespace

std::array<ShaderAccess, GpuDispatch::kMaxOperands> shader_access(const EmbeddedShader& shader) {
  Module module;
  for (std::size_t i = kHeaderWords; i < shader.count;) {
    const std::size_t length = shader.words[i] >> 16;
    if (length == 0 || length > shader.count - i) break;
    module.take(shader.words[i] & 0xFFFF, {shader.words + i, length});
    i += length;
  }
  std::array<ShaderAccess, GpuDispatch::kMaxOperands> result;
  for (const auto& [name, slot] : module.binding) {
    const std::uint32_t variable = name;  // Clang 14 captures no structured bindings
    const auto pointer = module.pointer.find(variable);
    if (slot >= result.size() || pointer == module.pointer.end()) continue;
    const std::uint32_t block = module.pointee[pointer->second];
    const auto is_in = [&](const std::set<std::uint32_t>& set) { return set.count(variable) || set.count(block); };
    result[slot].reads |= !is_in(module.not_readable);
    result[slot].writes |= !is_in(module.not_writable);
  }
  return result;
}

}  // namespace betwixt::gpu
