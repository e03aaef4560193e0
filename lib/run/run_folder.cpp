// Creating, resuming, replacing and opening run folders.
#include "run/run_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/version.h"

namespace seq {
namespace {

constexpr int64_t kFormat = 1;

// What a run consists of besides config.json and the lock: all that --overwrite removes.
constexpr std::array<std::string_view, 15> kParts = {"tokenizer.json",   "model.safetensors",
                                                     "checkpoints",      "metrics.jsonl",
                                                     "events",           "log.txt",
                                                     "report.html",      "tokens",
                                                     "model.bin",        "vocabulary.txt",
                                                     "predictions.json", "boundary.json",
                                                     "fit.json",         "features.safetensors",
                                                     "columns.json"};

// Where --overwrite keeps the old run until the new one has proved possible.
constexpr std::string_view kReplaced = "replaced";

/// Without `.`, `..` and the last slash, so that the last part is the run's name.
fs::path tidy(const fs::path& folder) {
  fs::path path = folder.lexically_normal();
  return path.has_filename() || !path.has_parent_path() ? path : path.parent_path();
}

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code failed;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed))
    found.push_back(it->path());
  if (failed) throw Error(folder.string() + ": cannot be read: " + failed.message());
  std::sort(found.begin(), found.end());
  return found;
}

bool present(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// `runs` for `runs/a` is an easy slip: name the runs in it.
std::string runs_inside(const fs::path& folder) {
  std::vector<std::string> runs;
  for (const fs::path& entry : entries(folder))
    if (present(entry / "config.json")) runs.push_back(entry.string());
  if (runs.empty()) return "";
  std::string list = "; runs in it: " + runs[0];
  for (size_t i = 1; i < std::min<size_t>(runs.size(), 3); ++i) list += ", " + runs[i];
  return list + (runs.size() > 3 ? ", …" : "");
}

/// What a kill leaves behind before config.json is there.
bool is_remnant(const fs::path& file) {
  const std::string name = file.filename().string();
  return name == "lock" || name == kReplaced || name.rfind("config.json.tmp", 0) == 0;
}

/// Refuses a folder with files of somebody else; true when it holds a run.
bool holds_run(const fs::path& folder) {
  if (!present(folder)) return false;
  if (!fs::is_directory(folder)) throw Error(folder.string() + ": is a file, expected a folder for the run");
  const auto found = entries(folder);
  if (present(folder / "config.json")) {
    RunFolder::open(folder);  // a config.json of another program is not ours to replace
    return true;
  }
  const auto other = std::find_if_not(found.begin(), found.end(), is_remnant);
  if (other != found.end())
    throw Error(fmt::format("{}: not a run folder and not empty (it has {}): choose another with --set out=FOLDER",
                            folder.string(), other->filename().string()));
  return false;
}

/// Moves all of a run but config.json from one folder into another.
void move_parts(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::create_directories(to, failed);
  for (const std::string_view name : kParts) {
    if (!present(from / name)) continue;
    fs::rename(from / name, to / name, failed);
    if (failed) throw RunError((from / name).string() + ": cannot be moved: " + failed.message());
  }
}

/// What killed processes left half-written.
void remove_temporaries(const fs::path& folder) {
  for (const fs::path& place : {folder, folder / "checkpoints", folder / "tokens"}) {
    if (!present(place)) continue;
    for (const fs::path& file : entries(place)) {
      const std::string extension = file.extension().string();
      std::error_code ignored;
      if (extension.rfind(".tmp", 0) == 0 && extension.size() > 4 && std::isdigit(extension[4]) != 0)
        fs::remove(file, ignored);
    }
  }
}

void remove_parts(const fs::path& folder) {
  for (const std::string_view part : kParts) {
    std::error_code failed;
    fs::remove_all(folder / part, failed);
    if (failed) throw RunError((folder / part).string() + ": cannot be removed: " + failed.message());
  }
}

}  // namespace

bool RunFolder::has_begun() const {
  std::error_code ignored;
  return resumed_ && fs::exists(checkpoint("last"), ignored);
}

std::string RunFolder::name() const {
  return path_.filename().string();
}

