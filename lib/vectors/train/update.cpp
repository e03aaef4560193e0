// Blocks of up to 4 inputs and 6 outputs, whose 24 products stay in registers.
#include "vectors/train/update.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/simd.h"

namespace seq::vectors {
namespace {

constexpr int kBlockOutputs = 6;
constexpr int kBlockInputs = 4;
constexpr int kBlockPairs = kBlockInputs * kBlockOutputs;
constexpr int kMostLanes = 32;  // kBlockPairs in whole vectors of any width

/// From n vectors of W lanes to their n sums, in their order: neighbours are folded into one another, so that a
/// vector holds first two halves, then four quarters …
template <int W>
struct Fold {
  using V = Simd<W>;
  using Floats = typename V::Floats;

  /// The lane of the concatenation of `a` and `b` that goes to lane `l` when groups of G lanes are halved.
  template <int G, int Half>
  static constexpr int lane(int l) {
    constexpr int h = G / 2;
    constexpr int groups = W / G;  // in each of a and b
    const int group = l / h;
    return (group >= groups ? W : 0) + (group % groups) * G + Half * h + l % h;
  }

  template <int G, int... L>
  static SEQ_INLINE Floats merge(const Floats& a, const Floats& b, std::integer_sequence<int, L...>) {
    return __builtin_shufflevector(a, b, lane<G, 0>(L)...) + __builtin_shufflevector(a, b, lane<G, 1>(L)...);
  }

