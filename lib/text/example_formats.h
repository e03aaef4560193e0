// One reader for each format of labelled texts.
#pragma once

#include <memory>
#include <string>

#include "text/examples.h"

namespace seq {

/// The examples of one file or folder.
class ExampleReader::Source {
 public:
  virtual ~Source() = default;
  /// False at the end. Throws Error with the place.
  virtual bool next(Example& example) = 0;
  virtual std::string place() const = 0;
};

/// The format that `auto` stands for.
std::string example_format(const std::string& path);

/// Throws Error when the file is missing, or its header lacks a column.
std::unique_ptr<ExampleReader::Source> open_examples(const std::string& path, const ExampleOptions& options,
                                                     InvalidUtf8 invalid);

}  // namespace seq
