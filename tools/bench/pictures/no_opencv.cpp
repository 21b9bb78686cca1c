// SPDX-License-Identifier: MIT
#include "peers.h"

namespace betwixt::bench {

Peer opencv_peer(const Work&, int) { return {}; }

}  // namespace betwixt::bench
