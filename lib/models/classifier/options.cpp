// Which options go together.
#include "models/classifier/options.h"

namespace seq {
namespace {

/// Throws Error when one of these keys is not at its default.
void refuse(const ClassifierOptions& options, std::initializer_list<const char*> keys) {
  const Json given = write_fields(options), defaults = write_fields(ClassifierOptions());
  for (const char* key : keys)
    if (given.at(key) != defaults.at(key))
      throw Error(std::string("model.") + key + ": the encoder " + options.encoder +
                  " does not read it (leave it out)");
}

}  // namespace

std::vector<UnreadKeys> ClassifierOptions::unread() {
  const auto is_bag = [](const Json& model) { return model.at("encoder") == "bag"; };
  constexpr auto kOfBag =
      unread_in_chunks_and("device=cuda", "train.schedule.type=step", "train.schedule.type=exponential",
                           "train.schedule.type=cosine", "train.schedule.type=plateau");
  return {{"", {}, {"data.numeric"}},
          {"with the encoder `bag`", is_bag, {kOfBag.begin(), kOfBag.end()}},
          {"with any other encoder",
           [is_bag](const Json& model) { return !is_bag(model); },
           {"train.window", "train.random_offset", "train.smooth_loss", "train.sample_length", "eval.window",
            "eval.context"}}};
}

void ClassifierOptions::check() const {
  embedding.check();
  if (!recurrent()) {
    refuse(*this,
           {"layers", "bidirectional", "embedding_size", "embedding_dropout", "output_dropout", "forget_bias", "init"});
    if (pooling != "mean" && pooling != "sum")
      throw Error("model.pooling: " + pooling + " is not for a bag (mean, sum)");
    if (values == "tf_idf" && pooling == "sum")
      throw Error(
          "model.pooling: a text's tf_idf values have length 1, they are neither averaged nor summed (leave it out)");
    return;
  }
  refuse(*this, {"values", "word_ngrams", "buckets", "min_ngram_count", "activation", "init_std"});
  if (encoder != "lstm") refuse(*this, {"forget_bias"});
  if (pooling == "sum") throw Error("model.pooling: sum is for bags (mean, last, max, attention)");
}

}  // namespace seq
