// Learning vocabularies, against worked examples and against plain versions of the same rules.
#include <rapidcheck.h>

#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "test.h"
#include "text/subword/counts_file.h"
#include "text/subword/merge_trainer.h"
#include "text/subword/subword_trainer.h"
#include "text/subword/unigram_lattices.h"
#include "text/subword/unigram_trainer.h"

using namespace seq;
using Catch::Contains;

namespace {

using Counted = std::map<std::string, uint64_t>;
using Merges = std::vector<std::string>;

std::vector<WordCounts::Entry> entries(const Counted& words) {
  std::vector<WordCounts::Entry> list;
  for (const auto& [word, count] : words) list.push_back({word, count});
  return list;
}

Merges shown(const LearntMerges& learnt) {
  Merges merges;
  for (const BpeMerge& merge : learnt.merges)
    merges.push_back(std::string(learnt.vocabulary.token(merge.left)) + "+" +
                     std::string(learnt.vocabulary.token(merge.right)));
  return merges;
}

/// Counts all pairs anew before each merge and takes the best by `better`. Ends before a token would come up twice,
/// where HF's order, and ours, depends on counts of before.
template <class Better>
Merges plain_merges(const Counted& words, size_t vocab_size, int64_t least, const Better& better) {
  std::vector<std::string> tokens;
  std::set<std::string> letters;
  for (const auto& [word, count] : words)
    for (const char c : word) letters.insert(std::string(1, c));
  tokens.assign(letters.begin(), letters.end());
  std::vector<std::pair<std::vector<size_t>, int64_t>> split;
  for (const auto& [word, count] : words) {
    split.push_back({{}, static_cast<int64_t>(count)});
    for (const char c : word)
      split.back().first.push_back(
          static_cast<size_t>(std::distance(letters.begin(), letters.find(std::string(1, c)))));
  }
  Merges merges;
  while (tokens.size() < vocab_size) {
    std::map<std::pair<size_t, size_t>, int64_t> pairs;
    std::map<size_t, int64_t> singles;
    for (const auto& [symbols, count] : split)
      for (size_t i = 0; i < symbols.size(); ++i) {
        singles[symbols[i]] += count;
        if (i > 0) pairs[{symbols[i - 1], symbols[i]}] += count;
      }
    const std::pair<const std::pair<size_t, size_t>, int64_t>* best = nullptr;
    for (const auto& pair : pairs)
      if (pair.second >= least && (best == nullptr || better(pair, *best, singles))) best = &pair;
    if (best == nullptr) break;
    const auto [left, right] = best->first;
    const std::string token = tokens[left] + tokens[right];
    if (std::find(tokens.begin(), tokens.end(), token) != tokens.end()) break;
    merges.push_back(tokens[left] + "+" + tokens[right]);
    tokens.push_back(token);
    for (auto& [symbols, count] : split)
      for (size_t i = 0; i + 1 < symbols.size(); ++i)
        if (symbols[i] == left && symbols[i + 1] == right) {
          symbols[i] = tokens.size() - 1;
          symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        }
  }
  return merges;
}

rc::Gen<Counted> random_words(const std::string& letters) {
  return rc::gen::map(rc::gen::container<std::vector<std::pair<std::string, uint64_t>>>(
                          rc::gen::pair(rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(letters))),
                                        rc::gen::inRange<uint64_t>(1, 30))),
                      [](const std::vector<std::pair<std::string, uint64_t>>& list) {
                        Counted words(list.begin(), list.end());
                        words["ab"] = 3;
                        return words;
                      });
}

UnigramTraining up_to(int64_t max_token_length) {
  UnigramTraining training;
  training.max_token_length = max_token_length;
  return training;
}

/// All ways to cut a word into tokens, each with its probability.
void all_cuts(std::string_view word, const std::vector<UnigramSeed>& tokens, const std::vector<double>& scores,
              double probability, std::vector<size_t>& path,
              std::vector<std::pair<double, std::vector<size_t>>>& found) {
  if (word.empty()) found.emplace_back(probability, path);
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (!word.starts_with(tokens[i].text)) continue;
    path.push_back(i);
    all_cuts(word.substr(tokens[i].text.size()), tokens, scores, probability * std::exp(scores[i]), path, found);
    path.pop_back();
  }
}

}  // namespace

