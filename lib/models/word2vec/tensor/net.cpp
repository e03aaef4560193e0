// Look-ups, products, sigmoids.
// N = words of a batch, C = most neighbours of a word, P = predictions of a word (skip-gram: C, CBOW: 1),
// K = most outputs of a word, V = vocabulary, D = dimension
#include "models/word2vec/tensor/net.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <span>

namespace seq::word2vec {
namespace {

/// A table's memory as a tensor, its padding left out.
Tensor view_of(vectors::PaddedTable& table) {
  return at::from_blob(table.row(0), {table.rows(), table.dimension()}, {table.stride(), 1}, at::kFloat);
}

/// Where the numbers of each word stand in one of the lists of Samples.
struct Ranges {
  const std::vector<size_t>& ends;
  size_t begin(size_t word) const { return word == 0 ? 0 : ends[word - 1]; }
  size_t length(size_t word) const { return ends[word] - begin(word); }
  size_t longest(size_t first, size_t last) const {
    size_t most = 0;
    for (size_t word = first; word < last; ++word) most = std::max(most, length(word));
    return most;
  }
};

/// Numbers of the words `first` to `last` as a matrix, each row filled up with its own last one.
template <class To, class From>
Tensor padded(const std::vector<From>& values, const Ranges& ranges, size_t first, size_t last, at::ScalarType type) {
  const size_t columns = ranges.longest(first, last);
  Tensor matrix = at::empty({static_cast<int64_t>(last - first), static_cast<int64_t>(columns)}, type);
  To* out = matrix.mutable_data_ptr<To>();
  for (size_t word = first; word < last; ++word)
    for (size_t i = 0; i < columns; ++i)
      *out++ = static_cast<To>(values[ranges.begin(word) + std::min(i, ranges.length(word) - 1)]);
  return matrix;
}

/// 1 where padded() has a number of its own, 0 where it repeats one.
Tensor mask_of(const Ranges& ranges, size_t first, size_t last) {
  const size_t columns = ranges.longest(first, last);
  Tensor mask = at::empty({static_cast<int64_t>(last - first), static_cast<int64_t>(columns)}, at::kFloat);
  float* out = mask.mutable_data_ptr<float>();
  for (size_t word = first; word < last; ++word)
    for (size_t i = 0; i < columns; ++i) *out++ = i < ranges.length(word) ? 1.0F : 0.0F;
  return mask;
}

}  // namespace

TensorBatch make_batch(const vectors::Samples& samples, size_t first, size_t last, c10::Device device) {
  const Ranges inputs{samples.input_ends}, outputs{samples.output_ends};
  return {padded<int64_t>(samples.inputs, inputs, first, last, at::kLong).to(device),
          mask_of(inputs, first, last).to(device),
          padded<int64_t>(samples.outputs, outputs, first, last, at::kLong).to(device),
          mask_of(outputs, first, last).to(device),
          padded<float>(samples.labels, outputs, first, last, at::kFloat).to(device)};
}

Word2vecNetImpl::Word2vecNetImpl(vectors::Word2vec& model, const vectors::Word2vecOptions& options, c10::Device device)
    : model_(model),
      cbow_(options.architecture == "cbow"),
      mean_(options.context == "mean"),
      full_softmax_(options.loss == "full_softmax") {
  input_table = register_parameter("vectors", view_of(model.vectors()).to(device));
  output_table = register_parameter("outputs", view_of(model.outputs()).to(device));
}

Tensor Word2vecNetImpl::forward(const TensorBatch& batch) {
  return loss(predictors(batch), output_rows(batch), batch);
}

Tensor Word2vecNetImpl::predictors(const TensorBatch& batch) const {  // [N, P, D]
  const Tensor rows = at::embedding(input_table, batch.inputs);       // [N, C, D]
  if (!cbow_) return rows;
  const Tensor sum = (rows * batch.input_mask.unsqueeze(2)).sum(1, /*keepdim=*/true);  // [N, 1, D]
  return mean_ ? sum / batch.input_mask.sum(1).view({-1, 1, 1}) : sum;
}

Tensor Word2vecNetImpl::output_rows(const TensorBatch& batch) const {  // [N, K, D], or all: [V, D]
  return full_softmax_ ? output_table : at::embedding(output_table, batch.outputs);
}

/// x [N, P, D], y [N, K, D] or [V, D].
Tensor Word2vecNetImpl::loss(const Tensor& x, const Tensor& y, const TensorBatch& batch) const {
  const Tensor counted = prediction_mask(batch);  // [N, P]
  if (full_softmax_) {
    const Tensor log_p = at::log_softmax(at::matmul(x, y.t()), 2);                     // [N, P, V]
    const Tensor words = batch.outputs.unsqueeze(1).expand({-1, counted.size(1), 1});  // [N, P, 1]
    return -(at::gather(log_p, 2, words).squeeze(2) * counted).sum();
  }
  const Tensor products = at::bmm(x, y.transpose(1, 2));     // [N, P, K]
  const Tensor signs = (2 * batch.labels - 1).unsqueeze(1);  // [N, 1, K]
  const Tensor log_p = at::log_sigmoid(signs * products);    // [N, P, K]
  return -(log_p * batch.output_mask.unsqueeze(1) * counted.unsqueeze(2)).sum();
}

Tensor Word2vecNetImpl::prediction_mask(const TensorBatch& batch) const {  // [N, P]
  return cbow_ ? at::ones({batch.inputs.size(0), 1}, batch.input_mask.options()) : batch.input_mask;
}

Tensor Word2vecNetImpl::step(const TensorBatch& batch, double rate) {
  Tensor x, y;  // [N, P, D], [N, K, D] or [V, D]
  {
    const at::NoGradGuard no_gradients;
    x = predictors(batch);
    y = output_rows(batch).detach();
  }
  x.requires_grad_();
  y.requires_grad_();
  const Tensor sum = loss(x, y, batch);
  const auto gradients = torch::autograd::grad({sum}, {x, y});

  const at::NoGradGuard no_gradients;
  const int64_t dimension = input_table.size(1);
  const Tensor each = gradients[0] * batch.input_mask.unsqueeze(2);  // [N, C, D]: of every neighbour
  input_table.index_add_(0, batch.inputs.view(-1), each.view({-1, dimension}), -rate);
  if (full_softmax_) {
    output_table.sub_(gradients[1], rate);
  } else {
    output_table.index_add_(0, batch.outputs.view(-1), gradients[1].reshape({-1, dimension}), -rate);
  }
  return sum.detach();
}

void Word2vecNetImpl::copy_back() {
  const at::NoGradGuard no_gradients;
  if (input_table.is_cpu()) return;
  view_of(model_.vectors()).copy_(input_table);
  view_of(model_.outputs()).copy_(output_table);
}

}  // namespace seq::word2vec
