// SPDX-License-Identifier: MIT
// Puts a round part of one picture into another without a seam, portraits for instance.
//   photo_blend INSIDE OUTSIDE OUT.png [X Y RADIUS [EXPOSURE]]
// X, Y and RADIUS are shares of the width (0.5 0.5 0.3); EXPOSURE multiplies the light of INSIDE, as if it had been
// photographed so. OUT.png shows both pictures, cut and paste, and the multiband blend.
#include <betwixt/betwixt.h>
#include <betwixt/image/colour_spaces.h>
#include <betwixt/image/masks.h>
#include <betwixt/image/pyramid_blend.h>
#include <betwixt/media/convert.h>
#include <betwixt/media/encode.h>
#include <betwixt/media/picture_folder.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "demo_device.h"

using namespace betwixt;

namespace {

Images exposed(const Images& images, float exposure) {
  FloatImages light = convert_colours(to_floats(images), ColourSpace::kSrgb, ColourSpace::kLinear);
  for (float& value : light.values) value *= exposure;
  return to_bytes(convert_colours(light, ColourSpace::kLinear, ColourSpace::kSrgb));
}

}  // namespace

int main(int argc, char** argv) try {
  const Device device = demo_device(argc, argv);
  if (argc < 4) {
    std::fprintf(stderr, "usage: photo_blend INSIDE OUTSIDE OUT.png [X Y RADIUS [EXPOSURE]]\n");
    return 2;
  }
  const auto number = [&](int i, double otherwise) { return argc > i ? std::atof(argv[i]) : otherwise; };
  const Images inside = exposed(load_image(argv[1], {.channels = 3}), static_cast<float>(number(7, 1)));
  const Images outside = resize_images(load_image(argv[2], {.channels = 3}), inside.height, inside.width);
  const double side = inside.width - 1;
  Mask mask(inside.height, inside.width);
  mask.disc({number(4, 0.5) * side, number(5, 0.5) * side}, number(6, 0.3) * side);

  Images sheet = inside;
  sheet.append(outside);
  sheet.append(multiband_blend(device, inside, outside, mask.image(), 0));
  sheet.append(multiband_blend(device, inside, outside, mask.image()));
  sheet.names.clear();
  save_contact_sheet(argv[3], sheet, 4, {.scale = std::max(1, 256 / inside.width)});
  std::printf("%s\n", argv[3]);
  return 0;
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
