// The protobuf messages of a `.model`: https://github.com/google/sentencepiece, src/sentencepiece_model.proto.
#include <fmt/format.h>

#include <cmath>
#include <protozero/pbf_reader.hpp>

#include "base/error.h"
#include "text/sentencepiece/sentencepiece.h"
#include "text/subword/byte_tokens.h"

namespace seq {
namespace {

using protozero::pbf_reader;
using Type = SentencePieceFile::Type;

// Field numbers, message by message.
constexpr protozero::pbf_tag_type kPieces = 1, kTrainer = 2, kNormaliser = 3, kDenormaliser = 5;
constexpr protozero::pbf_tag_type kPieceText = 1, kPieceScore = 2, kPieceType = 3;
constexpr protozero::pbf_tag_type kModelType = 3, kWhitespaceAsSuffix = 24, kByteFallback = 35, kBeginId = 41,
                                  kEndId = 42, kPaddingId = 43, kUnknownSurface = 44;
constexpr protozero::pbf_tag_type kCharsmap = 2, kDummyPrefix = 3, kExtraWhitespaces = 4, kEscapeWhitespaces = 5;

std::string_view bytes_of(const protozero::data_view& view) {
  return {view.data(), view.size()};
}

class Parser {
 public:
  explicit Parser(const std::string& name) : name_(name) {}

  SentencePieceFile parse(std::string_view bytes) {
    pbf_reader model(bytes.data(), bytes.size());
    while (model.next()) {
      switch (model.tag()) {
        case kPieces:
          read_piece(model.get_message());
          break;
        case kTrainer:
          read_trainer(model.get_message());
          break;
        case kNormaliser:
          read_normaliser(model.get_message());
          break;
        case kDenormaliser:
          if (pbf_reader rules = model.get_message(); rules.next(kCharsmap) && !rules.get_view().empty())
            refuse("has a denormaliser, which is not supported");
          break;
        default:
          model.skip();
      }
    }
    finish();
    return std::move(file_);
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const { throw Error(name_ + ": " + what); }

  void read_piece(pbf_reader piece) {
    const int32_t id = file_.vocabulary.size();
    std::string text;
    double score = 0;
    int32_t type = static_cast<int32_t>(Type::normal);
    while (piece.next()) {
      switch (piece.tag()) {
        case kPieceText:
          text = piece.get_string();
          break;
        case kPieceScore:
          score = static_cast<double>(piece.get_float());
          break;
        case kPieceType:
          type = piece.get_enum();
          break;
        default:
          piece.skip();
      }
    }
    if (text.empty()) refuse(fmt::format("pieces[{}]: empty", id));
    if (find_invalid_utf8(text) != std::string::npos) refuse(fmt::format("pieces[{}]: not UTF-8", id));
    if (!std::isfinite(score)) refuse(fmt::format("pieces[{}]: its score is not a number", id));
    if (type < 1 || type > 6) refuse(fmt::format("pieces[{}]: {} is not a type of pieces", id, type));
    if (file_.vocabulary.add(text) != id) refuse(fmt::format("pieces[{}]: stands there twice", id));
    file_.scores.push_back(score);
    file_.types.push_back(static_cast<Type>(type));
  }

  void read_trainer(pbf_reader trainer) {
    while (trainer.next()) {
      switch (trainer.tag()) {
        case kModelType:
          model_type_ = trainer.get_enum();
          break;
        case kWhitespaceAsSuffix:
          file_.normaliser.whitespace_as_suffix = trainer.get_bool();
          break;
        case kByteFallback:
          file_.byte_fallback = trainer.get_bool();
          break;
        case kBeginId:
          begin_ = trainer.get_int32();
          break;
        case kEndId:
          end_ = trainer.get_int32();
          break;
        case kPaddingId:
          padding_ = trainer.get_int32();
          break;
        case kUnknownSurface:
          file_.unknown_surface = trainer.get_string();
          break;
        default:
          trainer.skip();
      }
    }
  }

  void read_normaliser(pbf_reader rules) {
    CharsmapOptions& options = file_.normaliser;
    while (rules.next()) {
      switch (rules.tag()) {
        case kCharsmap:
          options.charsmap = bytes_of(rules.get_view());
          break;
        case kDummyPrefix:
          options.add_dummy_prefix = rules.get_bool();
          break;
        case kExtraWhitespaces:
          options.remove_extra_whitespaces = rules.get_bool();
          break;
        case kEscapeWhitespaces:
          options.escape_whitespaces = rules.get_bool();
          break;
        default:
          rules.skip();
      }
    }
  }

  void finish() {
    Vocabulary& vocabulary = file_.vocabulary;
    if (vocabulary.size() == 0) refuse("no SentencePiece model: it has no pieces");
    if (model_type_ != 1 && model_type_ != 2)
      refuse(fmt::format("model_type {} is not supported (unigram and bpe are)", model_type_ == 3   ? "word"
                                                                                 : model_type_ == 4 ? "char"
                                                                                                    : "?"));
    file_.kind = model_type_ == 2 ? SentencePieceFile::Kind::bpe : SentencePieceFile::Kind::unigram;
    for (int32_t id = 0; id < vocabulary.size(); ++id) {
      const Type type = file_.types[static_cast<size_t>(id)];
      if (type == Type::unknown) {
        if (vocabulary.unknown != kNoToken) refuse(fmt::format("pieces[{}]: a second unknown piece", id));
        vocabulary.unknown = id;
      }
      if (type == Type::unused && file_.kind == SentencePieceFile::Kind::bpe)
        refuse(fmt::format("pieces[{}]: unused pieces of bpe models are not supported", id));
      if (type == Type::control) read_control(id);
    }
    if (vocabulary.unknown == kNoToken) refuse("no SentencePiece model: it has no unknown piece");
    if (!file_.byte_fallback) return;
    for (const int32_t id : find_byte_tokens(vocabulary))
      if (id == kNoToken || file_.types[static_cast<size_t>(id)] != Type::byte)
        refuse("trainer_spec.byte_fallback: not all of the 256 byte pieces are there");
  }

  void read_control(int32_t id) {
    Vocabulary& vocabulary = file_.vocabulary;
    if (id == begin_)
      vocabulary.begin = id;
    else if (id == end_)
      vocabulary.end = id;
    else if (id == padding_)
      vocabulary.padding = id;
    else
      vocabulary.other_specials.push_back(id);
  }

  const std::string& name_;
  SentencePieceFile file_;
  int32_t model_type_ = 1;
  int32_t begin_ = 1, end_ = 2, padding_ = kNoToken;
};

}  // namespace

bool looks_like_sentencepiece(std::string_view bytes) {
  // A piece of some bytes, whose first field is its text; JSON and lists of words do not begin so.
  return bytes.size() > 4 && bytes[0] == '\n' && static_cast<unsigned char>(bytes[1]) > 2 && bytes[1] != '\n' &&
         bytes[1] != ' ' && bytes[1] != '\t' && bytes[1] != '\r' && bytes[2] == '\n' && bytes[3] != '\n';
}

SentencePieceFile parse_sentencepiece(std::string_view bytes, const std::string& name) {
  try {
    return Parser(name).parse(bytes);
  } catch (const protozero::exception&) {
    throw Error(name + ": damaged, or no SentencePiece model");
  }
}

}  // namespace seq
