// The rows of models.def that need no LibTorch, as functions.
#include "models/torch_free_registry.h"

#include <map>

#include "models/classifier/task.h"
#include "models/ngram/task.h"
#include "models/word2vec/task.h"

namespace seq {

const ModelVerbs* find_torch_free_verbs(const std::string& type) {
  static const std::map<std::string, ModelVerbs> verbs = {
#define SEQ_ROW_true(name)
#define SEQ_ROW_false(name) {#name, name##_verbs()},
#define SEQ_MODEL(name, Options, needs_torch) SEQ_ROW_##needs_torch(name)
#include "models/models.def"
#undef SEQ_MODEL
#undef SEQ_ROW_false
#undef SEQ_ROW_true
  };
  const auto found = verbs.find(type);
  return found == verbs.end() ? nullptr : &found->second;
}

}  // namespace seq
