// SPDX-License-Identifier: MIT
#include "betwixt/nn/feature_distance.h"

#include <algorithm>
#include <cstring>

#include "betwixt/core/error.h"
#include "betwixt/io/safetensors.h"
#include "betwixt/metrics/nearest_picture.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/losses.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/unary.h"
#include "betwixt/tensor/program.h"

namespace betwixt {
namespace {

constexpr std::int64_t kBatch = 8;

Tensor unit_length(const Tensor& features) {
  // The root's gradient is infinite at 0: dead pixels get a length too small to matter.
  const Tensor length = sqrt(sum(square(features), {3}, true) + 1e-20);
  return features / (length + 1e-10);
}

void check_heads(const std::vector<Tensor>& x, const LpipsHeads& heads) {
  if (heads.weights.empty()) return;
  if (heads.weights.size() != x.size())
    throw Error(ErrorCode::kShape, "lpips", "%zu heads for %zu layers", heads.weights.size(), x.size());
  for (std::size_t i = 0; i < x.size(); ++i)
    if (static_cast<std::int64_t>(heads.weights[i].size()) != x[i].shape()[3])
      throw Error(ErrorCode::kShape, "lpips", "head %zu has %zu weights for %lld channels", i, heads.weights[i].size(),
                  static_cast<long long>(x[i].shape()[3]));
}

}  // namespace

Tensor feature_loss(const FeatureNetwork& network, Pass& pass, const Tensor& x, const Tensor& y) {
  const std::vector<Tensor> a = network(pass, x), b = network(pass, y);
  Tensor total = mse_loss(a[0], b[0]);
  for (std::size_t i = 1; i < a.size(); ++i) total = total + mse_loss(a[i], b[i]);
  return total * (1.0 / static_cast<double>(a.size()));
}

LpipsHeads LpipsHeads::load(const std::string& path, FileSystem& files) {
  SafetensorsFile file = SafetensorsFile::open(files, path);
  LpipsHeads heads;
  for (int i = 0;; ++i) {
    const std::string name = "lin" + std::to_string(i) + ".weight";
    if (!file.contains(name)) break;
    std::vector<float> weights(file.info(name).elements());
    file.read(name, std::span<float>(weights), {.allow_lossy = true, .require_finite = true});
    for (const float weight : weights)
      if (weight < 0) throw Error(ErrorCode::kValue, "lpips", "%s has the negative weight %g", name.c_str(), weight);
    heads.weights.push_back(std::move(weights));
  }
  if (heads.weights.empty()) throw Error(ErrorCode::kMissing, "lpips", "%.128s has no lin0.weight", path.c_str());
  return heads;
}

Tensor lpips_of_features(const std::vector<Tensor>& x, const std::vector<Tensor>& y, const LpipsHeads& heads) {
  check_heads(x, heads);
  Tensor total;
  for (std::size_t i = 0; i < x.size(); ++i) {
    Tensor difference = square(unit_length(x[i]) - unit_length(y[i]));
    if (heads.weights.empty()) {
      difference = difference * (1.0 / static_cast<double>(x.size()));
    } else {
      const std::vector<double> weights(heads.weights[i].begin(), heads.weights[i].end());
      difference = difference * constant(weights, {x[i].shape()[3]}, x[i].dtype());
    }
    const Tensor layer = mean(sum(difference, {3}), {1, 2});
    total = total.defined() ? total + layer : layer;
  }
  return total;
}

Tensor lpips(const FeatureNetwork& network, Pass& pass, const Tensor& x, const Tensor& y, const LpipsHeads& heads) {
  return lpips_of_features(network(pass, x), network(pass, y), heads);
}

struct FeatureDistance::Parts {
  FeatureNetwork network;
  LpipsHeads heads;
  State x, y;
  Program program;

  void compile(const Shape& batch) {
    if (x.defined() && x.type().shape == batch) return;
    const Device& device = network.parameters().device();
    x = State(device, "distance.x", {batch, DType::kU8});
    y = State(device, "distance.y", {batch, DType::kU8});
    const auto floats = [](const State& state) { return affine(cast(read(state), DType::kF32), 1.0 / 255, 0); };
    Pass pass;
    program = Program(device, {lpips(network, pass, floats(x), floats(y), heads)});
  }
};

FeatureDistance::FeatureDistance(FeatureNetwork network, LpipsHeads heads)
    : parts_(std::make_unique<Parts>(Parts{std::move(network), std::move(heads), {}, {}, {}})) {}
FeatureDistance::~FeatureDistance() = default;
FeatureDistance::FeatureDistance(FeatureDistance&&) noexcept = default;
FeatureDistance& FeatureDistance::operator=(FeatureDistance&&) noexcept = default;
const FeatureNetwork& FeatureDistance::network() const { return parts_->network; }

std::vector<double> FeatureDistance::operator()(const Images& a, const Images& b) {
  check_same_size("feature distance", a, b);
  if (a.count != b.count)
    throw Error(ErrorCode::kShape, "feature distance", "%lld pictures and %lld", static_cast<long long>(a.count),
                static_cast<long long>(b.count));
  const std::int64_t batch = std::min(kBatch, a.count);
  std::vector<double> distances;
  if (batch == 0) return distances;
  parts_->compile({batch, a.height, a.width, a.channels});
  std::vector<std::uint8_t> staged(static_cast<std::size_t>(batch) * a.picture_bytes());
  for (std::int64_t first = 0; first < a.count; first += batch) {
    const std::int64_t n = std::min(batch, a.count - first);
    const auto fill_state = [&](const State& state, const Images& images) {
      std::memcpy(staged.data(), images.picture(first).data(), static_cast<std::size_t>(n) * images.picture_bytes());
      state.write(staged);
    };
    fill_state(parts_->x, a);
    fill_state(parts_->y, b);
    parts_->program.run();
    const std::vector<float> values = parts_->program.values<float>();
    distances.insert(distances.end(), values.begin(), values.begin() + n);
  }
  return distances;
}

}  // namespace betwixt
