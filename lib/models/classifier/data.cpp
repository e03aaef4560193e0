// Passes over the examples: labels and parts, vocabulary, n-grams, ids.
#include "models/classifier/data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/progress.h"
#include "base/random.h"
#include "base/stratified.h"
#include "run/interruption.h"
#include "run/safetensors.h"
#include "text/examples.h"
#include "vectors/word_vectors.h"

namespace seq::classifier {
namespace {

using classify::EncodedExample;

constexpr uint64_t kCut = 11;  // stream of random numbers: which example goes to which part
constexpr const char* kParts[] = {"train", "valid", "test"};

/// The examples of the training, validation or test part, wherever they stand.
class Parts {
 public:
  Parts(const Config& config, const Session& session) : config_(config), session_(session) {
    const DataOptions& data = config.data;
    if (data.corpus.empty()) return;
    std::vector<int32_t> labels;
    std::map<std::string, int32_t> numbers;
    each("reading", data.corpus, [&](const Example& example, const std::string&) {
      const auto next = static_cast<int32_t>(numbers.size());
      const std::string label = example.labels.empty() ? std::string() : example.labels.front();
      labels.push_back(numbers.emplace(label, next).first->second);
      return true;
    });
    const uint64_t seed = Random::derive(static_cast<uint64_t>(config.seed), kCut);
    part_of_ = data.examples.folds == 0
                   ? stratified_parts(labels, data.split, seed)
                   : stratified_fold(labels, {data.examples.folds, data.examples.fold}, seed, "data.examples");
  }

  bool has(size_t part) const {
    if (!config_.data.corpus.empty()) return std::find(part_of_.begin(), part_of_.end(), part) != part_of_.end();
    return !files(part).empty();
  }

  /// Calls use(example, place) for each example of a part.
  template <class Use>
  void for_each(size_t part, const std::string& title, const Use& use) const {
    size_t index = 0;
    each(title, config_.data.corpus.empty() ? files(part) : config_.data.corpus,
         [&](const Example& example, const std::string& place) {
           if (part_of_.empty() || part_of_[index++] == static_cast<int8_t>(part)) use(example, place);
           return true;
         });
  }

 private:
  const std::vector<std::string>& files(size_t part) const {
    return part == 0 ? config_.data.train : part == 1 ? config_.data.valid : config_.data.test;
  }

  template <class Use>
  void each(const std::string& title, const std::vector<std::string>& files, const Use& use) const {
    Progress progress(title, 0, session_.show_progress);
    ExampleReader reader(files, config_.data.examples, config_.tokenizer.invalid(), &progress);
    for (Example example; reader.next(example);) use(example, reader.place());
  }

