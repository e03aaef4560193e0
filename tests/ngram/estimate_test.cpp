// Models of small texts: values worked out by hand, a plain implementation beside ours, sums, limits, wrong input.
#include "ngram/estimate.h"

#include <functional>
#include <set>
#include <sstream>

#include "base/files.h"
#include "base/random.h"
#include "model_in_memory.h"
#include "ngram/arpa_writer.h"
#include "ngram/counts_file.h"
#include "test.h"

using namespace seq;
using namespace seq::ngram;
using namespace seq::ngram::test;
using Catch::Matchers::Contains;

namespace {

const char* const kText = "a b\na b\na c\n";

ModelInMemory model_of(const std::string& text, const EstimateOptions& options, int threads = 1) {
  const seq::test::TemporaryFolder folder;
  ModelInMemory model;
  estimate({folder.file("text", text).string()}, options, model, silent_work(threads));
  return model;
}

EstimateOptions bigrams(const std::string& smoothing) {
  EstimateOptions options;
  options.order = 2;
  options.smoothing = smoothing;
  return options;
}

/// Lines of words that follow Zipf's law, some of them empty.
std::string random_text(uint64_t seed, int lines, int words) {
  Random random(seed);
  std::string text;
  for (int i = 0; i < lines; ++i) {
    for (uint64_t k = random.below(12); k > 0; --k)
      text += "w" + std::to_string(static_cast<int>(std::pow(words, random.uniform()))) + " ";
    text += '\n';
  }
  return text;
}

std::string arpa_of(const std::string& text, EstimateOptions options, int threads, const std::string& memory) {
  const seq::test::TemporaryFolder folder;
  const std::string path = (folder.path() / "model.arpa").string();
  options.memory = memory;
  ArpaWriter writer(path, threads);
  estimate({folder.file("text", text).string()}, options, writer, silent_work(threads));
  return read_file(path);
}

const std::vector<std::string> kSmoothings = {"modified_kneser_ney", "kneser_ney", "absolute_discounting",
                                              "witten_bell",         "add_k",      "maximum_likelihood"};

/// Counts of n-grams, `<s>` once at the start of a sentence.
struct PlainCounts {
  std::map<Words, int> raw;
  std::map<Words, std::set<std::string>> before;

  PlainCounts(const std::string& text, int order) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      Words sentence = {"<s>"};
      std::istringstream words(line);
      for (std::string word; words >> word;) sentence.push_back(word);
      sentence.push_back("</s>");
      for (size_t end = 2; end <= sentence.size(); ++end)
        for (size_t n = 1; n <= std::min(static_cast<size_t>(order), end); ++n) add(sentence, end, n);
    }
  }
  void add(const Words& sentence, size_t end, size_t n) {
    const auto to = sentence.begin() + static_cast<std::ptrdiff_t>(end);
    const Words gram(to - static_cast<std::ptrdiff_t>(n), to);
    ++raw[gram];
    if (end > n) before[gram].insert(sentence[end - n - 1]);
  }
};

}  // namespace

TEST_CASE("maximum likelihood divides counts", "[estimate]") {
  const ModelInMemory model = model_of(kText, bigrams("maximum_likelihood"));
  CHECK(model.probability({}, "a") == Approx(3.0 / 9));
  CHECK(model.probability({"a"}, "b") == Approx(2.0 / 3));
  CHECK(model.probability({"<s>"}, "a") == Approx(1));
  CHECK(model.probability({"a"}, "a") == 0);
}

TEST_CASE("add-k adds to every count and leaves the rest to shorter contexts", "[estimate]") {
  const ModelInMemory model = model_of(kText, bigrams("add_k"));  // 5 words: a b c </s> <unk>
  CHECK(model.probability({}, "a") == Approx(4.0 / 14));
  CHECK(model.probability({}, "<unk>") == Approx(1.0 / 14));
  CHECK(model.probability({"a"}, "b") == Approx(3.0 / 8));
  CHECK(model.probability({"a"}, "a") == Approx(3.0 / 8 / (9.0 / 14) * 4 / 14));
}

TEST_CASE("Witten-Bell counts new words as events", "[estimate]") {
  const ModelInMemory model = model_of(kText, bigrams("witten_bell"));
  const double b = (2 + 4.0 / 5) / 13;
  CHECK(model.probability({}, "b") == Approx(b));
  CHECK(model.probability({"a"}, "b") == Approx((2 + 2 * b) / 5));
}

