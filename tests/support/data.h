// Real corpora for tests, which stay outside the project.
#pragma once

#include <cstdlib>
#include <optional>

#include "test.h"

namespace seq::test {

/// A file or folder of the data folder: SEQTOOL_DATA, or `../shared/data` beside the checkout. Nothing when it is
/// absent, with a warning that the test is skipped.
inline std::optional<std::filesystem::path> find_data(const std::string& name) {
  const char* folder = std::getenv("SEQTOOL_DATA");
  const std::filesystem::path root = std::filesystem::path(SEQ_TEST_FOLDER).parent_path();
  for (const auto& base :
       {std::filesystem::path(folder != nullptr ? folder : ""), root / "../shared/data", root / "../../shared/data"})
    if (!base.empty() && std::filesystem::exists(base / name)) return base / name;
  WARN("SKIPPED: no " << name << " below SEQTOOL_DATA");
  return std::nullopt;
}

}  // namespace seq::test
