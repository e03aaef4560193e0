// The file of a tokenizer taken apart: tokenizer.json read as a stream, and the other formats that hold a vocabulary.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "text/subword/token_pairs.h"
#include "text/vocabulary.h"

namespace seq {

/// What tokenizer.json says. The long lists stand apart from the rest: as JSON values they would take most of the time
/// that a short run of the program has.
struct TokenizerFile {
  std::string name;            ///< of the file, for messages
  Json head = Json::object();  ///< all sections but `model`
  Json model =
      Json::object();          ///< that section without `vocab` and `merges`; `type` is guessed where old files lack it
  Vocabulary vocabulary;       ///< of `model.vocab`, by id
  std::vector<double> scores;  ///< Unigram's, one for each token
  TokenPairs merges;           ///< BPE's
};

/// Throws Error with `name` and the key: not JSON, a key twice, a token or an id twice, ids that leave gaps. Of
/// `readable` bytes from the start of the text, those behind its end may be looked at too, which saves a copy.
TokenizerFile parse_tokenizer_json(std::string_view text, const std::string& name, size_t readable = 0);

/// Reads a file by its content: tokenizer.json, a list of WordPiece tokens (BERT's `vocab.txt`), or GPT-2's
/// `vocab.json` with `merges.txt` beside it. The latter two come with the steps that such models have.
TokenizerFile read_tokenizer_file(const std::filesystem::path& path);

}  // namespace seq
