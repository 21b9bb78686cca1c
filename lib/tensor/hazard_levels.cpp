// SPDX-License-Identifier: MIT
#include "betwixt/tensor/hazard_levels.h"

#include <algorithm>
#include <iterator>

namespace betwixt::detail {

int HazardLevels::earliest(const Use& use) const {
  const auto buffer = buffers_.find(use.buffer);
  if (buffer == buffers_.end()) return 0;
  const Pieces& pieces = buffer->second;
  int level = 0;
  auto piece = pieces.upper_bound(use.begin);
  if (piece != pieces.begin() && std::prev(piece)->second.end > use.begin) --piece;
  for (; piece != pieces.end() && piece->first < use.end; ++piece) {
    level = std::max(level, piece->second.written + 1);
    if (use.writes) level = std::max(level, piece->second.read + 1);
  }
  return level;
}

void HazardLevels::note(const Use& use, int level) {
  if (use.begin >= use.end) return;
  Pieces& pieces = buffers_[use.buffer];
  split(pieces, use.begin);
  split(pieces, use.end);
  fill(pieces, use.begin, use.end);
  for (auto piece = pieces.find(use.begin); piece != pieces.end() && piece->first < use.end; ++piece) {
    if (use.reads) piece->second.read = std::max(piece->second.read, level);
    if (use.writes) piece->second.written = std::max(piece->second.written, level);
  }
}

void HazardLevels::split(Pieces& pieces, std::uint64_t at) {
  auto next = pieces.lower_bound(at);
  if (next == pieces.begin()) return;
  Piece& before = std::prev(next)->second;
  if (before.end <= at) return;
  Piece after = before;
  before.end = at;
  pieces.emplace_hint(next, at, after);
}

// Ranges that nobody touched so far become pieces.
void HazardLevels::fill(Pieces& pieces, std::uint64_t begin, std::uint64_t end) {
  for (std::uint64_t at = begin; at < end;) {
    const auto next = pieces.lower_bound(at);
    if (next != pieces.end() && next->first == at) {
      at = next->second.end;
      continue;
    }
    const std::uint64_t gap_end = next == pieces.end() ? end : std::min(end, next->first);
    pieces.emplace_hint(next, at, Piece{gap_end});
    at = gap_end;
  }
}

}  // namespace betwixt::detail
