// Sentences to windows, windows to updates.
#include "vectors/train/word2vec.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>

#include "base/prefetch.h"
#include "base/random.h"
#include "vectors/train/rows.h"
#include "vectors/train/softmax.h"
#include "vectors/train/update.h"

namespace seq::vectors {
namespace {

constexpr int kAttempts =
    64;  // to draw a noise word that is none of the others: one is enough, unless there are few words

/// How often a noise word is used in a row of others: once where all rows fit into a core's own cache.
uint32_t uses_of_noise(const PaddedTable& outputs) {
  constexpr int64_t kOwnCache = 1 << 20;
  return outputs.rows() * outputs.stride() * int64_t{sizeof(float)} <= kOwnCache ? 1 : 16;
}

}  // namespace

Window window_at(size_t centre, size_t length, const Word2vecOptions& options, FastRandom& random) {
  const auto most = static_cast<uint32_t>(options.window);
  const size_t reach = options.dynamic_window ? FastRandom::below(random.next(), most) + 1 : most;
  return {centre, centre - std::min(centre, reach), std::min(length, centre + reach + 1)};
}

Word2vec::Word2vec(const Word2vecOptions& options, std::span<const uint64_t> counts, uint64_t seed,
                   std::unique_ptr<const WordParts> parts)
    : options_(options),
      vectors_(static_cast<int64_t>(counts.size()), options.dimension),
      outputs_(static_cast<int64_t>(counts.size()) - (options.loss == "hierarchical_softmax" ? 1 : 0),
               options.dimension),
      ngrams_(parts == nullptr ? 0 : options.subwords.buckets, options.dimension, 4),  // most of the memory
      parts_(std::move(parts)),
      keep_(keep_thresholds(counts, options.subsample, options.subsample_formula)) {
  if (options.loss == "negative_sampling") noise_ = std::make_unique<NoiseSampler>(counts, options.noise_power);
  if (options.loss == "hierarchical_softmax") tree_ = std::make_unique<HuffmanTree>(counts);
  FastRandom random(seed);
  const float scale = 2.0F / static_cast<float>(options.dimension);
  for (PaddedTable* table : {&vectors_, &ngrams_})
    for (uint32_t row = 0; row < table->rows(); ++row)
      for (float& value : table->values(row))
        value = (static_cast<float>(random.next() >> 40) * 0x1.0p-24F - 0.5F) * scale;
}

bool Word2vec::freeze(uint32_t word) {
  frozen_.resize(static_cast<size_t>(vectors_.rows()));
  return std::exchange(frozen_[word], 1) == 0;
}

void Word2vec::compose(uint32_t word, std::span<float> vector) const {
  const auto own = vectors_.values(word);
  std::copy(own.begin(), own.end(), vector.begin());
  if (parts_ == nullptr) return;
  const auto parts = parts_->of(word);
  for (const uint32_t part : parts)
    for (size_t k = 0; k < vector.size(); ++k) vector[k] += ngrams_.row(part)[k];
  for (float& value : vector) value /= static_cast<float>(1 + parts.size());
}

/// One thread's passage over some sentences.
class Word2vec::Pass {
 public:
  Pass(Word2vec& model, uint64_t seed, float rate, Kernel kernel)
      : model_(model), options_(model.options_), random_(seed), rate_(rate), kernel_(kernel) {
    if (options_.architecture == "cbow" || model_.parts_ != nullptr)
      hidden_ = std::make_unique<PaddedTable>(2, options_.dimension);
    if (model_.noise_ != nullptr) noise_.emplace(*model_.noise_, uses_of_noise(model_.outputs_), random_);
    if (!model_.frozen_.empty()) copies_ = std::make_unique<PaddedTable>(kMaxInputs, options_.dimension);
  }

  /// The same draws as in run(); nothing is updated.
  Samples sample(std::span<const uint32_t> ids) {
    Samples samples;
    samples_ = &samples;
    run(ids);
    samples_ = nullptr;
    return samples;
  }

  LossSum run(std::span<const uint32_t> ids) {
    for (size_t begin = 0; begin < ids.size();) {
      const auto rest = ids.subspan(begin);
      const auto end = std::find(rest.begin(), rest.end(), model_.sentence_end());
      sentence(rest.first(static_cast<size_t>(end - rest.begin())));
      begin += static_cast<size_t>(end - rest.begin()) + 1;
    }
    return loss_;
  }

