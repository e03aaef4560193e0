// Rows of tables, lines of JSON, lines of fastText, folders of files.
#include "text/example_formats.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/csv_rows.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/trimmed.h"

namespace seq {
namespace {

/// Makes valid UTF-8 of what a file has. Throws Error with `place`.
void validate(std::string& text, InvalidUtf8 invalid, const std::string& place) {
  const size_t bad = find_invalid_utf8(text);
  if (bad == std::string::npos || invalid == InvalidUtf8::keep) return;
  if (invalid == InvalidUtf8::refuse) throw Error(place + ": " + invalid_utf8_message(text[bad]));
  std::string replaced;
  append_replaced(text, replaced);
  text = std::move(replaced);
}

/// The lines of a file as valid UTF-8, and the place of the last one.
class Lines {
 public:
  Lines(const std::string& path, InvalidUtf8 invalid) : path_(path), reader_(path), invalid_(invalid) {}
  bool next(std::string_view& line) {
    if (!reader_.next(line)) return false;
    if (find_invalid_utf8(line) != std::string_view::npos) {
      replaced_ = line;
      validate(replaced_, invalid_, place());
      line = replaced_;
    }
    if (reader_.number() == 1) line = without_byte_order_mark(line);
    return true;
  }
  int64_t number() const { return reader_.number(); }
  std::string place() const { return number() == 0 ? path_ : fmt::format("{}:{}", path_, number()); }

 private:
  std::string path_;
  LineReader reader_;
  InvalidUtf8 invalid_;
  std::string replaced_;
};

/// Adds the parts of `cell` between separators; all of it where there is none.
void split_labels(std::string_view cell, const std::string& separator, std::vector<std::string>& labels) {
  while (!separator.empty()) {
    const size_t end = cell.find(separator);
    if (end == std::string_view::npos) break;
    labels.emplace_back(cell.substr(0, end));
    cell.remove_prefix(end + separator.size());
  }
  labels.emplace_back(cell);
}

/// A table whose first row names the columns.
class TableSource : public ExampleReader::Source {
 public:
  explicit TableSource(const ExampleOptions& options) : options_(options) {}

  bool next(Example& example) override {
    if (columns_ == 0) read_header();
    if (!next_row(row_)) return false;
    if (row_.size() != columns_)
      throw Error(fmt::format("{}: {} columns, but the header names {}", place(), row_.size(), columns_));
    example.text = row_[text_];
    example.labels.clear();
    split_labels(row_[label_], options_.separator, example.labels);
    return true;
  }

 protected:
  /// False at the end.
  virtual bool next_row(std::vector<std::string>& row) = 0;

 private:
  void read_header() {
    if (!next_row(row_)) throw Error(place() + ": empty, expected a header that names the columns");
    columns_ = row_.size();
    text_ = column(options_.text, "text");
    label_ = column(options_.label, "label");
  }

  size_t column(const std::string& name, const char* key) const {
    const auto found = std::find(row_.begin(), row_.end(), name);
    if (found == row_.end())
      throw Error(fmt::format("{}: no column \"{}\" (there are: {}; name it in data.examples.{})", place(), name,
                              fmt::join(row_, ", "), key));
    if (std::find(found + 1, row_.end(), name) != row_.end())
      throw Error(fmt::format("{}: two columns are called \"{}\"", place(), name));
    return static_cast<size_t>(found - row_.begin());
  }

  ExampleOptions options_;
  std::vector<std::string> row_;
  size_t columns_ = 0, text_ = 0, label_ = 0;
};

/// Tabs between columns, nothing quoted.
class TsvSource : public TableSource {
 public:
  TsvSource(const std::string& path, const ExampleOptions& options, InvalidUtf8 invalid)
      : TableSource(options), lines_(path, invalid) {}
  std::string place() const override { return lines_.place(); }

 protected:
  bool next_row(std::vector<std::string>& row) override {
    std::string_view line;
    do {
      if (!lines_.next(line)) return false;
    } while (line.empty());
    row.clear();
    split_labels(line, "\t", row);
    return true;
  }

 private:
  Lines lines_;
};

/// Comma-separated values (RFC 4180), where a quoted cell may go over lines.
class CsvSource : public TableSource {
 public:
  CsvSource(const std::string& path, const ExampleOptions& options, InvalidUtf8 invalid)
      : TableSource(options),
        lines_(path, invalid),
        rows_(path, [this](std::string_view& line) { return lines_.next(line); }) {}
  std::string place() const override { return rows_.place(); }

 protected:
  bool next_row(std::vector<std::string>& row) override { return rows_.next(row); }

 private:
  Lines lines_;
  CsvRows rows_;
};

/// One JSON object a line.
class JsonlSource : public ExampleReader::Source {
 public:
  JsonlSource(const std::string& path, const ExampleOptions& options, InvalidUtf8 invalid)
      : lines_(path, invalid), options_(options) {}

