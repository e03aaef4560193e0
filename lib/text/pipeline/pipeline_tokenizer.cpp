// Encoding through the steps, and decoding back.
#include "text/pipeline/pipeline_tokenizer.h"

#include <algorithm>

#include "base/error.h"
#include "text/pipeline/trim_offsets.h"
#include "text/pipeline/word_cache.h"
#include "text/tokenizer_json.h"

namespace seq {
namespace {

std::vector<AddedToken> chosen(const std::vector<AddedToken>& tokens, bool normalised) {
  std::vector<AddedToken> out;
  std::copy_if(tokens.begin(), tokens.end(), std::back_inserter(out),
               [&](const AddedToken& token) { return token.normalised == normalised; });
  return out;
}

std::vector<std::string> spellings(const std::vector<AddedToken>& tokens, const Normaliser* normaliser) {
  std::vector<std::string> out;
  for (const AddedToken& token : tokens) {
    AlignedText text(token.content, Tracking::off);
    if (normaliser != nullptr) normaliser->apply(text);
    out.push_back(text.text);
  }
  return out;
}

/// Cuts must not fall into an added token, or between one and the white space that it takes.
void restrict(Locality& locality, const std::vector<AddedToken>& tokens) {
  for (const AddedToken& token : tokens) {
    if (token.rstrip || token.content.back() == ' ' || token.content.find('\n') != std::string::npos)
      return locality.forbid();
    for (size_t i = 0; i + 1 < token.content.size(); ++i)
      if (token.content[i] == ' ') locality.unless_next.set(static_cast<unsigned char>(token.content[i + 1]));
  }
}

/// The part of a text, with its origins.
void take_slice(const AlignedText& whole, Range range, Words& out) {
  out.text.text.assign(whole.text, range.begin, range.end - range.begin);
  out.text.tracked = whole.tracked;
  out.text.at_start = whole.at_start && range.begin == 0;
  out.text.origins.clear();
  if (whole.tracked) out.text.origins.assign(whole.origins.begin() + range.begin, whole.origins.begin() + range.end);
  out.ranges.assign(1, {0, range.end - range.begin});
}

}  // namespace

PipelineTokenizer::PipelineTokenizer(Pipeline parts, Vocabulary vocabulary)
    : Tokenizer(std::move(vocabulary)),
      parts_(std::move(parts)),
      raw_(chosen(parts_.added, false), spellings(chosen(parts_.added, false), nullptr)),
      normalised_(chosen(parts_.added, true), spellings(chosen(parts_.added, true), parts_.front.normaliser())),
      locality_(parts_.front.locality()) {
  restrict(locality_, parts_.added);
  const std::vector<AddedToken> found = chosen(parts_.added, true);
  const std::vector<std::string> normal = spellings(found, parts_.front.normaliser());
  for (size_t i = 0; i < found.size(); ++i)
    if (normal[i] != found[i].content) respelt_[found[i].id] = normal[i];
}

/// Calls `add(id, begin, end, surface)` for each token of the words, with its place in their text and what stands
/// there.
template <class Add>
void PipelineTokenizer::encode_words(const Words& words, std::vector<Piece>& pieces, const Add& add) const {
  const bool is_unigram = parts_.type == "unigram";
  for (const Range range : words.ranges) {
    pieces.clear();
    const std::string_view word = words.word(range);
    parts_.model->encode(word, pieces);
    uint32_t begin = range.begin;
    for (const Piece& piece : pieces) {
      const uint32_t end = range.begin + piece.end;
      if (piece.id != kNoToken) {
        const bool as_it_stands = is_unigram && piece.id == parts_.model->vocabulary().unknown;
        add(piece.id, begin, end, as_it_stands ? word.substr(begin - range.begin, end - begin) : std::string_view());
      } else if (parts_.type != "bpe" && parts_.type != "byte_bpe") {  // as HF tokenizers, BPE passes them over
        throw UnknownCharacter(
            "\"" + std::string(word.substr(0, 60)) +
            "\" is not in the vocabulary, which has no unknown token (add unk to tokenizer.specials)");
      }
      begin = end;
    }
  }
}

/// Calls `add(id, begin, end, surface)` for each token of a stretch without raw added tokens, with its place in the
/// original.
template <class Add>
void PipelineTokenizer::encode_segment(std::string_view text, Place place, Tracking tracking, uint32_t start,
                                       SpecialText special, Scratch& scratch, const Add& add) const {
  const auto add_from = [&](const AlignedText& from, int32_t id, uint32_t begin, uint32_t end,
                            std::string_view surface) {
    const bool placed = from.tracked && begin < end;
    add(id, placed ? from.origins[begin].begin : 0, placed ? from.origins[end - 1].end : 0, surface);
  };
  Words& words = scratch.words;
  if (normalised_.empty()) {
    parts_.front.split(text, words, place, tracking, start);
    encode_words(words, scratch.pieces, [&](int32_t id, uint32_t begin, uint32_t end, std::string_view surface) {
      add_from(words.text, id, begin, end, surface);
    });
    return;
  }
  words.text.reset(text, tracking, start);
  words.text.at_start = place == Place::start;
  if (parts_.front.normaliser() != nullptr) parts_.front.normaliser()->apply(words.text);
  scratch.inner.clear();
  normalised_.split(words.text.text, special, 0, scratch.inner);
  for (const Segment& segment : scratch.inner) {
    if (segment.id != kNoToken) {
      add_from(words.text, segment.id, segment.range.begin, segment.range.end, words.word(segment.range));
      continue;
    }
    Words& piece = scratch.piece;
    take_slice(words.text, segment.range, piece);
    if (parts_.front.pre_tokenizer() != nullptr) parts_.front.pre_tokenizer()->apply(piece);
    encode_words(piece, scratch.pieces, [&](int32_t id, uint32_t begin, uint32_t end, std::string_view surface) {
      add_from(piece.text, id, begin, end, surface);
    });
  }
}

template <class Add>
void PipelineTokenizer::encode_text(std::string_view text, Tracking tracking, SpecialText special,
                                    const Add& add) const {
  Scratch scratch;
  raw_.split(text, special, 0, scratch.segments);
  for (const Segment& segment : scratch.segments) {
    const Range range = segment.range;
    if (segment.id != kNoToken) {
      add(segment.id, range.begin, range.end, text.substr(range.begin, range.end - range.begin));
      continue;
    }
    encode_segment(text.substr(range.begin, range.end - range.begin), range.begin == 0 ? Place::start : Place::inside,
                   tracking, range.begin, special, scratch, add);
  }
}

void PipelineTokenizer::encode(std::string_view text, std::vector<int32_t>& ids) const {
  encode_text(text, Tracking::off, SpecialText::token,
              [&](int32_t id, uint32_t, uint32_t, std::string_view) { ids.push_back(id); });
}

void PipelineTokenizer::encode_spans(std::string_view text, std::vector<TokenSpan>& spans, SpecialText special) const {
  const size_t first = spans.size();
  encode_text(text, Tracking::on, special, [&](int32_t id, uint32_t begin, uint32_t end, std::string_view surface) {
    spans.push_back({id, begin, end, std::string(surface)});
  });
  if (parts_.framing.trim_offsets)
    trim_offsets(text, std::span(spans).subspan(first), vocabulary_, parts_.framing.add_prefix_space);
}

void PipelineTokenizer::decode(std::span<const int32_t> ids, std::string& text, bool keep_specials) const {
  std::vector<std::string> tokens;
  for (const int32_t id : ids)
    if (keep_specials || !vocabulary_.is_special(id)) {
      const auto respelt = respelt_.find(id);
      tokens.emplace_back(respelt == respelt_.end() ? vocabulary_.token(id) : std::string_view(respelt->second));
    }
  if (tokens.empty()) return;
  if (parts_.decoder != nullptr) parts_.decoder->apply(tokens);
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (i > 0 && parts_.decoder == nullptr) text += ' ';
    text += tokens[i];
  }
}

