// Words and their vectors: what a trainer saves, every query reads, and files of all formats hold.
//
//   WordVectors vectors = load_vectors("runs/enwiki");            // a run folder, or a file of any format
//   std::span<const float> king = vectors.row(*vectors.words().find("king"));
//   write_vectors("enwiki.bin", vectors.view(), Format::word2vec_binary);
//
// V = words, D = dimension.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "vectors/word_list.h"

namespace seq::vectors {

/// No file has vectors of more numbers; a header that says so is damaged.
inline constexpr int64_t kMostDimensions = 1 << 20;

class Subwords;

/// How words are cut: all n-grams of `shortest` to `longest` characters of `<word>`, but not `<` and `>` alone.
struct SubwordRules {
  int64_t shortest = 3;
  int64_t longest = 6;
  int64_t buckets = 0;
};

/// The rows of n-grams that somebody else holds.
struct SubwordsView {
  std::span<const float> values = {};  ///< [buckets, D]
  SubwordRules rules = {};
};

/// A row-major matrix of floats that lies in memory or in a mapped file, whichever `owner` keeps alive.
/// It begins at a multiple of 64 bytes, unless a foreign file has it elsewhere (always a multiple of 4).
struct Matrix {
  std::shared_ptr<const void> owner;
  const float* values = nullptr;
  int64_t rows = 0;
  int64_t columns = 0;

  std::span<const float> row(int64_t number) const { return {values + number * columns, static_cast<size_t>(columns)}; }
  std::span<const float> all() const { return {values, static_cast<size_t>(rows * columns)}; }
};

/// Vectors that somebody else holds, for the writers.
struct VectorsView {
  const WordList& words;
  std::span<const float> values;         ///< [V, D], row-major
  int64_t dimension = 0;                 ///< D
  std::span<const int64_t> counts = {};  ///< of each word in the training text; empty where they are not known
};

/// Words, their vectors and the lengths of these. Copies share the data.
class WordVectors {
 public:
  /// `name` opens the messages. Throws Error when sizes differ, there are no words, or a number is NaN or infinite.
  WordVectors(std::shared_ptr<const WordList> words, Matrix matrix, const std::string& name,
              std::vector<int64_t> counts = {}, int threads = 1);

  int64_t size() const { return matrix_.rows; }
  int64_t dimension() const { return matrix_.columns; }
  const WordList& words() const { return *words_; }
  const Matrix& matrix() const { return matrix_; }
  std::span<const float> row(int64_t number) const { return matrix_.row(number); }
  /// Euclidean length of each row.
  std::span<const float> norms() const { return *norms_; }
  std::span<const int64_t> counts() const { return *counts_; }
  /// The vector of a word of the list, or of any other word that has sub-words here; empty when there is none.
  std::vector<float> find(std::string_view word) const;
  /// From now on words that are not in the list get vectors from these.
  void set_subwords(std::shared_ptr<const Subwords> subwords) { subwords_ = std::move(subwords); }
  /// Null where there are none.
  const Subwords* subwords() const { return subwords_.get(); }
  VectorsView view() const { return {*words_, matrix_.all(), matrix_.columns, *counts_}; }

 private:
  std::shared_ptr<const WordList> words_;
  Matrix matrix_;
  std::shared_ptr<const std::vector<float>> norms_;
  std::shared_ptr<const std::vector<int64_t>> counts_;
  std::shared_ptr<const Subwords> subwords_;
};

/// Kinds of files that hold words and vectors. fastText's `.vec` is word2vec's text.
enum class Format { word2vec_text, word2vec_binary, glove, npy, safetensors };

struct LoadOptions {
  fs::path
      vocabulary;      ///< words of an npy or safetensors file; empty: `<name>.vocabulary.txt`, `vocabulary.txt` beside
  std::string tensor;  ///< of a safetensors file; empty: `vectors`, or the only matrix
  int64_t limit = 0;   ///< only the first words; 0: all
  int threads = 0;     ///< 0: one for each core
};

/// Reads a run folder (`model.safetensors` and `vocabulary.txt`) or a file, whose format is told by its content.
/// Compressed files and `-`, stdin, are fine. Throws Error naming place and remedy for everything that is damaged, cut
/// short, duplicate, of the wrong dimension, not a number.
WordVectors load_vectors(const fs::path& path, const LoadOptions& options = {});

/// Writes a file in one atomic step; npy and safetensors get their words into `vocabulary_beside(path)`.
/// Throws Error when a word cannot stand in that format (a space in word2vec's), RunError when the disk is full.
void write_vectors(const fs::path& path, const VectorsView& vectors, Format format);

/// What `load_vectors` reads from a run folder: `model.safetensors` with the tensor `vectors` [V, D], and `ngrams`
/// where there are sub-words, and `vocabulary.txt`.
void write_run_vectors(const fs::path& folder, const VectorsView& vectors, const SubwordsView& subwords = {});

/// A model of fastText, which has vectors for unseen words; without the rows that only its training needs. Throws Error
/// when there are no sub-words.
void write_fasttext(const fs::path& path, const WordVectors& vectors);

/// A word, a tab and its count on each line, in the order of rows; words alone where counts are not known.
void write_vocabulary(const fs::path& path, const WordList& words, std::span<const int64_t> counts);

/// `a/enwiki.npy` → `a/enwiki.vocabulary.txt`.
fs::path vocabulary_beside(const fs::path& path);

}  // namespace seq::vectors
