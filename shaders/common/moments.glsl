// SPDX-License-Identifier: MIT
// Means and squared deviations of four sets of numbers at once, joined as Chan, Golub and LeVeque (1983).
#ifndef BETWIXT_MOMENTS_GLSL
#define BETWIXT_MOMENTS_GLSL

struct Moments {
  float count;   // of each set
  vec4 mean;
  vec4 squares;  // sum of squared deviations from the mean
};

Moments join(Moments a, Moments b) {
  const float count = a.count + b.count;
  const float share = count > 0.0 ? b.count / count : 0.0;
  const vec4 distance = b.mean - a.mean;
  return Moments(count, a.mean + distance * share, a.squares + b.squares + distance * distance * (a.count * share));
}

// The four sets as one.
Moments joined_sets(Moments m) {
  Moments sets[4];
  for (uint k = 0u; k < 4u; ++k) sets[k] = Moments(m.count, vec4(m.mean[k]), vec4(m.squares[k]));
  return join(join(sets[0], sets[1]), join(sets[2], sets[3]));
}

shared float lane_count[128];
shared vec4 lane_mean[128];
shared vec4 lane_squares[128];

// Joins the lanes of every column (common/lanes.glsl); the first lane of a column gets the result. Every invocation
// must come here.
Moments joined_lanes(Moments m) {
  const uint lane = gl_LocalInvocationID.x;
  lane_count[lane] = m.count;
  lane_mean[lane] = m.mean;
  lane_squares[lane] = m.squares;
  barrier();
  for (uint rows = kRows / 2u; rows > 0u; rows /= 2u) {
    if (lane_row() < rows) {
      const uint other = lane + rows * lane_step();
      m = join(m, Moments(lane_count[other], lane_mean[other], lane_squares[other]));
      lane_count[lane] = m.count;
      lane_mean[lane] = m.mean;
      lane_squares[lane] = m.squares;
    }
    barrier();
  }
  return m;
}

#endif
