// SPDX-License-Identifier: MIT
// What an app's first file looks like: the umbrella header, a small program trained, an error caught.
#include <betwixt/betwixt.h>

#include <cstdio>

using namespace betwixt;

int main() try {
  const Device device = cpu_device({.threads = 2});
  Images pictures(6, 8, 8, 1);
  for (std::size_t i = 0; i < pictures.pixels.size(); ++i) pictures.pixels[i] = static_cast<std::uint8_t>(i * 40 % 256);
  const Autoencoder model(device, {.picture = {8, 8, 1}, .code = 2, .channels = 4});
  const DenoiseReport report = train(model, pictures, {.steps = 20});
  const NeighbourGraph graph(model.encode(pictures));
  const Images between = model.decode(graph.path(0, 5).resample(9).points);
  std::printf("%lld steps, %lld pictures in between\n", static_cast<long long>(report.fit.steps),
              static_cast<long long>(between.count));
  try {
    model.decode(Codes(1, 3));
  } catch (const Error& error) {
    std::printf("%s\n", error.what());
    return error.code() == ErrorCode::kShape && report.fit.steps == 20 && between.count == 9 ? 0 : 1;
  }
  return 1;
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
