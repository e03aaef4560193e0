// The tool's version, as CMakeLists.txt states it.
#pragma once

namespace seq {

inline constexpr const char* kVersion = SEQTOOL_VERSION;

}  // namespace seq
