// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "betwixt/core/error.h"
#include "betwixt/core/file.h"

/// What the fuzz targets of the file formats share. The first bytes of an input are the file, the last 8 the options.
namespace betwixt::fuzz {

/// The options; `size` becomes the length of the file before them.
inline std::uint64_t take_choice(const std::uint8_t* data, std::size_t& size) {
  std::uint64_t choice = 0;
  if (size < sizeof choice) {
    size = 0;
    return 0;
  }
  size -= sizeof choice;
  std::memcpy(&choice, data + size, sizeof choice);
  return choice;
}

/// One read-only file, whose read number `failing_read` fails with E_IO.
class OneFile final : public FileSystem {
 public:
  OneFile(std::span<const std::byte> bytes, std::uint64_t failing_read) : bytes_(bytes), failing_read_(failing_read) {}

  std::unique_ptr<File> open(const std::string&) override { return std::make_unique<Reader>(*this); }
  std::unique_ptr<File> create(const std::string&) override { refuse(); }
  void rename(const std::string&, const std::string&) override { refuse(); }
  void remove(const std::string&) override { refuse(); }
  bool exists(const std::string&) override { return true; }
  void make_folder(const std::string&) override { refuse(); }
  void sync_folder(const std::string&) override { refuse(); }
  std::vector<FileEntry> list(const std::string&) override { return {}; }

 private:
  class Reader final : public File {
   public:
    explicit Reader(OneFile& owner) : owner_(owner) {}
    void read(std::uint64_t offset, std::span<std::byte> into) override {
      if (owner_.failing_read_-- == 0) refuse();
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

  std::span<const std::byte> bytes_;
  std::uint64_t failing_read_;
};

/// The read that fails: bits 48 to 55 of the options, 0 for none.
inline std::uint64_t failing_read(std::uint64_t choice) {
  const std::uint64_t number = choice >> 48 & 0xFF;
  return number == 0 ? ~std::uint64_t{0} : number - 1;
}

/// The allocation of the C++ heap that fails: bits 56 to 63 of the options, 0 for none.
void fail_allocation(std::uint64_t choice);
void no_failing_allocation();

/// Runs `load` under the options. Only errors of the library may come out, and none that says it is our own mistake.
template <class Load>
void run(std::uint64_t choice, Load load) {
  fail_allocation(choice);
  try {
    load();
  } catch (const Error& error) {
    no_failing_allocation();
    if (error.code() == ErrorCode::kInternal || error.what()[0] == '\0') std::abort();
  }
  no_failing_allocation();
}

}  // namespace betwixt::fuzz
