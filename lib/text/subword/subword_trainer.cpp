// What each type of tokenizer learns, and the steps around its model.
#include "text/subword/subword_trainer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "text/pipeline/pipeline_tokenizer.h"
#include "text/subword/byte_tokens.h"
#include "text/subword/merge_trainer.h"
#include "text/subword/unigram_trainer.h"
#include "text/text_reader.h"
#include "text/tokenizer_file.h"
#include "text/tokenizer_json.h"

namespace seq {
namespace {

constexpr const char* kBertUnknown = "[UNK]";

/// The special tokens: those of a role, then the user's own.
Vocabulary special_tokens(const TokenizerOptions& options) {
  std::vector<std::string> roles = options.specials;
  if (options.type == "byte_bpe") std::erase(roles, "unk");
  Vocabulary vocabulary;
  add_special_tokens(vocabulary, roles);
  for (const std::string& token : roles) {
    const bool is_role = std::any_of(std::begin(kSpecialTokens), std::end(kSpecialTokens),
                                     [&](const SpecialToken& special) { return token == special.role; });
    if (is_role || vocabulary.find(token) != kNoToken) continue;
    if (token.empty()) throw Error("tokenizer.specials: a special token is empty");
    const int32_t id = vocabulary.add(token);
    if (token == kBertUnknown && vocabulary.unknown == kNoToken) {
      vocabulary.unknown = id;
    } else {
      vocabulary.other_specials.push_back(id);
    }
  }
  return vocabulary;
}

/// All tokens that come before what is learnt.
std::vector<std::string> first_tokens(const Vocabulary& specials, const TokenizerOptions& options) {
  std::vector<std::string> tokens;
  tokens.reserve(static_cast<size_t>(specials.size()));
  for (int32_t id = 0; id < specials.size(); ++id) tokens.emplace_back(specials.token(id));
  if (options.byte_fallback)
    for (size_t byte = 0; byte < 256; ++byte) tokens.push_back(byte_token(byte));
  return tokens;
}

/// The learnt vocabulary with the roles of the special tokens, which are its first.
Vocabulary with_roles(Vocabulary learnt, const Vocabulary& specials) {
  for (const SpecialToken& special : kSpecialTokens) learnt.*special.id = specials.*special.id;
  learnt.other_specials = specials.other_specials;
  return learnt;
}

/// The most frequent words, of equally frequent ones the first by their bytes.
Vocabulary learn_words(std::vector<WordCounts::Entry> words, const std::vector<std::string>& first,
                       const Vocabulary& specials, const TokenizerOptions& options) {
  std::stable_sort(words.begin(), words.end(), [](const auto& a, const auto& b) { return a.count > b.count; });
  Vocabulary vocabulary;
  for (const std::string& token : first) vocabulary.add(token);
  size_t kept = 0;
  for (; kept < words.size() && vocabulary.size() < options.vocab_size; ++kept) {
    if (words[kept].count < static_cast<uint64_t>(options.min_count)) break;
    vocabulary.add(words[kept].word);
  }
  if (vocabulary.size() == specials.size())
    throw Error("tokenizer.min_count, tokenizer.vocab_size: no word is left (lower the one or raise the other)");
  if (kept < words.size() && specials.unknown == kNoToken)
    throw Error(
        fmt::format("tokenizer.min_count, tokenizer.vocab_size: {} of the words fall out, with no unknown token "
                    "to stand for them (add unk to tokenizer.specials)",
                    words.size() - kept));
  return vocabulary;
}

MergeTraining merge_training(const std::vector<std::string>& first, const TokenizerOptions& options) {
  MergeTraining training;
  training.vocab_size = options.vocab_size;
  training.min_count = options.min_count;
  training.specials = first;
  training.limit_alphabet = options.limit_alphabet;
  training.continuing_prefix = options.continuing_prefix;
  if (options.type == "wordpiece" && training.continuing_prefix.empty()) training.continuing_prefix = "##";
  training.end_suffix = options.end_of_word;
  training.max_token_length = options.max_token_length;
  if (options.type == "byte_bpe") training.alphabet.assign(byte_alphabet().begin(), byte_alphabet().end());
  return training;
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json unknown_token(const Vocabulary& specials) {
  return specials.unknown == kNoToken ? Json(nullptr) : Json(std::string(specials.token(specials.unknown)));
}

void learn_bpe(const std::vector<WordCounts::Entry>& words, const MergeTraining& training, const Vocabulary& specials,
               const TokenizerOptions& options, TokenizerFile& file) {
  LearntMerges learnt = learn_merges(words, training);
  for (const BpeMerge& merge : learnt.merges)
    file.merges.add(learnt.vocabulary.token(merge.left), learnt.vocabulary.token(merge.right));
  file.vocabulary = std::move(learnt.vocabulary);
  file.model = {{"type", "BPE"},
                {"dropout", nullptr},
                {"unk_token", unknown_token(specials)},
                {"continuing_subword_prefix", text_or_null(training.continuing_prefix)},
                {"end_of_word_suffix", text_or_null(training.end_suffix)},
                {"fuse_unk", false},
                {"byte_fallback", options.byte_fallback},
                {"ignore_merges", false}};
}

void learn_model(const std::vector<WordCounts::Entry>& words, const Vocabulary& specials,
                 const TokenizerOptions& options, TokenizerFile& file) {
  const std::vector<std::string> first = first_tokens(specials, options);
  const MergeTraining training = merge_training(first, options);
  if (options.type == "word") {
    file.vocabulary = learn_words(words, first, specials, options);
    file.model = {{"type", "WordLevel"}, {"unk_token", kSpecialTokens[0].spelling}};
    if (specials.unknown != kNoToken) file.model["unk_token"] = unknown_token(specials);
  } else if (options.type == "wordpiece") {
    if (specials.unknown == kNoToken)
      throw Error("tokenizer.specials: wordpiece needs an unknown token (add unk, or [UNK])");
    LearntMerges learnt =
        options.wordpiece_score == "likelihood" ? learn_likely_merges(words, training) : learn_merges(words, training);
    file.vocabulary = std::move(learnt.vocabulary);
    file.model = {{"type", "WordPiece"},
                  {"unk_token", unknown_token(specials)},
                  {"continuing_subword_prefix", training.continuing_prefix},
                  {"max_input_chars_per_word", 100}};
  } else if (options.type == "unigram") {
    UnigramTraining unigram;
    unigram.vocab_size = options.vocab_size;
    unigram.specials = first;
    unigram.limit_alphabet = options.limit_alphabet;
    unigram.seed_size = options.seed_size;
    if (options.max_token_length > 0) unigram.max_token_length = options.max_token_length;
    unigram.threads = options.threads;
    LearntUnigram learnt = learn_unigram(words, unigram);
    file.vocabulary = std::move(learnt.vocabulary);
    file.scores = std::move(learnt.scores);
    file.model = {{"type", "Unigram"},
                  {"unk_id", specials.unknown == kNoToken ? Json(nullptr) : Json(specials.unknown)},
                  {"byte_fallback", options.byte_fallback}};
  } else {
    learn_bpe(words, training, specials, options, file);
  }
}

/// The step of a type, in the pre-tokenizer or in a sequence of them; null when it is not there.
Json find_step(const Json& section, const std::string& type) {
  if (member(section, "type") == Json(type)) return section;
  for (const Json& step : member(section, "pretokenizers"))
    if (Json found = find_step(step, type); !found.is_null()) return found;
  return nullptr;
}

/// What undoes the pre-tokenizer and the spelling of the tokens.
Json decoder_section(const Json& pre_tokenizer, const TokenizerOptions& options) {
  Json decoder = find_step(pre_tokenizer, "ByteLevel");
  if (!decoder.is_null()) return decoder;
  decoder = find_step(pre_tokenizer, "Metaspace");
  if (decoder.is_null() && options.type == "wordpiece")
    decoder = {{"type", "WordPiece"},
               {"prefix", options.continuing_prefix.empty() ? "##" : options.continuing_prefix},
               {"cleanup", true}};
  if (decoder.is_null() && !options.end_of_word.empty())
    decoder = {{"type", "BPEDecoder"}, {"suffix", options.end_of_word}};
  if (!options.byte_fallback) return decoder;
  Json steps = Json::array({Json{{"type", "ByteFallback"}}});
  if (!decoder.is_null()) steps.push_back(decoder);
  return {{"type", "Sequence"}, {"decoders", steps}};
}

}  // namespace

bool learns_from_words(const std::string& type) {
  return type == "word" || type == "bpe" || type == "byte_bpe" || type == "wordpiece" || type == "unigram";
}

CountsHeader front_sections(const TokenizerOptions& options) {
  const auto steps = [](const std::vector<std::string>& chosen, const std::string& usual) {
    std::vector<std::string> names = chosen;
    if (names.empty() && !usual.empty()) names.push_back(usual);
    std::erase(names, "none");
    return names;
  };
  const std::string& type = options.type;
  const bool spelt_ends = !options.end_of_word.empty() || !options.continuing_prefix.empty();
  const std::string cut = type == "byte_bpe"             ? "gpt2"
                          : type == "wordpiece"          ? "bert"
                          : type == "word" || spelt_ends ? "whitespace"
                                                         : "metaspace";
  const std::vector<std::string> cuts = steps(options.pre_tokenise, cut);
  std::vector<std::string> changes = steps(options.normalise, type == "wordpiece" ? "bert" : "");
  // Its signs are set apart by white space before the text is cut there.
  if (std::find(cuts.begin(), cuts.end(), "basic_english") != cuts.end()) changes.push_back("basic_english");
  return {normaliser_json(changes), pre_tokenizer_json(cuts)};
}

WordCounts count_words(const std::vector<std::string>& files, InvalidUtf8 invalid, const CountsHeader& sections,
                       const CountOptions& counting) {
  const Front front = Front::from_json(sections.normaliser, sections.pre_tokenizer, "tokenizer");
  WordCounter counter(front, counting);
  for (const std::string& file : files) {
    TextReader reader({file}, invalid);
    for (std::string_view block; !(block = reader.next_block()).empty();) counter.add(block);
    counter.end_text();
  }
  return counter.finish();
}

std::unique_ptr<Tokenizer> learn_tokenizer(const WordCounts& counts, const CountsHeader& sections,
                                           const TokenizerOptions& options) {
  if (counts.size() == 0) throw Error("there are no words to learn from (is the text empty, or all white space?)");
  const Vocabulary specials = special_tokens(options);
  TokenizerFile file;
  file.name = "tokenizer";
  learn_model(counts.sorted(), specials, options, file);
  file.vocabulary = with_roles(std::move(file.vocabulary), specials);
  file.head = tokenizer_json_frame(file.vocabulary);
  file.head.erase("model");
  file.head["normalizer"] = sections.normaliser;
  file.head["pre_tokenizer"] = sections.pre_tokenizer;
  file.head["decoder"] = decoder_section(sections.pre_tokenizer, options);
  auto tokenizer = pipeline_from_file(std::move(file));
  if (!options.framing.empty()) tokenizer->framing().set_template(options.framing, tokenizer->vocabulary());
  return tokenizer;
}

SubwordTrainer::SubwordTrainer(const TokenizerOptions& options)
    : options_(options),
      sections_(front_sections(options)),
      front_(Front::from_json(sections_.normaliser, sections_.pre_tokenizer, "tokenizer")),
      counter_(front_, {.threads = options.threads, .keep_line_ends = true}) {}

std::unique_ptr<Tokenizer> SubwordTrainer::finish() {
  return learn_tokenizer(counter_.finish(), sections_, options_);
}

}  // namespace seq
