// The hashed layout: for each order a table of slots by the hashes of whole n-grams.
#include <cmath>
#include <optional>

#include "base/error.h"
#include "ngram/slot_table.h"

namespace seq::ngram {
namespace {

class HashedWriter : public LayoutWriter {
 public:
  HashedWriter(ImageWriter& image, Header& header, fs::path folder)
      : image_(image), header_(header), folder_(std::move(folder)) {}

  void begin_order(int order, const std::vector<float>& /*backoffs*/) override {
    order_ = order;
    const uint64_t count = current().count;
    if (order == 1) {
      header_.unigrams = image_.begin_section();
    } else if (is_longest()) {
      longest_.emplace(count, folder_);
    } else {
      middle_.emplace(count, folder_);
    }
  }

  void add(const Record& record, uint64_t children) override {
    const float probability = std::copysign(record.probability, children > 0 ? 1.0F : -1.0F);
    if (order_ == 1) {
      const HashedUnigram unigram{probability, record.backoff};
      image_.write_values(&unigram, 1);
    } else if (is_longest()) {
      longest_->add({stored_hash(record.hash), probability});
    } else {
      middle_->add({stored_hash(record.hash), probability, record.backoff});
    }
  }

  void end_order() override {
    if (order_ == 1) return;
    OrderHeader& current_order = current();
    current_order.offset = image_.begin_section();
    bool distinct = true;
    const auto write = [&](auto& table) {
      current_order.slots = table->slots();
      current_order.all_slots = table->write(image_, distinct);
      table.reset();
    };
    if (is_longest())
      write(longest_);
    else
      write(middle_);
    if (!distinct)  // one model of a billion n-grams in forty
      throw RunError("two n-grams of order " + std::to_string(order_) +
                     " are equal, or so are their hashes (if they differ, take --layout trie)");
  }

 private:
  OrderHeader& current() { return header_.orders[static_cast<size_t>(order_ - 1)]; }
  bool is_longest() const { return order_ == static_cast<int>(header_.order); }

  ImageWriter& image_;
  Header& header_;
  fs::path folder_;
  int order_ = 0;
  std::optional<SlotTableWriter<MiddleSlot>> middle_;
  std::optional<SlotTableWriter<LongestSlot>> longest_;
};

}  // namespace

std::unique_ptr<LayoutWriter> make_hashed_writer(ImageWriter& image, Header& header, const fs::path& folder) {
  return std::make_unique<HashedWriter>(image, header, folder);
}

}  // namespace seq::ngram
