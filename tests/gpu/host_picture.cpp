// SPDX-License-Identifier: MIT
#include "tests/gpu/host_picture.h"

#include "betwixt/core/bit_cast.h"
#include "betwixt/gpu/detail/memory.h"
#include "betwixt/gpu/detail/result.h"

namespace betwixt::test_gpu {
namespace {

constexpr VkFormat kFormat = VK_FORMAT_R8G8B8A8_UNORM;

VkClearValue clear_value(const HostPicture::Colour& colour) {
  VkClearValue value{};
  for (std::size_t i = 0; i < colour.size(); ++i) value.color.float32[i] = static_cast<float>(colour[i]) / 255.0f;
  return value;
}

}  // namespace

template <class Function>
Function HostPicture::load(const char* name) const {
  return reinterpret_cast<Function>(host_.vk().vkGetDeviceProcAddr(host_.device(), name));
}

HostPicture::HostPicture(HostApplication& host) : host_(host) {
  make_image();
  make_pass();
}

void HostPicture::make_image() {
  VkImageCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO;
  info.imageType = VK_IMAGE_TYPE_2D;
  info.format = kFormat;
  info.extent = {kWidth, kHeight, 1};
  info.mipLevels = 1;
  info.arrayLayers = 1;
  info.samples = VK_SAMPLE_COUNT_1_BIT;
  info.usage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT |
               VK_IMAGE_USAGE_SAMPLED_BIT;
  gpu::check(load<PFN_vkCreateImage>("vkCreateImage")(host_.device(), &info, nullptr, &image_), "vkCreateImage");
  VkMemoryRequirements needs{};
  load<PFN_vkGetImageMemoryRequirements>("vkGetImageMemoryRequirements")(host_.device(), image_, &needs);
  VkPhysicalDeviceMemoryProperties memory{};
  host_.vk().vkGetPhysicalDeviceMemoryProperties(host_.physical_device(), &memory);
  VkMemoryAllocateInfo allocate{};
  allocate.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
  allocate.allocationSize = needs.size;
  allocate.memoryTypeIndex = gpu::memory_types(memory, gpu::MemoryUse::kArena, needs.memoryTypeBits).at(0);
  gpu::check(host_.vk().vkAllocateMemory(host_.device(), &allocate, nullptr, &memory_), "vkAllocateMemory");
  gpu::check(load<PFN_vkBindImageMemory>("vkBindImageMemory")(host_.device(), image_, memory_, 0), "vkBindImageMemory");
}

void HostPicture::make_pass() {
  VkImageViewCreateInfo view{};
  view.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO;
  view.image = image_;
  view.viewType = VK_IMAGE_VIEW_TYPE_2D;
  view.format = kFormat;
  view.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
  gpu::check(load<PFN_vkCreateImageView>("vkCreateImageView")(host_.device(), &view, nullptr, &view_),
             "vkCreateImageView");
  VkAttachmentDescription attachment{};
  attachment.format = kFormat;
  attachment.samples = VK_SAMPLE_COUNT_1_BIT;
  attachment.loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR;
  attachment.storeOp = VK_ATTACHMENT_STORE_OP_STORE;
  attachment.stencilLoadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE;
  attachment.stencilStoreOp = VK_ATTACHMENT_STORE_OP_DONT_CARE;
  attachment.finalLayout = VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL;
  const VkAttachmentReference reference{0, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL};
  VkSubpassDescription subpass{};
  subpass.colorAttachmentCount = 1;
  subpass.pColorAttachments = &reference;
  VkRenderPassCreateInfo pass{};
  pass.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO;
  pass.attachmentCount = 1;
  pass.pAttachments = &attachment;
  pass.subpassCount = 1;
  pass.pSubpasses = &subpass;
  gpu::check(load<PFN_vkCreateRenderPass>("vkCreateRenderPass")(host_.device(), &pass, nullptr, &pass_),
             "vkCreateRenderPass");
  VkFramebufferCreateInfo frame{};
  frame.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO;
  frame.renderPass = pass_;
  frame.attachmentCount = 1;
  frame.pAttachments = &view_;
  frame.width = kWidth;
  frame.height = kHeight;
  frame.layers = 1;
  gpu::check(load<PFN_vkCreateFramebuffer>("vkCreateFramebuffer")(host_.device(), &frame, nullptr, &framebuffer_),
             "vkCreateFramebuffer");
}

HostPicture::~HostPicture() {
  load<PFN_vkDestroyFramebuffer>("vkDestroyFramebuffer")(host_.device(), framebuffer_, nullptr);
  load<PFN_vkDestroyRenderPass>("vkDestroyRenderPass")(host_.device(), pass_, nullptr);
  load<PFN_vkDestroyImageView>("vkDestroyImageView")(host_.device(), view_, nullptr);
  load<PFN_vkDestroyImage>("vkDestroyImage")(host_.device(), image_, nullptr);
  host_.vk().vkFreeMemory(host_.device(), memory_, nullptr);
}

void HostPicture::render(const Colour& left, const Colour& right) {
  host_.submit([&](VkCommandBuffer commands) {
    const VkClearValue background = clear_value(right);
    VkRenderPassBeginInfo begin{};
    begin.sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO;
    begin.renderPass = pass_;
    begin.framebuffer = framebuffer_;
    begin.renderArea.extent = {kWidth, kHeight};
    begin.clearValueCount = 1;
    begin.pClearValues = &background;
    load<PFN_vkCmdBeginRenderPass>("vkCmdBeginRenderPass")(commands, &begin, VK_SUBPASS_CONTENTS_INLINE);
    const VkClearAttachment colour{VK_IMAGE_ASPECT_COLOR_BIT, 0, clear_value(left)};
    const VkClearRect half{{{0, 0}, {kWidth / 2, kHeight}}, 0, 1};
    load<PFN_vkCmdClearAttachments>("vkCmdClearAttachments")(commands, 1, &colour, 1, &half);
    load<PFN_vkCmdEndRenderPass>("vkCmdEndRenderPass")(commands);
  });
}

VulkanImageArea HostPicture::area() const {
  return {.image = bit_cast<std::uint64_t>(image_),
          .width = kWidth,
          .height = kHeight,
          .layout = VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL};
}

}  // namespace betwixt::test_gpu
