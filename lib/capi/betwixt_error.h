// SPDX-License-Identifier: MIT
#ifndef BETWIXT_CAPI_BETWIXT_ERROR_H
#define BETWIXT_CAPI_BETWIXT_ERROR_H

/// What a call of the C API returns. Included by betwixt.h.

#include <stdint.h>

#ifndef BETWIXT_API
#if defined(_WIN32) && defined(BETWIXT_C_BUILD)
#define BETWIXT_API __declspec(dllexport)
#elif defined(_WIN32) && defined(BETWIXT_C_SHARED)
#define BETWIXT_API __declspec(dllimport)
#elif defined(__GNUC__)
#define BETWIXT_API __attribute__((visibility("default")))
#else
#define BETWIXT_API
#endif
#endif

/// What a call returns; an int32_t everywhere. The numbers never change.
enum {
  BETWIXT_OK = 0,
  BETWIXT_E_ARGUMENT = 1,         ///< the caller asked for something impossible
  BETWIXT_E_IO = 2,               ///< the system refused; `system_error` holds errno
  BETWIXT_E_OOM = 3,              ///< no memory
  BETWIXT_E_CANCELLED = 4,        ///< the caller said stop
  BETWIXT_E_TRUNCATED = 5,        ///< fewer bytes than the format needs
  BETWIXT_E_BAD_MAGIC = 6,        ///< not a file of this kind
  BETWIXT_E_VERSION = 7,          ///< a format version this build does not know
  BETWIXT_E_UNSUPPORTED = 8,      ///< legal, but not handled here
  BETWIXT_E_LIMIT = 9,            ///< above a stated limit; `limit` names it
  BETWIXT_E_OVERFLOW = 10,        ///< arithmetic on sizes wraps
  BETWIXT_E_OFFSET = 11,          ///< points outside the file
  BETWIXT_E_OVERLAP = 12,         ///< two parts share bytes
  BETWIXT_E_GAP = 13,             ///< bytes that belong to nothing
  BETWIXT_E_TRAILING = 14,        ///< bytes after the end
  BETWIXT_E_DUPLICATE = 15,       ///< there twice
  BETWIXT_E_MISSING = 16,         ///< not there
  BETWIXT_E_UNKNOWN_KEY = 17,     ///< a name that means nothing here
  BETWIXT_E_TYPE = 18,            ///< a value of the wrong kind
  BETWIXT_E_VALUE = 19,           ///< a value out of range
  BETWIXT_E_ENCODING = 20,        ///< not UTF-8 where it must be
  BETWIXT_E_SYNTAX = 21,          ///< not well-formed
  BETWIXT_E_DEPTH = 22,           ///< nested too deeply
  BETWIXT_E_DTYPE = 23,           ///< unknown or wrong element type
  BETWIXT_E_SHAPE = 24,           ///< sizes that do not fit
  BETWIXT_E_MISMATCH = 25,        ///< two statements that must agree do not
  BETWIXT_E_CHECKSUM = 26,        ///< damaged
  BETWIXT_E_NOT_FINITE = 27,      ///< NaN or infinity
  BETWIXT_E_BOMB = 28,            ///< expands far beyond what it declares
  BETWIXT_E_PATH = 29,            ///< a file name that leaves its folder
  BETWIXT_E_CYCLE = 30,           ///< refers to itself
  BETWIXT_E_DEVICE_LOST = 31,     ///< the GPU is gone; open it again
  BETWIXT_E_DEVICE_TIMEOUT = 32,  ///< the GPU does not answer
  BETWIXT_E_INTERNAL = 33         ///< our own mistake, please report
};

/// All there is to know about a failure. Needs no initialisation, owns nothing, never changes its size.
typedef struct betwixt_error {
  int32_t code;          ///< BETWIXT_OK when the call succeeded
  int32_t system_error;  ///< errno, or 0
  int64_t byte_offset;   ///< in the file, or -1
  char operation[48];    ///< what failed: "safetensors", "conv2d"
  char text[192];        ///< the fact, with numbers
  char field[96];        ///< where in the file or in the arguments, or empty
  char expected[64];     ///< or empty
  char found[64];        ///< or empty
  char limit[32];        ///< name of the limit that was passed, or empty
  char message[384];     ///< all of it in one line
} betwixt_error;

#endif
