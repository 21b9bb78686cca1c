// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "betwixt/core/file.h"
#include "betwixt/image/images.h"
#include "betwixt/media/convert.h"

namespace betwixt {

/// Picture `index` as the bytes of a PNG file: 8 bits, grey, grey + alpha, RGB or RGBA as it comes. Premultiplied alpha
/// is undone, as PNG demands; where alpha is small that loses precision, and colour under alpha 0 is gone.
/// Errors: E_ARGUMENT (no such picture, channels not 1 to 4), E_LIMIT (over 1 GiB of pixels), E_OOM.
std::vector<std::byte> encode_png(const Images& images, std::int64_t index = 0);

/// Writes picture `index` as a PNG, all or nothing (`write_file_atomically`).
void save_image(const std::string& path, const Images& images, std::int64_t index = 0,
                FileSystem& files = default_file_system());

/// Every picture as folder/frame_0000.png and so on, more digits where needed; makes the folder. A file that is already
/// there is replaced, other files stay. Returns the paths.
std::vector<std::string> save_images(const std::string& folder, const Images& images,
                                     FileSystem& files = default_file_system());

/// How a contact sheet looks.
struct ContactSheetOptions {
  int gap = 2;  ///< pixels between the pictures and around them
  /// Colour of the gaps and behind transparent pictures. Without it: white gaps, or transparent ones where the pictures
  /// have alpha.
  std::optional<Colour> background = {};
  int scale = 1;  ///< each pixel becomes a square of so many
};

/// All pictures in rows of `columns`, the last row filled up with background; 0 columns: about as wide as high.
Images contact_sheet(const Images& images, int columns, const ContactSheetOptions& options = {});

/// The contact sheet as one PNG.
void save_contact_sheet(const std::string& path, const Images& images, int columns,
                        const ContactSheetOptions& options = {}, FileSystem& files = default_file_system());

}  // namespace betwixt
