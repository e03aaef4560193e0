// How weights start.
// G = gates, H = hidden, V = vocabulary, E = embedding
#include "nn/initialise.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/where.h>

#include <cmath>
#include <set>

#include "base/error.h"

namespace seq::nn {
namespace {

using at::Tensor;

/// A parameter and what its place in the module says about it.
struct Place {
  std::string path;  ///< `encoder.rnn.`
  std::string name;  ///< `weight_ih_l0`

  bool is_bias() const { return name.find("bias") != std::string::npos; }
  bool is_recurrent() const { return name.starts_with("weight_ih_l") || name.starts_with("weight_hh_l"); }
  bool is_peephole() const { return name.starts_with("weight_c") && name.find("_l") != std::string::npos; }
  bool is_embedding() const { return ("." + path + name).find(".embedding") != std::string::npos || name == "vectors"; }
  /// `l0` of `weight_ih_l0`.
  std::string layer() const { return name.substr(name.rfind("_l") + 1); }
};

Place place_of(const std::string& full_name) {
  const size_t dot = full_name.rfind('.');
  if (dot == std::string::npos) return {"", full_name};
  return {full_name.substr(0, dot + 1), full_name.substr(dot + 1)};
}

using Parameters = torch::OrderedDict<std::string, Tensor>;

/// Rows and columns of [out, in, …] as a linear map; a convolution's window belongs to both.
struct Fans {
  explicit Fans(const Tensor& weight) {
    const double window = static_cast<double>(weight[0][0].numel());
    in = static_cast<double>(weight.size(1)) * window;
    out = static_cast<double>(weight.size(0)) * window;
  }
  double in;
  double out;
};

/// A scheme, and what `truncated_normal` needs.
struct Scheme {
  std::string name;
  double deviation;
};

void truncated_normal(Tensor& weight, double deviation, at::Generator& generator) {
  weight.normal_(0.0, deviation, generator);
  for (;;) {
    const Tensor outside = weight.abs() > 2 * deviation;
    if (!outside.any().item<bool>()) return;
    weight.copy_(at::where(outside, at::empty_like(weight).normal_(0.0, deviation, generator), weight));
  }
}

/// Fills one matrix [out, in, …]; nothing else is left for `uniform` to know than its fan-in.
void fill_matrix(Tensor weight, const Scheme& scheme, double fan_in, at::Generator& generator) {
  const Fans fans(weight);
  if (scheme.name == "uniform") {
    const double bound = 1 / std::sqrt(fan_in);
    weight.uniform_(-bound, bound, generator);
  } else if (scheme.name == "he") {
    weight.normal_(0.0, std::sqrt(2 / fans.in), generator);
  } else if (scheme.name == "truncated_normal") {
    truncated_normal(weight, scheme.deviation, generator);
  } else if (scheme.name == "zeros") {
    weight.zero_();
  } else if (scheme.name == "identity" && weight.dim() == 2 && weight.size(0) == weight.size(1)) {
    weight.copy_(at::eye(weight.size(0), weight.options()));
  } else {
    const double bound = std::sqrt(6 / (fans.in + fans.out));
    weight.uniform_(-bound, bound, generator);
  }
}

/// The H of the recurrent layer that a parameter belongs to; 0 when it belongs to none.
int64_t hidden_size(const Parameters& parameters, const Place& place) {
  if (place.name.rfind("_l") == std::string::npos) return 0;
  const Tensor* hidden = parameters.find(place.path + "weight_hh_" + place.layer());
  return hidden == nullptr ? 0 : hidden->size(1);
}

/// The n of `uniform` for a vector: that of the matrix beside it; 0 when there is none.
double fan_in_beside(const Parameters& parameters, const Place& place) {
  if (const int64_t hidden = hidden_size(parameters, place); hidden > 0) return static_cast<double>(hidden);
  std::string name = place.name;
  if (const size_t at = name.find("bias"); at != std::string::npos) name.replace(at, 4, "weight");
  const Tensor* weight = parameters.find(place.path + name);
  return weight == nullptr || weight->dim() < 2 ? 0.0 : Fans(*weight).in;
}

/// Biases and peepholes are zero unless `uniform` draws them; the scales of a normalisation stay as they are.
void fill_vector(Tensor vector, const Scheme& scheme, double fan_in, at::Generator& generator) {
  if (scheme.name == "uniform" && fan_in > 0) {
    const double bound = 1 / std::sqrt(fan_in);
    vector.uniform_(-bound, bound, generator);
  } else {
    vector.zero_();
  }
}

void fill(Tensor tensor, const Place& place, const Parameters& parameters, const Scheme& scheme,
          at::Generator& generator) {
  if (tensor.numel() == 0) return;
  if (tensor.dim() < 2) {
    if (!place.is_bias() && !place.is_peephole()) return;
    return fill_vector(tensor, scheme, fan_in_beside(parameters, place), generator);
  }
  if (place.is_embedding() && scheme.name == "uniform") {
    tensor.normal_(0.0, 1.0, generator);
    return;
  }
  const int64_t hidden = place.is_recurrent() ? hidden_size(parameters, place) : 0;
  if (hidden == 0) return fill_matrix(tensor, scheme, Fans(tensor).in, generator);
  for (Tensor gate : tensor.split(hidden, 0)) fill_matrix(gate, scheme, static_cast<double>(hidden), generator);
}

}  // namespace

void initialise(torch::nn::Module& module, const std::string& scheme, at::Generator generator, double deviation) {
  static const std::set<std::string> kSchemes = {"uniform", "glorot", "he", "truncated_normal", "zeros", "identity"};
  if (!kSchemes.contains(scheme)) {
    throw Error("unknown initialisation '" + scheme + "' (uniform, glorot, he, truncated_normal, zeros or identity)");
  }
  const at::NoGradGuard no_grad;
  const Parameters parameters = module.named_parameters();
  std::set<const void*> done;  // a tied parameter is drawn once, under its first name
  for (const auto& item : parameters) {
    if (!done.insert(item.value().unsafeGetTensorImpl()).second) continue;
    fill(item.value(), place_of(item.key()), parameters, {scheme, deviation}, generator);
  }
}

void set_forget_bias(torch::nn::Module& module, double value) {
  const at::NoGradGuard no_grad;
  const Parameters parameters = module.named_parameters();
  for (const auto& item : parameters) {
    const Place place = place_of(item.key());
    const bool input = place.name.starts_with("bias_ih_l");
    if (!input && !place.name.starts_with("bias_hh_l")) continue;
    const int64_t hidden = hidden_size(parameters, place);
    if (hidden == 0 || item.value().size(0) != 4 * hidden) continue;  // an LSTM has four gates: i f g o
    item.value().narrow(0, hidden, hidden).fill_(input ? value : 0.0);
  }
}

}  // namespace seq::nn
