// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "betwixt/image/float_images.h"

namespace betwixt {

/// A place in a picture in pixels: (0, 0) is the centre of the first pixel, x to the right, y down.
struct Point {
  double x = 0;  ///< to the right
  double y = 0;  ///< down
};

/// How a shape is laid on a mask.
struct PaintOptions {
  /// Width in pixels of the ramp across the outline, half of it on either side: 1 is a smooth (antialiased) edge,
  /// 0 none.
  double feather = 1;
  /// 1 paints over, less lets through.
  double opacity = 1;
  /// What is painted: 1 paints, 0 erases.
  float value = 1;
};

/// A mask to paint on: [1, h, w, 1] in [0, 1]. Shapes cover a pixel by its distance d to their outline (positive
/// inside): t = clamp(d / feather + 1/2), coverage = t^2 (3 - 2 t); the pixel moves towards `value` by that times the
/// opacity. Shapes may leave the picture. E_ARGUMENT for numbers that are not finite or below 0.
class Mask {
 public:
  /// E_ARGUMENT for sizes below 1.
  Mask(int height, int width, float value = 0);

  /// The mask as a picture [1, h, w, 1].
  const FloatImages& image() const { return image_; }
  /// Rows.
  int height() const { return image_.height; }
  /// Columns.
  int width() const { return image_.width; }
  /// Value at a pixel, in [0, 1]; not checked against the size.
  float at(int y, int x) const { return image_.pixel(0, y, x)[0]; }

  /// A filled circle of `radius` pixels.
  Mask& disc(Point centre, double radius, const PaintOptions& options = {});
  /// A round brush of `width` pixels along straight lines from point to point; one point is a dab. The whole stroke
  /// covers once: opacity does not add up where it crosses itself. No points: nothing.
  Mask& stroke(std::span<const Point> points, double width, const PaintOptions& options = {});
  /// The inside of a closed polygon, by the even-odd rule. E_ARGUMENT below three points.
  Mask& polygon(std::span<const Point> points, const PaintOptions& options = {});
  /// Softens what has been painted: a Gaussian of standard deviation `sigma` pixels, continued by the border.
  Mask& soften(double sigma);
  /// 1 minus the mask.
  Mask& invert();

 private:
  template <class Distance>
  void paint(Point low, Point high, const PaintOptions& options, const Distance& distance);

  FloatImages image_;
};

}  // namespace betwixt
