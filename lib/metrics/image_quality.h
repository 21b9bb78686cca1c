// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "betwixt/image/images.h"

namespace betwixt {

/// A borrowed picture in floats [height, width, channels], with values in [0, peak] or any range of that width.
struct PictureView {
  std::span<const float> pixels;  ///< height x width x channels numbers, row by row
  int height = 0;                 ///< pixels
  int width = 0;                  ///< pixels
  int channels = 1;               ///< numbers a pixel
  double peak = 1;                ///< width of the value range: 1 for [0, 1], 2 for [-1, 1], 255 for bytes
};

/// Mean squared difference in units of peak^2, so it is the same for bytes, [0, 1] and [-1, 1].
/// Errors of all measures of two pictures: E_SHAPE when sizes differ or do not fit the pixels.
double mse(const PictureView& a, const PictureView& b);

/// -10 log10(mse), in decibel; infinite for equal pictures.
double psnr(const PictureView& a, const PictureView& b);

/// Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004): Gaussian window 11x11 of sigma 1.5, K1 = 0.01,
/// K2 = 0.03, mean over the positions where the window fits and over channels. Pictures smaller than the window use
/// the largest odd window that fits, with the same sigma.
double ssim(const PictureView& a, const PictureView& b);

/// Sum of squared forward differences along both axes and all channels, in units of peak^2.
double gradient_energy(const PictureView& picture);

/// Gradient energy of `picture` over that of `reference`: 1 as sharp, below 1 blurred. Infinite where the reference is
/// flat and the picture is not; 1 where both are.
double sharpness_ratio(const PictureView& picture, const PictureView& reference);

/// The same measures of picture i of `a` and picture j of `b`, bytes as values of peak 255.
double mse(const Images& a, std::int64_t i, const Images& b, std::int64_t j);
double psnr(const Images& a, std::int64_t i, const Images& b, std::int64_t j);
double ssim(const Images& a, std::int64_t i, const Images& b, std::int64_t j);
double sharpness_ratio(const Images& a, std::int64_t i, const Images& b, std::int64_t j);

/// Picture by picture: frame i of `frames` beside picture i of `truth`. E_SHAPE when the sets differ in size.
struct QualityTable {
  std::vector<double> mse;        ///< one per frame, channels from 0 to 1
  std::vector<double> psnr;       ///< one per frame, dB
  std::vector<double> ssim;       ///< one per frame
  std::vector<double> sharpness;  ///< one per frame, see `sharpness_ratio`
};
QualityTable compare(const Images& frames, const Images& truth);

/// Arithmetic mean; NaN of nothing.
double mean(std::span<const double> values);

}  // namespace betwixt
