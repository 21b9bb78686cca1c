// SPDX-License-Identifier: MIT
// What an app's first file looks like: public headers, the library linked, an error caught.
#include <cstdio>
#include <cstring>

#include "betwixt/core/error.h"
#include "betwixt/core/shape.h"

int main() {
  const betwixt::Shape pictures{16, 64, 64, 3};
  if (pictures.elements() != 16 * 64 * 64 * 3) return 1;
  try {
    betwixt::Shape{2, -1};
  } catch (const betwixt::Error& error) {
    std::printf("%s\n", error.what());
    return std::strcmp(betwixt::error_name(error.code()), "E_SHAPE") == 0 ? 0 : 1;
  }
  return 1;
}
