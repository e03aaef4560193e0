// seqtool ngram estimate, count and merge: text to counts, text or counts to a model.
#include <memory>

#include "cli.h"
#include "ngram/arpa_writer.h"
#include "ngram/binary_sink.h"
#include "ngram/counts_file.h"
#include "ngram/estimate.h"
#include "run/interruption.h"

namespace seq::apps {
namespace {

/// Makes an option of the command line out of every field: `discount_fallback` is `--discount-fallback`, those of a
/// nested struct stand with the others.
class OptionAdder {
 public:
  explicit OptionAdder(CLI::App& verb) : verb_(verb) {}

  template <class T>
  void operator()(const char* key, T& member, const char* help, const Constraint& constraint = {}) {
    if constexpr (requires { member.fields(*this); }) {
      member.fields(*this);
    } else {
      std::string name = "--" + std::string(key);
      std::replace(name.begin(), name.end(), '_', '-');
      CLI::Option* const option = verb_.add_option(name, member, help)->capture_default_str();
      if constexpr (std::is_same_v<T, bool>) option->type_name("0|1");
      if constexpr (std::is_same_v<T, std::vector<double>> || std::is_same_v<T, std::vector<int64_t>>)
        option->type_name("N ...");
      if (!constraint.choices.empty()) option->check(CLI::IsMember(constraint.choices));
      if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
        option->check(seq::apps::between(constraint.least, constraint.most));
      if (constraint.is_path) option->type_name("PATH");
    }
  }

 private:
  CLI::App& verb_;
};

/// Gives a model to two sinks.
class BothSinks : public ngram::ModelSink {
 public:
  BothSinks(std::unique_ptr<ModelSink> first, std::unique_ptr<ModelSink> second)
      : first_(std::move(first)), second_(std::move(second)) {}
  void begin(const std::vector<std::string>& vocabulary, const std::vector<uint64_t>& counts) override {
    first_->begin(vocabulary, counts);
    second_->begin(vocabulary, counts);
  }
  void add(int order, const ngram::NgramBatch& batch) override {
    first_->add(order, batch);
    second_->add(order, batch);
  }
  void finish() override {
    first_->finish();
    second_->finish();
  }

 private:
  std::unique_ptr<ModelSink> first_;
  std::unique_ptr<ModelSink> second_;
};

struct EstimateCommand {
  std::vector<std::string> files = {"-"};
  std::vector<std::string> counts;
  std::string arpa;
  std::string binary;
  std::string layout = "hashed";
  ngram::EstimateOptions options;
};

ngram::Work make_work(const Context& context) {
  const Session session = context.session();
  return {session.log, context.threads(), session.show_progress};
}

std::unique_ptr<ngram::ModelSink> make_sink(const EstimateCommand& command, int threads) {
  std::unique_ptr<ngram::ModelSink> arpa;
  if (command.binary.empty() || !command.arpa.empty())
    arpa = std::make_unique<ngram::ArpaWriter>(command.arpa.empty() ? "-" : command.arpa, threads);
  if (command.binary.empty()) return arpa;
  auto binary = ngram::make_binary_sink(command.binary, {ngram::layout_named(command.layout), command.options.temp});
  if (arpa == nullptr) return binary;
  return std::make_unique<BothSinks>(std::move(arpa), std::move(binary));
}

void run_estimate(const EstimateCommand& command, const Context& context) {
  const ngram::Work work = make_work(context);
  ngram::check_options(command.options);
  const InterruptionGuard guard;
  const std::unique_ptr<ngram::ModelSink> sink = make_sink(command, work.threads);
  if (command.counts.empty())
    ngram::estimate(command.files, command.options, *sink, work);
  else
    ngram::estimate_from_counts(command.counts, command.options, *sink, work);
}

struct CountCommand {
  std::vector<std::string> files = {"-"};
  std::string output;
  ngram::EstimateOptions options;
};

/// What counting has of the options of a model.
void add_count_options(CLI::App& verb, CountCommand& command) {
  verb.add_option("-o,--output", command.output, "counts file to write")->required()->type_name("FILE");
  verb.add_option("--memory", command.options.memory, "most memory to use: bytes with b, K, M, G or T behind, or %")
      ->capture_default_str();
  add_temp_option(verb, command.options.temp);
}

}  // namespace

void add_ngram_estimate(CLI::App& ngram, Context& context) {
  auto command = std::make_shared<EstimateCommand>();
  CLI::App* verb =
      add_verb(ngram, "estimate", "make a model out of text: ARPA on stdout, or files",
               "  seqtool ngram estimate --order 5 < corpus.txt > model.arpa\n"
               "  seqtool ngram estimate corpus.txt --order 3 --prune 0 0 1 -o model.arpa.gz\n"
               "  seqtool ngram estimate corpus.txt --order 4 --memory 2G --binary model.bin\n"
               "  seqtool ngram estimate corpus.txt --unit character --smoothing witten_bell -o chars.arpa\n");
  CLI::Option* files =
      verb->add_option("FILE", command->files, "text, a sentence a line, .gz and .zst too; stdin when absent or -");
  verb->add_option("--from-counts", command->counts, "counts files of `seqtool ngram count` in place of text")
      ->excludes(files)
      ->type_name("FILE ...");
  verb->add_option("-o,--output", command->arpa, "ARPA file, packed when named .gz or .zst; stdout when absent or -")
      ->type_name("FILE");
  verb->add_option("--binary", command->binary, "binary model to write, without ARPA unless -o is given too")
      ->type_name("FILE");
  add_layout_option(*verb, command->layout);
  OptionAdder adder(*verb);
  command->options.fields(adder);
  verb->callback([command, &context] { run_estimate(*command, context); });
}

void add_ngram_count(CLI::App& ngram, Context& context) {
  auto command = std::make_shared<CountCommand>();
  CLI::App* verb = add_verb(ngram, "count", "count the n-grams of text into a file, to be merged or made a model of",
                            "  seqtool ngram count --order 3 < corpus.txt -o corpus.counts\n"
                            "  seqtool ngram count corpus.txt --order 3 -o a.counts\n"
                            "  seqtool ngram estimate --from-counts a.counts --order 3 -o model.arpa\n");
  verb->add_option("FILE", command->files, "text, a sentence a line, .gz and .zst too; stdin when absent or -");
  verb->add_option("--order", command->options.order, "longest n-gram")
      ->check(between(1, ngram::kMaxOrder))
      ->capture_default_str();
  OptionAdder adder(*verb);
  command->options.words.fields(adder);
  add_count_options(*verb, *command);
  verb->callback([command, &context] {
    const InterruptionGuard guard;
    ngram::count_into(command->output, command->files, command->options, make_work(context));
  });
}

void add_ngram_merge(CLI::App& ngram, Context& context) {
  auto command = std::make_shared<CountCommand>();
  CLI::App* verb = add_verb(ngram, "merge", "add counts files up, as if their texts had been one",
                            "  seqtool ngram count corpus.txt --order 3 -o a.counts\n"
                            "  seqtool ngram count other.txt --order 3 -o b.counts\n"
                            "  seqtool ngram merge a.counts b.counts -o all.counts\n");
  verb->add_option("COUNTS", command->files, "files of `seqtool ngram count`, all of one order")->required();
  add_count_options(*verb, *command);
  verb->callback([command, &context] {
    const InterruptionGuard guard;
    ngram::merge_counts(command->output, command->files, command->options, make_work(context));
  });
}

}  // namespace seq::apps
