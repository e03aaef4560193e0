// fastText's models of version 12, from which fastText and gensim give vectors to words, unseen ones too.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "vectors/subwords.h"
#include "vectors/word_vectors.h"

namespace seq::vectors {
namespace {

constexpr int32_t kWrittenMagic = 793712314, kWrittenVersion = 12;

template <class T>
void put(AtomicFile& file, T value) {
  file.write({reinterpret_cast<const char*>(&value), sizeof value});
}

/// What is not known of the training is what fastText takes when it is not told.
void put_settings(AtomicFile& file, int64_t dimension, const SubwordRules& rules) {
  constexpr int32_t kWindow = 5, kEpochs = 5, kLeastCount = 1, kNegatives = 5, kWordNgrams = 1;
  constexpr int32_t kNegativeSampling = 2, kSkipGram = 2, kRateUpdates = 100;
  put(file, static_cast<int32_t>(dimension));
  for (const int32_t value : {kWindow, kEpochs, kLeastCount, kNegatives, kWordNgrams, kNegativeSampling, kSkipGram})
    put(file, value);
  for (const int64_t value : {rules.buckets, rules.shortest, rules.longest}) put(file, static_cast<int32_t>(value));
  put(file, kRateUpdates);
  put(file, 1e-4);  // sub-sampling
}

void put_dictionary(AtomicFile& file, const VectorsView& vectors) {
  const auto words = static_cast<int32_t>(vectors.words.size());
  const auto count = [&](int64_t word) {
    return vectors.counts.empty() ? int64_t{1} : vectors.counts[static_cast<size_t>(word)];
  };
  int64_t total = 0;
  for (int64_t word = 0; word < words; ++word) total += count(word);
  put(file, words);
  put(file, words);
  put(file, int32_t{0});  // labels
  put(file, total);
  put(file, int64_t{-1});  // not pruned
  for (int64_t word = 0; word < words; ++word) {
    file.write(vectors.words[word]);
    file.write({"\0", 1});
    put(file, count(word));
    put(file, int8_t{0});  // a word, no label
  }
}

}  // namespace

void write_fasttext(const fs::path& path, const WordVectors& vectors) {
  const Subwords* const subwords = vectors.subwords();
  if (subwords == nullptr)
    throw Error(path.string() + ": only vectors with sub-words can be a fastText model (choose --format vec)");
  for (int64_t word = 0; word < vectors.size(); ++word)
    if (vectors.words()[word].find('\0') != std::string_view::npos)
      throw Error(fmt::format("{}: word {} has a zero byte in it", path.string(), word + 1));
  const SubwordRules& rules = subwords->rules();
  const auto dimension = static_cast<size_t>(vectors.dimension());
  AtomicFile file(path);
  put(file, kWrittenMagic);
  put(file, kWrittenVersion);
  put_settings(file, vectors.dimension(), rules);
  put_dictionary(file, vectors.view());
  put(file, int8_t{0});  // not quantised
  put(file, vectors.size() + rules.buckets);
  put(file, vectors.dimension());
  // A word's own row is what is left of (1 + n) times its vector without its n-grams.
  std::vector<float> own(dimension), parts(dimension);
  for (int64_t word = 0; word < vectors.size(); ++word) {
    std::fill(parts.begin(), parts.end(), 0.0F);
    const auto count = static_cast<float>(1 + subwords->add(vectors.words()[word], parts));
    for (size_t k = 0; k < dimension; ++k) own[k] = count * vectors.row(word)[k] - parts[k];
    file.write({reinterpret_cast<const char*>(own.data()), dimension * sizeof(float)});
  }
  const auto buckets = subwords->buckets().all();
  file.write({reinterpret_cast<const char*>(buckets.data()), buckets.size_bytes()});
  put(file, int8_t{0});
  put(file, int64_t{0});  // no output rows: they only serve training
  put(file, vectors.dimension());
  file.commit();
}

}  // namespace seq::vectors
