// SPDX-License-Identifier: MIT
// An engine's C++: no exceptions, no RTTI. Handles close themselves, a frame loop trains a little at a time.
#include <betwixt/capi/betwixt.h>

#include <cstdint>
#include <cstdio>
#include <memory>

namespace {

template <class Handle, void (*kRelease)(Handle*)>
struct Release {
  void operator()(Handle* handle) const { kRelease(handle); }
};
using Device = std::unique_ptr<betwixt_device, Release<betwixt_device, betwixt_device_release>>;
using Pictures = std::unique_ptr<betwixt_pictures, Release<betwixt_pictures, betwixt_pictures_release>>;
using Model = std::unique_ptr<betwixt_model, Release<betwixt_model, betwixt_model_release>>;
using Training = std::unique_ptr<betwixt_training, Release<betwixt_training, betwixt_training_release>>;

constexpr int kSide = 8;
constexpr int kCount = 6;

/// The handle that `make` gives, or nothing and a line on standard error.
template <class Owned, class Make>
Owned made(const Make& make) {
  typename Owned::pointer handle = nullptr;
  betwixt_error error;
  if (make(&handle, &error) != BETWIXT_OK) std::fprintf(stderr, "%s\n", error.message);
  return Owned(handle);
}

}  // namespace

int main() {
  const Device device = made<Device>([](auto** to, auto* e) { return betwixt_device_open(nullptr, to, e); });
  const Pictures pictures =
      made<Pictures>([](auto** to, auto* e) { return betwixt_pictures_create(kSide, kSide, 1, to, e); });
  betwixt_layout layout{};
  layout.struct_size = sizeof layout;
  layout.count = kCount;
  layout.height = layout.width = kSide;
  layout.channels = 1;
  unsigned char pixels[kCount * kSide * kSide] = {};
  for (int i = 0; i < kCount * kSide; ++i) pixels[i * kSide + i / kSide] = 230;
  betwixt_model_options options{};
  options.struct_size = sizeof options;
  options.height = options.width = kSide;
  options.channels = 1;
  const Model model =
      made<Model>([&](auto** to, auto* e) { return betwixt_model_create(device.get(), &options, to, e); });
  if (betwixt_pictures_add(pictures.get(), &layout, pixels, sizeof pixels, nullptr) != BETWIXT_OK) return 1;
  betwixt_train_options train{};
  train.struct_size = sizeof train;
  train.steps = 20;
  const Training training = made<Training>(
      [&](auto** to, auto* e) { return betwixt_training_start(model.get(), pictures.get(), &train, to, e); });
  std::int32_t done = 0;
  while (!done)
    if (betwixt_training_run_for(training.get(), 4, &done, nullptr) != BETWIXT_OK) return 1;
  betwixt_train_report report{};
  report.struct_size = sizeof report;
  if (betwixt_training_finish(training.get(), &report, nullptr) != BETWIXT_OK) return 1;
  std::printf("%lld steps, error %.4f\n", static_cast<long long>(report.steps), report.loss);
  return report.steps == 20 ? 0 : 1;
}
