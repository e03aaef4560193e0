// Look-ups, products, sigmoids.
// N = words of a batch, C = most neighbours of a word, P = predictions of a word (skip-gram: C, CBOW: 1),
// K = most outputs of a word, V = vocabulary, D = dimension
#include "models/word2vec/tensor/net.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

namespace seq::word2vec {
namespace {

/// On the CPU the words of a batch are handled in parts of so many, each by one thread with all that it looked up in
/// its own cache: one start of threads for a batch in place of one for each operation.
constexpr size_t kPartWords = 128;

/// A table's memory as a tensor.
Tensor view_of(vectors::PaddedTable& table) {
  return at::from_blob(table.row(0), {table.rows(), table.stride()}, at::kFloat);
}

/// table[rows[i]] += gains[i], also where rows are equal.
void add_rows(const Tensor& table, const Tensor& rows, const Tensor& gains) {
  const int64_t columns = table.size(1);
  table.scatter_add_(0, rows.view({-1, 1}).expand({-1, columns}), gains.reshape({-1, columns}));
}

}  // namespace

Word2vecNetImpl::Word2vecNetImpl(vectors::Word2vec& model, const vectors::Word2vecOptions& options, c10::Device device)
    : model_(model),
      device_(device),
      cbow_(options.architecture == "cbow"),
      mean_(options.context == "mean"),
      full_softmax_(options.loss == "full_softmax") {
  input_table = register_parameter("vectors", view_of(model.vectors()).to(device));
  output_table = register_parameter("outputs", view_of(model.outputs()).to(device));
}

Tensor Word2vecNetImpl::forward(const TensorBatch& batch) {
  return loss_of(at::matmul(predictors(batch), output_rows(batch).transpose(-2, -1)), batch);
}

Tensor Word2vecNetImpl::predictors(const TensorBatch& batch) const {  // [N, P, D]
  const Tensor rows = at::embedding(input_table, batch.inputs);       // [N, C, D]
  if (!cbow_) return rows;
  const Tensor sum = at::matmul(batch.input_mask.unsqueeze(1), rows);  // [N, 1, D]
  return mean_ ? sum / batch.input_mask.sum(1).view({-1, 1, 1}) : sum;
}

Tensor Word2vecNetImpl::output_rows(const TensorBatch& batch) const {  // [N, K, D], or all: [V, D]
  return full_softmax_ ? output_table : at::embedding(output_table, batch.outputs);
}

Tensor Word2vecNetImpl::prediction_mask(const TensorBatch& batch) const {  // [N, P]
  return cbow_ ? at::ones({batch.inputs.size(0), 1}, batch.input_mask.options()) : batch.input_mask;
}

/// products [N, P, K] or [N, P, V].
Tensor Word2vecNetImpl::loss_of(const Tensor& products, const TensorBatch& batch) const {
  const Tensor counted = prediction_mask(batch);  // [N, P]
  if (full_softmax_) {
    const Tensor words = batch.outputs.unsqueeze(1).expand({-1, counted.size(1), 1});  // [N, P, 1]
    return -(at::gather(at::log_softmax(products, 2), 2, words).squeeze(2) * counted).sum();
  }
  const Tensor signs = (2 * batch.labels - 1).unsqueeze(1);  // [N, 1, K]
  const Tensor log_p = at::log_sigmoid(signs * products);    // [N, P, K]
  return -(log_p * batch.output_mask.unsqueeze(1) * counted.unsqueeze(2)).sum();
}

/// Down the gradient of loss_of() by `products`: what is true less its probability.
Tensor Word2vecNetImpl::steps_of(const Tensor& products, const TensorBatch& batch) const {
  const Tensor counted = prediction_mask(batch).unsqueeze(2);  // [N, P, 1]
  if (full_softmax_) {
    const Tensor words = batch.outputs.unsqueeze(1).expand({-1, counted.size(1), 1});  // [N, P, 1]
    return at::softmax(products, 2).neg_().scatter_add_(2, words, at::ones_like(words, products.options())) * counted;
  }
  const Tensor steps = batch.labels.unsqueeze(1) - at::sigmoid(products);  // [N, P, K]
  return steps * batch.output_mask.unsqueeze(1) * counted;
}

Word2vecNetImpl::Part Word2vecNetImpl::gains(const TensorBatch& batch, double rate) const {
  const Tensor x = predictors(batch);                                                          // [N, P, D]
  const Tensor y = output_rows(batch);                                                         // [N, K, D] or [V, D]
  const Tensor products = at::matmul(x, y.transpose(-2, -1));                                  // [N, P, K] or [N, P, V]
  const Tensor steps = steps_of(products, batch).mul_(rate);                                   // the same
  const Tensor x_gains = at::matmul(steps, y);                                                 // [N, P, D]
  const Tensor y_gains = full_softmax_ ? at::matmul(steps.flatten(0, 1).t(), x.flatten(0, 1))  // [V, D]
                                       : at::matmul(steps.transpose(1, 2), x);                 // [N, K, D]
  return {batch, cbow_ ? x_gains * batch.input_mask.unsqueeze(2) : x_gains, y_gains, loss_of(products, batch)};
}

/// `run` for the words in parts, a batch each; what it returns in their order.
template <class Run>
auto Word2vecNetImpl::each_part(const vectors::Samples& samples, size_t first, size_t last, Run run) const {
  const bool many = device_.is_cpu() && !full_softmax_;  // the full softmax has large products of its own
  const size_t words = many ? kPartWords : last - first;
  std::vector<decltype(run(TensorBatch()))> results((last - first + words - 1) / words);
  at::parallel_for(0, static_cast<int64_t>(results.size()), 1, [&](int64_t begin, int64_t end) {
    const at::NoGradGuard no_gradients;
    for (auto part = static_cast<size_t>(begin); part < static_cast<size_t>(end); ++part) {
      const size_t from = first + part * words;
      results[part] = run(make_batch(samples, from, std::min(last, from + words), device_));
    }
  });
  return results;
}

Tensor Word2vecNetImpl::step(const vectors::Samples& samples, size_t first, size_t last, double rate) {
  const auto parts = each_part(samples, first, last, [&](const TensorBatch& batch) { return gains(batch, rate); });
  const at::NoGradGuard no_gradients;
  const auto add_inputs = [&] {
    for (const Part& part : parts) add_rows(input_table, part.batch.inputs, part.inputs);
  };
  const auto add_outputs = [&] {
    for (const Part& part : parts)
      full_softmax_ ? void(output_table.add_(part.outputs)) : add_rows(output_table, part.batch.outputs, part.outputs);
  };
  at::parallel_for(0, 2, parts.size() > 1 ? 1 : 2, [&](int64_t begin, int64_t end) {
    const at::NoGradGuard none;
    if (begin == 0) add_inputs();
    if (end == 2) add_outputs();
  });
  Tensor sum = at::zeros({}, at::TensorOptions().dtype(at::kDouble).device(device_));
  for (const Part& part : parts) sum += part.loss;
  return sum;
}

Tensor Word2vecNetImpl::loss(const vectors::Samples& samples, size_t first, size_t last) const {
  const auto losses = each_part(samples, first, last, [&](const TensorBatch& batch) {
    return loss_of(at::matmul(predictors(batch), output_rows(batch).transpose(-2, -1)), batch);
  });
  Tensor sum = at::zeros({}, at::TensorOptions().dtype(at::kDouble).device(device_));
  for (const Tensor& loss : losses) sum += loss;
  return sum;
}

void Word2vecNetImpl::copy_back() {
  const at::NoGradGuard no_gradients;
  if (input_table.is_cpu()) return;
  view_of(model_.vectors()).copy_(input_table);
  view_of(model_.outputs()).copy_(output_table);
}

}  // namespace seq::word2vec
