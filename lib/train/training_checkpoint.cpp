// SPDX-License-Identifier: MIT
#include "betwixt/train/training_checkpoint.h"

#include <cstring>
#include <optional>

#include "betwixt/core/error.h"
#include "betwixt/core/guard_memory.h"
#include "betwixt/core/philox.h"
#include "betwixt/io/checkpoint.h"

namespace betwixt {
namespace {

/// "cpu (avx512" of "cpu (avx512, 2 threads)": the number of threads changes no bit.
std::string kind_of(const std::string& device) { return device.substr(0, device.find(',')); }

/// Random numbers and the order of the data are functions of these and of the step.
std::uint64_t run_hash(const Trainer& trainer, const std::string& description) {
  std::string text = description;
  text.append("\nseed ").append(std::to_string(trainer.options().seed));
  text.append(trainer.options().shuffle ? " shuffled" : " in order");
  return RandomStream::hash(text);
}

void check_states(const Checkpoint& checkpoint, const Trainer& trainer) {
  if (checkpoint.tensors.size() != trainer.states().size())
    throw Error(ErrorCode::kMismatch, "checkpoint", "%zu tensors for %zu states", checkpoint.tensors.size(),
                trainer.states().size());
  for (const State& state : trainer.states())
    if (checkpoint.tensor(state.name()).type != state.type())
      throw Error(ErrorCode::kMismatch, "checkpoint", "tensor %.64s has another shape or type", state.name().c_str());
}

/// What there is to tell about a checkpoint that fits.
TrainingRestored restored_from(const Checkpoint& checkpoint, const Trainer& trainer) {
  TrainingRestored restored{.found = true, .note = checkpoint.refused};
  std::uint32_t step = 0;
  std::memcpy(&step, checkpoint.tensor("trainer.step").bytes.data(), sizeof(step));
  restored.step = step;
  const std::string device = JsonField(checkpoint.metadata).text_or("device", "");
  if (kind_of(device) != kind_of(trainer.device().info().name))
    restored.note += (restored.note.empty() ? "" : "; ") + ("saved on " + device) +
                     ", so the run will not end with the bits it would have had there";
  return restored;
}

void save(FileSystem& files, const std::string& path, const Trainer& trainer, const std::string& description) {
  std::vector<std::vector<std::byte>> contents;
  std::vector<NamedBlob> blobs;
  for (const State& state : trainer.states()) {
    contents.emplace_back(state.type().bytes());
    state.read_bytes(contents.back());
  }
  for (std::size_t i = 0; i < contents.size(); ++i)
    blobs.push_back({trainer.states()[i].name(), trainer.states()[i].type(), contents[i]});
  CheckpointInfo info;
  info.description_hash = run_hash(trainer, description);
  info.metadata.set("step", trainer.step()).set("device", trainer.device().info().name);
  save_checkpoint(files, path, info, blobs);
}

/// Nothing when nothing has been saved: no file, or part of a first save that was cut short.
std::optional<Checkpoint> find(FileSystem& files, const std::string& path, std::uint64_t description_hash) {
  const bool was_saved = files.exists(path) || files.exists(path + ".1");
  if (!was_saved && !files.exists(path + ".tmp")) return std::nullopt;
  try {
    return load_checkpoint(files, path, {.description_hash = description_hash});
  } catch (const Error& error) {
    if (was_saved || error.code() != ErrorCode::kMissing) throw;
    return std::nullopt;
  }
}

TrainingRestored load(FileSystem& files, const std::string& path, const Trainer& trainer,
                      const std::string& description) {
  const std::optional<Checkpoint> saved = find(files, path, run_hash(trainer, description));
  if (!saved) return {};
  const Checkpoint& checkpoint = *saved;
  check_states(checkpoint, trainer);
  const TrainingRestored restored = restored_from(checkpoint, trainer);
  // From here on nothing can fail for want of memory, which would leave half of the states restored.
  for (const State& state : trainer.states()) state.write_bytes(checkpoint.tensor(state.name()).bytes);
  return restored;
}

}  // namespace

void save_training(FileSystem& files, const std::string& path, const Trainer& trainer, const std::string& description) {
  guard_memory("checkpoint", [&] { save(files, path, trainer, description); });
}

TrainingRestored load_training(FileSystem& files, const std::string& path, const Trainer& trainer,
                               const std::string& description) {
  return guard_memory("checkpoint", [&] { return load(files, path, trainer, description); });
}

}  // namespace betwixt
