// Texts: the prompt, the stop text over token borders, the end token.
#include <map>

#include "base/error.h"
#include "decode/sampler.h"
#include "test.h"

using namespace seq;
using namespace seq::decode;
using Catch::Matchers::Contains;

namespace {

std::unique_ptr<Tokenizer> tokenizer_for(const std::string& text, const std::vector<std::string>& specials = {}) {
  TokenizerOptions options;
  options.specials = specials;
  const auto trainer = make_tokenizer_trainer(options);
  trainer->add(text);
  return trainer->finish();
}

/// After each token the one that the cycle has next, with certainty; remembers what it has read.
class Cycle : public Stepper {
 public:
  Cycle(const Tokenizer& tokenizer, const std::string& cycle) : size_(tokenizer.vocabulary().size()) {
    std::vector<int32_t> ids;
    tokenizer.encode(cycle, ids);
    for (size_t i = 0; i < ids.size(); ++i) next_[ids[i]] = ids[(i + 1) % ids.size()];
  }
  void follow(int32_t token, int32_t next) { next_[token] = next; }
  void reset() override { read.clear(); }
  std::span<const float> step(int64_t token) override {
    read.push_back(token);
    logits_.assign(static_cast<size_t>(size_), -100);
    logits_[static_cast<size_t>(next_.at(static_cast<int32_t>(token)))] = 100;
    return logits_;
  }
  std::vector<int64_t> read;

 private:
  int32_t size_;
  std::map<int32_t, int32_t> next_;
  std::vector<float> logits_;
};

std::string text_of(Stepper& stepper, const Tokenizer& tokenizer, const SampleOptions& options) {
  Random random(1);
  std::string text;
  generate(stepper, tokenizer, options, random, [&](std::string_view piece) { text += piece; });
  return text;
}

SampleOptions options_for(const std::string& prompt, int64_t length, const std::string& stop = "") {
  SampleOptions options;
  options.prompt = prompt;
  options.length = length;
  options.stop = stop;
  return options;
}

}  // namespace

TEST_CASE("a text is its prompt and as many tokens as were asked for") {
  const auto tokenizer = tokenizer_for("abcde");
  Cycle stepper(*tokenizer, "abcde");
  REQUIRE(text_of(stepper, *tokenizer, options_for("ab", 4)) == "abcdea");
  REQUIRE(text_of(stepper, *tokenizer, options_for("ab", 0)) == "ab");
  REQUIRE(stepper.read.size() == 2);
}

TEST_CASE("each text starts from nothing, and reads nothing that it need not") {
  const auto tokenizer = tokenizer_for("abcde");
  Cycle stepper(*tokenizer, "abcde");
  REQUIRE(text_of(stepper, *tokenizer, options_for("c", 3)) == "cdea");
  REQUIRE(text_of(stepper, *tokenizer, options_for("c", 3)) == "cdea");
  REQUIRE(stepper.read.size() == 3);  // c, d, e
}

TEST_CASE("without a prompt a text follows BOS, else a line break, else the first ordinary token") {
  const auto plain = tokenizer_for("bca");
  Cycle stepper(*plain, "abc");
  REQUIRE(text_of(stepper, *plain, options_for("", 3)).size() == 3);
  REQUIRE(stepper.read.front() == 0);
  const auto lines = tokenizer_for("ab\nc", {"unk"});
  Cycle line_stepper(*lines, "\nabc");
  REQUIRE(text_of(line_stepper, *lines, options_for("", 3)) == "abc");
  const auto begun = tokenizer_for("ab\nc", {"bos", "unk"});
  REQUIRE(start_token(begun->vocabulary()) == begun->vocabulary().begin);
  const auto unknown = tokenizer_for("abc", {"unk"});
  REQUIRE_FALSE(unknown->vocabulary().is_special(start_token(unknown->vocabulary())));
}

TEST_CASE("a text ends before its stop text, wherever the tokens' borders are") {
  const auto tokenizer = tokenizer_for("abcde");
  Cycle stepper(*tokenizer, "abcde");
  REQUIRE(text_of(stepper, *tokenizer, options_for("a", 50, "dea")) == "abc");
  REQUIRE(text_of(stepper, *tokenizer, options_for("a", 50, "b")) == "a");
  REQUIRE(text_of(stepper, *tokenizer, options_for("a", 6, "never")) == "abcdeab");
  REQUIRE(text_of(stepper, *tokenizer, options_for("a", 4, "abx")) == "abcde");
  REQUIRE(text_of(stepper, *tokenizer, options_for("ab", 3, "bc")) == "abcde");  // the prompt is not searched
}

TEST_CASE("a start of the stop text that comes to nothing is written") {
  const auto tokenizer = tokenizer_for("abcde");
  Cycle stepper(*tokenizer, "abcde");
  REQUIRE(text_of(stepper, *tokenizer, options_for("a", 5, "deab")) == "abcdea");
}

TEST_CASE("the end token ends a text unseen") {
  const auto tokenizer = tokenizer_for("abc", {"eos"});
  Cycle stepper(*tokenizer, "abc");
  stepper.follow(tokenizer->vocabulary().find("c"), tokenizer->vocabulary().end);
  REQUIRE(text_of(stepper, *tokenizer, options_for("a", 50)) == "abc");
  REQUIRE(text_of(stepper, *tokenizer, options_for("a", 50, "zz")) == "abc");
}

TEST_CASE("a prompt that cannot be encoded is refused before anything is written") {
  const auto tokenizer = tokenizer_for("abc");
  Cycle stepper(*tokenizer, "abc");
  Random random(1);
  const auto write = [](std::string_view) { FAIL("written"); };
  REQUIRE_THROWS_WITH(generate(stepper, *tokenizer, options_for("abx", 3), random, write),
                      Contains("prompt: ") && Contains("x"));
  REQUIRE_THROWS_WITH(generate(stepper, *tokenizer, options_for("ab\xff", 3), random, write),
                      Contains("prompt: byte 2") && Contains("UTF-8"));
}