TextCut PipelineTokenizer::last_cut(std::string_view text) const {
  if (locality_.before_space) return {seq::last_cut(text, locality_), Place::inside};
  return {text.rfind('\n') + 1, Place::start};  // npos + 1 = 0
}

bool PipelineTokenizer::takes_any_bytes() const {
  return parts_.type == "byte_bpe" && parts_.front.normaliser() == nullptr;
}

Json PipelineTokenizer::to_json() const {
  const Front& front = parts_.front;
  return {{"version", "1.0"},
          {"truncation", parts_.framing.truncation_json()},
          {"padding", parts_.framing.padding_json()},
          {"added_tokens", added_tokens_json(parts_.added)},
          {"normalizer", front.normaliser() != nullptr ? front.normaliser()->to_json() : Json(nullptr)},
          {"pre_tokenizer", front.pre_tokenizer() != nullptr ? front.pre_tokenizer()->to_json() : Json(nullptr)},
          {"post_processor", parts_.framing.post_processor_json()},
          {"decoder", parts_.decoder != nullptr ? parts_.decoder->to_json() : Json(nullptr)},
          {"model", parts_.model->to_json()}};
}

/// Cuts a text where its parts have the tokens of the whole, and remembers what the parts gave.
class PipelineEncoder : public TokenEncoder {
 public:
  PipelineEncoder(const PipelineTokenizer& tokenizer, SpecialText special) : tokenizer_(tokenizer), special_(special) {}

