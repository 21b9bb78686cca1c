// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/application_image.h"

#include "betwixt/core/bit_cast.h"

namespace betwixt::gpu {
namespace {

VkImage handle_of(const VulkanImageArea& area) { return bit_cast<VkImage>(area.image); }

/// One change of layout. The application's uses before and after may be anything.
struct LayoutChange {
  VkImageLayout from, to;
  VkPipelineStageFlags from_stage, to_stage;
  VkAccessFlags from_access, to_access;
};

constexpr VkPipelineStageFlags kAnyStage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
constexpr VkAccessFlags kAnyWrite = VK_ACCESS_MEMORY_WRITE_BIT;
constexpr VkAccessFlags kAnyUse = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT;

void change_layout(const Functions& vk, VkCommandBuffer commands, const VulkanImageArea& area,
                   const LayoutChange& change) {
  VkImageMemoryBarrier barrier{};
  barrier.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER;
  barrier.srcAccessMask = change.from_access;
  barrier.dstAccessMask = change.to_access;
  barrier.oldLayout = change.from;
  barrier.newLayout = change.to;
  barrier.srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
  barrier.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
  barrier.image = handle_of(area);
  barrier.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, area.level, 1, area.layer, 1};
  vk.vkCmdPipelineBarrier(commands, change.from_stage, change.to_stage, 0, 0, nullptr, 0, nullptr, 1, &barrier);
}

VkBufferImageCopy region_of(const VulkanImageArea& area, std::uint64_t offset) {
  VkBufferImageCopy region{};
  region.bufferOffset = offset;
  region.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, area.level, area.layer, 1};
  region.imageOffset = {area.x, area.y, 0};
  region.imageExtent = {area.width, area.height, 1};
  return region;
}

/// The image in the layout of transfers around `copy`.
template <class Copy>
void with_layout(Context& context, const VulkanImageArea& area, VkImageLayout layout, VkAccessFlags access,
                 const Copy& copy) {
  const auto before = static_cast<VkImageLayout>(area.layout);
  const auto after = area.layout_after != 0 ? static_cast<VkImageLayout>(area.layout_after) : before;
  context.run_once([&](VkCommandBuffer commands) {
    const Functions& vk = context.vk();
    change_layout(vk, commands, area, {before, layout, kAnyStage, VK_PIPELINE_STAGE_TRANSFER_BIT, kAnyWrite, access});
    copy(vk, commands);
    const VkAccessFlags written = access & VK_ACCESS_TRANSFER_WRITE_BIT;
    change_layout(vk, commands, area, {layout, after, VK_PIPELINE_STAGE_TRANSFER_BIT, kAnyStage, written, kAnyUse});
  });
}

}  // namespace

void check_image_area(const VulkanImageArea& area, bool is_target, const char* operation) {
  const auto refuse = [operation](const char* fact) { throw Error(ErrorCode::kArgument, operation, "%s", fact); };
  if (area.image == 0) refuse("no image");
  if (area.width == 0 || area.height == 0 || area.x < 0 || area.y < 0) refuse("an area without pixels or below 0");
  const std::uint32_t b = area.pixel_bytes;
  if (b != 1 && b != 2 && b != 4 && b != 8 && b != 16) refuse("pixel_bytes is not 1, 2, 4, 8 or 16");
  const bool undefined = area.layout == VK_IMAGE_LAYOUT_UNDEFINED;
  if (undefined && !is_target) refuse("an image in the undefined layout holds nothing");
  if (undefined && area.layout_after == 0) refuse("layout_after is needed where the layout is undefined");
}

std::uint64_t image_area_bytes(const VulkanImageArea& area) {
  return std::uint64_t{area.width} * area.height * area.pixel_bytes;
}

void copy_from_image(Context& context, const VulkanImageArea& source, const BufferRange& target) {
  const VkBufferImageCopy region = region_of(source, target.offset);
  with_layout(context, source, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, VK_ACCESS_TRANSFER_READ_BIT,
              [&](const Functions& vk, VkCommandBuffer commands) {
                vk.vkCmdCopyImageToBuffer(commands, handle_of(source), VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL,
                                          target.buffer->handle(), 1, &region);
              });
}

void copy_to_image(Context& context, const BufferRange& source, const VulkanImageArea& target) {
  const VkBufferImageCopy region = region_of(target, source.offset);
  with_layout(context, target, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, VK_ACCESS_TRANSFER_WRITE_BIT,
              [&](const Functions& vk, VkCommandBuffer commands) {
                vk.vkCmdCopyBufferToImage(commands, source.buffer->handle(), handle_of(target),
                                          VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1, &region);
              });
}

}  // namespace betwixt::gpu
