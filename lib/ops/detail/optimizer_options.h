// SPDX-License-Identifier: MIT
#pragma once

namespace betwixt {

struct EmaOptions {
  double decay = 0;
};

}  // namespace betwixt
