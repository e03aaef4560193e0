// Packs once, remembers words.
#include "nn/prepared_lstm.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "nn/huge_pages.h"
#include "nn/packed_parallel.h"

namespace seq::nn {
namespace {

using at::Tensor;

constexpr int64_t kTableBytes = 64 << 20;  // room for the words that most texts consist of

/// A parameter of all directions: [D, ...].
Tensor stacked(const std::vector<LstmLayerWeights>& directions, Tensor LstmLayerWeights::*parameter) {
  std::vector<Tensor> parts;
  for (const LstmLayerWeights& one : directions) parts.push_back(one.*parameter);
  return at::stack(parts);
}

}  // namespace

PreparedLstm::PreparedLstm(Tensor embedding, const std::vector<std::vector<LstmLayerWeights>>& layers,
                           Precision precision)
    : embedding_(std::move(embedding)),
      directions_(static_cast<int64_t>(layers[0].size())),
      hidden_(layers[0][0].w_hh.size(1)),
      rounds_(precision == Precision::kBf16 && hidden_ % 2 == 0),
      places_(static_cast<size_t>(embedding_.size(0)), -1) {
  const at::NoGradGuard no_gradient;
  for (const auto& directions : layers) {
    const Tensor w_ih = stacked(directions, &LstmLayerWeights::w_ih), none = at::empty({0}, w_ih.options());
    const Tensor bias = stacked(directions, &LstmLayerWeights::b_ih) + stacked(directions, &LstmLayerWeights::b_hh);
    const bool first = layers_.empty();
    if (first) first_input_ = {matrix_view(by_units(w_ih).flatten(0, 1)).transposed(), precision};
    layers_.push_back(
        {pack_lstm(first ? none : w_ih, stacked(directions, &LstmLayerWeights::w_hh), precision), by_units(bias)});
  }
}

Tensor PreparedLstm::run(const Tensor& ids, const PackedSteps& steps) {
  const at::NoGradGuard no_gradient;
  const Tensor zeros = at::zeros({directions_, steps.batch(), hidden_});
  LstmInput input;
  input.ids = look_up(ids);
  input.added = table_.as_strided({table_.size(0), directions_, layers_[0].bias.size(1)},
                                  {table_.stride(0), layers_[0].bias.size(1), 1});
  for (size_t i = 0;; ++i) {
    const bool last = i + 1 == layers_.size();
    const LstmTrace trace = run_lstm(steps, input, layers_[i].panels, zeros, zeros,
                                     rounds_ && !last ? LstmKeep::kRoundedOutput : LstmKeep::kOutput);
    if (last) return trace.y.view({steps.rows(), -1});
    input = {trace.y.defined() ? trace.y.view({steps.rows(), -1}) : Tensor(), trace.rounded_y,
             layers_[i + 1].bias.unsqueeze(0), Tensor()};
  }
}

Tensor PreparedLstm::look_up(const Tensor& ids) {
  const Tensor wanted = ids.contiguous();
  std::vector<int64_t> words = new_words(wanted);
  if (!table_.defined() || static_cast<int64_t>(words_.size() + words.size()) > table_.size(0)) {
    const int64_t row = first_input_.columns() + kRowPadding;
    for (const int64_t word : words_) places_[static_cast<size_t>(word)] = -1;
    words_.clear();
    words = new_words(wanted);
    const auto capacity = std::max<int64_t>(static_cast<int64_t>(words.size()),
                                            std::min<int64_t>(embedding_.size(0), kTableBytes / 4 / row));
    if (!table_.defined() || table_.size(0) != capacity) table_ = empty_on_huge_pages({capacity, row}, at::kFloat);
  }
  if (!words.empty()) {
    const auto begin = static_cast<int64_t>(words_.size()), count = static_cast<int64_t>(words.size());
    for (const int64_t word : words) {
      places_[static_cast<size_t>(word)] = static_cast<int64_t>(words_.size());
      words_.push_back(word);
    }
    const Tensor rows = table_.narrow(0, begin, count).narrow(1, 0, first_input_.columns());
    rows.copy_(layers_[0].bias.flatten().expand_as(rows));
    multiply_all(matrix_view(at::embedding(embedding_, at::tensor(words))), first_input_, rows, Into::kAdd);
  }
  Tensor places = at::empty_like(wanted);
  std::transform(wanted.const_data_ptr<int64_t>(), wanted.const_data_ptr<int64_t>() + wanted.numel(),
                 places.mutable_data_ptr<int64_t>(), [&](int64_t id) { return places_[static_cast<size_t>(id)]; });
  return places;
}

std::vector<int64_t> PreparedLstm::new_words(const Tensor& ids) const {
  std::vector<int64_t> words;
  for (const int64_t *id = ids.const_data_ptr<int64_t>(), *end = id + ids.numel(); id != end; ++id) {
    TORCH_CHECK(*id >= 0 && *id < embedding_.size(0), "id ", *id, " lies outside of the vocabulary of ",
                embedding_.size(0));
    if (places_[static_cast<size_t>(*id)] < 0) words.push_back(*id);
  }
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

}  // namespace seq::nn
