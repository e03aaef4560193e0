// Examples of several files as one stream.
#include "text/examples.h"

#include "base/error.h"
#include "run/interruption.h"
#include "text/example_formats.h"

namespace seq {
ExampleReader::ExampleReader(std::vector<std::string> paths, const ExampleOptions& options, InvalidUtf8 invalid,
                             Progress* progress)
    : paths_(std::move(paths)), options_(options), invalid_(invalid), progress_(progress) {}

ExampleReader::~ExampleReader() = default;

bool ExampleReader::open_next() {
  if (next_path_ == paths_.size()) return false;
  source_ = open_examples(paths_[next_path_++], options_, invalid_);
  return true;
}

bool ExampleReader::next(Example& example) {
  if (const int signal = InterruptionGuard::signal(); signal != 0)
    throw Interrupted(signal, "interrupted while the examples were read; nothing is saved yet");
  while (source_ == nullptr || !source_->next(example))
    if (!open_next()) return false;
  for (const std::string& label : example.labels)
    if (label.empty()) throw Error(place() + ": an empty label");
  if (progress_ != nullptr) progress_->update(++examples_);
  return true;
}

std::string ExampleReader::place() const {
  return source_ == nullptr ? paths_.front() : source_->place();
}

}  // namespace seq
