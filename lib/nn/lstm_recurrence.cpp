// Each thread takes some sequences of a direction through all steps without waiting for the others.
//
// B = sequences, N = all steps of all sequences, D = directions, I = input size, H = hidden, V = rows of a table
#include "nn/lstm_recurrence.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>

#include "nn/lstm_gates.h"

#ifndef INTRA_OP_PARALLEL
#error "at::parallel_for runs on one thread unless this is compiled with OpenMP"
#endif

namespace seq::nn {
namespace {

using at::Tensor;

// Rows that are a multiple of 4096 bytes apart compete for the same lines of the first cache.
constexpr int64_t kRowPadding = 16;
// Below this many multiplications a thread costs more than it saves.
constexpr int64_t kWorkOfThread = 1 << 20;
constexpr int64_t kRowsOfThread = 8;  // with fewer rows a thread mostly waits for weights
// The input's product is made for about that many rows before their steps: its gates are still in the cache then.
constexpr int64_t kBlockRows = 128;

MatrixView view(const Tensor& matrix) {  // [rows, columns] with adjacent columns
  return {matrix.const_data_ptr<float>(), matrix.size(0), matrix.size(1), matrix.stride(0)};
}

/// Left operands of products: fp32 rows are used where they lie, bf16 rows are a rounded copy.
class LeftMatrix {
 public:
  LeftMatrix(const MatrixView& matrix, Precision precision) : matrix_(matrix), precision_(precision) {
    if (precision == Precision::kFp32) return;
    stride_ = words_in_row(matrix.columns, precision) + kRowPadding;
    words_ = at::empty({matrix.rows, stride_}, at::kInt);
  }

  /// Brings the copy of these rows up to date.
  void update(int64_t begin, int64_t end) {
    if (precision_ == Precision::kFp32) return;
    MatrixView part = matrix_;
    part.data += begin * matrix_.row_stride;
    part.rows = end - begin;
    to_bf16_rows(part, words() + begin * stride_, stride_);
  }

  /// All rows, on all threads.
  void update() {
    at::parallel_for(0, matrix_.rows, 64, [&](int64_t begin, int64_t end) { update(begin, end); });
  }

  LeftRows rows(int64_t begin, int64_t end) {
    if (precision_ == Precision::kFp32)
      return {matrix_.data + begin * matrix_.row_stride, end - begin, matrix_.row_stride};
    return {words() + begin * stride_, end - begin, stride_};
  }

 private:
  uint32_t* words() { return static_cast<uint32_t*>(words_.data_ptr()); }

  MatrixView matrix_;
  Precision precision_;
  int64_t stride_ = 0;
  Tensor words_;
};

/// Where the states of one direction stand.
class StateRows {
 public:
  StateRows(const PackedSteps& steps, bool reverse, bool kept) : steps_(steps), reverse_(reverse), kept_(kept) {}

  int64_t before(int64_t t, int64_t b) const { return kept_ ? steps_.begin(t) + b : b; }
  int64_t after(int64_t t, int64_t b) const {
    if (!kept_) return b;
    if (reverse_) return t > 0 ? steps_.begin(t - 1) + b : last(b);
    return b < steps_.active(t + 1) ? steps_.begin(t + 1) + b : last(b);
  }
  int64_t first(int64_t b) const { return before(reverse_ ? steps_.lengths()[static_cast<size_t>(b)] - 1 : 0, b); }
  int64_t last(int64_t b) const { return kept_ ? steps_.rows() + b : b; }

