// gzip through zlib.
#include "base/gunzip.h"

#include <new>

#include "base/error.h"

namespace seq {

Gunzip::Gunzip() : unpacked_(size_t{1} << 18) {
  constexpr int kGzip = 16;  // zlib: expect gzip's header and trailer, and compare the trailer
  if (inflateInit2(&stream_, kGzip + MAX_WBITS) != Z_OK) throw std::bad_alloc();
}

Gunzip::~Gunzip() {
  inflateEnd(&stream_);
}

void Gunzip::feed(std::string_view packed) {
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));  // zlib only reads it
  stream_.avail_in = static_cast<uInt>(packed.size());
}

/// Skips what may stand between two members; false when the input ends first.
bool Gunzip::begin_member() {
  while (stream_.avail_in > 0 && *stream_.next_in == 0) {
    ++stream_.next_in;
    --stream_.avail_in;
  }
  if (stream_.avail_in == 0) return false;
  if (*stream_.next_in != 0x1f) throw Error("other bytes after the end of the compressed data");
  inflateReset(&stream_);
  between_members_ = false;
  return true;
}

std::string_view Gunzip::next() {
  while (stream_.avail_in > 0 || has_more_) {
    if (between_members_ && !begin_member()) break;
    stream_.next_out = reinterpret_cast<Bytef*>(unpacked_.data());
    stream_.avail_out = static_cast<uInt>(unpacked_.size());
    const int status = inflate(&stream_, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
      throw Error(stream_.msg != nullptr ? stream_.msg : "not gzip data");
    between_members_ = status == Z_STREAM_END;
    has_more_ = stream_.avail_out == 0 && !between_members_;
    const size_t size = unpacked_.size() - stream_.avail_out;
    if (size > 0) return {unpacked_.data(), size};
    if (status == Z_BUF_ERROR) break;  // no progress without more input
  }
  return {};
}

void Gunzip::finish() const {
  if (!between_members_) throw Error("truncated gzip input");
}

}  // namespace seq
