// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "betwixt/core/file.h"
#include "betwixt/image/images.h"
#include "betwixt/media/convert.h"

namespace betwixt {

/// How colours that are not in the palette are shown.
enum class Dither {
  kNone,     ///< the nearest palette colour
  kOrdered,  ///< a mix of two palette colours in an 8x8 Bayer pattern fixed to the picture: smooth ramps, no crawling
};

/// How a clip plays and which colours it has.
struct GifOptions {
  double fps = 24;                ///< frames a second, above 0 to 50 (browsers slow down anything faster)
  bool ping_pong = false;         ///< back again after the last picture: 0 1 2 3 2 1
  bool loop = true;               ///< for ever; otherwise once
  int scale = 1;                  ///< each pixel becomes a square of so many
  Dither dither = Dither::kNone;  ///< colours that are not in the palette
  int colours = 256;              ///< most palette entries, 2 to 256, the transparent one included
  /// Composite alpha on this colour. Without it, pixels with alpha below 128 are transparent and others opaque.
  std::optional<Colour> background = {};
};

/// The pictures as an animated GIF89a.
///
/// One palette serves the whole clip: exact when the clip has few colours, otherwise variance-minimising splits (after
/// Wu, "Efficient statistical computations for optimal color quantization", 1991) refined by k-means over all pixels of
/// all pictures. A colour at a place always gets the same index, so what does not change does not flicker. Delays are
/// whole hundredths of a second; their rounding errors cancel over the clip. The same pictures give the same bytes.
/// Errors: E_ARGUMENT, E_LIMIT (a side over 65535), E_OOM.
std::vector<std::byte> encode_gif(const Images& images, const GifOptions& options = {});

/// Writes it, all or nothing (`write_file_atomically`).
void save_gif(const std::string& path, const Images& images, const GifOptions& options = {},
              FileSystem& files = default_file_system());

}  // namespace betwixt
