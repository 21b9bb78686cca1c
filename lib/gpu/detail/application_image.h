// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/gpu/detail/storage_pool.h"

namespace betwixt::gpu {

/// Throws E_ARGUMENT when the area cannot be one of an image of the application's.
void check_image_area(const VulkanImageArea& area, bool is_target, const char* operation);

/// Bytes of the area's pixels.
std::uint64_t image_area_bytes(const VulkanImageArea& area);

/// Copy between the application's image and a range of ours, in one submission: the image comes from the layout it is
/// in and is left in the one the area asks for.
void copy_from_image(Context& context, const VulkanImageArea& source, const BufferRange& target);
void copy_to_image(Context& context, const BufferRange& source, const VulkanImageArea& target);

}  // namespace betwixt::gpu
