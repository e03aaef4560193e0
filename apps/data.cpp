// seqtool data: made-up data sets.
#include <iostream>
#include <memory>

#include "cli.h"
#include "numeric/generate.h"
#include "output.h"

namespace seq::apps {
namespace {

struct MakeCommand {
  numeric::GenerateOptions options;
  std::string out = "-";
};

void make(const MakeCommand& command, const Context& context) {
  numeric::GenerateOptions options = command.options;
  if (context.global.seed >= 0) options.seed = context.global.seed;
  options.check("--");
  std::string text;
  numeric::write_csv(numeric::generate(options), text);
  Output out(command.out);
  out.stream() << text;
  out.finish();
}

void add_make(CLI::App& data, Context& context) {
  auto command = std::make_shared<MakeCommand>();
  numeric::GenerateOptions& options = command->options;
  CLI::App* verb = add_verb(data, "make", "points as CSV with a header, the same for the same seed",
                            "  seqtool data make gates --gate and\n"
                            "  seqtool data make gaussians --classes 3\n"
                            "  seqtool data make moons --points 300 --noise 0.3 --seed 7 --out moons.csv\n"
                            "  seqtool data make cosine\n");
  verb->add_option("NAME", options.set,
                   "gates: a function of two bits; gaussians: two or three clouds; moons: two half circles that reach "
                   "into each other; cosine: cos(3 pi x / 2) with noise")
      ->required()
      ->check(CLI::IsMember({"gates", "gaussians", "moons", "cosine"}));
  verb->add_option("--gate", options.gate, "gates: and, or, nand, nor, xor (default) or xnor")
      ->check(CLI::IsMember({"and", "or", "nand", "nor", "xor", "xnor"}));
  verb->add_option("--classes", options.classes, "gaussians: 2 (default) or 3")->check(between(2, 3));
  verb->add_option("--points", options.points, "rows; absent: 20 or 300 for gaussians, 300 for moons, 30 for cosine")
      ->check(between(2, 10'000'000));
  verb->add_option("--noise", options.noise,
                   "standard deviation; absent: 1 for gaussians, 0.3 for moons, 0.1 for cosine")
      ->check(between(0, 1000));
  verb->add_option("-o,--out", command->out, "file to write; stdout when absent or -");
  verb->callback([command, &context] { make(*command, context); });
}

}  // namespace

void add_data(CLI::App& app, Context& context) {
  CLI::App* data = app.add_subcommand("data", "made-up data sets, for first steps and experiments");
  data->require_subcommand(1);
  add_make(*data, context);
}

}  // namespace seq::apps