 private:
  const PackedSteps& steps_;
  bool reverse_;
  bool kept_;
};

/// Sequences [first, last) of a direction: what a thread takes through all steps.
struct Share {
  int64_t direction, part, first, last;
};

/// Shares with about as many steps each; parts are numbered in each direction from 0.
std::vector<Share> make_shares(const PackedSteps& steps, int64_t directions, int64_t hidden) {
  const int64_t work = directions * steps.rows() * 4 * hidden * hidden;
  const int64_t threads = std::min<int64_t>(at::get_num_threads(), work / kWorkOfThread + 1);
  const int64_t parts =
      std::max<int64_t>(1, std::min((threads + directions - 1) / directions, steps.batch() / kRowsOfThread));
  std::vector<Share> shares;
  for (int64_t direction = 0; direction < directions; ++direction) {
    int64_t b = 0, rows = 0;
    for (int64_t part = 0; part < parts; ++part) {
      const int64_t first = b, enough = steps.rows() * (part + 1) / parts;
      while (b < steps.batch() && (rows < enough || part + 1 == parts))
        rows += steps.lengths()[static_cast<size_t>(b++)];
      if (b > first) shares.push_back({direction, part, first, b});
    }
  }
  return shares;
}

template <class F>
void run_shares(const std::vector<Share>& shares, const F& f) {
  at::parallel_for(0, static_cast<int64_t>(shares.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) f(shares[static_cast<size_t>(i)]);
  });
}

int64_t number_of_parts(const std::vector<Share>& shares) {
  int64_t parts = 0;
  for (const Share& share : shares) parts = std::max(parts, share.part + 1);
  return parts;
}

/// Calls f(first step, last step, exclusive) for blocks of about kBlockRows rows, in the order of the direction.
template <class F>
void for_each_block(const PackedSteps& steps, bool reverse, const F& f) {
  const int64_t time = steps.time(), each = std::max<int64_t>(1, kBlockRows / steps.batch());
  for (int64_t i = 0; i < time; i += each) {
    const int64_t end = std::min(time, i + each);
    reverse ? f(time - end, time - i) : f(i, end);
  }
}

/// The steps of one share.
struct ForwardShare {
  const PackedSteps& steps;
  const LstmInput& input;
  const LstmWeights& weights;
  Precision precision;
  const LstmTrace& trace;
  const Share& share;
  const PackedMatrix& input_weights;
  const PackedMatrix& recurrent;
  LeftMatrix& left_x;
  LeftMatrix& left_h;

  int64_t hidden = weights.w_hh.size(2);
  int64_t directions = weights.w_hh.size(0);
  int64_t stride = 4 * hidden + kRowPadding;  ///< of gates
  bool kept = trace.gates.defined();
  bool reverse = share.direction == 1;
  StateRows states{steps, reverse, kept};
  Tensor scratch{};  ///< gates of a block, where they are not kept

  void run() {
    for_each_block(steps, reverse, [&](int64_t begin, int64_t end) {
      const int64_t first_row = kept ? 0 : steps.begin(begin);
      float* gates = gates_of_block(steps.begin(end) - steps.begin(begin)) - first_row * stride;
      if (!input.looked_up()) multiply_input(begin, end, gates);
      for (int64_t i = begin; i < end; ++i) step(reverse ? begin + end - 1 - i : i, gates);
    });
  }

  float* gates_of_block(int64_t rows) {
    if (kept) return trace.gates.mutable_data_ptr<float>() + share.direction * trace.gates.stride(0);
    if (!scratch.defined() || scratch.size(0) < rows) scratch = at::empty({rows, stride}, trace.h.options());
    return scratch.mutable_data_ptr<float>();
  }

  /// `gates` [row, 4H + padding] of the steps [begin, end).
  void multiply_input(int64_t begin, int64_t end, float* gates) {
    const auto multiply_rows = [&](int64_t from, int64_t to) {
      multiply(left_x.rows(from, to), input_weights, gates + from * stride, stride, Into::kReplace);
    };
    if (share.first == 0 && share.last == steps.batch()) return multiply_rows(steps.begin(begin), steps.begin(end));
    for (int64_t t = begin; t < end; ++t) {
      const int64_t last = std::min(share.last, steps.active(t));
      if (last > share.first) multiply_rows(steps.begin(t) + share.first, steps.begin(t) + last);
    }
  }

