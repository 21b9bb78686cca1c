// SPDX-License-Identifier: MIT
#include "betwixt/io/safetensors.h"

#include <algorithm>

#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"
#include "betwixt/core/guard_memory.h"
#include "betwixt/io/detail/memory_file.h"
#include "betwixt/io/detail/safetensors_header.h"

namespace betwixt {
namespace {

constexpr std::uint64_t kPrefix = 8;
constexpr std::size_t kChunkBytes = std::size_t{64} << 10;

std::uint64_t read_header_length(File& file, std::uint64_t file_size, const SafetensorsLimits& limits) {
  if (file_size > limits.file_bytes)
    throw Error(ErrorCode::kLimit, "safetensors", "file of %llu bytes, allowed %llu",
                static_cast<unsigned long long>(file_size), static_cast<unsigned long long>(limits.file_bytes))
        .limit("file_bytes");
  if (file_size < kPrefix)
    throw Error(ErrorCode::kTruncated, "safetensors", "no header length")
        .at(file_size)
        .in("header_length")
        .expected("8 bytes")
        .found("%llu", static_cast<unsigned long long>(file_size));
  std::byte bytes[kPrefix];
  file.read(0, bytes);
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kPrefix; ++i) length |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  const auto shown = static_cast<unsigned long long>(length);
  if (length > limits.header_bytes)
    throw Error(ErrorCode::kLimit, "safetensors", "header of %llu bytes, allowed %llu", shown,
                static_cast<unsigned long long>(limits.header_bytes))
        .at(0)
        .in("header_length")
        .limit("header_bytes");
  if (length < 2)
    throw Error(ErrorCode::kTruncated, "safetensors", "header too short")
        .at(0)
        .in("header_length")
        .expected("2")
        .found("%llu", shown);
  if (length > file_size - kPrefix)
    throw Error(ErrorCode::kTruncated, "safetensors", "file ends inside the header")
        .at(file_size)
        .in("header_length")
        .expected("%llu bytes", static_cast<unsigned long long>((CheckedSize(length) + CheckedSize(kPrefix)).value()))
        .found("%llu", static_cast<unsigned long long>(file_size));
  return length;
}

std::string tensor_field(const std::string& name) {
  return std::string("tensors[\"") + Escaped(name.data(), name.size()).text + "\"]";
}

/// Joins up to 8 names for a message.
class NameList {
 public:
  void add(const std::string& name) {
    if (++count_ > 8) return;
    if (count_ > 1) text_ += ", ";
    text_ += Escaped(name.data(), name.size()).text;
  }
  bool empty() const { return count_ == 0; }
  void fail_unless_empty(ErrorCode code, const char* fact) const {
    if (!empty()) throw Error(code, "safetensors", "%zu tensors %s: %s", count_, fact, text_.c_str());
  }

 private:
  std::size_t count_ = 0;
  std::string text_;
};

}  // namespace

std::uint64_t SafetensorsInfo::elements() const {
  CheckedSize product(1);
  for (const std::int64_t size : shape) product *= CheckedSize(static_cast<std::uint64_t>(size));
  return product.value();
}

SafetensorsFile SafetensorsFile::open(FileSystem& files, const std::string& path, const SafetensorsLimits& limits) {
  return guard_memory("safetensors", [&] { return open(files.open(path), limits); });
}

SafetensorsFile SafetensorsFile::view(std::span<const std::byte> bytes, const SafetensorsLimits& limits) {
  return guard_memory("safetensors", [&] { return open(std::make_unique<detail::SpanFile>(bytes), limits); });
}

SafetensorsFile SafetensorsFile::open(std::unique_ptr<File> file, const SafetensorsLimits& limits) {
  return guard_memory("safetensors", [&] {
    const std::uint64_t file_size = file->size();
    const std::uint64_t length = read_header_length(*file, file_size, limits);
    Memory text(CheckedSize(length).size());
    file->read(kPrefix, {text.data(), text.size()});
    detail::SafetensorsHeader header = detail::parse_safetensors_header(
        {reinterpret_cast<const char*>(text.data()), text.size()}, file_size - kPrefix - length, limits);
    SafetensorsFile result;
    result.file_ = std::move(file);
    result.metadata_ = std::move(header.metadata);
    for (auto& [name, info] : header.tensors) {
      result.names_.push_back(name);
      result.index_.emplace(std::move(name), std::move(info));
    }
    return result;
  });
}

