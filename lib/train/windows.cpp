// Windows over parallel streams of a token file.
// B = batch, T = time, N = tokens of the text
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "base/error.h"
#include "base/random.h"
#include "text/vocabulary.h"
#include "train/batches.h"

namespace seq::train {
namespace {

/// B streams that each predict tokens [first, last) of the text, the token before `first` being their first input.
class Windows : public Batches {
 public:
  struct Stream {
    int64_t read_from;   ///< the first predicted token, warm-up included
    int64_t count_from;  ///< the first that counts
    int64_t end;         ///< past the last
  };

  Windows(std::shared_ptr<const TokenFile> tokens, int64_t window, int32_t skip)
      : tokens_(std::move(tokens)), window_(window), skip_(skip) {}

  void start_pass(int64_t /*pass*/, int64_t position) override { position_ = position; }

  int64_t batches_per_pass() const override { return (longest_ + window_ - 1) / window_; }

  bool next(Batch& batch) override {
    const int64_t start = position_ * window_;
    if (start >= longest_) return false;
    ++position_;
    const auto rows = static_cast<int64_t>(streams_.size());
    const int64_t length = std::min(window_, longest_ - start);
    Tensor ids = at::zeros({rows, length}, at::kLong);      // [B, T]
    Tensor targets = at::zeros({rows, length}, at::kLong);  // [B, T]
    Tensor mask = at::zeros({rows, length}, at::kFloat);    // [B, T]
    int64_t counted = 0;
    std::vector<int64_t> tokens(static_cast<size_t>(length) + 1);
    for (int64_t row = 0; row < rows; ++row) {
      const Stream& stream = streams_[static_cast<size_t>(row)];
      const int64_t first = stream.read_from + start;
      const int64_t here = std::min(length, stream.end - first);
      if (here <= 0) continue;
      const std::span<int64_t> read(tokens.data(), static_cast<size_t>(here) + 1);
      tokens_->read(first - 1, read);
      std::copy_n(read.begin(), here, ids.data_ptr<int64_t>() + row * length);
      std::copy_n(read.begin() + 1, here, targets.data_ptr<int64_t>() + row * length);
      float* const counts = mask.data_ptr<float>() + row * length;
      for (int64_t t = std::max<int64_t>(0, stream.count_from - first); t < here; ++t) {
        counts[t] = read[static_cast<size_t>(t) + 1] == skip_ ? 0.0F : 1.0F;
        counted += counts[t] > 0 ? 1 : 0;
      }
    }
    batch.tensors = {{"ids", std::move(ids)}, {"targets", std::move(targets)}};
    if (counted < rows * length) batch.tensors.emplace("mask", std::move(mask));
    batch.count = counted;
    return true;
  }

 protected:
  void set_streams(std::vector<Stream> streams) {
    streams_ = std::move(streams);
    longest_ = 0;
    for (const Stream& stream : streams_) longest_ = std::max(longest_, stream.end - stream.read_from);
  }

  std::shared_ptr<const TokenFile> tokens_;
  int64_t window_;
  int32_t skip_;

 private:
  std::vector<Stream> streams_;
  int64_t longest_ = 0;
  int64_t position_ = 0;
};

class TrainingWindows : public Windows {
 public:
  TrainingWindows(std::shared_ptr<const TokenFile> tokens, int64_t batch_size, int64_t window,
                  std::optional<uint64_t> offset_seed)
      : Windows(std::move(tokens), window, kNoToken), batch_size_(batch_size), offset_seed_(offset_seed) {
    const int64_t spare = offset_seed_ ? window_ - 1 : 0;
    length_ = (tokens_->size() - 1 - spare) / batch_size_;
    if (length_ < 1)
      throw Error("the training text has " + std::to_string(tokens_->size()) + " tokens, too few for " +
                  std::to_string(batch_size_) + " parallel streams (lower train.batch_size" +
                  (spare > 0 ? " or train.window" : "") + ")");
    cut(0);
  }

  void start_pass(int64_t pass, int64_t position) override {
    Windows::start_pass(pass, position);
    if (offset_seed_)
      cut(static_cast<int64_t>(
          Random(Random::derive(*offset_seed_, 1, static_cast<uint64_t>(pass))).below(static_cast<uint64_t>(window_))));
  }

 private:
  void cut(int64_t offset) {
    std::vector<Stream> streams;
    for (int64_t row = 0; row < batch_size_; ++row) {
      const int64_t first = offset + row * length_ + 1;
      streams.push_back({first, first, first + length_});
    }
    set_streams(std::move(streams));
  }

  int64_t batch_size_;
  int64_t length_ = 0;  ///< predicted tokens of a stream
  std::optional<uint64_t> offset_seed_;
};

class EvaluationWindows : public Windows {
 public:
  EvaluationWindows(std::shared_ptr<const TokenFile> tokens, const EvalOptions& options, int32_t skip)
      : Windows(std::move(tokens), options.window, skip) {
    const int64_t predicted = tokens_->size() - 1;
    if (predicted < 1) throw Error("the text to evaluate has fewer than two tokens");
    // A stream shorter than its warm-up would do more work than it saves.
    const int64_t rows = std::clamp(predicted / (2 * options.context + 1), int64_t{1}, options.batch_size);
    std::vector<Stream> streams;
    for (int64_t row = 0; row < rows; ++row) {
      const int64_t first = 1 + predicted * row / rows;
      streams.push_back({std::max<int64_t>(1, first - options.context), first, 1 + predicted * (row + 1) / rows});
    }
    set_streams(std::move(streams));
  }
};

}  // namespace

std::unique_ptr<Batches> training_windows(std::shared_ptr<const TokenFile> tokens, int64_t batch_size, int64_t window,
                                          std::optional<uint64_t> offset_seed) {
  return std::make_unique<TrainingWindows>(std::move(tokens), batch_size, window, offset_seed);
}

std::unique_ptr<Batches> evaluation_windows(std::shared_ptr<const TokenFile> tokens, const EvalOptions& options,
                                            int32_t skip) {
  return std::make_unique<EvaluationWindows>(std::move(tokens), options, skip);
}

}  // namespace seq::train
