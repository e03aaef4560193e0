// The folder of one training run: what lies where, who may write, and what makes it valid.
#pragma once

#include <memory>
#include <string>

#include "base/files.h"
#include "base/json.h"
#include "base/log.h"

namespace seq {

/// What to do when a run is already there.
enum class Existing { refuse, resume, overwrite };

/// Paths inside a run folder, and its resolved config.
class RunFolder {
 public:
  /// Opens a finished or unfinished run for reading. Throws Error: no such folder, not a run folder, config.json
  /// damaged, or of a newer format.
  static RunFolder open(const fs::path& folder);

  /// Prepares a folder for training and locks it against a second process. `config` is the resolved config, written
  /// before any work with the key `seqtool` added (format, version of the tool).
  /// A folder that holds no run but other files is never touched. Throws Error as the rules of docs/run_folder.md say:
  /// exists without --resume or --overwrite, resumed with other keys, locked, not writable.
  static RunFolder create(const fs::path& folder, const Json& config, Existing existing);

  const fs::path& path() const { return path_; }
  /// The resolved config; for a resumed run the stored one with the larger limits merged in.
  const Json& config() const { return config_; }
  /// True when create() found a run to go on with.
  bool resumed() const { return resumed_; }

  fs::path tokenizer() const { return path_ / "tokenizer.json"; }
  fs::path model() const { return path_ / "model.safetensors"; }
  /// `name`: `last`, `best` or `step-1000`.
  fs::path checkpoint(const std::string& name) const { return path_ / "checkpoints" / (name + ".safetensors"); }
  fs::path metrics() const { return path_ / "metrics.jsonl"; }
  fs::path events() const { return path_ / "events"; }
  fs::path log() const { return path_ / "log.txt"; }
  fs::path report() const { return path_ / "report.html"; }
  /// The encoded corpus: `split` is `train`, `valid` or `test`.
  fs::path tokens(const std::string& split) const { return path_ / "tokens" / (split + ".bin"); }

  /// Adds or replaces what the key `seqtool.data` says: fingerprints of the data by path.
  void record_data(const Json& fingerprints);

 private:
  explicit RunFolder(fs::path folder) : path_(std::move(folder)) {}
  fs::path path_;
  Json config_;
  bool resumed_ = false;
  std::shared_ptr<FileLock> lock_;
};

}  // namespace seq
