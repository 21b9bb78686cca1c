// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/data/synthetic/scenes.h"
#include "betwixt/io/json.h"

namespace betwixt {

/// Every scene for machines: name, a line for people, usual pixels, whether that size is fixed, and factors with their
/// ranges.
JsonValue describe_scenes();

}  // namespace betwixt
