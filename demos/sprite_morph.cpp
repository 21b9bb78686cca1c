// SPDX-License-Identifier: MIT
// From one drawing of a sprite sheet to another by motion, found without a network.
//   sprite_morph SHEET.png CELL_WIDTH CELL_HEIGHT FROM TO OUT.gif [SHEET_OUT.png [STEPS]]
// SHEET_OUT.png shows the way in seven pictures, then cross-dissolve, then the motion as arrows and colours.
#include <betwixt/betwixt.h>
#include <betwixt/image/draw_flow.h>
#include <betwixt/interp/frames.h>
#include <betwixt/media/convert.h>
#include <betwixt/media/encode.h>
#include <betwixt/media/gif.h>
#include <betwixt/media/sprite_sheet.h>
#include <betwixt/methods/warp/flow_fit.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "demo_device.h"

using namespace betwixt;

namespace {

constexpr Colour kPaper{255, 255, 255};

/// The flow of the first picture, arrows over the drawing and wheel colours.
Images drawn_motion(const FlowFit& fit, const Images& pair) {
  FloatImages flow(1, pair.height, pair.width, 2);
  flow.values = fit.flow(0);
  Images drawn = draw_flow_arrows(flow, composite(pair.select(std::array<std::int64_t, 1>{0}), kPaper),
                                  {.spacing = 8, .thickness = 1});
  drawn.append(draw_flow_wheel(flow));
  return drawn;
}

}  // namespace

int main(int argc, char** argv) try {
  const Device device = demo_device(argc, argv);
  if (argc < 7) {
    std::fprintf(stderr,
                 "usage: sprite_morph SHEET.png CELL_WIDTH CELL_HEIGHT FROM TO OUT.gif [SHEET_OUT.png [STEPS]]\n");
    return 2;
  }
  const Images cells = read_sprites(default_file_system(), argv[1],
                                    {.cell_width = std::atoi(argv[2]), .cell_height = std::atoi(argv[3])});
  const std::array<std::int64_t, 2> ends{std::atoll(argv[4]), std::atoll(argv[5])};
  const Images pair = cells.select(ends);
  FlowFitOptions options;
  if (argc > 8) options.steps = std::atoll(argv[8]);
  const FlowFit fit(device, pair, options);
  save_gif(argv[6], fit.frames(16), {.fps = 20, .ping_pong = true, .scale = 2, .background = kPaper});
  std::printf("%s: %.1f pixels of motion on average\n", argv[6], fit.report().motion);
  if (argc > 7) {
    Images sheet = composite(fit.frames(7), kPaper);
    sheet.append(composite(cross_dissolve(cells, ends[0], ends[1], 7), kPaper));
    sheet.append(drawn_motion(fit, pair));
    sheet.names.clear();
    save_contact_sheet(argv[7], sheet, 7, {.background = kPaper});
  }
  return 0;
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
