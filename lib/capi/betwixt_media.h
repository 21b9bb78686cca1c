// SPDX-License-Identifier: MIT
#ifndef BETWIXT_CAPI_BETWIXT_MEDIA_H
#define BETWIXT_CAPI_BETWIXT_MEDIA_H

/// Picture files for the C API: a library of its own (betwixt_media_c), because an app that has its own pixels needs
/// none of its decoders. Everything betwixt.h says of errors, structs, handles and threads holds here too. Files are
/// not trusted.

#include "betwixt/capi/betwixt.h"

#ifdef __cplusplus
extern "C" {
#endif

/// How a picture becomes a square.
enum {
  BETWIXT_FIT_CROP = 0,     ///< the largest centred square; nothing is distorted
  BETWIXT_FIT_STRETCH = 1,  ///< both sides independently
  BETWIXT_FIT_PAD = 2       ///< all of it, the rest filled with the background
};

/// A colour as 0xRRGGBB plus BETWIXT_COLOUR, so that 0 means "none".
enum { BETWIXT_COLOUR = 0x1000000 };

/// How picture files become pictures of a set.
typedef struct betwixt_load_options {
  uint32_t struct_size;  ///< sizeof of this struct, set by the caller
  int32_t size;          ///< side of the square that every picture becomes; 0: sizes stay, and must then be equal
  int32_t fit;           ///< BETWIXT_FIT_CROP and so on
  int32_t channels;      ///< 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; 0: as in the files
  int32_t background;    ///< colour that transparent pictures are put on; 0: alpha is kept
  int32_t reserved;      ///< 0
  int64_t most_pixels;   ///< of one picture; above: BETWIXT_E_LIMIT. 0: 64 Mi
} betwixt_load_options;

/// How an animated GIF is made.
typedef struct betwixt_gif_options {
  uint32_t struct_size;  ///< sizeof of this struct, set by the caller
  int32_t scale;         ///< each pixel becomes a square of so many; 0: 1
  double fps;            ///< 0: 24; at most 50
  int32_t ping_pong;     ///< 1: back again after the last picture
  int32_t once;          ///< 1: does not start again
  int32_t colours;       ///< of the palette, 2 to 256; 0: 256
  int32_t dither;        ///< 1: ordered dithering
  int32_t background;    ///< colour behind transparent pictures; 0: none
  int32_t reserved;      ///< 0
} betwixt_gif_options;

/// How a contact sheet looks.
typedef struct betwixt_sheet_options {
  uint32_t struct_size;  ///< sizeof of this struct, set by the caller
  int32_t columns;       ///< pictures in a row; 0: about as wide as high
  int32_t scale;         ///< each pixel becomes a square of so many; 0: 1
  int32_t gap;           ///< pixels between the pictures and around them; 0: 2, negative: none
  int32_t background;    ///< colour of the gaps and behind transparent pictures; 0: white, or transparent with alpha
  int32_t reserved;      ///< 0
} betwixt_sheet_options;

/// All PNG and JPEG files of a folder, in the natural order of their names, which the pictures get. Any thread.
BETWIXT_API int32_t betwixt_pictures_load_folder(const char* folder, const betwixt_load_options* options,
                                                 betwixt_pictures** pictures, betwixt_error* error);
/// One PNG or JPEG file. Any thread.
BETWIXT_API int32_t betwixt_pictures_load_file(const char* path, const betwixt_load_options* options,
                                               betwixt_pictures** pictures, betwixt_error* error);
/// One PNG or JPEG file in memory. Any thread.
BETWIXT_API int32_t betwixt_pictures_load_memory(const void* memory, int64_t bytes, const betwixt_load_options* options,
                                                 betwixt_pictures** pictures, betwixt_error* error);
/// One picture as a PNG file. One thread at a time per object.
BETWIXT_API int32_t betwixt_pictures_save_png(const betwixt_pictures* pictures, int64_t index, const char* path,
                                              betwixt_error* error);
/// Every picture as folder/frame_0000.png and so on; the folder is made. One thread at a time per object.
BETWIXT_API int32_t betwixt_pictures_save_folder(const betwixt_pictures* pictures, const char* folder,
                                                 betwixt_error* error);
/// All pictures side by side in one PNG, `columns` in a row; 0: about as wide as high. `scale` 0 is 1. One thread at a
/// time per object.
BETWIXT_API int32_t betwixt_pictures_save_sheet(const betwixt_pictures* pictures, const char* path, int32_t columns,
                                                int32_t scale, betwixt_error* error);
/// All pictures side by side in one PNG; `options` may be NULL. One thread at a time per object.
BETWIXT_API int32_t betwixt_pictures_save_sheet_as(const betwixt_pictures* pictures, const char* path,
                                                   const betwixt_sheet_options* options, betwixt_error* error);
/// Every pixel as `factor` x `factor` pixels, 1 to 64. One thread at a time per object.
BETWIXT_API int32_t betwixt_pictures_enlarge(const betwixt_pictures* pictures, int32_t factor,
                                             betwixt_pictures** enlarged, betwixt_error* error);
/// The `encode` of betwixt_report_options; `user` is not read. Returns a code; 0 is BETWIXT_OK. One thread at a time
/// per object.
BETWIXT_API int32_t betwixt_pictures_encode(void* user, const betwixt_pictures* pictures, const betwixt_encoding* how,
                                            void (*write)(void* to, const void* bytes, int64_t count), void* to);
/// An animated GIF. One thread at a time per object.
BETWIXT_API int32_t betwixt_pictures_save_gif(const betwixt_pictures* pictures, const char* path,
                                              const betwixt_gif_options* options, betwixt_error* error);

#ifdef __cplusplus
}
#endif

#endif
