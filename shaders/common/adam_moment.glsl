// SPDX-License-Identifier: MIT
// All of adam_moment.comp and adam_second_moment.comp. Two shaders, because only one of them writes to slot 3. Include
// after common/betwixt.glsl and common/adam.glsl.
#ifndef BETWIXT_ADAM_MOMENT_GLSL
#define BETWIXT_ADAM_MOMENT_GLSL

PUSH_BEGIN
  uint count;
  float beta;
  float share;  // 1 - beta
  float epsilon;
PUSH_END
READ(0, float, old)
READ(0, vec4, old4)
READ(1, float, gradient)
READ(1, vec4, gradient4)
WRITE(2, float, moment)
WRITE(2, vec4, moment4)
// The scalars of optimizer_prepare.comp, then the divisors.
#ifdef BETWIXT_DIVISORS
READ_WRITE(3, float, scratch)
READ_WRITE(3, vec4, scratch4)

float next(float before, float g) { return adam_second(before, g, push.beta, push.share); }
void put_divisor(uint i, float after, vec4 scalars) {
  scratch[OFFSET(3) + 4u + i] = adam_divisor(after, scalars, push.epsilon);
}
void put_divisors(uint item, vec4 after, vec4 scalars) {
  scratch4[OFFSET4(3) + 1u + item] =
      vec4(adam_divisor(after.x, scalars, push.epsilon), adam_divisor(after.y, scalars, push.epsilon),
           adam_divisor(after.z, scalars, push.epsilon), adam_divisor(after.w, scalars, push.epsilon));
}
#else
READ(3, vec4, scratch4)

float next(float before, float g) { return adam_first(before, g, push.beta, push.share); }
void put_divisor(uint i, float after, vec4 scalars) {}
void put_divisors(uint item, vec4 after, vec4 scalars) {}
#endif

void main() {
  const uint item = linear_item();
  const uint first = 4u * item;
  if (first >= push.count) return;
  const vec4 scalars = scratch4[OFFSET4(3)];
  const bool enabled = scalars.y != 0.0;
  if (push.count - first >= 4u) {
    const vec4 before = old4[OFFSET4(0) + item];
    const vec4 g = gradient4[OFFSET4(1) + item];
    const vec4 after = vec4(next(before.x, g.x), next(before.y, g.y), next(before.z, g.z), next(before.w, g.w));
    moment4[OFFSET4(2) + item] = enabled ? after : before;
    put_divisors(item, after, scalars);
  } else {
    for (uint i = first; i < push.count; ++i) {
      const float before = old[OFFSET(0) + i];
      const float after = next(before, gradient[OFFSET(1) + i]);
      moment[OFFSET(2) + i] = enabled ? after : before;
      put_divisor(i, after, scalars);
    }
  }
}

#endif
