// The verbs of word2vec: train here, and eval; all else is `seqtool vectors`.
#include "models/word2vec/task.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "models/run_data.h"
#include "models/word2vec/training.h"
#include "run/interruption.h"
#include "vectors/evaluate.h"
#include "vectors/word_vectors.h"

namespace seq {
namespace {

vectors::WordText text_of(const std::vector<std::string>& files, const Config& config, Progress& progress) {
  const std::string phrases = model_options<Word2vecOptions>(config).phrases;
  const auto joiner = phrases.empty() ? nullptr : std::make_shared<PhraseJoiner>(read_phrases(phrases));
  return {files, config.tokenizer.invalid(), thread_count(config.threads), joiner, [&progress](int64_t bytes) {
            progress.update(bytes);
            if (const int signal = InterruptionGuard::signal(); signal != 0)
              throw Interrupted(signal, "interrupted while the text was read; nothing is saved yet");
          }};
}

/// Encodes one part of the corpus into its token file.
void encode(const std::vector<std::string>& files, const std::string& part, const Config& config, const RunFolder& run,
            const vectors::CountedWords& words, const Session& session) {
  Progress progress("encoding", 0, session.show_progress);
  fs::create_directories(run.tokens(part).parent_path());
  TokenFileWriter writer(run.tokens(part), words.words->size() + 1);
  vectors::encode_words(text_of(files, config, progress), *words.words,
                        model_options<Word2vecOptions>(config).max_sentence, writer);
  if (writer.size() < 2)
    throw Error(files.front() + ": no two words of the vocabulary in it (the " + part + " part must have some)");
  writer.finish();
}

/// Counts and encodes the texts.
vectors::CountedWords prepare(const Config& config, const RunFolder& run, const Session& session) {
  const InterruptionGuard guard;
  const auto options = model_options<Word2vecOptions>(config);
  Progress progress("counting", 0, session.show_progress);
  const WordCounts counts =
      options.counts.empty() ? vectors::count_words(text_of(config.data.train, config, progress), options.max_distinct)
                             : vectors::read_word_counts(options.counts);
  vectors::CountedWords words =
      vectors::keep_words(counts, {options.min_count, options.max_words},
                          options.counts.empty() ? config.data.train.front() : options.counts.front());
  progress.clear();
  session.log->info("{} words in the text, {} distinct, {} kept", words.text_words, words.distinct_words,
                    words.counts.size());
  encode(config.data.train, "train", config, run, words, session);
  if (!config.data.valid.empty()) encode(config.data.valid, "valid", config, run, words, session);
  const std::vector<int64_t> kept(words.counts.begin(), words.counts.end());
  vectors::write_vocabulary(run.path() / "vocabulary.txt", *words.words, kept);
  return words;
}

/// What prepare() wrote in an earlier session of the run.
vectors::CountedWords read_words(const fs::path& path) {
  vectors::CountedWords words;
  const auto list = std::make_shared<vectors::WordList>();
  LineReader lines(path);
  for (std::string_view line; lines.next(line);) {
    const size_t tab = line.rfind('\t');
    uint64_t count = 0;
    const auto number = tab == std::string_view::npos ? std::string_view() : line.substr(tab + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), count);
    if (error != std::errc() || end != number.data() + number.size() || count == 0 || !list->add(line.substr(0, tab)))
      throw Error(fmt::format("{}:{}: not a new word, a tab and its count (start anew with --overwrite)", path.string(),
                              lines.number()));
    words.counts.push_back(count);
  }
  if (words.counts.size() < 2) throw Error(path.string() + ": cut short (start anew with --overwrite)");
  words.words = list;
  return words;
}

/// Whether tensor operations run the updates. Throws Error for options that do not go together.
bool by_tensors(const Config& config) {
  const auto trainer = config.model.at("trainer").get<std::string>();
  const bool on_cpu = config.device == "cpu";
  if (trainer == "kernel" && !on_cpu)
    throw Error("model.trainer: the kernel runs on the CPU alone (take `tensor`, or --device cpu)");
  const bool tensors = trainer == "tensor" || !on_cpu;
  if (!tensors && config.model.at("batch_words") != Word2vecOptions().batch_words)
    throw Error("model.batch_words: belongs to the trainer `tensor` (leave it out, or set model.trainer)");
  const auto options = model_options<Word2vecOptions>(config);
  if (tensors && options.subwords.buckets > 0)
    throw Error("model.subwords: the trainer `tensor` has none (leave out model.trainer and train on --device cpu)");
  if (tensors && (options.freeze_given || !options.freeze.empty()))
    throw Error("model.freeze: the trainer `tensor` freezes nothing (leave out model.trainer, train on --device cpu)");
  return tensors;
}

void train(const Config& config, RunFolder& run, const Session& session, const word2vec::MakeUpdates& make_updates) {
  if (config.data.train.empty())
    throw Error("data.train: word2vec needs its training text there (data.corpus with a split is for language models)");
  if (!config.train.max_epochs)
    throw Error("train.max_epochs: word2vec needs this limit: the rate falls over all passes");
  const Json fingerprints = unchanged_data(config, run);
  word2vec::NamedFiles files = word2vec::read_named_files(config, run);
  const fs::path vocabulary = run.path() / "vocabulary.txt";
  const bool encoded = !run.recorded_data().empty() && fs::exists(vocabulary) && fs::exists(run.tokens("train")) &&
                       (config.data.valid.empty() || fs::exists(run.tokens("valid")));
  const vectors::CountedWords words = encoded ? read_words(vocabulary) : prepare(config, run, session);
  run.record_data(fingerprints);
  word2vec::Training training(config, run, session, words, std::move(files), make_updates);
  train_chunks(training, config, run, session, "tokens");
}

Json evaluate(const LoadedRun& run, const EvalRequest& request, const Session&) {
  const auto analogies = run.config.model.at("analogies").get<std::string>();
  const auto similarities = run.config.model.at("similarities").get<std::vector<std::string>>();
  if (!request.file.empty() || (analogies.empty() && similarities.empty()))
    throw Error(run.folder.path().string() +
                ": word vectors are evaluated on files of questions: seqtool vectors eval RUN FILE (or name them in "
                "model.analogies and model.similarities)");
  vectors::EvaluationOptions options;
  options.threads = static_cast<int>(run.config.threads);
  const vectors::WordVectors vectors = vectors::load_vectors(run.folder.path());
  Json metrics = {{"words", vectors.size()}};
  if (!analogies.empty()) {
    const auto score = total(evaluate_analogies(vectors, vectors::read_analogies(analogies), options));
    if (score.asked > 0) metrics["accuracy"] = score.accuracy();
    metrics["count"] = score.asked;
  }
  for (size_t i = 0; i < similarities.size(); ++i)
    metrics[i == 0 ? "spearman" : fmt::format("spearman_{}", i + 1)] =
        evaluate_similarities(vectors, vectors::read_similarities(similarities[i]), options).spearman;
  return metrics;
}

}  // namespace

ModelVerbs word2vec_verbs(const word2vec::MakeUpdates& tensors) {
  ModelVerbs verbs;
  verbs.train = [tensors](const Config& config, RunFolder& run, const Session& session) {
    train(config, run, session, by_tensors(config) ? tensors : word2vec::make_kernel_updates);
  };
  if (!tensors) verbs.needs_torch = by_tensors;
  verbs.evaluate = evaluate;
  return verbs;
}

}  // namespace seq
