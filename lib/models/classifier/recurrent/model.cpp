// Fresh weights, losses, answers.
// B = texts, L = labels
#include "models/classifier/recurrent/model.h"

#include <ATen/ATen.h>
#include <ATen/Context.h>

#include "models/setup.h"
#include "nn/initialise.h"

namespace seq::classifier {

RecurrentModel::RecurrentModel(const Config& config, const TextFeatures& features)
    : options_(features.options),
      labels_(features.labels),
      net_(options_, config.train, features.tokenizer->vocabulary().size(), features.labels.size()),
      scores_(labels_, options_.multi_label) {
  nn::initialise(*net_, options_.init, at::globalContext().defaultGenerator(c10::kCPU));
  if (options_.encoder == "lstm") nn::set_forget_bias(*net_, options_.forget_bias);
  if (const std::vector<float> weights = features.class_weights(); !weights.empty())
    class_weights_ = at::tensor(weights);
}

Scored RecurrentModel::run(const train::Batch& batch) {
  const Tensor lengths = batch["lengths"].cpu();
  const auto* first = lengths.const_data_ptr<int64_t>();
  return net_->forward(batch["ids"], {first, first + lengths.numel()});
}

train::Loss RecurrentModel::loss(const train::Batch& batch, train::State& /*carried*/) {
  if (!net_->is_training()) {
    const Answered answered = answer(batch);
    gather(answered, batch["truth"].cpu());
    return {answered.losses.sum(), batch.count};
  }
  const Tensor logits = run(batch).logits;
  const Tensor weights = class_weights_.defined() ? class_weights_.to(logits.options()) : Tensor();
  const Tensor truth = batch["truth"].to(logits.scalar_type());
  return {classification_loss(net_, logits, truth, options_.label_smoothing, weights), batch.count};
}

Answered RecurrentModel::answer(const train::Batch& batch) {
  const Scored scored = run(batch);
  const Tensor log_p = net_->log_probabilities(scored.logits).to(at::kFloat);
  const Tensor truth = batch["truth"].to(at::kFloat);
  Tensor losses = -(truth * log_p).sum(1);  // [B]
  if (options_.multi_label) losses = losses - ((1 - truth) * at::log_sigmoid(-scored.logits.to(at::kFloat))).sum(1);
  return {log_p.exp().cpu().contiguous(), losses.cpu().contiguous(),
          scored.attention.defined() ? scored.attention.to(at::kFloat).cpu().contiguous() : Tensor()};
}

void RecurrentModel::gather(const Answered& answered, const Tensor& truth) {
  const auto size = static_cast<size_t>(labels_.size());
  const auto *probabilities = answered.probabilities.const_data_ptr<float>(), *right = truth.const_data_ptr<float>();
  std::vector<int32_t> labels;
  for (int64_t b = 0; b < truth.size(0); ++b, probabilities += size, right += size) {
    labels.clear();
    for (size_t label = 0; label < size; ++label)
      if (right[label] > 0) labels.push_back(static_cast<int32_t>(label));
    scores_.add({probabilities, size}, labels, static_cast<double>(answered.losses.const_data_ptr<float>()[b]));
  }
}

void RecurrentModel::forget_scores() {
  scores_ = classify::Scores(labels_, options_.multi_label);
}

}  // namespace seq::classifier
