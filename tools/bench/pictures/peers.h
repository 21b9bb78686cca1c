// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

// What is measured: the same work done by us and by others on the same numbers.

namespace betwixt::bench {

/// A picture [side, side, 3] and a flow [side, side, 2] in pixels.
struct Work {
  int side;
  int levels;
  std::vector<float> picture;
  std::vector<float> flow;
};

/// Something that can be done again and again; result() is what the last time gave.
struct Job {
  std::function<void()> run;
  std::function<std::vector<float>()> result;
};

/// Warp by the flow (continued by the border), and a Laplacian pyramid built and collapsed.
struct Peer {
  std::string name;
  Job warp;
  Job prepared_warp;  ///< with the flow converted beforehand to a form of the peer's own; empty for us
  Job pyramid;
};

Peer our_peer(const Work& work, int threads);
/// Empty jobs where OpenCV was not found.
Peer opencv_peer(const Work& work, int threads);

}  // namespace betwixt::bench
