// seqtool vectors: what its verbs share, and conversion between formats.
#include "vectors.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <iostream>
#include <map>

#include "base/error.h"

namespace seq::apps {
namespace {

struct ConvertCommand : VectorsCommand {
  using VectorsCommand::VectorsCommand;
  std::string output;
  std::string format;
};

const std::map<std::string, vectors::Format>& formats() {
  static const std::map<std::string, vectors::Format> names = {{"text", vectors::Format::word2vec_text},
                                                               {"bin", vectors::Format::word2vec_binary},
                                                               {"glove", vectors::Format::glove},
                                                               {"vec", vectors::Format::word2vec_text},
                                                               {"npy", vectors::Format::npy},
                                                               {"safetensors", vectors::Format::safetensors}};
  return names;
}

vectors::Format output_format(const ConvertCommand& command) {
  if (!command.format.empty()) return formats().at(command.format);
  std::string extension = fs::path(command.output).extension().string();
  if (!extension.empty()) extension.erase(0, 1);
  if (extension == "txt") extension = "text";
  const auto found = formats().find(extension);
  if (found != formats().end()) return found->second;
  throw Error(command.output +
              ": its name tells no format (.txt, .bin, .vec, .npy, .safetensors); choose one by "
              "--format text, bin, glove, vec, npy or safetensors");
}

void convert(const ConvertCommand& command) {
  const bool model = command.format == "fasttext";
  const vectors::Format format = model ? vectors::Format::word2vec_text : output_format(command);
  const vectors::WordVectors vectors = command.vectors();
  if (model) {
    vectors::write_fasttext(command.output, vectors);
  } else {
    vectors::write_vectors(command.output, vectors.view(), format);
  }
  if (command.json)
    std::cout << json_line({{"output", command.output}, {"words", vectors.size()}, {"dimension", vectors.dimension()}})
              << "\n";
  command.context.session().log->info("{}: {} words, {} numbers each", command.output, vectors.size(),
                                      vectors.dimension());
}

void add_convert(CLI::App& parent, Context& context) {
  const auto command = std::make_shared<ConvertCommand>(context);
  CLI::App* verb = add_vectors_verb(parent, *command, "convert", "write word vectors in another format",
                                    "  seqtool vectors convert vectors.txt -o vectors.bin\n"
                                    "  seqtool vectors convert vectors.txt -o vectors.safetensors\n"
                                    "  seqtool vectors convert vectors.txt --limit 100 --format glove -o small.txt\n");
  verb->add_option("-o,--output", command->output, "file to write; npy and safetensors get NAME.vocabulary.txt beside")
      ->required();
  verb->add_option(
          "--format", command->format,
          "text, bin (both word2vec), glove, vec (fastText), npy, safetensors; fasttext: its model, with sub-words")
      ->check(CLI::IsMember({"text", "bin", "glove", "vec", "npy", "safetensors", "fasttext"}));
  verb->add_flag("--json", command->json, "print what was written as one JSON object");
  verb->callback([command] { convert(*command); });
}

}  // namespace

vectors::WordVectors VectorsCommand::vectors() const {
  vectors::LoadOptions options = load;
  options.threads = threads();
  return vectors::load_vectors(path, options);
}

CLI::App* add_vectors_verb(CLI::App& parent, VectorsCommand& command, const std::string& name,
                           const std::string& description, const std::string& examples) {
  CLI::App* verb = add_verb(parent, name, description, examples);
  verb->add_option(
          "VECTORS", command.path,
          "run folder, or a file of word2vec, GloVe, fastText (.vec, .bin), npy or safetensors; .gz and .zst too")
      ->required();
  verb->add_option("--vocabulary", command.load.vocabulary, "words of an npy or safetensors file, one on each line");
  verb->add_option("--tensor", command.load.tensor, "of a safetensors file (vectors, or the only matrix)");
  verb->add_option("--limit", command.load.limit, "read only the first words")->check(at_least(1));
  return verb;
}

void answer_lines(const VectorsCommand& command, const std::function<std::string(std::string_view line)>& answer) {
  const auto log = command.context.session().log;
  const bool flush = isatty(STDOUT_FILENO) != 0;
  LineReader reader("-");
  for (std::string_view line; reader.next(line);) {
    try {
      std::cout << answer(line) << "\n";
    } catch (const RunError&) {
      throw;
    } catch (const Error& error) {
      log->warn("stdin:{}: {}", reader.number(), error.what());
      if (command.json) std::cout << json_line({{"error", error.what()}});
      std::cout << "\n";
    }
    if (flush) std::cout.flush();
    if (!std::cout) return;
  }
}

std::string json_line(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

double short_number(float value) {
  char digits[32];
  *std::to_chars(digits, digits + sizeof digits - 1, value).ptr = '\0';
  return std::strtod(digits, nullptr);
}

std::string score_text(float score) {
  return fmt::format("{:.4f}", score);
}

void add_vectors(CLI::App& app, Context& context) {
  CLI::App* vectors = add_verb(app, "vectors", "ask, evaluate, convert and draw word vectors of any format",
                               "  seqtool vectors nearest vectors.txt king\n"
                               "  seqtool vectors analogy vectors.txt man king woman\n"
                               "  seqtool vectors convert vectors.txt -o vectors.safetensors\n");
  vectors->require_subcommand(1);
  add_vectors_queries(*vectors, context);
  add_vectors_eval(*vectors, context);
  add_convert(*vectors, context);
  add_vectors_project(*vectors, context);
}

}  // namespace seq::apps
