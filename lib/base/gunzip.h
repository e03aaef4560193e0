// Unpacking of gzip with its checksums compared, which libarchive's own filter leaves out.
#pragma once

#include <zlib.h>

#include <string_view>
#include <vector>

namespace seq {

/// Unpacks a gzip file piece by piece: `feed` a block, take what it unpacks to from `next` until that is empty, and at
/// the end of the input `finish`. Several members in a row are one file, as for gzip itself; zeros after the last one
/// (of a tape or a disk block) are ignored. Each member's CRC-32 and length are compared.
class Gunzip {
 public:
  Gunzip();
  ~Gunzip();
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  static bool recognises(std::string_view start) { return start.starts_with("\x1f\x8b"); }

  /// `packed` must live until `next` gives nothing more.
  void feed(std::string_view packed);
  /// Empty when more input is needed. Throws Error that says what is wrong with the data.
  std::string_view next();
  /// Throws Error when the input has ended in the middle of a member.
  void finish() const;

 private:
  bool begin_member();

  z_stream stream_{};
  std::vector<char> unpacked_;
  bool between_members_ = false;
  bool has_more_ = false;  ///< the last output was full, so that there may be more without input
};

}  // namespace seq
