// Which format a file has, and how each is read.
#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "base/error.h"
#include "base/parallel.h"
#include "base/trimmed.h"
#include "text/lines.h"
#include "text/utf8.h"
#include "vectors/formats.h"

namespace seq::vectors {
namespace {

constexpr size_t kLongestHeader = 64;
constexpr std::string_view kNpyMagic = "\x93NUMPY";

bool is_npy(std::string_view begin) {
  return begin.starts_with(kNpyMagic);
}

/// The length of a JSON header, and its first byte.
bool is_safetensors(std::string_view begin) {
  if (begin.size() < 10 || begin[8] != '{') return false;
  uint64_t length = 0;
  std::memcpy(&length, begin.data(), sizeof length);
  return length >= 2 && length <= 100'000'000;
}

bool is_fasttext(std::string_view begin) {
  return begin.starts_with("\xBA\x16\x4F\x2F");
}

/// The line `V D`; nothing when the first line is none. Moves the source behind it.
bool take_header(ByteSource& source, Header& header) {
  const std::string_view begin = source.peek(kLongestHeader);
  const size_t end = std::min(begin.find('\n'), begin.size());
  if (end == kLongestHeader) return false;
  const char* const last = begin.data() + end;
  const auto first = std::from_chars(begin.data(), last, header.words);
  if (first.ec != std::errc{} || first.ptr == last || (*first.ptr != ' ' && *first.ptr != '\t')) return false;
  const auto second = std::from_chars(first.ptr + 1, last, header.dimension);
  if (second.ec != std::errc{}) return false;
  for (const char* rest = second.ptr; rest != last; ++rest)
    if (*rest != ' ' && *rest != '\r' && *rest != '\t') return false;
  if (header.words < 1 || header.dimension < 1 || header.dimension > kMostDimensions)
    throw Error(fmt::format("{}:1: damaged header: {} words of {} numbers each", source.name(), header.words,
                            header.dimension));
  source.skip(std::min(end + 1, begin.size()));
  return true;
}

/// Floats as bytes are hardly ever printable UTF-8, numbers in digits always.
bool continues_as_text(ByteSource& source) {
  constexpr size_t kEnough = 512;
  const std::string_view ahead = source.peek(1 << 16);
  const size_t space = ahead.find_first_of(" \t");
  std::string_view sample = ahead.substr(space == std::string_view::npos ? 0 : space, kEnough);
  sample = sample.substr(0, sample.find('\n'));
  for (const char c : sample)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r') return false;
  const size_t invalid = find_invalid_utf8(sample);
  return invalid == std::string_view::npos || invalid + 4 > kEnough;  // the sample may cut a character
}

/// The file itself when it can be mapped, else an unpacked copy.
class Mappable {
 public:
  Mappable(const fs::path& path, ByteSource& source, bool (*is_format)(std::string_view)) : path_(path) {
    if (path != "-" && is_format(MappedFile(path).text().substr(0, kLongestHeader))) return;
    copy_ = std::make_unique<TemporaryFile>("seqtool-vectors");
    path_ = copy_->path();
    AtomicFile file(path_);
    for (std::string_view block = source.take(1 << 20); !block.empty(); block = source.take(1 << 20)) file.write(block);
    file.commit();
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  std::unique_ptr<TemporaryFile> copy_;
};

/// `a.npy.gz` → `a`: what a vocabulary is named after.
fs::path without_extensions(const fs::path& path) {
  fs::path name = path;
  for (const char* packed : {".gz", ".zst", ".xz", ".bz2"})
    if (name.extension() == packed) name.replace_extension();
  return name.replace_extension();
}

fs::path find_vocabulary(const fs::path& path, const LoadOptions& options) {
  if (!options.vocabulary.empty()) return options.vocabulary;
  fs::path named = without_extensions(path);
  named += ".vocabulary.txt";
  if (fs::exists(named)) return named;
  fs::path beside = path.parent_path() / "vocabulary.txt";
  if (fs::exists(beside)) return beside;
  throw Error(fmt::format("{}: its words are missing: no {} and no {}; name the file by --vocabulary", path.string(),
                          named.string(), beside.string()));
}

Table with_vocabulary(Matrix matrix, const fs::path& path, const LoadOptions& options) {
  const fs::path vocabulary = find_vocabulary(path, options);
  Table table = read_vocabulary(vocabulary, options.limit);
  if (options.limit > 0) matrix.rows = std::min(matrix.rows, options.limit);
  if (table.words->size() != matrix.rows)
    throw Error(fmt::format("{}: {} words, but {} has {} vectors", vocabulary.string(), table.words->size(),
                            path.string(), matrix.rows));
  table.matrix = std::move(matrix);
  return table;
}

Table read_table(const fs::path& path, const LoadOptions& options) {
  ByteSource source(path);
  const std::string_view begin = source.peek(kLongestHeader);
  if (is_npy(begin))
    return with_vocabulary(read_npy(Mappable(path, source, is_npy).path(), source.name()), path, options);
  if (is_safetensors(begin))
    return with_vocabulary(
        read_safetensors(Mappable(path, source, is_safetensors).path(), source.name(), options.tensor), path, options);
  if (is_fasttext(begin)) return read_fasttext(Mappable(path, source, is_fasttext).path(), source.name(), options);
  source.skip(begin.size() - without_byte_order_mark(begin).size());
  Header header;
  if (!take_header(source, header)) return read_text(source, nullptr, options);
  return continues_as_text(source) ? read_text(source, &header, options) : read_binary(source, header, options);
}

/// A run folder's table, or Error when the run is one of another kind.
Table read_run(const fs::path& folder, LoadOptions options) {
  const fs::path model = folder / "model.safetensors";
  if (options.vocabulary.empty()) options.vocabulary = folder / "vocabulary.txt";
  if (!fs::exists(model) || !fs::exists(options.vocabulary))
    throw Error(fmt::format("{}: no word vectors in this folder (no {})", folder.string(),
                            fs::exists(model) ? "vocabulary.txt" : "model.safetensors"));
  if (options.tensor.empty()) options.tensor = "vectors";
  std::shared_ptr<const Subwords> subwords;
  Matrix matrix = read_run_tensors(model, options.tensor, subwords);
  Table table = with_vocabulary(std::move(matrix), model, options);
  table.subwords = std::move(subwords);
  return table;
}

}  // namespace

WordVectors load_vectors(const fs::path& path, const LoadOptions& options) {
  std::error_code ignored;
  const bool is_folder = fs::is_directory(path, ignored);
  Table table = is_folder ? read_run(path, options) : read_table(path, options);
  WordVectors vectors(std::move(table.words), std::move(table.matrix), shown_name(path), std::move(table.counts),
                      options.threads);
  vectors.set_subwords(std::move(table.subwords));
  return vectors;
}

fs::path vocabulary_beside(const fs::path& path) {
  fs::path beside = without_extensions(path);
  beside += ".vocabulary.txt";
  return beside;
}

}  // namespace seq::vectors
