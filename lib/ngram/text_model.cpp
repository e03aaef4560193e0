// One model as a text model.
#include "ngram/text_model.h"

#include "ngram/mixture.h"

namespace seq::ngram {
namespace {

class SingleModel : public TextModel {
 public:
  explicit SingleModel(std::unique_ptr<Model> model) : model_(std::move(model)) {}

  void score(std::span<const TextToken> tokens, std::span<TextScore> scores) const override {
    std::vector<Token> words(tokens.size());
    constexpr size_t kAhead = 16;
    for (size_t i = 0; i < tokens.size(); ++i) {
      if (i + kAhead < tokens.size()) model_->image().prefetch_word(tokens[i + kAhead].hash);
      words[i] = {model_->image().find_hash(tokens[i].hash), tokens[i].context};
    }
    std::vector<Score> found(tokens.size());
    model_->score(words, found);
    for (size_t i = 0; i < tokens.size(); ++i)
      scores[i] = {found[i].log10, found[i].order, words[i].word == kUnknownWord};
  }

  int order() const override { return model_->order(); }
  size_t vocabulary_size() const override { return model_->vocabulary_size(); }
  std::string_view word(size_t id) const override { return model_->word(static_cast<WordId>(id)); }

  void predict(std::span<const uint64_t> history, std::vector<double>& log10) const override {
    State state = model_->empty_state();
    for (const uint64_t hash : history) {
      State next;
      model_->score(state, model_->image().find_hash(hash), next);
      state = next;
    }
    std::vector<float> all;
    model_->score_all(state, all);
    log10.assign(all.begin(), all.end());
  }

  const Model* counted() const override { return model_.get(); }

 private:
  std::unique_ptr<Model> model_;
};

}  // namespace

std::vector<uint64_t> history_of(std::span<const TextToken> tokens, size_t at, int order) {
  const size_t length = std::min({at, size_t{tokens[at].context}, static_cast<size_t>(order - 1)});
  std::vector<uint64_t> history;
  for (size_t i = at - length; i < at; ++i) history.push_back(tokens[i].hash);
  return history;
}

std::unique_ptr<TextModel> make_text_model(std::unique_ptr<Model> model) {
  return std::make_unique<SingleModel>(std::move(model));
}

std::unique_ptr<TextModel> load_text_model(const fs::path& path, Layout in_memory) {
  if (is_mixture(path)) return load_mixture(path);
  return make_text_model(load_model(path, in_memory));
}

}  // namespace seq::ngram
