// The LSTM layer as an autograd function: products on packed weights, gates in one pass, threads over the batch.
//
// T = time, B = batch, I = input size, H = hidden, V = vocabulary
#include "nn/lstm_kernel.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "nn/lstm_gates.h"

#ifndef INTRA_OP_PARALLEL
#error "at::parallel_for runs on one thread unless this is compiled with OpenMP"
#endif

namespace seq::nn {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Rows of left operands that are a multiple of 4096 bytes apart compete for the same lines of the first cache.
constexpr int64_t kRowPadding = 16;
// Below this many multiplications a thread costs more than it saves.
constexpr int64_t kWorkOfThread = 1 << 20;
constexpr int64_t kRowsOfThread = 8;  // with fewer rows a thread mostly waits for weights

struct Sizes {
  int64_t time, batch, hidden;
  int64_t rows() const { return time * batch; }
};

MatrixView view(const Tensor& matrix) {  // [rows, columns] or [T, B, columns] with adjacent columns
  const int64_t columns = matrix.size(-1);
  return {matrix.const_data_ptr<float>(), matrix.numel() / std::max<int64_t>(1, columns), columns, columns};
}

/// Runs f(begin, end) over `rows`, on as many threads as `work_of_row` multiplications a row deserve.
template <class F>
void share(int64_t rows, int64_t work_of_row, const F& f) {
  const int64_t enough = kWorkOfThread / std::max<int64_t>(1, work_of_row) + 1;
  at::parallel_for(0, rows, std::max(kRowsOfThread, enough), f);
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

/// output [rows, N] = matrix [rows, K] * b [K, N].
void multiply_all(const MatrixView& matrix, const PackedMatrix& b, float* output) {
  LeftMatrix left(matrix, b.precision());
  share(matrix.rows, b.rows() * b.columns(), [&](int64_t begin, int64_t end) {
    left.update(begin, end);
    multiply(left.rows(begin, end), b, output + begin * b.columns(), b.columns(), Into::kReplace);
  });
}

/// output [M, N] += a^T * b for a [K, M] and b [K, N].
void add_outer(const MatrixView& a, const MatrixView& b, Precision precision, const Tensor& output) {
  share(a.columns, a.rows * b.columns, [&](int64_t begin, int64_t end) {
    multiply_transposed(a, b, precision, begin, end, output.mutable_data_ptr<float>(), b.columns);
  });
}

/// What forward computes and backward needs.
struct Activations {
  Tensor gates;  // [T, B, 4H]
  Tensor h;      // [T + 1, B, H], the past first
  Tensor c;      // [T + 1, B, H]
};

/// The recurrence. `gates` hold the input's product already, unless `ids` [T, B] name rows of
/// `input` [V, 4H]; with empty ids `input` is the bias [4H].
void run_forward(const Sizes& size, const Tensor& ids, const Tensor& input, const Tensor& w_hh, Precision precision,
                 const Activations& out) {
  const int64_t hidden = size.hidden;
  const PackedMatrix recurrent(view(w_hh).transposed(), precision);
  const float* inputs = input.const_data_ptr<float>();
  const int64_t* id = ids.numel() > 0 ? ids.const_data_ptr<int64_t>() : nullptr;
  auto* gates = out.gates.mutable_data_ptr<float>();
  auto *h = out.h.mutable_data_ptr<float>(), *c = out.c.mutable_data_ptr<float>();
  LeftMatrix left(view(out.h), precision);
  share(size.batch, size.time * 4 * hidden * hidden, [&](int64_t begin, int64_t end) {
    for (int64_t t = 0; t < size.time; ++t) {
      const int64_t now = t * size.batch;
      left.update(now + begin, now + end);
      multiply(left.rows(now + begin, now + end), recurrent, gates + (now + begin) * 4 * hidden, 4 * hidden,
               id == nullptr ? Into::kAdd : Into::kReplace);
      for (int64_t row = now + begin; row < now + end; ++row) {
        const int64_t next = row + size.batch;  // in h and c
        lstm_row_forward({hidden, inputs + (id == nullptr ? 0 : id[row] * 4 * hidden), c + row * hidden,
                          gates + row * 4 * hidden, c + next * hidden, h + next * hidden});
      }
    }
  });
}

/// Gradients of the recurrence.
struct RecurrentGradients {
  Tensor gates;  // [T, B, 4H + padding], before the activation
  Tensor input;  // [threads, 4H] or [threads, V, 4H], partial sums for the bias or the table
  Tensor h, c;   // [B, H]: from the end on entry, for the beginning on return
};

void run_backward(const Sizes& size, const Tensor& ids, const Tensor& grad_y, const Tensor& w_hh, Precision precision,
                  const Activations& saved, RecurrentGradients& grads) {
  const int64_t hidden = size.hidden, stride = grads.gates.stride(1), input_size = grads.input[0].numel();
  const PackedMatrix recurrent(view(w_hh), precision);
  const int64_t* id = ids.numel() > 0 ? ids.const_data_ptr<int64_t>() : nullptr;
  const float* from_y = grad_y.defined() ? grad_y.const_data_ptr<float>() : nullptr;
  const auto *gates = saved.gates.const_data_ptr<float>(), *c = saved.c.const_data_ptr<float>();
  auto *grad_gates = grads.gates.mutable_data_ptr<float>(), *grad_input = grads.input.mutable_data_ptr<float>();
  auto *grad_h = grads.h.mutable_data_ptr<float>(), *grad_c = grads.c.mutable_data_ptr<float>();
  LeftMatrix left({grad_gates, size.rows(), 4 * hidden, stride}, precision);
  share(size.batch, size.time * 4 * hidden * hidden, [&](int64_t begin, int64_t end) {
    float* sums = grad_input + at::get_thread_num() * input_size;
    for (int64_t t = size.time - 1; t >= 0; --t) {
      const int64_t now = t * size.batch;
      for (int64_t b = begin; b < end; ++b) {
        const int64_t row = now + b;
        lstm_row_backward({hidden, gates + row * 4 * hidden, c + row * hidden, c + (row + size.batch) * hidden,
                           from_y == nullptr ? nullptr : from_y + row * hidden, grad_h + b * hidden,
                           grad_c + b * hidden, grad_gates + row * stride,
                           sums + (id == nullptr ? 0 : id[row] * 4 * hidden)});
      }
      left.update(now + begin, now + end);
      multiply(left.rows(now + begin, now + end), recurrent, grad_h + begin * hidden, hidden, Into::kReplace);
    }
  });
}

Tensor after(const Tensor& past, int64_t time) {  // [T + 1, B, H], past [B, H] and room for what follows
  Tensor all = at::empty({time + 1, past.size(0), past.size(1)}, past.options());
  all[0].copy_(past);
  return all;
}

/// Inputs: x [T, B, I], w_ih [4H, I] and the bias [4H]; or a table [V, 4H] in place of x, and ids [T, B].
/// Autograd wants every tensor defined, so those that are absent are empty.
struct LstmFunction : torch::autograd::Function<LstmFunction> {
  static variable_list forward(AutogradContext* ctx, const Tensor& input, const Tensor& w_ih, const Tensor& bias,
                               const Tensor& ids, const Tensor& w_hh, const Tensor& h0, const Tensor& c0,
                               int64_t precision_number) {
    const auto precision = static_cast<Precision>(precision_number);
    const bool looked_up = ids.numel() > 0;
    const Tensor& leading = looked_up ? ids : input;
    const Sizes size{leading.size(0), leading.size(1), w_hh.size(1)};
    const Activations out{at::empty({size.time, size.batch, 4 * size.hidden}, h0.options()), after(h0, size.time),
                          after(c0, size.time)};
    if (!looked_up)
      multiply_all(view(input), PackedMatrix(view(w_ih).transposed(), precision), out.gates.mutable_data_ptr<float>());
    run_forward(size, ids, looked_up ? input : bias, w_hh, precision, out);
    ctx->save_for_backward({input, w_ih, ids, w_hh, out.gates, out.h, out.c});
    ctx->saved_data["precision"] = precision_number;
    const Tensor y = at::empty({0}, h0.options());  // part of h without being a view, which autograd restricts
    y.set_(out.h.storage(), size.batch * size.hidden, {size.time, size.batch, size.hidden});
    return {y, out.h[-1].clone(), out.c[-1].clone()};
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grad_outputs) {
    const auto saved = ctx->get_saved_variables();
    const Tensor &input = saved[0], &w_ih = saved[1], &ids = saved[2], &w_hh = saved[3];
    const Activations out{saved[4], saved[5], saved[6]};
    const auto precision = static_cast<Precision>(ctx->saved_data["precision"].toInt());
    const bool looked_up = ids.numel() > 0;
    const Sizes size{out.gates.size(0), out.gates.size(1), w_hh.size(1)};
    const int64_t threads = at::get_num_threads(), gate_columns = 4 * size.hidden;
    const auto or_zeros = [&](const Tensor& grad) {
      return grad.defined() ? grad.clone(at::MemoryFormat::Contiguous)
                            : at::zeros({size.batch, size.hidden}, w_hh.options());
    };
    RecurrentGradients grads{at::empty({size.time, size.batch, gate_columns + kRowPadding}, w_hh.options()),
                             at::zeros({threads, looked_up ? input.size(0) : 1, gate_columns}, w_hh.options()),
                             or_zeros(grad_outputs[1]), or_zeros(grad_outputs[2])};
    const Tensor grad_y = grad_outputs[0].defined() ? grad_outputs[0].contiguous() : Tensor();
    run_backward(size, ids, grad_y, w_hh, precision, out, grads);

    const MatrixView gates{grads.gates.const_data_ptr<float>(), size.rows(), gate_columns, grads.gates.stride(1)};
    Tensor grad_w_hh;
    if (ctx->needs_input_grad(4)) {
      grad_w_hh = at::zeros_like(w_hh);
      add_outer(gates, view(out.h.narrow(0, 0, size.time)), precision, grad_w_hh);
    }
    if (looked_up) return {grads.input.sum(0), Tensor(), Tensor(), Tensor(), grad_w_hh, grads.h, grads.c, Tensor()};

    Tensor grad_x, grad_w_ih;
    if (ctx->needs_input_grad(1)) {
      grad_w_ih = at::zeros_like(w_ih);
      add_outer(gates, view(input), precision, grad_w_ih);
    }
    if (ctx->needs_input_grad(0)) {
      grad_x = at::empty_like(input);
      multiply_all(gates, PackedMatrix(view(w_ih), precision), grad_x.mutable_data_ptr<float>());
    }
    return {grad_x,  grad_w_ih, grads.input.sum(at::IntArrayRef({0, 1})), Tensor(), grad_w_hh, grads.h,
            grads.c, Tensor()};
  }
};

void check_float(const Tensor& tensor, at::IntArrayRef shape, const char* name) {
  TORCH_CHECK(tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat, name, " must be fp32 on the CPU");
  TORCH_CHECK(tensor.sizes() == shape, name, " has shape ", tensor.sizes(), ", expected ", shape);
}

/// Checks all but the input itself; `leading` is [T, B, ...].
void check(const Tensor& leading, int64_t input_size, const LstmLayerState& past, const LstmLayerWeights& weights,
           Precision precision) {
  TORCH_CHECK(weights.w_hh.dim() == 2, "w_hh must be [4H, H]");
  const int64_t hidden = weights.w_hh.size(1), batch = leading.size(1);
  TORCH_CHECK(leading.numel() > 0 && hidden > 0, "an LSTM layer needs at least one step, one row and one unit");
  TORCH_CHECK(precision == Precision::kFp32 || bf16_available(), "this processor has no bf16 products (AVX512-BF16)");
  check_float(weights.w_ih, {4 * hidden, input_size}, "w_ih");
  check_float(weights.w_hh, {4 * hidden, hidden}, "w_hh");
  check_float(weights.b_ih, {4 * hidden}, "b_ih");
  check_float(weights.b_hh, {4 * hidden}, "b_hh");
  check_float(past.h, {batch, hidden}, "h");
  check_float(past.c, {batch, hidden}, "c");
}

}  // namespace

LstmLayerOutput lstm_layer(const Tensor& x, const LstmLayerState& past, const LstmLayerWeights& weights,
                           Precision precision) {
  TORCH_CHECK(x.dim() == 3, "x must be [T, B, I]");
  check_float(x, x.sizes(), "x");
  check(x, x.size(2), past, weights, precision);
  auto out = LstmFunction::apply(x.contiguous(), weights.w_ih.contiguous(), weights.b_ih + weights.b_hh,
                                 at::empty({0}, at::kLong), weights.w_hh.contiguous(), past.h.contiguous(),
                                 past.c.contiguous(), static_cast<int64_t>(precision));
  return {out[0], out[1], out[2]};
}

LstmLayerOutput lstm_layer(const Tensor& ids, const Tensor& embedding, const LstmLayerState& past,
                           const LstmLayerWeights& weights, Precision precision) {
  TORCH_CHECK(ids.dim() == 2 && ids.scalar_type() == at::kLong, "ids must be [T, B], int64");
  TORCH_CHECK(embedding.dim() == 2, "embedding must be [V, E]");
  check_float(embedding, embedding.sizes(), "embedding");
  check(ids, embedding.size(1), past, weights, precision);
  TORCH_CHECK(ids.min().item<int64_t>() >= 0 && ids.max().item<int64_t>() < embedding.size(0),
              "an id lies outside of the vocabulary of ", embedding.size(0));
  const Tensor table = at::linear(embedding, weights.w_ih, weights.b_ih + weights.b_hh);  // [V, 4H]
  const Tensor none = at::empty({0}, table.options().requires_grad(false));
  auto out = LstmFunction::apply(table, none, none, ids.contiguous(), weights.w_hh.contiguous(), past.h.contiguous(),
                                 past.c.contiguous(), static_cast<int64_t>(precision));
  return {out[0], out[1], out[2]};
}

}  // namespace seq::nn
