// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "betwixt/tensor/device.h"

// The device under test of test_ops. Environment variables make it a harder one:
//   BETWIXT_TEST_LIMITS=minimum      or few_groups: tests/support/vulkan_options.h
//   BETWIXT_TEST_VALIDATION=LIST     validation layer; LIST of core, sync, gpu (assisted), best, joined by commas.
//                                    sync binds the exact ranges of tensors, which sharpens gpu too
namespace betwixt::ops_test {

/// The device called `name` (device_by_name.h), made once; or an undefined handle and the reason.
Device test_device(const std::string& name, std::string& why_not);

/// Closes it: a driver's threads must not outlive its static objects.
void close_test_device();

/// What the validation layer said since the last call.
std::vector<std::string> take_device_messages();

/// A function table between library and driver, for the next device opened; see gpu_probe.h.
void set_test_device_entry(void* get_instance_proc_address);

}  // namespace betwixt::ops_test
