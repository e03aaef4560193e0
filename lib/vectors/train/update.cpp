// Blocks of 6 outputs, which stay in registers while all inputs pass by.
#include "vectors/train/update.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/simd.h"

namespace seq::vectors {
namespace {

constexpr int kBlockOutputs = 6;

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

/// Addresses of rows, where the compiler sees that no store changes them.
template <int N>
struct Rows {
  float* row[N];
  explicit SEQ_INLINE Rows(float* const* rows) {
    for (int i = 0; i < N; ++i) row[i] = rows[i];
  }
  SEQ_INLINE float* operator[](int64_t i) const { return row[i]; }
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

/// Products of M inputs with N outputs, and behind them what fills a vector.
template <int W, int M, int N>
SEQ_INLINE void multiply(const Update& update, float* const* inputs, float* const* outputs, float* products) {
  using V = Simd<W>;
  using Floats = typename V::Floats;
  constexpr int kVectors = (M * N + W - 1) / W;
  const Rows<M> xs(inputs);
  const Rows<N> ys(outputs);
  Floats sums[kVectors * W];
  for (int p = 0; p < kVectors * W; ++p) sums[p] = Floats{};
  for (int64_t k = 0; k < update.stride; k += W) {
    Floats y[N];
    for (int j = 0; j < N; ++j) y[j] = V::load(ys[j] + k);
    for (int i = 0; i < M; ++i) {
      const Floats x = V::load(xs[i] + k);
      for (int j = 0; j < N; ++j) sums[i * N + j] += x * y[j];
    }
  }
  for (int64_t v = 0; v < kVectors; ++v) V::store(Fold<W>::template sums<2>(sums + v * W), products + v * W);
}

/// 1 for as many lanes as asked for, 0 for the rest.
template <int W>
struct FirstLanes {
  float lanes[2 * W] = {};
  constexpr FirstLanes() {
    for (int l = 0; l < W; ++l) lanes[l] = 1;
  }
  SEQ_INLINE typename Simd<W>::Floats first(int64_t count) const {
    return Simd<W>::load(lanes + W - std::min<int64_t>(count, W));
  }
};

template <int W>
SEQ_INLINE float sum_of(const typename Simd<W>::Floats& vector) {
  float lanes[W];
  Simd<W>::store(vector, lanes);
  for (int half = W / 2; half > 0; half /= 2)
    for (int l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  return lanes[0];
}

/// Turns products f into rate * (label - sigmoid(f)) and returns the sum of their losses. All of an update's at once:
/// each vector waits for a chain of some thirty instructions, and they wait together.
template <int W>
SEQ_INLINE float score(float rate, const float* labels, float* products, int count) {
  using V = Simd<W>;
  using Floats = typename V::Floats;
  static constexpr FirstLanes<W> kOnes;
  constexpr int kFactors = 5;  // whose product is still a normal number when each is 1e-7
  Floats losses{};
  for (int64_t begin = 0; begin < count; begin += int64_t{kFactors} * W) {
    Floats right = V::all(1);
    const int64_t end = std::min<int64_t>(count, begin + int64_t{kFactors} * W);
    for (int64_t p = begin; p < end; p += W) {
      const Floats label = V::load(labels + p);
      const Floats sigmoid = V::sigmoid(V::load(products + p));
      V::store((label - sigmoid) * rate, products + p);
      const Floats wrong = label + sigmoid - 2.0F * label * sigmoid;  // probability of the other label
      const Floats own = 1.0F - wrong * kOnes.first(count - p);       // and of this one; 1 where there is no pair
      right *= own < 1e-7F ? V::all(1e-7F) : own;
    }
    losses -= log_of<W>(right) + 0.0F * right;  // what is not a number stays so
  }
  return sum_of<W>(losses);
}

/// Moves K vectors of every row, from `k` on: the outputs stay in registers while the inputs pass by.
template <int W, int N, int K>
SEQ_INLINE void move(const Update& update, float* const* outputs, const float* steps, int64_t k) {
  using V = Simd<W>;
  using Floats = typename V::Floats;
  const Rows<N> rows(outputs);
  constexpr int64_t kRegisters = int64_t{N} * K;
  Floats y[kRegisters], moved[kRegisters];
  for (int64_t p = 0; p < kRegisters; ++p) moved[p] = y[p] = V::load(rows[p / K] + k + p % K * W);
  for (int i = 0; i < update.input_count; ++i) {
    float* row = update.inputs[i] + k;
    Floats x[K], gain[K];
    for (int64_t part = 0; part < K; ++part) gain[part] = x[part] = V::load(row + part * W);
    for (int j = 0; j < N; ++j) {
      const Floats step = V::all(steps[i * N + j]);
      for (int part = 0; part < K; ++part) {
        gain[part] += step * y[j * K + part];
        moved[j * K + part] += step * x[part];
      }
    }
    for (int64_t part = 0; part < K; ++part) V::store(gain[part], row + part * W);
  }
  for (int64_t p = 0; p < kRegisters; ++p) V::store(moved[p], rows[p / K] + k + p % K * W);
}

/// All inputs against N outputs; returns the loss.
template <int W, int N>
SEQ_INLINE float run_outputs(const Update& update, int first) {
  constexpr bool kManyRegisters = W == 16;  // 32 of them hold 4 x 6 sums, 16 hold 2 x 6
  constexpr int kInputs = kManyRegisters ? 4 : 2;
  constexpr int kParts = kManyRegisters ? 2 : 1;
  float* const* outputs = update.outputs + first;
  const int pairs = update.input_count * N;
  alignas(64) float labels[kMaxInputs * kBlockOutputs + 16], steps[kMaxInputs * kBlockOutputs + 16];
  for (int p = 0; p < pairs; p += N)
    for (int j = 0; j < N; ++j) labels[p + j] = update.labels[first + j];
  for (float* lanes : {labels, steps}) Simd<W>::store(typename Simd<W>::Floats{}, lanes + pairs);
  int64_t i = 0;
  for (; i + kInputs <= update.input_count; i += kInputs)
    multiply<W, kInputs, N>(update, update.inputs + i, outputs, steps + i * N);
  switch (update.input_count - i) {
    case 3:
      multiply<W, std::min(kInputs, 3), N>(update, update.inputs + i, outputs, steps + i * N);
      break;
    case 2:
      multiply<W, 2, N>(update, update.inputs + i, outputs, steps + i * N);
      break;
    case 1:
      multiply<W, 1, N>(update, update.inputs + i, outputs, steps + i * N);
      break;
    default:
      break;
  }
  const float loss = score<W>(update.rate, labels, steps, pairs);
  constexpr int64_t kColumns = int64_t{kParts} * W;
  int64_t k = 0;
  for (; k + kColumns <= update.stride; k += kColumns) move<W, N, kParts>(update, outputs, steps, k);
  for (; k < update.stride; k += W) move<W, N, 1>(update, outputs, steps, k);
  return loss;
}

struct Run {
  template <int W>
  static SEQ_INLINE void run(const Update& update, double* loss) {
    for (int first = 0; first < update.output_count; first += kBlockOutputs) {
      switch (std::min(kBlockOutputs, update.output_count - first)) {
        case 1:
          *loss += run_outputs<W, 1>(update, first);
          break;
        case 2:
          *loss += run_outputs<W, 2>(update, first);
          break;
        case 3:
          *loss += run_outputs<W, 3>(update, first);
          break;
        case 4:
          *loss += run_outputs<W, 4>(update, first);
          break;
        case 5:
          *loss += run_outputs<W, 5>(update, first);
          break;
        default:
          *loss += run_outputs<W, 6>(update, first);
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
  for (int first = 0; first < given.output_count; first += kBlockOutputs) {
    const int outputs = std::min(kBlockOutputs, given.output_count - first);
    float* const* ys = given.outputs + first;
    double steps[kMaxInputs][kBlockOutputs];
    for (int i = 0; i < given.input_count; ++i) {
      for (int j = 0; j < outputs; ++j) {
        double f = 0;
        for (int64_t k = 0; k < given.stride; ++k)
          f += static_cast<double>(given.inputs[i][k]) * static_cast<double>(ys[j][k]);
        const double label = static_cast<double>(given.labels[first + j]);
        const double sigmoid = 1.0 / (1.0 + std::exp(-f));
        steps[i][j] = static_cast<double>(given.rate) * (label - sigmoid);
        loss -= std::log(std::max(label > 0.5 ? sigmoid : 1.0 - sigmoid, 1e-7));
      }
    }
    for (int64_t k = 0; k < given.stride; ++k) {
      double gains[kMaxInputs] = {};
      for (int j = 0; j < outputs; ++j) {
        double gain = 0;
        for (int i = 0; i < given.input_count; ++i) {
          gains[i] += steps[i][j] * static_cast<double>(ys[j][k]);
          gain += steps[i][j] * static_cast<double>(given.inputs[i][k]);
        }
        ys[j][k] += static_cast<float>(gain);
      }
      for (int i = 0; i < given.input_count; ++i) given.inputs[i][k] += static_cast<float>(gains[i]);
    }
  }
  return loss;
}

}  // namespace seq::vectors
