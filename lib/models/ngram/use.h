// What the verbs do with a counted n-gram model, from a run folder or a file alone.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "models/verbs.h"
#include "ngram/text_model.h"
#include "ngram/text_reader.h"
#include "ngram/units.h"

namespace seq {

/// A model and how lines become its words.
struct NgramUse {
  std::unique_ptr<ngram::TextModel> model;
  std::shared_ptr<const ngram::Units> units;
};

/// The model of a file: binary, ARPA (`in_memory` in a layout), or a mixture; its words stand between white space.
NgramUse load_ngram_file(const std::string& file, ngram::Layout in_memory = ngram::Layout::hashed);

/// One line of output for each line of `in`; totals to the log.
void score_ngram(const NgramUse& use, const ScoreRequest& request, const Session& session, const std::string& in,
                 std::ostream& out);
/// The metrics of some texts taken together.
Json evaluate_ngram(const NgramUse& use, const std::vector<std::string>& files);
/// Sentences one after another, as a sampler of SampleOptions draws them; see ModelVerbs::sample.
void sample_ngram(const NgramUse& use, const SampleOptions& options, Log& log,
                  const std::function<void(int64_t, std::string_view)>& write);
/// The most probable next words after each line of `in`.
void predict_ngram(const NgramUse& use, const PredictRequest& request, const Session& session, const std::string& in,
                   std::ostream& out);

}  // namespace seq
