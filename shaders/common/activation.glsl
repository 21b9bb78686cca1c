// SPDX-License-Identifier: MIT
// Activations behind products and norms: Activation of lib/ops/activation.h. Include after common/math.glsl.
#ifndef BETWIXT_ACTIVATION_GLSL
#define BETWIXT_ACTIVATION_GLSL

float activated(uint kind, float x, float slope) {
  switch (kind) {
    case 1u: return x > 0.0 ? x : 0.0;
    case 2u: return x < 0.0 ? x * slope : x;
    case 3u: return betwixt_sigmoid(x);
    case 4u: return betwixt_tanh(x);
  }
  return x;
}

vec4 activated(uint kind, vec4 x, float slope) {
  return vec4(activated(kind, x.x, slope), activated(kind, x.y, slope), activated(kind, x.z, slope),
              activated(kind, x.w, slope));
}

#endif
