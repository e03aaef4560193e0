// Examples in a token file.
#include "classify/encoded.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace seq::classify {

EncodedWriter::EncodedWriter(const std::filesystem::path& path, const EncodedLayout& layout)
    : layout_(layout), file_(path, layout.vocabulary()) {}

void EncodedWriter::add(const EncodedExample& example) {
  ids_.clear();
  for (const int32_t label : example.labels) ids_.push_back(static_cast<int32_t>(layout_.end_mark() + 1) + label);
  ids_.insert(ids_.end(), example.features.begin(), example.features.end());
  ids_.push_back(static_cast<int32_t>(layout_.end_mark()));
  file_.append(ids_);
  ++size_;
}

EncodedExamples::EncodedExamples(const std::filesystem::path& path, const EncodedLayout& layout)
    : layout_(layout), file_(path) {
  if (file_.vocabulary_size() != layout.vocabulary())
    throw Error(path.string() + ": encoded for another model (start anew with --overwrite)");
  constexpr int64_t kBlock = 1 << 16;
  std::vector<int64_t> ids;
  begins_ = {0};
  for (int64_t first = 0; first < file_.size(); first += kBlock) {
    ids.resize(static_cast<size_t>(std::min(kBlock, file_.size() - first)));
    file_.read(first, ids);
    for (size_t i = 0; i < ids.size(); ++i)
      if (ids[i] == layout.end_mark()) begins_.push_back(first + static_cast<int64_t>(i) + 1);
  }
  if (begins_.back() != file_.size()) throw Error(path.string() + ": cut short (start anew with --overwrite)");
}

void EncodedExamples::read(int64_t index, EncodedExample& example) const {
  const int64_t begin = begins_[static_cast<size_t>(index)], end = begins_[static_cast<size_t>(index) + 1];
  thread_local std::vector<int64_t> ids;
  ids.resize(static_cast<size_t>(end - 1 - begin));
  file_.read(begin, ids);
  example.labels.clear();
  example.features.clear();
  for (const int64_t id : ids) {
    if (id > layout_.end_mark()) {
      example.labels.push_back(static_cast<int32_t>(id - layout_.end_mark() - 1));
    } else {
      example.features.push_back(static_cast<uint32_t>(id));
    }
  }
}

}  // namespace seq::classify
