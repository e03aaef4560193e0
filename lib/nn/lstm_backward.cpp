// An LSTM layer backward: each share step by step, then the products over all steps.
//
// B = sequences, N = all steps of all sequences, D = directions, I = input size, H = hidden, V = rows of a table
#include <ATen/ATen.h>

#include <algorithm>

#include "nn/lstm_gates.h"
#include "nn/lstm_recurrence.h"
#include "nn/lstm_shares.h"
#include "nn/packed_parallel.h"

namespace seq::nn {

using at::Tensor;

void run_lstm_backward(const PackedSteps& steps, const LstmInput& input, const Tensor& w_hh, const LstmTrace& trace,
                       const Tensor& grad_y, Precision precision, LstmGradients& grads) {
  const int64_t directions = w_hh.size(0), hidden = w_hh.size(2), stride = 4 * hidden + kRowPadding;
  const std::vector<LstmShare> shares = lstm_shares(steps, directions, hidden);
  const auto sums_shape = input.added.sizes();
  const int64_t sums_row = sums_shape[1] * sums_shape[2];
  Tensor sums = at::zeros({number_of_parts(shares), sums_shape[0] * sums_row}, trace.h.options());
  grads.gates = at::empty({directions, steps.rows(), stride}, trace.h.options());
  std::vector<PackedMatrix> recurrent;
  std::vector<LeftMatrix> left;
  for (int64_t d = 0; d < directions; ++d) {
    recurrent.emplace_back(matrix_view(w_hh[d]), precision);
    left.emplace_back(matrix_view(grads.gates[d].narrow(1, 0, 4 * hidden)), precision);
  }
  const int64_t* ids = input.ids.defined() ? input.ids.const_data_ptr<int64_t>() : nullptr;
  run_shares(shares, [&](const LstmShare& share) {
    const int64_t d = share.direction, batch_values = steps.batch() * hidden;
    const StateRows states(steps, d == 1, KeptStates::kAll);
    const float* gates = trace.gates.const_data_ptr<float>() + d * trace.gates.stride(0);
    const float* c = trace.c.const_data_ptr<float>() + d * trace.c.stride(0);
    const float* from_y = grad_y.defined() ? grad_y.const_data_ptr<float>() + d * hidden : nullptr;
    float* grad_gates = grads.gates.mutable_data_ptr<float>() + d * grads.gates.stride(0);
    float* grad_h = grads.h.mutable_data_ptr<float>() + d * batch_values;
    float* grad_c = grads.c.mutable_data_ptr<float>() + d * batch_values;
    float* sum = sums.mutable_data_ptr<float>() + share.part * sums.stride(0) + d * sums_shape[2];
    for (int64_t i = 0; i < steps.time(); ++i) {
      const int64_t t = d == 1 ? i : steps.time() - 1 - i, last = std::min(share.last, steps.active(t));
      if (last <= share.first) continue;
      for (int64_t b = share.first; b < last; ++b) {
        const int64_t row = steps.begin(t) + b;
        lstm_row_backward({hidden, gates + row * stride, c + states.before(t, b) * trace.c.stride(1),
                           c + states.after(t, b) * trace.c.stride(1),
                           from_y == nullptr ? nullptr : from_y + row * directions * hidden, grad_h + b * hidden,
                           grad_c + b * hidden, grad_gates + row * stride,
                           sum + (ids == nullptr ? 0 : ids[row] * sums_row)});
      }
      const int64_t from = steps.begin(t) + share.first, to = steps.begin(t) + last;
      left[static_cast<size_t>(d)].update(from, to);
      multiply(left[static_cast<size_t>(d)].rows(from, to), recurrent[static_cast<size_t>(d)].all(),
               grad_h + share.first * hidden, hidden, Into::kReplace);
    }
  });
  grads.added = sums.sum(0).view(sums_shape);
}

LstmProductGradients lstm_product_gradients(const LstmProductFactors& factors, const LstmTrace& trace,
                                            const LstmGradients& grads, Precision precision) {
  LstmProductGradients wanted;
  if (factors.want_x) wanted.x = at::empty_like(factors.x);
  if (factors.want_w_ih) wanted.w_ih = at::zeros_like(factors.w_ih);
  if (factors.want_w_hh) wanted.w_hh = at::zeros_like(factors.w_hh);
  for (int64_t d = 0; d < factors.w_hh.size(0); ++d) {
    const MatrixView gates = matrix_view(grads.gates[d].narrow(1, 0, factors.w_hh.size(1)));
    if (factors.want_x)
      multiply_all(gates, PackedMatrix(matrix_view(factors.w_ih[d]), precision), wanted.x,
                   d == 0 ? Into::kReplace : Into::kAdd);
    if (factors.want_w_ih) add_outer(gates, matrix_view(factors.x), precision, wanted.w_ih[d]);
    if (factors.want_w_hh)
      add_outer(gates, matrix_view(trace.h[d].narrow(0, 0, gates.rows)), precision, wanted.w_hh[d]);
  }
  return wanted;
}

}  // namespace seq::nn
