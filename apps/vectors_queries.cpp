// seqtool vectors nearest, analogy, doesnt-match, similarity, sentence: one question as arguments, or one on each line
// of stdin.
#include <fmt/format.h>

#include <iostream>

#include "base/error.h"
#include "vectors.h"
#include "vectors/search.h"

namespace seq::apps {
namespace {

/// A question in words; none: they come from stdin.
struct QueryCommand : VectorsCommand {
  using VectorsCommand::VectorsCommand;
  std::vector<std::string> words;
  std::string metric = "cosine";
  std::string method = "add";
  int64_t count = 10;
  bool unit = false;
  /// Answers a question; `alone` when it is the only one, and the answer may have several lines.
  std::function<std::string(const vectors::WordVectors&, std::string_view question, bool alone)> answer;
};

using Query = std::shared_ptr<QueryCommand>;

void run(const QueryCommand& command) {
  const vectors::WordVectors vectors = command.vectors();
  if (command.words.empty())
    return answer_lines(command, [&](std::string_view line) { return command.answer(vectors, line, false); });
  std::string question;
  for (const std::string& word : command.words) question += (question.empty() ? "" : " ") + word;
  std::cout << command.answer(vectors, question, true) << "\n";
}

/// Its words must stand in the vectors' list as they are.
std::vector<std::string_view> exactly(std::string_view question, size_t count, const char* form) {
  std::vector<std::string_view> words = vectors::split_words(question);
  if (words.size() != count) throw Error(fmt::format("{} words, expected {}", words.size(), form));
  return words;
}

/// A neighbour on each line, or all of them in one line between tabs.
std::string neighbours_text(const QueryCommand& command, const vectors::WordVectors& vectors, std::string_view question,
                            const std::vector<vectors::Neighbour>& found, bool alone) {
  if (command.json) {
    Json list = Json::array();
    for (const auto& [row, score] : found)
      list.push_back({{"word", vectors.words()[row]}, {"score", short_number(score)}});
    return json_line({{"query", question}, {"neighbours", std::move(list)}});
  }
  std::string text;
  for (const auto& [row, score] : found) {
    text += text.empty() ? "" : alone ? "\n" : "\t";
    text += std::string(vectors.words()[row]) + (alone ? "\t" : " ") + score_text(score);
  }
  return text;
}

Query add_query(CLI::App& parent, Context& context, const std::string& name, const std::string& description,
                const std::string& examples, const std::string& question) {
  auto command = std::make_shared<QueryCommand>(context);
  CLI::App* verb = add_vectors_verb(parent, *command, name, description, examples);
  verb->add_option("WORD", command->words, question + "; absent: one question on each line of stdin");
  verb->add_flag("--json", command->json, "a JSON object for each question");
  verb->callback([command] { run(*command); });
  return command;
}

void add_nearest(CLI::App& parent, Context& context) {
  const Query command = add_query(parent, context, "nearest", "the words nearest to a word, or to a sum of words",
                                  "  seqtool vectors nearest vectors.txt king\n"
                                  "  seqtool vectors nearest vectors.txt king - man + woman -k 3\n"
                                  "  seqtool vectors nearest vectors.txt --metric euclidean --json < words.txt\n",
                                  "WORD, or WORD - WORD + WORD");
  CLI::App* verb = parent.get_subcommand("nearest");
  verb->add_option("-k,--count", command->count, "how many (10)")->check(at_least(1));
  verb->add_option("--metric", command->metric, "cosine (default), dot or euclidean")
      ->check(CLI::IsMember({"cosine", "dot", "euclidean"}));
  command->answer = [options = command.get()](const auto& vectors, std::string_view question, bool alone) {
    const vectors::Metric metric = options->metric == "dot"         ? vectors::Metric::dot
                                   : options->metric == "euclidean" ? vectors::Metric::euclidean
                                                                    : vectors::Metric::cosine;
    if (vectors::split_words(question).empty()) throw Error("no word, expected WORD, or WORD - WORD + WORD");
    const vectors::Query query = vectors::parse_query(vectors, question, metric);
    const auto found = vectors::nearest(vectors, query, metric, options->count, options->threads());
    return neighbours_text(*options, vectors, question, found, alone);
  };
}

void add_analogy(CLI::App& parent, Context& context) {
  const Query command = add_query(parent, context, "analogy", "A is to B as C is to which word?",
                                  "  seqtool vectors analogy vectors.txt man king woman\n"
                                  "  seqtool vectors analogy vectors.txt man king woman --method multiply --json\n"
                                  "  echo 'man king woman' | seqtool vectors analogy vectors.txt -k 1\n",
                                  "A B C");
  CLI::App* verb = parent.get_subcommand("analogy");
  verb->add_option("-k,--count", command->count, "how many (10)")->check(at_least(1));
  verb->add_option("--method", command->method, "add (3CosAdd, default) or multiply (3CosMul)")
      ->check(CLI::IsMember({"add", "multiply"}));
  command->answer = [options = command.get()](const auto& vectors, std::string_view question, bool alone) {
    const auto words = exactly(question, 3, "3 (A is to B as C is to …)");
    const auto method = options->method == "add" ? vectors::AnalogyMethod::add : vectors::AnalogyMethod::multiply;
    const auto found =
        vectors::analogy(vectors, words[0], words[1], words[2], method, options->count, options->threads());
    return neighbours_text(*options, vectors, question, found, alone);
  };
}

void add_doesnt_match(CLI::App& parent, Context& context) {
  const Query command = add_query(parent, context, "doesnt-match", "the word that is furthest from the others",
                                  "  seqtool vectors doesnt-match vectors.txt king queen man cat\n"
                                  "  seqtool vectors doesnt-match vectors.txt < lists.txt\n",
                                  "WORD WORD WORD…");
  command->answer = [options = command.get()](const auto& vectors, std::string_view question, bool) -> std::string {
    const auto parts = vectors::split_words(question);
    if (parts.size() < 2) throw Error(fmt::format("{} words, expected 2 or more", parts.size()));
    const std::vector<std::string> words(parts.begin(), parts.end());
    const std::string& odd = words[vectors::odd_one_out(vectors, words)];
    return options->json ? json_line({{"words", words}, {"odd", odd}}) : odd;
  };
}

void add_similarity(CLI::App& parent, Context& context) {
  const Query command = add_query(parent, context, "similarity", "the cosine of pairs of words, or of lists of words",
                                  "  seqtool vectors similarity vectors.txt king queen\n"
                                  "  seqtool vectors similarity vectors.txt king,queen man,woman\n"
                                  "  seqtool vectors similarity vectors.txt < pairs.txt\n",
                                  "WORD WORD, each of them a word or a list of words with commas between");
  command->answer = [options = command.get()](const auto& vectors, std::string_view question, bool) -> std::string {
    const auto words = exactly(question, 2, "2");
    const float cosine = vectors::similarity(vectors, words[0], words[1]);
    if (!options->json) return score_text(cosine);
    return json_line({{"words", words}, {"similarity", short_number(cosine)}});
  };
}

void add_sentence(CLI::App& parent, Context& context) {
  const Query command = add_query(parent, context, "sentence", "the mean vector of the words of each line",
                                  "  seqtool vectors sentence vectors.txt the king and the queen\n"
                                  "  seqtool vectors sentence vectors.txt --json < lines.txt\n",
                                  "words of one sentence");
  CLI::App* verb = parent.get_subcommand("sentence");
  verb->add_flag("--unit", command->unit, "every word counts as a vector of length 1");
  command->answer = [options = command.get()](const auto& vectors, std::string_view question, bool) -> std::string {
    const auto weights = options->unit ? vectors::Weights::unit_length : vectors::Weights::as_they_are;
    const vectors::Sentence sentence = vectors::sentence_vector(vectors, question, weights);
    if (sentence.known == 0) throw Error("none of its words is in the vocabulary");
    if (!options->json) return fmt::format("{}", fmt::join(sentence.vector, " "));
    Json numbers = Json::array();
    for (const float value : sentence.vector) numbers.push_back(short_number(value));
    return json_line({{"known", sentence.known}, {"unknown", sentence.unknown}, {"vector", std::move(numbers)}});
  };
}

}  // namespace

void add_vectors_queries(CLI::App& vectors, Context& context) {
  add_nearest(vectors, context);
  add_analogy(vectors, context);
  add_doesnt_match(vectors, context);
  add_similarity(vectors, context);
  add_sentence(vectors, context);
}

}  // namespace seq::apps
