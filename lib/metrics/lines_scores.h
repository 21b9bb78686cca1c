// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace betwixt {

/// Pictures of lines at known angles, to find the angle of any picture by the smallest cosine distance.
/// Holds rows sparsely as a background value and what differs from it, so matching a line against 10,000 takes a few
/// hundred thousand operations.
class LineReference {
 public:
  /// `pictures` row by row, one row per angle (radians). E_SHAPE when they do not divide, E_MISSING for none,
  /// E_VALUE for a row of zeros.
  LineReference(std::span<const float> pictures, std::vector<double> angles);

  /// What `match` found.
  struct Match {
    std::int64_t index = 0;      ///< row of the reference picture
    double angle = 0;            ///< radians
    double cosine_distance = 0;  ///< 1 - cos of the flattened pictures, in [0, 2]
  };
  /// The closest reference picture; among distances equal within 1e-10 the highest index. Such ties are real: a
  /// cross-dissolve onto an upright line is equally far from two mirrored lines, and the known score of one, 0.940, is
  /// that of the higher (the lower gives 0.921). A picture of zeros has distance 1 to all.
  Match match(std::span<const float> picture) const;

  /// Numbers in a picture.
  std::int64_t picture_size() const { return size_; }

 private:
  std::int64_t size_ = 0;
  std::vector<double> angles_;
  std::vector<double> background_;
  std::vector<double> norm_;
  std::vector<std::int64_t> offsets_;
  std::vector<std::int32_t> pixel_;
  std::vector<double> difference_;
};

/// The two scores of the ACAI "lines" benchmark (Berthelot, Raffel, Roy, Goodfellow 2018).
struct LinesScores {
  /// Mean over all frames of the cosine distance to the closest line: how real the frames look.
  double mean_distance = 0;
  /// max |angle step| / |whole change| - 1 / (frames - 1), over interpolations: 0 turns evenly, near 1 jumps.
  double smoothness = 0;
  /// Interpolations whose angle changes by less than 1e-4. They add nothing to the smoothness sum, yet are counted in
  /// its division, as in the authors' code.
  std::int64_t undefined = 0;
};

/// `frames`: interpolations one after another, each of `frames_each` >= 2 pictures of the reference's size; the
/// benchmark takes 256 interpolations of 16 frames and 10,000 reference lines. Angles are unwrapped along each
/// interpolation. E_SHAPE when the numbers do not divide.
LinesScores lines_scores(std::span<const float> frames, std::int64_t frames_each, const LineReference& reference);

/// Angles with jumps of more than pi taken out, as numpy.unwrap does.
std::vector<double> unwrapped(std::span<const double> angles);

}  // namespace betwixt
