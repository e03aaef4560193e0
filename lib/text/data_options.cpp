// The section `data` of a config: what its keys and files must be, and fingerprints of the files.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "text/corpus.h"
#include "text/text_reader.h"

namespace seq {

void check_data_files(const DataOptions& data) {
  for (const auto* list : {&data.corpus, &data.train, &data.valid, &data.test}) {
    if (data.examples.format == "folders") continue;  // which their reader checks
    check_text_files(*list);
  }
}

bool has_validation(const DataOptions& data) {
  if (!data.is_cut()) return !data.valid.empty();
  return data.examples.folds > 1 || data.numeric.folds > 1 || (data.split.size() > 1 && data.split[1] > 0);
}

namespace {

void check_split(const DataOptions& data) {
  if (data.split.empty() || data.split.size() > 3)
    throw Error(
        fmt::format("data.split: {} fractions, expected 1 to 3 (training, validation, test)", data.split.size()));
  if (!(data.split[0] > 0)) throw Error("data.split[0]: nothing left to train on (expected more than 0)");
  const double sum = std::accumulate(data.split.begin(), data.split.end(), 0.0);
  if (sum > 1 + 1e-9) throw Error(fmt::format("data.split: the fractions sum to {}, expected at most 1", sum));
}

/// `key` is that of `fold`; the one of `folds` has an s behind it.
void check_folds(const DataOptions& data, const std::string& key, int64_t folds, int64_t fold) {
  if (folds == 0 && fold != 1) throw Error(key + ": there are no folds (give " + key + "s)");
  if (folds > 0 && !data.is_cut())
    throw Error(key + "s: cuts data.corpus, which is not set (give data.corpus in place of data.train)");
}

}  // namespace

void check_data_options(const DataOptions& data) {
  data.numeric.generate.check("data.numeric.generate.");
  if (data.numeric.generate.is_set() && !data.corpus.empty())
    throw Error("data.corpus: does not go with data.numeric.generate (leave one of them out)");
  if (!data.is_cut() && data.train.empty()) throw Error("data.train: missing (or give data.corpus)");
  check_folds(data, "data.examples.fold", data.examples.folds, data.examples.fold);
  check_folds(data, "data.numeric.fold", data.numeric.folds, data.numeric.fold);
  if (!data.is_cut()) return;
  const std::pair<const char*, const std::vector<std::string>*> others[] = {
      {"train", &data.train}, {"valid", &data.valid}, {"test", &data.test}};
  for (const auto& [key, files] : others)
    if (!files->empty())
      throw Error(fmt::format("data.{}: does not go with {}, which data.split cuts (give data.train in place of it)",
                              key, data.corpus.empty() ? "data.numeric.generate" : "data.corpus"));
  check_split(data);
}

namespace {

/// Of the names and contents of all files below a folder.
Fingerprint folder_fingerprint(const std::string& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  Fingerprint all;
  std::string prints;
  for (const fs::path& file : files) {
    const Fingerprint one = fingerprint(file);
    all.size += one.size;
    prints += fmt::format("{} {} {:08x}\n", file.lexically_relative(folder).string(), one.size, one.crc32);
  }
  all.crc32 = crc32(prints);
  return all;
}

}  // namespace

Json data_fingerprints(const DataOptions& data) {
  Json prints = Json::object();
  for (const auto* list : {&data.corpus, &data.train, &data.valid, &data.test})
    for (const std::string& path : *list) {
      const Fingerprint print = fs::is_directory(path) ? folder_fingerprint(path) : fingerprint(path);
      prints[path] = {{"size", print.size}, {"crc32", fmt::format("{:08x}", print.crc32)}};
    }
  return prints;
}

}  // namespace seq
