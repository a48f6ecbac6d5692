"""Searches in one process over a small table: budgets, fronts, counts, replay."""

import contextlib
import json
import sqlite3

import gene_space
import program


def without_times(trials):
    return [{key: value for key, value in row.items() if key not in ("seconds", "worker")} for row in trials]


class SearchTest(program.SystemTest):
    def search(self, *more, evaluations=40, **keys):
        experiment = gene_space.write_table_experiment(self.folder, evaluations, **keys)
        return self.good("search", experiment, "--run", self.run_folder, *more)

    def search_anew(self, name, *more):
        self.run_folder = self.folder / name
        self.search(*more)
        return without_times(self.trials())

    def assert_results_are_the_tables(self):
        for row in self.trials():
            genes = tuple(int(gene) for gene in row["genotype"].split(","))
            expected = gene_space.metrics_of(genes)
            self.assertEqual((float(row["score"]), float(row["price"])), (expected["score"], expected["price"]))

    def test_every_algorithm_spends_its_budget_exactly(self):
        for algorithm in json.loads(self.good("algorithms", "--json")):
            name = algorithm["name"]
            if name == "asha":
                continue  # it needs epochs, of which this table has none
            objectives = [{"maximize": "score"}] if name == "aging_evolution" else [{"maximize": "score"},
                                                                                    {"minimize": "price"}]
            with self.subTest(name):
                self.run_folder = self.folder / name
                self.search(evaluations=37, objectives=objectives, algorithm=name)
                self.assert_each_done_once(37)
                self.assert_results_are_the_tables()
                genotypes = [row["genotype"] for row in self.trials()]
                self.assertEqual(len(set(genotypes)), 37, "something was evaluated twice")

    def test_what_it_prints_is_the_front_and_the_next_commands(self):
        out = self.search()
        for member in self.front():
            self.assertIn(f"\n{member['id']:>2} ", out)
        for command in ("status", "front", "trials"):
            self.assertIn(f" {command} {self.run_folder}", out)

    def test_messages_go_to_standard_error(self):
        experiment = gene_space.write_table_experiment(self.folder)
        done = self.nas("search", experiment, "--run", self.run_folder)
        self.assertIn("40/40 done, 0 running, 0 failed", done.stderr)
        self.assertIn("hypervolume", done.stderr)
        self.assertNotIn("done", done.stdout)

    def test_an_exhausted_space_ends_the_search_and_says_so(self):
        experiment = gene_space.write_table_experiment(self.folder, evaluations=500)
        done = self.nas("search", experiment, "--run", self.run_folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("exhausted", done.stderr)
        self.assert_each_done_once(gene_space.SIZE)
        self.assertEqual(len({row["genotype"] for row in self.trials()}), gene_space.SIZE)
        self.assertIn("exhausted", self.status()["ending"])

    def test_duplicates_only_where_they_are_allowed(self):
        self.search(evaluations=200, algorithm="random", allow_duplicates=True)
        self.assert_each_done_once(200)
        self.assertLessEqual(len({row["genotype"] for row in self.trials()}), gene_space.SIZE)

    def test_the_front_is_that_of_all_pairs_compared(self):
        self.search()
        rows = self.trials()
        points = [(float(row["score"]), float(row["price"])) for row in rows]
        expected = {rows[i]["id"]: points[i] for i in gene_space.non_dominated(points)}
        front = self.front()
        self.assertEqual({str(m["id"]): (m["objectives"]["score"], m["objectives"]["price"]) for m in front}, expected)
        names = ["one", "two", "three"]
        for member in front:
            genes = [int(gene) for gene in member["genotype"].split(",")]
            self.assertEqual(member["choices"], {name: names[gene] for name, gene in zip("abcd", genes)})
        scores = [member["objectives"]["score"] for member in front]
        self.assertEqual(scores, sorted(scores, reverse=True))
        text = self.good("front", self.run_folder).splitlines()
        self.assertEqual([line.split()[0] for line in text[1:]], [str(member["id"]) for member in front])

    def test_a_limit_keeps_what_breaks_it_off_the_front(self):
        self.search(limits=["price <= 3"])
        self.assert_each_done_once(40)
        rows = [row for row in self.trials() if float(row["price"]) <= 3]
        points = [(float(row["score"]), float(row["price"])) for row in rows]
        self.assertEqual({str(member["id"]) for member in self.front()},
                         {rows[i]["id"] for i in gene_space.non_dominated(points)})

    def test_an_expression_is_an_objective(self):
        self.search(objectives=[{"maximize": "score * (price + 1) ^ -0.5"}])
        best = max(self.trials(), key=lambda row: float(row["score"]) * (float(row["price"]) + 1) ** -0.5)
        self.assertEqual([str(member["id"]) for member in self.front()], [best["id"]])

    def test_the_status_counts(self):
        self.search()
        rows, status = self.trials(), self.status()
        self.assertEqual((status["state"], status["evaluations"], status["complete"], status["running"],
                          status["failed"], status["failures"]), ("finished", 40, 40, 0, 0, {}))
        self.assertEqual(status["front"], len(self.front()))
        self.assertEqual(status["best"], {"score": max(float(row["score"]) for row in rows),
                                          "price": min(float(row["price"]) for row in rows)})
        self.assertGreater(status["hypervolume"], 0)
        text = self.good("status", self.run_folder)
        self.assertIn("40 of 40 done", text)

    def test_a_genotype_without_a_row_is_a_failure_that_costs_an_evaluation(self):
        experiment = gene_space.write_table_experiment(self.folder, evaluations=500)
        table = (self.folder / "table.csv").read_text().splitlines()
        (self.folder / "table.csv").write_text("\n".join(table[:31]) + "\n")
        self.good("search", experiment, "--run", self.run_folder)
        self.assert_each_done_once(81)
        self.assertEqual((self.status()["complete"], self.status()["failures"]), (30, {"invalid": 51}))

    def test_the_same_seed_gives_the_same_trials_and_another_seed_others(self):
        first = self.search_anew("first")
        self.assertEqual(first, self.search_anew("second"))
        self.assertNotEqual(first, self.search_anew("third", "--set", "seed=2"))

    def test_the_resolved_config_runs_again_as_it_is(self):
        first = self.search_anew("first")
        config = self.folder / "first" / "config.yaml"
        self.run_folder = self.folder / "again"
        self.good("search", config, "--run", self.run_folder)
        self.assertEqual(without_times(self.trials()), first)
        self.assertEqual((self.run_folder / "config.yaml").read_text(), config.read_text())

    def test_a_longer_run_begins_like_a_short_one(self):
        # Of samples alone: others see more results where a run was drained before it went on.
        whole = self.search_anew("whole", "--set", "algorithm=random")
        self.search_anew("parts", "--set", "algorithm=random", "--set", "evaluations=7")
        for evaluations in (8, 23, 40):
            parts = self.search_anew("parts", "--resume", "--set", "algorithm=random", "--set",
                                     f"evaluations={evaluations}")
            self.assert_each_done_once(evaluations)
        self.assertEqual(parts, whole)

    def test_resuming_a_finished_run_changes_nothing(self):
        self.search()
        results, asked = self.results(), self.asked()
        self.search("--resume")
        self.assertEqual((self.results(), self.asked()), (results, asked))

    def test_tables_with_a_column_for_each_gene(self):
        by_genotype = self.search_anew("genotypes")
        rows = [f"{','.join(map(str, genes))},{m['score']!r},{m['price']!r}" for genes in gene_space.all_genotypes()
                for m in [gene_space.metrics_of(genes)]]
        columns = self.write("columns.csv", "\n".join(["a,b,c,d,score,price", *rows]) + "\n")
        self.assertEqual(self.search_anew("columns", "--set", f"evaluator.file={columns}"), by_genotype)


class TamperedStoreTest(program.SystemTest):
    """--resume replays the store; a candidate that comes out different means another config or program."""

    def setUp(self):
        super().setUp()
        self.experiment = gene_space.write_table_experiment(self.folder, evaluations=20)
        self.good("search", self.experiment, "--run", self.run_folder)

    def tamper(self, sql, *values):
        with contextlib.closing(sqlite3.connect(self.run_folder / "study.db")) as study:
            self.assertEqual(study.execute(sql, values).rowcount, 1)
            study.commit()

    def assert_not_resumed(self, hint):
        before = self.results(), self.asked()
        done = self.nas("search", self.experiment, "--run", self.run_folder, "--resume", "--set", "evaluations=25")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn(hint, done.stderr.splitlines()[-1])
        self.assertEqual((self.results(), self.asked()), before)

    def another(self, column, number):
        return self.query(f"SELECT {column} FROM nas_trials WHERE number = ?", number)[0][0]

    def test_another_genotype(self):
        self.tamper("UPDATE nas_trials SET genotype = ? WHERE number = 11", self.another("genotype", 12))
        self.assert_not_resumed("11")

    def test_another_seed(self):
        self.tamper("UPDATE nas_trials SET seed = seed + 1 WHERE number = 3")
        self.assert_not_resumed("3")

    def test_another_order_of_results(self):
        self.tamper("UPDATE nas_trials SET asked_after = asked_after + 5 WHERE number = 6")
        self.assert_not_resumed("contradicts")

    def test_untouched_it_goes_on(self):
        self.good("search", self.experiment, "--run", self.run_folder, "--resume", "--set", "evaluations=25")
        self.assert_each_done_once(25)


if __name__ == "__main__":
    program.main()
