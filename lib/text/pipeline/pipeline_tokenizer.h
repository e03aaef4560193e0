// The tokenizer in four steps: added tokens found in the text, normaliser and pre-tokenizer, model, decoder.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "text/pipeline/added_tokens.h"
#include "text/pipeline/decoder.h"
#include "text/pipeline/framing.h"
#include "text/pipeline/front.h"
#include "text/subword/model.h"
#include "text/tokenizer.h"

namespace seq {

/// The parts of a pipeline.
struct Pipeline {
  std::string type;  ///< word, bpe, byte_bpe, wordpiece, unigram
  Front front;
  std::unique_ptr<SubwordModel> model;
  std::unique_ptr<Decoder> decoder;  ///< none: tokens between spaces
  std::vector<AddedToken> added;     ///< with ids of the model or behind them
  Framing framing;
};

class PipelineTokenizer : public Tokenizer {
 public:
  /// `vocabulary`: that of the model with the added tokens.
  PipelineTokenizer(Pipeline parts, Vocabulary vocabulary);

  std::string type() const override { return parts_.type; }
  void encode(std::string_view text, std::vector<int32_t>& ids) const override;
  void encode_spans(std::string_view text, std::vector<TokenSpan>& spans, SpecialText special) const override;
  void decode(std::span<const int32_t> ids, std::string& text, bool keep_specials) const override;
  Json to_json() const override;
  std::unique_ptr<TokenEncoder> encoder(SpecialText special) const override;
  TextCut last_cut(std::string_view text) const override;
  bool takes_any_bytes() const override;
  const Framing& framing() const override { return parts_.framing; }
  Framing& framing() { return parts_.framing; }
  const Pipeline& parts() const { return parts_; }

 private:
  friend class PipelineEncoder;

  /// Buffers of one call or one thread.
  struct Scratch {
    Words words, piece;
    std::vector<Segment> segments, inner;
    std::vector<Piece> pieces;
  };
  template <class Add>
  void encode_segment(std::string_view text, Place place, Tracking tracking, uint32_t start, SpecialText special,
                      Scratch& scratch, const Add& add) const;
  template <class Add>
  void encode_words(const Words& words, std::vector<Piece>& pieces, const Add& add) const;
  template <class Add>
  void encode_text(std::string_view text, Tracking tracking, SpecialText special, const Add& add) const;

  Pipeline parts_;
  TokenFinder raw_;                         ///< added tokens that are looked for in the text as it is
  TokenFinder normalised_;                  ///< and in the normalised text
  std::map<int32_t, std::string> respelt_;  ///< added tokens that decode to their normalised spelling
  Locality locality_;                       ///< the front's, with what the added tokens forbid
};

/// Builds the pipeline that a file describes. Throws Error with its name and the key.
std::unique_ptr<PipelineTokenizer> pipeline_from_file(struct TokenizerFile file);

}  // namespace seq
