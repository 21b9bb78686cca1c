// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "betwixt/core/philox.h"
#include "betwixt/tensor/tensor.h"

namespace betwixt {

// Random numbers as values: the same stream, step and element give the same number, whatever else a program computes.
//   stream  seed and name ("denoise/noise"); two calls in one step that must differ need two names
//   step    u32 [1], usually read from a counter's state
//   result  `shape`, f32 or f64 (the f64 numbers are the f32 ones)
// Philox4x32-10 with key = stream.key() and counter = (step, 0, q mod 2^32, q / 2^32) gives the four elements from 4 q
// on. No gradient flows through them. E_SHAPE for a step of another shape, E_DTYPE for other element types.

/// N(0, 1) by Box and Muller (1958): elements 0 and 1 of a block of four are the cosine and sine branch of words 0 and
/// 1, elements 2 and 3 those of words 2 and 3. 24 bits a word, so |x| < 5.8.
Tensor random_normal(const RandomStream& stream, const Tensor& step, const Shape& shape, DType dtype = DType::kF32);

/// Uniform in (0, 1), never 0 or 1: odd multiples of 2^-24.
Tensor random_uniform(const RandomStream& stream, const Tensor& step, const Shape& shape, DType dtype = DType::kF32);

/// 1 with probability `probability`, else 0: random_uniform below `probability`. E_VALUE outside [0, 1].
Tensor random_bernoulli(const RandomStream& stream, const Tensor& step, const Shape& shape, double probability,
                        DType dtype = DType::kF32);

/// Which sequence of batches is drawn.
struct ShuffleSettings {
  std::int64_t rows = 0;     ///< size of the data set, 1 to 2^31
  std::int64_t batch = 0;    ///< indices per step, 1 to 2^24
  RandomStream stream = {};  ///< of the permutations
  bool ordered = false;      ///< no shuffling: 0, 1, 2 ... and again from 0
};

/// The rows of this step's batch, u32 [batch]: entry i is element (step * batch + i) of an endless sequence that goes
/// through a new permutation of 0 ... rows - 1 in every epoch, without a table. A batch may hold the end of one epoch
/// and the start of the next; no row is dropped. The permutation is a Feistel network of eight rounds keyed by stream
/// and epoch, walked until it lands below `rows` (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002).
Tensor shuffled_indices(const Tensor& step, const ShuffleSettings& settings);

/// x + sigma * N(0, 1): the "normal" corruption of the denoising autoencoder.
Tensor corrupt_normal(const Tensor& x, double sigma, const RandomStream& stream, const Tensor& step);
/// Sets each element to 0 with probability `probability`: the "white" corruption. Channels are drawn one by one.
Tensor corrupt_white(const Tensor& x, double probability, const RandomStream& stream, const Tensor& step);

}  // namespace betwixt
