// seqtool ngram mix: several models as one, with weights tuned on a text.
#include <fmt/format.h>

#include <cmath>
#include <iostream>
#include <memory>

#include "base/files.h"
#include "cli.h"
#include "ngram/mixture.h"

namespace seq::apps {
namespace {

struct MixCommand {
  std::vector<std::string> models;
  std::vector<double> weights;
  std::string tune;
  std::string out;
  bool log_linear = false;
};

/// log10 P of every word of a text in each model. A word that only other models know is impossible in a linear mixture.
std::vector<std::vector<double>> scores_of(const std::vector<std::string>& files, const std::string& text) {
  std::vector<std::unique_ptr<ngram::TextModel>> models;
  models.reserve(files.size());
  for (const std::string& file : files) models.push_back(ngram::load_text_model(file));
  std::vector<std::vector<double>> log10(models.size());
  std::vector<std::vector<ngram::TextScore>> scores(models.size());
  ngram::read_text(text, {}, [&](const ngram::TextBatch& batch) {
    for (size_t i = 0; i < models.size(); ++i) {
      scores[i].resize(batch.tokens.size());
      models[i]->score(batch.tokens, scores[i]);
    }
    for (size_t at = 0; at < batch.tokens.size(); ++at) {
      if (batch.tokens[at].context == 0) continue;  // `<s>`
      bool unknown = true;
      for (const auto& one : scores) unknown = unknown && one[at].unknown;
      for (size_t i = 0; i < models.size(); ++i)
        log10[i].push_back(scores[i][at].unknown && !unknown ? -INFINITY : scores[i][at].log10);
    }
  });
  if (log10.front().empty()) throw Error(text + ": empty, nothing to tune on");
  return log10;
}

void mix(MixCommand options, const Context& context) {
  if (!options.weights.empty() && options.weights.size() != options.models.size())
    throw Error(fmt::format("--weights: {} for {} models", options.weights.size(), options.models.size()));
  if (!options.tune.empty() && options.log_linear)
    throw Error("--tune: EM is for linear mixtures (give --weights with --log-linear)");
  double sum = 0;
  for (const double weight : options.weights) sum += weight;
  if (!options.weights.empty() && !options.log_linear && std::fabs(sum - 1) > 1e-6)
    throw Error(fmt::format("--weights: they sum to {}, not to 1", sum));
  if (!options.tune.empty()) {
    const ngram::Tuned tuned = ngram::tune_linear(scores_of(options.models, options.tune));
    options.weights = tuned.weights;
    context.session().log->info("{}: {} tokens, perplexity {:.4f}, weights {:.6f}", options.tune, tuned.tokens,
                                tuned.perplexity, fmt::join(tuned.weights, " "));
  }
  if (options.weights.empty())
    options.weights.assign(options.models.size(), 1.0 / static_cast<double>(options.models.size()));

  const bool to_file = !options.out.empty() && options.out != "-";
  const fs::path folder = to_file ? fs::absolute(options.out).parent_path() : fs::current_path();
  Json models = Json::array();
  for (size_t i = 0; i < options.models.size(); ++i)
    models.push_back(
        {{"file", fs::proximate(fs::absolute(options.models[i]), folder).string()}, {"weight", options.weights[i]}});
  const Json mixture = {{"interpolation", options.log_linear ? "log_linear" : "linear"}, {"models", models}};
  if (to_file)
    write_file_atomic(options.out, mixture.dump(2) + "\n");
  else
    std::cout << mixture.dump(2) << "\n";
}

}  // namespace

void add_ngram_mix(CLI::App& ngram, Context& context) {
  auto options = std::make_shared<MixCommand>();
  CLI::App* verb =
      add_verb(ngram, "mix", "interpolate models; writes a small file that score, eval, sample and predict take",
               "  seqtool ngram mix a.bin b.bin --tune valid.txt -o mixture.json\n"
               "  seqtool ngram mix a.bin b.bin --weights 0.7 0.3 -o mixture.json\n");
  verb->add_option("MODELS", options->models, "binary models, ARPA files or mixtures")
      ->required()
      ->check(CLI::ExistingFile);
  CLI::Option* tune =
      verb->add_option("--tune", options->tune, "find the weights that make this text most probable, by EM");
  verb->add_option("--weights", options->weights, "one for each model (equal)")->excludes(tune)->check(between(0, 100));
  verb->add_flag("--log-linear", options->log_linear,
                 "add logarithms of probabilities; slow, since every word's history sums over the vocabulary");
  verb->add_option("-o,--output", options->out, "file to write (stdout)")->type_name("FILE");
  verb->callback([options, &context] { mix(*options, context); });
}

}  // namespace seq::apps
