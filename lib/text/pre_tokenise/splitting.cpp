// The five ways to treat a match.
#include "text/pre_tokenise/splitting.h"

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "text/tokenizer_json.h"

namespace seq {
namespace {

constexpr std::pair<const char*, SplitBehaviour> kNames[] = {
    {"Removed", SplitBehaviour::removed},
    {"Isolated", SplitBehaviour::isolated},
    {"MergedWithPrevious", SplitBehaviour::merged_with_previous},
    {"MergedWithNext", SplitBehaviour::merged_with_next},
    {"Contiguous", SplitBehaviour::contiguous}};

}  // namespace

SplitBehaviour split_behaviour(const Json& json, SplitBehaviour fallback, const std::string& place) {
  if (member(json, "behavior").is_null()) return fallback;
  const std::string given = require_text(json, "behavior", place);
  for (const auto& [name, behaviour] : kNames)
    if (given == name) return behaviour;
  throw Error(place + ".behavior: " + given + " is not supported");
}

const char* split_behaviour_name(SplitBehaviour behaviour) {
  for (const auto& [name, one] : kNames)
    if (one == behaviour) return name;
  return "";
}

void join_stretches(const std::vector<Stretch>& stretches, SplitBehaviour behaviour, std::vector<Range>& ranges) {
  if (behaviour == SplitBehaviour::removed) {
    for (const Stretch& one : stretches)
      if (!one.match) ranges.push_back(one.range);
    return;
  }
  if (behaviour == SplitBehaviour::merged_with_next) {
    // As merged_with_previous, from the right.
    const size_t first = ranges.size();
    bool after_match = false;
    for (auto one = stretches.rbegin(); one != stretches.rend(); ++one) {
      if (one->match && !after_match && ranges.size() > first) {
        ranges.back().begin = one->range.begin;
      } else {
        ranges.push_back(one->range);
      }
      after_match = one->match;
    }
    std::reverse(ranges.begin() + static_cast<std::ptrdiff_t>(first), ranges.end());
    return;
  }
  const Stretch* before = nullptr;
  for (const Stretch& one : stretches) {
    const bool joins =
        before != nullptr && ((behaviour == SplitBehaviour::contiguous && one.match == before->match) ||
                              (behaviour == SplitBehaviour::merged_with_previous && one.match && !before->match));
    if (joins) {
      ranges.back().end = one.range.end;
    } else {
      ranges.push_back(one.range);
    }
    before = &one;
  }
}

}  // namespace seq
