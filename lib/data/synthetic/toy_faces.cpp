// SPDX-License-Identifier: MIT
#include "betwixt/data/synthetic/toy_faces.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "betwixt/data/synthetic/detail/canvas.h"
#include "betwixt/data/synthetic/detail/random_numbers.h"

namespace betwixt {
namespace {

using detail::Canvas;
using detail::Colour;

Colour mixed(const Colour& a, const Colour& b, double t) {
  Colour colour{};
  for (std::size_t c = 0; c < 3; ++c) colour[c] = (1 - t) * a[c] + t * b[c];
  return colour;
}

Colour scaled(const Colour& a, double factor) { return {a[0] * factor, a[1] * factor, a[2] * factor}; }

Colour hue(double t) {
  const auto wave = [&](double phase) { return 0.55 + 0.22 * std::cos(2 * std::numbers::pi * (t + phase)); };
  return {wave(0), wave(-1.0 / 3), wave(1.0 / 3)};
}

/// Smooth pattern of fine detail, the same for every face, in [-1, 1].
double fine_pattern(double x, double y) {
  return (std::sin(97 * x + 3 * std::sin(61 * y)) + std::sin(113 * y + 4 * std::sin(47 * x)) + std::sin(151 * (x + y)) +
          std::sin(139 * (x - y))) /
         4;
}

/// Places and colours that several parts of one face share. Picture widths, y down.
class Face {
 public:
  Face(const FaceFactors& factors, Canvas& canvas) : f_(factors), canvas_(canvas) {
    half_width_ = 0.215 + 0.05 * f_.face_width;
    centre_x_ = 0.5 + 0.012 * f_.turn;
    feature_x_ = centre_x_ + 0.065 * f_.turn;
    skin_ = mixed({0.98, 0.82, 0.70}, {0.46, 0.29, 0.20}, f_.skin);
    hair_ = mixed({0.10, 0.07, 0.06}, {0.90, 0.72, 0.38}, f_.hair_colour);
  }

  void paint() {
    background();
    long_hair();
    neck_and_shirt();
    ears();
    head();
    short_hair();
    for (const double side : {-1.0, 1.0}) eye(side);
    nose();
    mouth();
    glasses();
  }

 private:
  static constexpr double kCentreY = 0.50;
  static constexpr double kHalfHeight = 0.315;
  static constexpr double kEyeY = 0.46;

  double eye_x(double side) const { return feature_x_ + side * (0.098 - 0.016 * std::fabs(f_.turn)); }
  double head_distance(double x, double y, double grow = 0) const {
    return detail::ellipse_distance(x, y, centre_x_, kCentreY, half_width_ + grow, kHalfHeight + grow);
  }

  void background() {
    const Colour near = hue(f_.background), far = scaled(near, 0.72);
    canvas_.shade([&](double x, double y) { return mixed(near, far, std::clamp(0.15 + 0.7 * y + 0.2 * x, 0.0, 1.0)); });
  }

  void long_hair() {
    const double bottom = 0.42 + 0.42 * f_.hair_length;
    canvas_.paint_shaded(
        [&](double x, double y) {
          const double dome = head_distance(x, y + 0.035, 0.055);
          const double sides = std::max(std::fabs(x - centre_x_) - (half_width_ + 0.052), 0.44 - y);
          return std::max(std::min(dome, sides), y - bottom);
        },
        [&](double x, double) { return scaled(hair_, 0.72 + 0.12 * std::sin(190 * x)); });
  }

  void neck_and_shirt() {
    canvas_.paint([&](double x, double y) { return detail::capsule_distance(x, y, 0.5, 0.72, 0.5, 0.95, 0.10); },
                  scaled(skin_, 0.78));
    canvas_.paint([&](double x, double y) { return detail::ellipse_distance(x, y, 0.5, 1.10, 0.42, 0.22); },
                  hue(f_.background + 0.45));
  }

