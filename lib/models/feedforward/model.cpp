// Losses and answers of feed-forward networks.
// B = batch, C = input columns, K = classes
#include "models/feedforward/model.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <cmath>

#include "models/setup.h"
#include "nn/losses.h"

namespace seq::feedforward {
namespace {

FeedforwardOptions resolved_options(const Config& config, const numeric::Columns& columns) {
  auto options = model_options<FeedforwardOptions>(config);
  const size_t classes = columns.classes().size();
  if (options.loss == "auto") options.loss = classes > 0 ? "cross_entropy" : "squared_error";
  const bool for_classes = options.loss != "squared_error";
  if (for_classes && classes == 0)
    throw Error(fmt::format(
        "model.loss: {} is for classes, but data.numeric.target_kind says number (take squared_error)", options.loss));
  if (!for_classes && classes > 0)
    throw Error("model.loss: squared_error is for numbers (take cross_entropy, or data.numeric.target_kind number)");
  if (for_classes && options.loss != "cross_entropy" && classes != 2)
    throw Error(fmt::format("model.loss: {} is for two classes, the training part has {} (take cross_entropy)",
                            options.loss, classes));
  if (options.loss == "cross_entropy" && options.output_activation != "linear")
    throw Error("model.output_activation: cross_entropy has its own (leave it out)");
  if (options.init == "least_squares" && config.train.precision != "fp64")
    throw Error("train.precision: model.init least_squares needs fp64");
  return options;
}

}  // namespace

FeedforwardModel::FeedforwardModel(const Config& config, const numeric::Columns& columns)
    : options_(resolved_options(config, columns)),
      classes_(static_cast<int64_t>(columns.classes().size())),
      net_(options_, columns.count(), options_.loss == "cross_entropy" ? classes_ : 1,
           at::globalContext().defaultGenerator(c10::kCPU)) {}

train::Loss FeedforwardModel::loss(const train::Batch& batch, train::State&) {
  const Tensor z = net_->forward(batch["inputs"]);  // [B, K] or [B, 1]
  const Tensor& targets = batch["targets"];         // [B]
  if (options_.loss == "cross_entropy") {
    const Tensor numbers = targets.to(at::kLong);
    train::Loss loss = nn::cross_entropy(z, numbers, {});
    loss.right = (z.detach().argmax(1) == numbers).sum();
    return loss;
  }
  const Tensor one = z.squeeze(1);  // [B]
  if (options_.loss == "squared_error") return nn::squared_error(one, targets);
  train::Loss loss =
      options_.loss == "error_correction" ? nn::error_correction(one, targets) : nn::binary_cross_entropy(one, targets);
  loss.right = ((one.detach() >= 0) == (targets == 1)).sum();
  return loss;
}

Tensor FeedforwardModel::answers(const Tensor& x) {  // x [B, C]
  const at::NoGradGuard no_gradients;
  net_->eval();
  const Tensor z = net_->forward(x);
  if (options_.loss == "cross_entropy") return at::softmax(z, 1);
  if (options_.loss == "squared_error") return z;
  const Tensor one = z.squeeze(1);
  const Tensor second = options_.loss == "error_correction" ? (one >= 0).to(z.scalar_type()) : at::sigmoid(one);
  return at::stack({1 - second, second}, 1);
}

std::optional<double> FeedforwardModel::untrained_loss() const {
  if (classes_ == 0) return std::nullopt;
  return std::log(static_cast<double>(classes_));
}

}  // namespace seq::feedforward
