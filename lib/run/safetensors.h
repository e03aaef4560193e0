// The safetensors format as bytes: https://github.com/huggingface/safetensors. Reading never executes anything.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace seq {

/// One tensor inside a file: `dtype` as the format spells it (F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL …), row-major
/// little-endian bytes.
struct TensorBytes {
  std::string dtype;
  std::vector<int64_t> shape;
  std::string_view bytes;
};

/// Bytes of one element of a dtype. Throws Error when it is unknown.
size_t dtype_size(const std::string& dtype);

/// Writes tensors in one atomic step. `metadata` is kept in the header; we add `format: seqtool`, `version`, and
/// `crc32` over the whole file (header too, with this value as zeros), which `SafetensorsFile` checks. The data start
/// at a multiple of 64 bytes. Throws RunError when the file cannot be written.
void write_safetensors(const fs::path& path, const std::map<std::string, TensorBytes>& tensors,
                       const std::map<std::string, std::string>& metadata);

/// A memory-mapped safetensors file, ours or another tool's (whose metadata may lack checksum and version).
class SafetensorsFile {
 public:
  /// Throws Error naming the file: missing, not safetensors, truncated, damaged (checksum), offsets that overlap or
  /// leave the file, sizes that do not fit shape and dtype, version newer than this tool's.
  explicit SafetensorsFile(const fs::path& path);

  const std::map<std::string, TensorBytes>& tensors() const { return tensors_; }
  /// Empty text when the key is absent.
  std::string metadata(const std::string& key) const;

 private:
  MappedFile file_;
  std::map<std::string, TensorBytes> tensors_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace seq
