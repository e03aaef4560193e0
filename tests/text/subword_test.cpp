// The models that cut words, against worked examples and against plain versions of the same rules.
#include <rapidcheck.h>

#include <cmath>
#include <map>
#include <set>

#include "test.h"
#include "text/subword/bpe.h"
#include "text/subword/unigram.h"
#include "text/subword/word_level.h"
#include "text/subword/wordpiece.h"

using namespace seq;

namespace {

Vocabulary vocabulary_of(const std::vector<std::string>& tokens, const std::string& unknown = "") {
  Vocabulary vocabulary;
  for (const std::string& token : tokens) vocabulary.add(token);
  if (!unknown.empty()) vocabulary.unknown = vocabulary.find(unknown);
  return vocabulary;
}

/// The tokens as text, with the part of the word that each covers where it is spelt otherwise.
std::vector<std::string> shown(const SubwordModel& model, const std::string& word, const std::vector<Piece>& pieces) {
  std::vector<std::string> tokens;
  uint32_t begin = 0;
  for (const Piece& piece : pieces) {
    const std::string part = word.substr(begin, piece.end - begin);
    const std::string token(piece.id == kNoToken ? "?" : model.vocabulary().token(piece.id));
    tokens.push_back(token == part ? token : token + "=" + part);
    begin = piece.end;
  }
  REQUIRE(begin == word.size());
  return tokens;
}

std::vector<std::string> cut(const SubwordModel& model, const std::string& word) {
  std::vector<Piece> pieces;
  model.encode(word, pieces);
  return shown(model, word, pieces);
}

using Tokens = std::vector<std::string>;

BpeModel small_bpe(BpeOptions options = {}) {
  return {vocabulary_of({"<unk>", "a", "b", "d", "u", "ab", "bu", "dab", "bub"}, "<unk>"),
          {{"a", "b"}, {"b", "u"}, {"d", "ab"}, {"bu", "b"}},
          options};
}

/// Merges the lowest rank, leftmost first, looking at everything each time.
std::vector<int32_t> plain_bpe(std::vector<int32_t> symbols, const std::vector<BpeMerge>& merges) {
  for (;;) {
    const BpeMerge* best = nullptr;
    size_t place = 0;
    for (size_t i = 0; i + 1 < symbols.size(); ++i)
      for (const BpeMerge& merge : merges)
        if (merge.left == symbols[i] && merge.right == symbols[i + 1] && (best == nullptr || merge.rank < best->rank)) {
          best = &merge;
          place = i;
        }
    if (best == nullptr) return symbols;
    symbols[place] = best->result;
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(place) + 1);
  }
}

/// All ways to cut a word into tokens, with their scores.
void all_cuts(const UnigramModel& model, const std::string& word, size_t begin, double score, Tokens& path,
              std::vector<std::pair<double, Tokens>>& found) {
  if (begin == word.size()) found.emplace_back(score, path);
  for (size_t size = 1; begin + size <= word.size(); ++size) {
    const int32_t id = model.vocabulary().find(word.substr(begin, size));
    if (id == kNoToken) continue;
    path.push_back(word.substr(begin, size));
    all_cuts(model, word, begin + size, score + model.scores()[static_cast<size_t>(id)], path, found);
    path.pop_back();
  }
}

/// Counts 19 16 12 7 5 5 4 4 of 72.
UnigramModel counted_unigram() {
  const std::vector<std::pair<std::string, double>> counts = {{"a", 19}, {"b", 16}, {"ab", 12}, {"aa", 7},
                                                              {"da", 5}, {"d", 5},  {"bu", 4},  {"un", 4}};
  Vocabulary vocabulary;
  std::vector<double> scores;
  for (const auto& [token, count] : counts) {
    vocabulary.add(token);
    scores.push_back(std::log(count / 72));
  }
  return {std::move(vocabulary), scores, {}};
}

}  // namespace

TEST_CASE("a word is one token or the unknown one", "[subword]") {
  const WordLevelModel model(vocabulary_of({"<unk>", "to", "be"}, "<unk>"));
  REQUIRE(cut(model, "be") == Tokens{"be"});
  REQUIRE(cut(model, "bee") == Tokens{"<unk>=bee"});
  REQUIRE(cut(WordLevelModel(vocabulary_of({"to"})), "be") == Tokens{"?=be"});
}

