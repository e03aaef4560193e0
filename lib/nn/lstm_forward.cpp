// The steps of an LSTM layer: of some units at a time the products with all weights of their four gates and, while the
// sums are in the first cache, the gates.
//
// B = sequences, N = all steps of all sequences, D = directions, K = what is multiplied, H = hidden, U = units of a
// block
#include <ATen/ATen.h>

#include <algorithm>

#include "nn/lstm_gates.h"
#include "nn/lstm_recurrence.h"
#include "nn/lstm_shares.h"
#include "nn/packed_parallel.h"

namespace seq::nn {
namespace {

using at::Tensor;

// With fewer sequences than that, the input's product is made for several steps at once, which spares reading weights.
constexpr int64_t kRowsOfProduct = 64;

/// The four gates of a block fill two panels.
int64_t units_of_block() {
  return PackedMatrix::panel_columns() / 2;
}

/// What all shares of a direction read and write.
struct Direction {
  const PackedMatrix* input;  // null where a table is read
  const PackedMatrix& recurrent;
  LeftMatrix left_h;
  StateRows states;
};

/// The steps of one share.
class ForwardShare {
 public:
  ForwardShare(const PackedSteps& steps, const LstmInput& input, const LeftMatrix& left_x, const LstmTrace& trace,
               Direction& direction, const LstmShare& share)
      : steps_(steps), input_(input), left_x_(left_x), trace_(trace), direction_(direction), share_(share) {}

  void run() {
    for (int64_t b = share_.first; b < share_.last; ++b)
      direction_.left_h.update(direction_.states.first(b), direction_.states.first(b) + 1);
    const bool whole = share_.first == 0 && share_.last == steps_.batch();
    const int64_t time = steps_.time(), each = whole ? std::max<int64_t>(1, kRowsOfProduct / steps_.batch()) : 1;
    const int64_t rows = std::min(each, time) * (share_.last - share_.first);
    sums_ = at::empty({each == 1 || looked_up_ ? 1 : blocks_, rows, 4 * units_}, trace_.h.options());
    for (int64_t i = 0; i < time; i += each) {
      const int64_t end = std::min(time, i + each);
      reverse_ ? run_steps(time - end, time - i) : run_steps(i, end);
    }
  }

 private:
  void run_steps(int64_t begin, int64_t end) {
    const bool ahead = end - begin > 1 && !looked_up_;
    if (ahead) {
      for (int64_t block = 0; block < blocks_; ++block)
        multiply_input(block, steps_.begin(begin), steps_.begin(end), sums(block));
    }
    for (int64_t i = begin; i < end; ++i) {
      const int64_t t = reverse_ ? begin + end - 1 - i : i, last = std::min(share_.last, steps_.active(t));
      if (last <= share_.first) continue;
      for (int64_t block = 0; block < blocks_; ++block) {
        float* at = sums(block) + (ahead ? steps_.begin(t) - steps_.begin(begin) : 0) * 4 * units_;
        if (!ahead && !looked_up_) multiply_input(block, steps_.begin(t) + share_.first, steps_.begin(t) + last, at);
        step(t, last, block, at);
      }
    }
  }

  /// One place does for all blocks where no block waits for another.
  float* sums(int64_t block) const {
    return sums_.mutable_data_ptr<float>() + (sums_.size(0) == 1 ? 0 : block) * sums_.stride(0);
  }

  void multiply_input(int64_t block, int64_t from, int64_t to, float* sums) const {
    multiply(left_x_.rows(from, to), direction_.input->part(block * 4 * units_, 4 * units_), sums, 4 * units_,
             Into::kReplace);
  }

  /// A block's units of the sequences [first, last) of the share at step t; `sums` [row, 4, U] hold the input's
  /// product.
  void step(int64_t t, int64_t last, int64_t block, float* sums) const {
    const int64_t before = direction_.states.before(t, share_.first), count = last - share_.first;
    const int64_t going_on = std::clamp(direction_.states.going_on(t), share_.first, last);
    const LstmForward first = gates(t, share_.first, going_on, block, sums);
    const LstmForward second = gates(t, going_on, last, block, sums + (going_on - share_.first) * 4 * units_);
    prefetch(first);
    prefetch(second);
    multiply(direction_.left_h.rows(before, before + count), direction_.recurrent.part(block * 4 * units_, 4 * units_),
             sums, 4 * units_, looked_up_ ? Into::kReplace : Into::kAdd);
    lstm_forward(first, direction_.recurrent.precision());
    lstm_forward(second, direction_.recurrent.precision());
  }

  /// Sequences [from, to), whose states after t are neighbours.
  LstmForward gates(int64_t t, int64_t from, int64_t to, int64_t block, const float* sums) const {
    LstmForward gates{to - from};
    if (from == to) return gates;
    const int64_t d = share_.direction, unit = block * units_;
    const int64_t row = steps_.begin(t) + from, after = direction_.states.after(t, from);
    gates.units = std::min(units_, hidden_ - unit);
    gates.gate = units_;
    gates.sums = {sums, 4 * units_};
    gates.input = {input_.added.const_data_ptr<float>() + d * input_.added.stride(1) + 4 * unit,
                   input_.added.stride(0)};
    if (looked_up_) gates.ids = input_.ids.const_data_ptr<int64_t>() + row;
    float* c = trace_.c.mutable_data_ptr<float>() + d * trace_.c.stride(0) + unit;
    float* h = trace_.h.mutable_data_ptr<float>() + d * trace_.h.stride(0) + unit;
    const int64_t stride = trace_.c.stride(1);
    gates.past_c = {c + direction_.states.before(t, from) * stride, stride};
    gates.c = {c + after * stride, stride};
    uint32_t* rounded = direction_.left_h.rounded(after);
    if (rounded != nullptr) gates.rounded_h = {rounded + unit / 2, direction_.left_h.stride()};
    const bool read_later = rounded == nullptr || trace_.gates.defined() || after == direction_.states.last(from);
    if (read_later) gates.h = {h + after * stride, stride};
    const int64_t place = d * hidden_ + unit;  // in a row of y
    if (trace_.y.defined())
      gates.y = {trace_.y.mutable_data_ptr<float>() + row * trace_.y.stride(0) + place, trace_.y.stride(0)};
    if (trace_.rounded_y.defined())
      gates.rounded_y = {
          static_cast<uint32_t*>(trace_.rounded_y.data_ptr()) + row * trace_.rounded_y.stride(0) + place / 2,
          trace_.rounded_y.stride(0)};
    if (trace_.gates.defined()) {
      const int64_t gates_stride = trace_.gates.stride(1);
      gates.gates = {trace_.gates.mutable_data_ptr<float>() + d * trace_.gates.stride(0) + row * gates_stride + unit,
                     gates_stride};
      gates.hidden = hidden_;
    }
    return gates;
  }

