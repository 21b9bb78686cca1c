// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "betwixt/interp/codes.h"

namespace betwixt::detail {

/// Codes with near-equal ones merged.
struct MergedCodes {
  Codes nodes;                         ///< one code per group: its lowest-numbered member
  std::vector<std::int64_t> members;   ///< all codes, group after group, ascending within a group
  std::vector<std::int64_t> offsets;   ///< members of group i are [offsets[i], offsets[i + 1])
  std::vector<std::int32_t> group_of;  ///< per code
};

/// In order of their numbers, every code that is in no group yet starts one and takes the later ungrouped codes within
/// `tolerance` of it. Groups are numbered by their first members.
MergedCodes merge_duplicates(const Codes& codes, double tolerance);

}  // namespace betwixt::detail