  const Config& config_;
  const Session& session_;
  std::vector<int8_t> part_of_;  ///< of each example of data.corpus
};

/// Counts the labels and learns the tokenizer.
void learn_vocabulary(const Parts& parts, const Config& config, const Session& session, TextFeatures& features) {
  if (!config.tokenizer.from.empty()) features.tokenizer = load_tokenizer(config.tokenizer.from);
  const auto trainer = features.tokenizer ? nullptr : make_tokenizer_trainer(config.tokenizer);
  std::map<std::string, int64_t> counts;
  int64_t examples = 0;
  parts.for_each(0, "vocabulary", [&](const Example& example, const std::string&) {
    for (const std::string& label : example.labels) ++counts[label];
    ++examples;
    if (trainer == nullptr) return;
    trainer->add(example.text);
    trainer->add("\n");
  });
  const std::string name = config.data.corpus.empty() ? config.data.train.front() : config.data.corpus.front();
  if (examples == 0) throw Error(name + ": no examples to train on");
  if (counts.empty()) throw Error(fmt::format("{}: none of the {} examples has a label", name, examples));
  std::vector<std::string> names;
  names.reserve(counts.size());
  for (const auto& [label, count] : counts) names.push_back(label);
  features.labels = classify::Labels(names);
  for (const auto& [label, count] : counts) features.label_counts.push_back(count);  // in the order of their bytes too
  if (features.labels.size() < 2)
    throw Error(fmt::format("{}: \"{}\" is the only label of its {} examples, expected two labels or more", name,
                            names.front(), examples));
  for (const std::string& pair : features.labels.look_alikes())
    session.log->warn("the labels {} differ only in case or white space", pair);
  if (trainer != nullptr) features.tokenizer = trainer->finish();
  session.log->info("{} examples to train on, {} labels, vocabulary: {} tokens", examples, features.labels.size(),
                    features.tokenizer->vocabulary().size());
}

/// Throws Error with the place.
void encode(const Example& example, const std::string& place, const TextFeatures& features,
            classify::FeatureMaker& maker, EncodedExample& encoded) {
  if (example.labels.empty() && !features.options.multi_label)
    throw Error(place + ": no label (none is fine with model.multi_label)");
  if (example.labels.size() > 1 && !features.options.multi_label)
    throw Error(fmt::format("{}: {} labels, but the model gives one (for several: model.multi_label)", place,
                            example.labels.size()));
  encoded.labels.clear();
  for (const std::string& label : example.labels) encoded.labels.push_back(features.labels.at(label, place));
  try {
    maker.make(example.text, encoded.features);
  } catch (const UnknownCharacter& error) {
    throw Error(place + ": " + error.what());
  }
}

/// Tells how many texts were left out.
void finish_training_part(classify::EncodedWriter& out, int64_t left_out, const Session& session) {
  if (out.size() == 0) throw Error("data: no text of the training part has a word of the vocabulary");
  if (left_out > 0) session.log->warn("{} texts have no word of the vocabulary and are left out of training", left_out);
  out.finish();
}

/// Encodes a part; texts without a feature are left out of training, and counted.
void encode_part(const Parts& parts, size_t part, const TextFeatures& features, const fs::path& path,
                 const Session& session) {
  classify::FeatureMaker maker = features.maker();
  classify::EncodedWriter out(path, features.layout());
  EncodedExample encoded;
  int64_t empty = 0;
  parts.for_each(part, fmt::format("encoding {}", kParts[part]), [&](const Example& example, const std::string& place) {
    encode(example, place, features, maker, encoded);
    if (encoded.features.empty() && part == 0) {
      ++empty;
      return;
    }
    out.add(encoded);
  });
  if (part == 0) return finish_training_part(out, empty, session);
  if (out.size() == 0) throw Error(fmt::format("data: the {} part has no examples", kParts[part]));
  out.finish();
}

/// Gives rows to the n-grams of the encoded training part, and encodes it anew with them.
void number_ngrams(TextFeatures& features, const fs::path& raw, const fs::path& path, const Session& session) {
  const auto words = static_cast<uint32_t>(features.tokenizer->vocabulary().size());
  const classify::EncodedExamples examples(raw, features.layout());
  std::vector<uint32_t> counts(static_cast<size_t>(features.options.buckets));
  EncodedExample example;
  for (int64_t i = 0; i < examples.size(); ++i) {
    examples.read(i, example);
    for (const uint32_t feature : example.features)
      if (feature >= words) ++counts[feature - words];
  }
  features.buckets = classify::number_buckets(counts, features.options.min_ngram_count, features.ngrams);
  classify::EncodedWriter out(path, features.layout());
  int64_t empty = 0;
  for (int64_t i = 0; i < examples.size(); ++i) {
    examples.read(i, example);
    size_t kept = 0;
    for (const uint32_t feature : example.features) {
      const int32_t row = feature < words ? 0 : (*features.buckets)[feature - words];
      if (row >= 0) example.features[kept++] = feature < words ? feature : words + static_cast<uint32_t>(row);
    }
    example.features.resize(kept);
    if (kept == 0) {
      ++empty;
    } else {
      out.add(example);
    }
  }
  finish_training_part(out, empty, session);
}

/// log(texts / texts with the feature), smoothed as if one more text had every feature.
std::vector<float> inverse_document_frequencies(const fs::path& path, const classify::EncodedLayout& layout) {
  const classify::EncodedExamples examples(path, layout);
  std::vector<uint32_t> texts(static_cast<size_t>(layout.features));
  EncodedExample example;
  for (int64_t i = 0; i < examples.size(); ++i) {
    examples.read(i, example);
    std::sort(example.features.begin(), example.features.end());
    example.features.erase(std::unique(example.features.begin(), example.features.end()), example.features.end());
    for (const uint32_t feature : example.features) ++texts[feature];
  }
  std::vector<float> idf;
  idf.reserve(texts.size());
  for (const uint32_t count : texts)
    idf.push_back(static_cast<float>(std::log((1.0 + static_cast<double>(examples.size())) / (1.0 + count)) + 1.0));
  return idf;
}

fs::path features_file(const RunFolder& run) {
  return run.path() / "features.safetensors";
}

template <class T>
std::string_view bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

void save_features(const TextFeatures& features, const RunFolder& run) {
  std::map<std::string, TensorBytes> tensors = {
      {"label_counts", {"I64", {features.labels.size()}, bytes_of(features.label_counts)}}};
  if (features.buckets)
    tensors["bucket_rows"] = {"I32", {static_cast<int64_t>(features.buckets->size())}, bytes_of(*features.buckets)};
  if (!features.idf.empty())
    tensors["idf"] = {"F32", {static_cast<int64_t>(features.idf.size())}, bytes_of(features.idf)};
  if (!features.stop_words.empty())
    tensors["stop_words"] = {"I32", {static_cast<int64_t>(features.stop_words.size())}, bytes_of(features.stop_words)};
  write_safetensors(features_file(run), tensors,
                    {{"labels", Json(features.labels.names()).dump()}, {"parts", Json(features.parts).dump()}});
}

/// A list of strings in a file's metadata. Throws Error.
std::vector<std::string> list_in(const SafetensorsFile& file, const std::string& key, const std::string& path) {
  try {
    return parse_json(file.metadata(key), path).get<std::vector<std::string>>();
  } catch (const Json::exception&) {
    throw Error(fmt::format("{}: no list of {} in it (train anew)", path, key));
  }
}

/// The values of a tensor of one dimension. Throws Error.
template <class T>
std::vector<T> values_of(const SafetensorsFile& file, const std::string& name, const char* dtype,
                         const std::string& path) {
  const auto found = file.tensors().find(name);
  if (found == file.tensors().end() || found->second.dtype != dtype || found->second.shape.size() != 1)
    throw Error(fmt::format("{}: the tensor {} is missing or no list of {} (train anew)", path, name, dtype));
  std::vector<T> values(static_cast<size_t>(found->second.shape[0]));
  std::memcpy(values.data(), found->second.bytes.data(), values.size() * sizeof(T));
  return values;
}

}  // namespace

classify::FeatureMaker TextFeatures::maker() const {
  classify::FeatureMaker maker(options, *tokenizer, stop_words, /*keep_unknown=*/options.recurrent());
  maker.set_rows(buckets);
  return maker;
}

std::vector<float> TextFeatures::class_weights() const {
  std::vector<float> weights;
  if (options.class_weights != "balanced") return weights;
  const auto sum = static_cast<double>(std::accumulate(label_counts.begin(), label_counts.end(), int64_t{0}));
  weights.reserve(label_counts.size());
  for (const int64_t count : label_counts)
    weights.push_back(static_cast<float>(sum / (static_cast<double>(labels.size()) * static_cast<double>(count))));
  return weights;
}

TextFeatures prepare(const Config& config, const RunFolder& run, const Session& session) {
  const InterruptionGuard guard;
  TextFeatures features;
  features.options = model_options<ClassifierOptions>(config);
  const Parts parts(config, session);
  learn_vocabulary(parts, config, session, features);
  if (!features.options.stop_words.empty())
    features.stop_words = classify::read_stop_words(features.options.stop_words, *features.tokenizer);
  save_tokenizer(*features.tokenizer, run.tokenizer());
  for (const char* part : kParts) fs::remove(run.tokens(part));
  fs::create_directories(run.tokens("train").parent_path());
  if (features.options.word_ngrams > 1) {
    const fs::path raw = run.tokens("raw");
    features.ngrams = features.options.buckets;  // as they are until they are counted
    encode_part(parts, 0, features, raw, session);
    number_ngrams(features, raw, run.tokens("train"), session);
    fs::remove(raw);
    session.log->info("{} n-grams", features.ngrams);
  } else {
    encode_part(parts, 0, features, run.tokens("train"), session);
  }
  if (features.options.values == "tf_idf")
    features.idf = inverse_document_frequencies(run.tokens("train"), features.layout());
  features.parts = {kParts[0]};
  for (size_t part = 1; part < std::size(kParts); ++part) {
    if (!parts.has(part)) continue;
    encode_part(parts, part, features, run.tokens(kParts[part]), session);
    features.parts.emplace_back(kParts[part]);
  }
  save_features(features, run);
  return features;
}

bool is_prepared(const RunFolder& run) {
  const fs::path path = features_file(run);
  if (run.recorded_data().empty() || !fs::exists(path)) return false;
  const std::vector<std::string> parts = list_in(SafetensorsFile(path), "parts", path.string());
  return std::all_of(parts.begin(), parts.end(), [&](const std::string& part) { return fs::exists(run.tokens(part)); });
}

TextFeatures load_features(const Config& config, const RunFolder& run) {
  const fs::path path = features_file(run);
  const SafetensorsFile file(path);
  TextFeatures features;
  features.options = model_options<ClassifierOptions>(config);
  features.tokenizer = load_tokenizer(run.tokenizer());
  features.labels = classify::Labels(list_in(file, "labels", path.string()));
  features.parts = list_in(file, "parts", path.string());
  features.label_counts = values_of<int64_t>(file, "label_counts", "I64", path.string());
  if (features.labels.size() < 2 || features.label_counts.size() != features.labels.names().size() ||
      *std::min_element(features.label_counts.begin(), features.label_counts.end()) < 1)
    throw Error(path.string() + ": the counts of labels do not fit the labels (train anew)");
  if (file.tensors().contains("stop_words"))
    features.stop_words = values_of<int32_t>(file, "stop_words", "I32", path.string());
  if (std::any_of(features.stop_words.begin(), features.stop_words.end(),
                  [&](int32_t id) { return id < 0 || id >= features.tokenizer->vocabulary().size(); }))
    throw Error(path.string() + ": a stop word is not in the vocabulary (train anew)");
  if (features.options.word_ngrams > 1) {
    auto rows = values_of<int32_t>(file, "bucket_rows", "I32", path.string());
    if (static_cast<int64_t>(rows.size()) != features.options.buckets)
      throw Error(
          fmt::format("{}: {} buckets, but the config says {}", path.string(), rows.size(), features.options.buckets));
    features.ngrams = std::count_if(rows.begin(), rows.end(), [](int32_t row) { return row >= 0; });
    if (std::any_of(rows.begin(), rows.end(), [&](int32_t row) { return row < -1 || row >= features.ngrams; }))
      throw Error(path.string() + ": a bucket's row is out of range (train anew)");
    features.buckets = std::make_shared<const std::vector<int32_t>>(std::move(rows));
  }
  if (features.options.values == "tf_idf") {
    features.idf = values_of<float>(file, "idf", "F32", path.string());
    if (static_cast<int64_t>(features.idf.size()) != features.layout().features)
      throw Error(path.string() + ": idf does not fit the vocabulary (train anew)");
  }
  return features;
}

void save_words(const TextFeatures& features, const RunFolder& run) {
  const Vocabulary& vocabulary = features.tokenizer->vocabulary();
  vectors::WordList words;
  for (int32_t id = 0; id < vocabulary.size(); ++id) {
    const std::string_view token = vocabulary.token(id);
    if (token.empty() || token.find_first_of("\t\r\n") != std::string_view::npos || !words.add(token)) return;
  }
  vectors::write_vocabulary(run.path() / "vocabulary.txt", words, {});
}

void read_example(const classify::EncodedExamples& examples, int64_t index, const ClassifierOptions& options,
                  EncodedExample& example) {
  examples.read(index, example);
  if (example.labels.empty() && !options.multi_label)
    throw RunError("an encoded text has no label: its file is damaged (start anew with --overwrite)");
}

void read_texts(const Config& config, const Session& session, const std::string& part,
                const std::vector<int64_t>& indices,
                const std::function<void(int64_t index, const std::string& text)>& use) {
  if (indices.empty()) return;
  const auto number = static_cast<size_t>(std::find(std::begin(kParts), std::end(kParts), part) - std::begin(kParts));
  int64_t index = 0;
  Parts(config, session).for_each(number, "mistakes", [&](const Example& example, const std::string&) {
    if (std::binary_search(indices.begin(), indices.end(), index)) use(index, example.text);
    ++index;
  });
}

void encode_examples(const std::string& file, const Config& config, const TextFeatures& features,
                     classify::EncodedWriter& out) {
  classify::FeatureMaker maker = features.maker();
  ExampleOptions examples = config.data.examples;
  examples.format = examples.format == "folders" ? "auto" : examples.format;  // the file may be of another format
  if (fs::is_directory(file)) examples.format = "folders";
  ExampleReader reader({file}, examples, config.tokenizer.invalid());
  EncodedExample encoded;
  for (Example example; reader.next(example);) {
    encode(example, reader.place(), features, maker, encoded);
    out.add(encoded);
  }
}

}  // namespace seq::classifier
