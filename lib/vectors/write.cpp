// Writers of all formats; each file appears under its name when it is complete.
#include <fmt/format.h>

#include <charconv>

#include "base/error.h"
#include "run/safetensors.h"
#include "vectors/word_vectors.h"

namespace seq::vectors {
namespace {

std::string_view bytes_of(std::span<const float> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

std::span<const float> row_of(const VectorsView& vectors, int64_t row) {
  const auto dimension = static_cast<size_t>(vectors.dimension);
  return vectors.values.subspan(static_cast<size_t>(row) * dimension, dimension);
}

/// Throws Error when a word would be read back as something else.
void check_words(const fs::path& path, const WordList& words, std::string_view breaking, const char* remedy) {
  for (int64_t i = 0; i < words.size(); ++i)
    if (words[i].empty() || words[i].find_first_of(breaking) != std::string_view::npos)
      throw Error(fmt::format("{}: the word \"{}\" (word {}) cannot stand in this format; {}", path.string(), words[i],
                              i + 1, remedy));
}

std::string header_line(const VectorsView& vectors) {
  return fmt::format("{} {}\n", vectors.words.size(), vectors.dimension);
}

/// The shortest digits that read back as the same floats.
void write_text(const fs::path& path, const VectorsView& vectors, std::string_view header) {
  check_words(path, vectors.words, " \t\r\n", "choose --format safetensors or npy");
  AtomicFile file(path);
  file.write(header);
  std::string line;
  for (int64_t i = 0; i < vectors.words.size(); ++i) {
    line = vectors.words[i];
    for (const float value : row_of(vectors, i)) {
      char digits[32];
      const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
      line += ' ';
      line.append(digits, end);
    }
    line += '\n';
    file.write(line);
  }
  file.commit();
}

void write_binary(const fs::path& path, const VectorsView& vectors) {
  check_words(path, vectors.words, " \n", "choose --format safetensors or npy");
  AtomicFile file(path);
  file.write(header_line(vectors));
  for (int64_t i = 0; i < vectors.words.size(); ++i) {
    file.write(vectors.words[i]);
    file.write(" ");
    file.write(bytes_of(row_of(vectors, i)));
    file.write("\n");
  }
  file.commit();
}

void write_npy(const fs::path& path, const VectorsView& vectors) {
  std::string dictionary = fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}",
                                       vectors.words.size(), vectors.dimension);
  constexpr size_t kBefore = 10, kAlignment = 64;
  dictionary.append(kAlignment - (kBefore + dictionary.size() + 1) % kAlignment, ' ');
  dictionary += '\n';
  const auto length = static_cast<uint16_t>(dictionary.size());
  AtomicFile file(path);
  file.write(std::string_view("\x93NUMPY\x01\x00", 8));
  file.write({reinterpret_cast<const char*>(&length), sizeof length});
  file.write(dictionary);
  file.write(bytes_of(vectors.values));
  file.commit();
}

void write_tensors(const fs::path& path, const VectorsView& vectors, const SubwordsView& subwords) {
  std::map<std::string, TensorBytes> tensors = {
      {"vectors", {"F32", {vectors.words.size(), vectors.dimension}, bytes_of(vectors.values)}}};
  std::map<std::string, std::string> metadata;
  const SubwordRules& rules = subwords.rules;
  if (rules.buckets > 0) {
    tensors["ngrams"] = {"F32", {rules.buckets, vectors.dimension}, bytes_of(subwords.values)};
    metadata["ngrams"] = fmt::format("{} {}", rules.shortest, rules.longest);
  }
  write_safetensors(path, tensors, metadata);
}

}  // namespace

void write_vocabulary(const fs::path& path, const WordList& words, std::span<const int64_t> counts) {
  check_words(path, words, "\t\r\n", "a list of words is one word on each line");
  AtomicFile file(path);
  for (int64_t i = 0; i < words.size(); ++i) {
    file.write(words[i]);
    if (!counts.empty()) file.write(fmt::format("\t{}", counts[static_cast<size_t>(i)]));
    file.write("\n");
  }
  file.commit();
}

void write_vectors(const fs::path& path, const VectorsView& vectors, Format format) {
  if (format == Format::word2vec_text) return write_text(path, vectors, header_line(vectors));
  if (format == Format::glove) return write_text(path, vectors, "");
  if (format == Format::word2vec_binary) return write_binary(path, vectors);
  write_vocabulary(vocabulary_beside(path), vectors.words, vectors.counts);
  if (format == Format::npy) return write_npy(path, vectors);
  write_tensors(path, vectors, {});
}

void write_run_vectors(const fs::path& folder, const VectorsView& vectors, const SubwordsView& subwords) {
  write_vocabulary(folder / "vocabulary.txt", vectors.words, vectors.counts);
  write_tensors(folder / "model.safetensors", vectors, subwords);
}

}  // namespace seq::vectors
