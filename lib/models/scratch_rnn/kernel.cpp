// Every product in here is a sum of scaled rows (`add_rows`), which compilers turn into vector instructions without
// leave to reorder sums. The bodies are compiled twice on x86-64, for any processor and for those with AVX2.
// B = batch, T = time, H = hidden, V = vocabulary; H' and V' = the same rounded up to whole vectors
#include "models/scratch_rnn/kernel.h"

#include <algorithm>
#include <vector>

#include "models/scratch_rnn/exponential.h"

namespace seq::scratch_rnn {
namespace {

/// The logit of what is only padding: its probability is nothing.
constexpr double kNoLogit = -1e30;

/// sum [n] += Σ_k factors[k * stride] * rows[k], rows [count, n], n a multiple of kLanes.
template <class Real>
[[gnu::always_inline]] inline void add_rows(const Real* factors, int64_t stride, const Real* rows, int64_t count,
                                            int64_t n, Real* __restrict sum) {
  int64_t k = 0;
  for (; k + 4 <= count; k += 4) {  // four at a time: a quarter of the loads and stores of `sum`
    const Real a = factors[k * stride], b = factors[(k + 1) * stride];
    const Real c = factors[(k + 2) * stride], d = factors[(k + 3) * stride];
    const Real *p = rows + k * n, *q = p + n, *r = q + n, *s = r + n;
    for (int64_t i = 0; i < n; ++i) sum[i] += (a * p[i] + b * q[i]) + (c * r[i] + d * s[i]);
  }
  for (; k < count; ++k) {
    const Real a = factors[k * stride];
    const Real* p = rows + k * n;
    for (int64_t i = 0; i < n; ++i) sum[i] += a * p[i];
  }
}

/// A matrix [rows, columns] with its rows padded by zeros to `width`.
template <class Real>
std::vector<Real> padded(const Real* matrix, int64_t rows, int64_t columns, int64_t width) {
  std::vector<Real> out(static_cast<size_t>(rows * width));
  for (int64_t i = 0; i < rows; ++i) std::copy_n(matrix + i * columns, columns, out.data() + i * width);
  return out;
}

/// The transpose [columns, rows] of a matrix [rows, columns], padded likewise.
template <class Real>
std::vector<Real> padded_transpose(const Real* matrix, int64_t rows, int64_t columns, int64_t width) {
  std::vector<Real> out(static_cast<size_t>(columns * width));
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j) out[static_cast<size_t>(j * width + i)] = matrix[i * columns + j];
  return out;
}

template <class Real>
void remove_padding(const std::vector<Real>& from, int64_t rows, int64_t columns, int64_t width, Real* matrix) {
  for (int64_t i = 0; i < rows; ++i) std::copy_n(from.data() + i * width, columns, matrix + i * columns);
}

/// Turns logits [V'] into probabilities in place; returns -log of the target's.
template <class Real>
[[gnu::always_inline]] inline double softmax(Real* __restrict y, int64_t width, int64_t target) {
  Real highest[kLanes], sums[kLanes] = {};
  std::copy_n(y, kLanes, highest);
  for (int64_t v = kLanes; v < width; v += kLanes)
    for (int64_t i = 0; i < kLanes; ++i) highest[i] = highest[i] < y[v + i] ? y[v + i] : highest[i];
  const Real most = *std::max_element(highest, highest + kLanes);
  const Real target_logit = y[target] - most;

  for (int64_t v = 0; v < width; ++v) y[v] = exp_negative(y[v] - most);
  for (int64_t v = 0; v < width; v += kLanes)
    for (int64_t i = 0; i < kLanes; ++i) sums[i] += y[v + i];
  Real sum = 0;
  for (const Real lane : sums) sum += lane;
  const Real scale = 1 / sum;
  for (int64_t v = 0; v < width; ++v) y[v] *= scale;
  return std::log(static_cast<double>(sum)) - static_cast<double>(target_logit);
}

template <class Real>
[[gnu::always_inline]] inline double forward_body(const Windows<Real>& windows) {
  const auto [batch, time, hidden, vocabulary] = windows.sizes;
  const int64_t h_width = windows.sizes.padded_hidden(), v_width = windows.sizes.padded_vocabulary();
  const Parameters<const Real>& w = windows.parameters;
  const std::vector<Real> recurrent = padded_transpose(w.recurrent, hidden, hidden, h_width);  // [H, H']
  const std::vector<Real> output = padded_transpose(w.output, vocabulary, hidden, v_width);    // [H, V']
  std::vector<Real> output_bias(static_cast<size_t>(v_width), static_cast<Real>(kNoLogit));    // [V']
  std::copy_n(w.output_bias, vocabulary, output_bias.data());

  double loss = 0;
  for (int64_t b = 0; b < batch; ++b) {
    Real* h = windows.states + b * (time + 1) * h_width;  // h_t [H'], t = 0 … T
    std::fill_n(std::copy_n(w.start + b * hidden, hidden, h), h_width - hidden, Real{0});
    for (int64_t t = 0; t < time; ++t, h += h_width) {
      // h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h); x_t is one-hot, hence a column of W_xh
      Real* next = h + h_width;
      const Real* column = w.input + windows.ids[b * time + t];
      for (int64_t i = 0; i < hidden; ++i) next[i] = w.hidden_bias[i] + column[i * vocabulary];
      std::fill(next + hidden, next + h_width, Real{0});
      add_rows(h, 1, recurrent.data(), hidden, h_width, next);
      for (int64_t i = 0; i < h_width; ++i) next[i] = tanh_any(next[i]);

      // y_t = W_hy h_t + b_y
      Real* y = windows.probabilities + (b * time + t) * v_width;
      std::copy_n(output_bias.data(), v_width, y);
      add_rows(next, 1, output.data(), hidden, v_width, y);
      const double nats = softmax(y, v_width, windows.targets[b * time + t]);
      loss += windows.mask == nullptr ? nats : nats * static_cast<double>(windows.mask[b * time + t]);
    }
  }
  return loss;
}

/// ∂loss/∂y_t = softmax(y_t) - one-hot target, into `dy` [T, V'] for sequence b.
template <class Real>
[[gnu::always_inline]] inline void logit_gradients(const Windows<Real>& windows, int64_t b, Real loss_gradient,
                                                   Real* __restrict dy) {
  const int64_t time = windows.sizes.time, v_width = windows.sizes.padded_vocabulary();
  for (int64_t t = 0; t < time; ++t) {
    const int64_t place = b * time + t;
    const Real scale = windows.mask == nullptr ? loss_gradient : loss_gradient * windows.mask[place];
    const Real* probabilities = windows.probabilities + place * v_width;
    for (int64_t v = 0; v < v_width; ++v) dy[t * v_width + v] = scale * probabilities[v];
    dy[t * v_width + windows.targets[place]] -= scale;
  }
}

template <class Real>
[[gnu::always_inline]] inline void backward_body(const Windows<Real>& windows, Real loss_gradient,
                                                 const Real* end_gradient, const Parameters<Real>& gradients) {
  const auto [batch, time, hidden, vocabulary] = windows.sizes;
  const int64_t h_width = windows.sizes.padded_hidden(), v_width = windows.sizes.padded_vocabulary();
  const auto zeros = [](int64_t rows, int64_t width) { return std::vector<Real>(static_cast<size_t>(rows * width)); };
  const std::vector<Real> recurrent = padded(windows.parameters.recurrent, hidden, hidden, h_width);  // [H, H']
  const std::vector<Real> output = padded(windows.parameters.output, vocabulary, hidden, h_width);    // [V, H']
  const std::vector<Real> ones(static_cast<size_t>(time), Real{1});

  std::vector<Real> d_recurrent = zeros(hidden, h_width), d_hidden_bias = zeros(1, h_width);
  std::vector<Real> d_output = zeros(vocabulary, h_width), d_output_bias = zeros(1, v_width);
  std::fill_n(gradients.input, hidden * vocabulary, Real{0});
  std::vector<Real> dy = zeros(time, v_width), dz = zeros(time, h_width), carried = zeros(1, h_width);

  for (int64_t b = 0; b < batch; ++b) {
    const Real* states = windows.states + b * (time + 1) * h_width;  // [T+1, H']
    logit_gradients(windows, b, loss_gradient, dy.data());

    std::fill(carried.begin(), carried.end(), Real{0});
    if (end_gradient != nullptr) std::copy_n(end_gradient + b * hidden, hidden, carried.data());
    for (int64_t t = time - 1; t >= 0; --t) {
      // ∂/∂h_t = W_hy^T ∂/∂y_t + W_hh^T ∂/∂z_{t+1};  z_t is what tanh is taken of: ∂/∂z_t = (1 - h_t²) ∂/∂h_t
      Real* dz_t = dz.data() + t * h_width;
      const Real* h = states + (t + 1) * h_width;
      std::copy_n(carried.data(), h_width, dz_t);
      add_rows(dy.data() + t * v_width, 1, output.data(), vocabulary, h_width, dz_t);
      for (int64_t i = 0; i < h_width; ++i) dz_t[i] *= 1 - h[i] * h[i];
      std::fill(carried.begin(), carried.end(), Real{0});
      add_rows(dz_t, 1, recurrent.data(), hidden, h_width, carried.data());

      Real* column = gradients.input + windows.ids[b * time + t];  // ∂/∂W_xh = Σ_t ∂/∂z_t x_t^T
      for (int64_t i = 0; i < hidden; ++i) column[i * vocabulary] += dz_t[i];
    }
    std::copy_n(carried.data(), hidden, gradients.start + b * hidden);

    // ∂/∂W_hh = Σ_t ∂/∂z_t h_{t-1}^T,  ∂/∂W_hy = Σ_t ∂/∂y_t h_t^T, row by row;  ∂/∂b_h = Σ_t ∂/∂z_t,  ∂/∂b_y = Σ_t
    // ∂/∂y_t
    for (int64_t i = 0; i < hidden; ++i)
      add_rows(dz.data() + i, h_width, states, time, h_width, d_recurrent.data() + i * h_width);
    for (int64_t v = 0; v < vocabulary; ++v)
      add_rows(dy.data() + v, v_width, states + h_width, time, h_width, d_output.data() + v * h_width);
    add_rows(ones.data(), 1, dz.data(), time, h_width, d_hidden_bias.data());
    add_rows(ones.data(), 1, dy.data(), time, v_width, d_output_bias.data());
  }
  remove_padding(d_recurrent, hidden, hidden, h_width, gradients.recurrent);
  remove_padding(d_output, vocabulary, hidden, h_width, gradients.output);
  std::copy_n(d_hidden_bias.data(), hidden, gradients.hidden_bias);
  std::copy_n(d_output_bias.data(), vocabulary, gradients.output_bias);
}

#if defined(__x86_64__)
bool has_avx2() {
  static const bool found = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return found;
}

template <class Real>
[[gnu::target("avx2,fma")]] double forward_avx2(const Windows<Real>& windows) {
  return forward_body(windows);
}

template <class Real>
[[gnu::target("avx2,fma")]] void backward_avx2(const Windows<Real>& windows, Real loss_gradient,
                                               const Real* end_gradient, const Parameters<Real>& gradients) {
  backward_body(windows, loss_gradient, end_gradient, gradients);
}
#endif

}  // namespace

template <class Real>
double forward(const Windows<Real>& windows) {
#if defined(__x86_64__)
  if (has_avx2()) return forward_avx2(windows);
#endif
  return forward_body(windows);
}

template <class Real>
void backward(const Windows<Real>& windows, Real loss_gradient, const Real* end_gradient,
              const Parameters<Real>& gradients) {
#if defined(__x86_64__)
  if (has_avx2()) return backward_avx2(windows, loss_gradient, end_gradient, gradients);
#endif
  backward_body(windows, loss_gradient, end_gradient, gradients);
}

template double forward(const Windows<float>&);
template double forward(const Windows<double>&);
template void backward(const Windows<float>&, float, const float*, const Parameters<float>&);
template void backward(const Windows<double>&, double, const double*, const Parameters<double>&);

}  // namespace seq::scratch_rnn
