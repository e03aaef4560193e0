// Files of all formats: what is written is read back, and what is wrong is refused with its place.
#include "base/error.h"
#include "made.h"
#include "run/safetensors.h"
#include "test.h"
#include "vectors/subwords.h"
#include "vectors/word_vectors.h"

using namespace seq;
using namespace seq::vectors;
using seq::test::made;
using seq::test::TemporaryFolder;

namespace {

void require_same(const WordVectors& a, const WordVectors& b) {
  REQUIRE(a.size() == b.size());
  REQUIRE(a.dimension() == b.dimension());
  for (int64_t i = 0; i < a.size(); ++i) {
    REQUIRE(a.words()[i] == b.words()[i]);
    REQUIRE(std::equal(a.row(i).begin(), a.row(i).end(), b.row(i).begin()));
  }
}

std::string floats(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

/// What reading a file with that content says.
std::string refusal(const std::string& content, const LoadOptions& options = {}) {
  const TemporaryFolder folder;
  try {
    load_vectors(folder.file("v", content), options);
  } catch (const Error& error) {
    const std::string message = error.what();
    REQUIRE(message.starts_with((folder.path() / "v").string() + ":"));
    return message.substr((folder.path() / "v").string().size());
  }
  return "accepted";
}

const std::string kBinaryTail("a " + floats({1, 2}) + "\nb " + floats({3, 4}) + "\n");

}  // namespace

TEST_CASE("every format gives back the very same words and numbers", "[vectors]") {
  const TemporaryFolder folder;
  const WordVectors vectors =
      made({{"the", {0.1F, -2.5e-7F, 3e12F}}, {"naïve", {-0.0F, 1, 16777214}}, {",", {0, 0, 1}}});
  for (const Format format :
       {Format::word2vec_text, Format::word2vec_binary, Format::glove, Format::npy, Format::safetensors}) {
    const fs::path path = folder.path() / ("file" + std::to_string(static_cast<int>(format)));
    write_vectors(path, vectors.view(), format);
    require_same(load_vectors(path), vectors);
  }
}

TEST_CASE("text of many threads and portions is read in order", "[vectors]") {
  const TemporaryFolder folder;
  const WordVectors vectors = test::random_vectors(30000, 20);
  write_vectors(folder.path() / "v", vectors.view(), Format::glove);
  for (const int threads : {1, 3}) {
    LoadOptions options;
    options.threads = threads;
    require_same(load_vectors(folder.path() / "v", options), vectors);
  }
}

TEST_CASE("a run folder keeps vectors and counts", "[vectors]") {
  const TemporaryFolder folder;
  const WordVectors vectors = made({{"a", {1, 2}}, {"b c", {3, 4}}}, {7, 5});
  write_run_vectors(folder.path(), vectors.view());
  const WordVectors again = load_vectors(folder.path());
  require_same(again, vectors);
  REQUIRE(std::vector<int64_t>(again.counts().begin(), again.counts().end()) == std::vector<int64_t>{7, 5});
  REQUIRE(read_file(folder.path() / "vocabulary.txt") == "a\t7\nb c\t5\n");
}

TEST_CASE("matrices are mapped and begin at a multiple of 64 bytes", "[vectors]") {
  const TemporaryFolder folder;
  const WordVectors vectors = made({{"a", {1, 2}}});
  for (const Format format : {Format::npy, Format::safetensors, Format::word2vec_text}) {
    write_vectors(folder.path() / "v", vectors.view(), format);
    REQUIRE(reinterpret_cast<uintptr_t>(load_vectors(folder.path() / "v").matrix().values) % 64 == 0);
  }
}

TEST_CASE("files as word2vec.c, gensim, fastText and GloVe write them are read", "[vectors]") {
  const TemporaryFolder folder;
  const WordVectors expected = made({{"a", {1, 2}}, {"b", {3, 4}}});
  for (const std::string& content : std::vector<std::string>{
           "2 2\na 1.000000 2.000000 \nb 3.000000 4.000000 \n",  // word2vec.c, fastText: a space at the end
           "2 2\na 1 2\nb 3 4",                                  // gensim
           "a 1 2\nb 3 4\n",                                     // GloVe
           "a\t1\t2\r\nb\t+3\t4e0\r\n",                          // tabs, Windows' line ends
           "2 2\n" + kBinaryTail,                                // word2vec.c
           "2 2\na " + floats({1, 2}) + "b " + floats({3, 4}),   // gensim
       }) {
    INFO(content);
    require_same(load_vectors(folder.file("v", content)), expected);
  }
  require_same(load_vectors(folder.file("v", "a 1 2\n. . 0 1\nat name@x.org 3 4\n")),  // as in GloVe 840B
               made({{"a", {1, 2}}, {". .", {0, 1}}, {"at name@x.org", {3, 4}}}));
}

TEST_CASE("a fastText model gives vectors to words it has seen and to others", "[vectors]") {
  REQUIRE(subword_hash("a") == 0xE40C292CU);  // FNV-1a's published value
  const SubwordRules rules{2, 3, 5};
  const auto bucket = [](const char* ngram) { return static_cast<int64_t>(subword_hash(ngram) % 5); };
  REQUIRE(subword_buckets("ab", rules) ==
          std::vector<int64_t>{bucket("<a"), bucket("<ab"), bucket("ab"), bucket("ab>"), bucket("b>")});
  REQUIRE(subword_buckets("é", {1, 1, 5}) == std::vector<int64_t>{bucket("é")});
  REQUIRE(subword_buckets("</s>", rules).empty());

  std::string file;
  const auto put = [&](auto value) { file.append(reinterpret_cast<const char*>(&value), sizeof value); };
  for (const int32_t number : {793712314, 12, 2, 5, 5, 1, 5, 1, 1, 2, 5, 2, 3, 100}) put(number);
  put(1e-4);
  for (const int32_t number : {2, 2, 0}) put(number);
  for (const int64_t number : {9, -1}) put(number);
  for (const char* word : {"ab", "</s>"}) {
    file += word;
    file += '\0';
    put(int64_t{4});
    put(uint8_t{0});
  }
  put(uint8_t{0});
  for (const int64_t number : {7, 2}) put(number);
  for (int i = 0; i < 14; ++i) put(static_cast<float>(i * i));

  const TemporaryFolder folder;
  const WordVectors vectors = load_vectors(folder.file("v.bin", file));
  const auto mean = [&](const std::string& word, std::vector<int64_t> rows) {
    for (const int64_t number : subword_buckets(word, rules)) rows.push_back(2 + number);
    std::vector<float> sum(2);
    for (const int64_t row : rows)
      for (size_t i = 0; i < 2; ++i)
        sum[i] += static_cast<float>((2 * row + static_cast<int64_t>(i)) * (2 * row + static_cast<int64_t>(i)));
    for (float& value : sum) value /= static_cast<float>(rows.size());
    return sum;
  };
  require_same(vectors, made({{"ab", mean("ab", {0})}, {"</s>", {4, 9}}}));
  REQUIRE(vectors.find("cab") == mean("cab", {}));
  REQUIRE_THROWS_WITH(load_vectors(folder.file("v.bin", file.substr(0, file.size() - 9))),
                      Catch::Contains("cut short"));
  file[4] = 11;
  REQUIRE_THROWS_WITH(load_vectors(folder.file("v.bin", file)), Catch::Contains("version 11, expected 12"));
}

TEST_CASE("only the first words are read on request", "[vectors]") {
  const TemporaryFolder folder;
  LoadOptions options;
  options.limit = 1;
  const WordVectors expected = made({{"a", {1, 2}}});
  for (const char* content : {"2 2\na 1 2\nb 3 4\n", "a 1 2\nb 3 4\n"})
    require_same(load_vectors(folder.file("v", content), options), expected);
  require_same(load_vectors(folder.file("v", "2 2\n" + kBinaryTail), options), expected);
  for (const Format format : {Format::npy, Format::safetensors}) {
    write_vectors(folder.path() / "v", made({{"a", {1, 2}}, {"b", {3, 4}}}).view(), format);
    require_same(load_vectors(folder.path() / "v", options), expected);
  }
}

TEST_CASE("damaged text is refused with its line", "[vectors]") {
  REQUIRE(refusal("") == ": no word vectors in it (the file is empty)");
  REQUIRE(refusal("3 2\na 1 2\nb 3 4\n") == ": cut short: its header says 3 words, it has 2");
  REQUIRE(refusal("1 2\na 1 2\nb 3 4\n") == ":3: more words than the 1 that the header says");
  REQUIRE(refusal("2 2\na 1 2\nb 3\n") == ":3: 1 numbers, expected 2");
  REQUIRE(refusal("2 2\na 1 2\nb 3 4 5\n") == ":3: 3 numbers, expected 2");
  REQUIRE(refusal("a 1 2\nb 3 x\n") == ":2: \"x\" is not a number (number 2 of \"b\")");
  REQUIRE(refusal("a 1 2\nb 3 nan\n").starts_with(":2: number 2 of \"b\" is nan"));
  REQUIRE(refusal("a 1 2\nb 1e99 4\n").starts_with(":2: number 1 of \"b\" is 1e99"));
  REQUIRE(refusal("a 1 2\nb 3 4\na 5 6\n").starts_with(":3: the word \"a\" is there twice (first as word 1)"));
  REQUIRE(refusal("0 5\n") == ":1: damaged header: 0 words of 5 numbers each");
  REQUIRE(refusal("-1 5\n") == ":1: damaged header: -1 words of 5 numbers each");
  REQUIRE(refusal("3 9999999999\n") == ":1: damaged header: 3 words of 9999999999 numbers each");
  REQUIRE(refusal("To be or not to be\n").starts_with(":1: not word vectors"));
  REQUIRE(refusal("a\n").starts_with(":1: not word vectors"));
}

TEST_CASE("damaged word2vec binaries are refused with the word and the byte", "[vectors]") {
  REQUIRE(refusal("2 2\n" + kBinaryTail.substr(0, 17)) == ": cut short (word 2 of 2, byte 21)");
  REQUIRE(refusal("3 2\n" + kBinaryTail) == ": cut short (word 3 of 3, byte 26)");
  REQUIRE(refusal("1 2\n" + kBinaryTail).starts_with(": damaged: more bytes than its header says"));
  REQUIRE(refusal("2 2\na " + floats({1, 2}) + "a " + floats({3, 4})) ==
          ": the word \"a\" is there twice (words 1 and 2)");
  REQUIRE(refusal("1 2\na " + floats({1, NAN})).starts_with(": the vector of \"a\" (word 1) has a number that is NaN"));
  REQUIRE(refusal("1 1\n" + std::string(70000, '\x01')).starts_with(": damaged: a word has no end"));
}

TEST_CASE("npy files of other types and shapes are converted or refused", "[vectors]") {
  const TemporaryFolder folder;
  folder.file("vocabulary.txt", "a\nb\n");
  const auto npy = [&](const std::string& header, const std::string& data) {
    std::string file("\x93NUMPY\x01\x00", 8);
    file += static_cast<char>(header.size());
    return folder.file("v.npy", file + '\0' + header + data);
  };
  const double wide[] = {1, 2, 3, 4};
  const std::string doubles(reinterpret_cast<const char*>(wide), sizeof wide);
  require_same(load_vectors(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", doubles)),
               made({{"a", {1, 2}}, {"b", {3, 4}}}));
  const std::string halves("\x00\x3c\x00\xc0\x01\x00\xff\x7b", 8);  // 1, -2, 2^-24, 65504
  require_same(load_vectors(npy("{'descr': '<f2', 'fortran_order': False, 'shape': (2, 2), }", halves)),
               made({{"a", {1, -2}}, {"b", {5.9604645e-8F, 65504}}}));
  REQUIRE_THROWS_WITH(load_vectors(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }", doubles)),
                      Catch::Contains("ascontiguousarray"));
  REQUIRE_THROWS_WITH(load_vectors(npy("{'descr': '>f4', 'fortran_order': False, 'shape': (2, 2), }", doubles)),
                      Catch::Contains("astype(numpy.float32)"));
  REQUIRE_THROWS_WITH(load_vectors(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4,), }", doubles)),
                      Catch::Contains("1 dimensions, expected 2"));
  REQUIRE_THROWS_WITH(load_vectors(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }", doubles)),
                      Catch::Contains("32 bytes of numbers for a shape of 2 x 3"));
  REQUIRE_THROWS_WITH(load_vectors(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4, 1), }", doubles)),
                      Catch::Contains("vocabulary.txt: 2 words, but"));
  REQUIRE_THROWS_WITH(load_vectors(npy("{}", doubles)), Catch::Contains("has no descr"));
  write_vectors(folder.path() / "v.npy", made({{"a", {1}}}).view(), Format::npy);
  fs::remove(folder.path() / "vocabulary.txt");
  fs::remove(folder.path() / "v.vocabulary.txt");
  REQUIRE_THROWS_WITH(load_vectors(folder.path() / "v.npy"), Catch::Contains("--vocabulary"));
}