TEST_CASE("the first merges are those of the worked example", "[training]") {
  const Counted words = {{"dab", 5}, {"adab", 4}, {"aab", 7}, {"bub", 9}, {"buc", 2}};
  MergeTraining training;
  training.vocab_size = 5 + 4;  // a b c d u, and four merges
  const LearntMerges learnt = learn_merges(entries(words), training);
  REQUIRE(shown(learnt) == Merges{"a+b", "b+u", "d+ab", "bu+b"});
  for (const auto& [count, merges] : std::map<int64_t, size_t>{{16, 1}, {11, 2}, {9, 4}, {17, 0}, {12, 1}, {10, 2}}) {
    training.min_count = count;
    REQUIRE(learn_merges(entries(words), training).merges.size() == merges);  // their counts are 16 11 9 9
  }
}

TEST_CASE("a mark ends words, and a prefix opens what is inside them", "[training]") {
  MergeTraining training;
  training.vocab_size = 100;
  training.end_suffix = "</w>";
  training.specials = {"<unk>"};
  LearntMerges learnt = learn_merges(entries({{"ab", 3}}), training);
  REQUIRE(shown(learnt) == Merges{"a+b</w>"});
  REQUIRE(learnt.vocabulary.token(4) == "ab</w>");  // after <unk> a b b</w>
  training.end_suffix = "";
  training.continuing_prefix = "##";
  learnt = learn_merges(entries({{"abc", 3}, {"bc", 2}}), training);
  REQUIRE(shown(learnt) == Merges{"a+##b", "ab+##c", "b+##c"});
  REQUIRE(learnt.vocabulary.find("bc") != kNoToken);
  REQUIRE(learnt.vocabulary.find("abc") != kNoToken);
}

TEST_CASE("merges are those of counting everything anew", "[training]") {
  REQUIRE(rc::check([] {
    const Counted words = *random_words("abc");
    MergeTraining training;
    training.vocab_size = *rc::gen::inRange(3, 40);
    training.min_count = *rc::gen::inRange(0, 6);
    std::set<char> letters;
    for (const auto& [word, count] : words) letters.insert(word.begin(), word.end());
    const Merges expected =
        plain_merges(words, static_cast<size_t>(training.vocab_size), std::max<int64_t>(training.min_count, 1),
                     [](const auto& a, const auto& b, const auto&) { return a.second > b.second; });
    Merges merges = shown(learn_merges(entries(words), training));
    RC_ASSERT(merges.size() >= expected.size());
    merges.resize(expected.size());
    RC_ASSERT(merges == expected);
  }));
}

TEST_CASE("likely merges are those of scoring everything anew", "[training]") {
  REQUIRE(rc::check([] {
    const Counted words = *random_words("abcd");
    MergeTraining training;
    training.vocab_size = *rc::gen::inRange(4, 40);
    training.min_count = *rc::gen::inRange(0, 6);
    const auto score = [](const auto& pair, auto& singles) {
      return static_cast<double>(pair.second) /
             (static_cast<double>(singles.at(pair.first.first)) * static_cast<double>(singles.at(pair.first.second)));
    };
    const Merges expected =
        plain_merges(words, static_cast<size_t>(training.vocab_size), std::max<int64_t>(training.min_count, 1),
                     [&](const auto& a, const auto& b, const auto& singles) {
                       const double first = score(a, singles);
                       const double second = score(b, singles);
                       return first != second ? first > second : a.second > b.second;
                     });
    Merges merges = shown(learn_likely_merges(entries(words), training));
    RC_ASSERT(merges.size() >= expected.size());
    merges.resize(expected.size());
    RC_ASSERT(merges == expected);
  }));
}

TEST_CASE("a vocabulary without room for the characters is refused", "[training]") {
  MergeTraining training;
  training.vocab_size = 2;
  REQUIRE_THROWS_WITH(learn_merges(entries({{"abc", 1}}), training),
                      Contains("tokenizer.vocab_size: 2 is less than the 3 special tokens and characters"));
  training.limit_alphabet = 2;
  REQUIRE(learn_merges(entries({{"abc", 1}, {"ab", 1}}), training).vocabulary.size() == 2);
  UnigramTraining unigram;
  unigram.vocab_size = 2;
  REQUIRE_THROWS_WITH(learn_unigram(entries({{"abc", 1}}), unigram), Contains("tokenizer.vocab_size: 2 is less"));
}

