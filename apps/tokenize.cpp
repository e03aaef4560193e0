// seqtool tokenize: train a tokenizer, and run one as a filter.
#include <iostream>
#include <memory>
#include <optional>

#include "cli.h"
#include "output.h"
#include "text/corpus.h"
#include "text/pipe.h"

namespace seq::apps {
namespace {

struct TokenizeCommand {
  std::string tokenizer;
  std::vector<std::string> files;
  std::string output;
  std::string invalid_utf8 = "refuse";
  bool tokens = false;
  bool json = false;
  bool whole = false;
  bool keep_specials = false;
  bool no_specials = false;
  bool specials_as_text = false;
  bool pairs = false;
  bool binary = false;
  int64_t truncate = -1;
  std::string pad;

  PipeOptions pipe(const Context& context) const {
    PipeOptions options;
    options.threads = std::max<int64_t>(context.global.threads, 0);
    options.frame = !no_specials;
    options.special = specials_as_text ? SpecialText::text : SpecialText::token;
    options.pairs = pairs;
    if (truncate >= 0) options.truncate = truncate;
    if (!pad.empty()) options.pad = pad == "longest" ? 0 : std::stoll(pad);
    options.format = json ? EncodeFormat::json : tokens ? EncodeFormat::tokens : EncodeFormat::ids;
    options.unit = whole ? TextUnit::whole : TextUnit::lines;
    options.invalid = invalid_utf8_mode(invalid_utf8);
    options.keep_specials = keep_specials;
    return options;
  }
  std::vector<std::string> inputs() const { return files.empty() ? std::vector<std::string>{"-"} : files; }
};

using Command = std::shared_ptr<TokenizeCommand>;

void add_invalid_utf8(CLI::App& verb, const Command& command) {
  verb.add_option("--invalid-utf8", command->invalid_utf8,
                  "refuse, replace or keep bytes that are not UTF-8; keep is for tokenizers of bytes")
      ->check(CLI::IsMember({"refuse", "replace", "keep"}));
}

/// A verb that reads a tokenizer and a stream.
CLI::App* add_filter(CLI::App& tokenize, const Command& command, const std::string& name,
                     const std::string& description, const std::string& examples) {
  CLI::App* verb = add_verb(tokenize, name, description, examples);
  verb->add_option("TOKENIZER", command->tokenizer, "tokenizer.json")->required();
  verb->add_option("FILE", command->files, "input, .gz and .zst too; stdin when absent or -");
  return verb;
}

void encode(const TokenizeCommand& command, const Context& context) {
  const auto tokenizer = load_tokenizer(command.tokenizer);
  PipeOptions options = command.pipe(context);
  const bool binary = command.binary || command.output.ends_with(".bin");
  if (!binary) {
    Output output(command.output);
    options.flush_each_line = output.is_terminal();
    encode_stream(*tokenizer, command.inputs(), output.stream(), options);
    output.finish();
    return;
  }
  if (command.output.empty() || command.output == "-") throw Error("--binary: needs a file (-o corpus.bin)");
  encode_token_file(*tokenizer, command.inputs(), command.output, options);
}

void add_encode(CLI::App& tokenize, const Command& command, const Context& context) {
  CLI::App* verb = add_filter(tokenize, command, "encode", "text to ids, one line for each line",
                              "  seqtool tokenize encode tokenizer.json < text > ids\n"
                              "  echo 'To be' | seqtool tokenize encode tokenizer.json --tokens\n"
                              "  seqtool tokenize encode tokenizer.json corpus.gz --whole -o corpus.bin\n");
  CLI::Option* ids = verb->add_flag_callback(
      "--ids", [] {}, "ids between spaces (default)");
  CLI::Option* tokens = verb->add_flag("--tokens", command->tokens, "tokens between spaces")->excludes(ids);
  CLI::Option* json =
      verb->add_flag("--json", command->json, "ids, tokens and offsets as JSON")->excludes(tokens)->excludes(ids);
  verb->add_flag("--whole", command->whole, "a file is one text, its line breaks are tokens");
  verb->add_option("-o,--output", command->output, "file to write; with .bin at its end a token file, - is stdout");
  verb->add_flag("--binary", command->binary, "write a token file, whatever its name")
      ->excludes(ids)
      ->excludes(tokens)
      ->excludes(json);
  verb->add_flag("--no-specials", command->no_specials, "without what the template puts around a text");
  verb->add_flag("--specials-as-text", command->specials_as_text, "<s> in a text is text, not the special token");
  verb->add_flag("--pairs", command->pairs, "a line is two texts with a tab between them");
  verb->add_option("--truncate", command->truncate, "cut to so many tokens")->check(at_least(0));
  verb->add_option("--pad", command->pad, "fill up to so many tokens, or to the longest line")
      ->check([](const std::string& text) {
        const bool number = !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == text.npos;
        return text == "longest" || (number && std::stoll(text) > 0)
                   ? ""
                   : text + " is neither a number above 0 nor longest";
      });
  add_invalid_utf8(*verb, command);
  verb->callback([command, &context] { encode(*command, context); });
}

void add_decode(CLI::App& tokenize, const Command& command, const Context& context) {
  CLI::App* verb = add_filter(tokenize, command, "decode", "ids to text, one line for each line",
                              "  seqtool tokenize decode tokenizer.json < ids > text\n");
  verb->add_flag("--whole", command->whole, "lines of ids are pieces of one text");
  verb->add_flag("--keep-specials", command->keep_specials, "write special tokens too");
  verb->add_option("-o,--output", command->output, "file to write; - is stdout");
  verb->callback([command, &context] {
    const auto tokenizer = load_tokenizer(command->tokenizer);
    Output output(command->output);
    PipeOptions options = command->pipe(context);
    options.flush_each_line = output.is_terminal();
    decode_stream(*tokenizer, command->inputs(), output.stream(), options);
    output.finish();
  });
}

void add_info(CLI::App& tokenize, const Command& command, const Context& context) {
  CLI::App* verb = add_verb(tokenize, "info", "show a vocabulary, with counts and coverage of some text",
                            "  seqtool tokenize info tokenizer.json\n"
                            "  seqtool tokenize info tokenizer.json corpus.txt --json\n");
  verb->add_option("TOKENIZER", command->tokenizer, "tokenizer.json")->required();
  verb->add_option("FILE", command->files, "texts to count tokens in; - is stdin");
  verb->add_flag("--json", command->json, "one JSON object");
  add_invalid_utf8(*verb, command);
  verb->callback([command, &context] {
    print_info(*load_tokenizer(command->tokenizer), command->files, std::cout, command->pipe(context));
  });
}

}  // namespace

void add_tokenize(CLI::App& app, Context& context) {
  CLI::App* tokenize = add_verb(app, "tokenize", "train a tokenizer, turn text into tokens or ids and back",
                                "  seqtool tokenize train --type char corpus.txt -o tokenizer.json\n"
                                "  seqtool tokenize encode tokenizer.json < text > ids\n"
                                "  seqtool tokenize decode tokenizer.json < ids > text\n");
  tokenize->require_subcommand(1);
  const auto command = std::make_shared<TokenizeCommand>();
  add_tokenize_train(*tokenize, context);
  add_tokenize_count(*tokenize, context);
  add_tokenize_phrases(*tokenize, context);
  add_encode(*tokenize, command, context);
  add_decode(*tokenize, command, context);
  add_info(*tokenize, command, context);
}

}  // namespace seq::apps
