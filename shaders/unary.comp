// SPDX-License-Identifier: MIT
// Functions of one number, four elements an invocation. The numbers of the functions are UnaryFunction of
// lib/ops/detail/unary_gpu.h.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/betwixt.glsl"
#include "common/storage.glsl"
#include "common/math.glsl"

layout(constant_id = 1) const uint kFunction = 0;

PUSH_BEGIN
  uint count;
  uint a;  // parameters: bits of floats, or integers
  uint b;
PUSH_END
WORDS_IN(0, x)
WORDS_OUT(1, y)

float limited(float x, float low, float high) { return x < low ? low : (x > high ? high : x); }

float of_float(float x) {
  const float a = uintBitsToFloat(push.a);
  const float b = uintBitsToFloat(push.b);
  switch (kFunction) {
    case 0u: return -x;
    case 1u: return abs(x);
    case 2u: return float(x > 0.0) - float(x < 0.0);
    case 3u: return x * x;
    case 4u: return sqrt(x);
    case 5u: return 1.0 / sqrt(x);
    case 6u: return 1.0 / x;
    case 7u: return betwixt_exp(x);
    case 8u: return betwixt_log(x);
    case 9u: return betwixt_sin(x);
    case 10u: return betwixt_cos(x);
    case 11u: return betwixt_tanh(x);
    case 12u: return betwixt_sigmoid(x);
    case 13u: return betwixt_softplus(x);
    case 14u: return x > 0.0 ? x : 0.0;
    case 15u: return x > 0.0 ? x : betwixt_exp(x) - 1.0;
    case 16u: return x >= 0.0 ? x : x * a;
    case 17u: return x * a + b;
    case 18u: return betwixt_is_nan(x) ? x : limited(x, a, b);
  }
  return x;
}

uint of(uint bits) {
  if (kFunction == 19u) return bits * push.a + push.b;
  return floatBitsToUint(of_float(uintBitsToFloat(bits)));
}

void main() {
  const uint item = linear_item();
  const uint first = 4u * item;
  if (first >= push.count) return;
  if (push.count - first >= 4u) {
    const uvec4 bits = x4_at(item);
    put_y4(item, uvec4(of(bits.x), of(bits.y), of(bits.z), of(bits.w)));
  } else {
    for (uint i = first; i < push.count; ++i) put_y(i, of(x_at(i)));
  }
}
