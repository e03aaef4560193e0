// A model as it comes, order after order, into a layout, which wants each n-gram with the number of its children: the
// longer n-grams that end in it. Both orders come in suffix order, so that one walk over the two tells that number; the
// shorter n-grams wait on disk for it.
#include "ngram/binary_sink.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/error.h"
#include "ngram/layout_writer.h"
#include "ngram/slot_table.h"

namespace seq::ngram {
namespace {

/// The n-grams of one order on disk: written one after another, then read so.
class Spool {
 public:
  explicit Spool(const fs::path& folder) : file_(folder) { buffer_.reserve(kBuffered); }

  void write(const Record& record) {
    if (buffer_.size() == kBuffered) flush();
    buffer_.push_back(record);
  }
  void rewind() {
    flush();
    left_ = written_;
    position_ = 0;
  }
  /// Nothing when all were read.
  const Record* next() {
    if (position_ == buffer_.size()) {
      if (left_ == 0) return nullptr;
      buffer_.resize(static_cast<size_t>(std::min<uint64_t>(left_, kBuffered)));
      file_.read((written_ - left_) * sizeof(Record), buffer_.data(), buffer_.size() * sizeof(Record));
      left_ -= buffer_.size();
      position_ = 0;
    }
    return &buffer_[position_++];
  }

 private:
  static constexpr size_t kBuffered = size_t{1} << 15;
  void flush() {
    file_.write(written_ * sizeof(Record), buffer_.data(), buffer_.size() * sizeof(Record));
    written_ += buffer_.size();
    buffer_.clear();
  }
  ScratchFile file_;
  std::vector<Record> buffer_;
  size_t position_ = 0;
  uint64_t written_ = 0;
  uint64_t left_ = 0;
};

/// Hashes of n-grams in suffix order, each from what it shares with the one before it.
class SuffixHashes {
 public:
  explicit SuffixHashes(int order) : order_(static_cast<size_t>(order)), words_(order_), hashes_(order_) {}

  /// The hashes of the last 1, 2 … n words. Throws RunError when the n-gram is not behind the one before.
  const std::vector<uint64_t>& next(const WordId* words) {
    size_t shared = 0;  // last words that are the same
    while (!first_ && shared < order_ && words[order_ - 1 - shared] == words_[shared]) ++shared;
    if (!first_ && (shared == order_ || words[order_ - 1 - shared] < words_[shared]))
      throw RunError("n-grams of order " + std::to_string(order_) + " are not in suffix order, or one comes twice");
    first_ = false;
    for (size_t i = shared; i < order_; ++i) {
      words_[i] = words[order_ - 1 - i];
      hashes_[i] = extend_hash(i == 0 ? 0 : hashes_[i - 1], words_[i]);
    }
    return hashes_;
  }

 private:
  size_t order_;
  bool first_ = true;
  std::vector<WordId> words_;  ///< the last first
  std::vector<uint64_t> hashes_;
};

class BinarySink : public ModelSink {
 public:
  BinarySink(ImageWriter image, BinaryOptions options) : image_(std::move(image)), options_(std::move(options)) {}

  void begin(const std::vector<std::string>& vocabulary, const std::vector<uint64_t>& counts) override {
    if (counts.empty() || counts.size() > static_cast<size_t>(kMaxOrder))
      throw RunError("a model of order " + std::to_string(counts.size()) + " (1 to " + std::to_string(kMaxOrder) +
                     " can be stored)");
    if (counts[0] != vocabulary.size()) throw RunError("the vocabulary and the 1-grams differ in number");
    header_.layout = static_cast<uint32_t>(options_.layout);
    header_.order = static_cast<uint32_t>(counts.size());
    header_.vocabulary_size = vocabulary.size();
    for (size_t i = 0; i < counts.size(); ++i) header_.orders[i].count = counts[i];
    write_vocabulary(vocabulary);
    if (options_.layout == Layout::hashed)
      writer_ = make_hashed_writer(image_, header_, options_.temporary_folder);
    else
      writer_ = make_trie_writer(image_, header_);
  }

  void add(int order, const NgramBatch& batch) override {
    if (order != order_) begin_order(order);
    const auto length = static_cast<size_t>(order);
    for (size_t i = 0; i < batch.probabilities.size(); ++i) {
      const WordId* const words = &batch.words[i * length];
      for (size_t j = 0; j < length; ++j)
        if (words[j] >= header_.vocabulary_size) throw RunError("an n-gram has a word outside the vocabulary");
      const std::vector<uint64_t>& hashes = hashes_->next(words);
      if (order > 1) find_parent(hashes[length - 2]);
      const float backoff = batch.backoffs.empty() ? 0 : batch.backoffs[i] + 0.0F;  // -0 becomes 0
      if (!std::isfinite(backoff)) throw RunError("a back-off that is not finite");
      add_record({hashes[length - 1], words[0], checked(batch.probabilities[i]), backoff});
    }
  }

