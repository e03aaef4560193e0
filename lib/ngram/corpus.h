// A text as numbers of words: sentence after sentence, each ended by `</s>`.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ngram/estimate.h"
#include "ngram/storage.h"
#include "ngram/word_table.h"

namespace seq::ngram {

/// Numbers one after another, in blocks; those beyond a share of the memory are on disk.
class TokenStore {
 public:
  static constexpr uint64_t kBlock = 1 << 18;

  TokenStore(Storage& storage, uint64_t memory_limit) : storage_(&storage), memory_limit_(memory_limit) {}

  void add(WordId id) {
    if (filled_ == kBlock || blocks_ == 0) start_block();
    current_[filled_++] = id;
  }
  /// After the last add().
  void finish();
  uint64_t size() const { return blocks_ == 0 ? 0 : (blocks_ - 1) * kBlock + filled_; }
  uint64_t blocks() const { return blocks_; }
  /// One block; `room` holds it when it is on disk.
  std::span<const WordId> block(uint64_t index, std::vector<WordId>& room) const;
  /// The numbers [begin, begin + out.size()).
  void load(uint64_t begin, std::span<WordId> out) const;

 private:
  void start_block();
  void store_current();

  Storage* storage_;
  uint64_t memory_limit_;
  std::vector<Buffer<WordId>> memory_;
  std::unique_ptr<TemporaryStore> file_;
  Buffer<WordId> spill_;  ///< the block that is being filled, once the others go to disk
  WordId* current_ = nullptr;
  uint64_t blocks_ = 0;
  uint64_t filled_ = 0;
};

/// What was read: words in the order of their first use, and the text by their numbers.
struct Corpus {
  WordTable words;
  TokenStore tokens;
};

/// Reads texts as sentences, one a line. Throws Error(`corpus.txt:12: …`).
Corpus read_corpus(const std::vector<std::string>& texts, const WordOptions& options, Storage& storage,
                   const Work& work);

/// Throws Interrupted once a signal came.
void stop_if_interrupted();

}  // namespace seq::ngram
