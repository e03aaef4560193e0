// Pooling step by step: as many small additions as the longest sequence has steps, none for padding.
// B = sequences, N = rows of packed steps, T = time, H = numbers in a vector
#include "nn/pooling.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <limits>

namespace seq::nn {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct SumOverSteps : torch::autograd::Function<SumOverSteps> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const PackedSteps& steps) {
    ctx->save_for_backward({steps.sequences().to(x.device())});
    Tensor sum = x.narrow(0, 0, steps.batch()).clone();
    for (int64_t t = 1; t < steps.time(); ++t)
      sum.narrow(0, 0, steps.active(t)).add_(x.narrow(0, steps.begin(t), steps.active(t)));
    return sum;
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    return {grads[0].index_select(0, ctx->get_saved_variables()[0]), Tensor()};
  }
};

struct MaxOverSteps : torch::autograd::Function<MaxOverSteps> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const PackedSteps& steps) {
    const int64_t batch = steps.batch();
    Tensor most = x.narrow(0, 0, batch).clone();
    const auto row_numbers = [&](int64_t t) {
      return at::arange(steps.begin(t), steps.begin(t) + steps.active(t), x.options().dtype(at::kLong)).unsqueeze(1);
    };
    Tensor rows = row_numbers(0).expand_as(most).clone();  // [B, H]: where the greatest stands
    for (int64_t t = 1; t < steps.time(); ++t) {
      const int64_t active = steps.active(t);
      const Tensor now = x.narrow(0, steps.begin(t), active);
      Tensor best = most.narrow(0, 0, active), place = rows.narrow(0, 0, active);
      const Tensor greater = now > best;
      place.copy_(at::where(greater, row_numbers(t), place));
      best.copy_(at::where(greater, now, best));
    }
    ctx->save_for_backward({rows});
    ctx->saved_data["rows"] = x.size(0);
    return most;
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const Tensor rows = ctx->get_saved_variables()[0];
    Tensor grad = at::zeros({ctx->saved_data["rows"].toInt(), rows.size(1)}, grads[0].options());
    return {grad.scatter_(0, rows, grads[0]), Tensor()};
  }
};

}  // namespace

Tensor sum_over_steps(const Tensor& x, const PackedSteps& steps) {
  return SumOverSteps::apply(x, steps);
}

Tensor mean_over_steps(const Tensor& x, const PackedSteps& steps) {
  return sum_over_steps(x, steps) / at::tensor(steps.lengths(), x.options().requires_grad(false)).unsqueeze(1);
}

Tensor max_over_steps(const Tensor& x, const PackedSteps& steps) {
  return MaxOverSteps::apply(x, steps);
}

Tensor last_of_steps(const Tensor& x, const PackedSteps& steps, bool bidirectional) {
  const Tensor last = x.index_select(0, steps.last_rows().to(x.device()));  // [B, H]
  if (!bidirectional) return last;
  const int64_t half = x.size(1) / 2;
  return at::cat({last.narrow(1, 0, half), x.narrow(0, 0, steps.batch()).narrow(1, half, half)}, 1);
}

Tensor softmax_over_steps(const Tensor& scores, const PackedSteps& steps) {
  Tensor places = at::empty({steps.rows()}, at::kLong);  // of each row in [B, T]
  auto* place = places.mutable_data_ptr<int64_t>();
  for (int64_t t = 0; t < steps.time(); ++t)
    for (int64_t b = 0; b < steps.active(t); ++b) *place++ = b * steps.time() + t;
  places = places.to(scores.device());
  const Tensor padded = at::full({steps.batch() * steps.time()}, -std::numeric_limits<double>::infinity(),
                                 scores.options().requires_grad(false))
                            .scatter(0, places, scores);
  return at::softmax(padded.view({steps.batch(), steps.time()}), 1).view({-1}).gather(0, places);
}

}  // namespace seq::nn
