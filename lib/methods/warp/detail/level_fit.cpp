// SPDX-License-Identifier: MIT
#include "betwixt/methods/warp/detail/level_fit.h"

#include <algorithm>
#include <cmath>

#include "betwixt/ops/binary.h"
#include "betwixt/ops/compositing.h"
#include "betwixt/ops/concat.h"
#include "betwixt/ops/fill.h"
#include "betwixt/ops/flow.h"
#include "betwixt/ops/gradient.h"
#include "betwixt/ops/reduce.h"
#include "betwixt/ops/resize.h"
#include "betwixt/ops/slice.h"
#include "betwixt/ops/unary.h"
#include "betwixt/ops/warp.h"
#include "betwixt/tensor/program.h"

namespace betwixt::detail {
namespace {

constexpr double kColourCorner = 0.01;  ///< where the colour penalty turns from a parabola into a line
constexpr double kContrastCorner = 0.05;
constexpr double kContrastUnit = 0.1;  ///< makes contrasts about as large as colours
constexpr double kFlowCorner = 0.05;   ///< the same of the flow's differences, pixels
constexpr double kKeepAtFirst = 2.0;   ///< logit
constexpr double kSlope = 0.3;         ///< price of the flow's slope beside its curvature
constexpr double kBreaking = 1.0;      ///< a jump costs no more than 1 / kBreaking pixels of slope
constexpr double kColourUnit = 0.1;
constexpr int kOctaves = 3;  ///< the flow is a sum of fields of so many sizes

/// sqrt(x^2 + corner^2) - corner (Charbonnier et al. 1994).
Tensor rounded_abs(const Tensor& x, double corner) { return sqrt(square(x) + corner * corner) - corner; }

/// Parameters of one level. The flow is the sum of a field of full size and smaller ones that move whole regions.
/// Colour parameters are kept in units of kColourUnit, so that one learning rate serves all.
class LevelModel {
 public:
  LevelModel(const Device& device, const WarpFields& fields, std::uint64_t seed, bool recolor)
      : set_(device, "warp", seed), recolor_(recolor) {
    for (int i = 0; i < kOctaves; ++i) {
      const std::int64_t h = (fields.height + (1 << i) - 1) >> i;
      const std::int64_t w = (fields.width + (1 << i) - 1) >> i;
      set_.add({.name = i == 0   ? "flow"
                        : i == 1 ? "flow/2"
                                 : "flow/4",
                .shape = {2, h, w, 2},
                .initializer = Initializer::normal(1e-3)});
    }
    base_ = State(device, "warp.base", {{2, fields.height, fields.width, 2}, DType::kF32});
    base_.write(fields.flow);
    if (recolor_) add_colours(fields);
  }

  const Parameters& parameters() const { return set_; }
  Tensor flow(Pass& pass) const {
    const Shape& shape = base_.type().shape;
    Tensor sum = read(base_);
    for (int i = 0; i < kOctaves; ++i) sum = sum + resize_bilinear(pass.parameter(set_, i), shape[1], shape[2]);
    return sum;
  }
  Tensor keep(Pass& pass) const { return sigmoid(colour(pass, 0)); }
  Tensor matrix(Pass& pass) const { return colour(pass, 1); }
  Tensor bias(Pass& pass) const { return colour(pass, 2); }

  void store(const Device& device, WarpFields& fields) const {
    Pass pass;
    std::vector<Tensor> outputs{flow(pass)};
    if (recolor_)
      for (int i = 0; i < 3; ++i) outputs.push_back(colour(pass, i));
    Program program(device, outputs);
    program.run();
    fields.flow = program.values<float>(0);
    if (!recolor_) return;
    fields.keep = program.values<float>(1);
    fields.matrix = program.values<float>(2);
    fields.bias = program.values<float>(3);
  }

 private:
  Tensor colour(Pass& pass, int i) const { return pass.parameter(set_, kOctaves + i) * kColourUnit; }

