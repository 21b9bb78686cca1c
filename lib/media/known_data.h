// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "betwixt/core/file.h"
#include "betwixt/media/idx.h"
#include "betwixt/media/mpi3d.h"
#include "betwixt/media/sprite_sheet.h"

namespace betwixt {

// Data sets in the form they are handed round in, each by one call on its folder. The files are not trusted: errors are
// those of the readers behind (idx.h, npz.h, sprite_sheet.h, picture_folder.h), and E_MISMATCH where two files
// disagree. Each takes the file layer as its last argument.

/// MNIST (LeCun, Cortes): 28x28 grey digits and their classes, from {train,t10k}-{images-idx3,labels-idx1}-ubyte,
/// plain or with .gz. 60,000 or 10,000 pictures.
LabelledImages load_mnist(const std::string& folder, bool test = false, FileSystem& files = default_file_system());

/// Portraits, grey, `size` x `size`, from faces<size>-idx3-ubyte(.gz); named after the lines of ids.txt where that is
/// there (E_MISMATCH when it has another number of lines). The Congress set has 700 of 64 and 128.
Images load_faces(const std::string& folder, int size = 64, FileSystem& files = default_file_system());

/// One frame of a game character.
struct ActorFrame {
  std::string actor;         ///< folder of the character
  char pose = 'A';           ///< letter of the frame: A to D are usually the walk
  int rotation = 0;          ///< 1 front, 3 side, 5 back ... 8; 0 the same from all sides
  bool is_mirrored = false;  ///< shown mirrored: the file holds the other side
};

/// Frames of one or several characters.
struct ActorFrames {
  Images images;                   ///< RGBA; named after their files
  std::vector<ActorFrame> frames;  ///< one per picture, in the same order
};

/// Which frames; empty picks all.
struct ActorFilter {
  std::string actor = {};                      ///< folder of the character
  std::string poses = {};                      ///< letters, as "ABCD"
  std::optional<int> rotation = std::nullopt;  ///< this direction only, 0 to 8
};

/// Frames of a folder with a table frames.tsv (actor, frame, rotation, mirrored, scale, file, source), as cut from the
/// Freedoom sprites: all of one size and aligned. E_MISSING when the filter leaves none.
ActorFrames load_actor_frames(const std::string& folder, const ActorFilter& filter = {},
                              FileSystem& files = default_file_system());

/// The frames of one sheet.
struct SheetFrames {
  SpriteSheet sheet;  ///< the line of the table
  Images images;      ///< named "file.png#cell"
};

/// Every sheet of a folder with a cell table sheets.tsv whose file begins with `start`, as of the Superpowers packs.
/// Sheets keep their own frame sizes. E_MISSING when there is none.
std::vector<SheetFrames> load_sprite_sheets(const std::string& folder, const std::string& start = {},
                                            FileSystem& files = default_file_system());

/// Factors of MPI3D where -1 stands for all values: {0, 0, 1, 0, 0, -1, -1} is a white large cone in all 1600 poses.
std::vector<std::int64_t> mpi3d_range(const Mpi3dFactors& factors);

/// That range out of the archive of 1,036,800 pictures (read_mpi3d), without loading the rest.
Images load_mpi3d(const std::string& archive, const Mpi3dFactors& factors, FileSystem& files = default_file_system());

/// A sweep of one factor (0 to 6) of a folder <set>/<factor>_<name>/<frame>.png, in order of the frames.
/// E_ARGUMENT for another factor, E_MISSING when the set has no such folder.
Images load_mpi3d_sweep(const std::string& folder, const std::string& set, int factor,
                        FileSystem& files = default_file_system());

}  // namespace betwixt
