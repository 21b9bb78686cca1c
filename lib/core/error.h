// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>

namespace betwixt {

/// What went wrong, in one word. The C API uses the same numbers.
enum class ErrorCode : int {
  kOk = 0,
  kArgument,       ///< E_ARGUMENT: the caller asked for something impossible
  kIo,             ///< E_IO: the system refused; `system_error` holds errno
  kOutOfMemory,    ///< E_OOM
  kCancelled,      ///< E_CANCELLED: the caller's callback or token said stop
  kTruncated,      ///< E_TRUNCATED: fewer bytes than the format needs
  kBadMagic,       ///< E_BAD_MAGIC: not a file of this kind
  kVersion,        ///< E_VERSION: a format version this build does not know
  kUnsupported,    ///< E_UNSUPPORTED: legal, but not handled here
  kLimit,          ///< E_LIMIT: above a stated limit; `limit` names it
  kOverflow,       ///< E_OVERFLOW: arithmetic on sizes wraps
  kOffset,         ///< E_OFFSET: points outside the file
  kOverlap,        ///< E_OVERLAP
  kGap,            ///< E_GAP
  kTrailing,       ///< E_TRAILING: bytes after the end
  kDuplicate,      ///< E_DUPLICATE
  kMissing,        ///< E_MISSING
  kUnknownKey,     ///< E_UNKNOWN_KEY
  kType,           ///< E_TYPE
  kValue,          ///< E_VALUE
  kEncoding,       ///< E_ENCODING: not UTF-8 where it must be
  kSyntax,         ///< E_SYNTAX
  kDepth,          ///< E_DEPTH
  kDtype,          ///< E_DTYPE: unknown or wrong element type
  kShape,          ///< E_SHAPE
  kMismatch,       ///< E_MISMATCH: two statements that must agree do not
  kChecksum,       ///< E_CHECKSUM
  kNotFinite,      ///< E_NOT_FINITE
  kBomb,           ///< E_BOMB: expands far beyond what it declares
  kPath,           ///< E_PATH
  kCycle,          ///< E_CYCLE
  kDeviceLost,     ///< E_DEVICE_LOST
  kDeviceTimeout,  ///< E_DEVICE_TIMEOUT
  kInternal,       ///< E_INTERNAL: our own mistake, please report
};

/// "E_SHAPE" for kShape, and so on.
const char* error_name(ErrorCode code) noexcept;

/// The one exception type of the library: fixed size, never allocates, safe to copy anywhere.
///
/// `what()` is the whole message: "safetensors: E_OVERLAP at byte 412 (tensors["w"]): expected 4096, found 4080".
/// Texts that do not fit are cut. Strings that came from a file are escaped before they get here.
class Error final : public std::exception {
 public:
  /// `operation` names the op, loader or call ("conv2d", "safetensors"); `text` is printf-style.
  Error(ErrorCode code, const char* operation, const char* format, ...) noexcept
#if defined(__GNUC__)
      __attribute__((format(printf, 4, 5)))
#endif
      ;

  /// Where in the file; chainable, as the setters below.
  Error& at(std::uint64_t byte_offset) noexcept;
  /// Field path, as `tensors["enc.w"].data_offsets`.
  Error& in(const char* field_path) noexcept;
  Error& expected(const char* format, ...) noexcept;
  Error& found(const char* format, ...) noexcept;
  /// Name of the limit that was passed.
  Error& limit(const char* limit_name) noexcept;
  /// errno of the failed system call.
  Error& system(int error_number) noexcept;

  /// The whole message on one line: operation, code, fact, field, offset, expectation. Lives as long as the error.
  const char* what() const noexcept override { return message_; }
  /// What kind of error it is.
  ErrorCode code() const noexcept { return code_; }
  /// Name of the operation that failed, as "conv2d".
  const char* operation() const noexcept { return operation_; }
  /// The fact with its numbers, without the rest of the message.
  const char* text() const noexcept { return text_; }
  /// Field path as set by `in`, or empty.
  const char* field() const noexcept { return field_; }
  /// What was expected, or empty.
  const char* expected() const noexcept { return expected_; }
  /// What was found, or empty.
  const char* found() const noexcept { return found_; }
  /// Name of the limit that was passed, or empty.
  const char* limit_name() const noexcept { return limit_; }
  /// Byte offset in the file, or -1.
  std::int64_t byte_offset() const noexcept { return byte_offset_; }
  int system_error() const noexcept { return system_error_; }

 private:
  void compose() noexcept;

  ErrorCode code_;
  int system_error_ = 0;
  std::int64_t byte_offset_ = -1;
  char operation_[48] = {};
  char text_[192] = {};
  char field_[96] = {};
  char expected_[64] = {};
  char found_[64] = {};
  char limit_[32] = {};
  char message_[384] = {};
};

/// Copies untrusted text for a message: control bytes, quotes and non-ASCII become \xNN, cut at 64 bytes.
struct Escaped {
  /// Copies at most 64 of the `size` bytes.
  explicit Escaped(const char* bytes, std::size_t size) noexcept;
  char text[72];  ///< the escaped text, ends with 0
};

/// Throws kInternal. For states that only a bug of ours can reach.
[[noreturn]] void fail_internal(const char* operation, const char* fact);

}  // namespace betwixt
