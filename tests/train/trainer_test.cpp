// The training loop: resuming, validation, limits, early stopping, divergence.
#include "train/trainer.h"

#include <csignal>
#include <limits>

#include "base/error.h"
#include "run/metrics.h"
#include "test.h"
#include "toy.h"

using namespace seq;
using namespace seq::train;
using Catch::Matchers::Contains;
using seq::test::some_text;
using seq::test::TemporaryFolder;
using seq::test::token_file;
using seq::test::ToyModel;

namespace {

struct Killed {};

/// Passes another's batches on until the n-th, where it does something else first.
class Disturbed : public Batches {
 public:
  Disturbed(std::unique_ptr<Batches> inner, int64_t when, std::function<void()> what)
      : inner_(std::move(inner)), left_(when), what_(std::move(what)) {}
  void start_pass(int64_t pass, int64_t position) override { inner_->start_pass(pass, position); }
  int64_t batches_per_pass() const override { return inner_->batches_per_pass(); }
  bool next(Batch& batch) override {
    if (--left_ == 0) what_();
    return inner_->next(batch);
  }

 private:
  std::unique_ptr<Batches> inner_;
  int64_t left_;
  std::function<void()> what_;
};

/// All that makes training hard to resume.
TrainOptions hard_options() {
  TrainOptions options;
  options.batch_size = 3;
  options.window = 6;
  options.max_steps = 40;
  options.learning_rate = 0.02;
  options.log_every = 1;
  options.random_offset = true;
  options.average_decay = 0.9;
  options.smooth_loss = 0.9;
  options.eval_every_steps = 7;
  options.checkpoint_every_steps = 3;
  options.clip_norm = 1;
  options.sample_length = 0;
  options.schedule.type = "cosine";
  return options;
}

/// A run in a folder of its own.
class TestRun {
 public:
  TrainOptions options = hard_options();
  bool validate = true;
  double dropout = 0.3;
  std::function<Json(const Evaluation&)> metrics_of = [](const Evaluation& one) { return language_metrics(one); };

  /// One session: a fresh model and trainer, as a new process would have.
  void session(int64_t disturb_at = 0, const std::function<void()>& what = {}) {
    const RunFolder run = RunFolder::create(folder.path() / "run", {{"model", {{"type", "toy"}}}}, Existing::resume);
    const auto tokens = token_file(folder.path() / "train.bin", some_text(200), 7);
    Disturbed training(training_windows(tokens, options.batch_size, options.window,
                                        options.random_offset ? std::optional<uint64_t>(4) : std::nullopt),
                       disturb_at, what);
    EvalOptions eval;
    eval.batch_size = 2;
    const auto validation = evaluation_windows(token_file(folder.path() / "valid.bin", some_text(60), 7), eval);
    ToyModel model(dropout);
    Job job(model, training);
    if (validate) job.validation = validation.get();
    job.metrics = metrics_of;
    job.untrained_loss = std::log(7.0);
    const auto log = make_log({Verbosity::quiet, (folder.path() / "log.jsonl").string()});
    Trainer(job, options, run, *log).run(false);
    log->flush();
  }

  std::vector<Json> metrics(const std::string& kind) const {
    std::vector<Json> entries = read_metrics(folder.path() / "run/metrics.jsonl");
    std::erase_if(entries, [&](const Json& entry) { return entry.at("kind") != kind; });
    for (Json& entry : entries) {
      entry.erase("seconds");
      entry.erase("tokens_per_second");
    }
    return entries;
  }
  Checkpoint last() const { return read_checkpoint(folder.path() / "run/checkpoints/last.safetensors"); }
  std::string model() const { return read_file(folder.path() / "run/model.safetensors"); }
  std::string talk() const { return read_file(folder.path() / "log.jsonl"); }

