// A word2vec run, as chunked training asks for it: the encoded corpus, the model, evaluation, files.
#pragma once

#include <optional>
#include <vector>

#include "config/config.h"
#include "models/chunked_training.h"
#include "models/verbs.h"
#include "models/word2vec/named_files.h"
#include "models/word2vec/options.h"
#include "models/word2vec/updates.h"
#include "vectors/train/corpus.h"
#include "vectors/train/word2vec.h"

namespace seq::word2vec {

/// A chunk is 8,192 ids; a window does not reach over its border. What is drawn for a chunk follows from the seed and
/// the chunk's number alone.
class Training : public ChunkedModel {
 public:
  /// Throws Error when given or frozen words are none of the text's.
  Training(const Config& config, RunFolder& run, const Session& session, const vectors::CountedWords& words,
           NamedFiles files, const MakeUpdates& make_updates);

  int64_t chunks() const override;
  int threads() override;
  double rate(double share) const override;
  ChunkLoss train(int64_t chunk, float rate, size_t thread) override;
  bool finite() override;
  /// `loss` on the held-out text, `accuracy` on analogies, `spearman` on similarities; each where it is asked for.
  Json evaluate() override;
  void save_best() override;
  void write_checkpoint(const fs::path& path, const std::map<std::string, std::string>& metadata) override;
  void read_checkpoint(const SafetensorsFile& file, const std::string& name) override;

 private:
  void start(const Session& session);
  std::vector<float> composed() const;

  /// One chunk's ids in buffers of a thread.
  class ChunkReader {
   public:
    std::span<const uint32_t> read(const TokenFile& tokens, int64_t chunk);

   private:
    std::vector<int64_t> wide_;
    std::vector<uint32_t> ids_;
  };

  const Config& config_;
  const Word2vecOptions options_;
  RunFolder& run_;
  const vectors::CountedWords& words_;
  NamedFiles files_;
  TokenFile tokens_;
  std::optional<TokenFile> valid_;
  vectors::Word2vec model_;
  MakeUpdates make_updates_;
  std::unique_ptr<Updates> updates_;  ///< made when the tables have the values to begin or go on with
  std::vector<ChunkReader> readers_;  ///< by thread
};

}  // namespace seq::word2vec
