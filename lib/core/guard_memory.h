// SPDX-License-Identifier: MIT
#pragma once

#include <new>
#include <stdexcept>

#include "betwixt/core/error.h"

namespace betwixt {

/// Calls `action` and returns what it returns; memory that the C++ heap refuses becomes E_OOM of `operation`.
template <class Action>
auto guard_memory(const char* operation, Action action) {
  try {
    return action();
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::kOutOfMemory, operation, "no memory");
  } catch (const std::length_error&) {
    throw Error(ErrorCode::kOutOfMemory, operation, "no memory");
  }
}

}  // namespace betwixt
