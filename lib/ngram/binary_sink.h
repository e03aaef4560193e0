// A model into the memory-mapped binary file that scoring reads; see docs/ngram.md for the format.
//
//   auto sink = make_binary_sink("model.bin", {.layout = Layout::trie});
//   estimate(options, *sink);  // or read_arpa("model.arpa", *sink)
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "ngram/model_sink.h"

namespace seq::ngram {

/// How n-grams are stored: `hashed` is the faster, `trie` the smaller.
enum class Layout : uint32_t { hashed = 1, trie = 2 };
/// Of the words `hashed` and `trie`.
Layout layout_named(std::string_view name);

/// How a binary model is made.
struct BinaryOptions {
  Layout layout = Layout::hashed;
  std::filesystem::path temporary_folder = {};  ///< of files while it is made; the system's when empty
};

/// Writes `path`; nothing appears under that name before finish(). Memory does not grow with the n-grams (some 40 MB
/// besides the vocabulary). Throws RunError when a disk is full, or when n-grams are not closed under suffixes.
std::unique_ptr<ModelSink> make_binary_sink(const std::filesystem::path& path, const BinaryOptions& options);

/// The same into memory: the bytes that the file would have, which are there after finish().
std::unique_ptr<ModelSink> make_binary_sink(std::vector<std::byte>& bytes, const BinaryOptions& options);

}  // namespace seq::ngram
