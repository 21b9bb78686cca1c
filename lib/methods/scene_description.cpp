// SPDX-License-Identifier: MIT
#include "betwixt/methods/scene_description.h"

namespace betwixt {
namespace {

JsonValue describe(const Scene& scene) {
  JsonValue factors = JsonValue::array();
  for (const SceneFactor& f : scene.factors) {
    JsonValue factor = JsonValue::object();
    factor.set("name", f.name).set("low", f.low).set("high", f.high).set("usual", f.usual).set("levels", f.levels);
    factors.push(factor);
  }
  JsonValue value = JsonValue::object();
  value.set("name", scene.name).set("text", scene.text).set("pixels", scene.pixels).set("fixed_size", scene.fixed_size);
  return value.set("factors", factors);
}

}  // namespace

JsonValue describe_scenes() {
  JsonValue all = JsonValue::array();
  for (const Scene& scene : scenes()) all.push(describe(scene));
  return all;
}

}  // namespace betwixt
