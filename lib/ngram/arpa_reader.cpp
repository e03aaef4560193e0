// ARPA files into a sink.
#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/files.h"
#include "ngram/arpa.h"
#include "ngram/arpa_order.h"
#include "ngram/arpa_sections.h"
#include "ngram/arpa_words.h"

namespace seq::ngram {
namespace {

constexpr float kMissingUnknown = -100;
constexpr float kMissingBoundary = -99;

class ArpaReader {
 public:
  ArpaReader(const fs::path& path, ModelSink& sink) : sections_(path), sink_(sink) {}

  void read() {
    ArpaOrder below = read_unigrams();
    for (size_t length = 2; length <= sections_.counts().size(); ++length) {
      ArpaOrder order = read_order(length);
      if (const auto twice = sort_by_suffix(order))
        sections_.refuse_at(order.line(*twice), "the n-gram \"" + text_of(order.at(*twice), length) + "\" comes twice");
      if (const auto found = find_unclosed(order, below))
        sections_.refuse_at(order.line(found->index), "\"" + text_of(order.at(found->index), length) + "\" without \"" +
                                                          text_of(found->part, length - 1) +
                                                          "\" among the n-grams of order " +
                                                          std::to_string(length - 1));
      send(order);
      below = std::move(order);
    }
    sink_.finish();
  }

 private:
  ArpaOrder read_unigrams() {
    ArpaOrder order;
    std::vector<bool> seen;
    for (uint64_t i = 0; i < sections_.counts()[0]; ++i) {
      const ArpaEntry& entry = sections_.next(1);
      const WordId id = vocabulary_.add(entry.words[0]);
      const size_t size = vocabulary_.words().size();
      seen.resize(size);
      order.probabilities.resize(size);
      order.backoffs.resize(size);
      if (seen[id]) sections_.refuse("the word " + std::string(entry.words[0]) + " comes twice");
      seen[id] = true;
      order.probabilities[id] = entry.probability;
      order.backoffs[id] = entry.backoff;
    }
    sections_.end(1);
    seen.resize(std::max<size_t>(seen.size(), kEndSentence + 1));
    order.probabilities.resize(seen.size());
    order.backoffs.resize(seen.size());
    for (const WordId id : {kUnknownWord, kBeginSentence, kEndSentence})
      if (!seen[id]) order.probabilities[id] = id == kUnknownWord ? kMissingUnknown : kMissingBoundary;
    order.words.resize(seen.size());
    std::iota(order.words.begin(), order.words.end(), WordId{0});
    std::vector<uint64_t> counts = sections_.counts();
    counts[0] = seen.size();
    sink_.begin(vocabulary_.words(), counts);
    send(order);
    return order;
  }

  ArpaOrder read_order(size_t length) {
    ArpaOrder order;
    order.length = length;
    order.first_line = sections_.first_line();
    const uint64_t count = sections_.counts()[length - 1];
    const size_t expected = static_cast<size_t>(std::min<uint64_t>(count, 1 << 20));  // a header may lie
    order.words.reserve(expected * length);
    std::vector<std::string> last(length);  // n-grams in suffix order share most of their words with the one before
    std::vector<WordId> ids(length);
    for (uint64_t i = 0; i < count; ++i) {
      const ArpaEntry& entry = sections_.next(length);
      for (size_t j = 0; j < length; ++j) {
        if (entry.words[j] != last[j]) {
          if (!vocabulary_.find(entry.words[j], ids[j]))
            sections_.refuse("the word " + std::string(entry.words[j].substr(0, 100)) + " is not among the 1-grams");
          last[j] = entry.words[j];
        }
        order.words.push_back(ids[j]);
      }
      order.probabilities.push_back(entry.probability);
      if (length < sections_.counts().size()) order.backoffs.push_back(entry.backoff);
    }
    sections_.end(length);
    return order;
  }

  std::string text_of(const WordId* words, size_t length) const {
    std::string text;
    for (size_t i = 0; i < length; ++i) text += (i > 0 ? " " : "") + vocabulary_.words()[words[i]];
    return text;
  }

  void send(const ArpaOrder& order) {
    NgramBatch batch{order.words, order.probabilities, {}};
    if (order.length < sections_.counts().size()) batch.backoffs = order.backoffs;
    sink_.add(static_cast<int>(order.length), batch);
  }

  ArpaSections sections_;
  ModelSink& sink_;
  GrowingVocabulary vocabulary_;
};

}  // namespace

void read_arpa(const fs::path& path, ModelSink& sink) {
  ArpaReader(path, sink).read();
}

}  // namespace seq::ngram
