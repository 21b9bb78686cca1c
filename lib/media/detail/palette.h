// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "betwixt/media/convert.h"

namespace betwixt::detail {

/// Counts colours and condenses them to a palette. Needs about 10 MB while it lives.
class PaletteBuilder {
 public:
  PaletteBuilder();

  void add(Colour colour);

  /// At most `most` colours: exactly those added when they are so few. Deterministic; black when nothing was added.
  std::vector<Colour> build(std::size_t most) const;

 private:
  /// All colours equal in their upper 6 bits a channel.
  struct Bin {
    std::uint64_t count = 0;
    std::array<std::uint64_t, 3> sum{};
  };

  std::vector<Bin> bins_;
  std::vector<std::uint32_t> exact_;  ///< distinct colours, sorted, as long as they are at most 256
  bool is_exact_ = true;
};

/// Finds palette indices for colours. Pure in (colour, x, y); remembers recent answers, so one thread at a time.
class ColourMapper {
 public:
  explicit ColourMapper(std::vector<Colour> palette, bool dither);

  /// Index of the colour at pixel x, y.
  std::uint8_t index(Colour colour, unsigned x, unsigned y);

 private:
  /// Mostly `first`; `second` where the pattern is below `share` (of 255).
  struct Mix {
    std::uint32_t key = ~0u;
    std::uint8_t first = 0;
    std::uint8_t second = 0;
    std::uint8_t share = 0;
  };

  Mix mix(Colour colour) const;
  /// Index of the nearest entry, `without` left out.
  int nearest(std::array<int, 3> colour, int without) const;

  std::vector<Colour> palette_;
  bool dither_;
  std::vector<Mix> recent_;
};

}  // namespace betwixt::detail
