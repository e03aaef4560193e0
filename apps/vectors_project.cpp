// seqtool vectors project: words and their neighbours as a picture.
#include <fmt/format.h>

#include <iostream>

#include "base/error.h"
#include "report/scatter.h"
#include "vectors.h"
#include "vectors/neighbourhood.h"
#include "vectors/projection.h"

namespace seq::apps {
namespace {

struct ProjectCommand : VectorsCommand {
  using VectorsCommand::VectorsCommand;
  std::vector<std::string> seeds;
  int64_t count = 10;
  std::string method = "tsne";
  std::string output;
  std::string csv;
  vectors::TsneOptions tsne;
};

std::vector<vectors::PlanePoint> project_rows(const ProjectCommand& command, const vectors::WordVectors& vectors,
                                              const std::vector<vectors::ClusterWord>& words) {
  const std::vector<float> rows = vectors::unit_rows(vectors, words);
  if (command.method == "pca") return vectors::principal_plane(rows, vectors.dimension());
  vectors::TsneOptions options = command.tsne;
  if (command.context.global.seed >= 0) options.seed = static_cast<uint64_t>(command.context.global.seed);
  options.threads = command.threads();
  return vectors::tsne(rows, vectors.dimension(), options);
}

/// A field between quotes where it must be (RFC 4180).
std::string csv_field(std::string_view text) {
  if (text.find_first_of("\",\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

void project(const ProjectCommand& command) {
  const std::string extension = fs::path(command.output).extension().string();
  if (!command.output.empty() && extension != ".svg" && extension != ".html")
    throw Error(command.output + ": expected a name that ends in .svg or .html");
  if (command.output.empty() && command.csv.empty() && !command.json)
    throw Error("nothing to write: give --output, --csv or --json");
  const vectors::WordVectors vectors = command.vectors();
  const auto words = vectors::neighbourhood(vectors, command.seeds, command.count, command.threads());
  const std::vector<vectors::PlanePoint> places = project_rows(command, vectors, words);

  Scatter scatter;
  std::string csv = "word,seed,x,y,cosine\n";
  Json points = Json::array();
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string word(vectors.words()[words[i].row]);
    const std::string& seed = command.seeds[words[i].cluster];
    const std::string title = words[i].is_seed ? word : fmt::format("{} ({} {:.3f})", word, seed, words[i].cosine);
    scatter.points.push_back({places[i][0], places[i][1], word, title, words[i].cluster, words[i].is_seed});
    csv += fmt::format("{},{},{:.6g},{:.6g},{:.6g}\n", csv_field(word), csv_field(seed), places[i][0], places[i][1],
                       words[i].cosine);
    points.push_back({{"word", word}, {"seed", seed}, {"x", places[i][0]}, {"y", places[i][1]}});
    points.back()["cosine"] = short_number(words[i].cosine);
  }
  const std::string name = fs::path(command.path).filename().string() + ", " + command.method;
  if (!command.output.empty())
    write_file_atomic(command.output, extension == ".svg" ? draw(scatter) : scatter_page(name, scatter));
  if (!command.csv.empty()) write_file_atomic(command.csv, csv);
  if (command.json) std::cout << json_line({{"method", command.method}, {"points", std::move(points)}}) << "\n";
  command.context.session().log->info("{} words in {} clusters", words.size(), command.seeds.size());
}

}  // namespace

void add_vectors_project(CLI::App& vectors, Context& context) {
  const auto command = std::make_shared<ProjectCommand>(context);
  CLI::App* verb = add_vectors_verb(vectors, *command, "project", "draw words and their nearest words as clusters",
                                    "  seqtool vectors project vectors.txt --seeds king,cat -o words.svg\n"
                                    "  seqtool vectors project vectors.txt --seeds king,cat -k 4 --method pca "
                                    "-o words.html --csv words.csv\n");
  verb->add_option("--seeds", command->seeds, "words between commas")->delimiter(',')->required();
  verb->add_option("-k,--count", command->count, "nearest words of each seed (10)")->check(between(0, 1000));
  verb->add_option("--method", command->method, "tsne (Barnes-Hut, default) or pca")
      ->check(CLI::IsMember({"tsne", "pca"}));
  verb->add_option("--perplexity", command->tsne.perplexity, "of t-SNE: neighbours that count (30)")
      ->check(between(1, 1000));
  verb->add_option("--iterations", command->tsne.iterations, "of t-SNE (1000)")->check(between(1, 100000));
  verb->add_option("-o,--output", command->output, "picture to write, .svg or .html");
  verb->add_option("--csv", command->csv, "also write word, seed, x, y, cosine as CSV");
  verb->add_flag("--json", command->json, "print the same as one JSON object");
  verb->callback([command] { project(*command); });
}

}  // namespace seq::apps
