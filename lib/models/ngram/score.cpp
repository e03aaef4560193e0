// score and eval of counted n-gram models.
#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <numbers>
#include <optional>
#include <ostream>

#include "base/files.h"
#include "models/ngram/other_scores.h"
#include "models/ngram/use.h"
#include "ngram/tune.h"
#include "text/utf8.h"

namespace seq {
namespace {

using ngram::TextBatch;
using ngram::TextScore;

/// Sums over words, in log10.
struct Totals {
  double log10 = 0;
  double known_log10 = 0;
  int64_t tokens = 0;
  int64_t unknown = 0;

  void add(const TextScore& score) {
    log10 += score.log10;
    ++tokens;
    if (score.unknown)
      ++unknown;
    else
      known_log10 += score.log10;
  }
};

/// Calls `on_line` for each line of a text with its batch and the places of its words in it, `</s>` the last.
void score_lines(const NgramUse& use, const std::string& file, const ngram::SplitLine& split,
                 const std::function<void(const TextBatch&, size_t first, std::span<const TextScore>)>& on_line) {
  std::vector<TextScore> scores;
  ngram::read_text(file, split, [&](const TextBatch& batch) {
    scores.resize(batch.tokens.size());
    use.model->score(batch.tokens, scores);
    size_t begin = 0;
    for (const size_t end : batch.ends) {
      on_line(batch, begin + 1, std::span(scores).subspan(begin + 1, end - begin - 1));  // without `<s>`
      begin = end;
    }
  });
}

/// How lines are cut, nothing where words stand between white space.
ngram::SplitLine splitter(const NgramUse& use) {
  if (use.units->are_words()) return {};
  return [units = use.units](std::string_view line, std::vector<std::string>& words) { units->split(line, words); };
}

/// Writes lines of scores.
class ScoreWriter {
 public:
  ScoreWriter(const ScoreRequest& request, std::ostream& out)
      : request_(request), out_(out), scale_(request.log10 ? 1.0 : std::numbers::ln10) {}

  void line(const TextBatch& batch, size_t first, std::span<const TextScore> scores) {
    double total = 0;
    for (const TextScore& score : scores) total += score.log10;
    if (request_.json) {
      json_line(batch, first, scores, total);
    } else if (request_.per_token) {
      const auto end = std::back_inserter(text_);
      for (size_t i = 0; i < scores.size(); ++i) {
        fmt::format_to(end, "{}{:.6f}", i > 0 ? " " : "", scores[i].log10 * scale_);
        if (request_.matched_order) fmt::format_to(end, ":{}", scores[i].order);
      }
    } else {
      fmt::format_to(std::back_inserter(text_), "{:.6f}", total * scale_);
    }
    text_ += '\n';
    constexpr size_t kBlock = 1 << 16;
    if (text_.size() >= kBlock) flush();
  }
  void flush() {
    out_ << text_;
    if (!out_) throw RunError("stdout cannot be written");
    text_.clear();
  }

