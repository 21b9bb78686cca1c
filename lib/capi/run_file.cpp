// SPDX-License-Identifier: MIT
// Run files: the options of `betwixt train` by their names, as JSON.
#include <cmath>
#include <set>

#include "betwixt/capi/detail/numbers.h"
#include "betwixt/capi/detail/training.h"
#include "betwixt/methods/autoencoder/run_document.h"

using namespace betwixt;
using namespace betwixt::capi;

namespace {

constexpr const char* kInputs[] = {"imagenet", "signed", "caffe"};
constexpr std::int64_t kMost = std::int64_t{1} << 53;

void must(bool possible, const char* field) {
  if (!possible) throw Error(ErrorCode::kUnsupported, "run_write", "a run file has no place for this").in(field);
}

/// The published settings, which switch warm-up, clipping and the start at the mean picture off together.
bool is_report(const betwixt_train_options& o) {
  const bool off = o.warmup < 0 && o.clip_norm < 0 && o.fine_tune != 0;
  if (!off) {
    must(o.warmup == 0, "options.warmup");
    must(o.clip_norm == 0, "options.clip_norm");
    must(o.fine_tune == 0, "options.fine_tune");
  }
  return off;
}

JsonValue model_part(const betwixt_model_options& model) {
  const AutoencoderOptions usual;
  JsonValue to = JsonValue::object();
  to.set("size", 0).set("latent", model.code != 0 ? model.code : usual.code);
  to.set("channels", model.breadth != 0 ? model.breadth : usual.channels);
  to.set("network", model.network == BETWIXT_NETWORK_REPORT ? "report" : "upsample");
  return to.set("base-picture", model.base_picture != 0);
}

void add_texts(const betwixt_train_options& from, JsonValue& to) {
  const auto text = [&](const char* name, const char* value) {
    if (value) to.set(name, text_of(value, "run_write", name));
  };
  text("loss", from.loss);
  text("features", from.loss_features);
  text("lpips-heads", from.loss_heads);
  text("checkpoint", from.checkpoint);
  to.set("features-input",
         kInputs[OptionNumbers("run_write").choice(from.loss_input, BETWIXT_FEATURES_CAFFE, "options.loss_input")]);
  must(from.loss_weights_twice == 0 || from.loss_input == BETWIXT_FEATURES_SIGNED, "options.loss_weights_twice");
  to.set("report-quirks", from.loss_weights_twice != 0);
}

/// Steps as passes over the pictures, in which the command line counts them here.
double epochs_of(std::int64_t steps, std::int64_t pictures, const DenoiseOptions& o) {
  const double learned = static_cast<double>(pictures) * (1 - o.validation);
  return static_cast<double>(steps) / std::max(1.0, learned / static_cast<double>(o.batch));
}

JsonValue options_part(const betwixt_model_options& model, const betwixt_train_options& train, const DenoiseOptions& o,
                       std::int64_t pictures) {
  JsonValue to = model_part(model);
  must((model.seed == 0 ? 1 : model.seed) == o.seed, "options.seed");
  must(o.seed < static_cast<std::uint64_t>(kMost), "options.seed");
  must(o.step_factor == DenoiseOptions{}.step_factor, "options.step_factor");
  must(o.final_rate == DenoiseOptions{}.final_rate, "options.final_rate");
  to.set("steps", o.steps).set("batch", o.batch).set("batch-parts", o.batch_parts).set("lr", o.learning_rate);
  to.set("noise", o.noise).set("corruption", o.corruption == Corruption::kWhite ? "white" : "normal");
  to.set("code-noise", o.code_noise).set("weight-decay", o.weight_decay).set("validation", o.validation);
  to.set("patience", o.patience).set("seed", static_cast<std::int64_t>(o.seed)).set("in-order", !o.shuffle);
  if (o.step_every > 0) to.set("step-epochs", epochs_of(o.step_every, pictures, o));
  to.set("memory", static_cast<double>(o.memory_limit) / (1 << 20)).set("checkpoint-seconds", o.checkpoint_seconds);
  to.set("no-codes", train.drop_codes != 0).set("report", is_report(train));
  add_texts(train, to);
  return to;
}

/// Copies texts to memory of the application's.
class Texts {
 public:
  Texts(char* memory, std::int64_t capacity) : at_(memory), left_(memory ? std::max<std::int64_t>(capacity, 0) : 0) {}
  const char* keep(const std::string& text) {
    const auto size = static_cast<std::int64_t>(text.size()) + 1;
    if (size > left_)
      throw Error(ErrorCode::kLimit, "run_read", "%lld bytes do not fit in %lld", static_cast<long long>(size),
                  static_cast<long long>(left_))
          .limit("capacity");
    char* to = at_;
    std::memcpy(to, text.c_str(), text.size() + 1);
    at_ += size;
    left_ -= size;
    return to;
  }

