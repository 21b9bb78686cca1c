// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "betwixt/image/images.h"

namespace betwixt {

// Every scene of this folder under a name, with its factors as plain numbers: for tools that make data, sweeps and
// tables. Programs that know which scene they want use its own header.

/// One thing that varies. Any real value can be rendered, inside the range or beyond it, unless the factor has levels.
struct SceneFactor {
  std::string name;    ///< as on a command line
  double low = 0;      ///< least usual value
  double high = 1;     ///< greatest usual value
  double usual = 0;    ///< where it stands when it is not varied
  bool varied = true;  ///< in random samples, unless told otherwise
  int levels = 0;      ///< more than 0: whole numbers from 0 to levels - 1 (rounded, clamped)
};

/// A scene under its name.
struct Scene {
  std::string name;                  ///< as on a command line
  std::string text;                  ///< one line for people
  int pixels = 64;                   ///< usual height and width
  bool fixed_size = false;           ///< no other size is defined
  std::vector<SceneFactor> factors;  ///< slowest first in the full set
  /// Pictures of rows with one number per factor.
  std::function<Images(std::span<const std::vector<double>> rows, int pixels)> draw;
  /// Rows of the data set the scene was made for, in its order; empty when that is a random set.
  std::function<std::vector<std::vector<double>>()> full_set;

  /// Index of a factor. E_ARGUMENT, listing the names, when there is none.
  std::size_t factor(const std::string& name) const;
  /// All factors at their usual values.
  std::vector<double> usual() const;
};

/// robot_arm, turntable, pole_shadow, lines, disks, squares, rings, ellipses, diracs, blobs, colour_blobs, strokes,
/// faces.
const std::vector<Scene>& scenes();
/// E_ARGUMENT, listing the names, when there is none.
const Scene& scene_named(const std::string& name);

/// A random sample of a scene.
struct SceneSampleOptions {
  std::int64_t count = 16;                   ///< pictures
  std::uint64_t seed = 1;                    ///< of the factors drawn
  std::vector<std::string> vary = {};        ///< these factors only; empty: those that are varied as a rule
  std::map<std::string, double> fixed = {};  ///< values of others than the usual
};

/// Random rows: every varied factor uniform over its range, independent of the others and of `count`.
/// E_ARGUMENT for unknown factors and negative counts.
std::vector<std::vector<double>> sample_scene(const Scene& scene, const SceneSampleOptions& options);

/// `count` rows along one factor from its low to its high end, the others usual or `fixed`. A factor with levels goes
/// through its levels.
std::vector<std::vector<double>> sweep_scene(const Scene& scene, const std::string& factor, std::int64_t count,
                                             const std::map<std::string, double>& fixed = {});

}  // namespace betwixt
