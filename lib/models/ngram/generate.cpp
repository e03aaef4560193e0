// sample and predict of counted n-gram models.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>

#include "base/random.h"
#include "models/ngram/use.h"

namespace seq {
namespace {

using ngram::hash_word;

/// What is never drawn or predicted: a sentence does not begin within one, and `<unk>` stands for no word.
bool is_hidden(std::string_view word) {
  return word == "<s>" || word == "<unk>";
}

/// The words of a sentence so far, as hashes.
class Sentence {
 public:
  Sentence() { clear(); }
  void clear() { hashes_.assign(1, hash_word("<s>")); }
  void add(std::string_view word) { hashes_.push_back(hash_word(word)); }
  /// As much as any model looks at.
  std::span<const uint64_t> history() const {
    return std::span(hashes_).last(std::min<size_t>(hashes_.size(), ngram::kMaxOrder - 1));
  }

 private:
  std::vector<uint64_t> hashes_;
};

struct Candidate {
  size_t id;
  double log10;
};

bool by_probability(const Candidate& a, const Candidate& b) {
  return a.log10 != b.log10 ? a.log10 > b.log10 : a.id < b.id;
}

/// The words that may follow, the `top_k` most probable first (0: all, in no order).
std::vector<Candidate> candidates(const ngram::TextModel& model, const Sentence& sentence, int64_t top_k) {
  std::vector<double> log10;
  model.predict(sentence.history(), log10);
  std::vector<Candidate> all;
  all.reserve(log10.size());
  for (size_t id = 0; id < log10.size(); ++id)
    if (!is_hidden(model.word(id)) && log10[id] > -99) all.push_back({id, log10[id]});
  if (top_k > 0) {
    const size_t kept = std::min(all.size(), static_cast<size_t>(top_k));
    std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept), all.end(), by_probability);
    all.resize(kept);
  }
  return all;
}

/// Draws one of them by inverting the cumulative distribution.
size_t draw(std::vector<Candidate> all, const SampleOptions& options, Random& random) {
  double highest = -std::numeric_limits<double>::infinity();
  for (const Candidate& one : all) highest = std::max(highest, one.log10);
  double total = 0;
  for (Candidate& one : all) total += one.log10 = std::pow(10.0, (one.log10 - highest) / options.temperature);
  if (options.top_p < 1) {
    std::sort(all.begin(), all.end(), by_probability);
    double sum = 0;
    size_t kept = 0;
    while (kept < all.size() && sum < options.top_p * total) sum += all[kept++].log10;
    all.resize(std::max<size_t>(kept, 1));
    total = kept == 0 ? all[0].log10 : sum;
  }
  double left = random.uniform() * total;
  for (const Candidate& one : all) {
    left -= one.log10;
    if (left < 0) return one.id;
  }
  return all.back().id;
}

/// Text with what may turn out to be the start of the stop text held back.
class StoppableText {
 public:
  StoppableText(const std::string& stop, const std::function<void(std::string_view)>& write)
      : stop_(stop), write_(write) {}

  /// False once the stop text has come.
  bool add(std::string_view piece) {
    held_ += piece;
    if (!stop_.empty()) {
      if (const size_t found = held_.find(stop_); found != std::string::npos) {
        write(found);
        held_.clear();
        return false;
      }
    }
    write(held_.size() - (stop_.empty() ? 0 : std::min(held_.size(), stop_.size() - 1)));
    return true;
  }
  void finish() { write(held_.size()); }

 private:
  void write(size_t size) {
    if (size > 0) write_(std::string_view(held_).substr(0, size));
    held_.erase(0, size);
  }
  const std::string& stop_;
  const std::function<void(std::string_view)>& write_;
  std::string held_;
};

void sample_one(const NgramUse& use, const SampleOptions& options, Random& random,
                const std::function<void(std::string_view)>& write) {
  Sentence sentence;
  const std::string last_line = options.prompt.substr(options.prompt.rfind('\n') + 1);
  std::vector<std::string> words;
  use.units->split(last_line, words);
  for (const std::string& word : words) sentence.add(word);
  if (!options.prompt.empty()) write(options.prompt);

  StoppableText text(options.stop, write);
  const int64_t top_k = options.temperature == 0 ? 1 : options.top_k;
  std::string line = last_line;
  for (int64_t i = 0; i < options.length; ++i) {
    std::vector<Candidate> all = candidates(*use.model, sentence, top_k);
    if (all.empty()) break;  // a model of `<s>` and `<unk>` alone
    const size_t id = top_k == 1 ? all.front().id : draw(std::move(all), options, random);
    const std::string word(use.model->word(id));
    const size_t before = line.size();
    if (word == "</s>") {
      sentence.clear();
      line.clear();
      if (!text.add("\n")) return;
      continue;
    }
    sentence.add(word);
    use.units->append(word, line);
    if (!text.add(std::string_view(line).substr(before))) return;
  }
  text.finish();
}

}  // namespace

void sample_ngram(const NgramUse& use, const SampleOptions& options, Log& log,
                  const std::function<void(int64_t, std::string_view)>& write) {
  std::vector<std::string> words;
  try {
    use.units->split(options.prompt, words);
  } catch (const Error& error) {
    throw Error(std::string("prompt: ") + error.what());
  }
  std::vector<ngram::TextToken> tokens;
  tokens.reserve(words.size());
  for (const std::string& word : words) tokens.push_back({hash_word(word), 0});
  std::vector<ngram::TextScore> scores(tokens.size());
  use.model->score(tokens, scores);
  const auto unknown = std::count_if(scores.begin(), scores.end(), [](const auto& score) { return score.unknown; });
  if (unknown > 0) log.warn("prompt: {} of {} tokens are not in the vocabulary", unknown, tokens.size());
  for (int64_t index = 0; index < options.count; ++index) {
    Random random(Random::derive(options.seed, 2, static_cast<uint64_t>(index)));
    sample_one(use, options, random, [&](std::string_view piece) { write(index, piece); });
    write(index, {});
  }
}

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
      found = candidates(*use.model, sentence, request.top_k);
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
