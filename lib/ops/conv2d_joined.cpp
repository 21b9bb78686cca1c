// SPDX-License-Identifier: MIT
#include "betwixt/ops/conv2d_joined.h"

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/slice.h"
#include "betwixt/ops/unary.h"

namespace betwixt {
namespace {

constexpr const char* kName = "conv2d_joined";

void check(const std::vector<JoinedPicture>& pictures, const Tensor& weight, const Conv2dOptions& options) {
  if (pictures.empty()) throw Error(ErrorCode::kArgument, kName, "no pictures");
  if (options.groups != 1 || options.upsample != 1)
    throw Error(ErrorCode::kArgument, kName, "%d groups, upsample %d", options.groups, options.upsample);
  std::int64_t channels = 0;
  for (const JoinedPicture& picture : pictures) {
    if (!picture.x.defined() || picture.x.shape().rank() != 4)
      throw Error(ErrorCode::kShape, kName, "a picture is not of rank 4");
    const auto side = [&](const JoinedPicture& p, int axis) { return p.x.shape()[axis] * p.upsample; };
    for (int axis = 1; axis < 3; ++axis)
      if (side(picture, axis) != side(pictures[0], axis))
        throw Error(ErrorCode::kShape, kName, "enlarged pictures of %lld and %lld pixels",
                    static_cast<long long>(side(pictures[0], axis)), static_cast<long long>(side(picture, axis)));
    channels += picture.x.shape()[3];
  }
  if (!weight.defined() || weight.shape().rank() != 4 || weight.shape()[2] != channels)
    throw Error(ErrorCode::kShape, kName, "the weight does not fit %lld channels", static_cast<long long>(channels));
}

}  // namespace

Tensor conv2d_joined(const std::vector<JoinedPicture>& pictures, const Tensor& weight, const Tensor& bias,
                     const Conv2dOptions& options) {
  check(pictures, weight, options);
  Tensor sum;
  std::int64_t channel = 0;
  for (const JoinedPicture& picture : pictures) {
    const std::int64_t channels = picture.x.shape()[3];
    Conv2dOptions part = options;
    part.upsample = picture.upsample;
    part.activation = {};
    if (pictures.size() == 1) part.activation = options.activation;
    const Tensor y = conv2d(picture.x, slice(weight, 2, channel, channels), sum ? Tensor() : bias, part);
    sum = sum ? sum + y : y;
    channel += channels;
  }
  return pictures.size() == 1 ? sum : activate(sum, options.activation);
}

}  // namespace betwixt
