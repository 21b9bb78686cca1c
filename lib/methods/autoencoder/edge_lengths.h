// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/interp/neighbour_graph.h"
#include "betwixt/methods/autoencoder/autoencoder.h"

namespace betwixt {

/// What the length of a graph's edge is measured in.
enum class EdgeMeasure : std::uint8_t {
  kCode,     ///< Euclidean distance of the codes
  kDecoded,  ///< root mean squared difference of the two decoded pictures
  /// Length of the straight edge under the metric that the decoder pulls back from pictures to codes (Arvanitidis,
  /// Hansen, Hauberg 2018): the norm of the decoder's directional derivative along the edge, by the three-point Gauss
  /// rule. Longer than kDecoded where the pictures on the way are unlike both ends.
  kPullBack,
};

/// Lengths for `NeighbourGraphOptions::lengths`, so that shortest paths follow the picture manifold and not the code
/// space's own scale. `codes` must be those the graph is made of; empty for kCode. Pictures are in [0, 1], so a length
/// of 0.1 means a tenth of the range per pixel (root mean square).
EdgeLengths edge_lengths(const Autoencoder& model, const Codes& codes, EdgeMeasure measure);

}  // namespace betwixt
