// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/core/error.h"
#include "betwixt/gpu/detail/functions.h"

namespace betwixt::gpu {

/// "VK_ERROR_DEVICE_LOST" and so on.
const char* result_name(VkResult result);

/// The error of a call that failed: E_DEVICE_LOST, E_OOM, E_UNSUPPORTED or E_INTERNAL by what it returned.
Error result_error(VkResult result, const char* call);

/// Throws result_error unless `result` is a success.
inline void check(VkResult result, const char* call) {
  if (result < VK_SUCCESS) throw result_error(result, call);
}

}  // namespace betwixt::gpu
