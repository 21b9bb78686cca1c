// SPDX-License-Identifier: MIT
#include "betwixt/media/idx.h"

#include <cmath>
#include <cstring>
#include <memory>
#include <optional>

#include "betwixt/core/checked.h"
#include "betwixt/core/error.h"
#include "betwixt/media/detail/byte_source.h"
#include "betwixt/media/detail/numbers.h"

namespace betwixt {
namespace {

constexpr std::uint64_t kMagicBytes = 4;

Error idx_error(ErrorCode code, std::uint64_t at, const char* field, const char* fact) {
  return Error(code, "idx", "%s", fact).at(at).in(field);
}

NumberType element_type(unsigned code) {
  switch (code) {
    case 0x08:
      return NumberType::kU8;
    case 0x09:
      return NumberType::kI8;
    case 0x0B:
      return NumberType::kI16;
    case 0x0C:
      return NumberType::kI32;
    case 0x0D:
      return NumberType::kF32;
    case 0x0E:
      return NumberType::kF64;
    default:
      throw idx_error(ErrorCode::kDtype, 2, "type", "unknown element type").found("0x%02x", code);
  }
}

std::optional<std::uint64_t> bytes_of(const std::vector<std::int64_t>& shape, std::size_t element_size) {
  try {
    return (detail::checked_elements(shape) * CheckedSize(element_size)).value();
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::int64_t swapped(std::int64_t size) {
  const auto value = static_cast<std::uint32_t>(size);
  return static_cast<std::int64_t>(value >> 24 | (value >> 8 & 0xFF00) | (value << 8 & 0xFF0000) | value << 24);
}

/// An open IDX file behind its header, with the size of its data checked against the file.
class IdxReader {
 public:
  IdxReader(FileSystem& files, const std::string& path, const IdxOptions& options) : file_(files.open(path)) {
    open_source(options);
    read_header(options);
    check_size(options);
  }

  NumberType type() const { return type_; }
  const std::vector<std::int64_t>& shape() const { return shape_; }
  std::size_t bytes() const { return CheckedSize(bytes_).size(); }
  std::uint64_t data_offset() const { return kMagicBytes * (1 + shape_.size()); }

  /// All of the data, in the machine's order.
  void read(std::span<std::byte> into) {
    source_->read(into, "data");
    source_->finish();
    detail::to_native_order(into, number_type_size(type_), true);
  }

 private:
  void open_source(const IdxOptions& options) {
    if (detail::is_gzip(*file_)) {
      if (!options.allow_gzip) throw idx_error(ErrorCode::kUnsupported, 0, "magic", "this is a gzip file");
      source_ = detail::open_gzip(*file_, "idx", {});
    } else {
      source_ = detail::open_stored(*file_, "idx", {0, file_->size()});
    }
  }

  void read_header(const IdxOptions& options) {
    std::byte magic[kMagicBytes];
    source_->read(magic, "magic");
    if (magic[0] != std::byte{0} || magic[1] != std::byte{0})
      throw idx_error(ErrorCode::kBadMagic, 0, "magic", "not an IDX file");
    type_ = element_type(std::to_integer<unsigned>(magic[2]));
    const int rank = std::to_integer<int>(magic[3]);
    if (rank == 0) throw idx_error(ErrorCode::kValue, 3, "rank", "no axes");
    if (rank > options.rank)
      throw idx_error(ErrorCode::kLimit, 3, "rank", "too many axes")
          .expected("at most %d", options.rank)
          .found("%d", rank)
          .limit("rank");
    for (int axis = 0; axis < rank; ++axis) read_size(axis, options);
  }

  void read_size(int axis, const IdxOptions& options) {
    const std::string field = "size[" + std::to_string(axis) + "]";
    std::byte bytes[4];
    source_->read(bytes, field.c_str());
    std::int64_t size = 0;
    for (const std::byte one : bytes) size = size << 8 | std::to_integer<std::int64_t>(one);
    if (size == 0 && !options.allow_empty)
      throw idx_error(ErrorCode::kValue, kMagicBytes * (1 + static_cast<std::uint64_t>(axis)), field.c_str(), "size 0");
    shape_.push_back(size);
  }

  void check_size(const IdxOptions& options) {
    const std::size_t element_size = number_type_size(type_);
    const std::optional<std::uint64_t> wanted = bytes_of(shape_, element_size);
    const std::uint64_t most = source_->most_left();
    if (!wanted || *wanted > most) refuse_size(wanted, most);
    bytes_ = *wanted;
    if (bytes_ > options.bytes)
      throw idx_error(ErrorCode::kLimit, kMagicBytes, "size", "too much data")
          .expected("at most %llu bytes", static_cast<unsigned long long>(options.bytes))
          .found("%llu", static_cast<unsigned long long>(bytes_))
          .limit("bytes");
  }

  [[noreturn]] void refuse_size(std::optional<std::uint64_t> wanted, std::uint64_t most) const {
    std::vector<std::int64_t> other = shape_;
    for (std::int64_t& size : other) size = swapped(size);
    const std::optional<std::uint64_t> sensible = bytes_of(other, number_type_size(type_));
    if (sensible && *sensible > 0 && *sensible <= most)
      throw idx_error(ErrorCode::kTruncated, file_->size(), "size", "sizes look little-endian, IDX is big-endian")
          .found("first size %lld", static_cast<long long>(shape_[0]));
    if (!wanted) throw idx_error(ErrorCode::kOverflow, kMagicBytes, "size", "product of the sizes wraps");
    throw idx_error(ErrorCode::kTruncated, file_->size(), "data", "fewer numbers than the sizes say")
        .expected("%llu bytes", static_cast<unsigned long long>(*wanted))
        .found("at most %llu", static_cast<unsigned long long>(most));
  }

  std::unique_ptr<File> file_;
  std::unique_ptr<detail::ByteSource> source_;
  NumberType type_ = NumberType::kU8;
  std::vector<std::int64_t> shape_;
  std::uint64_t bytes_ = 0;
};

template <class T>
void check_finite(const NumberArray& array, std::uint64_t data_offset) {
  for (std::uint64_t i = 0; i < array.elements(); ++i) {
    T value;
    const std::uint64_t place = (CheckedSize(i) * CheckedSize(sizeof(T))).value();
    std::memcpy(&value, array.bytes.data() + place, sizeof(T));
    if (!std::isfinite(value))
      throw Error(ErrorCode::kNotFinite, "idx", "number %llu is not finite", static_cast<unsigned long long>(i))
          .at((CheckedSize(data_offset) + CheckedSize(place)).value())
          .in("data");
  }
}

/// Pictures of the file's size; an error says where in the header their kind or their size stands.
Images pictures_of(const IdxReader& reader) {
  try {
    return detail::empty_pictures("idx", reader.type(), reader.shape());
  } catch (const Error& error) {
    throw Error(error).at(error.code() == ErrorCode::kDtype ? 2 : kMagicBytes);
  }
}

}  // namespace

NumberArray read_idx(FileSystem& files, const std::string& path, const IdxOptions& options) {
  return guard_memory("idx", [&] {
    IdxReader reader(files, path, options);
    NumberArray array{reader.type(), reader.shape(), Memory(reader.bytes())};
    reader.read({array.bytes.data(), array.bytes.size()});
    if (options.require_finite && array.type == NumberType::kF32) check_finite<float>(array, reader.data_offset());
    if (options.require_finite && array.type == NumberType::kF64) check_finite<double>(array, reader.data_offset());
    return array;
  });
}

Images read_idx_images(FileSystem& files, const std::string& path, const IdxOptions& options) {
  return guard_memory("idx", [&] {
    IdxReader reader(files, path, options);
    if (reader.shape().size() != 3)
      throw idx_error(ErrorCode::kShape, 3, "rank", "pictures have 3 axes").found("%zu", reader.shape().size());
    Images images = pictures_of(reader);
    reader.read(std::as_writable_bytes(std::span(images.pixels)));
    return images;
  });
}

std::vector<int> read_idx_labels(FileSystem& files, const std::string& path, int classes, const IdxOptions& options) {
  return guard_memory("idx", [&] {
    IdxReader reader(files, path, options);
    if (reader.shape().size() != 1)
      throw idx_error(ErrorCode::kShape, 3, "rank", "labels have 1 axis").found("%zu", reader.shape().size());
    if (reader.type() != NumberType::kU8) throw idx_error(ErrorCode::kDtype, 2, "type", "labels are u8");
    Memory bytes(reader.bytes());
    reader.read({bytes.data(), bytes.size()});
    std::vector<int> labels(bytes.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
      labels[i] = std::to_integer<int>(bytes.data()[i]);
      if (labels[i] >= classes)
        throw Error(ErrorCode::kValue, "idx", "label %zu is no class", i)
            .at(reader.data_offset() + i)
            .in("data")
            .expected("below %d", classes)
            .found("%d", labels[i]);
    }
    return labels;
  });
}

LabelledImages read_idx_pair(FileSystem& files, const std::string& images_path, const std::string& labels_path,
                             int classes, const IdxOptions& options) {
  LabelledImages pair;
  pair.labels = read_idx_labels(files, labels_path, classes, options);
  pair.images = read_idx_images(files, images_path, options);
  if (pair.images.count != static_cast<std::int64_t>(pair.labels.size()))
    throw Error(ErrorCode::kMismatch, "idx", "%lld pictures and %zu labels", static_cast<long long>(pair.images.count),
                pair.labels.size())
        .at(kMagicBytes)
        .in("size[0]")
        .expected("%zu", pair.labels.size())
        .found("%lld", static_cast<long long>(pair.images.count));
  return pair;
}

}  // namespace betwixt
