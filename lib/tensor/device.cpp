// SPDX-License-Identifier: MIT
#include "betwixt/tensor/device.h"

#include "betwixt/core/error.h"

namespace betwixt {

Backend& Device::backend() const {
  if (!backend_) throw Error(ErrorCode::kArgument, "device", "no device was chosen");
  return *backend_;
}

}  // namespace betwixt
