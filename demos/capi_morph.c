// SPDX-License-Identifier: MIT
// Pictures to pictures in between, through the C API alone: draws a disc on its way around, learns every second
// picture, and shows the others as the model has them.
//   capi_morph OUT.ppm [STEPS]
#include <betwixt/capi/betwixt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { kSide = 32, kPictures = 64, kBytes = kSide * kSide * 3 };

static void draw_disc(unsigned char* pixels, double turn) {
  const double angle = 3.1 * turn, x0 = 16 + 10 * cos(angle), y0 = 22 - 14 * sin(angle);
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x) {
      const double edge = 6.5 - sqrt((x - x0) * (x - x0) + (y - y0) * (y - y0));
      const double inside = edge < 0 ? 0 : edge > 1 ? 1 : edge;
      unsigned char* pixel = pixels + 3 * (y * kSide + x);
      pixel[0] = (unsigned char)(30 + 220 * inside);
      pixel[1] = (unsigned char)(40 + 120 * inside);
      pixel[2] = (unsigned char)(70 - 40 * inside);
    }
}

/// Pictures side by side as a PPM file.
static int write_strip(const char* path, const unsigned char* pixels, int count) {
  FILE* file = fopen(path, "wb");
  if (!file) return 0;
  fprintf(file, "P6 %d %d 255\n", kSide * count, kSide);
  for (int y = 0; y < kSide; ++y)
    for (int n = 0; n < count; ++n) fwrite(pixels + n * kBytes + y * kSide * 3, 3, kSide, file);
  return fclose(file) == 0;
}

static double psnr(const unsigned char* a, const unsigned char* b, int count) {
  double sum = 0;
  for (int i = 0; i < count * kBytes; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return 10 * log10(255.0 * 255.0 / (sum / (count * (double)kBytes)));
}

static int32_t show(void* user, const betwixt_progress* progress) {
  (void)user;
  printf("\rstep %lld of %lld, loss %.2e ", (long long)progress->step, (long long)progress->steps, progress->loss);
  return 0;  // go on
}

/// Half as many pictures, learned; then all of them again from a path through the learned ones. 0 when a call failed.
static int learn_and_morph(const betwixt_device* device, const unsigned char* shown, unsigned char* morphed,
                           int64_t steps, betwixt_error* error) {
  const betwixt_model_options model_options = {
      .struct_size = sizeof model_options, .height = kSide, .width = kSide, .channels = 3, .code = 2, .breadth = 32};
  const betwixt_train_options train_options = {
      .struct_size = sizeof train_options, .steps = steps, .batch = 16, .progress = show};
  const betwixt_layout learned = {.struct_size = sizeof learned,
                                  .count = kPictures / 2,
                                  .height = kSide,
                                  .width = kSide,
                                  .channels = 3,
                                  .picture_stride = 2 * kBytes};  // every second picture
  const betwixt_layout frames = {
      .struct_size = sizeof frames, .count = kPictures - 1, .height = kSide, .width = kSide, .channels = 3};
  betwixt_pictures* pictures = NULL;
  betwixt_model* model = NULL;
  const int ok =
      !betwixt_pictures_create(kSide, kSide, 3, &pictures, error) &&
      !betwixt_pictures_add(pictures, &learned, shown, kPictures * kBytes, error) &&
      !betwixt_model_create(device, &model_options, &model, error) &&
      !betwixt_model_train(model, pictures, &train_options, NULL, error) &&
      !betwixt_model_morph(model, 0, kPictures / 2 - 1, NULL, &frames, morphed, (kPictures - 1) * kBytes, NULL, error);
  betwixt_pictures_release(pictures);
  betwixt_model_release(model);
  return ok;
}

int main(int argc, char** argv) {
  static unsigned char shown[kPictures * kBytes], morphed[kPictures * kBytes];
  if (argc < 2) {
    fprintf(stderr, "usage: capi_morph OUT.ppm [STEPS]\n");
    return 2;
  }
  for (int i = 0; i < kPictures; ++i) draw_disc(shown + i * kBytes, i / (kPictures - 1.0));
  betwixt_error error;
  betwixt_device* device = NULL;
  const int64_t steps = argc > 2 ? atoll(argv[2]) : 600;
  const int ok = !betwixt_device_open(NULL, &device, &error) && learn_and_morph(device, shown, morphed, steps, &error);
  betwixt_device_release(device);
  if (!ok) {
    fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  printf("\n%s: %.1f dB against the pictures as drawn\n", argv[1], psnr(shown, morphed, kPictures - 1));
  return write_strip(argv[1], morphed, kPictures - 1) ? 0 : 1;
}
