// A look into the vocabulary.
#include "text/subword/word_level.h"

#include "text/tokenizer_json.h"

namespace seq {

void WordLevelModel::encode(std::string_view word, std::vector<Piece>& pieces) const {
  const int32_t id = vocabulary_.find(word);
  pieces.push_back({id == kNoToken ? vocabulary_.unknown : id, static_cast<uint32_t>(word.size())});
}

Json WordLevelModel::to_json() const {
  const std::string_view unknown = vocabulary_.unknown == kNoToken ? kSpecialTokens[0].spelling  // HF wants some string
                                                                   : vocabulary_.token(vocabulary_.unknown);
  return {{"type", "WordLevel"}, {"vocab", vocabulary_json(vocabulary_)}, {"unk_token", unknown}};
}

}  // namespace seq
