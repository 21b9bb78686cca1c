// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "betwixt/image/images.h"
#include "betwixt/tensor/plan.h"
#include "betwixt/train/fit.h"

namespace betwixt {

/// How the motion between two pictures is found. The defaults suit sprites, photographs and faces up to 256 pixels.
struct FlowFitOptions {
  int levels = 0;               ///< pyramid levels, the full size included; 0: down to about 8 pixels
  std::int64_t steps = 100;     ///< on every level
  double learning_rate = 0.15;  ///< pixels of the level a step, at its highest; it falls along a cosine
  double smoothness = 0.15;     ///< of the flow; more moves larger parts as one, less follows small ones
  double stillness = 0.1;       ///< price of moving by a whole side of the picture; settles what has no texture
  double consistency = 0.04;    ///< how much the flows of both directions must agree
  double detail = 1.0;          ///< weight of the local contrast beside the colours
  double search = 0.45;         ///< farthest motion looked for, as a share of the longer side; 0 is no search
  bool recolor = true;          ///< whether an affine change of colour may explain differences
  std::uint64_t seed = 1;       ///< of everything random
  PlanOptions plan = {};        ///< how the fitting programs are laid out
  const std::atomic<bool>* stop = nullptr;  ///< may be set from any thread: the fit ends after the step under way
};

/// What a fit came to.
struct FlowFitReport {
  FitReport fit;          ///< steps of all levels together; the loss is that of the finest
  int levels = 0;         ///< pyramid levels that were fitted
  double motion = 0;      ///< mean length of both flows, pixels
  double largest = 0;     ///< longest displacement, pixels
  double occluded = 0;    ///< share of pixels without a partner in the other picture
  double difference = 0;  ///< mean absolute difference of the pictures as they are, in [0, 1]
  double residual = 0;    ///< the same after moving and recolouring one onto the other, both ways, occluded left out
};

/// The motion between two pictures, fitted without a network, and the pictures on the way.
///
/// Two flow fields, from each picture into the other, an affine recolouring (eq. 3 of Ganin et al., DeepWarp, ECCV
/// 2016) with a mask, found coarse to fine over a Gaussian pyramid by Adam on the device. lib/methods/warp/README.md
/// says what is minimised and how the pictures in between are made. The same seed gives the same bits for any number
/// of threads. A handle; copies mean the same fit.
class FlowFit {
 public:
  /// Picture 0 and picture 1 of `pair`, 1 to 4 channels, alpha premultiplied. Stopping early keeps what was found;
  /// equal pictures need no step. E_ARGUMENT when there are not exactly two pictures or an option is out of range,
  /// E_LIMIT by `plan`.
  FlowFit(const Device& device, const Images& pair, const FlowFitOptions& options = {},
          const ProgressCallback& callback = nullptr);

  /// Of the whole fit.
  const FlowFitReport& report() const;

  /// The pictures at `times`: 0 is the first picture, 1 the second, both exact; E_VALUE outside [0, 1].
  Images frames(std::span<const double> times) const;
  /// `count` pictures evenly spaced from the first to the second, both included. E_ARGUMENT below 2.
  Images frames(int count) const;

  /// For every pixel of picture `from` (0 or 1) how far to the right and down its partner in the other is:
  /// [h, w, 2] in pixels.
  std::vector<float> flow(int from) const;
  /// For every pixel of picture `from` how surely it is seen in the other picture too: [h, w] in [0, 1].
  std::vector<float> visibility(int from) const;

 private:
  struct Result;
  std::shared_ptr<Result> result_;
};

}  // namespace betwixt