TEST_CASE("absolute discounting takes n1 / (n1 + 2 n2) off every count", "[estimate]") {
  const ModelInMemory model = model_of(kText, bigrams("absolute_discounting"));  // 1/3 in both orders
  const double b = (2 - 1.0 / 3) / 9 + 4.0 / 3 / 9 / 5;
  CHECK(model.probability({}, "b") == Approx(b));
  CHECK(model.probability({"a"}, "b") == Approx((2 - 1.0 / 3) / 3 + 2.0 / 3 / 3 * b));
}

TEST_CASE("Kneser-Ney counts preceding words below the highest order", "[estimate]") {
  const ModelInMemory model = model_of(kText, bigrams("kneser_ney"));  // discounts 3/5 and 1/3
  CHECK(model.probability({}, "b") == Approx(0.4 / 5 + 0.6 * 4 / 5 / 5));
  CHECK(model.probability({"a"}, "b") == Approx(5.0 / 9 + 2.0 / 9 * 0.176));
}

TEST_CASE("modified Kneser-Ney computes its discounts, or falls back to given ones", "[estimate]") {
  // Words: none precedes by 3 others, so 0.5, 1, 1.5. Bigrams: n1 2, n2 2, n3 1, n4 0, so 1/3, 3/2, 3.
  const ModelInMemory model = model_of(kText, bigrams("modified_kneser_ney"));
  CHECK(model.probability({}, "b") == Approx(0.2));
  CHECK(model.probability({"a"}, "b") == Approx(0.5 / 3 + (1.0 / 3 + 1.5) / 3 * 0.2));
  EstimateOptions strict = bigrams("modified_kneser_ney");
  strict.discount_fallback.clear();
  CHECK_THROWS_WITH(model_of(kText, strict), Contains("too small or too regular") && Contains("--discount-fallback"));
}

TEST_CASE("stupid backoff multiplies by a constant", "[estimate]") {
  const ModelInMemory model = model_of(kText, bigrams("stupid_backoff"));
  CHECK(model.probability({"a"}, "b") == Approx(2.0 / 3));
  CHECK(model.probability({"a"}, "a") == Approx(0.4 * 3 / 9));
}

TEST_CASE("modified Kneser-Ney equals a plain implementation", "[estimate]") {
  constexpr int kOrder = 4;
  const std::string text = random_text(1, 2000, 900);
  EstimateOptions options;
  options.order = kOrder;
  const ModelInMemory model = model_of(text, options, 2);
  const PlainCounts counts(text, kOrder);
  const auto weight = [&](const Words& gram) {
    const bool raw = gram.size() == kOrder || gram[0] == "<s>";
    return raw ? counts.raw.at(gram) : static_cast<int>(counts.before.at(gram).size());
  };
  std::map<size_t, std::array<double, 5>> n;
  for (const auto& [gram, count] : counts.raw)
    if (const int w = weight(gram); w <= 4) ++n[gram.size()][static_cast<size_t>(w)];
  struct Sum {
    double total = 0;
    double left = 0;
  };
  std::map<Words, Sum> sums;
  const auto discount = [&](size_t order, int w) {
    const auto i = static_cast<size_t>(std::min(w, 3));
    const auto& c = n[order];
    return static_cast<double>(i) - static_cast<double>(i + 1) * c[1] / (c[1] + 2 * c[2]) * c[i + 1] / c[i];
  };
  for (const auto& [gram, count] : counts.raw) {
    Sum& sum = sums[Words(gram.begin(), gram.end() - 1)];
    sum.total += weight(gram);
    sum.left += discount(gram.size(), weight(gram));
  }
  const std::function<double(const Words&)> probability = [&](const Words& gram) {
    const Sum& sum = sums.at(Words(gram.begin(), gram.end() - 1));
    const double lower = gram.size() == 1 ? 1.0 / static_cast<double>(model.vocabulary.size() - 1)
                                          : probability(Words(gram.begin() + 1, gram.end()));
    return (weight(gram) - discount(gram.size(), weight(gram))) / sum.total + sum.left / sum.total * lower;
  };
  REQUIRE(model.grams.size() == counts.raw.size() + 2);  // <unk> and <s>
  for (const auto& [gram, count] : counts.raw)
    CHECK(static_cast<double>(model.grams.at(gram).first) == Approx(std::log10(probability(gram))).margin(2e-6));
}

