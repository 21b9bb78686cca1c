// SPDX-License-Identifier: MIT
#include "betwixt/nn/picture_loss.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <locale>
#include <sstream>

#include "betwixt/core/error.h"
#include "betwixt/ops/binary.h"
#include "betwixt/ops/losses.h"
#include "betwixt/ops/reduce.h"

namespace betwixt {
namespace {

int window_for(const Tensor& pictures) {
  const std::int64_t side = std::min(pictures.shape()[1], pictures.shape()[2]);
  return static_cast<int>(std::min<std::int64_t>(11, side % 2 == 1 ? side : side - 1));
}

std::string layers_text(const FeatureNetwork& network) {
  std::string text = network.trunk() == FeatureTrunk::kVgg16          ? "vgg16"
                     : network.trunk() == FeatureTrunk::kSqueezeNet11 ? "squeezenet1_1"
                                                                      : "randfeat";
  for (const int tap : network.taps()) text.append(":").append(std::to_string(tap));
  return text;
}

struct TermText {
  double weight = 1;
  std::string name;
  std::string layer;
};

Error bad_term(const std::string& term) {
  return Error(ErrorCode::kSyntax, "loss",
               "\"%.64s\" is no loss: mse, l1, bce, ssim, perceptual[:LAYER], lpips or randfeat", term.c_str());
}

TermText split_term(const std::string& text) {
  TermText term;
  term.name = text;
  if (const std::size_t star = text.find('*'); star != std::string::npos) {
    // Not from_chars: libc++ has none for double before version 20.
    std::istringstream number(text.substr(0, star));
    number.imbue(std::locale::classic());
    if (!(number >> std::noskipws >> term.weight) || number.peek() != std::istringstream::traits_type::eof()) {
      throw bad_term(text);
    }
    term.name = text.substr(star + 1);
  }
  if (const std::size_t colon = term.name.find(':'); colon != std::string::npos) {
    term.layer = term.name.substr(colon + 1);
    term.name.resize(colon);
    if (term.layer.empty() || term.name != "perceptual") throw bad_term(text);
  }
  return term;
}

void need(const std::string& file, const char* term, const char* what) {
  if (file.empty()) throw Error(ErrorCode::kMissing, "loss", "%s needs a file with %s", term, what);
}

FeatureNetwork trunk_of(const Device& device, const TermText& term, const PictureLossFiles& files) {
  need(files.features, "perceptual", "the weights of VGG-16 or SqueezeNet 1.1");
  if (!term.layer.empty())
    return FeatureNetwork::load(device, files.features, {.input = files.input, .taps = {term.layer}});
  const FeatureTrunk trunk = FeatureNetwork::load(device, files.features).trunk();
  const std::string usual = trunk == FeatureTrunk::kVgg16 ? "relu3_3" : "7";
  return FeatureNetwork::load(device, files.features, {.input = files.input, .taps = {usual}});
}

void add_term(PictureLoss& loss, const Device& device, const TermText& term, const PictureLossFiles& files) {
  const double twice = files.weights_applied_twice ? term.weight * term.weight : term.weight;
  if (term.name == "mse") {
    loss.add_mse(term.weight);
  } else if (term.name == "l1") {
    loss.add_l1(term.weight);
  } else if (term.name == "bce") {
    loss.add_bce(term.weight);
  } else if (term.name == "ssim") {
    loss.add_ssim(term.weight);
  } else if (term.name == "perceptual") {
    loss.add_features(trunk_of(device, term, files), twice);
  } else if (term.name == "randfeat") {
    loss.add_features(FeatureNetwork::random(device), twice);
  } else if (term.name == "lpips") {
    need(files.features, "lpips", "the weights of torchvision's VGG-16 or SqueezeNet 1.1");
    need(files.heads, "lpips", "its heads");
    loss.add_lpips(FeatureNetwork::load(device, files.features, {.input = files.lpips_input}),
                   LpipsHeads::load(files.heads), term.weight);
  } else {
    throw bad_term(term.name);
  }
}

}  // namespace

PictureLoss& PictureLoss::add(const std::string& name, double weight,
                              std::function<Tensor(Pass&, const Tensor&, const Tensor&)> term) {
  if (!(weight >= 0) || !std::isfinite(weight))
    throw Error(ErrorCode::kValue, "loss", "a weight of %g for %.64s", weight, name.c_str());
  terms_.push_back({name, weight, std::move(term)});
  return *this;
}

PictureLoss& PictureLoss::add_mse(double weight) {
  return add("mse", weight, [](Pass&, const Tensor& x, const Tensor& y) { return mse_loss(x, y); });
}
PictureLoss& PictureLoss::add_l1(double weight) {
  return add("l1", weight, [](Pass&, const Tensor& x, const Tensor& y) { return l1_loss(x, y); });
}
PictureLoss& PictureLoss::add_bce(double weight) {
  return add("bce", weight, [](Pass&, const Tensor& x, const Tensor& y) { return bce_loss(x, y); });
}
PictureLoss& PictureLoss::add_ssim(double weight) {
  return add("ssim", weight,
             [](Pass&, const Tensor& x, const Tensor& y) { return ssim_loss(x, y, {.window = window_for(x)}); });
}
PictureLoss& PictureLoss::add_features(const FeatureNetwork& network, double weight) {
  return add(layers_text(network), weight,
             [network](Pass& pass, const Tensor& x, const Tensor& y) { return feature_loss(network, pass, x, y); });
}
PictureLoss& PictureLoss::add_lpips(const FeatureNetwork& network, const LpipsHeads& heads, double weight) {
  return add("lpips:" + layers_text(network), weight, [network, heads](Pass& pass, const Tensor& x, const Tensor& y) {
    return mean(lpips(network, pass, x, y, heads));
  });
}

std::string PictureLoss::text() const {
  std::string text;
  for (const Term& term : terms_) {
    char weight[32];
    std::snprintf(weight, sizeof weight, "%s%g*", text.empty() ? "" : "+", term.weight);
    text.append(weight).append(term.name);
  }
  return text;
}

Tensor PictureLoss::operator()(Pass& pass, const Tensor& prediction, const Tensor& target) const {
  Tensor total;
  for (const Term& term : terms_) {
    if (term.weight == 0) continue;
    Tensor value = term.apply(pass, prediction, target);
    if (term.weight != 1) value = value * term.weight;
    total = total.defined() ? total + value : value;
  }
  if (!total.defined()) throw Error(ErrorCode::kArgument, "loss", "%s", "a loss without terms");
  return total;
}

PictureLoss parse_picture_loss(const Device& device, const std::string& text, const PictureLossFiles& files) {
  PictureLoss loss;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('+', begin), text.size());
    add_term(loss, device, split_term(text.substr(begin, end - begin)), files);
    begin = end + 1;
  }
  return loss;
}

}  // namespace betwixt
