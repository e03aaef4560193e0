// Blocks are gathered into batches of whole lines, which threads count each into tables of its own.
#include "text/subword/word_counter.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "base/parallel.h"
#include "base/random.h"
#include "text/low_bytes.h"

namespace seq {
namespace {

constexpr size_t kBatch = 1 << 20;
constexpr size_t kLongChunk = 64;  ///< longer ones seldom come again

/// What one thread has counted.
class Counter {
 public:
  Counter(const Front& front, bool keep_line_ends) : front_(front), keep_line_ends_(keep_line_ends) {}

  void count(std::string_view batch, Place place) {
    if (keep_line_ends_) {
      count_text(batch, place);
      return flush();
    }
    for (size_t begin = 0; begin < batch.size();) {
      const void* found = std::memchr(batch.data() + begin, '\n', batch.size() - begin);
      const size_t end =
          found == nullptr ? batch.size() : static_cast<size_t>(static_cast<const char*>(found) - batch.data());
      const bool carriage_return = end > begin && batch[end - 1] == '\r';
      count_text(batch.substr(begin, end - begin - (carriage_return ? 1 : 0)), Place::start);
      begin = end + 1;
    }
    flush();
  }

  void count_text(std::string_view text, Place place) {
    const Locality& locality = front_.locality();
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = chunk_end(text, begin, locality);
      const std::string_view chunk = text.substr(begin, end - begin);
      if (chunk.size() > kLongChunk) {
        split(chunk, place, 1);
      } else {
        count_soon(chunk, text.size() - begin, place == Place::start ? starts_ : insides_);
      }
      place = Place::inside;
      begin = end;
    }
  }

  /// What count_soon() still holds.
  void flush() {
    for (Soon& soon : soon_)
      if (WordCounts* const counts = std::exchange(soon.counts, nullptr)) counts->add(soon.key, 1);
  }

  /// Forgets what count_soon() still holds: its text may be gone.
  void drop() {
    for (Soon& soon : soon_) soon.counts = nullptr;
  }

  /// Takes over what another thread has counted.
  void take(Counter& other) {
    starts_.add(other.starts_);
    insides_.add(other.insides_);
    words_.add(other.words_);
    for (WordCounts* counts : {&other.starts_, &other.insides_, &other.words_}) *counts = WordCounts();
  }

  /// At most the distinct words: a chunk may be several.
  size_t size() const { return starts_.size() + insides_.size() + words_.size(); }

  /// Cuts the chunks into words.
  WordCounts& words() {
    starts_.for_each([this](std::string_view chunk, uint64_t count) { split(chunk, Place::start, count); });
    insides_.for_each([this](std::string_view chunk, uint64_t count) { split(chunk, Place::inside, count); });
    for (WordCounts* chunks : {&starts_, &insides_}) *chunks = WordCounts();
    return words_;
  }

 private:
  /// A chunk whose place in the table is fetched while those before it are counted.
  struct Soon {
    WordCounts* counts = nullptr;
    WordCounts::Key key;
  };

  void count_soon(std::string_view chunk, size_t readable, WordCounts& counts) {
    Soon& soon = soon_[next_++ % soon_.size()];
    if (soon.counts != nullptr) soon.counts->add(soon.key, 1);
    const WordCounts::Key key = WordCounts::key(chunk, readable);
    counts.fetch(key);
    soon.counts = &counts;
    soon.key = key;
  }

  /// The same as next_cut(), which is asked where a space follows anything but an ASCII letter or digit.
  static size_t chunk_end(std::string_view text, size_t begin, const Locality& locality) {
    if (!locality.before_space) return next_cut(text, begin, locality);
    for (size_t at = begin + 1; (at = find_low_byte(text, at)) < text.size(); ++at) {
      if (text[at] != ' ' && text[at] != '\n') continue;
      const char before = text[at - 1];
      const char letter = static_cast<char>(before | 0x20);
      const bool plain = (letter >= 'a' && letter <= 'z') || (before >= '0' && before <= '9');
      if (text[at] != ' ' || !plain) return next_cut(text, at - 1, locality);
      if (at + 1 < text.size() && locality.unless_next[static_cast<unsigned char>(text[at + 1])]) continue;
      return at;
    }
    return text.size();
  }

  void split(std::string_view text, Place place, uint64_t count) {
    front_.split(text, split_, place);
    for (const Range range : split_.ranges) words_.add(split_.word(range), count);
  }

  const Front& front_;
  bool keep_line_ends_;
  WordCounts starts_;   ///< chunks that begin a text
  WordCounts insides_;  ///< and others
  WordCounts words_;
  Words split_;
  std::array<Soon, 8> soon_;
  size_t next_ = 0;
};

/// A stretch of text for one thread.
struct Batch {
  std::string text;
  Place place = Place::start;
};

/// A uniform sample of the lines that pass (reservoir, Vitter 1985, algorithm R).
class LineSample {
 public:
  LineSample(int64_t size, uint64_t seed) : size_(static_cast<size_t>(size)), random_(seed) {}
  void add(std::string_view line) {
    const uint64_t place = lines_.size() < size_ ? lines_.size() : random_.below(seen_ + 1);
    ++seen_;
    if (place == lines_.size() && place < size_) lines_.emplace_back();
    if (place < size_) lines_[place].assign(line);
  }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  size_t size_;
  Random random_;
  uint64_t seen_ = 0;
  std::vector<std::string> lines_;
};

}  // namespace