TEST_CASE("probabilities of all words sum to one", "[estimate]") {
  const std::string text = random_text(2, 1500, 40);
  const std::string smoothing = GENERATE(from_range(kSmoothings));
  const int variant = GENERATE(0, 1, 2, 3);
  EstimateOptions options;
  options.smoothing = smoothing;
  options.order = 3;
  if (variant == 1) options.prune = {0, 1, 2};
  if (variant == 2) options.vocab_size = 10;
  if (variant == 3) {
    options.vocab_size = 10;
    options.outside = "unknown";
    options.vocabulary = "closed";
  }
  const ModelInMemory model = model_of(text, options);
  Random random(3);
  const auto word = [&] { return model.vocabulary[random.below(model.vocabulary.size())]; };
  CHECK(model.total({}) == Approx(1).margin(1e-5));
  for (int i = 0; i < 50; ++i) {
    const Words context = {word(), word()};
    CHECK(model.total(context) == Approx(1).margin(1e-5));
  }
}

TEST_CASE("threads and memory do not change a byte", "[estimate]") {
  const std::string text = random_text(4, 20000, 3000);
  EstimateOptions options;
  options.order = 4;
  if (GENERATE(false, true)) options.prune = {0, 0, 1};
  options.smoothing = GENERATE("modified_kneser_ney", "add_k");
  const std::string expected = arpa_of(text, options, 1, "1G");
  CHECK(arpa_of(text, options, 3, "1G") == expected);
  CHECK(arpa_of(text, options, 1, "1M") == expected);
  CHECK(arpa_of(text, options, 3, "1M") == expected);
}

TEST_CASE("every order and width of words fits its keys", "[estimate]") {
  const std::string text = random_text(5, 200, 300);
  for (const int order : {1, 2, 7, 11, 16}) {
    EstimateOptions options;
    options.order = order;
    ModelInMemory model = model_of(text, options);
    CHECK(model.finished);
    CHECK_FALSE(model.twice);
    CHECK(model.grams.size() == PlainCounts(text, order).raw.size() + 2);
    for (size_t n = 1; n <= model.counts.size(); ++n) CHECK(model.seen[n] == model.counts[n - 1]);
  }
}

TEST_CASE("pruning and vocabulary limits leave out what they say", "[estimate]") {
  EstimateOptions options = bigrams("witten_bell");
  options.prune = {0, 1};
  ModelInMemory model = model_of(kText, options);
  CHECK(model.grams.count({"a", "b"}) == 1);
  CHECK(model.grams.count({"a", "c"}) == 0);
  CHECK(model.grams.count({"c"}) == 1);
  options.prune = {0};
  options.vocab_size = 2;
  model = model_of(kText, options);
  CHECK(model.vocabulary == Words{"<unk>", "<s>", "</s>", "a", "b"});
  CHECK(model.grams.count({"c", "</s>"}) == 0);
  options.outside = "unknown";
  model = model_of(kText, options);
  CHECK(model.grams.count({"a", "<unk>"}) == 1);
  CHECK(model.grams.count({"<unk>", "</s>"}) == 1);
}

TEST_CASE("reserved words are refused, kept, skipped or replaced", "[estimate]") {
  const std::string text = "a <unk> b\nc </s> d\n";
  EstimateOptions options = bigrams("witten_bell");
  CHECK_THROWS_WITH(model_of(text, options), Contains("text:1: <unk>") && Contains("--reserved keep"));
  options.words.reserved = "keep";
  CHECK_THROWS_WITH(model_of(text, options), Contains("text:2: </s>"));
  CHECK(model_of("a <unk> b\n", options).grams.count({"a", "<unk>"}) == 1);
  options.words.reserved = "skip";
  CHECK(model_of(text, options).grams.count({"a", "b"}) == 1);
  options.words.reserved = "replace";
  CHECK(model_of(text, options).grams.count({"<unk>", "d"}) == 1);
}

TEST_CASE("words part at NUL, tab, return and space alone", "[estimate]") {
  const std::string text("a\tb\rc\0d e\ff\vg\x01\n\nlast", 20);
  const ModelInMemory model = model_of(text, bigrams("witten_bell"));
  CHECK(model.vocabulary == Words{"<unk>", "<s>", "</s>", "a", "b", "c", "d", "e\ff\vg\x01", "last"});
  CHECK(model.grams.count({"<s>", "</s>"}) == 1);   // the empty line
  CHECK(model.grams.count({"last", "</s>"}) == 1);  // without an end of its own
}

