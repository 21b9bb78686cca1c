// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "betwixt/core/file.h"
#include "betwixt/image/images.h"
#include "betwixt/media/convert.h"
#include "betwixt/media/decode.h"

namespace betwixt {

/// How a folder's pictures become one set.
struct LoadOptions {
  /// Side of the square that every picture becomes; 0 keeps the sizes, which must then all be equal.
  int size = 0;
  /// How a picture of another shape becomes that square.
  Fit fit = Fit::kCrop;
  /// 1 grey, 2 grey + alpha, 3 RGB, 4 RGBA; 0 as in the files, where a mixed folder takes the widest that occurs.
  int channels = 0;
  /// Composite alpha on this colour and drop it; also fills what `Fit::kPad` leaves free.
  std::optional<Colour> background = {};
  /// Limits: "pictures", "file bytes" (of one file) and "picture bytes" (of all pixels together) in the error.
  std::int64_t max_pictures = 1'000'000;
  std::uint64_t max_file_bytes = std::uint64_t{1} << 30;
  std::uint64_t max_bytes = std::uint64_t{8} << 30;
  /// Limits of the single picture. Its `background` is not used here.
  DecodeOptions decode = {};
};

/// All PNG and JPEG files of `folder` (.png .jpg .jpeg, any case; hidden files and sub-folders are passed over), in
/// natural order of their names, so that frame2 comes before frame10. `names` holds the file names.
///
/// Errors: E_MISMATCH naming two files when sizes differ and `size` is 0; E_MISSING when there is no picture; E_LIMIT;
/// E_IO; those of `decode_picture`, the file's name put in front of the field.
Images load_images(const std::string& folder, const LoadOptions& options = {},
                   FileSystem& files = default_file_system());

/// One picture, whatever its file is called.
Images load_image(const std::string& path, const LoadOptions& options = {}, FileSystem& files = default_file_system());

/// Whether `a` comes before `b` when runs of digits count as numbers. Equal numbers: fewer leading zeros first.
bool natural_less(const std::string& a, const std::string& b);

}  // namespace betwixt
