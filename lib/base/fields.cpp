// The parts of the strict configuration reader that do not depend on the struct.
#include "base/fields.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

namespace seq {
namespace {

std::string number_text(double value) {
  return Json(value).dump();
}

std::string bound_text(double value) {
  return value == std::floor(value) && std::abs(value) < 1e15 ? std::to_string(static_cast<int64_t>(value))
                                                              : number_text(value);
}

[[noreturn]] void refuse_type(const std::string& path, const Json& value, const std::string& expected) {
  throw Error(path + ": " + shown(value) + " is not " + expected);
}

void check_range(double number, const std::string& path, const Constraint& constraint) {
  const bool too_small = constraint.least_excluded ? number <= constraint.least : number < constraint.least;
  if (too_small || number > constraint.most)
    throw Error(path + ": " + bound_text(number) + " is out of range (" + constraint.text + ")");
}

}  // namespace

Constraint at_least(double least) {
  Constraint constraint;
  constraint.text = "at least " + bound_text(least);
  constraint.least = least;
  return constraint;
}

Constraint above(double least) {
  Constraint constraint;
  constraint.text = "above " + bound_text(least);
  constraint.least = least;
  constraint.least_excluded = true;
  return constraint;
}

Constraint between(double least, double most) {
  Constraint constraint;
  constraint.text = "from " + bound_text(least) + " to " + bound_text(most);
  constraint.least = least;
  constraint.most = most;
  return constraint;
}

Constraint one_of(std::vector<std::string> choices) {
  Constraint constraint;
  constraint.text = fmt::format("one of: {}", fmt::join(choices, ", "));
  constraint.choices = std::move(choices);
  return constraint;
}

Constraint path() {
  Constraint constraint;
  constraint.text = "a path";
  constraint.is_path = true;
  return constraint;
}

namespace detail {

void read_value(const Json& value, const std::string& path, const Constraint&, bool& out) {
  if (!value.is_boolean()) refuse_type(path, value, "true or false");
  out = value.get<bool>();
}

void read_value(const Json& value, const std::string& path, const Constraint& constraint, int64_t& out) {
  if (!value.is_number()) refuse_type(path, value, "an integer");
  if (value.is_number_float()) {  // 1e6 is fine, 0.5 is not
    const double number = value.get<double>();
    if (number != std::floor(number) || std::abs(number) > 9e15) refuse_type(path, value, "an integer");
    out = static_cast<int64_t>(number);
  } else if (value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) {
    refuse_type(path, value, "an integer below 2^63");
  } else {
    out = value.get<int64_t>();
  }
  check_range(static_cast<double>(out), path, constraint);
}

void read_value(const Json& value, const std::string& path, const Constraint& constraint, double& out) {
  if (!value.is_number()) refuse_type(path, value, "a number");
  out = value.get<double>();
  if (!std::isfinite(out)) refuse_type(path, value, "a finite number");
  check_range(out, path, constraint);
}

void read_value(const Json& value, const std::string& path, const Constraint& constraint, std::string& out) {
  if (!value.is_string()) refuse_type(path, value, "a string");
  out = value.get<std::string>();
  if (constraint.choices.empty()) return;
  if (std::find(constraint.choices.begin(), constraint.choices.end(), out) != constraint.choices.end()) return;
  const auto meant = nearest_word(out, constraint.choices);
  throw Error(path + ": " + shown(value) + " is unknown (" + (meant ? "did you mean " + *meant + "? " : "") +
              constraint.text + ")");
}

void refuse_key(const std::string& path, const std::string& key, const std::vector<std::string>& known) {
  const auto meant = nearest_word(key, known);
  const std::string remedy = meant ? "did you mean " + *meant + "?" : fmt::format("known: {}", fmt::join(known, ", "));
  throw Error(join_path(path, key) + ": unknown key (" + remedy + ")");
}

void require_object(const Json& value, const std::string& path) {
  if (!value.is_object()) refuse_type(path.empty() ? "config" : path, value, "an object {…}");
}

std::string join_path(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

}  // namespace detail

namespace {

/// Levenshtein distance, with two swapped neighbours counted as one edit.
size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> before, previous(b.size() + 1), current(b.size() + 1);
  std::iota(previous.begin(), previous.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        current[j] = std::min(current[j], before[j - 2] + 1);
    }
    before = previous;
    std::swap(previous, current);
  }
  return previous[b.size()];
}

/// `hiden` for `hidden_size`: at most one edit away from how the candidate begins.
bool misspells_beginning(const std::string& word, const std::string& candidate) {
  if (word.size() < 4) return false;
  for (size_t length = word.size() - 1; length <= word.size() + 1 && length < candidate.size(); ++length)
    if (edit_distance(word, candidate.substr(0, length)) <= 1) return true;
  return false;
}

}  // namespace

std::optional<std::string> nearest_word(const std::string& word, const std::vector<std::string>& candidates) {
  if (word.size() > 100) return std::nullopt;
  std::optional<std::string> best;
  size_t best_distance = std::max<size_t>(2, word.size() / 2) + 1;
  for (const std::string& candidate : candidates) {
    size_t distance = edit_distance(word, candidate);
    if (candidate.size() > word.size() && word.size() >= 3 && candidate.rfind(word, 0) == 0) distance = 1;  // hidden
    if (distance > 2 && misspells_beginning(word, candidate)) distance = 2;
    if (distance < best_distance && distance < std::max(word.size(), candidate.size())) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace seq
