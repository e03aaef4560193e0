// Vocabulary limits and the way from a text to its trie.
#include "ngram/counted_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/files.h"
#include "ngram/gram_sorter.h"

namespace seq::ngram {
namespace {

/// The words of a file between white space; absent ones are ignored.
std::vector<bool> words_of_file(const WordTable& words, const std::string& path) {
  std::vector<bool> wanted(words.size(), false);
  LineReader lines(path);
  constexpr std::string_view kSpace("\0\t\r ", 4);
  for (std::string_view line; lines.next(line);) {
    while (true) {
      line.remove_prefix(std::min(line.find_first_not_of(kSpace), line.size()));
      if (line.empty()) break;
      const std::string_view word = line.substr(0, line.find_first_of(kSpace));
      if (const WordId id = words.find(word); id != WordTable::kAbsent) wanted[id] = true;
      line.remove_prefix(word.size());
    }
  }
  return wanted;
}

/// Takes all but the most frequent words away; of equally frequent ones the first in the text stay.
void keep_most_frequent(std::vector<bool>& wanted, const std::vector<uint32_t>& counts, size_t most) {
  std::vector<WordId> candidates;
  for (WordId id = kEndSentence + 1; id < counts.size(); ++id)
    if (wanted[id]) candidates.push_back(id);
  if (candidates.size() <= most) return;
  std::stable_sort(candidates.begin(), candidates.end(), [&](WordId a, WordId b) { return counts[a] > counts[b]; });
  for (size_t i = most; i < candidates.size(); ++i) wanted[candidates[i]] = false;
}

/// Outside words become <unk>; the others keep their order.
void renumber(VocabularyLimit& limit, const std::vector<bool>& wanted) {
  std::vector<std::string> kept;
  for (WordId id = 0; id < wanted.size(); ++id) {
    limit.new_number.push_back(wanted[id] ? static_cast<WordId>(kept.size()) : kUnknownWord);
    if (wanted[id]) kept.push_back(std::move(limit.words.words[id]));
  }
  limit.words.words = std::move(kept);
}

}  // namespace

VocabularyLimit limit_vocabulary(const WordTable& words, const std::vector<uint32_t>& counts,
                                 const EstimateOptions& options) {
  VocabularyLimit limit;
  for (WordId id = 0; id < words.size(); ++id) limit.words.words.emplace_back(words.word(id));
  if (options.limit_vocab_file.empty() && options.vocab_size == 0) return limit;

  std::vector<bool> wanted(words.size(), true);
  if (!options.limit_vocab_file.empty()) wanted = words_of_file(words, options.limit_vocab_file);
  for (const WordId id : {kUnknownWord, kBeginSentence, kEndSentence}) wanted[id] = true;
  if (options.vocab_size > 0) keep_most_frequent(wanted, counts, static_cast<size_t>(options.vocab_size));
  if (std::count(wanted.begin(), wanted.end(), true) == 3)
    throw Error(options.limit_vocab_file + ": none of its words stands in the text");
  if (options.outside == "unknown") {
    renumber(limit, wanted);
  } else {
    wanted.flip();
    limit.words.outside = std::move(wanted);
  }
  return limit;
}

std::vector<uint32_t> count_words(const Corpus& corpus) {
  std::vector<uint32_t> counts(corpus.words.size(), 0);
  std::vector<WordId> room;
  for (uint64_t i = 0; i < corpus.tokens.blocks(); ++i)
    for (const WordId word : corpus.tokens.block(i, room)) counts[word] = added(counts[word], 1);
  if (corpus.tokens.size() == counts[kEndSentence])
    throw Error("the text has no words (an empty corpus makes no model)");
  return counts;
}

uint64_t memory_for_data(const EstimateOptions& options) {
  constexpr uint64_t kProgram = 40 << 20;  // code, stacks, buffers of files
  const uint64_t limit = parse_size(options.memory, "memory");
  return limit - std::min(kProgram, limit / 2);
}

CountedText count_text(const std::vector<std::string>& texts, const EstimateOptions& options, Storage& storage,
                       const Work& work) {
  Corpus corpus = read_corpus(texts, options.words, storage, work);
  std::vector<uint32_t> counts = count_words(corpus);
  const uint64_t tokens = corpus.tokens.size();
  work.log->info("{} words in {} sentences, {} different", tokens - counts[kEndSentence], counts[kEndSentence],
                 corpus.words.size() - 3);
  CountedText counted;
  VocabularyLimit limit = limit_vocabulary(corpus.words, counts, options);
  counted.words = std::move(limit.words);
  const auto words = static_cast<WordId>(counted.words.words.size());
  corpus.words = WordTable();  // its memory stays counted: the words are kept in another form
  if (!limit.new_number.empty()) {
    std::vector<uint32_t> new_counts(words, 0);
    for (size_t id = 0; id < counts.size(); ++id)
      new_counts[limit.new_number[id]] = added(new_counts[limit.new_number[id]], counts[id]);
    counts = std::move(new_counts);
  }
  const int order = static_cast<int>(options.order);
  const GramShape shape = gram_shape(order, words);
  with_key_size(shape, [&](auto size) {
    GramSorter<size> grams(shape, storage, work.threads);
    grams.add_text(corpus.tokens, limit.new_number, counts);
    corpus.tokens = TokenStore(storage, 0);
    counted.trie = build_trie(grams, shape, order, words, storage, work.threads);
  });
  return counted;
}

}  // namespace seq::ngram
