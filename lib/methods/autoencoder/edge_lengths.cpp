// SPDX-License-Identifier: MIT
#include "betwixt/methods/autoencoder/edge_lengths.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/unary.h"

namespace betwixt {
namespace {

constexpr std::int64_t kBatch = 16;

/// Points and weights of Gauss's rule on [0, 1].
constexpr std::array<double, 3> kPoints = {0.11270166537925831, 0.5, 0.88729833462074169};
constexpr std::array<double, 3> kWeights = {5.0 / 18, 8.0 / 18, 5.0 / 18};

Tensor rms(const Tensor& pictures) { return sqrt(mean(square(pictures), {1, 2, 3})); }

/// One program that measures kBatch edges at once.
class Measurer {
 public:
  Measurer(const Autoencoder& model, const Codes& codes, EdgeMeasure measure) : codes_(codes) {
    const TensorType type{{kBatch, codes.dimensions}, DType::kF32};
    from_ = State(model.device(), "edge.from", type);
    to_ = State(model.device(), "edge.to", type);
    Pass pass;
    const Tensor a = read(from_), b = read(to_);
    program_ =
        Program(model.device(), {measure == EdgeMeasure::kDecoded ? rms(model.decode(pass, a) - model.decode(pass, b))
                                                                  : pulled_back(model, pass, a, b)});
  }

  std::vector<double> lengths(std::span<const Edge> edges) {
    std::vector<double> found;
    std::vector<float> from, to;
    for (std::size_t first = 0; first < edges.size(); first += kBatch) {
      const std::size_t n = std::min<std::size_t>(kBatch, edges.size() - first);
      from.clear();
      to.clear();
      for (std::size_t i = 0; i < kBatch; ++i) {
        const Edge& edge = edges[first + std::min(i, n - 1)];
        const auto a = codes_.row(edge.from), b = codes_.row(edge.to);
        from.insert(from.end(), a.begin(), a.end());
        to.insert(to.end(), b.begin(), b.end());
      }
      from_.write(from);
      to_.write(to);
      program_.run();
      const std::vector<float> values = program_.values<float>();
      found.insert(found.end(), values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n));
    }
    return found;
  }

 private:
  static Tensor pulled_back(const Autoencoder& model, Pass& pass, const Tensor& a, const Tensor& b) {
    const Tensor direction = b - a;
    Tensor total;
    for (std::size_t i = 0; i < kPoints.size(); ++i) {
      const Tensor at = a + direction * kPoints[i];
      const Tensor speed = rms(tangent(model.decode(pass, at), at, direction)) * kWeights[i];
      total = total.defined() ? total + speed : speed;
    }
    return total;
  }

  const Codes codes_;
  State from_;
  State to_;
  Program program_;
};

}  // namespace

EdgeLengths edge_lengths(const Autoencoder& model, const Codes& codes, EdgeMeasure measure) {
  if (measure == EdgeMeasure::kCode) return nullptr;
  if (codes.dimensions != model.options().code)
    throw Error(ErrorCode::kShape, "edge_lengths", "codes of %d dimensions for a model of %d", codes.dimensions,
                model.options().code);
  const auto measurer = std::make_shared<Measurer>(model, codes, measure);
  return [measurer](std::span<const Edge> edges) { return measurer->lengths(edges); };
}

}  // namespace betwixt
