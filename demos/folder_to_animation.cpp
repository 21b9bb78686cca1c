// SPDX-License-Identifier: MIT
// From a folder of pictures to an animation of what lies between two of them.
//   folder_to_animation FOLDER FROM TO OUT.gif [STEPS]
#include <betwixt/betwixt.h>
#include <betwixt/media/gif.h>
#include <betwixt/media/picture_folder.h>

#include <cstdio>
#include <cstdlib>

#include "demo_device.h"

using namespace betwixt;

int main(int argc, char** argv) try {
  const Device device = demo_device(argc, argv);
  if (argc < 5) {
    std::fprintf(stderr, "usage: folder_to_animation FOLDER FROM TO OUT.gif [STEPS]\n");
    return 2;
  }
  const Images frames = load_images(argv[1], {.size = 64});
  const Autoencoder model(device, {.picture = {64, 64, frames.channels}, .code = 3});
  train(model, frames, {.steps = argc > 5 ? std::atoll(argv[5]) : 2000}, [](const Progress& p) {
    std::printf("\rstep %lld of %lld, loss %.2e ", static_cast<long long>(p.step), static_cast<long long>(p.steps),
                p.loss);
    return true;
  });
  const NeighbourGraph graph(model.encode(frames));  // each picture with its nearest
  const CodePath path = graph.path(std::atoll(argv[2]), std::atoll(argv[3])).resample(48);
  save_gif(argv[4], model.decode(path.points), {.fps = 24});
  std::printf("\n%s\n", argv[4]);
  return 0;
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