TEST_CASE("a tensor is chosen by name, or because it is the only matrix", "[vectors]") {
  const TemporaryFolder folder;
  folder.file("v.vocabulary.txt", "a\nb\n");
  const fs::path path = folder.path() / "v.safetensors";
  const std::string data = floats({1, 2, 3, 4}), bits("\x80\x3f\x00\x40", 4);
  const auto write = [&](const std::map<std::string, TensorBytes>& tensors) { write_safetensors(path, tensors, {}); };
  write({{"table", {"F32", {2, 2}, data}}, {"bias", {"F32", {4}, data}}});
  require_same(load_vectors(path), made({{"a", {1, 2}}, {"b", {3, 4}}}));
  write({{"x", {"F32", {2, 2}, data}}, {"y", {"BF16", {2, 1}, bits}}});
  REQUIRE_THROWS_WITH(load_vectors(path), Catch::Contains("it has x, y: choose one by --tensor"));
  LoadOptions options;
  options.tensor = "y";
  require_same(load_vectors(path, options), made({{"a", {1}}, {"b", {2}}}));
  write({{"vectors", {"I32", {2, 2}, data}}});
  REQUIRE_THROWS_WITH(load_vectors(path), Catch::Contains("type I32, expected F32"));
}

TEST_CASE("a list of words is refused with its line", "[vectors]") {
  const TemporaryFolder folder;
  write_vectors(folder.path() / "v.npy", made({{"a", {1}}, {"b", {2}}}).view(), Format::npy);
  const auto refused = [&](const std::string& list) {
    LoadOptions options;
    options.vocabulary = folder.file("list", list);
    try {
      load_vectors(folder.path() / "v.npy", options);
    } catch (const Error& error) {
      return std::string(error.what()).substr(options.vocabulary.string().size());
    }
    return std::string("accepted");
  };
  REQUIRE(refused("a\nb\n") == "accepted");
  REQUIRE(refused("a 3\nb 2\n") == "accepted");
  REQUIRE(refused("a\t3\nb\tx\n") == ":2: expected a word, a tab and its count");
  REQUIRE(refused("a\t3\nb\n") == ":2: some words have a count and some have none");
  REQUIRE(refused("a\na\n") == ":2: the word \"a\" is there twice");
  REQUIRE(refused("a\n\n") == ":2: an empty word");
}