  void step(int64_t t, float* gates) {
    const int64_t last = std::min(share.last, steps.active(t));
    if (last <= share.first) return;
    const int64_t before = states.before(t, share.first), count = last - share.first;
    left_h.update(before, before + count);
    multiply(left_h.rows(before, before + count), recurrent, gates + (steps.begin(t) + share.first) * stride, stride,
             input.looked_up() ? Into::kReplace : Into::kAdd);
    const float* inputs = input.looked_up() ? input.x.const_data_ptr<float>() : weights.bias.const_data_ptr<float>();
    inputs += share.direction * 4 * hidden;
    const int64_t* ids = input.looked_up() ? input.ids.const_data_ptr<int64_t>() : nullptr;
    auto* h = trace.h.mutable_data_ptr<float>() + share.direction * trace.h.stride(0);
    auto* c = trace.c.mutable_data_ptr<float>() + share.direction * trace.c.stride(0);
    auto* y = trace.y.mutable_data_ptr<float>() + share.direction * hidden;
    for (int64_t b = share.first; b < last; ++b) {
      const int64_t row = steps.begin(t) + b, after = states.after(t, b) * hidden;
      lstm_row_forward({hidden, inputs + (ids == nullptr ? 0 : ids[row] * directions * 4 * hidden),
                        c + states.before(t, b) * hidden, gates + row * stride, c + after, h + after, kept});
      std::copy_n(h + after, hidden, y + row * directions * hidden);
    }
  }
};

/// Room for the states of all steps, those before the first steps in their places.
Tensor state_memory(const PackedSteps& steps, const Tensor& first, bool kept) {
  if (!kept) return first.clone();
  const int64_t directions = first.size(0), batch = first.size(1), hidden = first.size(2);
  Tensor memory = at::empty({directions, steps.rows() + batch, hidden}, first.options());
  const auto* from = first.const_data_ptr<float>();
  for (int64_t direction = 0; direction < directions; ++direction) {
    const StateRows states(steps, direction == 1, kept);
    auto* to = memory.mutable_data_ptr<float>() + direction * memory.stride(0);
    for (int64_t b = 0; b < batch; ++b, from += hidden) std::copy_n(from, hidden, to + states.first(b) * hidden);
  }
  return memory;
}

/// output [rows, N] = or += matrix [rows, K] * b [K, N], on all threads.
void multiply_all(const MatrixView& matrix, const PackedMatrix& b, const Tensor& output, Into into) {
  LeftMatrix left(matrix, b.precision());
  auto* out = output.mutable_data_ptr<float>();
  const int64_t enough = kWorkOfThread / std::max<int64_t>(1, b.rows() * b.columns()) + 1;
  at::parallel_for(0, matrix.rows, std::max(kRowsOfThread, enough), [&](int64_t begin, int64_t end) {
    left.update(begin, end);
    multiply(left.rows(begin, end), b, out + begin * b.columns(), b.columns(), into);
  });
}

/// a^T * b for a [K, M] and b [K, N].
void outer(const MatrixView& a, const MatrixView& b, Precision precision, const Tensor& output) {
  const int64_t enough = kWorkOfThread / std::max<int64_t>(1, a.rows * b.columns) + 1;
  at::parallel_for(0, a.columns, std::max(kRowsOfThread, enough), [&](int64_t begin, int64_t end) {
    multiply_transposed(a, b, precision, begin, end, output.mutable_data_ptr<float>(), b.columns);
  });
}

}  // namespace

LstmTrace run_lstm(const PackedSteps& steps, const LstmInput& input, const LstmWeights& weights, const Tensor& h0,
                   const Tensor& c0, Precision precision, bool with_gradient) {
  const int64_t directions = weights.w_hh.size(0), hidden = weights.w_hh.size(2);
  LstmTrace trace{{},
                  state_memory(steps, h0, with_gradient),
                  state_memory(steps, c0, with_gradient),
                  at::empty({steps.rows(), directions, hidden}, h0.options())};
  if (with_gradient) trace.gates = at::empty({directions, steps.rows(), 4 * hidden + kRowPadding}, h0.options());
  std::vector<PackedMatrix> input_weights(static_cast<size_t>(directions)), recurrent(input_weights.size());
  std::vector<LeftMatrix> left_h;
  for (int64_t d = 0; d < directions; ++d) {
    if (!input.looked_up())
      input_weights[static_cast<size_t>(d)] = PackedMatrix(view(weights.w_ih[d]).transposed(), precision);
    recurrent[static_cast<size_t>(d)] = PackedMatrix(view(weights.w_hh[d]).transposed(), precision);
    left_h.emplace_back(view(trace.h[d]), precision);
  }
  LeftMatrix left_x(input.looked_up() ? MatrixView{} : view(input.x), precision);
  left_x.update();
  run_shares(make_shares(steps, directions, hidden), [&](const Share& share) {
    const auto d = static_cast<size_t>(share.direction);
    ForwardShare{steps, input, weights, precision, trace, share, input_weights[d], recurrent[d], left_x, left_h[d]}
        .run();
  });
  return trace;
}

