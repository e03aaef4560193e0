"""seqtool config: checking, resolving, the reference page."""
import json

from support import TINY, CliTest, main, run


class Config(CliTest):
    def resolved(self, *sets, env=None):
        result = run("config", "resolve", TINY, *(f"--set={s}" for s in sets), env=env)
        return json.loads(self.succeeded(result).out)

    def test_resolving_fills_in_every_key_and_resolving_again_changes_nothing(self):
        config = self.resolved()
        self.assertEqual(config["model"]["dropout"], 0)
        self.assertEqual(config["train"]["optimizer"]["beta1"], 0.9)
        path = self.file("c.json", json.dumps(config))
        self.assertEqual(json.loads(self.succeeded(run("config", "resolve", path)).out), config)

    def test_values_are_json_where_they_parse_and_text_otherwise(self):
        config = self.resolved("train.max_steps=5", "train.clip_norm=null", "model.cell=gru", "data.split=[0.5,0.5]",
                               "train.random_offset=true")
        self.assertEqual(config["train"]["max_steps"], 5)
        self.assertIsNone(config["train"]["clip_norm"])
        self.assertEqual(config["model"]["cell"], "gru")
        self.assertEqual(config["data"]["split"], [0.5, 0.5])
        self.assertIs(config["train"]["random_offset"], True)

    def test_the_options_of_all_verbs_are_settings_too_and_the_last_setting_wins(self):
        result = self.succeeded(run("config", "resolve", TINY, "--seed", "9", "--threads", "3"))
        config = json.loads(result.out)
        self.assertEqual((config["seed"], config["threads"]), (9, 3))
        self.assertEqual(self.resolved("seed=3", "seed=4")["seed"], 4)

    def test_environment_variables_are_put_in_or_missed_by_name(self):
        path = self.file("c.json", """{"model": {"type": "char_rnn"}, "data": {"corpus": "${SEQ_TEST_PLACE}/x.txt"},
            "out": "${SEQ_TEST_OUT:-here}"}""")
        self.refused(run("config", "check", path), "data.corpus", "SEQ_TEST_PLACE")
        config = json.loads(self.succeeded(run("config", "resolve", path, env={"SEQ_TEST_PLACE": "/some"})).out)
        self.assertEqual(config["data"]["corpus"], ["/some/x.txt"])
        self.assertTrue(config["out"].endswith("/here"))

    def test_installed_configs_are_found_by_name_from_anywhere(self):
        result = self.succeeded(run("config", "check", "char_rnn/tiny", cwd=self.folder))
        self.assertEqual(result.out, "char_rnn/tiny: ok (char_rnn)\n")

    def test_the_reference_names_every_key_of_a_resolved_config(self):
        reference = self.succeeded(run("config", "docs")).out

        def keys(value, path):
            if not isinstance(value, dict):
                yield path
                return
            for key, inner in value.items():
                yield from keys(inner, f"{path}.{key}" if path else key)

        for key in keys(self.resolved(), ""):
            if key != "model.type":
                self.assertIn(f"`{key}`", reference)


if __name__ == "__main__":
    main()