 private:
  char* at_;
  std::int64_t left_;
};

/// Options by name; what a file leaves out has the value of the command line.
class RunReader {
 public:
  RunReader(const JsonValue& document, std::int64_t pictures)
      : options_(run_options(document, "train")), pictures_(pictures) {
    static const std::set<std::string> known = {"size",           "latent",       "channels",
                                                "network",        "base-picture", "steps",
                                                "epochs",         "step-epochs",  "batch",
                                                "batch-parts",    "lr",           "noise",
                                                "corruption",     "code-noise",   "weight-decay",
                                                "validation",     "patience",     "seed",
                                                "seeds",          "in-order",     "memory",
                                                "checkpoint",     "no-codes",     "report",
                                                "loss",           "features",     "checkpoint-seconds",
                                                "features-input", "lpips-heads",  "report-quirks",
                                                "folder",         "output",       "background",
                                                "threads",        "device",       "last"};
    for (const std::string& key : options_.value().keys())
      if (known.count(key) == 0)
        throw Error(ErrorCode::kUnknownKey, "run file", "there is no option %s", Escaped(key.data(), key.size()).text);
    if (options_.integer_or("seeds", 1, 1, 1000) > 1)
      throw Error(ErrorCode::kUnsupported, "run_read", "several seeds: make a model for each").in("seeds");
    report_ = options_.boolean_or("report", false);
  }

  betwixt_model_options model(const Images& set) const {
    betwixt_model_options to{};
    to.height = set.height;
    to.width = set.width;
    to.channels = set.channels;
    to.code = static_cast<std::int32_t>(options_.integer_or("latent", 3, 1, 4096));
    to.breadth = static_cast<std::int32_t>(options_.integer_or("channels", 64, 1, 1024));
    to.network = one_of("network", {"upsample", "report"}, report_ ? 1 : 0);
    to.base_picture = options_.boolean_or("base-picture", false);
    to.seed = seed();
    return to;
  }

  betwixt_train_options train(Texts& texts) const {
    betwixt_train_options to{};
    const DenoiseOptions usual;
    to.seed = seed();
    to.batch = options_.integer_or("batch", report_ ? 8 : usual.batch, 1, kMost);
    to.batch_parts = static_cast<std::int32_t>(options_.integer_or("batch-parts", 1, 1, 1 << 20));
    to.learning_rate = positive("lr", report_ ? 1e-2 : usual.learning_rate);
    to.noise = or_none("noise", report_ ? 0.2 : usual.noise);
    to.code_noise = or_none("code-noise", report_ ? 0 : usual.code_noise);
    to.weight_decay = options_.number_or("weight-decay", report_ ? 1e-5 : 0, 0, 1e30);
    to.corruption = one_of("corruption", {"normal", "white"}, 0);
    to.validation = options_.number_or("validation", 0, 0, 0.9);
    to.patience = options_.integer_or("patience", 0, 0, kMost);
    to.in_order = options_.boolean_or("in-order", false);
    to.memory_limit = static_cast<std::uint64_t>(options_.number_or("memory", 0, 0, 1e12) * (1 << 20));
    to.checkpoint_seconds = options_.number_or("checkpoint-seconds", usual.checkpoint_seconds, 0, 1e9);
    to.drop_codes = options_.boolean_or("no-codes", false);
    if (report_) to.warmup = -1, to.clip_norm = -1, to.fine_tune = 1;
    count_steps(usual, to);
    read_loss(texts, to);
    return to;
  }

