// Answers to the validation part; the texts of the few mistakes that are kept are read from the data again.
#include "models/classifier/record.h"

#include <algorithm>

#include "classify/predictions_builder.h"
#include "models/classifier/bag_model.h"

namespace seq::classifier {

classify::Bag load_bag(const TextFeatures& features, const fs::path& file) {
  classify::Bag bag = make_bag(features, 0);
  read_bag(SafetensorsFile(file), file.string(), features.tokenizer->vocabulary().size(), bag);
  return bag;
}

void record_predictions(const Config& config, const RunFolder& run, const TextFeatures& features,
                        const Session& session) {
  constexpr const char* kPart = "valid";
  if (std::find(features.parts.begin(), features.parts.end(), kPart) == features.parts.end()) return;
  const classify::Bag bag = load_bag(features, run.model());
  const classify::EncodedExamples examples(run.tokens(kPart), features.layout());
  classify::PredictionsBuilder builder(kPart, features.labels, features.options.multi_label);
  classify::Bag::Workspace work(bag);
  classify::EncodedExample example;
  std::vector<float> probabilities(features.labels.names().size());
  for (int64_t i = 0; i < examples.size(); ++i) {
    examples.read(i, example);
    bag.probabilities(example, probabilities, work);
    builder.add(i, probabilities, example.labels);
  }
  read_texts(config, session, kPart, builder.mistakes(),
             [&](int64_t index, const std::string& text) { builder.describe(index, {.text = text}); });
  write_predictions(run.predictions(), builder.finish());
}

}  // namespace seq::classifier