/// Threads take batches from a queue; without threads batches are counted as they come.
struct WordCounter::State {
  State(const Front& all_front, const CountOptions& all_options)
      : front(all_front), options(all_options), sample(options.sample, options.seed) {
    const int threads = thread_count(options.threads);
    for (int i = 0; i < threads; ++i) counters.emplace_back(front, options.keep_line_ends);
    if (threads == 1) return;
    try {
      for (Counter& counter : counters) workers.emplace_back([this, &counter] { work(counter); });
    } catch (const std::system_error&) {  // no more threads to be had: those that run, or the caller, take all batches
    }
  }
  ~State() { join(); }

  void work(Counter& counter) {
    for (;;) {
      std::unique_lock lock(mutex);
      filled.wait(lock, [this] { return !queue.empty() || ended; });
      if (queue.empty()) return;
      Batch batch = std::move(queue.front());
      queue.pop_front();
      ++busy;
      const bool failed = failure != nullptr;
      lock.unlock();
      taken.notify_one();
      try {
        if (!failed) counter.count(batch.text, batch.place);
      } catch (...) {
        counter.drop();
        const std::lock_guard guard(mutex);
        if (!failure) failure = std::current_exception();
      }
      const std::lock_guard guard(mutex);
      batch.text.clear();
      spare.push_back(std::move(batch.text));
      if (--busy == 0) taken.notify_one();
    }
  }

  /// Forgets rare words when there are too many. When this happens depends on the text alone, since all that was sent
  /// is counted before.
  void prune() {
    sent = 0;
    {
      std::unique_lock lock(mutex);
      taken.wait(lock, [this] { return queue.empty() && busy == 0; });
    }
    const auto most = static_cast<size_t>(options.max_distinct);
    size_t size = 0;
    for (const Counter& counter : counters) size += counter.size();
    if (size <= most) return;
    WordCounts& words = gather();
    while (words.size() > most) words.prune(++least);
  }

  /// All counts, in the first counter.
  WordCounts& gather() {
    for (size_t i = 1; i < counters.size(); ++i) counters[0].take(counters[i]);
    return counters[0].words();
  }

  /// Hands over the first bytes of what is pending.
  void send(size_t size) {
    if (size == 0) return;
    const Place at = std::exchange(place, Place::inside);
    if (workers.empty()) {
      counters[0].count(std::string_view(pending).substr(0, size), at);
      pending.erase(0, size);
      return;
    }
    std::unique_lock lock(mutex);
    taken.wait(lock, [this] { return queue.size() < 2 * workers.size(); });
    std::string rest;
    if (!spare.empty()) {
      rest = std::move(spare.back());
      spare.pop_back();
    }
    rest.assign(pending, size);
    pending.resize(size);
    queue.push_back({std::move(pending), at});
    pending = std::move(rest);
    lock.unlock();
    filled.notify_one();
  }

  /// Where a batch may end: after a line, or where the words of a text do not care.
  size_t whole_part() const {
    if (!options.keep_line_ends) return pending.rfind('\n') + 1;  // 0 for none
    return last_cut(pending, front.locality());
  }

  void take_samples(size_t size) {
    for (size_t begin = 0; begin < size;) {
      const size_t end = pending.find('\n', begin);
      sample.add(std::string_view(pending).substr(begin, std::min(end, size) - begin));
      begin = std::min(end, size) + 1;
    }
    pending.erase(0, size);
  }

  void pass_on(size_t size) {
    if (options.sample > 0) {
      take_samples(size);
    } else {
      send(size);
      sent += size;
      if (options.max_distinct > 0 && sent >= options.prune_after) prune();
    }
  }

  void join() {
    {
      const std::lock_guard lock(mutex);
      ended = true;
    }
    filled.notify_all();
    workers.clear();
  }

  const Front& front;
  CountOptions options;
  LineSample sample;
  std::deque<Counter> counters;
  std::string pending;
  size_t next_try = kBatch;  ///< size of `pending` at which to look for its whole part
  Place place = Place::start;
  size_t sent = 0;     ///< bytes since rare words were last looked for
  uint64_t least = 1;  ///< words with lower counts were forgotten

  std::mutex mutex;
  std::condition_variable filled, taken;
  std::deque<Batch> queue;
  std::vector<std::string> spare;
  size_t busy = 0;  ///< batches that are being counted
  bool ended = false;
  std::exception_ptr failure;
  std::vector<std::jthread> workers;
};

WordCounter::WordCounter(const Front& front, const CountOptions& options)
    : state_(std::make_unique<State>(front, options)) {}
WordCounter::~WordCounter() = default;

void WordCounter::add(std::string_view block) {
  State& state = *state_;
  state.pending += block;
  if (state.pending.size() < state.next_try) return;
  const size_t size = state.whole_part();
  state.pass_on(size);
  // A line of any length is not searched again and again.
  state.next_try = size > 0 ? kBatch : 2 * state.pending.size();
}

void WordCounter::end_text() {
  state_->pass_on(state_->pending.size());
  state_->next_try = kBatch;
  state_->place = Place::start;
}

WordCounts WordCounter::finish() {
  State& state = *state_;
  end_text();
  for (const std::string& line : state.sample.lines()) {
    state.pending = line + '\n';
    state.send(state.pending.size());
  }
  state.join();
  if (state.failure) std::rethrow_exception(state.failure);
  return std::move(state.gather());
}

}  // namespace seq
