// SPDX-License-Identifier: MIT
// Uses a trained model and nothing else: loads it, goes from one learned picture to another and writes the frames side
// by side. All of it is there in the small library, too (preset `minimal`).
//   capi_play MODEL.safetensors OUT.ppm (or .pgm, of grey pictures) [FROM TO [FRAMES [DEVICE]]]
#include <betwixt/capi/betwixt.h>
#include <stdio.h>
#include <stdlib.h>

/// Frames of [height][width][channels] bytes, 1 or 3 channels, as one wide picture.
static int write_row(const char* path, const unsigned char* frames, const betwixt_layout* layout) {
  FILE* file = fopen(path, "wb");
  if (!file) return 0;
  const size_t line = (size_t)layout->width * (size_t)layout->channels, picture = (size_t)layout->height * line;
  fprintf(file, "P%d %lld %lld 255\n", layout->channels == 1 ? 5 : 6, (long long)(layout->count * layout->width),
          (long long)layout->height);
  for (int64_t y = 0; y < layout->height; ++y)
    for (int64_t n = 0; n < layout->count; ++n) fwrite(frames + (size_t)n * picture + (size_t)y * line, 1, line, file);
  return fclose(file) == 0;
}

static int fail(const char* what) {
  fprintf(stderr, "%s\n", what);
  return 1;
}

static int play(const betwixt_model* model, int64_t from, int64_t to, int64_t count, const char* path) {
  betwixt_error error;
  betwixt_model_info info = {.struct_size = sizeof info};
  if (betwixt_model_describe(model, &info, &error)) return fail(error.message);
  if (info.channels != 1 && info.channels != 3) return fail("capi_play shows grey or colour pictures, without alpha");
  const betwixt_layout layout = {.struct_size = sizeof layout,
                                 .count = count,
                                 .height = info.height,
                                 .width = info.width,
                                 .channels = info.channels};
  const int64_t bytes = count * info.height * info.width * info.channels;
  unsigned char* frames = count > 0 && count <= 1000 ? malloc((size_t)bytes) : NULL;
  if (!frames) return fail("1 to 1000 frames, please, that fit into memory");
  const int failed =
      betwixt_model_morph(model, from, to < 0 ? info.codes - 1 : to, NULL, &layout, frames, bytes, NULL, &error)
          ? fail(error.message)
          : !write_row(path, frames, &layout);
  free(frames);
  return failed;
}

int main(int argc, char** argv) {
  if (argc < 3) return fail("usage: capi_play MODEL.safetensors OUT.ppm [FROM TO [FRAMES [DEVICE]]]");
  betwixt_error error;
  betwixt_device* device = NULL;
  betwixt_model* model = NULL;
  const betwixt_device_options options = {.struct_size = sizeof options, .name = argc > 6 ? argv[6] : NULL};
  int failed = betwixt_device_open(&options, &device, &error) || betwixt_model_load(device, argv[1], &model, &error);
  if (failed)
    fail(error.message);
  else
    failed = play(model, argc > 3 ? atoll(argv[3]) : 0, argc > 4 ? atoll(argv[4]) : -1, argc > 5 ? atoll(argv[5]) : 9,
                  argv[2]);
  betwixt_model_release(model);
  betwixt_device_release(device);
  return failed;
}
