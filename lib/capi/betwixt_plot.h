// SPDX-License-Identifier: MIT
#include "betwixt/capi/betwixt.h"  // before the guard: it includes the parts in the order they need

#ifndef BETWIXT_CAPI_BETWIXT_PLOT_H
#define BETWIXT_CAPI_BETWIXT_PLOT_H

/// Plots as pictures, and one HTML page about a model. Part of betwixt.h, which includes it. Plots are RGB sets of one
/// picture: show them with betwixt_pictures_read, or write them with betwixt_media.h.

#ifdef __cplusplus
extern "C" {
#endif

/// What colours codes in a plot; the last two take a grid.
enum { BETWIXT_COLOUR_BY_ORDER = 0, BETWIXT_COLOUR_BY_ROW = 1, BETWIXT_COLOUR_BY_COLUMN = 2 };

/// What a plot of codes shows.
typedef struct betwixt_codes_plot_options {
  uint32_t struct_size;              ///< sizeof of this struct, set by the caller
  int32_t size;                      ///< pixels of a side, 200 to 8192; 0: 760
  int32_t colour;                    ///< BETWIXT_COLOUR_BY_ORDER and so on
  int32_t no_links;                  ///< 1: the links of the graph are left out
  int32_t has_ends;                  ///< 1: paths lead from `from` to `to`; 0: between the codes farthest apart
  int32_t reserved;                  ///< 0
  int64_t from;                      ///< index of a code
  int64_t to;                        ///< index of a code
  const betwixt_grid* grid;          ///< that the pictures lie on; NULL: unknown
  const betwixt_path_options* path;  ///< how codes are linked, and `search` and `smooth`; NULL: all defaults
} betwixt_codes_plot_options;

/// Numbers under a name; without `struct_size`, it never grows.
typedef struct betwixt_series {
  const char* name;      ///< for the key
  const double* values;  ///< those that are not finite are left out
  int64_t count;         ///< of the values
} betwixt_series;

/// What a chart of curves says.
typedef struct betwixt_curves_options {
  uint32_t struct_size;  ///< sizeof of this struct, set by the caller
  int32_t logarithmic;   ///< 1: values below 1e-12 count as that
  const char* title;     ///< above; NULL: none
  const char* across;    ///< name of the axis across; NULL: none
  const char* up;        ///< name of the axis up; NULL: none
  double last;           ///< what the last value stands for on the axis across; 0: the number of values
} betwixt_curves_options;

/// How pictures become a picture file.
typedef struct betwixt_encoding {
  uint32_t struct_size;  ///< set by the library
  int32_t columns;       ///< above 0: a PNG of all pictures in rows of so many; otherwise see `fps`
  double fps;            ///< above 0: a GIF that plays forth and back; 0: a PNG of the one picture
  int32_t scale;         ///< of the GIF: each pixel becomes a square of so many
  int32_t reserved;      ///< 0
} betwixt_encoding;

/// What a page is about.
typedef struct betwixt_report_options {
  uint32_t struct_size;                      ///< sizeof of this struct, set by the caller
  int32_t colour;                            ///< of the codes: BETWIXT_COLOUR_BY_ORDER and so on
  const char* title;                         ///< of the page; NULL: "betwixt"
  const char* note;                          ///< a line at its end; NULL: none
  const betwixt_evaluate_options* evaluate;  ///< what is measured and shown; NULL: all defaults
  /// Hands the bytes of a picture file to `write`, in pieces and with `to`; returns 0, anything else stops. The
  /// pictures are the library's. betwixt_pictures_encode of betwixt_media.h is such a function.
  int32_t (*encode)(void* user, const betwixt_pictures* pictures, const betwixt_encoding* how,
                    void (*write)(void* to, const void* bytes, int64_t count), void* to);
  void* encode_user;  ///< given to `encode`
} betwixt_report_options;

/// Draws the codes of a model, with links, the straight and the graph path over them. `pictures` NULL: the codes the
/// model keeps; otherwise those of these pictures, some of which are shown where they lie. `options` may be NULL. Any
/// thread, blocks; one thread at a time per object.
BETWIXT_API int32_t betwixt_model_plot_codes(const betwixt_model* model, const betwixt_pictures* pictures,
                                             const betwixt_codes_plot_options* options, betwixt_pictures** plot,
                                             betwixt_error* error);
/// The loss during the training, first to last; `*length` 0 when the model has no record of it. A loss that was not
/// finite is NaN. More numbers than `capacity` are BETWIXT_E_LIMIT, but for NULL, which asks for the length. Any
/// thread, blocks.
BETWIXT_API int32_t betwixt_model_curve(const betwixt_model* model, double* values, int64_t capacity, int64_t* length,
                                        betwixt_error* error);
/// Draws curves over even steps, 760 x 420. `options` may be NULL. Any thread.
BETWIXT_API int32_t betwixt_plot_curves(const betwixt_series* series, int32_t count,
                                        const betwixt_curves_options* options, betwixt_pictures** plot,
                                        betwixt_error* error);
/// Draws groups of bars, 760 x 360; every series has a value per group. `title` may be NULL. Any thread.
BETWIXT_API int32_t betwixt_plot_bars(const char* const* groups, int32_t group_count, const betwixt_series* series,
                                      int32_t count, const char* title, betwixt_pictures** plot, betwixt_error* error);
/// Draws bars of one measure ("imse", "ssim") from texts of betwixt_model_evaluate, each under its name. Any thread.
BETWIXT_API int32_t betwixt_plot_measure(const char* const* evaluations, const char* const* names, int32_t count,
                                         const char* measure, betwixt_pictures** plot, betwixt_error* error);
/// Writes one self-contained HTML page: animations and strips of every way from picture to picture, measures, codes,
/// reconstructions, loss and settings. `options->encode` must be given; it may call the library, with other objects and
/// with this model. All or nothing. Any thread, blocks; one thread at a time per object.
BETWIXT_API int32_t betwixt_model_report(const betwixt_model* model, const betwixt_pictures* pictures,
                                         const betwixt_report_options* options, const char* path, betwixt_error* error);

#ifdef __cplusplus
}
#endif

#endif