  /// The sums of W vectors as one.
  template <int G>
  static SEQ_INLINE Floats sums(const Floats* vectors) {
    if constexpr (G == W * 2) {
      return *vectors;
    } else {
      constexpr int kCount = W / G;  // vectors in each half
      return merge<G>(sums<G * 2>(vectors), sums<G * 2>(vectors + kCount), std::make_integer_sequence<int, W>{});
    }
  }
};

/// One block of rows, with all that stays the same for all blocks of an update.
struct Block {
  float* const* inputs;
  float* const* outputs;
  const float* labels;  ///< [M, N]: those of the outputs again and again
  int64_t stride;
  float rate;
};

/// 1 for the lanes that stand for a pair, 0 for those that only fill a vector.
template <int W, int kPairs>
struct Lanes {
  float valid[(kPairs + W - 1) / W * W] = {};
  constexpr Lanes() {
    for (int p = 0; p < kPairs; ++p) valid[p] = 1;
  }
};

template <int W>
SEQ_INLINE typename Simd<W>::Floats log_of(const typename Simd<W>::Floats& x) {  // x in [1e-30, 1]
  using V = Simd<W>;
  typename V::Ints bits;
  std::memcpy(&bits, &x, sizeof bits);
  // x = 2^e m with m in [sqrt(1/2), sqrt(2))
  const typename V::Ints e = (bits - 0x3F3504F3) >> 23;
  bits -= e << 23;
  typename V::Floats m;
  std::memcpy(&m, &bits, sizeof m);
  const auto t = (m - 1.0F) / (m + 1.0F);
  const auto t2 = t * t;
  auto series = t2 * (1.0F / 9.0F) + 1.0F / 7.0F;
  series = series * t2 + 1.0F / 5.0F;
  series = series * t2 + 1.0F / 3.0F;
  series = (series * t2 + 1.0F) * t * 2.0F;
  return __builtin_convertvector(e, typename V::Floats) * 0.69314718F + series;
}

/// Loss of a block; `steps` gets rate * (label - sigmoid(f)) for each pair.
template <int W, int M, int N>
SEQ_INLINE float score_block(const Block& block, float* steps) {
  using V = Simd<W>;
  using Floats = typename V::Floats;
  constexpr int kPairs = M * N;
  constexpr int kVectors = (kPairs + W - 1) / W;
  Floats sums[kVectors * W];
  for (int p = 0; p < kVectors * W; ++p) sums[p] = Floats{};
  for (int64_t k = 0; k < block.stride; k += W) {
    Floats y[N];
    for (int j = 0; j < N; ++j) y[j] = V::load(block.outputs[j] + k);
    for (int i = 0; i < M; ++i) {
      const Floats x = V::load(block.inputs[i] + k);
      for (int j = 0; j < N; ++j) sums[i * N + j] += x * y[j];
    }
  }
  static constexpr Lanes<W, kPairs> kLanes;
  Floats losses{};
  for (int64_t v = 0; v < kVectors; ++v) {
    const Floats f = Fold<W>::template sums<2>(sums + v * W);
    const Floats label = V::load(block.labels + v * W);
    const Floats sigmoid = V::sigmoid(f);
    V::store((label - sigmoid) * block.rate, steps + v * W);
    const Floats wrong = label + sigmoid - 2.0F * label * sigmoid;  // probability of the other label
    const Floats right = 1.0F - wrong;
    losses -= V::load(kLanes.valid + v * W) * log_of<W>(right < 1e-7F ? V::all(1e-7F) : right);
  }
  float loss = 0;
  for (int l = 0; l < W; ++l) loss += losses[l];
  return loss;
}

template <int W, int M, int N>
SEQ_INLINE void move_block(const Block& block, const float* steps) {
  using V = Simd<W>;
  using Floats = typename V::Floats;
  for (int64_t k = 0; k < block.stride; k += W) {
    Floats x[M], gain[M], y[N];
    for (int i = 0; i < M; ++i) gain[i] = x[i] = V::load(block.inputs[i] + k);
    for (int j = 0; j < N; ++j) {
      const Floats old = V::load(block.outputs[j] + k);
      y[j] = old;
      for (int i = 0; i < M; ++i) {
        const float step = steps[i * N + j];
        gain[i] += step * old;
        y[j] += step * x[i];
      }
      V::store(y[j], block.outputs[j] + k);
    }
    for (int i = 0; i < M; ++i) V::store(gain[i], block.inputs[i] + k);
  }
}

template <int W, int M, int N>
SEQ_INLINE float run_block(const Block& block) {
  alignas(64) float steps[((M * N + W - 1) / W) * W];
  const float loss = score_block<W, M, N>(block, steps);
  move_block<W, M, N>(block, steps);
  return loss;
}

template <int W, int M>
SEQ_INLINE float run_outputs(const Block& block, int outputs) {
  switch (outputs) {
    case 1:
      return run_block<W, M, 1>(block);
    case 2:
      return run_block<W, M, 2>(block);
    case 3:
      return run_block<W, M, 3>(block);
    case 4:
      return run_block<W, M, 4>(block);
    case 5:
      return run_block<W, M, 5>(block);
    default:
      return run_block<W, M, 6>(block);
  }
}

struct Run {
  template <int W>
  static SEQ_INLINE void run(const Update& update, double* loss) {
    constexpr int kInputs = W == 16 ? kBlockInputs : 2;  // 16 registers hold 2 x 6 sums, 32 hold 4 x 6
    for (int j = 0; j < update.output_count; j += kBlockOutputs) {
      const int outputs = std::min(kBlockOutputs, update.output_count - j);
      float labels[kMostLanes];
      for (int p = 0, from = 0; p < kInputs * outputs; ++p, from = from + 1 == outputs ? 0 : from + 1)
        labels[p] = update.labels[j + from];
      for (int i = 0; i < update.input_count; i += kInputs) {
        const Block block{update.inputs + i, update.outputs + j, labels, update.stride, update.rate};
        switch (std::min(kInputs, update.input_count - i)) {
          case 1:
            *loss += run_outputs<W, 1>(block, outputs);
            break;
          case 2:
            *loss += run_outputs<W, 2>(block, outputs);
            break;
          case 3:
            *loss += run_outputs<W, std::min(3, kInputs)>(block, outputs);
            break;
          default:
            *loss += run_outputs<W, kInputs>(block, outputs);
        }
      }
    }
  }
};

}  // namespace

double update(const Update& given) {
  double loss = 0;
  run_best<Run>(given, &loss);
  return loss;
}

double update_plain(const Update& given) {
  double loss = 0;
  for (int first_j = 0; first_j < given.output_count; first_j += kBlockOutputs) {
    const int outputs = std::min(kBlockOutputs, given.output_count - first_j);
    for (int first_i = 0; first_i < given.input_count; first_i += kBlockInputs) {
      const int inputs = std::min(kBlockInputs, given.input_count - first_i);
      double steps[kBlockPairs];
      for (int i = 0; i < inputs; ++i) {
        for (int j = 0; j < outputs; ++j) {
          const float* x = given.inputs[first_i + i];
          const float* y = given.outputs[first_j + j];
          double f = 0;
          for (int64_t k = 0; k < given.stride; ++k) f += static_cast<double>(x[k]) * static_cast<double>(y[k]);
          const double label = static_cast<double>(given.labels[first_j + j]);
          const double sigmoid = 1.0 / (1.0 + std::exp(-f));
          steps[i * kBlockOutputs + j] = static_cast<double>(given.rate) * (label - sigmoid);
          loss -= std::log(std::max(label > 0.5 ? sigmoid : 1.0 - sigmoid, 1e-7));
        }
      }
      for (int64_t k = 0; k < given.stride; ++k) {
        double x[kBlockInputs], y[kBlockOutputs];
        for (int i = 0; i < inputs; ++i) x[i] = static_cast<double>(given.inputs[first_i + i][k]);
        for (int j = 0; j < outputs; ++j) y[j] = static_cast<double>(given.outputs[first_j + j][k]);
        for (int i = 0; i < inputs; ++i)
          for (int j = 0; j < outputs; ++j)
            given.inputs[first_i + i][k] += static_cast<float>(steps[i * kBlockOutputs + j] * y[j]);
        for (int j = 0; j < outputs; ++j)
          for (int i = 0; i < inputs; ++i)
            given.outputs[first_j + j][k] += static_cast<float>(steps[i * kBlockOutputs + j] * x[i]);
      }
    }
  }
  return loss;
}

}  // namespace seq::vectors
