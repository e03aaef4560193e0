// Which keys of a config may change when a run is resumed.
#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "run/run_folder.h"

namespace seq {
namespace {

using Keys = std::string_view;

// The first part of a key whose value makes the run what it is, and how a message calls it.
constexpr std::array<std::pair<Keys, Keys>, 5> kFixed = {{{"model", "model"},
                                                          {"tokenizer", "tokenizer"},
                                                          {"data", "data"},
                                                          {"seed", "seed"},
                                                          {"train", "training options"}}};
constexpr std::array<Keys, 3> kLimits = {"train.max_steps", "train.max_epochs", "train.max_minutes"};
// How often something is shown or saved, when to give up, and how long the learning rate falls: none changes the past.
constexpr std::array<Keys, 11> kFree = {"train.log_every",
                                        "train.patience",
                                        "train.stop_at_loss",
                                        "train.eval_every_steps",
                                        "train.eval_every_epochs",
                                        "train.checkpoint_every_steps",
                                        "train.checkpoint_every_minutes",
                                        "train.keep_every_checkpoint",
                                        "train.histograms",
                                        "train.sample_length",
                                        "train.schedule.horizon_steps"};

template <class List>
bool contains(const List& list, Keys key) {
  return std::find(list.begin(), list.end(), key) != list.end();
}

/// Merges `given` into `stored`, both below `path`.
class Merge {
 public:
  explicit Merge(std::string run) : run_(std::move(run)) {}

  void objects(Json& stored, const Json& given, const std::string& path) const {
    for (const auto& [key, value] : given.items()) {
      const std::string below = path.empty() ? key : path + "." + key;
      if (!stored.contains(key)) {  // an option younger than the run
        stored[key] = value;
      } else if (stored[key].is_object() && value.is_object()) {
        objects(stored[key], value, below);
      } else if (stored[key] != value) {
        check(below, stored[key], value);
        stored[key] = value;
      }
    }
  }

 private:
  void check(const std::string& key, const Json& stored, const Json& given) const {
    if (contains(kLimits, key)) {
      if (!stored.is_number() || !given.is_number() || given.get<double>() >= stored.get<double>()) return;
      throw Error(run_ + ": " + key + ": " + shown(given) + " is less than the run's " + shown(stored) +
                  " (a resumed run can be extended, not shortened; start another with --set out=FOLDER)");
    }
    if (contains(kFree, key)) return;
    const std::string section = key.substr(0, key.find('.'));
    for (const auto& [name, word] : kFixed)
      if (name == section)
        throw Error(run_ + ": " + key + ": " + shown(given) + " differs from the run's " + shown(stored) +
                    " (a resumed run keeps its " + std::string(word) + "; start another with --set out=FOLDER)");
  }

  std::string run_;
};

}  // namespace

Json resumed_config(const Json& stored, const Json& given, const std::string& run) {
  Json merged = stored;
  Merge(run).objects(merged, given, "");
  return merged;
}

}  // namespace seq
