// SPDX-License-Identifier: MIT
#include "betwixt/metrics/image_quality.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "betwixt/core/error.h"
#include "betwixt/metrics/nearest_picture.h"

namespace betwixt {
namespace {

constexpr int kWindow = 11;
constexpr double kSigma = 1.5;
constexpr double kK1 = 0.01;
constexpr double kK2 = 0.03;

void check_one(const char* operation, const PictureView& view) {
  const std::size_t needed = static_cast<std::size_t>(view.height) * static_cast<std::size_t>(view.width) *
                             static_cast<std::size_t>(view.channels);
  if (view.height < 1 || view.width < 1 || view.channels < 1 || view.pixels.size() != needed)
    throw Error(ErrorCode::kShape, operation, "%zu pixel values for %dx%dx%d", view.pixels.size(), view.width,
                view.height, view.channels);
  if (!(view.peak > 0)) throw Error(ErrorCode::kArgument, operation, "peak %g", view.peak);
}

void check_pair(const char* operation, const PictureView& a, const PictureView& b) {
  check_one(operation, a);
  check_one(operation, b);
  if (a.height != b.height || a.width != b.width || a.channels != b.channels)
    throw Error(ErrorCode::kShape, operation, "pictures of %dx%dx%d and %dx%dx%d", a.width, a.height, a.channels,
                b.width, b.height, b.channels);
  if (a.peak != b.peak) throw Error(ErrorCode::kArgument, operation, "peaks %g and %g", a.peak, b.peak);
}

std::vector<double> gaussian_window(int size) {
  std::vector<double> weights(static_cast<std::size_t>(size));
  const int middle = size / 2;
  double sum = 0;
  for (int i = 0; i < size; ++i) {
    const double x = (i - middle) / kSigma;
    sum += weights[static_cast<std::size_t>(i)] = std::exp(-0.5 * x * x);
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

/// A plane of doubles.
struct Plane {
  std::size_t height = 0;
  std::size_t width = 0;
  std::vector<double> values;
};

/// value(i) of every pixel of a channel, as a plane.
template <class Value>
Plane plane_of(const PictureView& view, int channel, Value&& value) {
  Plane plane{static_cast<std::size_t>(view.height), static_cast<std::size_t>(view.width), {}};
  plane.values.resize(plane.height * plane.width);
  for (std::size_t i = 0; i < plane.values.size(); ++i)
    plane.values[i] = value(i * static_cast<std::size_t>(view.channels) + static_cast<std::size_t>(channel));
  return plane;
}

/// Weighted means where the window fits, along x and then y.
Plane filter(const Plane& in, const std::vector<double>& weights) {
  const std::size_t size = weights.size();
  Plane across{in.height, in.width - size + 1, {}};
  across.values.assign(across.height * across.width, 0.0);
  for (std::size_t y = 0; y < across.height; ++y)
    for (std::size_t k = 0; k < size; ++k)
      for (std::size_t x = 0; x < across.width; ++x)
        across.values[y * across.width + x] += weights[k] * in.values[y * in.width + x + k];
  Plane out{in.height - size + 1, across.width, {}};
  out.values.assign(out.height * out.width, 0.0);
  for (std::size_t y = 0; y < out.height; ++y)
    for (std::size_t k = 0; k < size; ++k)
      for (std::size_t x = 0; x < out.width; ++x)
        out.values[y * out.width + x] += weights[k] * across.values[(y + k) * out.width + x];
  return out;
}

double channel_ssim(const PictureView& a, const PictureView& b, int channel, const std::vector<double>& weights) {
  const auto of_a = [&](std::size_t i) { return static_cast<double>(a.pixels[i]) / a.peak; };
  const auto of_b = [&](std::size_t i) { return static_cast<double>(b.pixels[i]) / b.peak; };
  const Plane mean_a = filter(plane_of(a, channel, of_a), weights);
  const Plane mean_b = filter(plane_of(b, channel, of_b), weights);
  const Plane aa = filter(plane_of(a, channel, [&](std::size_t i) { return of_a(i) * of_a(i); }), weights);
  const Plane bb = filter(plane_of(b, channel, [&](std::size_t i) { return of_b(i) * of_b(i); }), weights);
  const Plane ab = filter(plane_of(a, channel, [&](std::size_t i) { return of_a(i) * of_b(i); }), weights);
  double sum = 0;
  for (std::size_t i = 0; i < ab.values.size(); ++i) {
    const double ma = mean_a.values[i], mb = mean_b.values[i];
    const double covariance = ab.values[i] - ma * mb;
    const double variances = aa.values[i] - ma * ma + bb.values[i] - mb * mb;
    sum += (2 * ma * mb + kK1 * kK1) * (2 * covariance + kK2 * kK2) /
           ((ma * ma + mb * mb + kK1 * kK1) * (variances + kK2 * kK2));
  }
  return sum / static_cast<double>(ab.values.size());
}

std::vector<float> floats_of(const Images& images, std::int64_t index) {
  const std::span<const std::uint8_t> bytes = images.picture(index);
  return {bytes.begin(), bytes.end()};
}

/// measure(view of picture i, view of picture j)
template <class Measure>
double of_bytes(const Images& a, std::int64_t i, const Images& b, std::int64_t j, Measure&& measure) {
  const std::vector<float> first = floats_of(a, i), second = floats_of(b, j);
  return measure(PictureView{first, a.height, a.width, a.channels, 255},
                 PictureView{second, b.height, b.width, b.channels, 255});
}

}  // namespace

double mse(const PictureView& a, const PictureView& b) {
  check_pair("mse", a, b);
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    const double difference = static_cast<double>(a.pixels[i]) - static_cast<double>(b.pixels[i]);
    sum += difference * difference;
  }
  return sum / (static_cast<double>(a.pixels.size()) * a.peak * a.peak);
}

double psnr(const PictureView& a, const PictureView& b) { return -10 * std::log10(mse(a, b)); }

double ssim(const PictureView& a, const PictureView& b) {
  check_pair("ssim", a, b);
  const int smallest = std::min({a.height, a.width, kWindow});
  const std::vector<double> weights = gaussian_window(smallest - (smallest + 1) % 2);
  double sum = 0;
  for (int channel = 0; channel < a.channels; ++channel) sum += channel_ssim(a, b, channel, weights);
  return sum / a.channels;
}

double gradient_energy(const PictureView& picture) {
  check_one("gradient_energy", picture);
  const std::size_t step_x = static_cast<std::size_t>(picture.channels);
  const std::size_t step_y = step_x * static_cast<std::size_t>(picture.width);
  double sum = 0;
  const auto add = [&](std::size_t from, std::size_t to) {
    const double difference = static_cast<double>(picture.pixels[to]) - static_cast<double>(picture.pixels[from]);
    sum += difference * difference;
  };
  for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
    if (i % step_y + step_x < step_y) add(i, i + step_x);
    if (i + step_y < picture.pixels.size()) add(i, i + step_y);
  }
  return sum / (picture.peak * picture.peak);
}

double sharpness_ratio(const PictureView& picture, const PictureView& reference) {
  check_pair("sharpness_ratio", picture, reference);
  const double energy = gradient_energy(picture), wanted = gradient_energy(reference);
  if (wanted > 0) return energy / wanted;
  return energy > 0 ? std::numeric_limits<double>::infinity() : 1.0;
}

double mse(const Images& a, std::int64_t i, const Images& b, std::int64_t j) {
  return of_bytes(a, i, b, j, [](const PictureView& x, const PictureView& y) { return mse(x, y); });
}

double psnr(const Images& a, std::int64_t i, const Images& b, std::int64_t j) {
  return of_bytes(a, i, b, j, [](const PictureView& x, const PictureView& y) { return psnr(x, y); });
}

double ssim(const Images& a, std::int64_t i, const Images& b, std::int64_t j) {
  return of_bytes(a, i, b, j, [](const PictureView& x, const PictureView& y) { return ssim(x, y); });
}

double sharpness_ratio(const Images& a, std::int64_t i, const Images& b, std::int64_t j) {
  return of_bytes(a, i, b, j, [](const PictureView& x, const PictureView& y) { return sharpness_ratio(x, y); });
}

QualityTable compare(const Images& frames, const Images& truth) {
  check_same_size("compare", frames, truth);
  if (frames.count != truth.count)
    throw Error(ErrorCode::kShape, "compare", "%lld frames beside %lld pictures", static_cast<long long>(frames.count),
                static_cast<long long>(truth.count));
  QualityTable table;
  for (std::int64_t i = 0; i < frames.count; ++i) {
    table.mse.push_back(mse(frames, i, truth, i));
    table.psnr.push_back(psnr(frames, i, truth, i));
    table.ssim.push_back(ssim(frames, i, truth, i));
    table.sharpness.push_back(sharpness_ratio(frames, i, truth, i));
  }
  return table;
}

double mean(std::span<const double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

}  // namespace betwixt