  void add_colours(const WarpFields& fields) {
    const std::int64_t c = fields.channels;
    set_.add({.name = "keep", .shape = {2, fields.height, fields.width, 1}, .initializer = Initializer::zeros()});
    set_.add({.name = "matrix", .shape = {2, c, c}, .initializer = Initializer::zeros()});
    set_.add({.name = "bias", .shape = {2, c}, .initializer = Initializer::zeros()});
    int i = kOctaves;
    for (const std::vector<float>* values : {&fields.keep, &fields.matrix, &fields.bias}) {
      std::vector<float> scaled = *values;
      for (float& v : scaled) v /= static_cast<float>(kColourUnit);
      set_.write(i++, scaled);
    }
  }

  Parameters set_;
  State base_;
  bool recolor_;
};

/// x / (1 + breaking x) of the length of every difference, weighted, summed.
Tensor price(const Tensor& difference, const Tensor& weight, double corner, double breaking) {
  const Tensor length = sqrt(sum(square(difference), {3}, true) + corner * corner);
  return sum(weight * (length / (1.0 + length * breaking)));
}

/// Price of the flow's slope and curvature along both axes. Where an edge of the picture lies between pixels it is
/// lower.
Tensor roughness(const Tensor& x, const Tensor& stiffness, double slope, double bend, double breaking) {
  Tensor total = zeros({});
  for (const int axis : {1, 2}) {
    const std::int64_t size = x.shape()[axis];
    if (size < 2) continue;
    const Tensor step = slice(x, axis, 1, size - 1) - slice(x, axis, 0, size - 1);
    const Tensor weight = minimum(slice(stiffness, axis, 1, size - 1), slice(stiffness, axis, 0, size - 1));
    total = total + price(step, weight, kFlowCorner, breaking) * slope;
    if (size < 3) continue;
    const Tensor bent = slice(step, axis, 1, size - 2) - slice(step, axis, 0, size - 2);
    const Tensor least = minimum(slice(weight, axis, 1, size - 2), slice(weight, axis, 0, size - 2));
    total = total + price(bent, least, kFlowCorner, breaking) * bend;
  }
  return total;
}

/// How badly every pixel fits its partner: colours after recolouring, and local contrast. [2,h,w,1]
Tensor mismatch(Pass& pass, const LevelModel& model, const Level& level, const Tensor& flow,
                const FlowFitOptions& options) {
  const Tensor features = read(level.features);
  const Tensor there = warp(swapped(features), flow);
  const std::int64_t c = features.shape()[3] - 1;
  Tensor here = read(level.pictures);
  if (options.recolor) here = recolor(here, model.matrix(pass), model.bias(pass), model.keep(pass));
  const Tensor colour = mean(rounded_abs(here - slice(there, 3, 0, c), kColourCorner), {3}, true);
  const Tensor contrast = rounded_abs(slice(features, 3, c, 1) - slice(there, 3, c, 1), kContrastCorner);
  return colour + contrast * (options.detail * kContrastUnit);
}

/// What keeps the recolouring small: distance of matrix and bias from none, mask far from 1, mask uneven.
Tensor recolor_price(Pass& pass, const LevelModel& model) {
  const Tensor matrix = model.matrix(pass);
  const std::int64_t c = matrix.shape()[2];
  std::vector<double> identity(static_cast<std::size_t>(c * c), 0.0);
  for (std::int64_t i = 0; i < c; ++i) identity[static_cast<std::size_t>(i * c + i)] = 1;
  const Tensor keep = model.keep(pass);
  const double pixels = static_cast<double>(keep.shape().elements());
  const Tensor colour = sum(square(matrix - constant(identity, {1, c, c}))) + sum(square(model.bias(pass)));
  return colour * (0.05 * pixels) + sum(1.0 - keep) * 0.02 + roughness(keep, ones_like(keep), 0.05, 0, 0);
}

OptimizerOptions adam(double rate, std::int64_t steps) {
  // The large epsilon lets pixels without texture rest instead of walking at full rate.
  return {.rate = {.kind = ScheduleKind::kCosine,
                   .base = rate,
                   .total_steps = static_cast<std::uint32_t>(steps),
                   .final_value = rate * 0.01},
          .beta2 = 0.99,
          .epsilon = 3e-3};
}

}  // namespace

WarpFields still_fields(int height, int width, int channels) {
  WarpFields fields{.height = height, .width = width, .channels = channels};
  const std::size_t pixels = static_cast<std::size_t>(height) * width;
  fields.flow.resize(4 * pixels);
  fields.keep.assign(2 * pixels, static_cast<float>(kKeepAtFirst));
  fields.bias.resize(static_cast<std::size_t>(2) * channels);
  fields.matrix.resize(static_cast<std::size_t>(2) * channels * channels);
  for (int i = 0; i < 2 * channels; ++i)
    fields.matrix[static_cast<std::size_t>(i) * channels + static_cast<std::size_t>(i % channels)] = 1;
  return fields;
}

WarpFields resize_fields(const Device& device, const WarpFields& fields, int height, int width) {
  const State flow(device, "warp.flow", {{2, fields.height, fields.width, 2}, DType::kF32});
  const State keep(device, "warp.keep", {{2, fields.height, fields.width, 1}, DType::kF32});
  flow.write(fields.flow);
  keep.write(fields.keep);
  Program program(device, {flow_resize(read(flow), height, width), resize_bilinear(read(keep), height, width)});
  program.run();
  WarpFields result = fields;
  result.height = height;
  result.width = width;
  result.flow = program.values<float>(0);
  result.keep = program.values<float>(1);
  return result;
}

Tensor swapped(const Tensor& x) { return concat({slice(x, 0, 1, 1), slice(x, 0, 0, 1)}, 0); }

Tensor disagreement(const Tensor& flow) { return sum(square(flow_compose(swapped(flow), flow)), {3}, true); }

Tensor visibility(const Tensor& flow) {
  const Tensor tolerance = sum(square(flow), {3}, true) * 0.01 + 0.5;
  return exp(-(disagreement(flow) / tolerance));
}

FitReport fit_level(const Device& device, const Level& level, WarpFields& fields, const FlowFitOptions& options,
                    const ProgressCallback& callback) {
  const LevelModel model(device, fields, options.seed, options.recolor);
  const double pixels = 2.0 * level.height * level.width;
  const double side = std::max(level.height, level.width);
  const double breaking = level.whole ? 0 : kBreaking;
  const Optimizer optimizer(model.parameters(), adam(options.learning_rate, options.steps));
  Trainer trainer(device, {.seed = options.seed, .plan = options.plan}, [&](TrainStep& step) {
    Pass& pass = step.pass();
    const Tensor flow = model.flow(pass);
    const Tensor seen = stop_gradient(visibility(flow)) * 0.9 + 0.1;
    const Tensor apart = disagreement(flow);
    const Tensor unlike = mismatch(pass, model, level, flow, options);
    Tensor loss = sum(seen * unlike);
    loss = loss + roughness(flow, read(level.stiffness), options.smoothness * kSlope, options.smoothness, breaking);
    loss = loss + sum(apart / (apart + 4.0)) * options.consistency;
    loss = loss + sum(sqrt(sum(square(flow), {3}) + 0.01)) * (options.stillness / side);
    if (options.recolor) loss = loss + recolor_price(pass, model);
    step.log("loss", loss * (1 / pixels));
    step.log("mismatch", mean(unlike));
    step.minimize(optimizer, loss);
  });
  const FitReport report = fit(trainer, {.steps = options.steps, .stop = options.stop}, callback);
  model.store(device, fields);
  if (report.steps > 0) fields.mismatch = static_cast<double>(trainer.history("mismatch", 1).back());
  return report;
}

}  // namespace betwixt::detail
