// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

#include "betwixt/core/shape.h"

namespace betwixt {

struct FillOptions {
  TensorType type;
  double value = 0;
};

struct ConstantOptions {
  TensorType type;
  std::vector<std::byte> bytes;
};

}  // namespace betwixt