TEST_CASE("pairs merge in the order in which they were learnt", "[subword]") {
  const BpeModel model = small_bpe();
  REQUIRE(cut(model, "dab") == Tokens{"dab"});
  REQUIRE(cut(model, "adab") == Tokens{"a", "dab"});
  REQUIRE(cut(model, "bub") == Tokens{"bub"});
  REQUIRE(cut(model, "abu") == Tokens{"ab", "u"});
  REQUIRE(cut(model, "\u00e9\u00e9b") == Tokens{"<unk>=\u00e9", "<unk>=\u00e9", "b"});
  BpeOptions fused;
  fused.fuse_unknown = true;
  REQUIRE(cut(small_bpe(fused), "\u00e9zab\u00e9") == Tokens{"<unk>=\u00e9z", "ab", "<unk>=\u00e9"});
}

TEST_CASE("tokens inside a word and at its end are spelt apart", "[subword]") {
  BpeOptions options;
  options.continuing_prefix = "##";
  const BpeModel prefixed(vocabulary_of({"a", "##b", "##c", "##bc", "abc"}), {{"##b", "##c"}, {"a", "##bc"}}, options);
  REQUIRE(cut(prefixed, "abc") == Tokens{"abc"});
  REQUIRE(cut(prefixed, "a") == Tokens{"a"});
  REQUIRE(cut(prefixed, "bc") == Tokens{"?=b", "##c=c"});
  options = {};
  options.end_suffix = "</w>";
  const BpeModel suffixed(vocabulary_of({"a", "b", "b</w>", "ab</w>"}), {{"a", "b</w>"}}, options);
  REQUIRE(cut(suffixed, "ab") == Tokens{"ab</w>=ab"});
  REQUIRE(cut(suffixed, "aba") == Tokens{"a", "b", "?=a"});
}

TEST_CASE("unknown characters fall back to their bytes where all of them are tokens", "[subword]") {
  BpeOptions options;
  options.byte_fallback = true;
  const BpeModel model(vocabulary_of({"<unk>", "a", "<0xC3>", "<0xA9>"}, "<unk>"), std::vector<BpeMerge>{}, options);
  REQUIRE(cut(model, "a\u00e9\u00e8") == Tokens{"a", "<0xC3>=\xc3", "<0xA9>=\xa9", "<unk>=\u00e8"});
  UnigramOptions unigram;
  unigram.byte_fallback = true;
  const UnigramModel other(vocabulary_of({"<unk>", "a", "<0xC3>", "<0xA9>"}, "<unk>"), {0, -1, 0, 0}, unigram);
  REQUIRE(cut(other, "a\u00e9") == Tokens{"a", "<0xC3>=\xc3", "<0xA9>=\xa9"});
  REQUIRE(cut(other, "a\u00e9\u00e8") == Tokens{"a", "<unk>=\u00e9\u00e8"});
}

TEST_CASE("a word that is a token may ignore the merges", "[subword]") {
  BpeOptions options;
  options.ignore_merges = true;
  const BpeModel model(vocabulary_of({"a", "b", "c", "ab", "abc"}), {{"a", "b"}}, options);
  REQUIRE(cut(model, "abc") == Tokens{"abc"});
  REQUIRE(cut(model, "abcc") == Tokens{"ab", "c", "c"});
}

TEST_CASE("a merge of an unknown token is refused", "[subword]") {
  REQUIRE_THROWS_WITH(BpeModel(vocabulary_of({"a", "b"}), {{"a", "b"}}, BpeOptions{}),
                      "merges[0]: \"ab\" is not in the vocabulary");
}