  void ears() {
    for (const double side : {-1.0, 1.0}) {
      const double x_ear = centre_x_ + side * (half_width_ - 0.005) - 0.02 * f_.turn;
      canvas_.paint([&](double x, double y) { return detail::ellipse_distance(x, y, x_ear, 0.50, 0.032, 0.062); },
                    scaled(skin_, 0.85));
    }
  }

  Colour skin_at(double x, double y) const {
    const double u = (x - centre_x_) / half_width_, v = (y - kCentreY) / kHalfHeight;
    const double round = std::sqrt(std::max(0.0, 1 - std::min(1.0, u * u + v * v)));
    const double lit = 0.66 + 0.34 * round + 0.20 * u * f_.light - 0.07 * v;
    const double cheek_left = std::hypot(x - feature_x_ + 0.11, (y - 0.59) * 1.2);
    const double cheek_right = std::hypot(x - feature_x_ - 0.11, (y - 0.59) * 1.2);
    const double blush =
        0.16 * (std::exp(-std::pow(cheek_left / 0.055, 2)) + std::exp(-std::pow(cheek_right / 0.055, 2)));
    const Colour base = mixed(skin_, {0.86, 0.36, 0.32}, blush);
    return scaled(base, lit + 0.03 * f_.texture * fine_pattern(x, y));
  }

  void head() {
    canvas_.paint_shaded([&](double x, double y) { return head_distance(x, y); },
                         [&](double x, double y) { return skin_at(x, y); });
  }

  void short_hair() {
    canvas_.paint_shaded(
        [&](double x, double y) {
          const double fringe =
              detail::ellipse_distance(x, y, feature_x_ + 0.03, 0.545, half_width_ * 1.02, kHalfHeight * 0.86);
          return std::max({head_distance(x, y + 0.025, 0.035), -fringe, y - 0.56});
        },
        [&](double x, double y) { return scaled(hair_, 0.88 + 0.16 * std::sin(170 * x + 60 * y)); });
  }

  void eye(double side) {
    const double x_eye = eye_x(side), open = std::max(0.03, f_.eyes_open);
    const auto lid = [&](double x, double y) {
      return detail::ellipse_distance(x, y, x_eye, kEyeY, 0.046, 0.027 * open);
    };
    canvas_.paint([&](double x, double y) { return lid(x, y) - 0.007; }, scaled(skin_, 0.42));
    canvas_.paint(lid, {0.97, 0.97, 0.96});
    const auto iris = [&](double x, double y, double radius) {
      return std::max(lid(x, y), detail::disk_distance(x, y, x_eye + 0.012 * f_.turn, kEyeY, radius));
    };
    canvas_.paint([&](double x, double y) { return iris(x, y, 0.021); }, {0.25, 0.40, 0.45});
    canvas_.paint([&](double x, double y) { return iris(x, y, 0.011); }, {0.05, 0.05, 0.06});
    const double lift = 0.012 * f_.smile;
    canvas_.paint(
        [&](double x, double y) {
          return detail::capsule_distance(x, y, x_eye - 0.045, kEyeY - 0.062 - (side < 0 ? 0 : lift), x_eye + 0.045,
                                          kEyeY - 0.062 - (side < 0 ? lift : 0), 0.0085);
        },
        scaled(hair_, 0.7));
  }

  void nose() {
    canvas_.paint(
        [&](double x, double y) {
          return std::min(detail::capsule_distance(x, y, feature_x_ + 0.004, 0.50, feature_x_ + 0.022 * f_.turn + 0.016,
                                                   0.585, 0.006),
                          detail::capsule_distance(x, y, feature_x_ - 0.018, 0.592, feature_x_ + 0.020, 0.592, 0.007));
        },
        scaled(skin_, 0.66), 0.8, 1.6);
  }

