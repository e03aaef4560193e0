// Orders, pools, packing.
// B = texts, N = all their tokens, L = labels
#include "models/classifier/recurrent/batches.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <numeric>

#include "base/random.h"

namespace seq::classifier {
namespace {

using classify::EncodedExample;
using classify::EncodedExamples;

constexpr int64_t kPoolBatches = 64;         // of training
constexpr int64_t kPoolTexts = 4096;         // of evaluation
constexpr int64_t kMostTokens = 1 << 17;     // of a batch in use that has more than one text
constexpr uint64_t kOrder = 21, kPool = 22;  // streams of random numbers

/// Indices sorted longest first; equals stay as they were.
void sort_by_length(std::vector<int64_t>& indices, const EncodedExamples& examples) {
  std::stable_sort(indices.begin(), indices.end(),
                   [&](int64_t a, int64_t b) { return examples.length(a) > examples.length(b); });
}

/// Both kinds of batches: they differ in how the texts of a pool are chosen and cut.
class LengthBatches : public train::Batches {
 public:
  LengthBatches(std::shared_ptr<const EncodedExamples> examples, const TextFeatures& features)
      : examples_(std::move(examples)), features_(features) {}

 protected:
  train::Batch read(std::span<const int64_t> indices) const {
    std::vector<EncodedExample> texts(indices.size());
    for (size_t i = 0; i < indices.size(); ++i) read_example(*examples_, indices[i], features_.options, texts[i]);
    return pack_texts(texts, {indices.begin(), indices.end()}, features_.labels.size());
  }

  std::shared_ptr<const EncodedExamples> examples_;
  const TextFeatures& features_;
};

class TrainingTexts : public LengthBatches {
 public:
  TrainingTexts(std::shared_ptr<const EncodedExamples> examples, const TextFeatures& features, int64_t batch_size,
                uint64_t seed)
      : LengthBatches(std::move(examples), features),
        batch_size_(batch_size),
        seed_(seed),
        order_(static_cast<size_t>(examples_->size())) {}

  void start_pass(int64_t pass, int64_t position) override {
    position_ = position;
    pool_number_ = -1;
    pass_seed_ = Random::derive(seed_, kOrder, static_cast<uint64_t>(pass));
    std::iota(order_.begin(), order_.end(), 0U);
    Random(pass_seed_).shuffle(std::span(order_));
  }

  int64_t batches_per_pass() const override { return (examples_->size() + batch_size_ - 1) / batch_size_; }

  bool next(train::Batch& batch) override {
    if (position_ >= batches_per_pass()) return false;
    fill_pool(position_ / kPoolBatches);
    const int64_t first = batch_order_[static_cast<size_t>(position_ % kPoolBatches)] * batch_size_;
    const int64_t end = std::min(first + batch_size_, static_cast<int64_t>(pool_.size()));
    batch = read(std::span(pool_).subspan(static_cast<size_t>(first), static_cast<size_t>(end - first)));
    ++position_;
    return true;
  }

 private:
  void fill_pool(int64_t number) {
    if (pool_number_ == number) return;
    pool_number_ = number;
    const int64_t first = number * kPoolBatches * batch_size_;
    const int64_t end = std::min(first + kPoolBatches * batch_size_, examples_->size());
    pool_.assign(order_.begin() + first, order_.begin() + end);
    sort_by_length(pool_, *examples_);
    batch_order_.resize(static_cast<size_t>((end - first + batch_size_ - 1) / batch_size_));
    std::iota(batch_order_.begin(), batch_order_.end(), int64_t{0});
    Random(Random::derive(pass_seed_, kPool, static_cast<uint64_t>(number))).shuffle(std::span(batch_order_));
  }

  int64_t batch_size_;
  uint64_t seed_;
  uint64_t pass_seed_ = 0;
  int64_t position_ = 0;
  std::vector<uint32_t> order_;  ///< of all examples in this pass
  int64_t pool_number_ = -1;     ///< that pool_ and batch_order_ are of
  std::vector<int64_t> pool_;    ///< examples, longest first
  std::vector<int64_t> batch_order_;
};

class EvaluationTexts : public LengthBatches {
 public:
  EvaluationTexts(std::shared_ptr<const EncodedExamples> examples, const TextFeatures& features, int64_t batch_size,
                  std::function<void()> at_start)
      : LengthBatches(std::move(examples), features), batch_size_(batch_size), at_start_(std::move(at_start)) {
    while (fill_pool()) batches_ += static_cast<int64_t>(ends_.size());
  }

