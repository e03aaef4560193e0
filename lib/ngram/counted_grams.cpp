// Counts files out of texts and out of each other, and models out of them.
#include <fmt/format.h>

#include "ngram/counted_text.h"
#include "ngram/counts_file.h"
#include "ngram/gram_sorter.h"

namespace seq::ngram {
namespace {

template <int K>
void write_counts(const std::string& path, const GramSorter<K>& grams, const GramShape& shape,
                  const std::vector<std::string>& words) {
  CountsWriter writer(path, shape.order, words);
  std::vector<WordId> backwards(static_cast<size_t>(shape.order));
  GramKey<K> last{};
  bool any = false;
  uint64_t done = 0;
  grams.for_each([&](const GramKey<K>& key) {
    const int shared = any ? key.shared(last, shape) : 0;
    for (int j = shared; j < shape.order; ++j) backwards[static_cast<size_t>(j)] = key.word(j, shape.bits);
    writer.add(backwards, shared, key.count());
    last = key;
    any = true;
    if (++done % (1 << 16) == 0) stop_if_interrupted();
  });
  writer.finish();
}

/// Some counts files with the words of all.
struct CountsFiles {
  const std::vector<std::string>& paths;
  int order = 0;
  WordTable words = {};
  std::vector<std::vector<WordId>> number = {};  ///< by file and its own number

  explicit CountsFiles(const std::vector<std::string>& files) : paths(files) {
    for (const std::string& path : paths) {
      if (path == "-") throw Error("counts are read twice: give a file in place of stdin");
      const CountsReader reader(path);
      if (order == 0) order = reader.order();
      if (reader.order() != order)
        throw Error(
            fmt::format("{}: counts of order {}, those of {} have order {}", path, reader.order(), paths[0], order));
      number.emplace_back();
      for (const std::string& word : reader.words()) number.back().push_back(words.add(word));
    }
  }

  /// Calls take(n-gram from last to first, count) with the common numbers.
  template <class Take>
  void for_each(const Take& take) const {
    std::vector<WordId> backwards;
    uint32_t count = 0;
    uint64_t done = 0;
    for (size_t i = 0; i < paths.size(); ++i) {
      for (CountsReader reader(paths[i]); reader.next(backwards, count);) {
        for (WordId& word : backwards) word = number[i][word];
        take(backwards, count);
        if (++done % (1 << 16) == 0) stop_if_interrupted();
      }
    }
  }
};

/// Sorts the n-grams of all files; `new_number` as in VocabularyLimit.
template <int K>
void sort_counts(const CountsFiles& files, const std::vector<WordId>& new_number, const GramShape& shape, WordId words,
                 GramSorter<K>& grams) {
  const GramKey<K> mask = GramKey<K>::all_words(shape);
  files.for_each([&](const std::vector<WordId>& backwards, uint32_t count) {
    GramKey<K> key{};
    for (size_t j = backwards.size(); j-- > 0;)
      key.push(new_number.empty() ? backwards[j] : new_number[backwards[j]], shape.bits, mask);
    key.set_count(count);
    grams.add(key);
  });
  grams.finish(words);
}

}  // namespace

void count_into(const std::string& path, const std::vector<std::string>& texts, const EstimateOptions& options,
                const Work& work) {
  check_options(options);
  Storage storage(memory_for_data(options), options.temp);
  const Corpus corpus = read_corpus(texts, options.words, storage, work);
  const std::vector<uint32_t> counts = count_words(corpus);
  const VocabularyLimit all = limit_vocabulary(corpus.words, counts, {});
  const GramShape shape = gram_shape(static_cast<int>(options.order), corpus.words.size());
  with_key_size(shape, [&](auto size) {
    GramSorter<size> grams(shape, storage, work.threads);
    grams.add_text(corpus.tokens, {}, counts);
    write_counts(path, grams, shape, all.words.words);
  });
}

void merge_counts(const std::string& path, const std::vector<std::string>& counts, const EstimateOptions& options,
                  const Work& work) {
  Storage storage(memory_for_data(options), options.temp);
  const CountsFiles files(counts);
  std::vector<std::string> words;
  for (WordId id = 0; id < files.words.size(); ++id) words.emplace_back(files.words.word(id));
  storage.take(3 * files.words.bytes());
  const GramShape shape = gram_shape(files.order, words.size());
  with_key_size(shape, [&](auto size) {
    GramSorter<size> grams(shape, storage, work.threads);
    sort_counts(files, {}, shape, files.words.size(), grams);
    write_counts(path, grams, shape, words);
  });
}

Estimated estimate_from_counts(const std::vector<std::string>& counts, const EstimateOptions& options, ModelSink& sink,
                               const Work& work) {
  check_options(options);
  Storage storage(memory_for_data(options), options.temp);
  const CountsFiles files(counts);
  if (options.order > files.order)
    throw Error(fmt::format("order: {} is more than the counts have (--order {})", options.order, files.order));
  storage.take(3 * files.words.bytes());
  std::vector<uint32_t> word_counts(files.words.size(), 0);
  files.for_each([&](const std::vector<WordId>& backwards, uint32_t count) {
    word_counts[backwards.front()] = added(word_counts[backwards.front()], count);
  });
  VocabularyLimit limit = limit_vocabulary(files.words, word_counts, options);
  const auto words = static_cast<WordId>(limit.words.words.size());
  const GramShape shape = gram_shape(files.order, words);
  ReverseTrie trie;
  with_key_size(shape, [&](auto size) {
    GramSorter<size> grams(shape, storage, work.threads);
    sort_counts(files, limit.new_number, shape, words, grams);
    trie = build_trie(grams, shape, static_cast<int>(options.order), words, storage, work.threads);
  });
  return build_model(trie, std::move(limit.words), options, sink, storage, work);
}

}  // namespace seq::ngram
