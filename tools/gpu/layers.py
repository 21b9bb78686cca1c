# SPDX-License-Identifier: MIT
"""Software drivers and validation layers that stand in for a GPU, by the places where Debian 12 puts them."""
import json
import os

LAVAPIPE = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json"
SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json"
NEW_LAYER = "/usr/lib/chromium/libVkLayer_khronos_validation.so"
EXTENSIONS = {"VK_EXT_debug_utils": "1", "VK_EXT_validation_features": "2", "VK_EXT_layer_settings": "2"}


def new_layer(folder, **more):
    """Environment in which the newer validation layer is found instead of the distribution's; its manifest goes into
    `folder`. None where it is not installed."""
    if not os.path.exists(NEW_LAYER):
        return None
    with open(os.path.join(folder, "validation.json"), "w") as file:
        json.dump({"file_format_version": "1.2.0", "layer": {
            "name": "VK_LAYER_KHRONOS_validation", "type": "GLOBAL", "library_path": NEW_LAYER, "api_version": "1.4.300",
            "implementation_version": "1", "description": "validation",
            "instance_extensions": [{"name": n, "spec_version": v} for n, v in EXTENSIONS.items()]}}, file)
    # After ten messages of a kind the layer would keep silent.
    return {"VK_LAYER_PATH": folder, "VK_LAYER_ENABLE_MESSAGE_LIMIT": "0", **more}
