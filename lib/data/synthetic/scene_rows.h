// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "betwixt/data/synthetic/scenes.h"

namespace betwixt {

/// Which pictures of a scene are drawn.
struct SceneRequest {
  std::int64_t count = 16;                   ///< pictures, of random ones and of a sweep
  std::uint64_t seed = 1;                    ///< of random factors
  bool all = false;                          ///< the data set the scene was made for, in its order
  std::string sweep = {};                    ///< goes through this factor in even steps; empty: random pictures
  std::string pairs = {};                    ///< every picture twice: with this factor low and high; empty: once
  std::vector<std::string> vary = {};        ///< random factors; empty: the usual ones
  std::map<std::string, double> fixed = {};  ///< factors that do not have their usual value
};

/// Rows of factors for `Scene::draw`. E_ARGUMENT for factors the scene has not got, `all` of a random set, and both
/// `all` and `sweep`.
std::vector<std::vector<double>> scene_rows(const Scene& scene, const SceneRequest& request);

/// "FACTOR=NUMBER" as an entry of `SceneRequest::fixed`. E_ARGUMENT otherwise.
std::pair<std::string, double> scene_setting(const std::string& text);

}  // namespace betwixt