void run_lstm_backward(const PackedSteps& steps, const LstmInput& input, const LstmWeights& weights,
                       const LstmTrace& trace, const Tensor& grad_y, Precision precision, LstmGradients& grads) {
  const int64_t directions = weights.w_hh.size(0), hidden = weights.w_hh.size(2), stride = 4 * hidden + kRowPadding;
  const std::vector<Share> shares = make_shares(steps, directions, hidden);
  const auto sums_shape = input.looked_up() ? input.x.sizes() : weights.bias.sizes();
  Tensor sums = at::zeros({number_of_parts(shares), c10::multiply_integers(sums_shape)}, trace.h.options());
  grads.gates = at::empty({directions, steps.rows(), stride}, trace.h.options());
  std::vector<PackedMatrix> recurrent;
  std::vector<LeftMatrix> left;
  for (int64_t d = 0; d < directions; ++d) {
    recurrent.emplace_back(view(weights.w_hh[d]), precision);
    left.emplace_back(view(grads.gates[d].narrow(1, 0, 4 * hidden)), precision);
  }
  const int64_t* ids = input.looked_up() ? input.ids.const_data_ptr<int64_t>() : nullptr;
  run_shares(shares, [&](const Share& share) {
    const int64_t d = share.direction, batch_values = steps.batch() * hidden;
    const StateRows states(steps, d == 1, true);
    const float* gates = trace.gates.const_data_ptr<float>() + d * trace.gates.stride(0);
    const float* c = trace.c.const_data_ptr<float>() + d * trace.c.stride(0);
    const float* from_y = grad_y.defined() ? grad_y.const_data_ptr<float>() + d * hidden : nullptr;
    float* grad_gates = grads.gates.mutable_data_ptr<float>() + d * grads.gates.stride(0);
    float* grad_h = grads.h.mutable_data_ptr<float>() + d * batch_values;
    float* grad_c = grads.c.mutable_data_ptr<float>() + d * batch_values;
    float* sum = sums.mutable_data_ptr<float>() + share.part * sums.stride(0) + d * 4 * hidden;
    for (int64_t i = 0; i < steps.time(); ++i) {
      const int64_t t = d == 1 ? i : steps.time() - 1 - i, last = std::min(share.last, steps.active(t));
      if (last <= share.first) continue;
      for (int64_t b = share.first; b < last; ++b) {
        const int64_t row = steps.begin(t) + b;
        lstm_row_backward(
            {hidden, gates + row * stride, c + states.before(t, b) * hidden, c + states.after(t, b) * hidden,
             from_y == nullptr ? nullptr : from_y + row * directions * hidden, grad_h + b * hidden, grad_c + b * hidden,
             grad_gates + row * stride, sum + (ids == nullptr ? 0 : ids[row] * directions * 4 * hidden)});
      }
      const int64_t from = steps.begin(t) + share.first, to = steps.begin(t) + last;
      left[static_cast<size_t>(d)].update(from, to);
      multiply(left[static_cast<size_t>(d)].rows(from, to), recurrent[static_cast<size_t>(d)],
               grad_h + share.first * hidden, hidden, Into::kReplace);
    }
  });
  grads.input = sums.sum(0).view(sums_shape);
}

LstmProductGradients lstm_product_gradients(const LstmInput& input, const LstmWeights& weights, const LstmTrace& trace,
                                            const LstmGradients& grads, Precision precision, bool want_x,
                                            bool want_w_ih, bool want_w_hh) {
  LstmProductGradients wanted;
  if (want_x) wanted.x = at::empty_like(input.x);
  if (want_w_ih) wanted.w_ih = at::zeros_like(weights.w_ih);
  if (want_w_hh) wanted.w_hh = at::zeros_like(weights.w_hh);
  for (int64_t d = 0; d < weights.w_hh.size(0); ++d) {
    const MatrixView gates = view(grads.gates[d].narrow(1, 0, weights.w_hh.size(1)));
    if (want_x)
      multiply_all(gates, PackedMatrix(view(weights.w_ih[d]), precision), wanted.x,
                   d == 0 ? Into::kReplace : Into::kAdd);
    if (want_w_ih) outer(gates, view(input.x), precision, wanted.w_ih[d]);
    if (want_w_hh) outer(gates, view(trace.h[d].narrow(0, 0, gates.rows)), precision, wanted.w_hh[d]);
  }
  return wanted;
}

}  // namespace seq::nn
