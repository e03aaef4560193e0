// Fuzzes the safetensors reader: any bytes are either read, with views inside the file, or refused by Error.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "run/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const int file = memfd_create("safetensors", 0);
  if (ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) return 0;
  try {
    const seq::SafetensorsFile read("/proc/self/fd/" + std::to_string(file));
    size_t bytes = 0;
    for (const auto& [name, tensor] : read.tensors()) {
      uint64_t expected = seq::dtype_size(tensor.dtype);
      for (const int64_t length : tensor.shape) expected *= static_cast<uint64_t>(length);
      if (expected != tensor.bytes.size()) std::abort();
      for (const char byte : tensor.bytes) bytes += static_cast<uint8_t>(byte) != 0;  // every view can be read
      bytes += name.size();
    }
    if (bytes > 2 * size) std::abort();
  } catch (const seq::Error&) {
  }
  return 0;
}
