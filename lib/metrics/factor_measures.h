// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "betwixt/image/images.h"

namespace betwixt {

/// Measures of an interpolation whose true factors are known (Oring, Yakhini, Hel-Or, "Autoencoder Image Interpolation
/// by Shaping the Latent Space", 2021; M1-M4 are our names). Factors are in the units of the scene, here degrees.

/// One pair of end pictures: factors of the start and of the end, one number per factor. A wrapped factor is given
/// unwrapped (350 to 430), so that the true way is the straight one.
struct FactorInterval {
  std::vector<double> from;  ///< one number per factor
  std::vector<double> to;    ///< one number per factor
};

/// A method's frames of an interval at the given alphas.
using IntervalFrames = std::function<Images(const FactorInterval&, std::span<const double> alphas)>;
/// True pictures, one per row of factors.
using TruePictures = std::function<Images(const std::vector<std::vector<double>>& factors)>;

/// `count` alphas, evenly from 0 to 1, ends included. E_ARGUMENT below 2.
std::vector<double> even_alphas(int count);

/// Intervals [start, start + width] of one factor for every `step`-th start in [0, turn).
std::vector<FactorInterval> intervals_of_turn(double width, double step, double turn = 360);

/// M1: mean squared error (pixels in 0-1) against the true picture at each alpha, mean and standard deviation over
/// intervals. The paper's figure has 17 alphas.
struct ErrorByAlpha {
  std::vector<double> alphas;     ///< in [0, 1]
  std::vector<double> mean;       ///< one per alpha
  std::vector<double> deviation;  ///< standard deviation over the intervals, one per alpha
  double peak = 0;                ///< largest of `mean`
};
ErrorByAlpha error_by_alpha(std::span<const FactorInterval> intervals, const IntervalFrames& frames,
                            const TruePictures& truth, std::span<const double> alphas);

/// M2: error of wider and wider intervals. `in_between` is the mean over inner alphas as the text says; `middle` is the
/// error at the middle alpha, which the published plot seems to show.
struct ErrorByWidth {
  std::vector<double> widths;      ///< of the intervals
  std::vector<double> in_between;  ///< one per width
  std::vector<double> middle;      ///< one per width
};
ErrorByWidth error_by_width(std::span<const double> widths, double step, double turn, const IntervalFrames& frames,
                            const TruePictures& truth, int alphas = 17);

/// Pictures with known factors to look frames up in. `turn`: period per factor, 0 for none.
struct FactorSet {
  Images pictures;                           ///< to look frames up in
  std::vector<std::vector<double>> factors;  ///< one row per picture
  std::vector<double> turn;                  ///< one number per factor
};

/// M3: alpha as read off the nearest picture (L2), for one factor: (found - from) / (to - from), unwrapped to the
/// nearest turn.
struct PredictedAlpha {
  std::vector<double> alphas;          ///< asked for, in [0, 1]
  std::vector<double> median;          ///< found, over the intervals, one per alpha
  std::vector<double> quartile_range;  ///< 75 % minus 25 % quantile
  double median_error = 0;             ///< mean |median - alpha|
  double mean_range = 0;               ///< mean of quartile_range
};
PredictedAlpha predicted_alpha(std::span<const FactorInterval> intervals, const IntervalFrames& frames,
                               const FactorSet& set, std::span<const double> alphas);

/// M4: distance in factor space from the nearest picture (L2) to the start and to the end, averaged over intervals.
struct FactorDistances {
  std::vector<double> alphas;    ///< in [0, 1]
  std::vector<double> to_start;  ///< one per alpha
  std::vector<double> to_end;    ///< one per alpha
  double length = 0;             ///< mean distance between the ends
  double deviation = 0;          ///< largest distance of either curve from the straight line, over `length`
  /// Steps where the distance to the start falls, or the distance to the end grows, by more than `grid_step`.
  std::int64_t violations = 0;
};
FactorDistances factor_distances(std::span<const FactorInterval> intervals, const IntervalFrames& frames,
                                 const FactorSet& set, std::span<const double> alphas, double grid_step);

/// Difference b - a brought into [-turn / 2, turn / 2]; plain where turn is 0.
double turned_difference(double a, double b, double turn);

/// Quantile by linear interpolation between order statistics (numpy's default). E_MISSING for no values.
double quantile(std::vector<double> values, double fraction);

}  // namespace betwixt
