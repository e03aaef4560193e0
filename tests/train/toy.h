// What the tests of training share: a token file of a countable text, and a small recurrent model with dropout.
// B = batch, T = time, H = hidden, V = vocabulary
#pragma once

#include <ATen/Context.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/randn.h>

#include <memory>
#include <vector>

#include "nn/recurrent.h"
#include "text/token_file.h"
#include "train/batches.h"
#include "train/model.h"

namespace seq::test {

/// Opens a file of these ids.
inline std::shared_ptr<const TokenFile> token_file(const std::filesystem::path& path, const std::vector<int32_t>& ids,
                                                   int64_t vocabulary_size) {
  TokenFileWriter writer(path, vocabulary_size);
  writer.append(ids);
  writer.finish();
  return std::make_shared<TokenFile>(path);
}

/// 0, 1, 2 …: a token tells its place.
inline std::vector<int32_t> places(int32_t count) {
  std::vector<int32_t> ids;
  for (int32_t id = 0; id < count; ++id) ids.push_back(id);
  return ids;
}

/// A text with some order in it, over a vocabulary of 7.
inline std::vector<int32_t> some_text(int32_t count) {
  std::vector<int32_t> ids;
  for (int32_t i = 0; i < count; ++i) ids.push_back((i * i + i / 5) % 7);
  return ids;
}

struct ToyNet : torch::nn::Module {
  explicit ToyNet(int64_t vocabulary_size, double dropout_share) : dropout(dropout_share) {
    nn::RecurrentOptions options;
    options.cell = "gru";
    options.input_size = options.hidden_size = 8;
    options.fast = false;
    embedding = register_parameter("embedding", at::randn({vocabulary_size, 8}) * 0.3);
    rnn = register_module("rnn", nn::Recurrent(options));
    head = register_parameter("head", at::randn({vocabulary_size, 8}) * 0.3);
    const at::NoGradGuard no_gradients;
    for (at::Tensor parameter : rnn->parameters()) parameter.normal_(0, 0.3);
  }
  double dropout;
  at::Tensor embedding;  // [V, H]
  nn::Recurrent rnn = nullptr;
  at::Tensor head;  // [V, H]
};

/// Fresh weights from the default generator, seeded.
class ToyModel : public train::Model {
 public:
  explicit ToyModel(double dropout = 0, uint64_t seed = 5) : net_((at::manual_seed(seed), 7), dropout) {}
  torch::nn::Module& net() override { return net_; }
  train::Loss loss(const train::Batch& batch, train::State& carried) override {
    auto [y, state] = net_.rnn->forward_embedded(batch["ids"], net_.embedding, carried);  // [B, T, H]
    carried = std::move(state);
    const at::Tensor kept = at::dropout(y, net_.dropout, net_.is_training());
    return nn::cross_entropy(at::linear(kept, net_.head), batch["targets"], batch.find("mask"));
  }

 private:
  ToyNet net_;
};

}  // namespace seq::test
