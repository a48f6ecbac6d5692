"""`start_from:` and `auto`: what is decided when a run starts, and that it holds when the run goes on."""

import contextlib
import json
import shutil
import sqlite3

import gene_space
import program

ARCHITECTURES = "architectures:\n  first: {choices: {a: one, b: one, c: one, d: two}}\n" \
                "  last: {choices: {a: three, b: three, c: three, d: three}}\n"


class StartFromTest(program.SystemTest):
    def write(self, evaluations=12, **keys):
        experiment = gene_space.write_table_experiment(self.folder, evaluations, **keys)
        with open(self.folder / "four.yaml", "a") as space:
            space.write(ARCHITECTURES)
        return experiment

    def search(self, name, *more, **keys):
        self.run_folder = self.folder / name
        return self.nas("search", self.write(**keys), "--run", self.run_folder, *more)

    def genotypes(self):
        return [row["genotype"] for row in self.trials()]

    def origins(self):
        return [origin for (origin,) in self.query("SELECT origin FROM nas_trials ORDER BY number")]

    def test_names_and_genotypes_are_evaluated_first_each_once(self):
        done = self.search("run", start_from=["last", "1,1,1,1", "FIRST", "2,2,2,2"])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.genotypes()[:3], ["2,2,2,2", "1,1,1,1", "0,0,0,1"])
        self.assertEqual(self.origins()[:4], ["start", "start", "start", "sample"])
        self.assert_each_done_once(12)

    def test_a_run_starts_from_the_front_of_another(self):
        self.search("earlier", evaluations=40)
        front = [member["genotype"] for member in self.front()]
        self.search("run", start_from={"run": "earlier"}, algorithm="random")
        self.assertEqual(self.genotypes()[:len(front)], [genotype if isinstance(genotype, str) else
                                                         ",".join(map(str, genotype)) for genotype in front])

    def test_the_best_of_one_objective_come_in_their_order(self):
        objective = [{"maximize": "score"}]
        self.search("earlier", evaluations=40, objectives=objective)
        rows = sorted(self.trials(), key=lambda row: -float(row["score"]))
        self.search("run", start_from=[{"run": "earlier", "best": 5}], objectives=objective)
        self.assertEqual(self.genotypes()[:5], [row["genotype"] for row in rows[:5]])

    def test_the_check_lists_them_and_what_auto_chose(self):
        text = self.good("search", self.write(start_from=["last"]), "--check")
        self.assertIn("start from    2,2,2,2  (last)\n", text)
        self.assertIn("auto chose algorithm surrogate: ", text)

    def test_a_run_goes_on_with_them_though_the_earlier_one_is_gone(self):
        self.search("earlier", evaluations=20)
        start = {"start_from": [{"run": "earlier", "best": 3}, "first"]}
        self.search("run", **start)
        before = self.genotypes()
        shutil.rmtree(self.folder / "earlier")
        done = self.search("run", "--resume", "--set", "evaluations=20", **start)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.genotypes()[:12], before)
        self.assert_each_done_once(20)
        anew = self.search("anew", **start)
        self.assertEqual(anew.returncode, 1)
        self.assertIn("start_from.0: no run in ", anew.stderr)

    def test_other_names_are_another_config(self):
        self.search("run", start_from=["first"])
        done = self.search("run", "--resume", start_from=["last"])
        self.assertIn("start_from: [\"0,0,0,1\"] in the run, [\"2,2,2,2\"] now", done.stderr)

    def test_the_choice_of_auto_is_made_once(self):
        done = self.search("run", evaluations=20)
        self.assertIn("nas: auto chose algorithm surrogate: ", done.stderr)
        config = (self.run_folder / "config.yaml").read_text()
        self.assertIn("type: surrogate", config)
        self.assertEqual(self.status()["algorithm"]["type"], "surrogate")
        self.assertIn("because", self.status()["algorithm"])
        self.assertIn("\nalgorithm    surrogate (chosen by auto: ", self.good("status", self.run_folder))
        # However the rule may change: what the run says is kept.
        algorithm = config[config.index("algorithm:"):config.index("allow_duplicates:")]
        other = "algorithm:\n  because: of another rule\n  type: random\n"
        with contextlib.closing(sqlite3.connect(self.run_folder / "study.db")) as study:
            study.execute("UPDATE nas_meta SET value = ? WHERE key = 'config'", (config.replace(algorithm, other),))
            study.commit()
        text = self.good("search", self.write(evaluations=30), "--check", "--resume", "--run", self.run_folder)
        self.assertIn("auto chose algorithm random: of another rule", text)

    def test_a_run_keeps_the_algorithm_that_it_was_started_with_by_name(self):
        self.search("run", algorithm="random")
        done = self.search("run", "--resume", evaluations=20)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_each_done_once(20)
        self.assertEqual(self.status()["algorithm"], {"type": "random", "because": ""})
        done = self.search("run", "--resume", evaluations=20, algorithm="nsga2")
        self.assertIn("algorithm.type: \"random\" in the run, \"nsga2\" now", done.stderr)

    def test_a_run_of_another_space_is_no_start(self):
        self.search("earlier")
        text = (self.folder / "four.yaml").read_text().replace("c: {choose: [one, two, three]}", "c: {choose: [one, "
                                                                "too, three]}").replace(ARCHITECTURES, "")
        (self.folder / "four.yaml").write_text(text)
        experiment = self.folder / "experiment.yaml"
        with open(experiment, "a") as file:
            file.write("start_from: {run: earlier}\n")
        done = self.nas("search", experiment, "--check")
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{experiment}:5:1: start_from.0: ", done.stderr)
        self.assertIn("option 1 of gene 'c' is 'two' there and 'too' here", done.stderr)

    def test_candidates_of_a_run_that_are_over_a_limit_are_left_out(self):
        columns = {"type": "table", "file": "table.csv", "computed": ["price"]}
        self.search("earlier", evaluations=81)
        self.search("run", "--set", f"evaluator={json.dumps(columns)}", start_from={"run": "earlier", "best": 81},
                    evaluations=81, limits=["price <= 3"])
        self.assertTrue(all(float(row["price"]) <= 3 for row in self.trials()))
        done = self.search("other", "--set", f"evaluator={json.dumps(columns)}", start_from=["first"],
                           limits=["price < 0"])
        self.assertIn("start_from.0: 'first': it is over one of `limits`", done.stderr)


if __name__ == "__main__":
    program.main()
