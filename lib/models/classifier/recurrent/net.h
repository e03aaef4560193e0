// The network of the recurrent classifier.
// B = texts, N = all their tokens, V = vocabulary, E = numbers of a token's vector, D = directions, H = hidden,
// L = labels
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <vector>

#include "config/train_options.h"
#include "models/classifier/options.h"
#include "nn/recurrent.h"

namespace seq::classifier {

using at::Tensor;

/// What the network says of some texts.
struct Scored {
  Tensor logits;     ///< [B, 1 or L]: one decides between two labels
  Tensor attention;  ///< [N]: the weight of each token, at its row of the packed texts; undefined with other pooling
};

/// Token vectors, stacked recurrent cells, one vector for the text, one linear layer. Parameters: `vectors` [V, E]
/// (without a gradient when frozen), `rnn.…` (see nn/recurrent.h), `head_weight` [1 or L, D H], `head_bias`, and with
/// attention `attention_weight` [D H, D H] and `attention_score` [1, D H].
class RecurrentClassifierImpl : public torch::nn::Module {
 public:
  RecurrentClassifierImpl(const ClassifierOptions& options, const TrainOptions& train, int64_t vocabulary_size,
                          int64_t labels);

  /// ids [N] of texts packed longest first (see nn/packed_steps.h). `lengths` [B] of all texts; the last may be empty:
  /// what stands for such a text is zero.
  Scored forward(const Tensor& ids, const std::vector<int64_t>& lengths);

  /// For weights that do not change any more: answers come faster.
  void prepare() { rnn_->prepare(vectors); }

  /// log P of each label, [B, L]: of exactly one label, or of each by itself.
  Tensor log_probabilities(const Tensor& logits) const;
  bool multi_label() const { return options_.multi_label; }

  Tensor vectors;  ///< [V, E]

 private:
  Tensor pool(const Tensor& y, const nn::PackedSteps& steps, Tensor& attention) const;

  ClassifierOptions options_;
  int64_t labels_;
  nn::Recurrent rnn_ = nullptr;
  Tensor head_weight_, head_bias_, attention_weight_, attention_score_;
};
TORCH_MODULE(RecurrentClassifier);

/// The sum of the losses of B texts, in nats. `truth` [B, L]: 1 where a label is right.
/// `smoothing` is the share of the truth that goes to all labels alike; `weights` [L] what the loss of a label counts,
/// or undefined.
Tensor classification_loss(const RecurrentClassifier& net, const Tensor& logits, const Tensor& truth, double smoothing,
                           const Tensor& weights);

}  // namespace seq::classifier
