// Labels by name and number.
#include "classify/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"

namespace seq::classify {
namespace {

constexpr size_t kShown = 10;  // labels in a message

std::string folded(const std::string& name) {
  const size_t first = name.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  std::string text = name.substr(first, name.find_last_not_of(" \t") - first + 1);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return text;
}

}  // namespace

Labels::Labels(std::vector<std::string> names) : names_(std::move(names)) {
  std::sort(names_.begin(), names_.end());
  names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
}

std::optional<int32_t> Labels::find(std::string_view name) const {
  const auto found = std::lower_bound(names_.begin(), names_.end(), name);
  if (found == names_.end() || *found != name) return std::nullopt;
  return static_cast<int32_t>(found - names_.begin());
}

int32_t Labels::at(std::string_view name, const std::string& place) const {
  if (const auto label = find(name)) return *label;
  const size_t shown = std::min(names_.size(), kShown);
  throw Error(fmt::format("{}: the label \"{}\" is none of {}{}, which the model was trained with", place, name,
                          fmt::join(names_.begin(), names_.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                          names_.size() > shown ? " …" : ""));
}

std::vector<std::string> Labels::look_alikes() const {
  std::map<std::string, std::string> first;
  std::vector<std::string> pairs;
  for (const std::string& name : names_) {
    const auto [earlier, added] = first.emplace(folded(name), name);
    if (!added) pairs.push_back(fmt::format("\"{}\" and \"{}\"", earlier->second, name));
  }
  return pairs;
}

}  // namespace seq::classify
