// From ids to the scores of labels, and to the loss.
// B = texts, N = all their tokens, D = directions, H = hidden, L = labels
#include "models/classifier/recurrent/net.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "nn/pooling.h"

namespace seq::classifier {

RecurrentClassifierImpl::RecurrentClassifierImpl(const ClassifierOptions& options, const TrainOptions& train,
                                                 int64_t vocabulary_size, int64_t labels)
    : options_(options), labels_(labels) {
  vectors = register_parameter("vectors", at::empty({vocabulary_size, options.token_vector_size()}),
                               /*requires_grad=*/!options.embedding.freeze);
  nn::RecurrentOptions recurrent;
  recurrent.cell = options.encoder;
  recurrent.input_size = options.token_vector_size();
  recurrent.hidden_size = options.hidden_size;
  recurrent.layers = options.layers;
  recurrent.dropout = options.dropout;
  recurrent.bidirectional = options.bidirectional;
  recurrent.fast = train.kernel == "fast";
  recurrent.precision = train.precision;
  rnn_ = register_module("rnn", nn::Recurrent(recurrent));
  const int64_t size = recurrent.output_size(), outputs = labels == 2 && !options.multi_label ? 1 : labels;
  if (options.pooling == "attention") {
    attention_weight_ = register_parameter("attention_weight", at::empty({size, size}));
    attention_score_ = register_parameter("attention_score", at::empty({1, size}));
  }
  head_weight_ = register_parameter("head_weight", at::empty({outputs, size}));
  head_bias_ = register_parameter("head_bias", at::empty({outputs}));
}

Scored RecurrentClassifierImpl::forward(const Tensor& ids, const std::vector<int64_t>& lengths) {
  const auto texts = static_cast<int64_t>(lengths.size());
  const auto filled = std::find(lengths.begin(), lengths.end(), 0) - lengths.begin();
  Scored out;
  Tensor pooled;  // [texts that are not empty, D H]
  if (filled > 0) {
    const nn::PackedSteps steps({lengths.begin(), lengths.begin() + filled});
    const bool dropping = is_training() && options_.embedding_dropout > 0;
    const Tensor y = dropping ? rnn_->forward_packed(
                                    at::dropout(at::embedding(vectors, ids), options_.embedding_dropout, true), steps)
                              : rnn_->forward_packed_embedded(ids, vectors, steps);  // [N, D H]
    pooled = pool(y, steps, out.attention);
  } else {
    out.attention = attention_weight_.defined() ? at::empty({0}, head_weight_.options()) : Tensor();
    pooled = at::empty({0, head_weight_.size(1)}, head_weight_.options());
  }
  if (filled < texts)
    pooled = at::cat({pooled, at::zeros({texts - filled, pooled.size(1)}, pooled.options().requires_grad(false))});
  out.logits = at::linear(at::dropout(pooled, options_.output_dropout, is_training()), head_weight_, head_bias_);
  return out;
}

Tensor RecurrentClassifierImpl::pool(const Tensor& y, const nn::PackedSteps& steps, Tensor& attention) const {
  if (options_.pooling == "last") return nn::last_of_steps(y, steps, options_.bidirectional);
  if (options_.pooling == "max") return nn::max_over_steps(y, steps);
  if (options_.pooling == "mean") return nn::mean_over_steps(y, steps);
  // Bahdanau et al. 2015, with nothing but the state to go by: score = v tanh(W h)
  const Tensor scores = at::linear(at::tanh(at::linear(y, attention_weight_)), attention_score_).squeeze(1);  // [N]
  attention = nn::softmax_over_steps(scores, steps);
  return nn::sum_over_steps(y * attention.unsqueeze(1), steps);
}

Tensor RecurrentClassifierImpl::log_probabilities(const Tensor& logits) const {
  if (options_.multi_label) return at::log_sigmoid(logits);
  if (logits.size(1) == labels_) return at::log_softmax(logits, 1);
  return at::cat({at::log_sigmoid(-logits), at::log_sigmoid(logits)}, 1);  // the score of the second of two labels
}

Tensor classification_loss(const RecurrentClassifier& net, const Tensor& logits, const Tensor& truth, double smoothing,
                           const Tensor& weights) {
  const bool each = net->multi_label();
  const double share = smoothing / (each ? 2.0 : static_cast<double>(truth.size(1)));
  const Tensor wanted = truth * (1 - smoothing) + share;  // [B, L]
  Tensor losses = -wanted * net->log_probabilities(logits);
  if (each) losses = losses - (1 - wanted) * at::log_sigmoid(-logits);
  if (!weights.defined()) return losses.sum();
  return each ? (losses * weights).sum() : (losses.sum(1) * (truth * weights).sum(1)).sum();
}

}  // namespace seq::classifier
