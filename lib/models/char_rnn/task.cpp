// The character RNN as a language model: fresh weights, loss, stepping.
// B = batch, T = time, V = vocabulary
#include "models/char_rnn/task.h"

#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/scalar_tensor.h>

#include "models/char_rnn/net.h"
#include "models/language_model.h"
#include "models/torch_stepper.h"
#include "nn/initialise.h"

namespace seq {
namespace {

class CharRnnModel : public LanguageModel {
 public:
  CharRnnModel(const Config& config, int64_t vocabulary_size)
      : net_(read_options(config), config.train, vocabulary_size) {
    const CharRnnOptions options = read_options(config);
    nn::initialise(*net_, options.init, at::globalContext().defaultGenerator(c10::kCPU));
    if (options.cell == "lstm") nn::set_forget_bias(*net_->rnn, options.forget_bias);
  }

  torch::nn::Module& net() override { return *net_; }

  train::Loss loss(const train::Batch& batch, train::State& carried) override {
    auto [logits, state] = net_->forward(batch["ids"], carried);  // [B, T, V]
    carried = std::move(state);
    return nn::cross_entropy(logits, batch["targets"], batch.find("mask"));
  }

  std::unique_ptr<decode::Stepper> stepper(bool /*fast*/) override {
    return std::make_unique<TorchStepper>(
        [this](const Tensor& ids, const nn::State& past) { return net_->forward(ids, past); }, *net_);
  }

 private:
  static CharRnnOptions read_options(const Config& config) {
    Json section = config.model;
    section.erase("type");
    return read_fields<CharRnnOptions>(section, "model");
  }
  CharRnn net_;
};

}  // namespace

ModelVerbs char_rnn_verbs() {
  return language_model_verbs([](const Config& config, int64_t vocabulary_size) {
    return std::make_unique<CharRnnModel>(config, vocabulary_size);
  });
}

}  // namespace seq
