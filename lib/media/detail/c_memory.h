// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace betwixt::detail {

/// Memory of `default_allocator` for the C libraries behind the picture and archive formats, with the meaning of
/// malloc, calloc, realloc and free. The size stands before the block, because an `Allocator` wants it back. libjpeg
/// alone keeps malloc: its memory manager cannot be replaced in a shared library.
void* c_allocate(std::size_t bytes) noexcept;
void* c_allocate_zeros(std::size_t count, std::size_t bytes) noexcept;
void* c_reallocate(void* memory, std::size_t bytes) noexcept;
void c_release(void* memory) noexcept;

/// The same as zlib asks for it, for `z_stream::zalloc` and `zfree`.
void* zlib_allocate(void*, unsigned count, unsigned bytes) noexcept;
void zlib_release(void*, void* memory) noexcept;

}  // namespace betwixt::detail
