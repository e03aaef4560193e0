// The character RNN, top to bottom.
// B = batch, T = time, V = vocabulary, E = embedding, H = hidden
#include "models/char_rnn/net.h"

#include <ATen/ops/dropout.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linear.h>

namespace seq {
namespace {

constexpr int64_t kMostOneHot = 4096;  // beyond it the identity matrix outgrows the model

}  // namespace

CharRnnImpl::CharRnnImpl(const CharRnnOptions& options, const TrainOptions& train, int64_t vocabulary_size)
    : options_(options) {
  int64_t embedding_size = options.token_vector_size();
  if (options.input == "one_hot") {
    if (vocabulary_size > kMostOneHot)
      throw Error("model.input: one_hot is for vocabularies of up to " + std::to_string(kMostOneHot) +
                  " tokens, this has " + std::to_string(vocabulary_size) + " (use embedding)");
    embedding_size = vocabulary_size;
    embedding = register_buffer("one_hot", at::eye(vocabulary_size));
  } else {
    embedding = register_parameter("embedding", at::empty({vocabulary_size, embedding_size}),
                                   /*requires_grad=*/!options.embedding.freeze);
  }
  nn::RecurrentOptions recurrent;
  recurrent.cell = options.cell;
  recurrent.input_size = embedding_size;
  recurrent.hidden_size = options.hidden_size;
  recurrent.layers = options.layers;
  recurrent.dropout = options.dropout;
  recurrent.peepholes = options.peepholes;
  recurrent.fast = train.kernel == "fast";
  recurrent.precision = train.precision;
  rnn = register_module("rnn", nn::Recurrent(recurrent));
  head_weight = register_parameter("head_weight", at::empty({vocabulary_size, options.hidden_size}));
  head_bias = register_parameter("head_bias", at::empty({vocabulary_size}));
}

std::pair<Tensor, nn::State> CharRnnImpl::forward(const Tensor& ids, const nn::State& past) {  // ids [B, T]
  auto [y, state] = run_cells(ids, past);                                                      // [B, T, H]
  y = at::dropout(y, options_.output_dropout, is_training());
  return {at::linear(y, head_weight, head_bias), state};  // [B, T, V]
}

std::pair<Tensor, nn::State> CharRnnImpl::run_cells(const Tensor& ids, const nn::State& past) {
  if (options_.embedding_dropout == 0 || !is_training()) return rnn->forward_embedded(ids, embedding, past);
  const Tensor x = at::embedding(embedding, ids.t().contiguous());  // [T, B, E]: time-major, as cells read it
  return rnn->forward(at::dropout(x, options_.embedding_dropout, true).transpose(0, 1), past);
}

}  // namespace seq
