// The trie layout: the n-grams of an order in suffix order as records of bits. Those that end in the same shorter
// n-gram lie together, sorted by their first word, and that one's record tells where they begin.
//
//   record: first word | first child | probability without its sign (31) | back-off, or its number in a table
//   of the highest order: first word | probability
#include <algorithm>
#include <bit>

#include "ngram/layout_writer.h"

namespace seq::ngram {
namespace {

constexpr uint32_t kProbabilityBits = 31;

/// Appends fields of bits, the lowest first.
class BitWriter {
 public:
  explicit BitWriter(ImageWriter& image) : image_(image) {}

  void put(uint64_t value, uint32_t bits) {  // bits <= 57
    pending_ |= value << pending_bits_;
    pending_bits_ += bits;
    while (pending_bits_ >= 8) {
      bytes_.push_back(static_cast<char>(pending_ & 0xff));
      pending_ >>= 8;
      pending_bits_ -= 8;
    }
    if (bytes_.size() >= (size_t{1} << 16)) flush();
  }
  void finish() {
    if (pending_bits_ > 0) put(0, 8 - pending_bits_);
    flush();
  }

 private:
  void flush() {
    image_.write(bytes_);
    bytes_.clear();
  }
  ImageWriter& image_;
  std::string bytes_;
  uint64_t pending_ = 0;
  uint32_t pending_bits_ = 0;
};

class TrieWriter : public LayoutWriter {
 public:
  TrieWriter(ImageWriter& image, Header& header) : image_(image), header_(header), bits_(image) {}

  void begin_order(int order, const std::vector<float>& backoffs) override {
    order_ = order;
    children_ = 0;
    backoffs_ = backoffs;
    if (order == 1) {
      header_.unigrams = image_.begin_section();
      return;
    }
    OrderHeader& current = header_.orders[static_cast<size_t>(order - 1)];
    word_bits_ = bits_for(header_.vocabulary_size - 1);
    current.record_bits = word_bits_ + kProbabilityBits;
    if (!is_longest()) {
      current.child_bits = bits_for(header_.orders[static_cast<size_t>(order)].count);
      current.backoff_bits = 32;
      if (!backoffs_.empty()) {
        current.values = image_.begin_section();
        current.value_count = static_cast<uint32_t>(backoffs_.size());
        current.backoff_bits = bits_for(backoffs_.size() - 1);
        image_.write_values(backoffs_.data(), backoffs_.size());
      }
      current.record_bits += current.child_bits + current.backoff_bits;
    }
    current.offset = image_.begin_section();
  }

  void add(const Record& record, uint64_t children) override {
    if (order_ == 1) {
      const TrieUnigram unigram{record.probability, record.backoff, children_};
      image_.write_values(&unigram, 1);
    } else {
      const OrderHeader& current = header_.orders[static_cast<size_t>(order_ - 1)];
      bits_.put(record.first_word, word_bits_);
      if (!is_longest()) bits_.put(children_, current.child_bits);
      bits_.put(std::bit_cast<uint32_t>(record.probability) & 0x7fffffffU, kProbabilityBits);
      if (!is_longest()) bits_.put(backoff_field(record.backoff), current.backoff_bits);
    }
    children_ += children;
  }

  /// A last record tells where the children of the one before it end.
  void end_order() override {
    if (order_ == 1 || !is_longest()) add({0, 0, 0, backoffs_.empty() ? 0 : backoffs_.front()}, 0);
    if (order_ > 1) bits_.finish();
  }

 private:
  bool is_longest() const { return order_ == static_cast<int>(header_.order); }

  uint64_t backoff_field(float backoff) const {
    if (backoffs_.empty()) return std::bit_cast<uint32_t>(backoff);
    return static_cast<uint64_t>(std::lower_bound(backoffs_.begin(), backoffs_.end(), backoff) - backoffs_.begin());
  }

  ImageWriter& image_;
  Header& header_;
  BitWriter bits_;
  int order_ = 0;
  uint32_t word_bits_ = 0;
  uint64_t children_ = 0;  ///< of the records so far
  std::vector<float> backoffs_;
};

}  // namespace

std::unique_ptr<LayoutWriter> make_trie_writer(ImageWriter& image, Header& header) {
  return std::make_unique<TrieWriter>(image, header);
}

}  // namespace seq::ngram