TEST_CASE("seeds are substrings with their counts", "[training]") {
  REQUIRE(rc::check([] {
    const Counted words = *random_words("ab");
    UnigramTraining training;
    training.max_token_length = *rc::gen::inRange(2, 6);
    const auto list = entries(words);
    const auto seeds = unigram_seeds(list, training);
    std::set<std::string_view> found;
    size_t longest = 0;
    for (const UnigramSeed& seed : seeds) {
      double count = 0;
      for (const auto& [word, times] : words)
        for (size_t i = 0; i < word.size(); ++i)
          count += std::string_view(word).substr(i).starts_with(seed.text) ? static_cast<double>(times) : 0;
      RC_ASSERT(found.insert(seed.text).second);
      RC_ASSERT(seed.weight == count * static_cast<double>(seed.text.size()));
      RC_ASSERT(seed.text.size() <= static_cast<size_t>(training.max_token_length));
      longest = std::max(longest, seed.text.size());
    }
    // No longer substring stands in two places.
    for (const auto& [word, times] : words)
      for (size_t size = longest + 1; size <= static_cast<size_t>(training.max_token_length); ++size)
        for (size_t i = 0; i + size <= word.size(); ++i) {
          int places = 0;
          for (const auto& [other, ignored] : words)
            for (size_t k = 0; k < other.size(); ++k)
              places += std::string_view(other).substr(k).starts_with(word.substr(i, size)) ? 1 : 0;
          RC_ASSERT(places == 1);
        }
  }));
}

TEST_CASE("seeds of other scripts are whole characters", "[training]") {
  const Counted words = {
      {"\u00e9\u00e8\u00e9\u00e8", 2}, {"\u00e9\u00ea", 1}, {"\u65e5\u672c", 4}, {"\u65e5\u672b", 1}};
  std::map<std::string, double> weights;
  const auto list = entries(words);
  for (const UnigramSeed& seed : unigram_seeds(list, {})) {
    REQUIRE(find_invalid_utf8(seed.text) == std::string_view::npos);
    weights[std::string(seed.text)] = seed.weight;
  }
  REQUIRE(weights.at("\u00e9\u00e8") == 8);
  REQUIRE(weights.at("\u65e5\u672c") == 8);
  REQUIRE(weights.at("\u65e5") == 5);
}

TEST_CASE("expected counts are those of all ways to cut", "[training]") {
  REQUIRE(rc::check([] {
    Counted words;
    for (const auto& [word, count] : *random_words("ab")) words[word.substr(0, 10)] += count;
    const auto list = entries(words);
    const auto seeds = unigram_seeds(list, up_to(4));
    std::vector<double> scores;
    for (size_t i = 0; i < seeds.size(); ++i) scores.push_back(-0.01 * *rc::gen::inRange(1, 800));
    const UnigramLattices lattices(list, seeds, 2);
    std::vector<double> expected(seeds.size());
    for (const auto& [word, count] : words) {
      std::vector<std::pair<double, std::vector<size_t>>> cuts;
      std::vector<size_t> path;
      all_cuts(word, seeds, scores, 1, path, cuts);
      double sum = 0;
      for (const auto& [probability, tokens] : cuts) sum += probability;
      for (const auto& [probability, tokens] : cuts)
        for (const size_t token : tokens) expected[token] += static_cast<double>(count) * probability / sum;
    }
    const TokenCounts counts = lattices.expected(scores);
    for (size_t i = 0; i < seeds.size(); ++i) RC_ASSERT(std::abs(counts[i] - expected[i]) < 1e-3);
  }));
}

TEST_CASE("words whose probability is too small for a number are counted by logarithms", "[training]") {
  const std::string word(3000, 'a');
  const Counted words = {{word, 2}, {"aa", 1}};
  const auto list = entries(words);
  const auto seeds = unigram_seeds(list, up_to(2));
  REQUIRE(seeds.size() == 2);
  const UnigramLattices lattices(list, seeds, 1);
  const TokenCounts counts = lattices.expected({-5, -5});
  REQUIRE(counts[0] + 2 * counts[1] == Approx(2 * 3000 + 2).margin(0.1));
  REQUIRE(counts[0] > 0);
}

