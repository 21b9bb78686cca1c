// SPDX-License-Identifier: MIT
// Last step of a normalisation: y = activation((x - mean) * (inverse * scale) + bias).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"
#include "common/math.glsl"

layout(constant_id = 1) const uint kActivation = 0;  // Activation of lib/ops/activation.h
layout(constant_id = 2) const uint kVector = 0;      // 1: four channels an invocation
layout(constant_id = 3) const uint kNarrow = 0;      // with kVector: 1 if the width is 1, so that groups are channels

PUSH_BEGIN
  uint count;        // vectors count as one here and below
  uint channels;
  uint width;
  uint row_channels; // channels of one picture: rows * channels
  uint groups;       // with kVector and without kNarrow, groups are never in vectors
  uint bias_place;   // in scratch
  uint mean_place;
  uint inverse_place;
  float slope;
PUSH_END
FLOATS_IN(0, x)
READ(1, float, scratch)
READ(1, vec4, scratch4)
FLOATS_OUT(2, y)

float activated(float v) {
  switch (kActivation) {
    case 1u: return v > 0.0 ? v : 0.0;
    case 2u: return v >= 0.0 ? v : push.slope * v;
    case 3u: return betwixt_sigmoid(v);
    case 4u: return betwixt_tanh(v);
  }
  return v;
}

float coefficient(uint at) { return scratch[OFFSET(1) + at]; }
vec4 coefficients(uint at) { return scratch4[OFFSET4(1) + at]; }

void main() {
  const uint item = linear_item();
  if (item >= push.count) return;
  const uint channel = item % push.channels;
  const uint group = item / push.row_channels * push.groups + channel / push.width;
  if (kVector == 0u) {
    const float factor = coefficient(push.inverse_place + group) * coefficient(channel);
    put_y(item, activated((x_at(item) - coefficient(push.mean_place + group)) * factor +
                                    coefficient(push.bias_place + channel)));
    return;
  }
  const vec4 scale = coefficients(channel);
  const vec4 bias = coefficients(push.bias_place / 4u + channel);
  vec4 mean;
  vec4 inverse;
  if (kNarrow != 0u) {
    mean = coefficients(push.mean_place / 4u + group);
    inverse = coefficients(push.inverse_place / 4u + group);
  } else {
    mean = vec4(coefficient(push.mean_place + group));
    inverse = vec4(coefficient(push.inverse_place + group));
  }
  const vec4 v = (x4_at(item) - mean) * (inverse * scale) + bias;
  put_y4(item, vec4(activated(v.x), activated(v.y), activated(v.z), activated(v.w)));
}
