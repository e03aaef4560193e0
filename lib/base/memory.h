// How much memory the machine has.
#pragma once

#include <unistd.h>

#include <cstdint>

namespace seq {

/// Bytes, whether somebody uses them or not.
inline uint64_t physical_memory() {
  return static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace seq
