// The folder of one training run: what lies where, who may write, and what makes it valid. See docs/run_folder.md.
#pragma once

#include <memory>
#include <string>

#include "base/files.h"
#include "base/json.h"

namespace seq {

/// What to do when a run is already there.
enum class Existing { refuse, resume, overwrite };

/// Paths inside a run folder, and its resolved config.
class RunFolder {
 public:
  /// Opens a finished or unfinished run for reading. Throws Error: no such folder, not a run folder, config.json
  /// damaged, or of a newer format.
  static RunFolder open(const fs::path& folder);

  /// Prepares a folder for training and locks it against a second process for as long as a copy of the result lives.
  /// `config` is the resolved config, written before any work with the key `seqtool` added (format, version of the
  /// tool). A folder that holds no run but other files is never touched. Throws Error as docs/run_folder.md says:
  /// exists without --resume or --overwrite, resumed with other keys, locked; RunError when it cannot be written.
  static RunFolder create(const fs::path& folder, const Json& config, Existing existing);

  const fs::path& path() const { return path_; }
  /// The last part of the path, for titles and legends.
  std::string name() const;
  /// The resolved config without the key `seqtool`; for a resumed run the stored one with what may change merged in.
  const Json& config() const { return config_; }
  /// True when create() found a run to go on with.
  bool resumed() const { return resumed_; }
  /// True when training goes on from the checkpoint `last`.
  bool has_begun() const;

  fs::path config_file() const { return path_ / "config.json"; }
  fs::path tokenizer() const { return path_ / "tokenizer.json"; }
  fs::path columns() const { return path_ / "columns.json"; }
  fs::path model() const { return path_ / "model.safetensors"; }
  /// `name`: `last`, `best` or `step-1000`.
  fs::path checkpoint(const std::string& name) const { return path_ / "checkpoints" / (name + ".safetensors"); }
  /// The same for a checkpoint that is there. Throws Error with the names of those that are.
  fs::path existing_checkpoint(const std::string& name) const;
  fs::path metrics() const { return path_ / "metrics.jsonl"; }
  fs::path events() const { return path_ / "events"; }
  fs::path log() const { return path_ / "log.txt"; }
  fs::path report() const { return path_ / "report.html"; }
  /// What the report draws of a model's answers, see run/predictions.h and run/pictures.h; not every model has them.
  fs::path predictions() const { return path_ / "predictions.json"; }
  fs::path boundary() const { return path_ / "boundary.json"; }
  fs::path fit() const { return path_ / "fit.json"; }
  /// The encoded corpus: `split` is `train`, `valid` or `test`.
  fs::path tokens(const std::string& split) const { return path_ / "tokens" / (split + ".bin"); }

  /// Fingerprints of the data by path, as `record_data` stored them; an empty object before that.
  const Json& recorded_data() const { return seqtool_.at("data"); }
  /// Undoes create() when the work was refused before it began: brings a run that was to be replaced back, else removes
  /// what a run consists of, and the folder unless it was there before or holds other files. Only on a created run that
  /// is not resumed.
  void discard();
  /// Removes the run that --overwrite put aside, once the new one has taken its place.
  void forget_replaced() const;
  /// Adds or replaces fingerprints of the data by path (config.json, key `seqtool.data`), and writes the config of a
  /// resumed run: the last thing before training. Only on a created run.
  void record_data(const Json& fingerprints);

 private:
  explicit RunFolder(fs::path folder) : path_(std::move(folder)) {}
  void read_config();
  void write_config() const;
  fs::path path_;
  Json config_;
  Json seqtool_;  ///< the key `seqtool` of config.json
  bool resumed_ = false;
  bool made_folder_ = false;
  std::shared_ptr<FileLock> lock_;
};

/// The config of a resumed run: `stored` with the keys of `given` that may change (larger limits; where things run and
/// how often they are shown). Throws Error naming the run and the first key that may not.
Json resumed_config(const Json& stored, const Json& given, const std::string& run);

}  // namespace seq
