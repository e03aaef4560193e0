// Update rules over one flat vector of parameters: each rule's equation stands here once, and is run either as one
// fused pass over plain arrays (on the CPU) or as tensor operations (elsewhere). N = parameters
#include "nn/optimizer.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "base/error.h"

namespace seq::nn {
namespace {

using at::abs;
using at::sqrt;
using std::abs;
using std::sqrt;

/// Below this many elements a second thread costs more than it saves.
constexpr int64_t kGrain = 1 << 16;

template <class T>
void assign(T& to, T from) {
  to = from;
}
void assign(Tensor& to, const Tensor& from) {
  to.copy_(from);
}

/// What every rule is made from; t counts steps from 1.
struct StepOptions {
  const OptimizerOptions& rule;
  double rate;
  int64_t t;
};

// Each rule below is a struct of coefficients T and one equation over V, which is T itself or a Tensor. `kNames` are
// what it remembers, in the order of the arguments after w and g.

template <class T>
struct Sgd {
  static constexpr std::array<const char*, 0> kNames = {};
  explicit Sgd(const StepOptions& step) : rate(static_cast<T>(step.rate)) {}
  template <class V>
  void operator()(V& w, const V& g) const {
    assign(w, w - rate * g);
  }
  T rate;
};

template <class T>
struct Momentum {
  static constexpr std::array<const char*, 1> kNames = {"velocity"};
  explicit Momentum(const StepOptions& step)
      : rate(static_cast<T>(step.rate)), momentum(static_cast<T>(step.rule.momentum)) {}
  template <class V>
  void operator()(V& w, const V& g, V& v) const {
    assign(v, momentum * v + g);
    assign(w, w - rate * v);
  }
  T rate, momentum;
};

template <class T>
struct Nesterov : Momentum<T> {
  using Momentum<T>::Momentum;
  template <class V>
  void operator()(V& w, const V& g, V& v) const {
    assign(v, this->momentum * v + g);
    assign(w, w - this->rate * (g + this->momentum * v));
  }
};

template <class T>
struct Adagrad {
  static constexpr std::array<const char*, 1> kNames = {"sum"};
  explicit Adagrad(const StepOptions& step)
      : rate(static_cast<T>(step.rate)), epsilon(static_cast<T>(step.rule.epsilon)) {}
  template <class V>
  void operator()(V& w, const V& g, V& s) const {
    assign(s, s + g * g);
    assign(w, w - rate * g / (sqrt(s) + epsilon));
  }
  T rate, epsilon;
};

template <class T>
struct AdagradAbs : Adagrad<T> {
  using Adagrad<T>::Adagrad;
  template <class V>
  void operator()(V& w, const V& g, V& s) const {
    assign(s, s + abs(g));
    assign(w, w - this->rate * g / sqrt(s + this->epsilon));
  }
};

template <class T>
struct RmsProp {
  static constexpr std::array<const char*, 1> kNames = {"mean_square"};
  explicit RmsProp(const StepOptions& step)
      : rate(static_cast<T>(step.rate)),
        rho(static_cast<T>(step.rule.rho)),
        rest(static_cast<T>(1 - step.rule.rho)),
        epsilon(static_cast<T>(step.rule.epsilon)) {}
  template <class V>
  void operator()(V& w, const V& g, V& s) const {
    assign(s, rho * s + rest * g * g);
    assign(w, w - rate * g / (sqrt(s) + epsilon));
  }
  T rate, rho, rest, epsilon;
};

template <class T>
struct Adadelta : RmsProp<T> {
  static constexpr std::array<const char*, 2> kNames = {"mean_square", "mean_square_update"};
  using RmsProp<T>::RmsProp;
  template <class V>
  void operator()(V& w, const V& g, V& s, V& u) const {
    assign(s, this->rho * s + this->rest * g * g);
    const V d = sqrt(u + this->epsilon) / sqrt(s + this->epsilon) * g;  // Zeiler 2012, algorithm 1
    assign(u, this->rho * u + this->rest * d * d);
    assign(w, w - this->rate * d);
  }
};

/// Kingma & Ba 2015, algorithm 1, with both corrections of the bias drawn out of the loop.
template <class T>
struct Adam {
  static constexpr std::array<const char*, 2> kNames = {"first_moment", "second_moment"};
  explicit Adam(const StepOptions& step)
      : beta1(static_cast<T>(step.rule.beta1)),
        rest1(static_cast<T>(1 - step.rule.beta1)),
        beta2(static_cast<T>(step.rule.beta2)),
        rest2(static_cast<T>(1 - step.rule.beta2)),
        epsilon(static_cast<T>(step.rule.epsilon)) {
    const auto t = static_cast<double>(step.t);
    rate = static_cast<T>(step.rate / (1 - std::pow(step.rule.beta1, t)));
    scale = static_cast<T>(1 / std::sqrt(1 - std::pow(step.rule.beta2, t)));
  }
  template <class V>
  void operator()(V& w, const V& g, V& m, V& v) const {
    assign(m, beta1 * m + rest1 * g);
    assign(v, beta2 * v + rest2 * g * g);
    assign(w, w - rate * m / (sqrt(v) * scale + epsilon));
  }
  T beta1, rest1, beta2, rest2, epsilon, rate, scale;
};

/// One rule over the flat vector. A rule's memory is one tensor [N] for each of its names.
template <template <class> class Rule>
class RuleOptimizer final : public Optimizer {
 public:
  /// `Decay::in_gradient` is the classic L2 penalty; `Decay::of_weights` is adamw's.
  enum class Decay { in_gradient, of_weights };

