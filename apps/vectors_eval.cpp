// seqtool vectors eval: analogies and similarity judgements.
#include <fmt/format.h>

#include <cmath>
#include <iostream>

#include "vectors.h"
#include "vectors/evaluate.h"

namespace seq::apps {
namespace {

struct VectorsEvalCommand : VectorsCommand {
  using VectorsCommand::VectorsCommand;
  std::vector<std::string> files;
  std::string method = "add";
  vectors::EvaluationOptions evaluation;
  bool case_sensitive = false;

  vectors::EvaluationOptions options() const {
    vectors::EvaluationOptions result = evaluation;
    result.ignore_case = !case_sensitive;
    result.method = method == "add" ? vectors::AnalogyMethod::add : vectors::AnalogyMethod::multiply;
    result.threads = threads();
    return result;
  }
};

Json number_or_null(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json section_json(const vectors::SectionScore& score) {
  return {{"name", score.name},
          {"accuracy", number_or_null(score.accuracy())},
          {"correct", score.correct},
          {"asked", score.asked},
          {"unknown", score.unknown}};
}

Json analogies(const vectors::WordVectors& vectors, const std::vector<vectors::AnalogySection>& questions,
               const vectors::EvaluationOptions& options) {
  const std::vector<vectors::SectionScore> scores = vectors::evaluate_analogies(vectors, questions, options);
  Json result = section_json(vectors::total(scores));
  result.erase("name");
  result["sections"] = Json::array();
  for (const vectors::SectionScore& score : scores) result["sections"].push_back(section_json(score));
  return result;
}

Json similarities(const vectors::WordVectors& vectors, const std::vector<vectors::WordPair>& pairs,
                  const vectors::EvaluationOptions& options) {
  const vectors::SimilarityScore score = vectors::evaluate_similarities(vectors, pairs, options);
  return {{"spearman", number_or_null(score.spearman)},
          {"pearson", number_or_null(score.pearson)},
          {"pairs", score.pairs},
          {"unknown", score.unknown}};
}

std::string section_line(const std::string& name, const Json& score) {
  const std::string accuracy =
      score["accuracy"].is_null() ? "-" : fmt::format("{:.2f}", 100 * score["accuracy"].get<double>());
  return fmt::format("{:<32}{:>8} %{:>8} of {:<8}{:>7} unknown\n", name, accuracy, score["correct"].get<int64_t>(),
                     score["asked"].get<int64_t>(), score["unknown"].get<int64_t>());
}

std::string number_text_or_dash(const Json& value) {
  return value.is_null() ? "-" : fmt::format("{:.4f}", value.get<double>());
}

void print_for_people(const std::string& file, const Json& score) {
  if (score.contains("sections")) {
    for (const Json& section : score["sections"])
      std::cout << section_line("  " + section["name"].get<std::string>(), section);
    std::cout << section_line(fs::path(file).filename().string(), score);
  } else {
    std::cout << fmt::format("{:<32}spearman {}  pearson {}  {} pairs  {} unknown\n",
                             fs::path(file).filename().string(), number_text_or_dash(score["spearman"]),
                             number_text_or_dash(score["pearson"]), score["pairs"].get<int64_t>(),
                             score["unknown"].get<int64_t>());
  }
}

/// A file of either kind, read before the vectors are, so that a wrong one is refused at once.
struct EvaluationFile {
  std::string path;
  std::vector<vectors::AnalogySection> analogies;
  std::vector<vectors::WordPair> pairs;
};

void eval_vectors(const VectorsEvalCommand& command) {
  std::vector<EvaluationFile> files;
  for (const std::string& path : command.files) {
    if (vectors::is_analogy_file(path)) {
      files.push_back({path, vectors::read_analogies(path), {}});
    } else {
      files.push_back({path, {}, vectors::read_similarities(path)});
    }
  }
  const vectors::WordVectors vectors = command.vectors();
  Json all = Json::object();
  for (const EvaluationFile& file : files) {
    const Json score = file.pairs.empty() ? analogies(vectors, file.analogies, command.options())
                                          : similarities(vectors, file.pairs, command.options());
    if (!command.json) print_for_people(file.path, score);
    all[file.path] = score;
  }
  if (command.json) std::cout << json_line(all) << "\n";
}

}  // namespace

void add_vectors_eval(CLI::App& vectors, Context& context) {
  const auto command = std::make_shared<VectorsEvalCommand>(context);
  CLI::App* verb =
      add_vectors_verb(vectors, *command, "eval", "score word vectors by analogies and by people's judgements",
                       "  seqtool vectors eval vectors.txt questions-words.txt wordsim353.tsv\n"
                       "  seqtool vectors eval vectors.txt questions-words.txt --restrict-vocab 0 --json\n");
  verb->add_option(
          "FILE", command->files,
          "analogies (sections `: name`, lines of 4 words) or pairs of words with a number, such as WordSim-353 "
          "and SimLex-999")
      ->required();
  verb->add_option("--restrict-vocab", command->evaluation.restrict_vocabulary,
                   "know only the first words (300000); 0: all")
      ->check(at_least(0));
  verb->add_option("--method", command->method, "of analogies: add (3CosAdd, default) or multiply (3CosMul)")
      ->check(CLI::IsMember({"add", "multiply"}));
  verb->add_flag("--case-sensitive", command->case_sensitive, "King and king are two words");
  verb->add_flag("--unknown-wrong", command->evaluation.unknown_counts_as_wrong,
                 "count what has an unknown word as wrong, or as similarity 0, instead of leaving it out");
  verb->add_flag("--json", command->json, "one JSON object, with an entry for each file");
  verb->callback([command] { eval_vectors(*command); });
}

}  // namespace seq::apps
