// Interpolation of models.
#include "ngram/mixture.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/error.h"
#include "base/fields.h"
#include "ngram/mixed_words.h"

namespace seq::ngram {
namespace {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();

/// log10 of a sum of powers of 10.
double log10_sum(std::span<const double> log10) {
  const double highest = *std::max_element(log10.begin(), log10.end());
  if (highest == kImpossible) return kImpossible;
  double sum = 0;
  for (const double one : log10) sum += std::pow(10.0, one - highest);
  return highest + std::log10(sum);
}

class Mixture : public TextModel {
 public:
  Mixture(std::vector<std::unique_ptr<TextModel>> models, std::vector<double> weights, Interpolation interpolation)
      : models_(std::move(models)), weights_(std::move(weights)), interpolation_(interpolation), words_(models_) {}

  void score(std::span<const TextToken> tokens, std::span<TextScore> scores) const override {
    std::vector<std::vector<TextScore>> all(models_.size(), std::vector<TextScore>(tokens.size()));
    for (size_t i = 0; i < models_.size(); ++i) models_[i]->score(tokens, all[i]);
    std::map<std::vector<uint64_t>, double> log10_sums;  // Z by history
    for (size_t at = 0; at < tokens.size(); ++at) {
      TextScore& score = scores[at];
      score = {0, 0, true};
      for (const auto& one : all) {
        score.order = std::max(score.order, one[at].order);
        score.unknown = score.unknown && one[at].unknown;
      }
      score.log10 = combine([&](size_t i) { return all[i][at].log10; },
                            [&](size_t i) { return all[i][at].unknown && !score.unknown; });
      if (interpolation_ == Interpolation::linear || tokens[at].context == 0) continue;
      auto [found, is_new] = log10_sums.emplace(history_of(tokens, at, order()), 0);
      if (is_new) found->second = log10_sum(combined(found->first));
      score.log10 -= found->second;
    }
  }

  int order() const override {
    int order = 1;
    for (const auto& model : models_) order = std::max(order, model->order());
    return order;
  }
  size_t vocabulary_size() const override { return words_.size(); }
  std::string_view word(size_t id) const override { return words_.word(id); }

  void predict(std::span<const uint64_t> history, std::vector<double>& log10) const override {
    log10 = combined(history);
    if (interpolation_ == Interpolation::linear) return;
    const double sum = log10_sum(log10);
    for (double& one : log10) one -= sum;
  }

 private:
  /// A word that another model knows has no part in a model's `<unk>` where probabilities are added, so that they still
  /// sum to 1; where logarithms are, Z sees to that.
  template <class Log10, class IsForeign>
  double combine(const Log10& log10, const IsForeign& is_foreign) const {
    double sum = 0;
    for (size_t i = 0; i < models_.size(); ++i) {
      if (weights_[i] == 0) continue;
      if (interpolation_ == Interpolation::log_linear)
        sum += weights_[i] * log10(i);
      else if (!is_foreign(i))
        sum += weights_[i] * std::pow(10.0, log10(i));
    }
    return interpolation_ == Interpolation::log_linear ? sum : std::log10(sum);
  }

  /// Of all words after a history, before they are divided by their sum.
  std::vector<double> combined(std::span<const uint64_t> history) const {
    std::vector<std::vector<double>> all(models_.size());
    for (size_t i = 0; i < models_.size(); ++i) models_[i]->predict(history, all[i]);
    std::vector<double> log10(words_.size());
    for (size_t id = 0; id < words_.size(); ++id)
      log10[id] = combine([&](size_t i) { return all[i][words_.in_model(i, id)]; },
                          [&](size_t i) { return id != kUnknownWord && words_.in_model(i, id) == kUnknownWord; });
    log10[kBeginSentence] = kImpossible;
    return log10;
  }

  std::vector<std::unique_ptr<TextModel>> models_;
  std::vector<double> weights_;
  Interpolation interpolation_;
  MixedWords words_;
};

struct Part {
  std::string file;
  double weight = 0;

  template <class Visitor>
  void fields(Visitor& field) {
    field("file", file, "binary model, ARPA, or another mixture", path());
    field("weight", weight, "of the model in the sum", at_least(0));
  }
};

struct MixtureFile {
  std::string interpolation = "linear";
  std::vector<Part> models;

  template <class Visitor>
  void fields(Visitor& field) {
    field("interpolation", interpolation, "what is added", one_of({"linear", "log_linear"}));
    field("models", models, "files and weights");
  }
};

}  // namespace

bool is_mixture(const fs::path& path) {
  if (path == "-") return false;
  const MappedFile file(path);
  const size_t first = file.text().find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && file.text()[first] == '{';
}

namespace {

std::unique_ptr<TextModel> load_mixture_at(const fs::path& path, int depth) {
  constexpr int kDeepest = 8;  // a mixture may name itself
  if (depth > kDeepest) throw Error(path.string() + ": mixtures of mixtures go too deep");
  const auto base = [&](const std::string&, const std::string& file) {
    return (path.parent_path() / file).lexically_normal().string();
  };
  const auto stored = read_fields<MixtureFile>(read_json(path), path.string(), base);
  if (stored.models.empty()) throw Error(path.string() + ": models: at least one is needed");
  std::vector<std::unique_ptr<TextModel>> models;
  std::vector<double> weights;
  double sum = 0;
  for (const Part& part : stored.models) {
    models.push_back(is_mixture(part.file) ? load_mixture_at(part.file, depth + 1)
                                           : make_text_model(load_model(part.file)));
    weights.push_back(part.weight);
    sum += part.weight;
  }
  const bool linear = stored.interpolation == "linear";
  if (linear && std::fabs(sum - 1) > 1e-6)
    throw Error(path.string() + ": models: the weights of a linear mixture sum to " + Json(sum).dump() + ", not to 1");
  return make_mixture(std::move(models), weights, linear ? Interpolation::linear : Interpolation::log_linear);
}

}  // namespace

std::unique_ptr<TextModel> load_mixture(const fs::path& path) {
  return load_mixture_at(path, 1);
}

std::unique_ptr<TextModel> make_mixture(std::vector<std::unique_ptr<TextModel>> models, std::vector<double> weights,
                                        Interpolation interpolation) {
  return std::make_unique<Mixture>(std::move(models), std::move(weights), interpolation);
}

}  // namespace seq::ngram