TEST_CASE("a unigram model keeps its characters and fills its vocabulary", "[training]") {
  Counted words;
  for (const char* stem : {"walk", "talk", "jump", "work", "play"})
    for (const char* ending : {"", "s", "ed", "ing", "er"}) words[std::string(stem) + ending] = 10;
  words["q"] = 1;
  UnigramTraining training;
  training.specials = {"<unk>"};
  training.vocab_size = 30;
  const LearntUnigram learnt = learn_unigram(entries(words), training);
  REQUIRE(learnt.vocabulary.size() == 30);
  REQUIRE(learnt.scores.size() == 30);
  REQUIRE(learnt.vocabulary.token(0) == "<unk>");
  for (const char* token : {"q", "w", "walk", "jump"}) REQUIRE(learnt.vocabulary.find(token) != kNoToken);
  for (size_t i = 2; i < 30; ++i) REQUIRE(learnt.scores[i] <= learnt.scores[i - 1]);
  training.limit_alphabet = 5;
  training.vocab_size = 6;
  REQUIRE(learn_unigram(entries(words), training).vocabulary.size() == 6);
}

TEST_CASE("words are counted as a map counts them", "[training]") {
  REQUIRE(rc::check([](const std::vector<std::string>& words) {
    WordCounts counts, half;
    Counted expected;
    for (size_t i = 0; i < words.size(); ++i) {
      const std::string word = words[i] + std::string(i % 7 == 0 ? 20 : 0, 'x');
      (i % 3 == 0 ? half : counts).add(word, i);
      expected[word] += i;
    }
    counts.add(half);
    const auto sorted = counts.sorted();
    RC_ASSERT(sorted.size() == expected.size());
    size_t i = 0;
    for (const auto& [word, count] : expected) {
      RC_ASSERT(sorted[i].word == word);
      RC_ASSERT(sorted[i++].count == count);
    }
  }));
}

TEST_CASE("counting chunks gives the words of the whole text", "[training]") {
  REQUIRE(rc::check([] {
    const auto parts = *rc::gen::container<std::vector<std::string>>(
        rc::gen::element<std::string>("a", "don't", " ", " ", "  ", "\n", "\r\n", "\t", "\u3000", "\u00e9",
                                      "\u65e5\u672c", "12", ",", "\u2581", std::string(80, 'z')));
    std::string text;
    for (const std::string& part : parts) text += part;
    for (const char* cut : {"whitespace", "metaspace", "gpt2", "bert", "punctuation", "cjk", "none"}) {
      TokenizerOptions options;
      options.pre_tokenise = {cut};
      const CountsHeader sections = front_sections(options);
      const Front front = Front::from_json(sections.normaliser, sections.pre_tokenizer, "test");
      Counted expected;
      const auto count = [&](std::string_view line) {
        Words words;
        front.split(line, words);
        for (const Range range : words.ranges) ++expected[std::string(words.word(range))];
      };
      for (const bool whole : {false, true}) {
        expected.clear();
        if (whole && !text.empty()) count(text);
        for (size_t begin = 0; !whole && begin < text.size();) {
          const size_t end = std::min(text.find('\n', begin), text.size());
          std::string_view line = std::string_view(text).substr(begin, end - begin);
          if (line.ends_with('\r')) line.remove_suffix(1);
          if (!line.empty()) count(line);
          begin = end + 1;
        }
        WordCounter counter(front, {.threads = whole ? 1 : 2, .keep_line_ends = whole});
        counter.add(std::string_view(text).substr(0, 0));
        counter.add(text);
        const WordCounts counted = counter.finish();
        const auto sorted = counted.sorted();
        RC_ASSERT(sorted.size() == expected.size());
        for (const auto& entry : sorted) RC_ASSERT(expected[std::string(entry.word)] == entry.count);
      }
    }
  }));
}

TEST_CASE("batches end where words do not mind", "[training]") {
  std::string text;
  for (int i = 0; i < 400000; ++i)
    text += i % 11 == 0 ? "\n" : i % 5 == 0 ? " don't," : " word" + std::to_string(i % 97);
  TokenizerOptions options;
  options.type = "byte_bpe";
  const CountsHeader sections = front_sections(options);
  const Front front = Front::from_json(sections.normaliser, sections.pre_tokenizer, "test");
  for (const bool whole : {false, true}) {
    std::vector<std::vector<std::pair<std::string, uint64_t>>> answers;
    for (const size_t block : {size_t{50000}, text.size()})
      for (const int64_t threads : {1, 3}) {
        WordCounter counter(front, {.threads = threads, .keep_line_ends = whole});
        for (size_t i = 0; i < text.size(); i += block) counter.add(std::string_view(text).substr(i, block));
        const WordCounts counts = counter.finish();
        auto& answer = answers.emplace_back();
        for (const auto& entry : counts.sorted()) answer.emplace_back(entry.word, entry.count);
      }
    for (const auto& answer : answers) REQUIRE(answer == answers[0]);
    REQUIRE(answers[0].size() > 90);
  }
}