  void encode(std::string_view text, std::vector<int32_t>& ids, Place place) override {
    if (tokenizer_.raw_.empty() || !tokenizer_.raw_.may_occur(text)) return encode_segment(text, ids, place);
    segments_.clear();
    tokenizer_.raw_.split(text, special_, 0, segments_);
    for (const Segment& segment : segments_) {
      if (segment.id != kNoToken) {
        ids.push_back(segment.id);
        continue;
      }
      const Range range = segment.range;
      encode_segment(text.substr(range.begin, range.end - range.begin), ids, range.begin == 0 ? place : Place::inside);
    }
  }

 private:
  void encode_segment(std::string_view text, std::vector<int32_t>& ids, Place place) {
    const Locality& locality = tokenizer_.locality_;
    if (!locality.before_space || !tokenizer_.parts_.model->repeatable()) return encode_part(text, ids, place);
    size_t begin = 0;
    if (place == Place::inside && !text.empty() && text[0] != ' ') {  // the one part that depends on what went before
      begin = next_cut(text, 0, locality);
      encode_part(text.substr(0, begin), ids, place);
    }
    while (begin < text.size()) {
      const size_t end = next_cut(text, begin, locality);
      encode_cached(text.substr(begin, end - begin), ids);
      begin = end;
    }
  }

  void encode_cached(std::string_view part, std::vector<int32_t>& ids) {
    if (part.size() <= WordCache::kLongestKey) {
      const WordCache::Key key = WordCache::key(part);
      if (const WordCache::Entry* found = short_.find(key)) {
        ids.insert(ids.end(), found->ids.begin(), found->ids.begin() + found->count);
        return;
      }
      if (const std::span<const int32_t> made = encode_long(part, ids); made.size() <= WordCache::kMostIds)
        short_.set(key, made);
      return;
    }
    encode_long(part, ids);
  }

  std::span<const int32_t> encode_long(std::string_view part, std::vector<int32_t>& ids) {
    const size_t before = ids.size();
    size_t count = 0;
    if (part.size() > kLongestKept) {
      encode_part(part, ids, Place::start);
    } else if (const int32_t* const found = long_.find(part, count)) {
      ids.insert(ids.end(), found, found + count);
    } else {
      encode_part(part, ids, Place::start);
      long_.set(part, std::span(ids).subspan(before));
    }
    return std::span(ids).subspan(before);
  }

  void encode_part(std::string_view part, std::vector<int32_t>& ids, Place place) {
    tokenizer_.encode_segment(part, place, Tracking::off, 0, special_, scratch_,
                              [&](int32_t id, uint32_t, uint32_t, std::string_view) { ids.push_back(id); });
  }

  static constexpr size_t kLongestKept = 256;
  const PipelineTokenizer& tokenizer_;
  SpecialText special_;
  std::vector<Segment> segments_;
  PipelineTokenizer::Scratch scratch_;
  WordCache short_;
  LongWordCache long_;
};

std::unique_ptr<TokenEncoder> PipelineTokenizer::encoder(SpecialText special) const {
  return std::make_unique<PipelineEncoder>(*this, special);
}

}  // namespace seq
