// A feed-forward network with its loss and its answers.
// B = batch, C = input columns, K = classes
#pragma once

#include "config/config.h"
#include "models/feedforward/net.h"
#include "numeric/columns.h"
#include "train/model.h"

namespace seq::feedforward {

/// What a config of type `feedforward` and the columns of its data make.
class FeedforwardModel : public train::Model {
 public:
  /// Weights are drawn from the default generator. Throws Error where loss and target do not fit.
  FeedforwardModel(const Config& config, const numeric::Columns& columns);

  torch::nn::Module& net() override { return *net_; }
  Feedforward& network() { return net_; }
  const FeedforwardOptions& options() const { return options_; }

  /// `inputs` [B, C], `targets` [B].
  train::Loss loss(const train::Batch& batch, train::State& carried) override;

  /// Of the classes [B, K], or the numbers themselves [B, 1]. In evaluation mode, without gradients. x [B, C]
  Tensor answers(const Tensor& x);

  /// What the smallest network says that has learnt nothing: the logarithm of the number of classes; none for numbers.
  std::optional<double> untrained_loss() const;
  bool answers_with_classes() const { return classes_ > 0; }

 private:
  FeedforwardOptions options_;
  int64_t classes_;
  Feedforward net_;
};

}  // namespace seq::feedforward