  bool next(Example& example) override {
    std::string_view line;
    do {
      if (!lines_.next(line)) return false;
    } while (line.find_first_not_of(" \t") == std::string_view::npos);
    const Json row = parse(line);
    if (!row.is_object()) throw Error(place() + ": not a JSON object");
    const Json& text = at(row, options_.text, "text");
    if (!text.is_string()) throw Error(fmt::format("{}: {} is not a string", place(), options_.text));
    example.text = text.get<std::string>();
    example.labels.clear();
    const Json& label = at(row, options_.label, "label");
    if (!label.is_array()) {
      example.labels.push_back(name_of(label));
      return true;
    }
    for (const Json& one : label) example.labels.push_back(name_of(one));
    return true;
  }
  std::string place() const override { return lines_.place(); }

 private:
  Json parse(std::string_view line) const {
    try {
      return parse_json(line, place());
    } catch (const Error& error) {  // `a.jsonl:7:1:24: …`: the 24th byte of the first and only line of what was parsed
      const std::string message = error.what(), first = place() + ":1:";
      throw Error(message.starts_with(first) ? place() + ":" + message.substr(first.size()) : message);
    }
  }
  const Json& at(const Json& row, const std::string& name, const char* key) const {
    const auto found = row.find(name);
    if (found == row.end())
      throw Error(fmt::format("{}: no key \"{}\" (name it in data.examples.{})", place(), name, key));
    return *found;
  }
  std::string name_of(const Json& label) const {
    if (label.is_string()) return label.get<std::string>();
    if (label.is_number_integer() || label.is_boolean()) return label.dump();
    throw Error(fmt::format("{}: {} is neither a string nor a whole number", place(), options_.label));
  }

  Lines lines_;
  ExampleOptions options_;
};

/// `__label__pos __label__long what a film`
class FastTextSource : public ExampleReader::Source {
 public:
  FastTextSource(const std::string& path, InvalidUtf8 invalid) : lines_(path, invalid) {}

  bool next(Example& example) override {
    static constexpr std::string_view kLabel = "__label__";
    std::string_view line;
    do {
      if (!lines_.next(line)) return false;
    } while (line.find_first_not_of(" \t") == std::string_view::npos);
    example.labels.clear();
    while (line.starts_with(kLabel)) {
      const size_t end = std::min(line.find_first_of(" \t"), line.size());
      example.labels.emplace_back(line.substr(kLabel.size(), end - kLabel.size()));
      line.remove_prefix(std::min(line.find_first_not_of(" \t", end), line.size()));
    }
    example.text = line;
    return true;
  }
  std::string place() const override { return lines_.place(); }

 private:
  Lines lines_;
};

/// A folder for each label, a file for each text, in the order of their names.
class FolderSource : public ExampleReader::Source {
 public:
  FolderSource(const std::string& path, InvalidUtf8 invalid) : path_(path), invalid_(invalid) {
    if (!fs::is_directory(path)) throw Error(path + ": not a folder (data.examples.format is folders)");
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path))
      if (entry.is_regular_file()) files_.push_back(entry.path());
    std::sort(files_.begin(), files_.end());
  }

  bool next(Example& example) override {
    if (next_ == files_.size()) return false;
    const fs::path& file = files_[next_++];
    example.labels = {file.lexically_relative(path_).begin()->string()};
    if (fs::path(path_) / example.labels[0] == file)
      throw Error(place() + ": stands in no folder (the folder's name is the label)");
    example.text.clear();
    InputStream input(file);
    for (std::string_view block; !(block = input.next_block()).empty();) example.text += block;
    validate(example.text, invalid_, place());
    validate(example.labels[0], invalid_, place());
    return true;
  }
  std::string place() const override { return next_ == 0 ? path_ : files_[next_ - 1].string(); }

 private:
  std::string path_;
  InvalidUtf8 invalid_;
  std::vector<fs::path> files_;
  size_t next_ = 0;
};

}  // namespace

std::string example_format(const std::string& path) {
  fs::path name = fs::path(path).filename();
  for (const char* packed : {".gz", ".zst", ".bz2", ".xz"})
    if (name.extension() == packed) name = name.stem();
  if (name.extension() == ".tsv") return "tsv";
  if (name.extension() == ".csv") return "csv";
  if (name.extension() == ".jsonl" || name.extension() == ".ndjson") return "jsonl";
  return "fasttext";
}

std::unique_ptr<ExampleReader::Source> open_examples(const std::string& path, const ExampleOptions& options,
                                                     InvalidUtf8 invalid) {
  const std::string format = options.format == "auto" ? example_format(path) : options.format;
  if (format == "folders") return std::make_unique<FolderSource>(path, invalid);
  if (format == "tsv") return std::make_unique<TsvSource>(path, options, invalid);
  if (format == "csv") return std::make_unique<CsvSource>(path, options, invalid);
  if (format == "jsonl") return std::make_unique<JsonlSource>(path, options, invalid);
  return std::make_unique<FastTextSource>(path, invalid);
}

}  // namespace seq