  TemporaryFolder folder;
};

void require_same_end(const TestRun& one, const TestRun& other) {
  REQUIRE(one.metrics("train") == other.metrics("train"));
  REQUIRE(one.metrics("valid") == other.metrics("valid"));
  REQUIRE(one.model() == other.model());
  const Checkpoint a = one.last(), b = other.last();
  REQUIRE(a.tensors.size() == b.tensors.size());
  for (const auto& [name, tensor] : a.tensors) {
    CAPTURE(name);
    REQUIRE(tensor.equal(b.tensors.at(name)));
  }
}

}  // namespace

TEST_CASE("a run killed again and again ends as an unbroken one, bit for bit") {
  const std::string optimizer = GENERATE("adam", "momentum");
  TestRun whole, broken;
  whole.options.optimizer.type = broken.options.optimizer.type = optimizer;
  whole.session();
  REQUIRE(whole.metrics("train").size() == 40);
  REQUIRE(whole.metrics("valid").size() == 6);
  for (const int64_t kill_at : {2, 5, 9, 8, 12, 4, 6})
    REQUIRE_THROWS_AS(broken.session(kill_at, [] { throw Killed(); }), Killed);
  broken.session();
  require_same_end(whole, broken);
}

TEST_CASE("a signal saves at its step, and the run goes on from there") {
  TestRun whole, broken;
  whole.session();
  const auto signal = GENERATE(SIGINT, SIGTERM);
  for (const int64_t at : {5, 13}) {
    try {
      broken.session(at, [&] { std::raise(signal); });
      FAIL("not interrupted");
    } catch (const Interrupted& interrupted) {
      REQUIRE(interrupted.signal == signal);
      REQUIRE_THAT(interrupted.what(), Contains("--resume"));
    }
  }
  REQUIRE(broken.last().state.at("step") == 17);  // one call told of the end of a pass
  broken.session();
  require_same_end(whole, broken);
}

TEST_CASE("a signal at the last step does not take the last evaluation away") {
  TestRun whole, broken;
  whole.session();
  broken.session(43, [] { std::raise(SIGINT); });  // 40 steps, and the ends of three passes
  require_same_end(whole, broken);
}

TEST_CASE("validation in the middle changes no training loss") {
  TestRun often, never;
  never.options.eval_every_steps = 1000;
  never.validate = false;
  often.session();
  never.session();
  REQUIRE(often.metrics("train") == never.metrics("train"));
  REQUIRE(never.metrics("valid").empty());
}

TEST_CASE("the model saved is the best by validation, or the last without any") {
  TestRun run;
  run.options.average_decay = 0;
  run.options.learning_rate = 0.2;  // bounces
  run.session();
  double best = std::numeric_limits<double>::infinity();
  int64_t best_step = 0;
  for (const Json& entry : run.metrics("valid"))
    if (entry.at("loss").get<double>() < best) {
      best = entry.at("loss");
      best_step = entry.at("step");
    }
  const SafetensorsFile model(run.folder.path() / "run/model.safetensors");
  REQUIRE(model.metadata("step") == std::to_string(best_step));
  REQUIRE(run.last().state.at("best_loss").get<double>() == best);

  TestRun without;
  without.validate = false;
  without.options.average_decay = 0;
  without.session();
  const SafetensorsFile file(without.folder.path() / "run/model.safetensors");
  REQUIRE(file.metadata("step") == "40");
  REQUIRE(nn::to_tensors(file).at("head").equal(without.last().tensors.at("model.head")));
}

TEST_CASE("training learns") {
  TestRun run;
  run.options.max_steps = 200;
  run.dropout = 0;
  run.session();
  REQUIRE(run.metrics("train").front().at("loss").get<double>() == Approx(std::log(7.0)).margin(0.3));
  REQUIRE(run.metrics("train").back().at("loss").get<double>() < 1.6);
}

