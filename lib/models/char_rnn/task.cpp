// The character RNN as a language model: fresh weights, loss, stepping.
// B = batch, T = time, V = vocabulary
#include "models/char_rnn/task.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/rand.h>

#include "decode/lstm_stepper.h"
#include "models/char_rnn/net.h"
#include "models/setup.h"
#include "models/torch_stepper.h"
#include "nn/initialise.h"

namespace seq {
namespace {

class CharRnnModel : public LanguageModel {
 public:
  CharRnnModel(const Config& config, int64_t vocabulary_size)
      : options_(model_options<CharRnnOptions>(config)), net_(options_, config.train, vocabulary_size) {
    nn::initialise(*net_, options_.init, at::globalContext().defaultGenerator(c10::kCPU));
    if (options_.input == "one_hot" && options_.init == "uniform") {
      const at::NoGradGuard no_gradients;
      Tensor(net_->rnn->layer(0)[0]).uniform_(-1, 1);  // 1 / sqrt(n) for n = 1: one input at a time is not zero
    }
    if (options_.cell == "lstm") nn::set_forget_bias(*net_->rnn, options_.forget_bias);
  }

  torch::nn::Module& net() override { return *net_; }
  Tensor token_vectors() override { return net_->embedding; }

  train::Loss loss(const train::Batch& batch, train::State& carried) override {
    if (net_->is_training()) forget_some(carried);
    auto [logits, state] = net_->forward(batch["ids"], carried);  // [B, T, V]
    carried = std::move(state);
    return nn::cross_entropy(logits, batch["targets"], batch.find("mask"));
  }

  std::unique_ptr<decode::Stepper> stepper(bool fast) override {
    if (fast && options_.cell == "lstm" && !options_.peepholes && net_->embedding.is_cpu())
      return std::make_unique<decode::LstmStepper>(stepper_weights());
    return std::make_unique<TorchStepper>(
        [this](const Tensor& ids, const nn::State& past) { return net_->forward(ids, past); }, *net_);
  }

 private:
  /// Zeroes the states [L, B, H] of streams drawn at random.
  void forget_some(train::State& carried) const {
    if (options_.state_reset == 0 || carried.empty()) return;
    const Tensor kept = at::rand({1, carried[0].size(1), 1}) >= options_.state_reset;
    for (Tensor& state : carried) state = state * kept.to(state.device(), state.scalar_type());
  }

  decode::StepperWeights stepper_weights() const {
    decode::StepperWeights weights{net_->embedding, {}, net_->head_weight, net_->head_bias};
    for (int64_t index = 0; index < options_.layers; ++index) {
      const std::vector<Tensor>& layer = net_->rnn->layer(index);
      weights.layers.push_back({layer[0], layer[1], layer[2], layer[3]});
    }
    return weights;
  }

  CharRnnOptions options_;
  CharRnn net_;
};

}  // namespace

std::unique_ptr<LanguageModel> make_char_rnn(const Config& config, int64_t vocabulary_size) {
  return std::make_unique<CharRnnModel>(config, vocabulary_size);
}

ModelVerbs char_rnn_verbs() {
  return language_model_verbs(make_char_rnn, read_token_vectors<CharRnnOptions>);
}

}  // namespace seq
