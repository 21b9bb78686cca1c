// SPDX-License-Identifier: MIT
// Pictures to pictures in between, through the C API alone: draws a disc on its way around, learns every second
// picture, and shows some of the others: as they were drawn above, as the model has them below.
//   capi_morph OUT.ppm [STEPS [DEVICE]]
#include <betwixt/capi/betwixt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { kSide = 32, kPictures = 64, kBytes = kSide * kSide * 3, kScale = 2 };

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

/// A row of every fourth picture from the second on, none of which was learned, enlarged.
static void write_row(FILE* file, const unsigned char* pixels) {
  for (int y = 0; y < kSide * kScale; ++y)
    for (int n = 1; n < kPictures; n += 4)
      for (int x = 0; x < kSide * kScale; ++x)
        fwrite(pixels + n * kBytes + 3 * (y / kScale * kSide + x / kScale), 3, 1, file);
}

/// Two rows as a PPM file.
static int write_rows(const char* path, const unsigned char* above, const unsigned char* below) {
  FILE* file = fopen(path, "wb");
  if (!file) return 0;
  fprintf(file, "P6 %d %d 255\n", kPictures / 4 * kSide * kScale, 2 * kSide * kScale);
  write_row(file, above);
  write_row(file, below);
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
    fprintf(stderr, "usage: capi_morph OUT.ppm [STEPS [DEVICE]]\n");
    return 2;
  }
  for (int i = 0; i < kPictures; ++i) draw_disc(shown + i * kBytes, i / (kPictures - 1.0));
  betwixt_error error;
  betwixt_device* device = NULL;
  const int64_t steps = argc > 2 ? atoll(argv[2]) : 1500;
  betwixt_device_options options = {.struct_size = sizeof(options)};
  if (argc > 3) options.name = argv[3];
  const int ok =
      !betwixt_device_open(&options, &device, &error) && learn_and_morph(device, shown, morphed, steps, &error);
  betwixt_device_release(device);
  if (!ok) {
    fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  printf("\n%s: %.1f dB against the pictures as drawn\n", argv[1], psnr(shown, morphed, kPictures - 1));
  return write_rows(argv[1], shown, morphed) ? 0 : 1;
}
