// The counted n-gram model: its options.
#pragma once

#include <array>

#include "base/fields.h"
#include "ngram/estimate_options.h"

namespace seq {

/// How it is counted and smoothed, and how its file is laid out.
struct NgramOptions : ngram::EstimateOptions {
  static constexpr const char* kSummary = "counted n-gram language model with smoothing; trained without LibTorch";
  /// Sections of a config that it does not read.
  static constexpr std::array kUnread = {"data.examples", "data.numeric", "tokenizer", "train", "eval", "device=cuda"};

  std::string layout = "hashed";

  template <class Visitor>
  void fields(Visitor& field) {
    EstimateOptions::fields(field);
    field("layout", layout, "of the model's file: hashed is the faster, trie the smaller", one_of({"hashed", "trie"}));
  }
};

}  // namespace seq