TEST_CASE("a loss that diverges names the step and keeps the last good checkpoint") {
  TestRun run;
  run.options.optimizer.type = "sgd";
  run.options.clip_norm.reset();
  run.session(0);
  const std::string good = read_file(run.folder.path() / "run/checkpoints/last.safetensors");
  run.options.max_steps = 80;
  run.options.learning_rate = 1e38;
  run.options.schedule.type = "constant";
  REQUIRE_THROWS_AS(run.session(), RunError);
  try {
    run.session();
    FAIL("did not diverge");
  } catch (const RunError& error) {
    REQUIRE_THAT(error.what(), Contains("diverged") && Contains("step 4") && Contains("learning_rate"));
    REQUIRE_THAT(error.what(), Contains("last good checkpoint is kept"));
  }
  REQUIRE(read_file(run.folder.path() / "run/checkpoints/last.safetensors") == good);
}

TEST_CASE("no step at all evaluates and saves the untrained model") {
  TestRun run;
  run.options.max_steps = 0;
  run.session();
  REQUIRE(run.metrics("train").empty());
  REQUIRE(run.metrics("valid").size() == 1);
  REQUIRE(run.last().state.at("step") == 0);
}

TEST_CASE("a finished run says so and changes nothing, a larger limit goes on with it") {
  TestRun run, whole;
  run.options.max_steps = 14;  // two evaluations, the second at the end
  run.options.schedule.horizon_steps = whole.options.schedule.horizon_steps = 40;
  run.session();
  const std::string before = run.model();
  run.session();
  REQUIRE_THAT(run.talk(), Contains("finished at step 14") && Contains("--resume"));
  REQUIRE(run.metrics("train").size() == 14);
  REQUIRE(run.model() == before);
  run.options.max_steps = 40;
  run.session();
  whole.session();
  require_same_end(whole, run);
}

TEST_CASE("the smallest of the limits ends the run, and one is needed") {
  TestRun run;
  run.options.max_epochs = 0.5;
  run.session();
  const int64_t per_pass = run.last().state.at("batches_per_pass").get<int64_t>();
  REQUIRE(run.metrics("train").size() == static_cast<size_t>((per_pass + 1) / 2));
  TestRun none;
  none.options.max_steps.reset();
  REQUIRE_THROWS_WITH(none.session(), Contains("no limit is set"));
}

TEST_CASE("a run stops early on the evaluation after its patience and stays stopped") {
  TestRun run;
  run.options.patience = 2;
  double next = 1;
  run.options.min_improvement = 100;  // nothing is an improvement after the first
  run.metrics_of = [&](const Evaluation&) { return Json{{"loss", next += 1}}; };
  run.session();
  REQUIRE(run.metrics("valid").size() == 4);
  REQUIRE(run.last().state.at("step") == 28);
  run.session();
  REQUIRE(run.metrics("valid").size() == 4);
  REQUIRE_THAT(run.talk(), Contains("train.patience"));
  run.options.patience = 3;
  run.session();
  REQUIRE(run.metrics("valid").size() == 5);
}

TEST_CASE("a checkpoint of another shape or without a part is refused by name") {
  TestRun run;
  run.session();
  const auto path = run.folder.path() / "run/checkpoints/last.safetensors";
  const Checkpoint good = run.last();
  run.options.max_steps = 50;
  for (const char* part : {"model.head", "optimizer.step", "generator.cpu", "average"}) {
    Checkpoint cut = good;
    for (auto it = cut.tensors.begin(); it != cut.tensors.end();)
      it = it->first.rfind(part, 0) == 0 ? cut.tensors.erase(it) : std::next(it);
    REQUIRE(cut.tensors.size() < good.tensors.size());
    write_checkpoint(path, cut);
    CAPTURE(part);
    REQUIRE_THROWS_WITH(run.session(), Contains("last.safetensors"));
  }
  Checkpoint stateless = good;
  stateless.state.erase("position");
  write_checkpoint(path, stateless);
  REQUIRE_THROWS_WITH(run.session(), Contains("last.safetensors") && Contains("--overwrite"));
}
