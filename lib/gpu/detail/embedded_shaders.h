// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace betwixt::gpu {

/// One compute shader in the library: SPIR-V for Vulkan 1.1, compiled from shaders/<name>.comp by the build.
struct EmbeddedShader {
  const char* name;
  const std::uint32_t* words;
  std::size_t count;  ///< words, not bytes
};

/// All shaders, sorted by name; `kEmbeddedShaderCount` of them.
extern const EmbeddedShader kEmbeddedShaders[];
extern const std::size_t kEmbeddedShaderCount;

}  // namespace betwixt::gpu
