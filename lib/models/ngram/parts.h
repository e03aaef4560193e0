// The training, validation and test texts of a config as files.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "text/corpus.h"

namespace seq {

/// Files that are one part; what was cut out of `data.corpus` lies in a temporary one for as long as this lives.
struct TextPart {
  std::vector<std::string> files;
  std::unique_ptr<TemporaryFile> cut;
};

/// `part` is `train`, `valid` or `test`; no files when the config has no such part. Parts of `corpus` are cut after
/// whole characters, at floor(fraction * length), as for all models. Throws Error.
TextPart text_part(const DataOptions& data, const std::string& part);

}  // namespace seq
