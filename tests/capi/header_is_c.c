/* SPDX-License-Identifier: MIT */
/* The headers compiled as C: a declaration that only C++ understands would not get past this file. */
#include "betwixt/capi/betwixt.h"
#include "betwixt/capi/betwixt_media.h"

betwixt_train_options capi_test_options_in_c(void);

betwixt_train_options capi_test_options_in_c(void) {
  betwixt_train_options options = {.struct_size = sizeof options, .steps = 1};
  return options;
}