TEST_CASE("a text that cannot be split is refused, whatever is counted beside it", "[training]") {
  const Front front = Front::from_json(
      nullptr, {{"type", "Split"}, {"pattern", {{"Regex", "(x|y)*z"}}}, {"behavior", "Isolated"}}, "test");
  std::string lines;
  for (int i = 0; i < 300000; ++i) lines += "word" + std::to_string(i % 97) + "\n";
  WordCounter counter(front, {.threads = 2});
  REQUIRE_THROWS_WITH(
      [&] {
        for (const std::string& part : {lines, std::string(8 << 20, 'x') + "\n", lines, lines}) counter.add(part);
        counter.finish();
      }(),
      Contains("regular expression fails"));
}

TEST_CASE("counts come back from their file, whatever the words hold", "[training]") {
  const test::TemporaryFolder folder;
  REQUIRE(rc::check([&](const std::vector<std::string>& words) {
    WordCounts counts;
    for (const std::string& word : words) {
      std::string valid;
      append_replaced(word, valid);
      if (!valid.empty()) counts.add(valid + "\t\n\\", 1 + word.size());
    }
    const CountsHeader header{nullptr, {{"type", "Whitespace"}}};
    write_counts(folder.path() / "x.counts", header, counts);
    WordCounts again;
    RC_ASSERT(read_counts(folder.path() / "x.counts", again) == header);
    const auto first = counts.sorted();
    const auto second = again.sorted();
    RC_ASSERT(first.size() == second.size());
    for (size_t i = 0; i < first.size(); ++i)
      RC_ASSERT(first[i].word == second[i].word && first[i].count == second[i].count);
  }));
}

TEST_CASE("beyond the limit the rarest words are forgotten, the same ones for any number of threads", "[subword]") {
  const Front front = Front::from_json(nullptr, {{"type", "WhitespaceSplit"}}, "test");
  std::string text;
  for (uint32_t i = 0; text.size() < (6 << 20); ++i) {
    text += "often ";
    for (uint32_t j = 0; j < 100; ++j) text += std::to_string((i * 100 + j) * 2654435761U % 300000) + " ";
  }
  const auto counted = [&](int64_t threads, int64_t max_distinct) {
    WordCounter counter(
        front,
        {.threads = threads, .keep_line_ends = true, .max_distinct = max_distinct, .prune_after = size_t{2} << 20});
    for (size_t at = 0; at < text.size(); at += 65536) counter.add(std::string_view(text).substr(at, 65536));
    return counter.finish();
  };
  const WordCounts all = counted(1, 0), few = counted(1, 20000), again = counted(3, 20000);
  CHECK(few.size() < all.size());
  const WordCounts::Key often = WordCounts::key("often", 5);
  CHECK(few.count(often) == all.count(often));
  const auto expected = few.sorted(), found = again.sorted();
  REQUIRE(expected.size() == found.size());
  for (size_t i = 0; i < expected.size(); ++i)
    REQUIRE((expected[i].word == found[i].word && expected[i].count == found[i].count));
}

TEST_CASE("a word is found by the key of a longer text as by its own", "[subword]") {
  const std::string text = "a bb eight888 sixteen-letters-- a-word-of-many-letters end";
  WordCounts counts;
  for (size_t size = 1; size <= 24; ++size)
    for (size_t at = 0; at + size <= text.size(); at += 5)
      counts.add(WordCounts::key(std::string_view(text).substr(at, size), text.size() - at), 1);
  for (size_t size = 1; size <= 24; ++size)
    for (size_t at = 0; at + size <= text.size(); at += 5)
      CHECK(counts.count(WordCounts::key(std::string(text, at, size), size)) > 0);
  CHECK(counts.count(WordCounts::key("absent", 6)) == 0);
}
