// The one-token step of an LSTM language model: matrix-vector products over panels, then the fused gates.
//
// V = vocabulary, E = embedding, H = hidden, W = floats in a vector
#include "decode/lstm_stepper.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "base/simd.h"
#include "nn/huge_pages.h"
#include "nn/lstm_gates.h"

namespace seq::decode {
namespace {

using at::Tensor;

// A panel is 64 rows: for each column the 64 values lie together, and their 64 sums stay in registers.
constexpr int64_t kPanelRows = 64;

struct Multiply {
  template <int W>
  static SEQ_INLINE void run(const Tensor& values, int64_t panels, int64_t columns, const float* vector,
                             float* output) {
    using V = Simd<W>;
    const auto* from = static_cast<const float*>(values.const_data_ptr());
    for (int64_t panel = 0; panel < panels; ++panel, output += kPanelRows) {
      typename V::Floats sums[kPanelRows / W];
      for (int i = 0; i < kPanelRows / W; ++i) sums[i] = V::load(output + i * W);
      for (int64_t k = 0; k < columns; ++k, from += kPanelRows) {
#pragma GCC unroll 16
        for (int i = 0; i < kPanelRows / W; ++i) sums[i] += vector[k] * V::load(from + i * W);
      }
      for (int i = 0; i < kPanelRows / W; ++i) V::store(sums[i], output + i * W);
    }
  }
};

std::vector<float> to_vector(const Tensor& tensor) {
  const Tensor flat = tensor.to(at::kFloat).contiguous();
  const auto* from = flat.const_data_ptr<float>();
  return {from, from + flat.numel()};
}

int64_t padded(int64_t rows) {
  return (rows + kPanelRows - 1) / kPanelRows * kPanelRows;
}

void check_shape(const Tensor& tensor, at::IntArrayRef shape, const char* name) {
  TORCH_CHECK(tensor.sizes() == shape, name, " has shape ", tensor.sizes(), ", expected ", shape);
}

void check(const StepperWeights& weights) {
  TORCH_CHECK(!weights.layers.empty(), "an LSTM needs at least one layer");
  TORCH_CHECK(weights.embedding.dim() == 2 && weights.layers[0].w_hh.dim() == 2, "weights must be matrices");
  const int64_t vocabulary = weights.embedding.size(0), hidden = weights.layers[0].w_hh.size(1);
  int64_t input = weights.embedding.size(1);
  for (const StepperLayer& layer : weights.layers) {
    check_shape(layer.w_ih, {4 * hidden, input}, "w_ih");
    check_shape(layer.w_hh, {4 * hidden, hidden}, "w_hh");
    check_shape(layer.b_ih, {4 * hidden}, "b_ih");
    check_shape(layer.b_hh, {4 * hidden}, "b_hh");
    input = hidden;
  }
  check_shape(weights.head, {vocabulary, hidden}, "head");
  check_shape(weights.head_bias, {vocabulary}, "head_bias");
}

}  // namespace

LstmStepper::Panels::Panels(const Tensor& matrix)
    : count(padded(matrix.size(0)) / kPanelRows), columns(matrix.size(1)) {
  Tensor whole = at::zeros({count * kPanelRows, columns}, at::kFloat);
  whole.narrow(0, 0, matrix.size(0)).copy_(matrix);
  values = nn::empty_on_huge_pages({count, columns, kPanelRows}, at::kFloat);
  values.copy_(whole.view({count, kPanelRows, columns}).transpose(1, 2));
}

void LstmStepper::Panels::multiply_add(const float* vector, float* output) const {
  run_best<Multiply>(values, count, columns, vector, output);
}

LstmStepper::LstmStepper(const StepperWeights& weights) {
  check(weights);
  const c10::NoGradGuard no_grad;
  vocabulary_ = weights.embedding.size(0);
  hidden_ = weights.layers[0].w_hh.size(1);
  const StepperLayer& first = weights.layers[0];
  table_ = to_vector(at::linear(weights.embedding, first.w_ih, first.b_ih + first.b_hh));
  for (const StepperLayer& layer : weights.layers) {
    const bool looked_up = layers_.empty();
    layers_.push_back(
        {looked_up ? Panels() : Panels(layer.w_ih), Panels(layer.w_hh), to_vector(layer.b_ih + layer.b_hh)});
  }
  head_ = Panels(weights.head);
  head_bias_ = to_vector(weights.head_bias);
  head_bias_.resize(static_cast<size_t>(padded(vocabulary_)));
  gates_.resize(static_cast<size_t>(padded(4 * hidden_)));
  logits_.resize(head_bias_.size());
  reset();
}

std::span<const float> LstmStepper::step(int64_t id) {
  TORCH_CHECK(id >= 0 && id < vocabulary_, "id ", id, " lies outside of the vocabulary of ", vocabulary_);
  const float* input = nullptr;  // [H] from the layer below
  for (size_t index = 0; index < layers_.size(); ++index) {
    const Layer& layer = layers_[index];
    float* h = h_.data() + index * static_cast<size_t>(hidden_);
    float* c = c_.data() + index * static_cast<size_t>(hidden_);
    std::fill(gates_.begin(), gates_.end(), 0.0F);
    if (input != nullptr) layer.input.multiply_add(input, gates_.data());
    layer.recurrent.multiply_add(h, gates_.data());
    const float* added = input == nullptr ? table_.data() + id * 4 * hidden_ : layer.bias.data();
    nn::LstmForward cell{1, hidden_, hidden_, {gates_.data(), 0}, {added, 0}};
    cell.past_c.data = cell.c.data = c;
    cell.h.data = h;
    nn::lstm_forward(cell, nn::Precision::kFp32);
    input = h;
  }
  std::copy(head_bias_.begin(), head_bias_.end(), logits_.begin());
  head_.multiply_add(input, logits_.data());
  return {logits_.data(), static_cast<size_t>(vocabulary_)};
}

void LstmStepper::reset() {
  h_.assign(layers_.size() * static_cast<size_t>(hidden_), 0.0F);
  c_.assign(h_.size(), 0.0F);
}

}  // namespace seq::decode
