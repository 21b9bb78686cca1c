/* SPDX-License-Identifier: MIT */
/* What an app's first file in C looks like. */
#include <betwixt/capi/betwixt.h>
#include <stdio.h>

enum { kSide = 8, kCount = 6, kBytes = kSide * kSide };

int main(void) {
  unsigned char pixels[kCount * kBytes] = {0}, frames[9 * kBytes];
  for (int n = 0; n < kCount; ++n)
    for (int y = 0; y < kSide; ++y) pixels[n * kBytes + y * kSide + n + 1] = 230;

  betwixt_device* device = NULL;
  betwixt_pictures* pictures = NULL;
  betwixt_model* model = NULL;
  betwixt_error error;
  const betwixt_device_options cpu = {.struct_size = sizeof cpu, .name = "cpu"};
  const betwixt_model_options size = {
      .struct_size = sizeof size, .height = kSide, .width = kSide, .channels = 1, .code = 2, .breadth = 4};
  const betwixt_train_options steps = {.struct_size = sizeof steps, .steps = 20};
  const betwixt_layout in = {.struct_size = sizeof in, .count = kCount, .height = kSide, .width = kSide, .channels = 1};
  const betwixt_layout out = {.struct_size = sizeof out, .count = 9, .height = kSide, .width = kSide, .channels = 1};
  const int failed = betwixt_device_open(&cpu, &device, &error) ||
                     betwixt_pictures_create(kSide, kSide, 1, &pictures, &error) ||
                     betwixt_pictures_add(pictures, &in, pixels, sizeof pixels, &error) ||
                     betwixt_model_create(device, &size, &model, &error) ||
                     betwixt_model_train(model, pictures, &steps, NULL, &error) ||
                     betwixt_model_morph(model, 0, 5, NULL, &out, frames, sizeof frames, NULL, &error);
  if (failed) fprintf(stderr, "%s\n", error.message);
  const int refused = betwixt_model_morph(model, 0, 99, NULL, &out, frames, sizeof frames, NULL, &error);
  printf("%s\n", error.message);
  betwixt_model_release(model);
  betwixt_pictures_release(pictures);
  betwixt_device_release(device);
  return failed || refused != BETWIXT_E_ARGUMENT;
}
