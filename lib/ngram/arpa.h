// Reading of ARPA files, the text format of n-gram models that SRILM, KenLM and others write.
#pragma once

#include <filesystem>

#include "ngram/model_sink.h"

namespace seq::ngram {

/// Reads a file (`-` is stdin), plain or compressed, into a sink. Words may be separated by blanks or tabs, back-offs
/// may be missing, and so may `<unk>`, `<s>` and `</s>`, which then have log-probabilities of -100, -99 and -99. The
/// n-grams may come in any order; they are in memory two orders at a time.
/// Throws Error with file and line: counts that differ from the header's, sections that are missing, numbers that are
/// none, log-probabilities above 0, words that are no 1-grams, an n-gram twice, one whose first or last n - 1 words are
/// no n-gram, a file that is cut short.
void read_arpa(const std::filesystem::path& path, ModelSink& sink);

}  // namespace seq::ngram
