// Runs an LSTM language model one token at a time, for sampling: one thread, no autograd, no allocation a step.
//
// V = vocabulary, E = embedding, H = hidden
//
//   decode::LstmStepper stepper(weights);
//   std::span<const float> logits = stepper.step(id);
//
// At batch 1 each product is a matrix times a vector and its speed is that of reading the weights. They are therefore
// copied once into the order in which they are read; the first layer's input product is a table with a row for each
// token.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "decode/stepper.h"

namespace seq::decode {

/// One LSTM layer in PyTorch's layout (gates i, f, g, o).
struct StepperLayer {
  at::Tensor w_ih;  ///< [4H, E] in the first layer, [4H, H] above
  at::Tensor w_hh;  ///< [4H, H]
  at::Tensor b_ih;  ///< [4H]
  at::Tensor b_hh;  ///< [4H]
};

struct StepperWeights {
  at::Tensor embedding;  ///< [V, E]
  std::vector<StepperLayer> layers;
  at::Tensor head;       ///< [V, H]
  at::Tensor head_bias;  ///< [V]
};

/// The model's state and a packed copy of its weights. Not thread-safe; a copy is independent.
class LstmStepper : public Stepper {
 public:
  /// Throws c10::Error for shapes that disagree. All layers have the same H; weights are converted to fp32.
  explicit LstmStepper(const StepperWeights& weights);

  /// Feeds one token and returns the logits [V] of the next one, valid until the next call.
  /// Throws c10::Error for an id outside of the vocabulary.
  std::span<const float> step(int64_t id) override;

  /// The state back to zeros.
  void reset() override;

 private:
  /// A matrix [rows, columns] in panels of rows, in the order in which a product with a vector reads it.
  struct Panels {
    int64_t count = 0;
    int64_t columns = 0;
    at::Tensor values;  // aligned to cache lines

    Panels() = default;
    explicit Panels(const at::Tensor& matrix);
    /// output [rows, padded to whole panels] += matrix * vector [columns].
    void multiply_add(const float* vector, float* output) const;
  };
  struct Layer {
    Panels input;  // empty in the first layer
    Panels recurrent;
    std::vector<float> bias;  // [4H]
  };

  int64_t vocabulary_ = 0;
  int64_t hidden_ = 0;
  std::vector<float> table_;  // [V, 4H]: first layer's input product and biases
  std::vector<Layer> layers_;
  Panels head_;
  std::vector<float> head_bias_;  // [V, padded]
  std::vector<float> h_;          // [layers * H]
  std::vector<float> c_;          // [layers * H]
  std::vector<float> gates_;      // [4H, padded]
  std::vector<float> logits_;     // [V, padded]
};

}  // namespace seq::decode
