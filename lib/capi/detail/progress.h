// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/capi/betwixt.h"
#include "betwixt/train/fit.h"

namespace betwixt::capi {

/// A progress callback of the application's.
struct ProgressListener {
  std::int32_t (*callback)(void*, const betwixt_progress*) = nullptr;
  void* user = nullptr;

  /// True to go on. To be called without the gate; what the callback throws becomes E_ARGUMENT.
  bool tell(const Progress& progress) const;
};

}  // namespace betwixt::capi
