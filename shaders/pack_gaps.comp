// SPDX-License-Identifier: MIT
// Clears the gaps behind up to four parts of a pack that lie there already: of the last vector of part i the words from
// keep[i] on.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"

PUSH_BEGIN
  uint count;
  uint keep[4];
PUSH_END
WRITE(0, uint, first)
WRITE(1, uint, second)
WRITE(2, uint, third)
WRITE(3, uint, fourth)

void main() {
  const uint part = linear_item() / 4u;
  const uint word = linear_item() % 4u;
  if (part >= push.count || word < push.keep[part]) return;
  const uint at = OFFSET(part) + word;
  switch (part) {
    case 0u: first[at] = 0u; break;
    case 1u: second[at] = 0u; break;
    case 2u: third[at] = 0u; break;
    default: fourth[at] = 0u;
  }
}