TEST_CASE("short and long words merge as the plain rule says", "[subword]") {
  REQUIRE(rc::check([] {
    // Merges of random pairs of what there is, over an alphabet of three.
    Vocabulary vocabulary = vocabulary_of({"a", "b", "c"});
    std::vector<BpeMerge> merges;
    std::set<std::pair<int32_t, int32_t>> taken;
    const int count = *rc::gen::inRange(0, 30);
    for (int i = 0; i < count; ++i) {
      const int32_t left = *rc::gen::inRange(0, vocabulary.size());
      const int32_t right = *rc::gen::inRange(0, vocabulary.size());
      if (vocabulary.token(left).size() + vocabulary.token(right).size() > 12 || !taken.emplace(left, right).second)
        continue;
      const int32_t result = vocabulary.add(std::string(vocabulary.token(left)) + std::string(vocabulary.token(right)));
      merges.push_back({left, right, result, static_cast<int32_t>(merges.size())});
    }
    const auto word = *rc::gen::container<std::string>(rc::gen::element('a', 'b', 'c'));
    std::string text = word;
    for (int i = 0; i < *rc::gen::inRange(0, 3); ++i) text += text + "ab";
    if (text.empty()) return;
    const BpeModel model(vocabulary, merges, {});
    std::vector<int32_t> symbols;
    for (const char c : text) symbols.push_back(c - 'a');
    std::vector<Piece> pieces;
    model.encode(text, pieces);
    std::vector<int32_t> ids;
    for (const Piece& piece : pieces) ids.push_back(piece.id);
    RC_ASSERT(ids == plain_bpe(symbols, merges));
    Random random(1);
    std::vector<Piece> sampled;
    model.sample(text, 0, random, sampled);
    RC_ASSERT(sampled.size() == pieces.size());
  }));
}

TEST_CASE("dropout leaves characters at one, and something in between below it", "[subword]") {
  const BpeModel model = small_bpe();
  Random random(3);
  std::map<Tokens, int> seen;
  for (int i = 0; i < 1000; ++i) {
    std::vector<Piece> pieces;
    model.sample("dab", 0.5, random, pieces);
    ++seen[shown(model, "dab", pieces)];
  }
  REQUIRE(seen.size() == 3);  // d a b, d ab, dab
  REQUIRE(seen[Tokens{"d", "a", "b"}] == Approx(500).margin(60));
  REQUIRE(seen[Tokens{"d", "ab"}] == Approx(250).margin(60));
  std::vector<Piece> pieces;
  model.sample("dab", 1, random, pieces);
  REQUIRE(pieces.size() == 3);
}

TEST_CASE("WordPiece takes the longest match from the left, not the longest anywhere", "[subword]") {
  const WordPieceModel model(vocabulary_of({"[UNK]", "a", "##b", "##c", "##d", "ab", "##cd", "##bcd"}, "[UNK]"), {});
  REQUIRE(cut(model, "abcd") == Tokens{"ab", "##cd=cd"});
  REQUIRE(cut(model, "abb") == Tokens{"ab", "##b=b"});
  REQUIRE(cut(model, "ba") == Tokens{"[UNK]=ba"});
  REQUIRE(cut(model, "abz") == Tokens{"[UNK]=abz"});
  REQUIRE(cut(model, "ab" + std::string(98, 'b')) == [] {
    Tokens tokens = {"ab"};
    tokens.insert(tokens.end(), 98, "##b=b");
    return tokens;
  }());
  REQUIRE(cut(model, std::string(101, 'a')) == Tokens{"[UNK]=" + std::string(101, 'a')});
}

TEST_CASE("Unigram takes the most probable way", "[subword]") {
  const UnigramModel model = counted_unigram();
  REQUIRE(std::exp(model.scores()[0]) == Approx(0.264).margin(0.0005));
  REQUIRE(std::exp(model.scores()[2]) == Approx(0.167).margin(0.0005));
  const auto ways = model.best("dab", 10);
  REQUIRE(ways.size() == 3);
  REQUIRE(shown(model, "dab", ways[0].pieces) == Tokens{"da", "b"});
  REQUIRE(shown(model, "dab", ways[1].pieces) == Tokens{"d", "ab"});
  REQUIRE(shown(model, "dab", ways[2].pieces) == Tokens{"d", "a", "b"});
  REQUIRE(std::exp(ways[0].score) == Approx(0.015).margin(0.0005));
  REQUIRE(std::exp(ways[1].score) == Approx(0.012).margin(0.0005));
  REQUIRE(std::exp(ways[2].score) == Approx(0.0041).margin(0.00005));
  REQUIRE(cut(model, "dab") == Tokens{"da", "b"});
  REQUIRE(cut(model, "zzab") == Tokens{"?=zz", "ab"});
}

