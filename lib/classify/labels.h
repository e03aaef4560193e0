// The labels that a classifier can give, and their numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seq::classify {

/// Distinct labels in the order of their bytes.
class Labels {
 public:
  Labels() = default;
  explicit Labels(std::vector<std::string> names);
  int32_t size() const { return static_cast<int32_t>(names_.size()); }
  const std::string& name(int32_t label) const { return names_[static_cast<size_t>(label)]; }
  const std::vector<std::string>& names() const { return names_; }
  std::optional<int32_t> find(std::string_view name) const;
  /// The same. Throws Error(`place: the label "x" is none of pos, neg …`).
  int32_t at(std::string_view name, const std::string& place) const;
  /// Pairs that differ only in case or surrounding white space, which is rarely meant: `"Pos" and "pos"`.
  std::vector<std::string> look_alikes() const;

 private:
  std::vector<std::string> names_;
};

}  // namespace seq::classify
