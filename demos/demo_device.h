// SPDX-License-Identifier: MIT
#pragma once

#include <betwixt/device/best_device.h>
#include <betwixt/device/device_by_name.h>

#include <string>

/// The device that `--device NAME` at the end of the command names (cpu, vulkan, vulkan:NAME), taken off the arguments;
/// without it a GPU that passed its self-test, else the CPU.
inline betwixt::Device demo_device(int& argc, char** argv) {
  if (argc < 3 || std::string(argv[argc - 2]) != "--device") return betwixt::best_device();
  argc -= 2;
  return betwixt::open_device(argv[argc + 1]);
}