  void finish() override {
    if (order_ == 0) throw RunError("a model without n-grams");
    while (order_ <= static_cast<int>(header_.order)) begin_order(order_ + 1);
    close_parents();
    image_.finish(header_);
  }

 private:
  static float checked(float probability) {
    if (!(probability <= 1e-4F)) throw RunError("a log-probability above 0 or not a number");
    return std::min(probability, 0.0F);
  }

  void write_vocabulary(const std::vector<std::string>& vocabulary) {
    SlotTableWriter<WordSlot> table(vocabulary.size(), options_.temporary_folder);
    std::vector<uint64_t> ends;
    for (const std::string& word : vocabulary) {
      table.add({hash_word(word), static_cast<uint32_t>(ends.size())});
      ends.push_back((ends.empty() ? 0 : ends.back()) + word.size());
    }
    header_.word_table = image_.begin_section();
    header_.word_slots = table.slots();
    bool distinct = true;
    header_.all_word_slots = table.write(image_, distinct);
    if (!distinct) throw RunError("two words of the vocabulary are equal, or so are their hashes");
    header_.word_ends = image_.begin_section();
    image_.write_values(ends.data(), ends.size());
    header_.words = image_.begin_section();
    header_.words_size = ends.empty() ? 0 : ends.back();
    for (const std::string& word : vocabulary) image_.write(word);
  }

  /// The order before this one now waits for its children.
  void begin_order(int order) {
    if (order != order_ + 1) throw RunError("orders of n-grams come one after another");
    if (order_ > 0 && added_ != header_.orders[static_cast<size_t>(order_ - 1)].count)
      throw RunError("there are " + std::to_string(added_) + " n-grams of order " + std::to_string(order_) + ", not " +
                     std::to_string(header_.orders[static_cast<size_t>(order_ - 1)].count));
    if (order_ > 1) close_parents();
    parents_ = std::move(spool_);
    if (parents_) {
      parents_->rewind();
      writer_->begin_order(order_, values_.sorted());
      parent_ = parents_->next();
    }
    spool_ = std::make_unique<Spool>(options_.temporary_folder);
    values_ = {};
    hashes_ = std::make_unique<SuffixHashes>(order);
    order_ = order;
    added_ = 0;
    children_ = 0;
  }

  void add_record(const Record& record) {
    spool_->write(record);
    if (order_ < static_cast<int>(header_.order)) values_.add(record.backoff);
    ++added_;
  }

  /// Goes on to the n-gram that a child ends in.
  void find_parent(uint64_t hash) {
    while (parent_ != nullptr && parent_->hash != hash) next_parent();
    if (parent_ == nullptr)
      throw RunError("an n-gram of order " + std::to_string(order_) + " ends in one that the model lacks");
    ++children_;
  }
  void next_parent() {
    writer_->add(*parent_, children_);
    parent_ = parents_->next();
    children_ = 0;
  }
  void close_parents() {
    while (parent_ != nullptr) next_parent();
    if (parents_) writer_->end_order();
    parents_.reset();
  }

  ImageWriter image_;
  BinaryOptions options_;
  Header header_;
  std::unique_ptr<LayoutWriter> writer_;
  std::unique_ptr<Spool> spool_;    ///< of the order that comes
  std::unique_ptr<Spool> parents_;  ///< of the order before
  const Record* parent_ = nullptr;
  uint64_t children_ = 0;  ///< of `parent_` so far
  std::unique_ptr<SuffixHashes> hashes_;
  ValueSet values_;
  int order_ = 0;
  uint64_t added_ = 0;
};

}  // namespace

void ValueSet::add(float value) {
  if (count_ > kSlots / 2) return;
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t stored = bits + 1;
  size_t slot = (bits * size_t{0x9e3779b97f4a7c15}) >> 47;
  for (; slots_[slot] != 0; slot = (slot + 1) % kSlots)
    if (slots_[slot] == stored) return;
  slots_[slot] = stored;
  ++count_;
}

std::vector<float> ValueSet::sorted() const {
  std::vector<float> values;
  if (count_ > kSlots / 2) return values;
  for (const uint32_t stored : slots_)
    if (stored != 0) values.push_back(std::bit_cast<float>(stored - 1));
  std::sort(values.begin(), values.end());
  return values;
}

Layout layout_named(std::string_view name) {
  return name == "trie" ? Layout::trie : Layout::hashed;
}

std::unique_ptr<ModelSink> make_binary_sink(const fs::path& path, const BinaryOptions& options) {
  return std::make_unique<BinarySink>(ImageWriter(path), options);
}

std::unique_ptr<ModelSink> make_binary_sink(std::vector<std::byte>& bytes, const BinaryOptions& options) {
  return std::make_unique<BinarySink>(ImageWriter(bytes), options);
}

}  // namespace seq::ngram
