// Tables of slots in the order of their hashes: an entry lies on the slot on which its hash falls, or, where that is
// taken, behind those of smaller hashes. A search stops at the first hash that is not smaller (Amble & Knuth 1974).
#pragma once

#include <vector>

#include "ngram/layout_writer.h"
#include "ngram/scratch_file.h"

namespace seq::ngram {

/// The slots for some entries, one in five of them empty.
inline uint64_t slots_for(uint64_t entries) {
  return entries + entries / 4 + 1;
}

/// Entries with a `hash`, in any order, into a table; memory does not grow with them.
template <class Slot>
class SlotTableWriter {
 public:
  SlotTableWriter(uint64_t entries, const fs::path& folder)
      : slots_(slots_for(entries)), file_(folder), parts_(part_count(entries)) {}

  void add(const Slot& slot) {
    Part& part = parts_[slot_of(slot.hash, parts_.size())];
    part.waiting.push_back(slot);
    ++part.size;
    if (part.waiting.size() == kBlock) spill(part);
  }

  uint64_t slots() const { return slots_; }

  /// Writes all slots and one empty one behind them; returns how many. False in `distinct` when two hashes are equal.
  uint64_t write(ImageWriter& image, bool& distinct) {
    uint64_t next = 0;
    uint64_t last = kEmptySlot;
    distinct = true;
    std::vector<Slot> out;
    for (Part& part : parts_) {
      out.clear();
      for (const Slot& slot : sorted(part)) {
        distinct = distinct && slot.hash != last;
        last = slot.hash;
        for (const uint64_t wanted = slot_of(slot.hash, slots_); next < wanted; ++next) out.push_back(empty());
        out.push_back(slot);
        ++next;
      }
      image.write_values(out.data(), out.size());
      part = {};
    }
    for (; next < slots_; ++next) image.write_values(&kEmpty, 1);
    image.write_values(&kEmpty, 1);
    return next + 1;
  }

 private:
  static constexpr size_t kBlock = 2048;
  static constexpr size_t kPartSize = size_t{1} << 16;  ///< entries that are sorted within the processor's cache
  struct Part {
    std::vector<Slot> waiting;
    std::vector<uint64_t> blocks;  ///< offsets in the file
    uint64_t size = 0;
  };

  static Slot empty() {
    Slot slot{};
    slot.hash = kEmptySlot;
    return slot;
  }
  static size_t part_count(uint64_t entries) {
    return static_cast<size_t>(std::clamp<uint64_t>(entries / kPartSize, 1, 512));
  }

  void spill(Part& part) {
    file_.write(file_end_, part.waiting.data(), kBlock * sizeof(Slot));
    part.blocks.push_back(file_end_);
    file_end_ += kBlock * sizeof(Slot);
    part.waiting.clear();
  }

  /// By hash: spread by the leading bits, which are uniform, then put right among neighbours.
  std::vector<Slot> sorted(const Part& part) {
    std::vector<Slot> entries(part.size);
    for (size_t i = 0; i < part.blocks.size(); ++i)
      file_.read(part.blocks[i], entries.data() + i * kBlock, kBlock * sizeof(Slot));
    std::copy(part.waiting.begin(), part.waiting.end(),
              entries.begin() + static_cast<std::ptrdiff_t>(part.blocks.size() * kBlock));
    const auto bucket = [&](const Slot& slot) {
      return slot_of(slot.hash * parts_.size(), part.size);  // the hash's place within the part
    };
    std::vector<uint32_t> ends(part.size + 1);
    for (const Slot& slot : entries) ++ends[bucket(slot) + 1];
    for (size_t i = 1; i < ends.size(); ++i) ends[i] += ends[i - 1];
    std::vector<Slot> out(part.size);
    for (const Slot& slot : entries) out[ends[bucket(slot)]++] = slot;
    for (size_t i = 1; i < out.size(); ++i) {
      const Slot slot = out[i];
      size_t at = i;
      for (; at > 0 && slot.hash < out[at - 1].hash; --at) out[at] = out[at - 1];
      out[at] = slot;
    }
    return out;
  }

  const Slot kEmpty = empty();
  uint64_t slots_;
  ScratchFile file_;
  uint64_t file_end_ = 0;
  std::vector<Part> parts_;
};

}  // namespace seq::ngram
