// SPDX-License-Identifier: MIT
// g times the derivative of an activation, from the activation's result y.
#ifndef BETWIXT_ACTIVATION_GRAD_GLSL
#define BETWIXT_ACTIVATION_GRAD_GLSL

float activation_grad(uint kind, float g, float y, float slope) {
  switch (kind) {
    case 1u: return y > 0.0 ? g : 0.0;
    case 2u: return y < 0.0 ? slope * g : g;
    case 3u: return g * (y * (1.0 - y));
    case 4u: return g * (1.0 - y * y);
  }
  return g;
}

vec4 activation_grad(uint kind, vec4 g, vec4 y, float slope) {
  return vec4(activation_grad(kind, g.x, y.x, slope), activation_grad(kind, g.y, y.y, slope),
              activation_grad(kind, g.z, y.z, slope), activation_grad(kind, g.w, y.w, slope));
}

#endif
