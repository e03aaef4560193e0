// The recurrent classifier with its loss, as trainer and verbs use it.
// B = texts, L = labels
#pragma once

#include "classify/scores.h"
#include "models/classifier/data.h"
#include "models/classifier/recurrent/net.h"
#include "train/model.h"

namespace seq::classifier {

/// What was answered to a batch, on the CPU.
struct Answered {
  Tensor probabilities;  ///< [B, L]
  Tensor losses;         ///< [B]: nats, without smoothing and weights
  Tensor attention;      ///< [N], or undefined
};

/// Fresh weights from the default generator.
class RecurrentModel : public train::Model {
 public:
  RecurrentModel(const Config& config, const TextFeatures& features);

  torch::nn::Module& net() override { return *net_; }
  /// In training with label smoothing and the labels' weights; in evaluation without, and answers are gathered.
  train::Loss loss(const train::Batch& batch, train::State& carried) override;
  Answered answer(const train::Batch& batch);
  /// For weights that do not change any more: answers come faster.
  void prepare() { net_->prepare(); }

  /// The scores of all that was evaluated since they were forgotten.
  Json scores() const { return scores_.metrics(); }
  void forget_scores();
  Tensor& vectors() { return net_->vectors; }

 private:
  Scored run(const train::Batch& batch);
  void gather(const Answered& answered, const Tensor& truth);

  ClassifierOptions options_;
  classify::Labels labels_;
  RecurrentClassifier net_;
  Tensor class_weights_;  ///< [L], or undefined
  classify::Scores scores_;
};

}  // namespace seq::classifier
