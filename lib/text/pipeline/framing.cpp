// Templates, truncation and padding with the rules of HF tokenizers.
#include "text/pipeline/framing.h"

#include <algorithm>
#include <sstream>

#include "base/error.h"
#include "text/tokenizer_json.h"

namespace seq {
namespace {

int64_t added_tokens(const Template& pieces) {
  int64_t count = 0;
  for (const TemplatePiece& piece : pieces) count += static_cast<int64_t>(piece.ids.size());
  return count;
}

TemplatePiece text_piece(int sequence) {
  return {sequence, {}};
}

int32_t id_at(const Json& value, const Vocabulary& vocabulary, const std::string& place) {
  if (!value.is_number_integer() || value < 0 || value >= vocabulary.size())
    throw Error(place + ": not an id of the vocabulary");
  return value.get<int32_t>();
}

/// `["[SEP]", 102]`, as BertProcessing and RobertaProcessing have it.
TemplatePiece token_piece(const Json& json, const char* key, const Vocabulary& vocabulary, const std::string& place) {
  const Json& pair = member(json, key);
  if (!pair.is_array() || pair.size() != 2) throw Error(place + "." + key + ": expected [token, id]");
  return {-1, {id_at(pair[1], vocabulary, place + "." + key)}};
}

Template read_template(const Json& list, const Json& tokens, const Vocabulary& vocabulary, const std::string& place) {
  if (!list.is_array()) throw Error(place + ": not a list");
  Template pieces;
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string at = place + "[" + std::to_string(i) + "]";
    if (const Json& sequence = member(list[i], "Sequence"); sequence.is_object()) {
      const std::string id = require_text(sequence, "id", at + ".Sequence");
      if (id != "A" && id != "B") throw Error(at + ".Sequence.id: expected A or B");
      pieces.push_back(text_piece(id == "A" ? 0 : 1));
      continue;
    }
    const std::string name = require_text(member(list[i], "SpecialToken"), "id", at + ".SpecialToken");
    const Json& ids = member(member(tokens, name.c_str()), "ids");
    if (!ids.is_array()) throw Error(at + ": " + name + " is missing in special_tokens");
    TemplatePiece piece;
    for (const Json& id : ids) piece.ids.push_back(id_at(id, vocabulary, place + ": special_tokens." + name));
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

template <class Token>
void cut_to(std::vector<Token>& tokens, int64_t length, bool left) {
  const auto size = static_cast<int64_t>(tokens.size());
  if (length >= size) return;
  if (left) tokens.erase(tokens.begin(), tokens.begin() + (size - length));
  tokens.resize(static_cast<size_t>(length));
}

template <class Token>
void truncate(std::vector<Token>& first, std::vector<Token>* pair, const Truncation& options, int64_t length) {
  auto n1 = static_cast<int64_t>(first.size());
  auto n2 = pair != nullptr ? static_cast<int64_t>(pair->size()) : 0;
  const int64_t excess = n1 + n2 - length;
  if (excess <= 0) return;
  if (options.strategy == "only_second" || options.strategy == "only_first") {
    const bool second = options.strategy == "only_second";
    if (second && pair == nullptr) throw Error("truncation.strategy: only_second needs a pair of texts");
    std::vector<Token>& target = second ? *pair : first;
    const int64_t left = static_cast<int64_t>(target.size()) - excess;
    if (left <= 0) throw Error("truncation.strategy: " + options.strategy + " cannot make the pair short enough");
    return cut_to(target, left, options.left);
  }
  if (pair == nullptr) return cut_to(first, length, options.left);
  const bool swapped = n1 > n2;
  if (swapped) std::swap(n1, n2);
  n2 = n1 > length ? n1 : std::max(n1, length - n1);
  if (n1 + n2 > length) {
    n1 = length / 2;
    n2 = n1 + length % 2;
  }
  if (swapped) std::swap(n1, n2);
  cut_to(first, n1, options.left);
  cut_to(*pair, n2, options.left);
}

int32_t make_token(int32_t id, const int32_t*) {
  return id;
}
TokenSpan make_token(int32_t id, const TokenSpan*) {
  return {id, 0, 0, {}};
}

template <class Token>
void pad(std::vector<Token>& tokens, const Padding& options) {
  auto length = options.length.value_or(static_cast<int64_t>(tokens.size()));
  if (options.multiple > 0) length = (length + options.multiple - 1) / options.multiple * options.multiple;
  const int64_t missing = length - static_cast<int64_t>(tokens.size());
  if (missing <= 0) return;
  const Token filler = make_token(options.id, static_cast<const Token*>(nullptr));
  tokens.insert(options.left ? tokens.begin() : tokens.end(), static_cast<size_t>(missing), filler);
}

}  // namespace

template <class Token>
std::vector<Token> Framing::frame(std::vector<Token> first, std::vector<Token>* pair, bool specials) const {
  const Template& pieces = pair != nullptr ? both : single;
  if (truncation)
    truncate(first, pair, *truncation,
             std::max<int64_t>(truncation->length - (specials ? added_tokens(pieces) : 0), 0));
  std::vector<Token> out;
  if (pieces.empty()) {
    out = first;
    if (pair != nullptr) out.insert(out.end(), pair->begin(), pair->end());
  }
  for (const TemplatePiece& piece : pieces) {
    if (piece.sequence == 0) out.insert(out.end(), first.begin(), first.end());
    if (piece.sequence == 1 && pair != nullptr) out.insert(out.end(), pair->begin(), pair->end());
    if (specials)
      for (const int32_t id : piece.ids) out.push_back(make_token(id, static_cast<const Token*>(nullptr)));
  }
  if (padding) pad(out, *padding);
  return out;
}

template std::vector<int32_t> Framing::frame(std::vector<int32_t>, std::vector<int32_t>*, bool) const;
template std::vector<TokenSpan> Framing::frame(std::vector<TokenSpan>, std::vector<TokenSpan>*, bool) const;

void Framing::read_post_processor(const Json& json, const Vocabulary& vocabulary, const std::string& place) {
  if (json.is_null()) return;
  const std::string type = require_text(json, "type", place);
  if (type == "Sequence") {
    const Json& list = member(json, "processors");
    if (!list.is_array()) throw Error(place + ".processors: not a list");
    for (size_t i = 0; i < list.size(); ++i) {
      const std::string at = place + ".processors[" + std::to_string(i) + "]";
      const bool had_template = !single.empty();
      read_post_processor(list[i], vocabulary, at);
      if (had_template && require_text(list[i], "type", at) != "ByteLevel")
        throw Error(at + ": a second template is not supported");
    }
  } else if (type == "ByteLevel") {
    trim_offsets = trim_offsets || read_flag(json, "trim_offsets", true, place);
    add_prefix_space = read_flag(json, "add_prefix_space", true, place);
  } else if (type == "TemplateProcessing") {
    const Json& tokens = member(json, "special_tokens");
    single = read_template(member(json, "single"), tokens, vocabulary, place + ".single");
    both = read_template(member(json, "pair"), tokens, vocabulary, place + ".pair");
  } else if (type == "BertProcessing" || type == "RobertaProcessing") {
    const TemplatePiece sep = token_piece(json, "sep", vocabulary, place);
    const TemplatePiece cls = token_piece(json, "cls", vocabulary, place);
    single = {cls, text_piece(0), sep};
    both = {cls, text_piece(0), sep, text_piece(1), sep};
    if (type == "BertProcessing") return;
    both.insert(both.begin() + 3, sep);
    trim_offsets = read_flag(json, "trim_offsets", true, place);
    add_prefix_space = read_flag(json, "add_prefix_space", true, place);
  } else {
    throw Error(place + ".type: " + type + " is not supported");
  }
}

Framing Framing::from_json(const Json& post_processor, const Json& truncation, const Json& padding,
                           const Vocabulary& vocabulary, const std::string& name) {
  constexpr int64_t kMost = INT32_MAX;
  Framing framing;
  framing.post_processor_ = post_processor;
  framing.read_post_processor(post_processor, vocabulary, name + ": post_processor");
  const auto is_left = [](const Json& json, const std::string& place) {
    if (member(json, "direction").is_null()) return false;
    const std::string direction = require_text(json, "direction", place);
    if (direction != "Left" && direction != "Right") throw Error(place + ".direction: expected Left or Right");
    return direction == "Left";
  };
  if (!truncation.is_null()) {
    const std::string place = name + ": truncation";
    Truncation& cut = framing.truncation.emplace();
    cut.length = read_number(truncation, "max_length", 512, 0, kMost, place);
    cut.stride = read_number(truncation, "stride", 0, 0, kMost, place);
    cut.left = is_left(truncation, place);
    const std::string strategy = require_text(truncation, "strategy", place);
    if (strategy == "OnlyFirst")
      cut.strategy = "only_first";
    else if (strategy == "OnlySecond")
      cut.strategy = "only_second";
    else if (strategy != "LongestFirst")
      throw Error(place + ".strategy: " + strategy + " is not supported");
  }
  if (!padding.is_null()) {
    const std::string place = name + ": padding";
    Padding& fill = framing.padding.emplace();
    const Json& strategy = member(padding, "strategy");
    if (strategy.is_object())
      fill.length = read_number(strategy, "Fixed", 0, 0, kMost, place + ".strategy");
    else if (strategy != Json("BatchLongest"))
      throw Error(place + ".strategy: expected BatchLongest or {\"Fixed\": n}");
    fill.left = is_left(padding, place);
    fill.multiple = read_number(padding, "pad_to_multiple_of", 0, 0, kMost, place);
    fill.type = read_number(padding, "pad_type_id", 0, 0, kMost, place);
    fill.token = require_text(padding, "pad_token", place);
    fill.id = id_at(member(padding, "pad_id"), vocabulary, place + ".pad_id");
  }
  return framing;
}

void Framing::set_template(const std::string& text, const Vocabulary& vocabulary) {
  std::istringstream words(text);
  Json single_json = Json::array(), pair_json = Json::array(), tokens = Json::object();
  bool seen_b = false, has_a = false;
  for (std::string word; words >> word;) {
    if (word == "$A" || word == "$B") {
      const bool is_b = word == "$B";
      seen_b = seen_b || is_b;
      has_a = has_a || !is_b;
      const Json piece = {{"Sequence", {{"id", is_b ? "B" : "A"}, {"type_id", is_b ? 1 : 0}}}};
      if (!is_b) single_json.push_back(piece);
      // The separator before $B belongs to the pair alone.
      if (is_b && !single_json.empty() && single_json.back().contains("SpecialToken"))
        single_json.erase(single_json.size() - 1);
      pair_json.push_back(piece);
      continue;
    }
    const int32_t id = vocabulary.find(word);
    if (id == kNoToken)
      throw Error("tokenizer.template: \"" + word + "\" is not in the vocabulary (add it to the special tokens)");
    const Json piece = {{"SpecialToken", {{"id", word}, {"type_id", seen_b ? 1 : 0}}}};
    single_json.push_back(piece);
    pair_json.push_back(piece);
    tokens[word] = {{"id", word}, {"ids", {id}}, {"tokens", {word}}};
  }
  if (!has_a) throw Error("tokenizer.template: $A is missing, which stands for the text");
  if (!seen_b) pair_json.push_back({{"Sequence", {{"id", "B"}, {"type_id", 1}}}});
  post_processor_ = {
      {"type", "TemplateProcessing"}, {"single", single_json}, {"pair", pair_json}, {"special_tokens", tokens}};
  read_post_processor(post_processor_, vocabulary, "tokenizer.template");
}

Json Framing::truncation_json() const {
  if (!truncation) return nullptr;
  const char* const strategy = truncation->strategy == "only_first"    ? "OnlyFirst"
                               : truncation->strategy == "only_second" ? "OnlySecond"
                                                                       : "LongestFirst";
  return {{"direction", truncation->left ? "Left" : "Right"},
          {"max_length", truncation->length},
          {"strategy", strategy},
          {"stride", truncation->stride}};
}

Json Framing::padding_json() const {
  if (!padding) return nullptr;
  return {{"strategy", padding->length ? Json({{"Fixed", *padding->length}}) : Json("BatchLongest")},
          {"direction", padding->left ? "Left" : "Right"},
          {"pad_to_multiple_of", padding->multiple > 0 ? Json(padding->multiple) : Json(nullptr)},
          {"pad_id", padding->id},
          {"pad_type_id", padding->type},
          {"pad_token", padding->token}};
}

}  // namespace seq