fs::path RunFolder::existing_checkpoint(const std::string& name) const {
  fs::path file = checkpoint(name);
  if (name == file.stem() && present(file)) return file;
  std::vector<std::string> names;
  if (const fs::path folder = path_ / "checkpoints"; present(folder))
    for (const fs::path& entry : entries(folder))
      if (entry.extension() == ".safetensors") names.push_back(entry.stem().string());
  throw Error(fmt::format("{}: no checkpoint {} ({})", path_.string(), name,
                          names.empty() ? "the run has none" : fmt::format("there are: {}", fmt::join(names, ", "))));
}

RunFolder RunFolder::open(const fs::path& folder) {
  RunFolder run(tidy(folder));
  run.read_config();
  return run;
}

void RunFolder::read_config() {
  const std::string shown = path_.string();
  if (!present(path_)) throw Error(shown + ": no such folder");
  if (!fs::is_directory(path_)) throw Error(shown + ": is a file, expected a run folder");
  if (!present(config_file()))
    throw Error(shown + ": not a run folder (it has no config.json" + runs_inside(path_) + ")");
  Json config = read_json(config_file());
  if (!config.is_object() || !config.contains("seqtool") || !config["seqtool"].is_object() ||
      !config["seqtool"].contains("format") || !config["seqtool"]["format"].is_number_integer())
    throw Error(shown + ": not a run folder (its config.json was not written by seqtool)");
  seqtool_ = std::move(config["seqtool"]);
  if (const auto format = seqtool_["format"].get<int64_t>(); format > kFormat)
    throw Error(fmt::format("{}: made by a newer seqtool (format {}, this one reads up to {}): update seqtool", shown,
                            format, kFormat));
  if (!config.contains("model") || !config["model"].is_object() || !config["model"].contains("type"))
    throw Error(config_file().string() + ": damaged (it names no model.type)");
  if (!seqtool_.contains("data") || !seqtool_["data"].is_object()) seqtool_["data"] = Json::object();
  config.erase("seqtool");
  config_ = std::move(config);
}

void RunFolder::write_config() const {
  Json all = config_;
  all["seqtool"] = seqtool_;
  write_file_atomic(config_file(), all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

RunFolder RunFolder::create(const fs::path& folder, const Json& config, Existing existing) {
  RunFolder run(tidy(folder));
  const std::string shown = run.path_.string();
  holds_run(run.path_);  // before anything is touched
  std::error_code failed;
  run.made_folder_ = fs::create_directories(run.path_, failed);
  if (failed) throw RunError(shown + ": cannot be created: " + failed.message());
  run.lock_ = std::make_shared<FileLock>(run.path_ / "lock", shown + ": another process is training here");
  remove_temporaries(run.path_);

  if (holds_run(run.path_)) {
    if (existing == Existing::refuse)
      throw Error(shown + ": there is a run already (go on with --resume, or replace it with --overwrite)");
    if (existing == Existing::resume) {
      run.read_config();
      Json merged = resumed_config(run.config_, config, shown);
      run.resumed_ = true;
      run.config_ = std::move(merged);  // written by record_data, when nothing stands in the way of the run any more
      run.forget_replaced();
      return run;
    }
    run.forget_replaced();  // of an earlier attempt that was killed
    move_parts(run.path_, run.path_ / kReplaced);
    // Copied, so that the folder is a run at any moment.
    write_file_atomic(run.path_ / kReplaced / "config.json", read_file(run.config_file()));
  }
  run.config_ = config;
  run.config_.erase("seqtool");
  run.seqtool_ = {{"format", kFormat}, {"version", kVersion}, {"data", Json::object()}};
  run.write_config();
  return run;
}

void RunFolder::forget_replaced() const {
  std::error_code ignored;
  fs::remove_all(path_ / kReplaced, ignored);
}

void RunFolder::discard() {
  remove_parts(path_);
  std::error_code ignored;
  if (present(path_ / kReplaced)) {
    move_parts(path_ / kReplaced, path_);
    fs::rename(path_ / kReplaced / "config.json", config_file(), ignored);
    forget_replaced();
    return;
  }
  for (const fs::path& file : {config_file(), path_ / "lock"}) fs::remove(file, ignored);
  if (made_folder_) fs::remove(path_, ignored);  // fails, as it should, when something is in it
}

void RunFolder::record_data(const Json& fingerprints) {
  seqtool_["data"].update(fingerprints);
  write_config();
}

}  // namespace seq