const SafetensorsInfo& SafetensorsFile::info(const std::string& name) const {
  const auto found = index_.find(name);
  if (found == index_.end())
    throw Error(ErrorCode::kMissing, "safetensors", "no such tensor").in(tensor_field(name).c_str());
  return found->second;
}

template <class T>
void SafetensorsFile::read_as(const std::string& name, std::span<T> into, ConvertOptions options) {
  const SafetensorsInfo& tensor = info(name);
  if (tensor.elements() != into.size())
    throw Error(ErrorCode::kShape, "safetensors", "%llu elements read into %zu",
                static_cast<unsigned long long>(tensor.elements()), into.size())
        .in(tensor_field(name).c_str());
  const auto width = static_cast<std::size_t>(safetensors_type_bits(tensor.type) / 8);
  Memory chunk(std::min<std::size_t>(kChunkBytes, CheckedSize(tensor.bytes).size()));
  std::size_t done = 0;
  try {
    do {
      const std::size_t count = width ? std::min(into.size() - done, kChunkBytes / width) : into.size();
      const std::span<std::byte> bytes(chunk.data(), is_readable(tensor.type) ? count * width : 0);
      const CheckedSize place = CheckedSize(tensor.offset) + CheckedSize(done) * CheckedSize(width);
      if (!bytes.empty()) file_->read(place.value(), bytes);
      convert_elements<T>(tensor.type, bytes, into.subspan(done, count), options);
      done += count;
    } while (done < into.size());
  } catch (Error& error) {
    if (error.code() != ErrorCode::kIo) error.in(tensor_field(name).c_str());
    throw;
  }
}

void SafetensorsFile::read(const std::string& name, std::span<float> into, ConvertOptions options) {
  guard_memory("safetensors", [&] { read_as(name, into, options); });
}
void SafetensorsFile::read(const std::string& name, std::span<double> into, ConvertOptions options) {
  guard_memory("safetensors", [&] { read_as(name, into, options); });
}
void SafetensorsFile::read(const std::string& name, std::span<std::uint8_t> into, ConvertOptions options) {
  guard_memory("safetensors", [&] { read_as(name, into, options); });
}
void SafetensorsFile::read(const std::string& name, std::span<std::int32_t> into, ConvertOptions options) {
  guard_memory("safetensors", [&] { read_as(name, into, options); });
}
void SafetensorsFile::read(const std::string& name, std::span<std::uint32_t> into, ConvertOptions options) {
  guard_memory("safetensors", [&] { read_as(name, into, options); });
}

void SafetensorsFile::read_bytes(const std::string& name, std::span<std::byte> into) {
  const SafetensorsInfo& tensor = info(name);
  if (tensor.bytes != into.size())
    throw Error(ErrorCode::kShape, "safetensors", "%llu bytes read into %zu",
                static_cast<unsigned long long>(tensor.bytes), into.size())
        .in(tensor_field(name).c_str());
  if (!into.empty()) file_->read(tensor.offset, into);
}

void check_tensors(const SafetensorsFile& file, std::span<const ExpectedTensor> expected, bool allow_extra) {
  NameList missing, extra, shapes, types;
  std::map<std::string, bool> wanted;
  for (const ExpectedTensor& tensor : expected) {
    wanted[tensor.name] = true;
    if (!file.contains(tensor.name)) {
      missing.add(tensor.name);
      continue;
    }
    const SafetensorsInfo& info = file.info(tensor.name);
    if (info.shape != tensor.shape) shapes.add(tensor.name);
    if (tensor.type && *tensor.type != info.type) types.add(tensor.name);
  }
  for (const std::string& name : file.names())
    if (!allow_extra && !wanted.count(name)) extra.add(name);
  missing.fail_unless_empty(ErrorCode::kMissing, "missing");
  extra.fail_unless_empty(ErrorCode::kUnknownKey, "unknown");
  shapes.fail_unless_empty(ErrorCode::kShape, "of another shape");
  types.fail_unless_empty(ErrorCode::kDtype, "of another element type");
}

}  // namespace betwixt
