// Reading with the key in every error.
#include "models/word2vec/named_files.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/parallel.h"
#include "models/word2vec/training.h"

namespace seq::word2vec {
namespace {

/// What `read` reads; errors say which key named the file.
template <class Read>
auto named(const std::string& key, const Read& read) {
  try {
    return read();
  } catch (const RunError&) {
    throw;
  } catch (const Error& error) {
    throw Error(key + ": " + error.what());
  }
}

}  // namespace

NamedFiles read_named_files(const Config& config, const RunFolder& run) {
  const auto options = model_options<Word2vecOptions>(config);
  NamedFiles files;
  if (!options.analogies.empty())
    files.analogies = named("model.analogies", [&] { return vectors::read_analogies(options.analogies); });
  for (const std::string& file : options.similarities)
    files.similarities.push_back(named("model.similarities", [&] { return vectors::read_similarities(file); }));
  if (options.start_from.empty() || (run.has_begun() && !options.freeze_given)) return files;
  vectors::LoadOptions load;
  load.threads = thread_count(config.threads);
  files.given = named("model.start_from", [&] { return vectors::load_vectors(options.start_from, load); });
  if (files.given->dimension() != options.dimension)
    throw Error(fmt::format("model.start_from: {} has vectors of {} numbers, model.dimension is {}", options.start_from,
                            files.given->dimension(), options.dimension));
  return files;
}

}  // namespace seq::word2vec