  const PackedSteps& steps_;
  const LstmInput& input_;
  const LeftMatrix& left_x_;
  const LstmTrace& trace_;
  Direction& direction_;
  const LstmShare& share_;
  bool reverse_ = share_.direction == 1;
  bool looked_up_ = input_.ids.defined();
  int64_t hidden_ = trace_.h.size(2);
  int64_t units_ = units_of_block();
  int64_t blocks_ = (hidden_ + units_ - 1) / units_;
  Tensor sums_;  ///< [blocks, rows, 4, U] of the steps in work
};

/// Room for the states, those before the first steps in their places.
Tensor state_memory(const PackedSteps& steps, const Tensor& first, KeptStates kept) {
  const int64_t directions = first.size(0), batch = first.size(1), hidden = first.size(2);
  const int64_t rows = StateRows(steps, false, kept).count(), stride = hidden + kRowPadding;
  Tensor memory = at::empty_strided({directions, rows, hidden}, {rows * stride, stride, 1}, first.options());
  const auto* from = first.const_data_ptr<float>();
  for (int64_t direction = 0; direction < directions; ++direction) {
    const StateRows states(steps, direction == 1, kept);
    auto* to = memory.mutable_data_ptr<float>() + direction * memory.stride(0);
    for (int64_t b = 0; b < batch; ++b, from += hidden) std::copy_n(from, hidden, to + states.first(b) * stride);
  }
  return memory;
}

/// x as a left operand; nothing where a table is read.
LeftMatrix left_input(const LstmInput& input, Precision precision) {
  if (input.rounded.defined()) return LeftMatrix(input.rounded);
  LeftMatrix left(input.x.defined() ? matrix_view(input.x) : MatrixView{}, precision);
  left.update();
  return left;
}

}  // namespace

Tensor by_units(const Tensor& gates) {
  const int64_t directions = gates.size(0), hidden = gates.size(1) / 4, units = units_of_block();
  const int64_t blocks = (hidden + units - 1) / units;
  const Tensor padded =
      at::constant_pad_nd(gates.reshape({directions, 4, hidden, -1}), {0, 0, 0, blocks * units - hidden});
  std::vector<int64_t> shape = gates.sizes().vec();
  shape[1] = 4 * blocks * units;
  return padded.view({directions, 4, blocks, units, -1}).transpose(1, 2).reshape(shape);
}

LstmPanels pack_lstm(const Tensor& w_ih, const Tensor& w_hh, Precision precision) {
  const auto pack = [&](const Tensor& weights) {
    std::vector<PackedMatrix> packed;
    const Tensor sorted = by_units(weights);
    for (int64_t d = 0; d < sorted.size(0); ++d) packed.emplace_back(matrix_view(sorted[d]).transposed(), precision);
    return packed;
  };
  return {w_ih.numel() == 0 ? std::vector<PackedMatrix>() : pack(w_ih), pack(w_hh)};
}

LstmTrace run_lstm(const PackedSteps& steps, const LstmInput& input, const LstmPanels& panels, const Tensor& h0,
                   const Tensor& c0, LstmKeep keep) {
  const int64_t directions = h0.size(0), hidden = h0.size(2);
  const Precision precision = panels.recurrent[0].precision();
  const KeptStates kept = keep == LstmKeep::kTrace ? KeptStates::kAll : KeptStates::kLatest;
  LstmTrace trace{{}, state_memory(steps, h0, kept), state_memory(steps, c0, kept), {}, {}};
  if (keep == LstmKeep::kTrace)
    trace.gates = at::empty({directions, steps.rows(), 4 * hidden + kRowPadding}, h0.options());
  if (keep == LstmKeep::kRoundedOutput)
    trace.rounded_y = at::empty({steps.rows(), directions * hidden / 2 + kRowPadding}, at::kInt);
  else
    trace.y = at::empty({steps.rows(), directions, hidden}, h0.options());
  std::vector<Direction> all;
  for (int64_t d = 0; d < directions; ++d) {
    const auto index = static_cast<size_t>(d);
    all.push_back({panels.input.empty() ? nullptr : &panels.input[index], panels.recurrent[index],
                   LeftMatrix(matrix_view(trace.h[d]), precision), StateRows(steps, d == 1, kept)});
  }
  const LeftMatrix left_x = left_input(input, precision);
  run_shares(lstm_shares(steps, directions, hidden), [&](const LstmShare& share) {
    ForwardShare(steps, input, left_x, trace, all[static_cast<size_t>(share.direction)], share).run();
  });
  return trace;
}

}  // namespace seq::nn
