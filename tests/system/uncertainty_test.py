"""Searches whose objectives are about how sure a network is: passes with dropout, and folds."""

import json

import program
from tiny_training import SPACE, write_experiment

POOL = "  - global_average_pool\n"
DROPS = SPACE.replace(POOL, POOL + "  - dropout: {rate: 0.3}\n")
MAY_DROP = SPACE.replace(POOL, POOL + "  - choose: [identity, {dropout: {rate: 0.3}}]\n")
FOLDS = ["--set", "data.folds=3", "--set", "data.validation=auto"]
PASSES = ["--set", "training.mc_dropout=4"]
SURE = [{"maximize": "val_accuracy - val_accuracy_std"}, {"minimize": "mc_mutual_information"}]


class UncertaintyTest(program.SystemTest):
    def experiment(self, space=DROPS, objectives=SURE, evaluations=3):
        return write_experiment(self.folder, evaluations=evaluations, space=space, objectives=objectives)

    def check(self, experiment, *more):
        return self.nas("search", experiment, "--check", *more)

    def test_objectives_may_name_them(self):
        experiment = self.experiment()
        said = self.check(experiment, *FOLDS, *PASSES)
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn("3 folds of 106 training and 54 validation records", said.stdout)
        self.good("search", experiment, "--run", self.run_folder, "--workers", 1, *FOLDS, *PASSES)
        self.assert_each_done_once(3)
        for row in self.trials():
            self.assertEqual(row["state"], "complete")
            self.assertGreater(float(row["mc_mutual_information"]), 0)
            self.assertGreaterEqual(float(row["mc_entropy"]), float(row["mc_mutual_information"]))
            self.assertGreaterEqual(float(row["val_accuracy_std"]), 0)
            self.assertGreater(float(row["val_loss_std"]), 0)
        for _, points in self.query("SELECT number, points FROM nas_curves"):
            self.assertEqual([epoch for epoch, _ in json.loads(points)], [1, 2])

    def test_they_are_unknown_where_nothing_measures_them(self):
        said = self.check(self.experiment(), *FOLDS)
        self.assertEqual(said.returncode, 1)
        self.assertIn("'mc_mutual_information' is no metric that training reports", said.stderr)
        said = self.check(self.experiment(), *PASSES)
        self.assertIn("'val_accuracy_std' is no metric that training reports", said.stderr)

    def test_networks_without_dropout(self):
        objectives = [{"minimize": "mc_loss"}]
        said = self.check(self.experiment(SPACE, objectives), *PASSES)
        self.assertEqual(said.returncode, 1)
        self.assertIn("training.mc_dropout: 4 passes, but the network has no dropout", said.stderr)
        experiment = self.experiment(MAY_DROP, objectives, evaluations=8)
        said = self.check(experiment, *PASSES)
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertRegex(said.stdout, r"training.mc_dropout: \d+ of 100 random networks of tiny have no dropout")
        self.good("search", experiment, "--run", self.run_folder, "--workers", 1, *PASSES)
        failures = self.status()["failures"]
        self.assertEqual(set(failures), {"invalid"})
        self.assertLess(failures["invalid"], 8)

    def test_folds_and_a_fixed_size_of_validation_do_not_go_together(self):
        said = self.check(self.experiment(), "--set", "data.folds=3", *PASSES)
        self.assertEqual(said.returncode, 1)
        self.assertIn("data.folds: 3, but data.validation is given too", said.stderr)

    def test_a_full_training_of_a_search_by_folds(self):
        self.good("search", self.experiment(), "--run", self.run_folder, "--workers", 1, *FOLDS, *PASSES)
        final = self.folder / "final.yaml"
        final.write_text("architecture: {run: run, best: val_accuracy}\n")
        said = self.good("train", final, "--check")
        self.assertIn("106", said)
        final.write_text("architecture: {run: run, best: val_accuracy}\n"
                         "data: {set: idx, folder: images, folds: 3}\n")
        refused = self.nas("train", final, "--check")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("a full training makes one network", refused.stderr)


if __name__ == "__main__":
    program.main()
