// fastText's models (`.bin`, version 12): settings, dictionary, then the input matrix, whose rows are the words and
// behind them the buckets of their n-grams.
#include <fmt/format.h>

#include <cstring>

#include "base/error.h"
#include "base/parallel.h"
#include "vectors/formats.h"
#include "vectors/growing_matrix.h"
#include "vectors/subwords.h"

namespace seq::vectors {
namespace {

constexpr int32_t kVersion = 12;

class FastTextReader {
 public:
  FastTextReader(std::shared_ptr<MappedFile> file, const std::string& shown)
      : file_(std::move(file)), shown_(shown), rest_(file_->text()) {}

  Table read(const LoadOptions& options) {
    take<int32_t>();  // the magic number
    if (const auto version = take<int32_t>(); version != kVersion)
      throw Error(fmt::format("{}: a fastText model of version {}, expected {}", shown_, version, kVersion));
    read_settings();
    read_dictionary();
    if (take<uint8_t>() != 0) throw Error(shown_ + ": a quantised fastText model; take the full one, .bin");
    const Matrix input = read_matrix();
    const int64_t words = words_->size();
    if (input.rows != words + rules_.buckets) damaged(fmt::format("{} rows in its matrix", input.rows));
    Matrix buckets = input;
    buckets.values += words * input.columns;
    buckets.rows = rules_.buckets;
    auto subwords = std::make_shared<Subwords>(buckets, rules_);
    if (options.limit > 0) words_->truncate(options.limit);
    return {words_, compose(input, *subwords, options.threads), {}, subwords};
  }

 private:
  [[noreturn]] void damaged(const std::string& why) const { throw Error(shown_ + ": damaged fastText model: " + why); }

  template <class T>
  T take() {
    T value;
    if (rest_.size() < sizeof value) damaged("cut short");
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }

  void read_settings() {
    constexpr int kUnused = 7;  // window, epochs, least count, negatives, word n-grams, loss, model
    dimension_ = take<int32_t>();
    for (int i = 0; i < kUnused; ++i) take<int32_t>();
    rules_.buckets = take<int32_t>();
    rules_.shortest = take<int32_t>();
    rules_.longest = take<int32_t>();
    take<int32_t>();  // how often the rate was updated
    take<double>();   // sub-sampling
    if (dimension_ < 1 || dimension_ > kMostDimensions) damaged(fmt::format("vectors of {} numbers", dimension_));
    if (rules_.buckets < 0) damaged(fmt::format("{} buckets", rules_.buckets));
  }

  void read_dictionary() {
    const auto entries = take<int32_t>(), words = take<int32_t>();
    take<int32_t>();  // labels
    take<int64_t>();  // words in the training text
    const auto pruned = take<int64_t>();
    if (pruned > 0) throw Error(shown_ + ": a pruned fastText model; take the full one, .bin");
    for (int32_t i = 0; i < entries; ++i) {
      const size_t end = rest_.find('\0');
      if (end == std::string_view::npos) damaged("cut short inside its dictionary");
      const std::string_view word = rest_.substr(0, end);
      rest_.remove_prefix(end + 1);
      take<int64_t>();  // its count
      const bool is_word = take<uint8_t>() == 0;
      if (is_word != (i < words)) damaged("labels stand among its words");
      if (is_word && (word.empty() || !words_->add(word)))
        damaged(fmt::format("word {} is empty or there twice", i + 1));
    }
    if (words_->size() != words) damaged(fmt::format("{} words, expected {}", words_->size(), words));
  }

  /// Mapped, unless the words before it have brought it off the boundaries of floats.
  Matrix read_matrix() {
    const auto rows = take<int64_t>(), columns = take<int64_t>();
    size_t bytes = 0;
    if (rows < 0 || columns != dimension_ ||
        __builtin_mul_overflow(static_cast<size_t>(rows), static_cast<size_t>(columns) * sizeof(float), &bytes))
      damaged(fmt::format("a matrix of {} x {}", rows, columns));
    if (bytes > rest_.size()) damaged("cut short");
    if (reinterpret_cast<uintptr_t>(rest_.data()) % sizeof(float) != 0)
      return to_floats(rest_.substr(0, bytes), "F32", rows, columns);
    return {file_, reinterpret_cast<const float*>(rest_.data()), rows, columns};
  }

  /// The vector of a word: the mean of its own row and those of its n-grams.
  Matrix compose(const Matrix& input, const Subwords& subwords, int threads) const {
    GrowingMatrix matrix(dimension_);
    matrix.grow(words_->size());
    parallel_ranges(words_->size(), threads, 1 << 10, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const std::span<float> sum(matrix.row(i), static_cast<size_t>(dimension_));
        std::copy(input.row(i).begin(), input.row(i).end(), sum.begin());
        const auto parts = static_cast<float>(1 + subwords.add((*words_)[i], sum));
        for (float& value : sum) value /= parts;
      }
    });
    return std::move(matrix).finish();
  }

  std::shared_ptr<MappedFile> file_;
  const std::string& shown_;
  std::string_view rest_;
  int64_t dimension_ = 0;
  SubwordRules rules_;
  std::shared_ptr<WordList> words_ = std::make_shared<WordList>();
};

}  // namespace

Table read_fasttext(const fs::path& path, const std::string& shown, const LoadOptions& options) {
  return FastTextReader(std::make_shared<MappedFile>(path), shown).read(options);
}

}  // namespace seq::vectors
