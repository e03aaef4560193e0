// The readers behind load_vectors, one for each family of formats.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "vectors/byte_source.h"
#include "vectors/word_vectors.h"

namespace seq::vectors {

/// What a file held, before it is checked as a whole.
struct Table {
  std::shared_ptr<WordList> words;
  Matrix matrix;
  std::vector<int64_t> counts = {};
  std::shared_ptr<const Subwords> subwords = nullptr;
};

/// Numbers of the line `V D` that opens word2vec's files.
struct Header {
  int64_t words = 0;
  int64_t dimension = 0;
};

/// Text of word2vec and fastText (after its header line), or of GloVe (without).
Table read_text(ByteSource& source, const Header* header, const LoadOptions& options);

/// word2vec's binary format, after its header line.
Table read_binary(ByteSource& source, const Header& header, const LoadOptions& options);

/// A mapped model of fastText, with its sub-words. `shown` opens the messages (the file may be an unpacked copy).
Table read_fasttext(const fs::path& path, const std::string& shown, const LoadOptions& options);

/// A mapped npy file.
Matrix read_npy(const fs::path& path, const std::string& shown);

/// A matrix in a safetensors file.
Matrix read_safetensors(const fs::path& path, const std::string& shown, const std::string& tensor);

/// The model of a run folder: its vectors, and its sub-words if it has any.
Matrix read_run_tensors(const fs::path& path, const std::string& tensor, std::shared_ptr<const Subwords>& subwords);

/// Words, and their counts where the file has them: `word<TAB>count`, `word count` or `word` on each line.
Table read_vocabulary(const fs::path& path, int64_t limit);

/// Reads numbers of other widths as floats. `dtype` as safetensors spells it: F64, F16 or BF16.
Matrix to_floats(std::string_view bytes, const std::string& dtype, int64_t rows, int64_t columns);

}  // namespace seq::vectors
