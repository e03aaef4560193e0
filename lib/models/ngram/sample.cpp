// sample of counted n-gram models: some tokens, or whole lines.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "base/random.h"
#include "models/ngram/next_words.h"
#include "models/ngram/use.h"
#include "ngram/successors.h"

namespace seq {
namespace {

using Write = std::function<void(std::string_view)>;

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

/// The next word by going over the whole vocabulary; nothing in a model of `<s>` and `<unk>` alone.
std::optional<size_t> choose(const ngram::TextModel& model, const Sentence& sentence, const SampleOptions& options,
                             Random& random) {
  const int64_t top_k = options.temperature == 0 ? 1 : options.top_k;
  std::vector<Candidate> all = next_words(model, sentence, top_k);
  if (all.empty()) return std::nullopt;
  return top_k == 1 ? all.front().id : draw(std::move(all), options, random);
}

/// Text with what may turn out to be the start of the stop text held back.
class StoppableText {
 public:
  StoppableText(const std::string& stop, const Write& write) : stop_(stop), write_(write) {}

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
  const Write& write_;
  std::string held_;
};

std::vector<std::string> words_of(const NgramUse& use, const std::string& prompt) {
  std::vector<std::string> words;
  use.units->split(prompt.substr(prompt.rfind('\n') + 1), words);
  return words;
}

void sample_tokens(const NgramUse& use, const SampleOptions& options, Random& random, const Write& write) {
  Sentence sentence;
  for (const std::string& word : words_of(use, options.prompt)) sentence.add(word);
  if (!options.prompt.empty()) write(options.prompt);

  StoppableText text(options.stop, write);
  std::string line = options.prompt.substr(options.prompt.rfind('\n') + 1);
  for (int64_t i = 0; i < options.length; ++i) {
    const std::optional<size_t> id = choose(*use.model, sentence, options, random);
    if (!id) break;
    const std::string word(use.model->word(*id));
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

/// Draws the words of lines, each from the start of the prompt's last line.
class LineDrawer {
 public:
  /// Throws Error when lines would not end.
  LineDrawer(const NgramUse& use, const SampleOptions& options)
      : use_(use), options_(options), prompt_(words_of(use, options.prompt)) {
    if (options.temperature == 0 || options.top_k == 1)
      throw Error("--lines: lines of the most probable words may never end (take --length)");
    const ngram::TextToken end{ngram::hash_word("</s>"), 0};
    ngram::TextScore score{};
    use.model->score(std::span(&end, 1), std::span(&score, 1));
    if (score.log10 <= -99) throw Error("--lines: the model has no end of lines, </s> (take --length)");
    const ngram::Model* const model = use.model->counted();
    const bool as_it_is = options.temperature == 1 && options.top_k == 0 && options.top_p >= 1;
    if (model == nullptr || !as_it_is || !ngram::Successors::are_in(model->image())) return;
    successors_.emplace(model->image());
    start_ = successors_->begin_sentence();
    for (const std::string& word : prompt_) start_ = successors_->follow(start_, model->find(word));
  }

  bool is_fast() const { return successors_.has_value(); }

  void begin_line() {
    at_ = start_;
    words_.clear();
  }
  /// Throws Error when nothing can follow, RunError when the line has no end.
  std::string_view next(Random& random) {
    constexpr size_t kMostWords = 100'000;
    if (words_.size() == kMostWords)
      throw RunError("--lines: a line of " + std::to_string(kMostWords) +
                     " words has no end (raise --top-p, --top-k or --temperature, or take --length)");
    const size_t id = successors_ ? draw_fast(random) : draw_slowly(random);
    words_.push_back(id);
    return use_.model->word(id);
  }

 private:
  size_t draw_fast(Random& random) {
    if (const auto drawn = successors_->draw(at_, random)) {
      at_ = drawn->context;
      return drawn->word;
    }
    const size_t id = draw_slowly(random);
    at_ = successors_->follow(at_, static_cast<ngram::WordId>(id));
    return id;
  }
  size_t draw_slowly(Random& random) {
    Sentence sentence;
    for (const std::string& word : prompt_) sentence.add(word);
    const size_t used = std::min<size_t>(words_.size(), ngram::kMaxOrder - 1);
    for (const size_t id : std::span(words_).last(used)) sentence.add(use_.model->word(id));
    const std::optional<size_t> id = choose(*use_.model, sentence, options_, random);
    if (!id) throw Error("the model has no words to draw");
    return *id;
  }

  const NgramUse& use_;
  const SampleOptions& options_;
  std::vector<std::string> prompt_;
  std::optional<ngram::Successors> successors_;
  ngram::Successors::Context start_ = 0;
  ngram::Successors::Context at_ = 0;
  std::vector<size_t> words_;  ///< of the line so far, behind the prompt
};

void sample_lines(const NgramUse& use, const SampleOptions& options, LineDrawer& drawer, Random& random,
                  const Write& write) {
  StoppableText text(options.stop, write);
  std::string line;
  for (int64_t i = 0; i < options.lines; ++i) {
    drawer.begin_line();
    line = options.prompt;
    if (i > 0) line.insert(0, 1, '\n');
    for (std::string_view word; (word = drawer.next(random)) != "</s>";) use.units->append(word, line);
    if (!text.add(line)) return;
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
  for (const std::string& word : words) tokens.push_back({ngram::hash_word(word), 0});
  std::vector<ngram::TextScore> scores(tokens.size());
  use.model->score(tokens, scores);
  const auto unknown = std::count_if(scores.begin(), scores.end(), [](const auto& score) { return score.unknown; });
  if (unknown > 0) log.warn("prompt: {} of {} tokens are not in the vocabulary", unknown, tokens.size());
  std::optional<LineDrawer> drawer;
  if (options.lines > 0) {
    drawer.emplace(use, options);
    if (!drawer->is_fast())
      log.info("each word goes over the whole vocabulary; plain samples of ARPA and tries do not");
  }
  for (int64_t index = 0; index < options.count; ++index) {
    Random random(Random::derive(options.seed, 2, static_cast<uint64_t>(index)));
    const Write write_piece = [&](std::string_view piece) { write(index, piece); };
    if (drawer)
      sample_lines(use, options, *drawer, random, write_piece);
    else
      sample_tokens(use, options, random, write_piece);
    write(index, {});
  }
}

}  // namespace seq