 private:
  std::uint64_t seed() const { return static_cast<std::uint64_t>(options_.integer_or("seed", 1, 1, kMost)); }
  double positive(const char* key, double fallback) const { return options_.number_or(key, fallback, 1e-30, 1e30); }
  double or_none(const char* key, double fallback) const {
    const double value = options_.number_or(key, fallback, 0, 1e30);
    return value == 0 ? -1 : value;
  }
  std::int32_t one_of(const char* key, const std::vector<std::string>& names, std::int32_t fallback) const {
    if (!options_.find(key)) return fallback;
    const std::string value = options_.at(key).text();
    for (std::size_t i = 0; i < names.size(); ++i)
      if (names[i] == value) return static_cast<std::int32_t>(i);
    throw Error(ErrorCode::kValue, "run_read", "\"%.32s\" is none of its values", value.c_str()).in(key);
  }
  void count_steps(const DenoiseOptions& usual, betwixt_train_options& to) const {
    const auto steps = [&](double epochs) { return steps_in_epochs(epochs, pictures_, to.validation, to.batch); };
    const double epochs = options_.number_or("epochs", report_ && !options_.find("steps") ? 600 : 0, 0, 1e12);
    to.steps = epochs > 0 ? steps(epochs) : options_.integer_or("steps", usual.steps, 1, kMost);
    const double every = options_.number_or("step-epochs", report_ ? epochs / 4 : 0, 0, 1e12);
    if (every > 0) to.step_every = steps(every);
  }
  void read_loss(Texts& texts, betwixt_train_options& to) const {
    const auto text = [&](const char* key, const char*& field) {
      if (const std::string value = options_.text_or(key, ""); !value.empty()) field = texts.keep(value);
    };
    text("loss", to.loss);
    text("features", to.loss_features);
    text("lpips-heads", to.loss_heads);
    text("checkpoint", to.checkpoint);
    const bool quirks = options_.boolean_or("report-quirks", false);
    to.loss_weights_twice = quirks;
    to.loss_input = one_of("features-input", {kInputs[0], kInputs[1], kInputs[2]}, 0);
    if (quirks) to.loss_input = BETWIXT_FEATURES_SIGNED;
  }

  JsonField options_;
  std::int64_t pictures_;
  bool report_ = false;
};

}  // namespace

int32_t betwixt_run_write(const betwixt_model_options* model, const betwixt_train_options* train,
                          const betwixt_pictures* pictures, const char* device, char* text, int64_t capacity,
                          int64_t* length, betwixt_error* error) {
  return guarded(error, "run_write", [&] {
    const betwixt_pictures& set = object_of(pictures, "run_write", "pictures");
    const Reading reading(set.access, "run_write", "pictures");
    const auto model_options = read_struct(model, "run_write", "model");
    const auto train_options = read_struct(train, "run_write", "train");
    JsonValue options = options_part(model_options, train_options, denoise_options(train_options), set.images.count);
    const std::string on = device ? text_of(device, "run_write", "device") : std::string();
    Outlet{text, capacity, length}.put(to_text(run_document("train", std::move(options), set.images, on), 2),
                                       "run_write");
  });
}

int32_t betwixt_run_read(const char* text, const betwixt_pictures* pictures, betwixt_model_options* model,
                         betwixt_train_options* train, char* texts, int64_t capacity, betwixt_error* error) {
  return guarded(error, "run_read", [&] {
    const betwixt_pictures& set = object_of(pictures, "run_read", "pictures");
    const Reading reading(set.access, "run_read", "pictures");
    check_result(model, "run_read", "model");
    check_result(train, "run_read", "train");
    const JsonValue document = parse_json(text_of(text, "run_read", "text"));
    check_run_pictures(document, set.images);
    const RunReader reader(document, set.images.count);
    Texts kept(texts, capacity);
    const betwixt_train_options found = reader.train(kept);
    write_struct(model, reader.model(set.images), "run_read", "model");
    write_struct(train, found, "run_read", "train");
  });
}
