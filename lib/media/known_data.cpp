// SPDX-License-Identifier: MIT
#include "betwixt/media/known_data.h"

#include <algorithm>
#include <string_view>

#include "betwixt/core/error.h"
#include "betwixt/media/detail/numbers.h"
#include "betwixt/media/detail/text_table.h"
#include "betwixt/media/picture_folder.h"

namespace betwixt {
namespace {

constexpr std::uint64_t kMaxTableBytes = std::uint64_t{4} << 20;
constexpr int kMaxRotation = 8;
constexpr const char* kFrameHeader = "actor\tframe\trotation\tmirrored\tscale\tfile\tsource_sprite";
constexpr std::size_t kFrameFields = 7;

/// `path`, or `path`.gz where only that is there.
std::string plain_or_gzip(FileSystem& files, const std::string& path) {
  std::string packed = path;
  packed += ".gz";
  return !files.exists(path) && files.exists(packed) ? packed : path;
}

std::string_view text_of(const Memory& bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::vector<std::string> read_lines(FileSystem& files, const std::string& path) {
  const Memory bytes = read_file(files, path, kMaxTableBytes);
  std::vector<std::string> lines;
  for (const detail::TableLine& line : detail::table_lines("faces", text_of(bytes))) {
    const bool is_text = std::ranges::all_of(line.text, [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
    if (!is_text) throw line.fail(ErrorCode::kEncoding, "ids.txt", "control character");
    lines.emplace_back(line.text);
  }
  return lines;
}

struct FrameLine {
  ActorFrame frame;
  std::string file;
};

FrameLine parse_frame(const detail::TableLine& line) {
  const std::vector<std::string_view> fields = line.fields();
  if (fields.size() != kFrameFields)
    throw line.fail(ErrorCode::kSyntax, "line", "a frame has 7 fields").found("%zu", fields.size());
  FrameLine parsed;
  parsed.frame.actor = detail::table_path(line, fields[0], "actor");
  if (fields[1].size() != 1 || fields[1][0] < '!' || fields[1][0] > '~')
    throw line.fail(ErrorCode::kSyntax, "frame", "a frame is one character");
  parsed.frame.pose = fields[1][0];
  parsed.frame.rotation = detail::table_number(line, fields[2], "rotation", 0, kMaxRotation);
  parsed.frame.is_mirrored = detail::table_number(line, fields[3], "mirrored", 0, 1) == 1;
  parsed.file = detail::table_path(line, fields[5], "file");
  return parsed;
}

std::vector<FrameLine> read_frame_table(FileSystem& files, const std::string& path) {
  const Memory bytes = read_file(files, path, kMaxTableBytes);
  const std::vector<detail::TableLine> lines = detail::table_lines("frames", text_of(bytes));
  if (lines.empty() || lines[0].text != kFrameHeader)
    throw Error(ErrorCode::kSyntax, "frames", "not a frame table").at(0).in("first line");
  std::vector<FrameLine> frames;
  for (std::size_t i = 1; i < lines.size(); ++i) frames.push_back(parse_frame(lines[i]));
  return frames;
}

bool is_wanted(const ActorFrame& frame, const ActorFilter& filter) {
  return (filter.actor.empty() || frame.actor == filter.actor) &&
         (filter.poses.empty() || filter.poses.find(frame.pose) != std::string::npos) &&
         (!filter.rotation || *filter.rotation == frame.rotation);
}

}  // namespace

LabelledImages load_mnist(const std::string& folder, bool test, FileSystem& files) {
  const std::string part = test ? "t10k" : "train";
  return read_idx_pair(files, plain_or_gzip(files, path_join(folder, part + "-images-idx3-ubyte")),
                       plain_or_gzip(files, path_join(folder, part + "-labels-idx1-ubyte")), 10);
}

Images load_faces(const std::string& folder, int size, FileSystem& files) {
  std::string name = "faces";
  name.append(std::to_string(size)).append("-idx3-ubyte");
  Images faces = read_idx_images(files, plain_or_gzip(files, path_join(folder, name)));
  if (faces.height != size || faces.width != size)
    throw Error(ErrorCode::kMismatch, "faces", "pictures of %dx%d pixels, not %d", faces.width, faces.height, size);
  const std::string ids = path_join(folder, "ids.txt");
  if (!files.exists(ids)) return faces;
  faces.names = guard_memory("faces", [&] { return read_lines(files, ids); });
  if (static_cast<std::int64_t>(faces.names.size()) != faces.count)
    throw Error(ErrorCode::kMismatch, "faces", "%zu names for %lld pictures", faces.names.size(),
                static_cast<long long>(faces.count))
        .in("ids.txt");
  return faces;
}

ActorFrames load_actor_frames(const std::string& folder, const ActorFilter& filter, FileSystem& files) {
  return guard_memory("frames", [&] {
    ActorFrames result;
    for (const FrameLine& line : read_frame_table(files, path_join(folder, "frames.tsv"))) {
      if (!is_wanted(line.frame, filter)) continue;
      Images picture = load_image(path_join(folder, line.file), {.channels = 4}, files);
      const bool fits =
          result.images.count == 0 || (picture.height == result.images.height && picture.width == result.images.width);
      if (!fits)
        throw Error(ErrorCode::kMismatch, "frames", "%dx%d pixels, the others have %dx%d", picture.width,
                    picture.height, result.images.width, result.images.height)
            .in(line.file.c_str());
      picture.names = {line.file};
      result.images.append(picture);
      result.frames.push_back(line.frame);
    }
    if (result.frames.empty()) throw Error(ErrorCode::kMissing, "frames", "no frame of the table is asked for");
    return result;
  });
}

std::vector<SheetFrames> load_sprite_sheets(const std::string& folder, const std::string& start, FileSystem& files) {
  return guard_memory("sprites", [&] {
    std::vector<SheetFrames> sheets;
    for (const SpriteSheet& sheet : read_sprite_table(files, path_join(folder, "sheets.tsv")))
      if (sheet.file.starts_with(start)) sheets.push_back({sheet, read_sprites(files, folder, sheet)});
    if (sheets.empty()) throw Error(ErrorCode::kMissing, "sprites", "no sheet of the table is asked for");
    return sheets;
  });
}

std::vector<std::int64_t> mpi3d_range(const Mpi3dFactors& factors) {
  std::vector<std::int64_t> indices{0};
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const bool all = factors[i] == -1;
    if (!all && (factors[i] < 0 || factors[i] >= kMpi3dSizes[i]))
      throw Error(ErrorCode::kArgument, "mpi3d", "factor %zu is %d, sizes end at %d", i, factors[i],
                  kMpi3dSizes[i] - 1);
    std::vector<std::int64_t> longer;
    for (const std::int64_t index : indices)
      for (int value = all ? 0 : factors[i]; value < (all ? kMpi3dSizes[i] : factors[i] + 1); ++value)
        longer.push_back(index * kMpi3dSizes[i] + value);
    indices = std::move(longer);
  }
  return indices;
}

Images load_mpi3d(const std::string& archive, const Mpi3dFactors& factors, FileSystem& files) {
  return read_mpi3d(files, archive, mpi3d_range(factors));
}

Images load_mpi3d_sweep(const std::string& folder, const std::string& set, int factor, FileSystem& files) {
  if (factor < 0 || factor >= static_cast<int>(kMpi3dSizes.size()))
    throw Error(ErrorCode::kArgument, "mpi3d", "factor %d, 0 to %zu", factor, kMpi3dSizes.size() - 1);
  const std::string parent = path_join(folder, set);
  std::string start = std::to_string(factor);
  start += '_';
  for (const FileEntry& entry : files.list(parent))
    if (entry.is_folder && entry.name.starts_with(start))
      return load_images(path_join(parent, entry.name), {.channels = 3}, files);
  throw Error(ErrorCode::kMissing, "mpi3d", "%.128s has no folder of factor %d", parent.c_str(), factor);
}

}  // namespace betwixt
