// The table of models.def as functions.
#include "models/registry.h"

#include <map>

#include "models/char_rnn/task.h"
#include "models/classifier/recurrent/task.h"
#include "models/classifier/task.h"
#include "models/feedforward/task.h"
#include "models/ngram/task.h"
#include "models/scalar_rnn/task.h"
#include "models/scratch_rnn/task.h"
#include "models/word2vec/task.h"
#include "models/word2vec/tensor/updates.h"

namespace seq {

const ModelVerbs* find_torch_verbs(const std::string& type) {
  static const std::map<std::string, ModelVerbs> verbs = [] {
    std::map<std::string, ModelVerbs> all = {
#define SEQ_MODEL(name, Options, needs_torch) {#name, name##_verbs()},
#include "models/models.def"
#undef SEQ_MODEL
    };
    all["classifier"] = classifier_verbs(classifier::recurrent_verbs());
    all["word2vec"] = word2vec_verbs(word2vec::make_tensor_updates);
    return all;
  }();
  const auto found = verbs.find(type);
  return found == verbs.end() ? nullptr : &found->second;
}

}  // namespace seq
