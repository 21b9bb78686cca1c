// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>

namespace betwixt::detail {

/// Sorts work on byte ranges into levels: work of one level needs nothing that other work of its level writes, and
/// overwrites nothing that it reads. One barrier between two levels then serves everything in them.
///
/// Work is noted in an order that is known to be right; its level is the lowest that keeps every write before the reads
/// and writes that came after it, and every read before the writes that came after it.
class HazardLevels {
 public:
  struct Use {
    std::uint64_t buffer = 0;
    std::uint64_t begin = 0;  ///< bytes
    std::uint64_t end = 0;
    bool reads = false;
    bool writes = false;
  };

  /// Lowest level for work that touches this range, after everything noted so far.
  int earliest(const Use& use) const;
  /// Work of `level` touches this range.
  void note(const Use& use, int level);

 private:
  /// Highest levels at which a range was touched; -1 is never.
  struct Piece {
    std::uint64_t end = 0;
    int written = -1;
    int read = -1;
  };
  using Pieces = std::map<std::uint64_t, Piece>;  ///< by begin, without overlaps

  static void split(Pieces& pieces, std::uint64_t at);
  static void fill(Pieces& pieces, std::uint64_t begin, std::uint64_t end);

  std::map<std::uint64_t, Pieces> buffers_;
};

}  // namespace betwixt::detail
