"""Searches that train with nas-trainer, on images that the test writes."""

import json

import program
from tiny_training import MEASURED, SPACE, write_experiment

class TrainingTest(program.SystemTest):
    def search(self, experiment, name="run", *more, ranks=None):
        self.run_folder = self.folder / name
        self.good("search", experiment, "--run", self.run_folder, *more, ranks=ranks)
        return self.trials()

    def computed(self, rows):
        """What must not depend on who trained when: everything but times, memory and the worker."""
        return [{key: value for key, value in row.items() if key not in MEASURED | {"seconds", "worker"}}
                for row in rows]

    def curves(self):
        return self.query("SELECT number, points FROM nas_curves ORDER BY number")

    def test_every_metric_and_the_learning_curve_are_reported(self):
        rows = self.search(write_experiment(self.folder, evaluations=3, epochs=3), "run", "--workers", 1)
        self.assert_each_done_once(3)
        for row in rows:
            self.assertEqual(row["state"], "complete")
            for metric in MEASURED | {"val_accuracy", "val_loss", "train_loss", "params", "macs"}:
                self.assertGreaterEqual(float(row[metric]), 0, metric)
            self.assertLessEqual(float(row["val_accuracy"]), 1)
        for (number, points), row in zip(self.curves(), rows):
            curve = json.loads(points)
            self.assertEqual((str(number), len(curve)), (row["id"], 3))
        cost = self.good("space", "cost", self.folder / "tiny.yaml", "--genotype", rows[0]["genotype"]).splitlines()[1]
        self.assertEqual(cost.rsplit(",", 3)[1:3], [f"{float(rows[0][name]):.0f}" for name in ("params", "macs")])

    def test_results_do_not_depend_on_the_number_of_workers(self):
        experiment = write_experiment(self.folder, algorithm="random")
        one = self.computed(self.search(experiment, "one", "--workers", 1))
        curves = self.curves()
        two = self.computed(self.search(experiment, "two", "--workers", 2))
        self.assertEqual(two, one)
        self.assertEqual(self.curves(), curves)
        self.assertGreater(len({row["val_loss"] for row in one}), 6, "all candidates trained to the same loss")
        other = self.computed(self.search(experiment, "other", "--workers", 2, "--set", "seed=2"))
        self.assertNotEqual([row["val_loss"] for row in other], [row["val_loss"] for row in one])

    def test_a_hyperparameter_gene_changes_the_training(self):
        rates = ("hyperparameters:\n  learning_rate: {choose: [0.0, 0.1]}\n")
        one_network = SPACE.replace("{choose: [4, 6, 8]}", "8").replace("choose: [relu, tanh, sigmoid]", "relu")
        space = one_network.replace("{choose: [1, 3, 5]}", "5") + rates
        rows = self.search(write_experiment(self.folder, evaluations=9, epochs=12, space=space,
                                            objectives=[{"maximize": "val_accuracy"}]), "run", "--workers", 1)
        self.assertEqual(sorted(row["genotype"] for row in rows), ["0", "1"], "the space has two points")
        accuracy = {row["genotype"]: float(row["val_accuracy"]) for row in rows}
        self.assertLess(accuracy["0"], 0.7, "it learned at a rate of 0")
        self.assertGreater(accuracy["1"], 0.8)

    def test_a_hyperparameter_that_the_trainer_does_not_know(self):
        for name, option, hint in [("learning_rat", "0.1", "'learning_rate'"), ("momentum", "1.5", "momentum")]:
            space = SPACE + f"hyperparameters:\n  {name}: {{choose: [0.1, {option}]}}\n"
            done = self.nas("search", write_experiment(self.folder, space=space), "--run", self.run_folder)
            self.assertEqual((done.returncode, len(done.stderr.splitlines())), (1, 1), done.stderr)
            self.assertIn(hint, done.stderr)
            self.assertFalse(self.run_folder.exists())

    def test_options_may_be_called_like_their_neighbours(self):
        space = SPACE.split("network:")[0] + (
            "network:\n  - choose: [relu, tanh]\n  - relu\n  - global_average_pool\n  - linear: {units: \"${classes}\"}\n")
        rows = self.search(write_experiment(self.folder, evaluations=2, space=space))
        self.assertEqual([row["state"] for row in rows], ["complete", "complete"])

    def test_a_training_that_diverges_is_a_failure_of_its_own(self):
        experiment = write_experiment(self.folder, evaluations=2, epochs=5)
        self.search(experiment, "run", "--set", "training.learning_rate=1e30", "--workers", 1)
        self.assert_each_done_once(2)
        self.assertEqual(self.status()["failures"], {"diverged": 2})

    def test_the_number_of_threads_is_kept_on_resume(self):
        experiment = write_experiment(self.folder, evaluations=2)
        self.search(experiment, "run", "--set", "training.threads=auto", "--workers", 1)
        config = (self.run_folder / "config.yaml").read_text()
        self.assertRegex(config, r"threads: [1-9]")
        self.search(experiment, "run", "--set", "training.threads=auto", "--workers", 2, "--resume", "--set",
                    "evaluations=4")
        threads = [line for line in config.splitlines() if "threads:" in line]
        now = [line for line in (self.run_folder / "config.yaml").read_text().splitlines() if "threads:" in line]
        self.assertEqual(now, threads)

    def test_the_resolved_config_trains_the_same(self):
        first = self.computed(self.search(write_experiment(self.folder, evaluations=3), "first", "--workers", 1))
        config = self.run_folder / "config.yaml"
        self.assertEqual(self.computed(self.search(config, "again")), first)


if __name__ == "__main__":
    program.main()
