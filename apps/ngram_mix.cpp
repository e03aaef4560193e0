// seqtool ngram mix: several models as one, with weights tuned on a text.
#include <fmt/format.h>

#include <cmath>
#include <iostream>
#include <memory>

#include "base/files.h"
#include "cli.h"
#include "ngram/tune.h"

namespace seq::apps {
namespace {

struct MixCommand {
  std::vector<std::string> models;
  std::vector<double> weights;
  std::string tune;
  std::string out;
  bool log_linear = false;
};

/// Of the models, and says what was reached.
std::vector<double> tuned_weights(const MixCommand& options, const Context& context) {
  std::vector<std::unique_ptr<ngram::TextModel>> models;
  models.reserve(options.models.size());
  for (const std::string& file : options.models) models.push_back(ngram::load_text_model(file));
  const auto interpolation = options.log_linear ? ngram::Interpolation::log_linear : ngram::Interpolation::linear;
  const ngram::Tuned tuned = ngram::tune_weights(models, options.tune, interpolation, context.threads());
  context.session().log->info("{}: {} tokens, perplexity {:.4f}, weights {:.6f}", options.tune, tuned.tokens,
                              tuned.perplexity, fmt::join(tuned.weights, " "));
  return tuned.weights;
}

void mix(MixCommand options, const Context& context) {
  if (!options.weights.empty() && options.weights.size() != options.models.size())
    throw Error(fmt::format("--weights: {} for {} models", options.weights.size(), options.models.size()));
  double sum = 0;
  for (const double weight : options.weights) sum += weight;
  if (!options.weights.empty() && !options.log_linear && std::fabs(sum - 1) > 1e-6)
    throw Error(fmt::format("--weights: they sum to {}, not to 1", sum));
  if (!options.tune.empty()) options.weights = tuned_weights(options, context);
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
               "  seqtool ngram mix a.bin b.bin --weights 0.7 0.3 -o mixture.json\n"
               "  seqtool ngram mix a.bin b.bin --log-linear --tune valid.txt -o mixture.json\n");
  verb->add_option("MODELS", options->models, "binary models, ARPA files or mixtures")
      ->required()
      ->check(CLI::ExistingFile);
  CLI::Option* tune = verb->add_option("--tune", options->tune, "find the weights that make this text most probable");
  verb->add_option("--weights", options->weights, "one for each model (equal)")->excludes(tune)->check(between(0, 100));
  verb->add_flag("--log-linear", options->log_linear,
                 "add logarithms of probabilities; slow, since every word's history sums over the vocabulary");
  verb->add_option("-o,--output", options->out, "file to write (stdout)")->type_name("FILE");
  verb->callback([options, &context] { mix(*options, context); });
}

}  // namespace seq::apps
