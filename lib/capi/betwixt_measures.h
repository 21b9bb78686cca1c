// SPDX-License-Identifier: MIT
#include "betwixt/capi/betwixt.h"  // before the guard: it includes the parts in the order they need

#ifndef BETWIXT_CAPI_BETWIXT_MEASURES_H
#define BETWIXT_CAPI_BETWIXT_MEASURES_H

/// How good the pictures in between are, and what they are compared with. Part of betwixt.h, which includes it.

#ifdef __cplusplus
extern "C" {
#endif

/// What a sequence is measured against.
typedef struct betwixt_measure_options {
  uint32_t struct_size;           ///< sizeof of this struct, set by the caller
  int32_t has_ends;               ///< 1: the sequence should begin with picture `from` of `set` and end with `to`
  const betwixt_pictures* truth;  ///< the pictures as they should be, frame by frame; NULL: not known
  const betwixt_pictures* set;    ///< the pictures learned; NULL: not measured
  int64_t from;                   ///< index of the first picture of the way in `set`
  int64_t to;                     ///< index of the last one
} betwixt_measure_options;

/// Measures of a sequence of frames. Those without what they need are 0; PSNR is infinite for equal pictures.
typedef struct betwixt_measures {
  uint32_t struct_size;    ///< sizeof of this struct, set by the caller
  int32_t reserved;        ///< 0
  double step_uniformity;  ///< largest over mean step from frame to frame: 1 is even motion; 1 for a single frame
  // Against `truth`, mean over the frames.
  double mse;         ///< channels from 0 to 1
  double psnr;        ///< dB, of a peak of 1
  double ssim;        ///< structural similarity, 1 for equal pictures
  double sharpness;   ///< below 1 blurred, above 1 sharper than the truth; infinite where the truth is flat
  double psnr_worst;  ///< of the worst frame
  double ssim_worst;  ///< of the worst frame
  // Against `set`.
  double nearest_mse;       ///< mean over the frames of the mean squared error to the nearest picture, 0 to 255
  double nearest_mse_wrap;  ///< the same with bytes that wrap, as the published code computed it
  double start_error;       ///< mean squared error of the first frame and its picture, channels from 0 to 1
  double end_error;         ///< the same of the last
} betwixt_measures;

/// Measures a sequence. `options` NULL: its step uniformity only. Any thread; one thread at a time per object.
BETWIXT_API int32_t betwixt_pictures_measure(const betwixt_pictures* frames, const betwixt_measure_options* options,
                                             betwixt_measures* measures, betwixt_error* error);
/// Playback of known pictures: for every frame the nearest picture of `set`, by squared difference, with its name. Any
/// thread; one thread at a time per object.
BETWIXT_API int32_t betwixt_pictures_nearest(const betwixt_pictures* frames, const betwixt_pictures* set,
                                             betwixt_pictures** played, betwixt_error* error);
/// What any method must beat: picture `from` of `set` fades into picture `to` in so many frames, two at least. Any
/// thread; one thread at a time per object.
BETWIXT_API int32_t betwixt_pictures_dissolve(const betwixt_pictures* set, int64_t from, int64_t to, int32_t frames,
                                              betwixt_pictures** dissolved, betwixt_error* error);

#ifdef __cplusplus
}
#endif

#endif