  RuleOptimizer(const OptimizerOptions& options, const Tensor& weights, Decay decay)
      : options_(options), decay_(decay) {
    for (Tensor& tensor : memory_) tensor = at::zeros_like(weights.detach());
  }

  void step(Tensor& weights, Tensor& gradients, double learning_rate) override {
    TORCH_CHECK(weights.numel() == gradients.numel(), "weights and gradients of different length");
    const at::NoGradGuard no_grad;
    const StepOptions step{options_, learning_rate, ++steps_};
    const bool plain = weights.is_cpu() && weights.is_contiguous() && gradients.is_contiguous();
    if (plain && weights.scalar_type() == at::kFloat) return fused<float>(weights, gradients, step, kSlots);
    if (plain && weights.scalar_type() == at::kDouble) return fused<double>(weights, gradients, step, kSlots);
    by_tensors(weights, gradients, step, kSlots);
  }

  std::map<std::string, Tensor> state() const override {
    std::map<std::string, Tensor> all;
    for (size_t slot = 0; slot < memory_.size(); ++slot) all[kNames[slot]] = memory_[slot];
    all["step"] = at::tensor({steps_}, at::kLong);
    return all;
  }

  void load_state(const std::map<std::string, Tensor>& state) override {
    const at::NoGradGuard no_grad;
    auto checked = [&](const std::string& name, at::IntArrayRef shape) -> const Tensor& {
      const auto found = state.find(name);
      if (found == state.end()) throw Error("the optimizer's state lacks '" + name + "'");
      if (found->second.sizes() != shape) throw Error("the optimizer's '" + name + "' has another shape");
      return found->second;
    };
    const int64_t steps = checked("step", {1}).template item<int64_t>();
    for (size_t slot = 0; slot < memory_.size(); ++slot) checked(kNames[slot], memory_[slot].sizes());
    for (size_t slot = 0; slot < memory_.size(); ++slot) memory_[slot].copy_(state.at(kNames[slot]));
    steps_ = steps;
  }

 private:
  static constexpr auto& kNames = Rule<float>::kNames;
  static constexpr auto kSlots = std::make_index_sequence<kNames.size()>();

  template <class T, size_t... slot>
  void fused(Tensor& weights, const Tensor& gradients, const StepOptions& step, std::index_sequence<slot...>) {
    const Rule<T> rule(step);
    const T shrink = static_cast<T>(decay_ == Decay::of_weights ? 1 - step.rate * options_.weight_decay : 1);
    const T penalty = static_cast<T>(decay_ == Decay::in_gradient ? options_.weight_decay : 0);
    at::parallel_for(0, weights.numel(), kGrain, [&](int64_t begin, int64_t end) {
      T* __restrict w = weights.mutable_data_ptr<T>();
      const T* __restrict g = gradients.const_data_ptr<T>();
      run(rule, shrink, penalty, begin, end, w, g, memory_[slot].template mutable_data_ptr<T>()...);
    });
  }

  template <class T, class... Slots>
  static void run(const Rule<T>& rule, T shrink, T penalty, int64_t begin, int64_t end, T* __restrict w,
                  const T* __restrict g, Slots* __restrict... slots) {
    for (int64_t i = begin; i < end; ++i) {
      const T gradient = g[i] + penalty * w[i];
      T weight = shrink * w[i];
      rule(weight, gradient, slots[i]...);
      w[i] = weight;
    }
  }

  template <size_t... slot>
  void by_tensors(Tensor& weights, Tensor& gradients, const StepOptions& step, std::index_sequence<slot...>) {
    if (options_.weight_decay > 0 && decay_ == Decay::in_gradient) gradients.add_(weights, options_.weight_decay);
    if (decay_ == Decay::of_weights) weights.mul_(1 - step.rate * options_.weight_decay);
    const Rule<double> rule(step);
    rule(weights, gradients, memory_[slot]...);
  }

  OptimizerOptions options_;
  Decay decay_;
  std::array<Tensor, kNames.size()> memory_;  // [N] each
  int64_t steps_ = 0;
};

template <template <class> class Rule>
std::unique_ptr<Optimizer> make(const OptimizerOptions& options, const Tensor& weights) {
  using Made = RuleOptimizer<Rule>;
  const auto decay = options.type == "adamw" ? Made::Decay::of_weights : Made::Decay::in_gradient;
  return std::make_unique<Made>(options, weights, decay);
}

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options, const Tensor& weights) {
  const std::string& type = options.type;
  if (type == "sgd") return make<Sgd>(options, weights);
  if (type == "momentum") return make<Momentum>(options, weights);
  if (type == "nesterov") return make<Nesterov>(options, weights);
  if (type == "adagrad") return make<Adagrad>(options, weights);
  if (type == "adagrad_abs") return make<AdagradAbs>(options, weights);
  if (type == "adadelta") return make<Adadelta>(options, weights);
  if (type == "rmsprop") return make<RmsProp>(options, weights);
  if (type == "adam" || type == "adamw") return make<Adam>(options, weights);
  throw Error("unknown optimizer '" + type + "'");
}

}  // namespace seq::nn
