// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include "betwixt/ops/activation.h"
#include "betwixt/tensor/gpu_call.h"

// The blocked product of shaders/gemm.comp, behind matmul, dense, conv2d, their gradients and conv2d_transpose.

namespace betwixt {

/// A convolution between a picture, weights and a result, of which two are given. Distances and sizes are in elements.
/// Matrices are convolutions with one tap: rows of a left side are the pixels of one picture of height 1.
struct GpuGemm {
  /// False: the result is a picture, the sum runs over taps and channels. True: the weights are wanted, the sum runs
  /// over the pixels of the result, which is given.
  bool tap_rows = false;
  /// How positions meet (shaders/common/conv_axis.glsl).
  enum Axis : std::uint32_t { kPlain, kTransposed, kFolded } axis = kPlain;

  std::int64_t groups = 1;
  std::int64_t batch = 1;
  std::int64_t height = 1, width = 1, pixel = 0;
  std::int64_t result_height = 1, result_width = 1, result_pixel = 0, result_channel = 1;
  std::int64_t in_group = 1, out_group = 1;                            ///< channels of a group
  std::int64_t picture_group = 0, result_group = 0, weight_group = 0;  ///< distances of groups
  std::int64_t weight_row = 0, weight_tap = 0, weight_in = 0, weight_out = 0;
  std::int64_t kernel_height = 1, kernel_width = 1;
  std::int64_t before_y = 0, before_x = 0;
  std::int64_t stride = 1;  ///< kFolded: the factor of enlargement
  std::int64_t dilation = 1;
  std::int64_t taps = 1;      ///< most of a phase
  std::int64_t elements = 0;  ///< of what is wanted, over all groups and phases
  bool bias = false;          ///< with tap_rows: the sums of the columns are wanted as well
  ActivationOptions activation;
  /// Instead of bias and activation: times the activation's derivative. In place of the bias stands the activation's
  /// result, which is laid out like the product's.
  bool activation_grad = false;
};

struct GpuTile;

/// How a product is cut. Depends on its shape and the limits only.
struct GpuGemmPlan {
  const GpuTile* tile = nullptr;
  std::int64_t row_tiles = 0, column_tiles = 0;
  std::int64_t phases = 1;  ///< over both axes
  /// Parts of the sum, each with partial results of `elements`.
  std::int64_t parts = 1;
};
GpuGemmPlan gemm_plan(const GpuGemm& gemm, const GpuLimits& limits);

/// Sums of columns on their way from the parts of a product to where they are joined.
struct GpuColumnSums {
  std::size_t offset = 0;    ///< bytes behind the start of the parts
  std::int64_t parts = 0;    ///< 0: none are wanted, or they need no joining
  std::int64_t columns = 0;  ///< of all groups
};
GpuColumnSums column_sums(const GpuGemm& gemm, const GpuGemmPlan& plan);
/// Parts of the product and of the sums, in bytes.
std::size_t gemm_parts_bytes(const GpuGemm& gemm, const GpuGemmPlan& plan);
/// Adds the last words of shaders/gemm_join.comp.
void add_column_sums(GpuDispatch& dispatch, const GpuColumnSums& sums);

/// Scratch of record_gemm.
std::size_t gemm_scratch_bytes(const GpuGemm& gemm, const GpuLimits& limits);

/// Records the whole product: one dispatch, or two where the sum is cut. `other` is the weights, or the result's
/// picture with tap_rows. `scratch` is the offset of the product's scratch. Without a bias `bias` is not used; for sums
/// of columns it is where they go.
void record_gemm(GpuCall& call, const GpuGemm& gemm, const GpuOperand& picture, const GpuOperand& other,
                 const GpuOperand& bias, const GpuOperand& target, std::size_t scratch);

/// The parts only, without bias and activation, to the scratch at this offset.
void record_gemm_parts(GpuCall& call, const GpuGemm& gemm, const GpuOperand& picture, const GpuOperand& other,
                       std::size_t scratch);

/// True when sizes and distances count whole vectors of four.
template <class... Sizes>
constexpr bool in_fours(Sizes... sizes) {
  return ((sizes % 4 == 0) && ...);
}

}  // namespace betwixt
