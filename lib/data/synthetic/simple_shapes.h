// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "betwixt/image/images.h"

namespace betwixt {

enum class SimpleShape {
  kDisk,     ///< x^2 + y^2 < radius^2
  kSquare,   ///< max(|x|, |y|) < radius
  kRing,     ///< from radius to radius + 1
  kEllipse,  ///< half axes radius and radius_y, turned by angle
};

/// Factors of one shape, lengths in pixels.
struct ShapeFactors {
  double radius = 10;    ///< of the circle or ring, half side of the square, half axis of the ellipse
  double radius_y = 10;  ///< ellipse only
  double angle = 0;      ///< ellipse only, radians counter-clockwise
  double x = 0;          ///< centre, to the right and down from the middle of the picture
  double y = 0;          ///< centre, down from the middle of the picture
};

/// Which shape is drawn, and in what picture.
struct SimpleShapeOptions {
  SimpleShape shape = SimpleShape::kDisk;  ///< drawn in every picture
  int pixels = 63;                         ///< height and width
  double sigma = 0.5;                      ///< Gaussian blur, pixels
};

/// White shapes on black, the data of Newson, Almansa, Gousseau, Ladjal, "Processing Simple Geometric Attributes with
/// Autoencoders" (2020): indicator functions, area-sampled at 16 x 16 points a pixel and blurred by half a pixel (the
/// authors average 800 jittered indicator images to the same end). One grey picture per row of factors.
/// E_ARGUMENT for negative or non-finite lengths.
Images simple_shapes(std::span<const ShapeFactors> factors, const SimpleShapeOptions& options = {});

}  // namespace betwixt
