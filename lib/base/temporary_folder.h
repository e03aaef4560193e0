// Where temporary files go.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/error.h"

namespace seq {

/// What TMPDIR names, or /tmp. Throws RunError when it is no folder.
inline std::filesystem::path temporary_folder() {
  std::error_code failed;
  std::filesystem::path folder = std::filesystem::temp_directory_path(failed);
  if (!failed) return folder;
  const char* const named = std::getenv("TMPDIR");
  throw RunError(std::string(named == nullptr ? "/tmp" : named) +
                 ": no folder for temporary files (set TMPDIR to one that is there)");
}

}  // namespace seq
