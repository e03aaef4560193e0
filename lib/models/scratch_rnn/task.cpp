// The from-scratch RNN as a language model.
#include "models/scratch_rnn/task.h"

#include <ATen/Context.h>

#include "models/language_model.h"
#include "models/scratch_rnn/net.h"
#include "models/setup.h"
#include "models/torch_stepper.h"

namespace seq {
namespace {

class ScratchRnnModel : public LanguageModel {
 public:
  ScratchRnnModel(const Config& config, int64_t vocabulary_size)
      : net_(model_options<ScratchRnnOptions>(config), vocabulary_size,
             at::globalContext().defaultGenerator(c10::kCPU)) {}

  torch::nn::Module& net() override { return *net_; }

  train::Loss loss(const train::Batch& batch, train::State& carried) override {
    return net_->loss(batch["ids"], batch["targets"], batch.find("mask"), carried);
  }

  std::unique_ptr<decode::Stepper> stepper(bool /*fast*/) override {
    return std::make_unique<TorchStepper>(
        [this](const Tensor& ids, const nn::State& past) { return net_->forward(ids, past); }, *net_);
  }

 private:
  ScratchRnn net_;
};

}  // namespace

ModelVerbs scratch_rnn_verbs() {
  return language_model_verbs([](const Config& config, int64_t vocabulary_size) {
    return std::make_unique<ScratchRnnModel>(config, vocabulary_size);
  });
}

}  // namespace seq
