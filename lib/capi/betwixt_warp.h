// SPDX-License-Identifier: MIT
#include "betwixt/capi/betwixt.h"  // before the guard: it includes the parts in the order they need

#ifndef BETWIXT_CAPI_BETWIXT_WARP_H
#define BETWIXT_CAPI_BETWIXT_WARP_H

/// One picture moved into another, without learning a set: two flow fields and a change of colours are fitted to the
/// pair. Part of betwixt.h, which includes it.

#ifdef __cplusplus
extern "C" {
#endif

typedef struct betwixt_warp betwixt_warp;  ///< the motion between two pictures

/// How a motion is fitted.
typedef struct betwixt_warp_options {
  uint32_t struct_size;  ///< sizeof of this struct, set by the caller
  int32_t levels;        ///< sizes that the pictures are looked at, 1 to 16; 0: down to about 8 pixels
  int64_t steps;         ///< on every level; 0: 100
  double learning_rate;  ///< pixels a step moves the flow at most; 0: 0.15
  double smoothness;     ///< more moves larger parts as one; 0: 0.15, negative: none
  double stillness;      ///< price of moving by a whole side of the picture; 0: 0.1, negative: none
  double consistency;    ///< how much the flows of both directions must agree; 0: 0.04, negative: none
  double detail;         ///< weight of local contrast beside colours; 0: 1, negative: none
  double search;         ///< farthest motion looked for, as a share of the longer side; 0: 0.45, negative: none
  int32_t keep_colours;  ///< 1: differences are explained by motion only
  int32_t reserved;      ///< 0
  uint64_t seed;         ///< 0: 1
  /// Called a few times a second by the thread that fits; 0 goes on, anything else stops. NULL: nobody.
  int32_t (*progress)(void* user, const betwixt_progress* progress);
  void* progress_user;  ///< given to `progress`
} betwixt_warp_options;

/// What a fit came to.
typedef struct betwixt_warp_report {
  uint32_t struct_size;  ///< sizeof of this struct, set by the caller
  int32_t stopped;       ///< 1: by the callback or `cancel`; what was found is kept
  int32_t levels;        ///< sizes that were fitted
  int32_t reserved;      ///< 0
  int64_t steps;         ///< of all levels together
  double loss;           ///< on the finest level, at the end
  double seconds;        ///< spent fitting
  double motion;         ///< mean length of both flows, pixels
  double largest;        ///< longest displacement, pixels
  double occluded;       ///< share of pixels without a partner in the other picture
  double difference;     ///< mean absolute difference of the pictures as they are, from 0 to 1
  double residual;       ///< the same after moving and recolouring one onto the other, both ways, occluded left out
} betwixt_warp_report;

/// Takes copies of two pictures of a set; nothing is fitted yet. Any thread.
BETWIXT_API int32_t betwixt_warp_create(const betwixt_device* device, const betwixt_pictures* pictures, int64_t first,
                                        int64_t second, const betwixt_warp_options* options, betwixt_warp** warp,
                                        betwixt_error* error);
/// Fits the motion; lets others at the device a few times a second. Stopping early keeps what was found. Once it was
/// done it is not done again: later calls return the same report, which may be NULL. After an error it may be called
/// again. Any thread, blocks; one thread at a time per object.
BETWIXT_API int32_t betwixt_warp_fit(betwixt_warp* warp, betwixt_warp_report* report, betwixt_error* error);
/// Ends the fit after the step under way, or before it began. Any thread.
BETWIXT_API int32_t betwixt_warp_cancel(betwixt_warp* warp, betwixt_error* error);
/// The pictures at `times`, one for each of the layout: 0 is the first picture, 1 the second, both exact. NULL: evenly
/// from the first to the second, both included, for 2 pictures or more. BETWIXT_E_MISSING before the fit. Any thread,
/// blocks; one thread at a time per object.
BETWIXT_API int32_t betwixt_warp_frames(const betwixt_warp* warp, const double* times, const betwixt_layout* layout,
                                        void* memory, int64_t bytes, betwixt_error* error);
/// For every pixel of picture `from` (0 or 1), row by row, how far to the right and down its partner in the other one
/// is, in pixels: 2 x height x width numbers. BETWIXT_E_MISSING before the fit. Any thread, blocks; one thread at
/// a time per object.
BETWIXT_API int32_t betwixt_warp_flow(const betwixt_warp* warp, int32_t from, float* values, int64_t capacity,
                                      betwixt_error* error);
/// For every pixel of picture `from` (0 or 1) how surely it is seen in the other one too, from 0 to 1: height x width
/// numbers. BETWIXT_E_MISSING before the fit. Any thread, blocks; one thread at a time per object.
BETWIXT_API int32_t betwixt_warp_visibility(const betwixt_warp* warp, int32_t from, float* values, int64_t capacity,
                                            betwixt_error* error);
/// Inside the fit's own callback it cancels; the rest follows when the fit returns. NULL is fine. Any thread, blocks.
BETWIXT_API void betwixt_warp_release(betwixt_warp* warp);

#ifdef __cplusplus
}
#endif

#endif
