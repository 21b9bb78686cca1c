// SPDX-License-Identifier: MIT
// Handwritten digits in a plane: learns MNIST with codes of two numbers and shows the whole plane decoded.
//   digits FOLDER OUT.png [PICTURES [STEPS]]
// FOLDER holds train-images-idx3-ubyte and train-labels-idx1-ubyte (.gz or not) from yann.lecun.com/exdb/mnist or a
// mirror; they are not shipped. OUT.png is a grid of decoded codes, OUT.gif a walk along the graph from a 1 to an 8.
#include <betwixt/betwixt.h>
#include <betwixt/media/encode.h>
#include <betwixt/media/gif.h>
#include <betwixt/media/idx.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string>

#include "demo_device.h"

using namespace betwixt;

namespace {

constexpr int kSide = 16;  // decoded digits along each side of the plane

/// The file itself or its compressed form.
std::string found(const std::string& folder, const std::string& name) {
  for (const char* end : {"", ".gz"}) {
    const std::string path = path_join(folder, name + end);
    if (default_file_system().exists(path)) return path;
  }
  throw Error(ErrorCode::kMissing, "digits", "no %s in %.160s: download MNIST there first", name.c_str(),
              folder.c_str());
}

/// Codes evenly over the rectangle that holds nine tenths of all along each axis.
Codes plane(const Codes& codes) {
  float low[2], high[2];
  for (int d = 0; d < 2; ++d) {
    std::vector<float> values;
    for (std::int64_t i = 0; i < codes.count; ++i) values.push_back(codes.row(i)[static_cast<std::size_t>(d)]);
    std::sort(values.begin(), values.end());
    low[d] = values[values.size() / 20];
    high[d] = values[values.size() - 1 - values.size() / 20];
  }
  Codes grid(0, 2);
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      grid.append(std::vector<float>{low[0] + (high[0] - low[0]) * static_cast<float>(x) / (kSide - 1),
                                     low[1] + (high[1] - low[1]) * static_cast<float>(y) / (kSide - 1)});
  return grid;
}

std::int64_t first_of(const std::vector<int>& labels, int digit) {
  return std::find(labels.begin(), labels.end(), digit) - labels.begin();
}

}  // namespace

int main(int argc, char** argv) try {
  const Device device = demo_device(argc, argv);
  if (argc < 3) {
    std::fprintf(stderr, "usage: digits FOLDER OUT.png [PICTURES [STEPS]]\n");
    return 2;
  }
  const std::string folder = argv[1], output = argv[2];
  const LabelledImages all = read_idx_pair(default_file_system(), found(folder, "train-images-idx3-ubyte"),
                                           found(folder, "train-labels-idx1-ubyte"), 10);
  std::vector<std::int64_t> taken(
      static_cast<std::size_t>(std::min<std::int64_t>(argc > 3 ? std::atoll(argv[3]) : 4000, all.images.count)));
  std::iota(taken.begin(), taken.end(), 0);
  const Images digits = all.images.select(taken);
  const Autoencoder model(device, {.picture = {28, 28, 1}, .code = 2});
  train(model, digits, {.steps = argc > 4 ? std::atoll(argv[4]) : 3000, .batch = 32}, [](const Progress& p) {
    std::printf("\rstep %lld of %lld, loss %.2e ", static_cast<long long>(p.step), static_cast<long long>(p.steps),
                p.loss);
    return true;
  });
  const Codes codes = model.encode(digits);
  save_contact_sheet(output, model.decode(plane(codes)), kSide, {.gap = 1});
  const NeighbourGraph graph(codes);
  const CodePath path = graph.path(first_of(all.labels, 1), first_of(all.labels, 8)).resample(48);
  const std::string walk = output.substr(0, output.rfind('.')) + ".gif";
  save_gif(walk, model.decode(path.points), {.fps = 24, .ping_pong = true, .scale = 4});
  std::printf("\n%s and %s\n", output.c_str(), walk.c_str());
  return 0;
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
