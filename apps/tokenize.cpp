// seqtool tokenize: train a tokenizer, and run one as a filter.
#include <unistd.h>

#include <iostream>
#include <memory>

#include "cli.h"
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

  PipeOptions pipe() const {
    PipeOptions options;
    options.format = json ? EncodeFormat::json : tokens ? EncodeFormat::tokens : EncodeFormat::ids;
    options.unit = whole ? TextUnit::whole : TextUnit::lines;
    options.invalid = invalid_utf8 == "replace" ? InvalidUtf8::replace : InvalidUtf8::refuse;
    options.keep_specials = keep_specials;
    options.flush_each_line = isatty(STDOUT_FILENO) != 0;
    return options;
  }
  std::vector<std::string> inputs() const { return files.empty() ? std::vector<std::string>{"-"} : files; }
};

using Command = std::shared_ptr<TokenizeCommand>;

void add_invalid_utf8(CLI::App& verb, const Command& command) {
  verb.add_option("--invalid-utf8", command->invalid_utf8, "refuse or replace bytes that are not UTF-8")
      ->check(CLI::IsMember({"refuse", "replace"}));
}

/// A verb that reads a tokenizer and a stream.
CLI::App* add_filter(CLI::App& tokenize, const Command& command, const std::string& name,
                     const std::string& description, const std::string& examples) {
  CLI::App* verb = add_verb(tokenize, name, description, examples);
  verb->add_option("TOKENIZER", command->tokenizer, "tokenizer.json")->required();
  verb->add_option("FILE", command->files, "input, .gz and .zst too; stdin when absent or -");
  return verb;
}

void add_encode(CLI::App& tokenize, const Command& command) {
  CLI::App* verb = add_filter(tokenize, command, "encode", "text to ids, one line for each line",
                              "  seqtool tokenize encode tokenizer.json < text > ids\n"
                              "  echo 'To be' | seqtool tokenize encode tokenizer.json --tokens\n");
  verb->add_flag_callback(
      "--ids", [] {}, "ids between spaces (default)");
  CLI::Option* tokens = verb->add_flag("--tokens", command->tokens, "tokens between spaces");
  verb->add_flag("--json", command->json, "ids, tokens and offsets as JSON")->excludes(tokens);
  verb->add_flag("--whole", command->whole, "a file is one text, its line breaks are tokens");
  add_invalid_utf8(*verb, command);
  verb->callback(
      [command] { encode_stream(*load_tokenizer(command->tokenizer), command->inputs(), std::cout, command->pipe()); });
}

void add_decode(CLI::App& tokenize, const Command& command) {
  CLI::App* verb = add_filter(tokenize, command, "decode", "ids to text, one line for each line",
                              "  seqtool tokenize decode tokenizer.json < ids > text\n");
  verb->add_flag("--whole", command->whole, "lines of ids are pieces of one text");
  verb->add_flag("--keep-specials", command->keep_specials, "write special tokens too");
  verb->callback(
      [command] { decode_stream(*load_tokenizer(command->tokenizer), command->inputs(), std::cout, command->pipe()); });
}

void add_info(CLI::App& tokenize, const Command& command) {
  CLI::App* verb = add_verb(tokenize, "info", "show a vocabulary, with counts and coverage of some text",
                            "  seqtool tokenize info tokenizer.json\n"
                            "  seqtool tokenize info tokenizer.json corpus.txt --json\n");
  verb->add_option("TOKENIZER", command->tokenizer, "tokenizer.json")->required();
  verb->add_option("FILE", command->files, "texts to count tokens in; - is stdin");
  verb->add_flag("--json", command->json, "one JSON object");
  add_invalid_utf8(*verb, command);
  verb->callback(
      [command] { print_info(*load_tokenizer(command->tokenizer), command->files, std::cout, command->pipe()); });
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
  add_encode(*tokenize, command);
  add_decode(*tokenize, command);
  add_info(*tokenize, command);
}

}  // namespace seq::apps
