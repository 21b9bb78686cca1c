// SPDX-License-Identifier: MIT
#include "betwixt/data/synthetic/scene_rows.h"

#include <charconv>
#include <cmath>
#include <locale>
#include <sstream>

#include "betwixt/core/error.h"

namespace betwixt {
namespace {

using Rows = std::vector<std::vector<double>>;

/// Every row twice: with the factor at its low and at its high end.
Rows paired(const Scene& scene, const std::string& factor, const Rows& rows) {
  const std::size_t place = scene.factor(factor);
  Rows both;
  for (const std::vector<double>& row : rows)
    for (const double value : {scene.factors[place].low, scene.factors[place].high}) {
      both.push_back(row);
      both.back()[place] = value;
    }
  return both;
}

Rows full_rows(const Scene& scene, const std::map<std::string, double>& fixed) {
  Rows rows = scene.full_set();
  if (rows.empty())
    throw Error(ErrorCode::kArgument, "scene", "%.32s is a random set: say how many", scene.name.c_str());
  for (const auto& [name, value] : fixed)
    for (std::vector<double>& row : rows) row[scene.factor(name)] = value;
  return rows;
}

/// The whole text as a number, in the classic locale; NaN when it is none.
double number_in(const std::string& text) {
  std::istringstream stream(text);
  stream.imbue(std::locale::classic());
  double value = 0;
  stream >> value;
  return stream && stream.eof() ? value : std::nan("");
}

}  // namespace

Rows scene_rows(const Scene& scene, const SceneRequest& request) {
  if (request.all && !request.sweep.empty())
    throw Error(ErrorCode::kArgument, "scene", "the whole set, or a sweep over %.32s", request.sweep.c_str());
  Rows rows;
  if (request.all)
    rows = full_rows(scene, request.fixed);
  else if (!request.sweep.empty())
    rows = sweep_scene(scene, request.sweep, request.count, request.fixed);
  else
    rows = sample_scene(scene,
                        {.count = request.count, .seed = request.seed, .vary = request.vary, .fixed = request.fixed});
  return request.pairs.empty() ? rows : paired(scene, request.pairs, rows);
}

std::pair<std::string, double> scene_setting(const std::string& text) {
  const std::size_t equals = text.find('=');
  const double value = equals == std::string::npos ? std::nan("") : number_in(text.substr(equals + 1));
  if (!std::isfinite(value)) throw Error(ErrorCode::kArgument, "scene", "%.64s: write FACTOR=NUMBER", text.c_str());
  return {text.substr(0, equals), value};
}

}  // namespace betwixt
