// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "betwixt/core/file.h"
#include "betwixt/io/safetensors_type.h"

namespace betwixt {

/// Each is E_LIMIT when passed, checked before anything of that size is allocated.
struct SafetensorsLimits {
  std::uint64_t file_bytes = std::uint64_t{1} << 30;    ///< of the whole file
  std::uint64_t header_bytes = std::uint64_t{8} << 20;  ///< of the JSON header
  std::size_t tensors = 65536;                          ///< in one file
  std::size_t metadata_entries = 2 * 65536;             ///< strings under "__metadata__"
  std::size_t rank = 8;                                 ///< axes of a tensor
  std::size_t name_bytes = 256;                         ///< of a tensor's name
};

/// What the header says of one tensor.
struct SafetensorsInfo {
  SafetensorsType type = SafetensorsType::kF32;  ///< type of an element
  std::vector<std::int64_t> shape;               ///< outermost first; empty for a single number
  std::uint64_t offset = 0;                      ///< of the first byte in the file
  std::uint64_t bytes = 0;                       ///< of the tensor's data

  /// Product of the shape.
  std::uint64_t elements() const;
};

/// Reads the safetensors format (github.com/huggingface/safetensors). Opening reads and checks the header only: the
/// whole layout in one linear pass, so that afterwards every tensor is known to lie inside the file, overlapping no
/// other. Tensors are read one by one into the caller's memory.
///
/// Errors carry the byte offset in the file and the field ("tensors["w"].shape"). One thread at a time per object.
class SafetensorsFile {
 public:
  /// Opens a file and checks its header.
  static SafetensorsFile open(FileSystem& files, const std::string& path, const SafetensorsLimits& limits = {});
  /// Takes an open file and checks its header.
  static SafetensorsFile open(std::unique_ptr<File> file, const SafetensorsLimits& limits = {});
  /// Borrows `bytes`.
  static SafetensorsFile view(std::span<const std::byte> bytes, const SafetensorsLimits& limits = {});

  /// In the order of the header.
  const std::vector<std::string>& names() const { return names_; }
  bool contains(const std::string& name) const { return index_.count(name) != 0; }
  /// E_MISSING when there is no such tensor.
  const SafetensorsInfo& info(const std::string& name) const;
  /// The strings of `__metadata__`.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  /// Reads tensor `name` into `into`, which must have exactly its number of elements (E_SHAPE). See `convert_elements`
  /// for what can become what. On an error `into` holds part of the tensor.
  void read(const std::string& name, std::span<float> into, ConvertOptions options = {});
  void read(const std::string& name, std::span<double> into, ConvertOptions options = {});
  void read(const std::string& name, std::span<std::uint8_t> into, ConvertOptions options = {});
  void read(const std::string& name, std::span<std::int32_t> into, ConvertOptions options = {});
  void read(const std::string& name, std::span<std::uint32_t> into, ConvertOptions options = {});
  /// The bytes as stored, little-endian.
  void read_bytes(const std::string& name, std::span<std::byte> into);

 private:
  SafetensorsFile() = default;
  template <class T>
  void read_as(const std::string& name, std::span<T> into, ConvertOptions options);

  std::unique_ptr<File> file_;
  std::vector<std::string> names_;
  std::map<std::string, SafetensorsInfo> index_;
  std::map<std::string, std::string> metadata_;
};

/// What a network wants to find in a file.
struct ExpectedTensor {
  std::string name;                                    ///< as in the file
  std::vector<std::int64_t> shape;                     ///< outermost first
  std::optional<SafetensorsType> type = std::nullopt;  ///< any when empty
};

/// Checks that `file` holds exactly the expected tensors: E_MISSING, E_UNKNOWN_KEY (unless `allow_extra`), E_SHAPE,
/// E_DTYPE, each listing up to 8 names.
void check_tensors(const SafetensorsFile& file, std::span<const ExpectedTensor> expected, bool allow_extra = false);

/// Writes the format. The same content gives the same bytes, whatever the order of the calls: tensors are laid out by
/// element size, then name; the data starts at a multiple of 8 bytes.
class SafetensorsWriter {
 public:
  /// Borrows `bytes` (little-endian elements, dense) until the file is written.
  /// E_DUPLICATE, E_VALUE (empty name, NUL, size below 0), E_ENCODING (name not UTF-8), E_LIMIT (name or rank above the
  /// default limits of the reader), E_MISMATCH (wrong byte count).
  void add(const std::string& name, SafetensorsType type, std::vector<std::int64_t> shape,
           std::span<const std::byte> bytes);
  /// Keeps the bytes.
  void add_owned(const std::string& name, SafetensorsType type, std::vector<std::int64_t> shape,
                 std::vector<std::byte> bytes);
  /// Adds or replaces one string of `__metadata__`.
  void set_metadata(const std::string& key, const std::string& value);

  /// The whole file.
  Memory to_bytes() const;
  /// All or nothing (`write_file_atomically`).
  void save(FileSystem& files, const std::string& path) const;

 private:
  struct Item {
    SafetensorsType type;
    std::vector<std::int64_t> shape;
    std::span<const std::byte> bytes;
    std::vector<std::byte> owned;
  };
  using Entry = std::map<std::string, Item>::value_type;

  void insert(const std::string& name, Item item);
  std::vector<const Entry*> layout() const;
  std::string header(const std::vector<const Entry*>& order) const;

  std::map<std::string, Item> items_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace betwixt
