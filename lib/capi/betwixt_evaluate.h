// SPDX-License-Identifier: MIT
#include "betwixt/capi/betwixt.h"  // before the guard: it includes the parts in the order they need

#ifndef BETWIXT_CAPI_BETWIXT_EVALUATE_H
#define BETWIXT_CAPI_BETWIXT_EVALUATE_H

/// Measures of frames whose true factors are known, perceptual distances, the links behind graph paths, and synthetic
/// scenes with known factors. Part of betwixt.h, which includes it.

#ifdef __cplusplus
extern "C" {
#endif

/// Pictures of a set that lie on a grid of two factors: picture r * columns + c at row r, column c.
typedef struct betwixt_grid {
  uint32_t struct_size;  ///< sizeof of this struct, set by the caller
  int32_t rows_wrap;     ///< 1: the last row is next to the first
  int64_t rows;          ///< values of the first factor
  int64_t columns;       ///< values of the second factor
  int32_t columns_wrap;  ///< 1: the last column is next to the first
  int32_t reserved;      ///< 0
} betwixt_grid;

/// How a sequence moves over a grid.
typedef struct betwixt_grid_measures {
  uint32_t struct_size;  ///< sizeof of this struct, set by the caller
  int32_t reserved;      ///< 0
  double perfect_path;   ///< mean squared error to the closest admissible true sequence, 0 to 255
  double smoothness;     ///< 0 is even motion, near 1 one jump; infinite when both ends are one place and it moves
} betwixt_grid_measures;

/// Measures M1 to M4 of a way from picture to picture, over intervals along the columns of a grid.
typedef struct betwixt_factor_measures {
  uint32_t struct_size;   ///< sizeof of this struct, set by the caller
  int32_t reserved;       ///< 0
  double m1_peak;         ///< largest mean squared error over alpha, channels from 0 to 1
  double m2;              ///< mean of that error over the in-betweens
  double m3_error;        ///< mean |median alpha - alpha|, alpha read off the nearest pictures
  double m3_range;        ///< mean inter-quartile range of that alpha
  double m4_deviation;    ///< largest distance from even motion, as a share of the interval
  int64_t m4_violations;  ///< steps by more than one column in the wrong direction
} betwixt_factor_measures;

/// Scores of ACAI's benchmark of lines.
typedef struct betwixt_line_measures {
  uint32_t struct_size;  ///< sizeof of this struct, set by the caller
  int32_t reserved;      ///< 0
  double mean_distance;  ///< mean cosine distance of the frames to the closest true line
  double smoothness;     ///< 0 turns evenly, near 1 jumps
  int64_t undefined;     ///< interpolations that do not turn
} betwixt_line_measures;

/// Which network a perceptual distance looks through.
typedef struct betwixt_feature_options {
  uint32_t struct_size;  ///< sizeof of this struct, set by the caller
  int32_t input;         ///< BETWIXT_FEATURES_IMAGENET and so on; with `heads` always LPIPS's own
  const char* weights;   ///< VGG-16 or SqueezeNet 1.1 (.safetensors); NULL: a random network, the same everywhere
  const char* heads;     ///< heads of LPIPS that belong to the weights (.safetensors); NULL: every channel counts alike
} betwixt_feature_options;

/// A link of a neighbour graph; without `struct_size`, it never grows.
typedef struct betwixt_link {
  int64_t from;   ///< index of a code
  int64_t to;     ///< index of another, higher
  double length;  ///< as the options measure it
} betwixt_link;

/// How a model is evaluated.
typedef struct betwixt_evaluate_options {
  uint32_t struct_size;  ///< sizeof of this struct, set by the caller
  int32_t frames;        ///< of every way, ends included, two at least; 0: 55
  int32_t has_ends;      ///< 1: ways lead from `from` to `to`; 0: between the codes farthest apart
  int32_t every_second;  ///< 1: pictures are one sequence: those between every second one are recovered and compared
  int64_t from;          ///< index of a picture
  int64_t to;            ///< index of a picture
  int64_t interval;      ///< columns of the intervals of M1 to M4; 0: a quarter of the grid's
  const betwixt_grid* grid;                 ///< that the pictures lie on; NULL: unknown
  const betwixt_path_options* path;         ///< how codes are linked, and `search` and `smooth`; NULL: all defaults
  const betwixt_feature_options* features;  ///< of the perceptual distance; NULL: all defaults
} betwixt_evaluate_options;

/// Measures every way of getting from picture to picture with a model: straight, slerp, graph, dissolve, nearest. The
/// result is JSON text, as `betwixt evaluate --json` prints it; 64 KiB hold it. `options` may be NULL. A call that only
/// asks for the length takes as long. Any thread, blocks; one thread at a time per object.
BETWIXT_API int32_t betwixt_model_evaluate(const betwixt_model* model, const betwixt_pictures* pictures,
                                           const betwixt_evaluate_options* options, char* text, int64_t capacity,
                                           int64_t* length, betwixt_error* error);
/// ACAI's benchmark of lines for a model of 32 x 32 grey pictures, as `betwixt evaluate --lines --json`. Any thread,
/// blocks.
BETWIXT_API int32_t betwixt_model_evaluate_lines(const betwixt_model* model, uint64_t seed, char* text,
                                                 int64_t capacity, int64_t* length, betwixt_error* error);

/// Measures a sequence that should lead from picture `from` of `set` to picture `to`. Two frames at least. Any thread;
/// one thread at a time per object.
BETWIXT_API int32_t betwixt_pictures_measure_on_grid(const betwixt_pictures* frames, const betwixt_pictures* set,
                                                     const betwixt_grid* grid, int64_t from, int64_t to,
                                                     betwixt_grid_measures* measures, betwixt_error* error);
/// Measures a way of getting from picture to picture. `walk` makes it: a set of `frames` pictures from picture `from`
/// to picture `to`, handed over in `*made`, which the library releases; it returns 0, anything else stops. `width` is
/// the number of columns from start to end, 0: a quarter of them. `walk` may call the library, and read `set`. Any
/// thread; one thread at a time per object.
BETWIXT_API int32_t betwixt_pictures_measure_factors(
    const betwixt_pictures* set, const betwixt_grid* grid, int64_t width,
    int32_t (*walk)(void* user, int64_t from, int64_t to, int32_t frames, betwixt_pictures** made), void* user,
    betwixt_factor_measures* measures, betwixt_error* error);
/// Measures interpolations of the scene "lines" (32 x 32, grey): `frames_each` pictures each, one after another. Any
/// thread; one thread at a time per object.
BETWIXT_API int32_t betwixt_pictures_measure_lines(const betwixt_pictures* frames, int64_t frames_each,
                                                   betwixt_line_measures* measures, betwixt_error* error);
/// Perceptual distance of picture i of `a` from picture i of `b`, for all of them; `distances` has room for `capacity`.
/// Any thread, blocks; one thread at a time per object.
BETWIXT_API int32_t betwixt_pictures_feature_distance(const betwixt_device* device, const betwixt_pictures* a,
                                                      const betwixt_pictures* b, const betwixt_feature_options* options,
                                                      double* distances, int64_t capacity, betwixt_error* error);

/// The links that a graph path may use, ascending; codes that count as one are named by the first of them. `*count` is
/// how many there are: more than `capacity` is BETWIXT_E_LIMIT, but for NULL, which asks for the count. One thread at
/// a time per object.
BETWIXT_API int32_t betwixt_codes_links(const betwixt_codes* codes, const betwixt_path_options* options,
                                        betwixt_link* links, int64_t capacity, int64_t* count, betwixt_error* error);
/// The same of the codes the model keeps, with lengths measured by it where the options say so. Any thread, blocks.
BETWIXT_API int32_t betwixt_model_links(const betwixt_model* model, const betwixt_path_options* options,
                                        betwixt_link* links, int64_t capacity, int64_t* count, betwixt_error* error);

/// Every scene as JSON text: name, a line for people, usual pixels, and factors with their ranges. Any thread.
BETWIXT_API int32_t betwixt_scenes_describe(char* text, int64_t capacity, int64_t* length, betwixt_error* error);
/// Draws `count` pictures of a scene; row i of `factors` has one number per factor, `factor_count` of them. `pixels` is
/// height and width; 0: the scene's usual. Any thread.
BETWIXT_API int32_t betwixt_scene_draw(const char* scene, const double* factors, int64_t count, int32_t factor_count,
                                       int32_t pixels, betwixt_pictures** pictures, betwixt_error* error);
/// Factors of `count` random pictures of a scene by `seed`, row by row; `count` 0: of the data set the scene was made
/// for, in its order, empty when that is a random one. `*length` is how many numbers there are: more than `capacity` is
/// BETWIXT_E_LIMIT, but for NULL, which asks for them. Any thread.
BETWIXT_API int32_t betwixt_scene_sample(const char* scene, int64_t count, uint64_t seed, double* factors,
                                         int64_t capacity, int64_t* length, betwixt_error* error);

/// Which pictures of a scene.
typedef struct betwixt_scene_options {
  uint32_t struct_size;  ///< sizeof of this struct, set by the caller
  int32_t all;           ///< 1: the data set the scene was made for, in its order
  int64_t count;         ///< pictures; 0: 16
  uint64_t seed;         ///< of random factors; 0: 1
  const char* sweep;     ///< goes through this factor in `count` even steps; NULL: random pictures
  const char* pairs;     ///< every picture twice: with this factor low and high; NULL: once
  const char* vary;      ///< random factors, "x,y"; NULL: the usual ones
  const char* fixed;     ///< factors that do not have their usual value, "size=0.5,hue=1"; NULL: none
} betwixt_scene_options;

/// Factors of pictures of a scene, row by row, for betwixt_scene_draw; `options` may be NULL. `*length` is how many
/// numbers there are: more than `capacity` is BETWIXT_E_LIMIT, but for NULL, which asks for them. Any thread.
BETWIXT_API int32_t betwixt_scene_factors(const char* scene, const betwixt_scene_options* options, double* factors,
                                          int64_t capacity, int64_t* length, betwixt_error* error);

#ifdef __cplusplus
}
#endif

#endif