 private:
  /// The rows that predict a word, with what they are to say.
  struct Target {
    std::array<float*, kMaxOutputs> rows;
    const float* labels = nullptr;
    int count = 0;
  };

  void sentence(std::span<const uint32_t> ids) {
    kept_.clear();
    for (const uint32_t id : ids)
      if (static_cast<uint32_t>(random_.next()) <= model_.keep_[id]) kept_.push_back(id);
    // Each word's rows are chosen and fetched while the word before it is trained: they lie anywhere in memory.
    const size_t length = kept_.size();
    if (length < 2) return;
    choose(kept_[0], targets_[0]);
    for (size_t centre = 0; centre < length; ++centre) {
      if (centre + 1 < length) choose(kept_[centre + 1], targets_[(centre + 1) % 2]);
      const size_t soon = centre + static_cast<size_t>(options_.window) + 2;
      if (soon < length) fetch(model_.vectors_, kept_[soon]);
      if (model_.parts_ != nullptr && soon < length)
        for (const uint32_t part : model_.parts_->of(kept_[soon])) fetch(model_.ngrams_, part);
      const Window window = window_at(centre, length, options_, random_);
      if (samples_ != nullptr) {
        note(window, targets_[centre % 2]);
      } else if (options_.architecture == "cbow") {
        cbow(window, targets_[centre % 2]);
      } else if (model_.parts_ != nullptr) {
        skip_gram_of_parts(window, targets_[centre % 2]);
      } else {
        skip_gram(window, targets_[centre % 2]);
      }
    }
  }

  static void fetch(const PaddedTable& table, uint32_t row) { prefetch_to_change(table.row(row), table.stride()); }

  void choose(uint32_t word, Target& target) {
    target.count = 0;
    if (model_.tree_ != nullptr) {
      for (const uint32_t node : model_.tree_->nodes(word)) add(node, target);
      target.labels = model_.tree_->labels(word).data();
    } else if (noise_) {
      static constexpr std::array<float, kMaxOutputs> kFirst = {1.0F};
      target.labels = kFirst.data();
      add(word, target);
      for (int64_t i = 0; i < options_.negatives; ++i)
        for (int attempt = 0; attempt < kAttempts; ++attempt)
          if (add(noise_->draw(random_), target)) break;
    } else {
      target.labels = nullptr;
      target.rows[0] = model_.outputs_.row(word);
      target.count = 1;
    }
  }

  /// False when the row is there already.
  bool add(uint32_t row, Target& target) {
    float* values = model_.outputs_.row(row);
    const auto end = target.rows.begin() + target.count;
    if (std::find(target.rows.begin(), end, values) != end) return false;
    *end = values;
    ++target.count;
    prefetch_to_change(values, model_.outputs_.stride());
    return true;
  }

  void note(const Window& window, const Target& target) {
    for (size_t i = window.begin; i < window.end; ++i)
      if (i != window.centre) samples_->inputs.push_back(kept_[i]);
    for (int j = 0; j < target.count; ++j) {
      samples_->outputs.push_back(model_.outputs_.index(target.rows[static_cast<size_t>(j)]));
      samples_->labels.push_back(target.labels == nullptr ? 1.0F : target.labels[j]);
    }
    samples_->input_ends.push_back(samples_->inputs.size());
    samples_->output_ends.push_back(samples_->outputs.size());
  }

  /// Each neighbour predicts the word.
  void skip_gram(const Window& window, const Target& target) {
    std::array<float*, kMaxInputs> rows, again;
    int count = 0, repeated = 0;
    for (size_t i = window.begin; i < window.end; ++i) {
      if (i == window.centre) continue;
      float* row = model_.vectors_.row(kept_[i]);
      const auto end = rows.begin() + count;
      if (std::find(rows.begin(), end, row) == end) {
        *end = row;
        ++count;
      } else {
        again[static_cast<size_t>(repeated++)] = row;
      }
    }
    if (copies_ != nullptr) spare_frozen(rows.data(), count);
    apply(rows.data(), count, target);
    for (int i = 0; i < repeated; ++i) {
      float** const row = &again[static_cast<size_t>(i)];
      if (copies_ != nullptr) spare_frozen(row, 1);  // only now, and a new copy for each: the copies' rows are the same
      apply(row, 1, target);
    }
  }

  /// Puts copies, which may change, in place of frozen rows.
  void spare_frozen(float** rows, int count) {
    for (int i = 0; i < count; ++i) {
      if (model_.frozen_[model_.vectors_.index(rows[i])] == 0) continue;
      float* const copy = copies_->row(static_cast<uint32_t>(i));
      std::copy_n(rows[i], model_.vectors_.stride(), copy);
      rows[i] = copy;
    }
  }

