// The inner loop of word2vec: some input rows against some output rows, loss, gradients and update in one go.
//
// M = input rows, N = output rows, D = dimension
#pragma once

#include <cstdint>

namespace seq::vectors {

/// How many rows one update takes at most.
inline constexpr int kMaxInputs = 64;
inline constexpr int kMaxOutputs = 64;

/// Every input row x_i is to predict every output row y_j: 1 or 0 is said by the sigmoid of their product.
/// With f = x_i . y_j and g = rate * (label_j - sigmoid(f)), x_i gains the sum over j of g y_j and y_j the sum over i
/// of g x_i. Negative sampling has the word itself with label 1 and the noise words with label 0 (Mikolov et al. 2013,
/// eq. 4); hierarchical softmax the inner nodes on the word's path (Morin & Bengio 2005).
struct Update {
  float* const* inputs;   ///< [M] rows; each is read and written
  float* const* outputs;  ///< [N] rows
  const float* labels;    ///< [N]
  int input_count;
  int output_count;
  int64_t stride;  ///< floats in a row, a multiple of 16
  float rate;
};

/// Runs the update; returns the sum of the M * N losses before it, in nats: -log sigmoid(f) for label 1,
/// -log sigmoid(-f) for label 0.
///
/// Against the textbook's one pair after another: all pairs of the inputs and of at most 6 outputs are computed from
/// the same values, then all updates applied; more outputs follow six by six. The inputs must be distinct rows, and so
/// must the outputs, else one of two equal rows' gains is lost, as between threads.
double update(const Update& update);

/// The same in plain loops and double precision: the reference of the tests.
double update_plain(const Update& update);

}  // namespace seq::vectors