TEST_CASE("a word that a format cannot hold is refused before anything is written", "[vectors]") {
  const TemporaryFolder folder;
  const WordVectors vectors = made({{"new york", {1}}});
  REQUIRE_THROWS_WITH(write_vectors(folder.path() / "v", vectors.view(), Format::word2vec_text),
                      Catch::Contains("\"new york\" (word 1) cannot stand in this format"));
  REQUIRE_FALSE(fs::exists(folder.path() / "v"));
}

TEST_CASE("a folder without vectors and a missing file are refused", "[vectors]") {
  const TemporaryFolder folder;
  REQUIRE_THROWS_WITH(load_vectors(folder.path()), Catch::Contains("no word vectors in this folder"));
  REQUIRE_THROWS_WITH(load_vectors(folder.path() / "none"), Catch::Contains("no such file"));
}

TEST_CASE("lengths of vectors near the ends of the range of floats are right", "[vectors]") {
  const WordVectors vectors = made({{"large", {3e30F, 4e30F}}, {"small", {3e-30F, 4e-30F}}, {"zero", {0, 0}}});
  REQUIRE(vectors.norms()[0] == Approx(5e30F));
  REQUIRE(vectors.norms()[1] == Approx(5e-30F));
  REQUIRE(vectors.norms()[2] == 0);
}
