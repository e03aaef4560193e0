// The n-grams of a binary model as its layouts receive them: each with the number of longer n-grams that end in it.
#pragma once

#include <memory>
#include <vector>

#include "ngram/binary_format.h"

namespace seq::ngram {

/// An n-gram of any order. It is told from all others of its order by its hash.
struct Record {
  uint64_t hash;
  WordId first_word;
  float probability;
  float backoff;
};

/// Distinct values of an order's back-offs. There are few: they follow from few counts.
class ValueSet {
 public:
  ValueSet() : slots_(kSlots) {}
  void add(float value);
  /// The values in ascending order; empty when they are too many for a table to save anything.
  std::vector<float> sorted() const;

 private:
  static constexpr size_t kSlots = size_t{1} << 17;
  std::vector<uint32_t> slots_;  ///< bits of a value and 1, 0 where there is none
  size_t count_ = 0;
};

/// Writes the sections of one layout. The calls of an order come one after another, orders from 1 upwards.
class LayoutWriter {
 public:
  virtual ~LayoutWriter() = default;
  /// `backoffs` are the values that the order has, or empty when they are many.
  virtual void begin_order(int order, const std::vector<float>& backoffs) = 0;
  virtual void add(const Record& record, uint64_t children) = 0;
  virtual void end_order() = 0;
};

std::unique_ptr<LayoutWriter> make_hashed_writer(ImageWriter& image, Header& header, const fs::path& folder);
std::unique_ptr<LayoutWriter> make_trie_writer(ImageWriter& image, Header& header);

}  // namespace seq::ngram
