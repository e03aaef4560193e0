// The from-scratch RNN on plain arrays: a window's loss, and its gradients by back-propagation through time.
// B = batch, T = time, H = hidden, V = vocabulary; H' and V' = the same rounded up to whole vectors
#pragma once

#include <cstdint>

namespace seq::scratch_rnn {

/// Rows are padded to a multiple of this many numbers.
inline constexpr int64_t kLanes = 8;

struct Sizes {
  int64_t batch = 0;
  int64_t time = 0;
  int64_t hidden = 0;
  int64_t vocabulary = 0;

  int64_t padded_hidden() const { return (hidden + kLanes - 1) / kLanes * kLanes; }          // H'
  int64_t padded_vocabulary() const { return (vocabulary + kLanes - 1) / kLanes * kLanes; }  // V'
};

/// Each array is dense and row by row.
template <class Real>
struct Parameters {
  Real* input;        ///< W_xh [H, V]
  Real* recurrent;    ///< W_hh [H, H]
  Real* hidden_bias;  ///< b_h [H]
  Real* output;       ///< W_hy [V, H]
  Real* output_bias;  ///< b_y [V]
  Real* start;        ///< h_0 [B, H]
};

/// A batch of windows, and what the forward pass leaves for the backward pass.
template <class Real>
struct Windows {
  Sizes sizes;
  Parameters<const Real> parameters;
  const int64_t* ids;      ///< [B, T], within the vocabulary
  const int64_t* targets;  ///< [B, T], likewise
  const Real* mask;        ///< [B, T], or null: all count
  Real* states;            ///< h_0 … h_T [B, T+1, H']
  Real* probabilities;     ///< softmax of y_t [B, T, V']
};

/// Fills states and probabilities; returns the sum of mask_t * -log softmax(y_t)[target_t].
template <class Real>
double forward(const Windows<Real>& windows);

/// Fills the gradients of `loss_gradient * loss + end_gradient · h_T` after forward(); `end_gradient` [B, H] or null.
template <class Real>
void backward(const Windows<Real>& windows, Real loss_gradient, const Real* end_gradient,
              const Parameters<Real>& gradients);

}  // namespace seq::scratch_rnn
