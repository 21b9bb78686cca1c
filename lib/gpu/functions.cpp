// SPDX-License-Identifier: MIT
#include "betwixt/gpu/detail/functions.h"

#include "betwixt/core/error.h"

#ifdef _WIN32
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace betwixt::gpu {
namespace {

#if defined(_WIN32)
constexpr const char* kLibraries[] = {"vulkan-1.dll"};
void* open_library(const char* name) { return reinterpret_cast<void*>(LoadLibraryA(name)); }
void close_library(void* library) { FreeLibrary(reinterpret_cast<HMODULE>(library)); }
void* find_symbol(void* library, const char* name) {
  return reinterpret_cast<void*>(GetProcAddress(reinterpret_cast<HMODULE>(library), name));
}
#else
#if defined(__APPLE__)
constexpr const char* kLibraries[] = {"libvulkan.1.dylib", "libMoltenVK.dylib",
                                      "@executable_path/../Frameworks/libMoltenVK.dylib"};
#elif defined(__ANDROID__)
constexpr const char* kLibraries[] = {"libvulkan.so"};
#else
constexpr const char* kLibraries[] = {"libvulkan.so.1", "libvulkan.so"};
#endif
void* open_library(const char* name) { return dlopen(name, RTLD_NOW | RTLD_LOCAL); }
void close_library(void* library) { dlclose(library); }
void* find_symbol(void* library, const char* name) { return dlsym(library, name); }
#endif

[[noreturn]] void missing(const char* name) {
  throw Error(ErrorCode::kUnsupported, "vulkan", "the driver has no %s", name);
}

}  // namespace

std::shared_ptr<Loader> Loader::open() {
  for (const char* name : kLibraries) {
    void* library = open_library(name);
    if (!library) continue;
    const auto entry = reinterpret_cast<PFN_vkGetInstanceProcAddr>(find_symbol(library, "vkGetInstanceProcAddr"));
    if (entry) return std::shared_ptr<Loader>(new Loader(library, entry));
    close_library(library);
  }
  return nullptr;
}

Loader::~Loader() { close_library(library_); }

void Functions::load_global(PFN_vkGetInstanceProcAddr entry) {
  vkGetInstanceProcAddr = entry;
  vkEnumerateInstanceVersion =
      reinterpret_cast<PFN_vkEnumerateInstanceVersion>(entry(nullptr, "vkEnumerateInstanceVersion"));
#define BETWIXT_LOAD(name)                                    \
  name = reinterpret_cast<PFN_##name>(entry(nullptr, #name)); \
  if (!name) missing(#name);
  BETWIXT_VULKAN_GLOBAL(BETWIXT_LOAD)
#undef BETWIXT_LOAD
}

void Functions::load_instance(VkInstance instance) {
#define BETWIXT_LOAD(name) name = reinterpret_cast<PFN_##name>(vkGetInstanceProcAddr(instance, #name));
#define BETWIXT_REQUIRE(name) \
  BETWIXT_LOAD(name)          \
  if (!name) missing(#name);
  BETWIXT_VULKAN_INSTANCE(BETWIXT_REQUIRE)
  BETWIXT_VULKAN_DEBUG(BETWIXT_LOAD)
#undef BETWIXT_REQUIRE
#undef BETWIXT_LOAD
}

void Functions::load_device(VkDevice device) {
#define BETWIXT_LOAD(name)                                                 \
  name = reinterpret_cast<PFN_##name>(vkGetDeviceProcAddr(device, #name)); \
  if (!name) missing(#name);
  BETWIXT_VULKAN_DEVICE(BETWIXT_LOAD)
#undef BETWIXT_LOAD
}

}  // namespace betwixt::gpu