TEST_CASE("characters are words, a space shows", "[estimate]") {
  EstimateOptions options = bigrams("witten_bell");
  options.words.unit = "character";
  const ModelInMemory model = model_of("é a\n", options);
  CHECK(model.vocabulary == Words{"<unk>", "<s>", "</s>", "é", "▁", "a"});
  CHECK_THROWS_WITH(model_of("a\n\xff\n", options), Contains("text:2:") && Contains("not valid UTF-8"));
}

TEST_CASE("texts and settings that make no model are refused", "[estimate]") {
  EstimateOptions options;
  CHECK_THROWS_WITH(model_of("", options), Contains("no words"));
  CHECK_THROWS_WITH(model_of("\n \n", options), Contains("no words"));
  CHECK_NOTHROW(model_of("word", options));
  for (const int order : {0, 17}) {
    options.order = order;
    CHECK_THROWS_WITH(check_options(options), Contains("order:"));
  }
  options = {};
  options.prune = {1, 0};
  CHECK_THROWS_WITH(check_options(options), Contains("must not decrease"));
  options = {};
  options.memory = "much";
  CHECK_THROWS_WITH(check_options(options), Contains("memory:"));
  options = {};
  options.memory = "1M";
  options.temp = "/nowhere";
  options.order = 4;
  CHECK_THROWS_WITH(model_of(random_text(6, 20000, 3000), options), Contains("/nowhere"));
}

TEST_CASE("counts of parts merge into the counts of the whole", "[counts]") {
  const seq::test::TemporaryFolder folder;
  const std::string first = random_text(7, 3000, 500), second = random_text(8, 3000, 900);
  EstimateOptions options;
  options.order = 3;
  const auto path = [&](const char* name) { return (folder.path() / name).string(); };
  count_into(path("a"), {folder.file("1", first).string()}, options, silent_work());
  count_into(path("b"), {folder.file("2", second).string()}, options, silent_work(2));
  count_into(path("all"), {folder.file("3", first + second).string()}, options, silent_work());
  merge_counts(path("merged"), {path("a"), path("b")}, options, silent_work());
  CHECK(read_file(path("merged")) == read_file(path("all")));

  for (const int order : {2, 3}) {
    options.order = order;
    const std::string expected = arpa_of(first + second, options, 1, "1G");
    for (const std::vector<std::string>& counts :
         {std::vector<std::string>{path("merged")}, std::vector<std::string>{path("a"), path("b")}}) {
      ArpaWriter writer(path("model.arpa"));
      estimate_from_counts(counts, options, writer, silent_work());
      CHECK(read_file(path("model.arpa")) == expected);
    }
  }
  options.order = 4;
  ModelInMemory model;
  CHECK_THROWS_WITH(estimate_from_counts({path("a")}, options, model, silent_work()), Contains("--order 3"));
}

TEST_CASE("damaged counts are refused", "[counts]") {
  const seq::test::TemporaryFolder folder;
  const std::string path = (folder.path() / "c").string();
  count_into(path, {folder.file("text", kText).string()}, bigrams("witten_bell"), silent_work());
  const std::string good = read_file(path);
  const auto read_all = [&](const std::string& bytes) {
    CountsReader reader(folder.file("bad", bytes).string());
    std::vector<WordId> gram;
    for (uint32_t count = 0; reader.next(gram, count);) continue;
  };
  CHECK_NOTHROW(read_all(good));
  CHECK_THROWS_AS(read_all(good.substr(0, good.size() - 5)), Error);
  CHECK_THROWS_WITH(read_all("a text\n"), Contains("no counts file"));
  CHECK_THROWS_WITH(read_all(""), Contains("no counts file"));
}

TEST_CASE("ARPA says what the sink was given", "[arpa]") {
  const std::string arpa = arpa_of("a b\n", bigrams("maximum_likelihood"), 1, "1G");
  CHECK(arpa ==
        "\\data\\\nngram 1=5\nngram 2=3\n\n\\1-grams:\n-99\t<unk>\t0\n-99\t<s>\t-99\n-0.4771212\t</s>\t0\n"
        "-0.4771212\ta\t-99\n-0.4771212\tb\t-99\n\n\\2-grams:\n0\tb </s>\n0\t<s> a\n0\ta b\n\n\\end\\\n");
}
