// SPDX-License-Identifier: MIT
#include "betwixt/train/training_checkpoint.h"

#include <algorithm>
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

/// The scale of a loss belongs to devices that store halves: a run goes on without it elsewhere, or begins with one.
bool is_optional(const std::string& name) { return name.ends_with(".loss_scale"); }

const NamedBlob* find_tensor(const Checkpoint& checkpoint, const std::string& name) {
  const auto found = std::find_if(checkpoint.tensors.begin(), checkpoint.tensors.end(),
                                  [&](const NamedBlob& tensor) { return tensor.name == name; });
  return found == checkpoint.tensors.end() ? nullptr : &*found;
}

/// How many must be there.
template <class List, class NameOf>
std::size_t count_required(const List& list, const NameOf& name_of) {
  return static_cast<std::size_t>(
      std::count_if(list.begin(), list.end(), [&](const auto& each) { return !is_optional(name_of(each)); }));
}

void check_states(const Checkpoint& checkpoint, const Trainer& trainer) {
  const std::size_t tensors = count_required(checkpoint.tensors, [](const auto& tensor) { return tensor.name; });
  const std::size_t states = count_required(trainer.states(), [](const State& state) { return state.name(); });
  if (tensors != states) throw Error(ErrorCode::kMismatch, "checkpoint", "%zu tensors for %zu states", tensors, states);
  for (const State& state : trainer.states()) {
    if (is_optional(state.name()) && !find_tensor(checkpoint, state.name())) continue;
    if (checkpoint.tensor(state.name()).type != state.type())
      throw Error(ErrorCode::kMismatch, "checkpoint", "tensor %.64s has another shape or type", state.name().c_str());
  }
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
  for (const State& state : trainer.states())
    if (const NamedBlob* tensor = find_tensor(checkpoint, state.name())) state.write_bytes(tensor->bytes);
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
