// SPDX-License-Identifier: MIT
// A model file up to the point where the network would be built; `ModelLimits` of 0 refuse that.
// Options: bit 0 the input is the description alone, put into a file without tensors.
#include "betwixt/cpu/cpu_device.h"
#include "betwixt/methods/autoencoder/model_file.h"
#include "tests/fuzz/failing_allocation.h"

namespace {

using namespace betwixt;

std::string around(const std::string& description) {
  const std::string header = "{\"__metadata__\":{\"betwixt\":" + to_text(JsonValue(description)) + "}}";
  std::string length(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(header.size() >> (8 * i));
  return length + header;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Device device = cpu_device({.threads = 1});
  const fuzz::Choice choice = fuzz::take_choice(data, size);
  std::string file(reinterpret_cast<const char*>(data), size);
  try {
    if (choice.bit(0)) file = around(file);
  } catch (const Error&) {
    return 0;  // not UTF-8
  }
  fuzz::OneFile files(fuzz::as_bytes(file), choice);
  fuzz::run(choice, 1024 * (file.size() + 256), [&] {
    load_model(device, "m", files, {.parameters = 0});
    std::abort();
  });
  return 0;
}
