// SPDX-License-Identifier: MIT
#include "betwixt/methods/autoencoder/run_document.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "betwixt/core/error.h"
#include "betwixt/io/checksum.h"

namespace betwixt {
namespace {

constexpr int kFormat = 1;

std::string digest(const Images& pictures) {
  Xxh64 hash;
  const std::array<std::int64_t, 4> shape{pictures.count, pictures.height, pictures.width, pictures.channels};
  for (const std::int64_t size : shape)
    for (int byte = 0; byte < 8; ++byte) {
      const auto part = static_cast<std::byte>(size >> (8 * byte));
      hash.add({&part, 1});
    }
  hash.add(std::as_bytes(std::span(pictures.pixels)));
  // Names are kept in the model.
  for (const std::string& name : pictures.names) hash.add(std::as_bytes(std::span(name.c_str(), name.size() + 1)));
  return checksum_text(hash.value());
}

}  // namespace

JsonValue run_document(const std::string& command, JsonValue options, const Images& pictures,
                       const std::string& device) {
  JsonValue root = JsonValue::object();
  root.set("betwixt_run", kFormat).set("command", command).set("options", std::move(options));
  root.set("pictures", JsonValue::object().set("count", pictures.count).set("digest", digest(pictures)));
  root.set("device", device);
  return root;
}

JsonField run_options(const JsonValue& document, const std::string& command) {
  const JsonField root(document);
  root.only({"betwixt_run", "command", "options", "pictures", "device"});
  root.at("betwixt_run").integer(kFormat, kFormat);
  if (root.at("command").text() != command)
    throw Error(ErrorCode::kMismatch, "run file", "it is for another command").expected("%s", command.c_str());
  return root.at("options");
}

void check_run_pictures(const JsonValue& document, const Images& pictures) {
  const auto expected = JsonField(document).find("pictures");
  if (!expected) return;
  const std::string found = digest(pictures);
  if (expected->at("digest").text() == found) return;
  throw Error(ErrorCode::kMismatch, "run file", "the pictures are not those of the run")
      .expected("%s", expected->at("digest").text().c_str())
      .found("%s", found.c_str());
}

std::int64_t steps_in_epochs(double epochs, std::int64_t pictures, double validation, std::int64_t batch) {
  const auto learned = static_cast<double>(pictures) * (1 - validation);
  const double per_epoch = std::max(1.0, learned / static_cast<double>(batch));
  const double steps = std::clamp(epochs * per_epoch, 1.0, 1e15);
  return std::llround(steps);
}

}  // namespace betwixt
