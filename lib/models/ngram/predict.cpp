// predict of counted n-gram models.
#include <fmt/format.h>

#include <cmath>
#include <ostream>

#include "models/ngram/next_words.h"
#include "models/ngram/use.h"

namespace seq {

void predict_ngram(const NgramUse& use, const PredictRequest& request, const Session& session, const std::string& in,
                   std::ostream& out) {
  LineReader lines(in);
  std::vector<std::string> words;
  for (std::string_view line; lines.next(line);) {
    Sentence sentence;
    words.clear();
    std::vector<Candidate> found;
    try {
      use.units->split(line, words);
      for (const std::string& word : words) sentence.add(word);
      found = next_words(*use.model, sentence, request.top_k);
    } catch (const Error& error) {
      session.log->warn("line {}: {}", lines.number(), error.what());
    }
    Json answers = Json::array();
    std::string text;
    for (const Candidate& one : found) {
      const std::string_view word = use.model->word(one.id);
      const double probability = std::pow(10.0, one.log10);
      if (request.json)
        answers.push_back({{"token", word}, {"probability", probability}});
      else
        text += fmt::format("{}{}\t{:.6f}", text.empty() ? "" : "\t", word, probability);
    }
    if (request.json) text = Json({{"predictions", answers}}).dump(-1, ' ', false, Json::error_handler_t::replace);
    out << text << "\n";
    if (!out) throw RunError("stdout cannot be written");
  }
}

}  // namespace seq