TEST_CASE("the n best ways are the first of all ways, and the first is the one taken", "[subword]") {
  REQUIRE(rc::check([] {
    Vocabulary vocabulary = vocabulary_of({"a", "b"});
    for (int i = 0; i < *rc::gen::inRange(0, 8); ++i) {
      const auto token = *rc::gen::container<std::string>(rc::gen::element('a', 'b'));
      if (!token.empty()) vocabulary.add(token);
    }
    std::vector<double> scores;
    for (int32_t id = 0; id < vocabulary.size(); ++id) scores.push_back(-0.001 * *rc::gen::inRange(1, 5000));
    const UnigramModel model(vocabulary, scores, {});
    const auto word = (*rc::gen::container<std::string>(rc::gen::element('a', 'b'))).substr(0, 12);
    if (word.empty()) return;
    std::vector<std::pair<double, Tokens>> all;
    Tokens path;
    all_cuts(model, word, 0, 0, path, all);
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    const size_t n = *rc::gen::inRange<size_t>(1, 20);
    const auto ways = model.best(word, n);
    RC_ASSERT(ways.size() == std::min(n, all.size()));
    for (size_t i = 0; i < ways.size(); ++i) RC_ASSERT(std::abs(ways[i].score - all[i].first) < 1e-9);
    RC_ASSERT(shown(model, word, ways[0].pieces) == cut(model, word));
  }));
}

TEST_CASE("ways are drawn by their probability to the power of alpha", "[subword]") {
  const UnigramModel model = counted_unigram();
  for (const double alpha : {1.0, 0.2, 0.0}) {
    std::map<Tokens, double> expected;
    double sum = 0;
    for (const auto& way : model.best("dab", 10)) {
      expected[shown(model, "dab", way.pieces)] = std::exp(alpha * way.score);
      sum += std::exp(alpha * way.score);
    }
    Random random(7);
    std::map<Tokens, int> seen;
    constexpr int kDraws = 20000;
    for (int i = 0; i < kDraws; ++i) {
      std::vector<Piece> pieces;
      model.sample("dab", alpha, random, pieces);
      ++seen[shown(model, "dab", pieces)];
    }
    for (const auto& [tokens, weight] : expected)
      REQUIRE(seen[tokens] / double(kDraws) == Approx(weight / sum).margin(0.015));
  }
}

TEST_CASE("a word of a megabyte takes no longer than its length asks", "[subword]") {
  const std::string word(1 << 20, 'a');
  const BpeModel bpe(vocabulary_of({"a", "aa", "aaaa"}), {{"a", "a"}, {"aa", "aa"}}, {});
  std::vector<Piece> pieces;
  bpe.encode(word, pieces);
  REQUIRE(pieces.size() == word.size() / 4);
  pieces.clear();
  UnigramModel(vocabulary_of({"a", "aaa"}), {-1, -1.5}, {}).encode(word, pieces);
  REQUIRE(pieces.size() == word.size() / 3 + 1);
}

TEST_CASE("a trie finds its keys and nothing else", "[subword]") {
  REQUIRE(rc::check([](const std::vector<std::string>& words) {
    std::vector<std::pair<std::string_view, int32_t>> keys;
    std::map<std::string, int32_t> expected;
    for (const std::string& word : words) {
      keys.emplace_back(word, static_cast<int32_t>(keys.size()));
      if (!word.empty()) expected[word] = keys.back().second;
    }
    const Trie trie(keys);
    for (std::string word : words) {
      if (*rc::gen::arbitrary<bool>()) word += *rc::gen::arbitrary<char>();
      uint32_t node = Trie::kRoot;
      bool inside = true;
      for (size_t i = 0; i < word.size() && inside; ++i) {
        inside = trie.step(node, word[i]);
        const auto found = expected.find(word.substr(0, i + 1));
        RC_ASSERT((inside ? trie.value(node) : kNoToken) == (found == expected.end() ? kNoToken : found->second));
      }
    }
  }));
}
