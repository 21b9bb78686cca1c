// SPDX-License-Identifier: MIT
#include <numbers>

#include "betwixt/core/error.h"
#include "betwixt/core/philox.h"
#include "betwixt/data/synthetic/lines.h"
#include "betwixt/interp/paths.h"
#include "betwixt/methods/autoencoder/evaluation.h"
#include "betwixt/metrics/lines_scores.h"

namespace betwixt {
namespace {

constexpr int kLineFrames = 16;

}  // namespace

std::vector<LinesRow> evaluate_lines(const Autoencoder& model, std::uint64_t seed, int interpolations) {
  if (!(model.options().picture == Shape{32, 32, 1}))
    throw Error(ErrorCode::kShape, "evaluate", "lines are pictures of [32, 32, 1], the model takes %s",
                model.options().picture.text().c_str());
  std::vector<double> angles;
  const RandomStream stream(seed, "evaluate/lines");
  for (std::uint32_t i = 0; i < 2 * static_cast<std::uint32_t>(interpolations); ++i)
    angles.push_back(philox({i, 0, 0, 0}, stream.key())[0] / 4294967296.0 * 2 * std::numbers::pi);
  const Codes codes = model.encode(lines(angles));
  const LineReference reference(line_rows(line_angles()), line_angles());
  std::vector<LinesRow> rows;
  for (const char* method : {"straight", "slerp"}) {
    std::vector<float> frames;
    for (std::int64_t i = 0; i < interpolations; ++i) {
      const CodePath path = std::string(method) == "slerp" ? spherical_path(codes, 2 * i, 2 * i + 1, kLineFrames)
                                                           : straight_path(codes, 2 * i, 2 * i + 1, kLineFrames);
      for (const std::uint8_t value : model.decode(path.points).pixels)
        frames.push_back(static_cast<float>(value / 127.5 - 1));
    }
    const LinesScores scores = lines_scores(frames, kLineFrames, reference);
    rows.push_back({method, scores.mean_distance, scores.smoothness});
  }
  return rows;
}

JsonValue to_json(const std::vector<LinesRow>& rows) {
  JsonValue all = JsonValue::array();
  for (const LinesRow& row : rows) {
    JsonValue value = JsonValue::object();
    value.set("method", row.method).set("mean_distance", row.mean_distance).set("smoothness", row.smoothness);
    all.push(std::move(value));
  }
  return all;
}

}  // namespace betwixt