 private:
  void json_line(const TextBatch& batch, size_t first, std::span<const TextScore> scores, double total) {
    int64_t unknown = 0;
    for (const TextScore& score : scores) unknown += score.unknown ? 1 : 0;
    Json object = {{"log_probability", total * std::numbers::ln10},
                   {"log10_probability", total},
                   {"count", scores.size()},
                   {"unknown", unknown}};
    if (request_.per_token) {
      Json tokens = Json::array();
      for (size_t i = 0; i < scores.size(); ++i)
        tokens.push_back({{"token", batch.words[first + i]},
                          {"log_probability", scores[i].log10 * std::numbers::ln10},
                          {"log10_probability", scores[i].log10},
                          {"order", scores[i].order},
                          {"unknown", scores[i].unknown}});
      object["tokens"] = std::move(tokens);
    }
    text_ += object.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  const ScoreRequest& request_;
  std::ostream& out_;
  double scale_;
  std::string text_;
};

double perplexity(double log10, int64_t tokens) {
  return std::pow(10.0, -log10 / static_cast<double>(tokens));
}

std::string perplexity_text(double log10, int64_t tokens) {
  return tokens == 0 ? "undefined (no tokens)" : fmt::format("{:.4f}", perplexity(log10, tokens));
}

void log_totals(const Totals& totals, int64_t lines, Log& log) {
  log.info("{} lines, {} tokens, {} unknown, log-probability {:.4f} (log10 {:.4f}), perplexity {}, without unknown {}",
           lines, totals.tokens, totals.unknown, totals.log10 * std::numbers::ln10, totals.log10,
           perplexity_text(totals.log10, totals.tokens),
           perplexity_text(totals.known_log10, totals.tokens - totals.unknown));
}

/// P = weight P + (1 - weight) P of the other model.
void mix(std::span<TextScore> scores, const std::vector<double>& other, double weight) {
  for (size_t i = 0; i < scores.size(); ++i)
    scores[i].log10 = std::log10(weight * std::pow(10.0, scores[i].log10) + (1 - weight) * std::pow(10.0, other[i]));
}

/// log10 P of a text's words, and what another model has for them.
std::vector<std::vector<double>> both_scores(const NgramUse& use, const ScoreRequest& request, const std::string& in) {
  OtherScores other(request.with_scores);
  std::vector<std::vector<double>> log10(2);
  score_lines(use, in, splitter(use), [&](const TextBatch&, size_t, std::span<const TextScore> scores) {
    for (const TextScore& score : scores) log10[0].push_back(score.log10);
    const std::vector<double>& theirs = other.next(scores.size());
    log10[1].insert(log10[1].end(), theirs.begin(), theirs.end());
  });
  other.finish();
  return log10;
}

/// The weight beside another model's scores that makes a text most probable. Nothing is written before.
double tuned_weight(const NgramUse& use, const ScoreRequest& request, const std::string& in, Log& log) {
  if (in == "-") throw Error("--tune-weight: the text is read twice, so name a file");
  std::vector<std::vector<double>> log10;
  try {
    log10 = both_scores(use, request, in);
  } catch (const RunError& error) {
    throw Error(error.what());
  }
  if (log10[0].empty()) throw Error(in + ": empty, nothing to tune on");
  const ngram::Tuned tuned = ngram::tune_linear(log10);
  log.info("{}: {} tokens, perplexity {:.4f}, weight {:.6f}", in, tuned.tokens, tuned.perplexity, tuned.weights[0]);
  return tuned.weights[0];
}

int64_t count_characters(const std::string& file) {
  InputStream input(file);
  int64_t count = 0;
  for (std::string_view block; !(block = input.next_block()).empty();)
    for (const char c : block) count += (c & 0xC0) != 0x80 ? 1 : 0;  // the bytes that begin one in UTF-8
  return count;
}

}  // namespace

void score_ngram(const NgramUse& use, const ScoreRequest& request, const Session& session, const std::string& in,
                 std::ostream& out) {
  if (request.continuous) throw Error("--continuous: an n-gram model reads each line as a sentence of its own");
  int64_t lines = 0;
  auto split = splitter(use);
  if (split)
    split = [&, cut = std::move(split)](std::string_view line, std::vector<std::string>& words) {
      try {
        cut(line, words);
      } catch (const Error& error) {
        session.log->warn("line {}: {}", lines + 1, error.what());
        words.clear();
      }
    };
  const double weight = request.tune_weight ? tuned_weight(use, request, in, *session.log) : request.weight;
  std::optional<OtherScores> other;
  if (!request.with_scores.empty()) other.emplace(request.with_scores);
  ScoreWriter writer(request, out);
  Totals totals;
  std::vector<TextScore> mixed;
  score_lines(use, in, split, [&](const TextBatch& batch, size_t first, std::span<const TextScore> scores) {
    ++lines;
    if (other) {
      mixed.assign(scores.begin(), scores.end());
      mix(mixed, other->next(scores.size()), weight);
      scores = mixed;
    }
    for (const TextScore& score : scores) totals.add(score);
    writer.line(batch, first, scores);
  });
  writer.flush();
  if (other) other->finish();
  log_totals(totals, lines, *session.log);
}

Json evaluate_ngram(const NgramUse& use, const std::vector<std::string>& files) {
  Totals totals;
  int64_t characters = 0;
  for (const std::string& file : files) {
    score_lines(use, file, splitter(use), [&](const TextBatch&, size_t, std::span<const TextScore> scores) {
      for (const TextScore& score : scores) totals.add(score);
    });
    if (file != "-") characters += count_characters(file);  // stdin cannot be read again
  }
  if (totals.tokens == 0) throw Error(files.front() + ": empty, nothing to evaluate");
  const double nats = -totals.log10 * std::numbers::ln10;
  Json metrics = {{"loss", nats / static_cast<double>(totals.tokens)},
                  {"perplexity", perplexity(totals.log10, totals.tokens)},
                  {"tokens", totals.tokens},
                  {"unknown", totals.unknown}};
  if (characters > 0) metrics["bits_per_character"] = nats / std::numbers::ln2 / static_cast<double>(characters);
  if (totals.unknown > 0 && totals.unknown < totals.tokens)
    metrics["perplexity_without_unknown"] = perplexity(totals.known_log10, totals.tokens - totals.unknown);
  return metrics;
}

}  // namespace seq
