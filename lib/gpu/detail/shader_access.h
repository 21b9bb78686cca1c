// SPDX-License-Identifier: MIT
#pragma once

#include <array>

#include "betwixt/gpu/detail/embedded_shaders.h"
#include "betwixt/tensor/gpu_call.h"

namespace betwixt::gpu {

/// What a shader may do with one storage buffer, as declared: READ, WRITE and READ_WRITE of
/// shaders/common/betwixt.glsl.
struct ShaderAccess {
  bool reads = false;
  bool writes = false;
};

/// Of bindings 0 to 3. A slot declared several times: all of it together.
std::array<ShaderAccess, GpuDispatch::kMaxOperands> shader_access(const EmbeddedShader& shader);

}  // namespace betwixt::gpu
