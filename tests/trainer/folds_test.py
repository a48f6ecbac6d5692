"""Candidates trained by folds: what nas-trainer says against the same trainings one by one, and what a kill costs.

usage: folds_test.py NAS_TRAINER [unittest arguments]
"""

import json
import os
import pathlib
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import unittest

from network_graph import Graph

PROGRAM = None
TIMED = {"train_seconds", "images_per_second"}
ENVIRONMENT = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
RECORDS, FOLDS, EPOCHS = 61, 4, 6


def network():
    graph = Graph(3)
    x = graph.add("relu", graph.add("batch_norm", graph.add("linear", 0, units=8)))
    graph.exit("early", graph.add("linear", x, units=2, bias=True))
    graph.add("linear", graph.add("dropout", x, rate=0.2), units=2, bias=True)
    return graph.json()


def table(rows):
    return "a,b,c,class\n" + "".join(f"{row[0]!r},{row[1]!r},{row[2]!r},{row[3]}\n" for row in rows)


def make_rows():
    draw = random.Random(4)
    rows = []
    for _ in range(RECORDS):
        x = [draw.gauss(0, 1) for _ in range(3)]
        rows.append((*x, "yes" if x[0] + 0.5 * x[1] + draw.gauss(0, 0.7) > 0.3 else "no"))
    return rows


def untimed(metrics):
    return {name: value for name, value in metrics.items() if name not in TIMED}


class FoldsTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.rows = make_rows()
        (self.folder / "all.csv").write_text(table(self.rows))

    def job(self, id=1, training=None, data=None, **more):
        return {"id": id, "seed": 5, "budget": EPOCHS, "network": network(),
                "checkpoint": str(self.folder / "checkpoints" / str(id)),
                "training": {"threads": 1, "batch_size": 8, "learning_rate": 0.05, **(training or {})},
                "data": {"set": "table", "file": str(self.folder / "all.csv"), "split_seed": 3, "folds": FOLDS,
                         **(data or {})}, **more}

    def answers(self, *jobs):
        done = subprocess.run([PROGRAM], input="".join(json.dumps(job) + "\n" for job in jobs), capture_output=True,
                              text=True, env=ENVIRONMENT)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    def error(self, job):
        (answer,), _ = self.answers(job)
        return answer["error"]

    def test_the_mean_and_deviation_of_separate_trainings(self):
        answers, _ = self.answers(self.job())
        self.assertEqual([answer.get("epoch") for answer in answers], [0, 1, 2, 3, 4, 5, 6, None])
        result = answers[-1]["metrics"]
        singles = [self.alone(rows) for rows in self.folds_by_brute_force()]
        for name in ("val_loss", "val_accuracy", "val_auc", "val_loss.early", "train_loss"):
            values = [single[name] for single in singles]
            self.assertAlmostEqual(result[name], statistics.mean(values), places=6, msg=name)
            if name.startswith("val_"):
                base, dot, exit_name = name.partition(".")
                self.assertAlmostEqual(result[f"{base}_std{dot}{exit_name}"], statistics.stdev(values), places=6)
        self.assertGreater(result["val_loss_std"], 0)
        self.assertEqual(untimed(answers[-2]["metrics"]),
                         {name: result[name] for name in answers[-2]["metrics"]}, "the curve ends in the result")

    def folds_by_brute_force(self):
        """(training rows, validation rows) of each fold, as the documentation has it: classes dealt out one after the
        other, each in an order of the seed's. The order is that of Rng (nas/rng.h)."""
        mask = 2 ** 64 - 1

        def mix(x):
            x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
            x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
            return x ^ (x >> 31)

        golden, data_split = 0x9E3779B97F4A7C15, 4
        names = sorted({row[3] for row in self.rows})
        dealt = []
        for c, name in enumerate(names):
            key = mix(mix(mix((3 + golden) & mask) ^ c) ^ data_split)
            counter = 0
            records = [i for i, row in enumerate(self.rows) if row[3] == name]
            for left in range(len(records), 1, -1):
                drawn = -1
                while drawn < (2 ** 64 - left) % left:
                    counter += 1
                    drawn = mix((key + golden * counter) & mask)
                other = drawn % left
                records[left - 1], records[other] = records[other], records[left - 1]
            dealt += records
        folds = []
        for fold in range(FOLDS):
            judged = sorted(dealt[fold::FOLDS])
            folds.append(([self.rows[i] for i in range(RECORDS) if i not in judged], [self.rows[i] for i in judged]))
        return folds

    def alone(self, parts):
        for name, rows in zip(("train.csv", "validation.csv"), parts):
            (self.folder / name).write_text(table(rows))
        answers, _ = self.answers(self.job(id=9, data={"file": str(self.folder / "train.csv"), "folds": 0,
                                                       "validation_file": str(self.folder / "validation.csv")}))
        return answers[-1]["metrics"]

    def test_patience_counts_in_each_fold(self):
        answers, notes = self.answers(self.job(training={"patience": 1, "learning_rate": 0.5}))
        epochs = [answer["epoch"] for answer in answers[:-1]]
        self.assertEqual(epochs, list(range(len(epochs))))
        self.assertLess(len(epochs), EPOCHS + 1)

    def test_a_kill_goes_on_from_fold_and_epoch_to_the_same_bits(self):
        budget = {"budget": 40, "full_budget": 40}
        whole, _ = self.answers(self.job(id=1, **budget, checkpoint=str(self.folder / "aside")))
        job = self.job(id=1, training={"checkpoint_epochs": 7}, **budget)
        process = subprocess.Popen([PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
        self.addCleanup(process.communicate)
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        third = self.folder / "checkpoints" / "1" / "fold-3"
        while not (third.exists() and any(third.glob("*.safetensors"))):
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGKILL)
        process.wait()
        resumed, notes = self.answers(job)
        for fold in (1, 2):
            self.assertIn(f"fold {fold} of 4: goes on from {self.folder}/checkpoints/1/fold-{fold}/epoch-00040", notes)
        self.assertIn("fold 3 of 4: goes on from", notes)
        first, second = ([{**line, "metrics": untimed(line["metrics"])} for line in lines] for lines in (whole, resumed))
        self.assertEqual(first, second)

    def test_stages_carry_each_fold_on(self):
        budget = {"budget": EPOCHS, "full_budget": EPOCHS}
        whole, _ = self.answers(self.job(id=1, **budget))
        self.answers(self.job(id=2, budget=2, full_budget=EPOCHS))
        stage = self.job(id=3, **budget, continues=2, continue_from=str(self.folder / "checkpoints" / "2"))
        resumed, notes = self.answers(stage)
        self.assertEqual(notes.count("goes on from"), FOLDS)
        self.assertEqual(untimed(resumed[-1]["metrics"]), untimed(whole[-1]["metrics"]))

    def test_a_failure_says_which_fold_it_is_of(self):
        answers, _ = self.answers(self.job(training={"learning_rate": 1e30, "clip_norm": 0}))
        self.assertEqual(answers[-1]["failure"], "diverged")
        self.assertIn("fold 1 of 4: ", answers[-1]["error"])

    def test_streamed_data_give_the_same(self):
        results = []
        for mib in (2048, 0):
            metrics = untimed(self.answers(self.job(data={"resident_mib": mib}))[0][-1]["metrics"])
            del metrics["peak_memory_bytes"]
            results.append(metrics)
        self.assertEqual(results[0], results[1])

    def test_what_does_not_go_with_folds(self):
        self.assertIn("data.validation is given", self.error(self.job(data={"validation": 5})))
        self.assertIn("a validation part of their own",
                      self.error(self.job(data={"validation_file": str(self.folder / "all.csv")})))
        self.assertIn("1 fold", self.error(self.job(data={"folds": 1})))
        self.assertIn("data.folds: a final training",
                      self.error(self.job(final={"weights": str(self.folder / "weights")})))


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
