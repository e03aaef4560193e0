// Joining vocabularies.
#include "ngram/mixed_words.h"

#include <unordered_map>

namespace seq::ngram {

MixedWords::MixedWords(const std::vector<std::unique_ptr<TextModel>>& models)
    : models_(models.size()), words_{"<unk>", "<s>"}, ids_(2 * models.size(), kUnknownWord) {
  std::unordered_map<std::string_view, size_t> numbers = {{"<unk>", 0}, {"<s>", 1}};
  for (size_t i = 0; i < models_; ++i)
    for (size_t id = 0; id < models[i]->vocabulary_size(); ++id) {
      const auto [found, is_new] = numbers.emplace(models[i]->word(id), words_.size());
      if (is_new) {
        words_.push_back(found->first);
        ids_.resize(ids_.size() + models_, kUnknownWord);
      }
      ids_[found->second * models_ + i] = id;
    }
}

}  // namespace seq::ngram
