// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "betwixt/core/error.h"
#include "betwixt/core/file.h"

/// What the fuzz targets of the file formats share. The first bytes of an input are the file, the last 16 say how it is
/// read: 8 bytes of options and limits, which each target explains, then what fails: 2 bytes the number of the read (0
/// none), 1 byte how (see OneFile), 1 byte unused, 2 bytes the number of the allocation (0 none), 1 byte whether all
/// later ones fail too (odd), 1 byte unused.
namespace betwixt::fuzz {

struct Choice {
  std::uint64_t options = 0;
  std::uint64_t failing_read = 0;  ///< counted from 1
  std::uint8_t failure = 0;
  std::int64_t failing_allocation = 0;  ///< counted from 1
  bool fails_on = false;

  /// `count` bits of the options from bit `first` on.
  std::uint64_t bits(int first, int count) const { return options >> first & ((std::uint64_t{1} << count) - 1); }
  bool bit(int place) const { return bits(place, 1) != 0; }
};

constexpr std::size_t kChoiceBytes = 16;

/// Takes the choice off the end of an input; `size` becomes the length of the file before it.
inline Choice take_choice(const std::uint8_t* data, std::size_t& size) {
  Choice choice;
  if (size < kChoiceBytes) {
    size = 0;
    return choice;
  }
  size -= kChoiceBytes;
  const std::uint8_t* from = data + size;
  std::memcpy(&choice.options, from, 8);
  choice.failing_read = from[8] | from[9] << 8;
  choice.failure = from[10];
  choice.failing_allocation = from[12] | from[13] << 8;
  choice.fails_on = (from[14] & 1) != 0;
  return choice;
}

/// One read-only file under every name, or under the first that is asked for alone, whose read number `failing_read`
/// fails: with E_IO, or, for `failure` 1, because its caller cancels, or, for 2, because it has become shorter.
class OneFile final : public FileSystem {
 public:
  OneFile(std::span<const std::byte> bytes, const Choice& choice, bool has_every_name = true)
      : bytes_(bytes), left_(choice.failing_read), failure_(choice.failure), has_every_name_(has_every_name) {}

  std::unique_ptr<File> open(const std::string&) override { return std::make_unique<Reader>(*this); }
  std::unique_ptr<File> create(const std::string&) override { refuse(); }
  void rename(const std::string&, const std::string&) override {}
  void remove(const std::string&) override {}
  bool exists(const std::string& path) override {
    if (first_name_.empty()) first_name_ = path;
    return has_every_name_ || path == first_name_;
  }
  void make_folder(const std::string&) override { refuse(); }
  void sync_folder(const std::string&) override {}
  std::vector<FileEntry> list(const std::string&) override { return {}; }

 private:
  class Reader final : public File {
   public:
    explicit Reader(OneFile& owner) : owner_(owner) {}
    void read(std::uint64_t offset, std::span<std::byte> into) override {
      if (owner_.left_ != 0 && --owner_.left_ == 0) owner_.fail();
      const std::span<const std::byte> bytes = owner_.bytes_;
      if (offset > bytes.size() || into.size() > bytes.size() - offset)
        throw Error(ErrorCode::kTruncated, "file", "ends early").at(bytes.size());
      if (!into.empty()) std::memcpy(into.data(), bytes.data() + offset, into.size());
    }
    std::uint64_t size() override { return owner_.bytes_.size(); }
    void write(std::span<const std::byte>) override { refuse(); }
    void sync() override { refuse(); }
    void close() override {}

   private:
    OneFile& owner_;
  };

  [[noreturn]] static void refuse() { throw Error(ErrorCode::kIo, "file", "refused"); }
  void fail() {
    if (failure_ == 1) throw Error(ErrorCode::kCancelled, "file", "cancelled");
    if (failure_ != 2) refuse();
    bytes_ = bytes_.first(bytes_.size() / 2);
  }

  std::span<const std::byte> bytes_;
  std::uint64_t left_;
  std::uint8_t failure_;
  bool has_every_name_;
  std::string first_name_;
};

/// The C++ heap of the target (failing_allocation.h).
void fail_allocation(std::int64_t number, bool fails_on);
void no_failing_allocation();
/// Bytes that are allocated now, and the most that were since `restart_peak`.
std::size_t live_bytes();
std::size_t peak_bytes();
void restart_peak();

/// Runs `load` under the choice. Only errors of the library may come out, none that says it is our own mistake, and no
/// more than `budget` bytes may be allocated at a time.
template <class Load>
void run(const Choice& choice, std::size_t budget, Load load) {
  restart_peak();
  const std::size_t before = live_bytes();
  fail_allocation(choice.failing_allocation, choice.fails_on);
  try {
    load();
  } catch (const Error& error) {
    no_failing_allocation();
    const std::size_t length = std::strlen(error.what());
    if (error.code() == ErrorCode::kInternal || error.code() == ErrorCode::kOk || length == 0 || length > 256)
      std::abort();
  }
  no_failing_allocation();
  if (peak_bytes() - before > budget) std::abort();
}

/// An error that may come out of a part of a file; others go on.
template <class Action>
void expect_documented(Action action) {
  try {
    action();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInternal) std::abort();
  }
}

inline std::span<const std::byte> as_bytes(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const std::byte*>(data), size};
}
inline std::span<const std::byte> as_bytes(const std::string& text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

}  // namespace betwixt::fuzz
