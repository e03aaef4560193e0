// The report page: self-contained, escaped, complete, and the same for the same runs.
#include "report/report.h"

#include "base/error.h"
#include "page_checks.h"
#include "report/html.h"
#include "run/metrics.h"
#include "test.h"

using namespace seq;
using Catch::Contains;
using seq::test::count;
using seq::test::require_well_formed;
using seq::test::TemporaryFolder;

namespace {

RunFolder make_run(const fs::path& folder, int64_t hidden_size, double loss) {
  const Json config = {{"model", {{"type", "char_rnn"}, {"hidden_size", hidden_size}}},
                       {"train", {{"batch_size", 50}}},
                       {"out", folder.string()}};
  RunFolder run = RunFolder::create(folder, config, Existing::refuse);
  MetricsLog log(run.metrics(), -1);
  for (int step = 10; step <= 100; step += 10) {
    log.write({{"kind", "train"},
               {"step", step},
               {"epoch", step / 50.0},
               {"loss", loss + 10.0 / step},
               {"learning_rate", 0.002},
               {"tokens_per_second", 1000 + step},
               {"seconds", step * 0.5},
               {"gradient_norm", step == 50 ? Json(nullptr) : Json(1.5)}});
    if (step % 50 == 0) {
      const double valid = step == 50 ? loss : loss + 0.25;
      log.write({{"kind", "valid"},
                 {"step", step},
                 {"epoch", step / 50.0},
                 {"loss", valid},
                 {"perplexity", 7.5},
                 {"bits_per_character", 2.25},
                 {"accuracy", 0.5}});
      log.write({{"kind", "sample"}, {"step", step}, {"text", "<script>alert('x')</script> & so\nsecond line"}});
    }
  }
  return run;
}

}  // namespace

TEST_CASE("the page of one run has its figures, charts, samples and config") {
  const TemporaryFolder folder;
  const std::string page = html_report({make_run(folder.path() / "first", 128, 1.5)});
  require_well_formed(page);
  REQUIRE_THAT(page, Contains("<h1>first</h1>") && Contains("<b>1.500</b><span>best validation loss</span>") &&
                         Contains("<b>50</b><span>at step</span>") &&
                         Contains("<b>50 s</b><span>training time</span>"));
  for (const char* title : {"Learning rate", "Tokens per second", "Gradient norm"})
    REQUIRE_THAT(page, Contains("<figcaption>" + std::string(title)));
  REQUIRE_THAT(page, Contains("<h2>Loss and accuracy</h2>") && Contains("accuracy (dashed)</text>"));
  REQUIRE(count(page, "<div class=\"tab\">") == 3);  // over steps, epochs, time
  REQUIRE_THAT(page, Contains("best validation loss 1.5 at step 50") && Contains("model.hidden_size"));
}

TEST_CASE("the page loads nothing and escapes everything") {
  const TemporaryFolder folder;
  const std::string page = html_report({make_run(folder.path() / "<i>&run", 128, 1.5)});
  require_well_formed(page);
  REQUIRE_THAT(page, Contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; so\nsecond line"));
  REQUIRE_THAT(page, Contains("&lt;i&gt;&amp;run") && !Contains("<i>&run") && !Contains("alert('"));
  REQUIRE(count(page, "<script>") == 1);
  REQUIRE(count(page, "://") == 1);  // the name space of SVG
  for (const char* loads : {"src=", "href=", "url(", "@import", "fetch("}) REQUIRE_THAT(page, !Contains(loads));
}

TEST_CASE("several runs are compared: the best in bold, differing keys marked, one colour each") {
  const TemporaryFolder folder;
  const std::string page =
      html_report({make_run(folder.path() / "a", 128, 1.5), make_run(folder.path() / "b", 256, 1.25)});
  require_well_formed(page);
  REQUIRE_THAT(page, Contains("<td class=\"number leads\">1.250</td>") && Contains("<td class=\"number\">1.500</td>"));
  REQUIRE(count(page, "<tr class=\"differs\"><th>model.hidden_size</th><td>128</td><td>256</td>") == 2);
  REQUIRE(count(page, "<tr class=\"differs\"><th>out") == 0);
  REQUIRE_THAT(page, Contains("a, validation") && Contains("b, validation"));
  REQUIRE(count(page, "accuracy (dashed)</text>") == 2);  // a chart of learning curves for each run
  REQUIRE_THAT(page, Contains("<figcaption>Accuracy"));   // and one that compares them
}

TEST_CASE("runs of the same name are told apart by their paths") {
  const TemporaryFolder folder;
  const std::string page =
      html_report({make_run(folder.path() / "x" / "run", 1, 1), make_run(folder.path() / "y" / "run", 1, 1)});
  REQUIRE_THAT(page, Contains((folder.path() / "x" / "run").string()) && Contains("The runs have the same config"));
}

TEST_CASE("a run that has only begun or diverged gives a page too") {
  const TemporaryFolder folder;
  const RunFolder run = RunFolder::create(folder.path() / "new", {{"model", {{"type", "lm"}}}}, Existing::refuse);
  REQUIRE_THAT(html_report({run}), Contains("new has logged nothing yet."));
  MetricsLog log(run.metrics(), -1);
  log.write({{"kind", "train"}, {"step", 0}, {"loss", nullptr}});
  require_well_formed(html_report({run}));
  log.write({{"kind", "train"}, {"step", 1}, {"loss", 1e300}});
  log.write({{"kind", "valid"}, {"step", 1}, {"loss", nullptr}});
  log.write({{"kind", "valid"}, {"step", 1}, {"loss", "text"}});
  log.write({{"kind", "sample"}, {"step", 1}});
  require_well_formed(html_report({run}));
  REQUIRE_THAT(html_report({run}), !Contains("nan") && !Contains("inf "));
}

TEST_CASE("the same runs give the same bytes, written in one step") {
  const TemporaryFolder folder;
  const std::vector<RunFolder> runs = {make_run(folder.path() / "a", 128, 1.5)};
  write_report(runs, folder.path() / "report.html");
  REQUIRE(read_file(folder.path() / "report.html") == html_report(runs));
  REQUIRE_THROWS_AS(write_report(runs, folder.path() / "absent" / "report.html"), RunError);
  REQUIRE_THROWS_AS(html_report({}), Error);
}

TEST_CASE("control characters are shown by their symbols") {
  REQUIRE(escape_html(std::string("a\0b\r\x1b\x7f\n\t<>", 10)) == "a␀b␍␛␡\n\t&lt;&gt;");
  REQUIRE(escape_html("naïve 日本") == "naïve 日本");
}

TEST_CASE("a counted model shows its n-grams and discounts") {
  const TemporaryFolder folder;
  RunFolder run = RunFolder::create(folder.path() / "counted", {{"model", {{"type", "ngram"}}}}, Existing::refuse);
  MetricsLog(run.metrics(), -1)
      .write(
          {{"kind", "train"}, {"step", 1}, {"ngrams", {90, 1234}}, {"discounts", {{0.5, 1, 1.5}, {0.61, 1.1, 1.4}}}});
  const std::string page = html_report({run});
  require_well_formed(page);
  CHECK_THAT(page, Contains("<td>2</td><td class=\"number\">1234</td><td class=\"number\">0.6100</td>"));
}
