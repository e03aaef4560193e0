// Adding and finding tokens.
#include "text/vocabulary.h"

#include <algorithm>

namespace seq {

int32_t Vocabulary::add(std::string_view token) {
  const auto [place, added] = ids_.try_emplace(std::string(token), size());
  if (added) tokens_.emplace_back(token);
  return place->second;
}

int32_t Vocabulary::find(std::string_view token) const {
  const auto found = ids_.find(token);
  return found == ids_.end() ? kNoToken : found->second;
}

void add_special_tokens(Vocabulary& vocabulary, const std::vector<std::string>& roles) {
  for (const SpecialToken& special : kSpecialTokens)
    if (std::find(roles.begin(), roles.end(), special.role) != roles.end())
      vocabulary.*special.id = vocabulary.add(special.spelling);
}

}  // namespace seq