  /// The word's vector predicts each neighbour: the same pairs, turned round as in fastText, so that the many rows of a
  /// word are read and changed once for its whole window. Noise words are shared as in skip_gram().
  void skip_gram_of_parts(const Window& window, Target& target) {
    rows_.clear();
    add_rows(kept_[window.centre]);
    with_mean(1.0F / static_cast<float>(rows_.size()), [&](float* hidden) {
      for (size_t i = window.begin; i < window.end; ++i) {
        if (i == window.centre) continue;
        aim(target, kept_[i]);
        apply(&hidden, 1, target);
      }
    });
  }

  /// Makes `word` what is to be predicted, with the noise words that are there unless it is one of them.
  void aim(Target& target, uint32_t word) {
    float* const row = model_.outputs_.row(word);
    const auto begin = target.rows.begin();
    const bool reuse =
        model_.noise_ != nullptr && std::find(begin + 1, begin + target.count, row) == begin + target.count;
    if (!reuse) return choose(word, target);
    target.rows[0] = row;
  }

  /// A word's own row and those of its n-grams.
  void add_rows(uint32_t word) {
    rows_.push_back(model_.vectors_.row(word));
    if (model_.parts_ == nullptr) return;
    for (const uint32_t part : model_.parts_->of(word)) rows_.push_back(model_.ngrams_.row(part));
  }

  /// Calls `predict` with `scale` times the sum of rows_, and adds to each row that is not frozen what it gains.
  template <class Predict>
  void with_mean(float scale, const Predict& predict) {
    float* const hidden = hidden_->row(0);
    float* const before = hidden_->row(1);
    const int64_t columns = model_.parts_ == nullptr ? model_.vectors_.stride() : model_.ngrams_.stride();
    sum_rows(rows_.data(), rows_.size(), columns, scale, hidden);
    std::copy_n(hidden, columns, before);
    predict(hidden);
    if (copies_ != nullptr)  // never with n-grams
      std::erase_if(rows_, [&](const float* row) { return model_.frozen_[model_.vectors_.index(row)] != 0; });
    spread_gain(before, hidden, columns, rows_.data(), rows_.size());
  }

  /// All neighbours together predict the word. Each gains what the mean would gain: word2vec.c's update, which is the
  /// gradient times the number of neighbours.
  void cbow(const Window& window, const Target& target) {
    rows_.clear();
    for (size_t i = window.begin; i < window.end; ++i)
      if (i != window.centre) add_rows(kept_[i]);
    if (rows_.empty()) return;
    with_mean(options_.context == "mean" ? 1.0F / static_cast<float>(rows_.size()) : 1.0F,
              [&](float* hidden) { apply(&hidden, 1, target); });
  }

  void apply(float* const* inputs, int count, const Target& target) {
    if (count == 0) return;
    if (target.labels == nullptr) {
      for (int i = 0; i < count; ++i)
        loss_.sum += softmax_update(inputs[i], model_.outputs_, model_.outputs_.index(target.rows[0]), rate_);
      loss_.count += count;
      return;
    }
    const Update all{inputs, target.rows.data(), target.labels, count, target.count, model_.vectors_.stride(), rate_};
    loss_.sum += kernel_ == Kernel::fast ? update(all) : update_plain(all);
    loss_.count += count;
  }

  Word2vec& model_;
  const Word2vecOptions& options_;
  FastRandom random_;
  float rate_;
  Kernel kernel_;
  LossSum loss_;
  std::vector<uint32_t> kept_;
  std::optional<NoisePool> noise_;
  std::array<Target, 2> targets_;
  std::vector<float*> rows_;             ///< that predict together
  std::unique_ptr<PaddedTable> hidden_;  ///< what they come to, after an update and before
  std::unique_ptr<PaddedTable> copies_;  ///< of frozen rows; there when some are
  Samples* samples_ = nullptr;
};

LossSum Word2vec::train(std::span<const uint32_t> ids, uint64_t seed, float rate, Kernel kernel) {
  return Pass(*this, seed, rate, kernel).run(ids);
}

Samples Word2vec::sample(std::span<const uint32_t> ids, uint64_t seed) {
  return Pass(*this, seed, 0.0F, Kernel::plain).sample(ids);
}

}  // namespace seq::vectors
