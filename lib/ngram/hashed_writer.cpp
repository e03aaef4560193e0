// The hashed layout: one table of slots for the n-grams of all orders from 2.
#include <cmath>

#include "base/error.h"
#include "ngram/slot_table.h"

namespace seq::ngram {
namespace {

class HashedWriter : public LayoutWriter {
 public:
  HashedWriter(ImageWriter& image, Header& header, const fs::path& folder)
      : image_(image), header_(header), table_(longer_ngrams(header), folder) {}

  void begin_order(int order, const std::vector<float>& /*backoffs*/) override {
    order_ = order;
    if (order == 1) header_.unigrams = image_.begin_section();
  }

  void add(const Record& record, uint64_t children) override {
    const float probability = std::copysign(record.probability, children > 0 ? 1.0F : -1.0F);
    if (order_ == 1) {
      const HashedUnigram unigram{probability, record.backoff};
      image_.write_values(&unigram, 1);
      return;
    }
    const uint64_t flag = children <= kMostLocalChildren ? 1 : 0;
    table_.add({(record.hash & ~uint64_t{1}) | flag, probability, record.backoff});
  }

  void end_order() override {
    if (order_ != static_cast<int>(header_.order)) return;
    header_.ngram_table = image_.begin_section();
    header_.ngram_slots = table_.slots();
    bool distinct = true;
    header_.all_ngram_slots = table_.write(image_, distinct);
    if (!distinct)  // one model of a billion n-grams in forty
      throw RunError("two n-grams have the same hash (take --layout trie)");
  }

 private:
  static uint64_t longer_ngrams(const Header& header) {
    uint64_t count = 0;
    for (uint32_t i = 1; i < header.order; ++i) count += header.orders[i].count;
    return count;
  }

  ImageWriter& image_;
  Header& header_;
  int order_ = 0;
  SlotTableWriter<NgramSlot> table_;
};

}  // namespace

std::unique_ptr<LayoutWriter> make_hashed_writer(ImageWriter& image, Header& header, const fs::path& folder) {
  return std::make_unique<HashedWriter>(image, header, folder);
}

}  // namespace seq::ngram
