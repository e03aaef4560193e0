// Forward-backward and Viterbi over edges that are sorted by where they begin.
#include "text/subword/unigram_lattices.h"

#include <algorithm>
#include <cmath>

#include "base/parallel.h"
#include "text/subword/log_add.h"
#include "text/subword/trie.h"
#include "text/utf8.h"

namespace seq {
namespace {

constexpr size_t kWordsInChunk = 4096;
constexpr size_t kPlacesInChunk = 1 << 22;  ///< and as many characters at most, unless one word has more

Trie trie_of(const std::vector<UnigramSeed>& seeds) {
  std::vector<Trie::Key> keys;
  keys.reserve(seeds.size());
  for (const UnigramSeed& seed : seeds) keys.emplace_back(seed.text, static_cast<int32_t>(keys.size()));
  return Trie(std::move(keys));
}

}  // namespace

/// What one thread uses again for each word.
struct UnigramLattices::Scratch {
  std::vector<double> forward, backward;
  std::vector<Edge> last;  ///< on the best path to each place
  std::vector<uint32_t> tokens;
};

UnigramLattices::UnigramLattices(const std::vector<WordCounts::Entry>& words, const std::vector<UnigramSeed>& seeds,
                                 int threads)
    : threads_(threads) {
  const Trie trie = trie_of(seeds);
  std::vector<size_t> starts;  // of the chunks, among the words
  size_t bytes = kPlacesInChunk;
  for (size_t i = 0; i < words.size(); ++i) {
    if (bytes >= kPlacesInChunk || i - starts.back() >= kWordsInChunk) {
      starts.push_back(i);
      bytes = 0;
    }
    bytes += words[i].word.size();
  }
  starts.push_back(words.size());
  chunks_.resize(starts.size() - 1);
  parallel_for(threads_, chunks_.size(), [&](size_t i, size_t) {
    fill(chunks_[i], words.data() + starts[i], words.data() + starts[i + 1], trie);
  });
  find_occurrences(seeds.size());
}

void UnigramLattices::fill(Chunk& chunk, const WordCounts::Entry* begin, const WordCounts::Entry* end,
                           const Trie& trie) {
  for (const WordCounts::Entry* entry = begin; entry != end; ++entry) {
    const std::string_view word = entry->word;
    const auto first = static_cast<uint32_t>(chunk.first_edge.size());
    for (size_t at = 0; at < word.size();) {
      chunk.first_edge.push_back(static_cast<uint32_t>(chunk.edges.size()));
      uint32_t node = Trie::kRoot;
      uint32_t length = 0;
      for (size_t i = at; i < word.size() && trie.step(node, word[i]); ++i) {
        length += (static_cast<unsigned char>(word[i]) & 0xC0) != 0x80 ? 1 : 0;
        if (trie.value(node) != kNoToken)
          chunk.edges.push_back(static_cast<uint32_t>(trie.value(node)) << kLengthBits | length);
      }
      next_code_point(word, at);
    }
    chunk.words.push_back({first, static_cast<uint32_t>(chunk.first_edge.size()) - first, entry->count});
  }
  chunk.first_edge.push_back(static_cast<uint32_t>(chunk.edges.size()));
  chunk.edges.shrink_to_fit();
}

void UnigramLattices::find_occurrences(size_t tokens) {
  occurrences_.assign(tokens, {});
  for (uint32_t c = 0; c < chunks_.size(); ++c)
    for (uint32_t place = 0; place + 1 < chunks_[c].first_edge.size(); ++place)
      for (uint32_t e = chunks_[c].first_edge[place]; e < chunks_[c].first_edge[place + 1]; ++e) {
        Occurrence& occurrence = occurrences_[token_of(chunks_[c].edges[e])];
        if (occurrence.chunk == kDropped) occurrence = {c, place, length_of(chunks_[c].edges[e])};
      }
}

template <class Use>
TokenCounts UnigramLattices::sum_over_words(size_t tokens, const Use& use) const {
  const size_t threads = std::min(static_cast<size_t>(threads_), std::max<size_t>(chunks_.size(), 1));
  std::vector<TokenCounts> counts(threads, TokenCounts(tokens));
  std::vector<Scratch> scratch(counts.size());
  parallel_for(threads_, chunks_.size(), [&](size_t i, size_t thread) {
    for (const Word& word : chunks_[i].words) use(chunks_[i], word, scratch[thread], counts[thread]);
  });
  for (size_t thread = 1; thread < counts.size(); ++thread) counts[0].add(counts[thread]);
  return std::move(counts[0]);
}

TokenCounts UnigramLattices::expected(const std::vector<double>& scores) const {
  std::vector<double> probabilities(scores.size());
  std::transform(scores.begin(), scores.end(), probabilities.begin(), [](double score) { return std::exp(score); });
  return sum_over_words(scores.size(),
                        [&](const Chunk& chunk, const Word& word, Scratch& scratch, TokenCounts& counts) {
                          expect(chunk, word, scores, probabilities, scratch, counts);
                        });
}

void UnigramLattices::expect(const Chunk& chunk, const Word& word, const std::vector<double>& scores,
                             const std::vector<double>& probabilities, Scratch& scratch, TokenCounts& counts) {
  scratch.forward.assign(word.length + 1, 0);
  scratch.backward.assign(word.length + 1, 0);
  double* forward = scratch.forward.data();
  double* backward = scratch.backward.data();
  const uint32_t* first_edge = chunk.first_edge.data() + word.place;
  const Edge* edges = chunk.edges.data();
  forward[0] = backward[word.length] = 1;
  for (uint32_t at = 0; at < word.length; ++at)
    for (uint32_t e = first_edge[at]; e < first_edge[at + 1]; ++e)
      forward[at + length_of(edges[e])] += forward[at] * probabilities[token_of(edges[e])];
  // Probabilities of long words leave the range of numbers.
  if (!(forward[word.length] > 1e-250)) return expect_in_logarithms(chunk, word, scores, scratch, counts);
  const double scale = static_cast<double>(word.count) / forward[word.length];
  for (uint32_t at = word.length; at-- > 0;) {
    const double here = forward[at] * scale;
    for (uint32_t e = first_edge[at]; e < first_edge[at + 1]; ++e) {
      const uint32_t token = token_of(edges[e]);
      const double after = probabilities[token] * backward[at + length_of(edges[e])];
      backward[at] += after;
      counts.add(token, here * after);
    }
  }
}

void UnigramLattices::expect_in_logarithms(const Chunk& chunk, const Word& word, const std::vector<double>& scores,
                                           Scratch& scratch, TokenCounts& counts) {
  auto& forward = scratch.forward;
  auto& backward = scratch.backward;
  forward.assign(word.length + 1, kLogZero);
  backward.assign(word.length + 1, kLogZero);
  const uint32_t* first_edge = chunk.first_edge.data() + word.place;
  const Edge* edges = chunk.edges.data();
  forward[0] = backward[word.length] = 0;
  for (uint32_t at = 0; at < word.length; ++at)
    for (uint32_t e = first_edge[at]; e < first_edge[at + 1]; ++e) {
      double& there = forward[at + length_of(edges[e])];
      there = log_add(there, forward[at] + scores[token_of(edges[e])]);
    }
  for (uint32_t at = word.length; at-- > 0;)
    for (uint32_t e = first_edge[at]; e < first_edge[at + 1]; ++e) {
      const double after = scores[token_of(edges[e])] + backward[at + length_of(edges[e])];
      backward[at] = log_add(backward[at], after);
      counts.add(token_of(edges[e]),
                 static_cast<double>(word.count) * std::exp(forward[at] + after - forward[word.length]));
    }
}

double UnigramLattices::best_path(const Chunk& chunk, uint32_t place, uint32_t length, uint32_t without,
                                  const std::vector<double>& scores, Scratch& scratch) {
  auto& score = scratch.forward;
  score.assign(length + 1, kLogZero);
  scratch.last.resize(length + 1);
  score[0] = 0;
  const uint32_t* first_edge = chunk.first_edge.data() + place;
  for (uint32_t at = 0; at < length; ++at)
    for (uint32_t e = first_edge[at]; e < first_edge[at + 1]; ++e) {
      const Edge edge = chunk.edges[e];
      const uint32_t end = at + length_of(edge);
      if (end > length) break;  // edges from one place come by length
      const double candidate = score[at] + scores[token_of(edge)];
      if (candidate <= score[end] || token_of(edge) == without) continue;
      score[end] = candidate;
      scratch.last[end] = edge;
    }
  scratch.tokens.clear();
  for (uint32_t at = length; at > 0 && score[length] > kLogZero; at -= length_of(scratch.last[at]))
    scratch.tokens.push_back(token_of(scratch.last[at]));
  return score[length];
}

TokenCounts UnigramLattices::best(const std::vector<double>& scores) const {
  return sum_over_words(scores.size(),
                        [&](const Chunk& chunk, const Word& word, Scratch& scratch, TokenCounts& counts) {
                          best_path(chunk, word.place, word.length, kDropped, scores, scratch);
                          for (const uint32_t token : scratch.tokens)
                            counts.add(token, static_cast<double>(word.count));
                        });
}

UnigramLattices::Alternative UnigramLattices::alternative(uint32_t token, const std::vector<double>& scores) const {
  const Occurrence& at = occurrences_[token];
  if (at.chunk == kDropped) return {{}, kLogZero};
  Scratch scratch;
  const double score = best_path(chunks_[at.chunk], at.place, at.length, token, scores, scratch);
  return {std::move(scratch.tokens), score};
}

void UnigramLattices::keep(const std::vector<uint32_t>& new_numbers) {
  parallel_for(threads_, chunks_.size(), [&](size_t i, size_t) {
    Chunk& chunk = chunks_[i];
    uint32_t out = 0;
    uint32_t e = 0;
    for (size_t place = 0; place + 1 < chunk.first_edge.size(); ++place) {
      chunk.first_edge[place] = out;
      for (const uint32_t end = chunk.first_edge[place + 1]; e < end; ++e) {
        const uint32_t number = new_numbers[token_of(chunk.edges[e])];
        if (number != kDropped) chunk.edges[out++] = number << kLengthBits | length_of(chunk.edges[e]);
      }
    }
    chunk.first_edge.back() = out;
    chunk.edges.resize(out);
    if (chunk.edges.capacity() > 2 * chunk.edges.size()) chunk.edges.shrink_to_fit();
  });
  size_t kept = 0;
  for (size_t token = 0; token < new_numbers.size(); ++token)
    if (new_numbers[token] != kDropped) occurrences_[kept++] = occurrences_[token];
  occurrences_.resize(kept);
}

}  // namespace seq
