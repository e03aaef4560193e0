// A hash table from pairs of ids to a merge, flat and with open addressing: the inner loop of BPE.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace seq {

/// Built once, then only read. Ids are not negative.
class PairTable {
 public:
  struct Merge {
    int32_t rank = kNever;
    int32_t result = -1;
  };
  static constexpr int32_t kNever = 0x7FFFFFFF;

  explicit PairTable(size_t expected) {
    size_t size = 16;
    while (size < 2 * expected + 2) size *= 2;
    slots_.resize(size);
    shift_ = 64;
    for (size_t s = size; s > 1; s /= 2) --shift_;
  }
  /// A pair that is there already gets the new merge.
  void set(int32_t left, int32_t right, Merge merge) {
    Slot& slot = slots_[place(key(left, right))];
    slot = {key(left, right), merge};
  }
  /// Rank kNever when the pair is absent, or one of the ids is negative.
  Merge find(int32_t left, int32_t right) const { return slots_[place(key(left, right))].merge; }

 private:
  struct Slot {
    uint64_t key = kEmpty;
    Merge merge;
  };
  static constexpr uint64_t kEmpty = 0xFFFFFFFFFFFFFFFFULL;

  static uint64_t key(int32_t left, int32_t right) {
    return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
  }
  size_t place(uint64_t wanted) const {
    size_t i = (wanted * 0x9E3779B97F4A7C15ULL) >> shift_;
    while (slots_[i].key != wanted && slots_[i].key != kEmpty) i = (i + 1) & (slots_.size() - 1);
    return i;
  }
  std::vector<Slot> slots_;
  int shift_;
};

}  // namespace seq