  void start_pass(int64_t /*pass*/, int64_t position) override {
    if (at_start_) at_start_();
    pool_end_ = 0;
    pool_.clear();
    ends_.clear();
    next_ = 0;
    for (train::Batch skipped; position > 0; --position) next(skipped);
  }

  int64_t batches_per_pass() const override { return batches_; }

  bool next(train::Batch& batch) override {
    if (next_ == ends_.size() && !fill_pool()) return false;
    const size_t first = next_ == 0 ? 0 : ends_[next_ - 1];
    batch = read(std::span(pool_).subspan(first, ends_[next_] - first));
    ++next_;
    return true;
  }

 private:
  bool fill_pool() {
    const int64_t first = pool_end_, end = std::min(first + kPoolTexts, examples_->size());
    if (first == end) return false;
    pool_end_ = end;
    pool_.resize(static_cast<size_t>(end - first));
    std::iota(pool_.begin(), pool_.end(), first);
    sort_by_length(pool_, *examples_);
    std::vector<int64_t> lengths;
    lengths.reserve(pool_.size());
    for (const int64_t index : pool_) lengths.push_back(examples_->length(index));
    ends_ = batch_ends(lengths, batch_size_);
    next_ = 0;
    return true;
  }

  int64_t batch_size_;
  std::function<void()> at_start_;
  int64_t batches_ = 0;
  int64_t pool_end_ = 0;
  std::vector<int64_t> pool_;
  std::vector<size_t> ends_;  ///< of the batches in pool_
  size_t next_ = 0;
};

}  // namespace

train::Batch pack_texts(const std::vector<EncodedExample>& examples, const std::vector<int64_t>& numbers,
                        int32_t labels) {
  std::vector<size_t> sorted(examples.size());
  std::iota(sorted.begin(), sorted.end(), size_t{0});
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](size_t a, size_t b) { return examples[a].features.size() > examples[b].features.size(); });
  const auto texts = static_cast<int64_t>(examples.size());
  at::Tensor lengths = at::empty({texts}, at::kLong), order = at::empty({texts}, at::kLong);
  at::Tensor truth = at::zeros({texts, labels}, at::kFloat);
  size_t tokens = 0;
  for (size_t b = 0; b < sorted.size(); ++b) {
    const EncodedExample& example = examples[sorted[b]];
    lengths.mutable_data_ptr<int64_t>()[b] = static_cast<int64_t>(example.features.size());
    order.mutable_data_ptr<int64_t>()[b] = numbers[sorted[b]];
    for (const int32_t label : example.labels)
      truth.mutable_data_ptr<float>()[b * static_cast<size_t>(labels) + static_cast<size_t>(label)] = 1;
    tokens += example.features.size();
  }
  at::Tensor ids = at::empty({static_cast<int64_t>(tokens)}, at::kLong);
  auto* out = ids.mutable_data_ptr<int64_t>();
  size_t active = sorted.size();
  for (size_t t = 0;; ++t) {
    while (active > 0 && examples[sorted[active - 1]].features.size() <= t) --active;
    if (active == 0) break;
    for (size_t b = 0; b < active; ++b) *out++ = examples[sorted[b]].features[t];
  }
  return {{{"ids", ids}, {"lengths", lengths}, {"order", order}, {"truth", truth}}, texts};
}

std::unique_ptr<train::Batches> training_texts(std::shared_ptr<const EncodedExamples> examples,
                                               const TextFeatures& features, int64_t batch_size, uint64_t seed) {
  return std::make_unique<TrainingTexts>(std::move(examples), features, batch_size, seed);
}

std::unique_ptr<train::Batches> evaluation_texts(std::shared_ptr<const EncodedExamples> examples,
                                                 const TextFeatures& features, int64_t batch_size,
                                                 std::function<void()> at_start) {
  return std::make_unique<EvaluationTexts>(std::move(examples), features, batch_size, std::move(at_start));
}

std::vector<size_t> batch_ends(std::span<const int64_t> lengths, int64_t batch_size) {
  std::vector<size_t> ends;
  int64_t texts = 0, tokens = 0;
  for (size_t i = 0; i < lengths.size(); ++i) {
    if (texts > 0 && (texts == batch_size || tokens + lengths[i] > kMostTokens)) {
      ends.push_back(i);
      texts = tokens = 0;
    }
    ++texts;
    tokens += lengths[i];
  }
  if (texts > 0) ends.push_back(lengths.size());
  return ends;
}

}  // namespace seq::classifier
