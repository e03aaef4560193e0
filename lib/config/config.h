// The whole config of a run: its sections, how a file becomes one, and the reference page.
//
//   Config config = load_config("configs/char_rnn/shakespeare.json", {"train.max_epochs=3"}, catalog());
//   Json resolved = config.to_json();                              // what config.json of the run holds
#pragma once

#include <string>
#include <vector>

#include "base/fields.h"
#include "config/train_options.h"
#include "text/corpus.h"
#include "text/tokenizer.h"

namespace seq {

/// What a type of model does not read of the other sections: a section, a key, or a single value of a key
/// (`tokenizer`, `train.kernel`, `train.precision=bf16`), always or by other options of the model.
struct UnreadKeys {
  std::string when;                                ///< for the reference page; empty: always
  std::function<bool(const Json& model)> applies;  ///< empty: always
  std::vector<std::string> keys;
};

/// What is known of a type of model without LibTorch.
struct CatalogEntry {
  std::string name;     ///< `model.type`
  std::string summary;  ///< one sentence
  bool needs_torch;     ///< seqtool runs seqtool-torch for it
  /// The section `model` checked, defaults filled in. Throws Error.
  std::function<Json(const Json& section, const PathBase&)> resolve;
  std::function<std::vector<FieldDoc>()> docs;
  std::vector<UnreadKeys> unread = {};
};
using Catalog = std::vector<CatalogEntry>;

/// The entry of a type. Throws Error with the nearest name when there is none.
const CatalogEntry& find_model(const Catalog& catalog, const std::string& type);

/// A resolved config.
struct Config {
  Json model;  ///< resolved by the model's own options; `type` first
  TokenizerOptions tokenizer;
  DataOptions data;
  TrainOptions train;
  EvalOptions eval;
  int64_t seed = 1;
  std::string device = "cpu";
  int64_t threads = 0;
  std::string out;

  std::string model_type() const { return model.at("type").get<std::string>(); }
  Json to_json() const;

  template <class Visitor>
  void fields(Visitor& field) {
    field("model", model, "type of model and its options");
    field("tokenizer", tokenizer, "text to ids");
    field("data", data, "what to train and evaluate on");
    field("train", train, "training");
    field("eval", eval, "evaluation");
    field("seed", seed, "of everything random", at_least(0));
    field("device", device, "where tensors live", one_of({"cpu", "cuda"}));
    field("threads", threads, "processor threads; 0: one for each core", between(0, 1024));
    field("out", out, "run folder", path());
  }
};

/// The options of the config's model.
template <class Options>
Options model_options(const Config& config) {
  Json section = config.model;
  section.erase("type");
  return read_fields<Options>(section, "model");
}

/// Reads a config file, or an installed one by its name (`char_rnn/shakespeare`), applies `--set key=value` texts,
/// replaces `${NAME:-default}`, makes paths absolute (those in the file relative to its folder; `out` and those given
/// by --set relative to the working folder), resolves the section `model`.
/// Throws Error with the file and the key.
Config load_config(const std::string& file, const std::vector<std::string>& sets, const Catalog& catalog);

/// Checks what no single key can say: data and training options against each other, and that the model reads whatever
/// is not at its default. Throws Error with the key.
void check_config(const Config& config, const Catalog& catalog);

/// A config out of JSON that is resolved already (config.json of a run folder), changed by `--set` texts, whose paths
/// are relative to the working folder.
Config config_from_json(const Json& json, const std::string& name, const Catalog& catalog,
                        const std::vector<std::string>& sets = {});

/// Merges `--set` texts into JSON: the value is JSON when it parses as such, a string otherwise;
/// a number for a path is the path of that name. Returns the keys that were set.
std::vector<std::string> apply_sets(Json& json, const std::vector<std::string>& sets);

/// The reference page of all keys, in Markdown.
std::string config_reference(const Catalog& catalog);

}  // namespace seq
