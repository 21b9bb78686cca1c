// SPDX-License-Identifier: MIT
// Learns the drawings of a sprite sheet and plays an animation with drawings of its own in between.
//   sprite_inbetween SHEET.png CELL_WIDTH CELL_HEIGHT CELLS OUT.gif [STEPS]
// CELLS are the drawings of the animation in order, as 0,1,2,3: their codes are joined along the neighbour graph of all
// drawings of the sheet, four pictures from each to the next.
#include <betwixt/betwixt.h>
#include <betwixt/media/gif.h>
#include <betwixt/media/sprite_sheet.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "demo_device.h"

using namespace betwixt;

namespace {

std::vector<std::int64_t> numbers(const std::string& text) {
  std::vector<std::int64_t> found;
  for (std::size_t begin = 0; begin < text.size(); begin = std::min(text.find(',', begin), text.size() - 1) + 1)
    found.push_back(std::atoll(text.c_str() + begin));
  return found;
}

}  // namespace

int main(int argc, char** argv) try {
  const Device device = demo_device(argc, argv);
  if (argc < 6) {
    std::fprintf(stderr, "usage: sprite_inbetween SHEET.png CELL_WIDTH CELL_HEIGHT CELLS OUT.gif [STEPS]\n");
    return 2;
  }
  const Images drawings = read_sprites(default_file_system(), argv[1],
                                       {.cell_width = std::atoi(argv[2]), .cell_height = std::atoi(argv[3])});
  const std::vector<std::int64_t> keys = numbers(argv[4]);
  const Autoencoder model(device, {.picture = {drawings.height, drawings.width, drawings.channels}, .code = 4});
  train(model, drawings, {.steps = argc > 6 ? std::atoll(argv[6]) : 2000, .noise = 0.05}, [](const Progress& p) {
    std::printf("\rstep %lld of %lld, loss %.2e ", static_cast<long long>(p.step), static_cast<long long>(p.steps),
                p.loss);
    return true;
  });
  const NeighbourGraph graph(model.encode(drawings));
  const CodePath path =
      storyboard(keys, [&](std::int64_t from, std::int64_t to) { return graph.path(from, to).resample(5); });
  save_gif(argv[5], model.decode(path.points), {.fps = 24, .ping_pong = true, .scale = 3});
  std::printf("\n%s: %lld pictures from %zu drawings\n", argv[5], static_cast<long long>(path.points.count),
              keys.size());
  return 0;
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
