// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/ops/cumsum.h"

namespace betwixt {

struct CumsumAxisOptions {
  int axis = 0;
  CumsumOptions sums;
};

}  // namespace betwixt
