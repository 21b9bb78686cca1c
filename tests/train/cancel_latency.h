// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace betwixt {

/// Trains the default network on pictures in memory in another thread, cancels it at `points` random moments, and
/// prints how long it took from the call until training had returned: median, 99th percentile, longest. Likewise for
/// the background notice with a checkpoint.
void print_cancel_latency(const std::string& device, int points);

}  // namespace betwixt
