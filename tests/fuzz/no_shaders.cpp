// SPDX-License-Identifier: MIT
// The target of the pipeline cache has no graphics code, and so no shaders whose hash a cache would hold.
#include "betwixt/gpu/detail/embedded_shaders.h"

namespace betwixt::gpu {

const EmbeddedShader kEmbeddedShaders[] = {{"", nullptr, 0}};
const std::size_t kEmbeddedShaderCount = 0;

}  // namespace betwixt::gpu
