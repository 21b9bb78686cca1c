// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/image/images.h"

namespace betwixt {

/// One picture: the median over the set, number by number (of an even count the lower of the two in the middle). Where
/// something passes in front of a scene that stands still, in fewer than half of the pictures, it is the scene.
/// E_ARGUMENT for an empty set.
Images median_picture(const Images& set);

}  // namespace betwixt
