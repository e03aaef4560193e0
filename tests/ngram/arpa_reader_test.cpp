// ARPA files, whole and damaged.
#include <fstream>

#include "base/error.h"
#include "ngram/arpa.h"
#include "ngram/model.h"
#include "test.h"

using namespace seq;
using namespace seq::ngram;

namespace {

const std::string kModel =
    "\\data\\\n"
    "ngram 1=5\n"
    "ngram 2=3\n"
    "\n"
    "\\1-grams:\n"
    "-2\t<unk>\n"
    "-99\t<s>\t-0.5\n"
    "-1\t</s>\n"
    "-0.5\ta\t-0.25\n"
    "-0.75\tb\t-0.125\n"
    "\n"
    "\\2-grams:\n"
    "-0.125\t<s> a\n"
    "-0.25\ta b\n"
    "-0.5\tb </s>\n"
    "\n"
    "\\end\\\n";

std::unique_ptr<Model> read(const std::string& text) {
  const TemporaryFile file("arpa-test");
  std::ofstream(file.path()) << text;
  return load_model(file.path());
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

std::string refusal(const std::string& text) {
  try {
    read(text);
  } catch (const RunError& error) {
    return std::string("RunError: ") + error.what();
  } catch (const Error& error) {
    const std::string message = error.what();
    return message.substr(message.find(':') + 1);  // without the file's name
  }
  return "";
}

float log10_of(const Model& model, std::vector<std::string> words) {
  State state = model.begin_state();
  float sum = 0;
  words.push_back("</s>");
  for (const std::string& word : words) {
    State next;
    sum += model.score(state, model.find(word), next).log10;
    state = next;
  }
  return sum;
}

}  // namespace

TEST_CASE("a model is read as it stands", "[arpa]") {
  const auto model = read(kModel);
  CHECK(model->order() == 2);
  CHECK(log10_of(*model, {"a", "b"}) == -0.125F - 0.25F - 0.5F);
  CHECK(log10_of(*model, {"b"}) == -0.5F - 0.75F - 0.5F);
  CHECK(log10_of(*model, {"c"}) == -0.5F - 2 - 1);
}

TEST_CASE("blanks for tabs, comments, line ends of Windows and any order are read too", "[arpa]") {
  const float expected = log10_of(*read(kModel), {"a", "b"});
  std::string blanks = kModel;
  for (char& c : blanks)
    if (c == '\t') c = ' ';
  CHECK(log10_of(*read(blanks), {"a", "b"}) == expected);
  CHECK(log10_of(*read("made by hand\n\n" + kModel), {"a", "b"}) == expected);
  std::string windows;
  for (const char c : kModel) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  CHECK(log10_of(*read(windows), {"a", "b"}) == expected);
  CHECK(log10_of(*read(replaced(kModel, "-0.125\t<s> a\n-0.25\ta b\n", "-0.25\ta b\n-0.125\t<s> a\n")), {"a", "b"}) ==
        expected);
  CHECK(log10_of(*read(replaced(kModel, "ngram 1=5", "ngram  1 = 5")), {"a", "b"}) == expected);
}

TEST_CASE("numbers too small to be told from zero are zero, too large ones are no numbers", "[arpa]") {
  const float zero = log10_of(*read(replaced(kModel, "-0.25\ta b", "0\ta b")), {"a", "b"});
  for (const char* small : {"-1e-50", "1e-50", "-1e-400", "1e-400"})
    CHECK(log10_of(*read(replaced(kModel, "-0.25\ta b", std::string(small) + "\ta b")), {"a", "b"}) == zero);
  CHECK(refusal(replaced(kModel, "-0.25\ta b", "1e400\ta b")) == "14: log-probability 1e400 is above 0");
  CHECK(refusal(replaced(kModel, "2=3", "2=99999999999999999999")) ==
        "3: more n-grams than can be read (at most 4,294,967,294 of an order)");
}

TEST_CASE("a model without <unk> gives unknown words next to nothing", "[arpa]") {
  const auto model = read(replaced(replaced(kModel, "-2\t<unk>\n", ""), "1=5", "1=4"));
  CHECK(log10_of(*model, {"c"}) == -0.5F - 100 - 1);
}

TEST_CASE("damage is refused with its line", "[arpa]") {
  CHECK(refusal("hello\n") == " not an ARPA file (no line is \\data\\)");
  CHECK(refusal(replaced(kModel, "2=3", "2=4")) == "16: 3 n-grams of order 2, the header says 4");
  CHECK(refusal(replaced(kModel, "2=3", "2=2")) == "15: more n-grams of order 2 than the header's 2");
  CHECK(refusal(replaced(kModel, "\\2-grams:", "\\3-grams:")) == "12: expected \\2-grams:, found \"\\3-grams:\"");
  CHECK(refusal(kModel.substr(0, kModel.find("\\2-grams:"))) == "11: cut short: the file ends without \\end\\");
  CHECK(refusal(kModel.substr(0, kModel.find("\\end"))) == "16: cut short: the file ends without \\end\\");
  CHECK(refusal(replaced(kModel, "-0.75\tb", "nan\tb")) == "10: \"nan\" is not a log-probability");
  CHECK(refusal(replaced(kModel, "-0.75\tb", "0.75\tb")) == "10: log-probability 0.75 is above 0");
  CHECK(refusal(replaced(kModel, "-0.75\tb", "x\tb")) == "10: \"x\" is not a log-probability");
  CHECK(refusal(replaced(kModel, "a b", "a c")) == "14: the word c is not among the 1-grams");
  CHECK(refusal(replaced(kModel, "a b", "<s> a")) == "14: the n-gram \"<s> a\" comes twice");
  CHECK(refusal(replaced(kModel, "-0.75\tb", "-0.75\ta")) == "10: the word a comes twice");
  CHECK(refusal(replaced(kModel, "a b", "a")) == "14: 1 words, expected 2");
  CHECK(refusal(replaced(kModel, "a b", "a b a")) == "14: more than 2 words");
  CHECK(refusal(replaced(kModel, "ngram 2=3", "ngram 3=3")) == "3: expected the count of order 2");
  CHECK(refusal(replaced(kModel, "ngram 2=3", "ngram 2=x")) == "3: expected \"ngram ORDER=COUNT\"");
}

TEST_CASE("an n-gram without its parts is refused", "[arpa]") {
  std::string trigram = replaced(kModel, "ngram 2=3\n", "ngram 2=3\nngram 3=1\n");
  trigram = replaced(trigram, "\\end\\", "\\3-grams:\n-0.5\tNGRAM\n\n\\end\\");
  CHECK(read(replaced(trigram, "NGRAM", "<s> a b"))->order() == 3);
  CHECK(refusal(replaced(trigram, "NGRAM", "<s> b a")) ==
        "19: \"<s> b a\" without \"b a\" among the n-grams of order 2");
  CHECK(refusal(replaced(trigram, "NGRAM", "b a b")) == "19: \"b a b\" without \"b a\" among the n-grams of order 2");
}