  void mouth() {
    const double half = 0.078, y_mouth = 0.675, gap = 0.010 + 0.034 * f_.mouth_open;
    const auto bent = [&](double x, double y, double thick) {
      const double u = (x - feature_x_) / half;
      const double middle = y_mouth + 0.032 * f_.smile * (0.5 - u * u);
      return std::max(std::fabs(y - middle) - thick * std::sqrt(std::max(0.0, 1 - u * u)),
                      std::fabs(x - feature_x_) - half);
    };
    canvas_.paint([&](double x, double y) { return bent(x, y, gap + 0.009); }, mixed(skin_, {0.72, 0.18, 0.20}, 0.7));
    canvas_.paint([&](double x, double y) { return bent(x, y, gap - 0.007); }, {0.28, 0.07, 0.08}, 0.9);
  }

  void glasses() {
    if (f_.glasses <= 0) return;
    const auto frame = [&](double x, double y) {
      double away = detail::capsule_distance(x, y, eye_x(-1), kEyeY - 0.012, eye_x(1), kEyeY - 0.012, 0.009);
      for (const double side : {-1.0, 1.0}) {
        const double ear = centre_x_ + side * (half_width_ - 0.004);
        away = std::min(away, detail::ellipse_distance(x, y, eye_x(side), kEyeY + 0.004, 0.079, 0.060));
        away = std::min(away, detail::capsule_distance(x, y, eye_x(side), kEyeY - 0.012, ear, kEyeY - 0.006, 0.008));
      }
      return away;
    };
    canvas_.paint(frame, {0.06, 0.06, 0.07}, f_.glasses);
    for (const double side : {-1.0, 1.0})
      canvas_.paint_shaded(
          [&](double x, double y) { return detail::ellipse_distance(x, y, eye_x(side), kEyeY + 0.004, 0.069, 0.050); },
          [&](double x, double y) {
            const double glint = std::exp(-std::pow((x - eye_x(side) + 0.6 * (y - kEyeY) + 0.025) / 0.014, 2));
            return mixed({0.11, 0.12, 0.15}, {0.62, 0.68, 0.76}, 0.6 * glint);
          },
          f_.glasses);
  }

  const FaceFactors& f_;
  Canvas& canvas_;
  double half_width_ = 0;
  double centre_x_ = 0;
  double feature_x_ = 0;
  Colour skin_{};
  Colour hair_{};
};

}  // namespace

Images toy_faces(std::span<const FaceFactors> factors, int pixels) {
  Images images(static_cast<std::int64_t>(factors.size()), pixels, pixels, 3);
  for (std::size_t i = 0; i < factors.size(); ++i) {
    Canvas canvas(pixels, pixels, 3);
    Face(factors[i], canvas).paint();
    canvas.store(images, static_cast<std::int64_t>(i));
  }
  return images;
}

std::vector<FaceFactors> random_faces(std::int64_t count, std::uint64_t seed) {
  const RandomStream stream(seed, "scene/faces");
  std::vector<FaceFactors> faces;
  for (std::int64_t i = 0; i < count; ++i) {
    detail::SceneNumbers random(stream, i);
    FaceFactors face;
    face.turn = random.between(-1, 1);
    face.smile = random.between(-1, 1);
    face.mouth_open = random.between(0, 1);
    face.eyes_open = random.between(0.4, 1);
    face.face_width = random.between(0, 1);
    face.skin = random.between(0, 1);
    face.hair_length = random.between(0, 1);
    face.hair_colour = random.between(0, 1);
    face.light = random.between(-1, 1);
    face.background = random.between(0, 1);
    face.glasses = i % 2 == 1 ? 1 : 0;
    faces.push_back(face);
  }
  return faces;
}

std::vector<FaceFactors> with_glasses(std::span<const FaceFactors> faces, double glasses) {
  std::vector<FaceFactors> changed(faces.begin(), faces.end());
  for (FaceFactors& face : changed) face.glasses = glasses;
  return changed;
}

}  // namespace betwixt
