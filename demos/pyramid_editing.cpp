// SPDX-License-Identifier: MIT
// Paints a photograph at its coarsest scale and keeps its detail: evening light from the left, a blue floor.
//   pyramid_editing PICTURE OUT.png
// OUT.png shows the picture, the same paint put on plainly, the painted coarse level and the result.
#include <betwixt/betwixt.h>
#include <betwixt/image/masks.h>
#include <betwixt/image/pyramid_blend.h>
#include <betwixt/media/convert.h>
#include <betwixt/media/encode.h>
#include <betwixt/media/picture_folder.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "demo_device.h"

using namespace betwixt;

namespace {

using Rgb = std::array<float, 3>;

/// Where the mask is 1 the picture becomes `colour`.
void paint(FloatImages& picture, const Mask& mask, const Rgb& colour) {
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x)
      for (std::size_t c = 0; c < 3; ++c) {
        float& value = picture.pixel(0, y, x)[c];
        value += mask.at(y, x) * (colour[c] - value);
      }
}

/// The same strokes for a picture of any size.
void paint_evening(FloatImages& picture) {
  const double w = picture.width - 1;
  const double h = picture.height - 1;
  const double soft = w / 4;
  Mask sky(picture.height, picture.width);
  sky.stroke(std::array{Point{0, 0.08 * h}, Point{0.9 * w, 0.08 * h}}, 0.25 * h, {.feather = soft, .opacity = 0.8});
  paint(picture, sky, {0.95f, 0.45f, 0.15f});
  Mask floor(picture.height, picture.width);
  floor.polygon(std::array{Point{-w, 0.6 * h}, Point{2 * w, 0.6 * h}, Point{2 * w, 2 * h}, Point{-w, 2 * h}},
                {.feather = soft, .opacity = 0.7});
  paint(picture, floor, {0.15f, 0.35f, 0.65f});
}

}  // namespace

int main(int argc, char** argv) try {
  const Device device = demo_device(argc, argv);
  if (argc < 3) {
    std::fprintf(stderr, "usage: pyramid_editing PICTURE OUT.png\n");
    return 2;
  }
  const Images original = load_image(argv[1], {.channels = 3});
  const FloatImages picture = to_floats(original);
  FloatImages plain = picture;
  paint_evening(plain);

  const int levels = std::max(0, most_pyramid_levels(picture.height, picture.width) - 3);  // about 8 pixels
  std::vector<FloatImages> pyramid = laplacian_pyramid(device, picture, levels);
  paint_evening(pyramid.back());
  const FloatImages edited = pyramid_collapse(device, pyramid);

  Images sheet = original;
  sheet.append(to_bytes(plain));
  sheet.append(resize_images(to_bytes(pyramid.back()), picture.height, picture.width));
  sheet.append(to_bytes(edited));
  sheet.names.clear();
  save_contact_sheet(argv[2], sheet, 4, {.scale = std::max(1, 256 / picture.width)});
  std::printf("%s: %d levels\n", argv[2], levels);
  return 0;
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
