"""Several nas-trainer processes train one network, each on its share of every batch, and give what one gives.

usage: data_parallel_test.py NAS_TRAINER [unittest arguments]
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

import idx_files
from network_graph import Graph

PROGRAM = None
PATIENCE_SECONDS = 120
TIMED = {"train_seconds", "images_per_second", "peak_memory_bytes"}


def network(batch_norm=True):
    graph = Graph(1, 12, 12)
    x = graph.conv(0, 8, stride=2)
    x = graph.add("relu", graph.add("batch_norm", x) if batch_norm else x)
    graph.exit("early", graph.add("linear", graph.add("flatten", x), units=4, bias=True), weight=0.5)
    y = graph.conv(x, 8)
    x = graph.add("add", x, graph.add("drop_path", graph.add("batch_norm", y) if batch_norm else y, rate=0.3))
    x = graph.add("dropout", graph.add("flatten", graph.add("relu", x)), rate=0.2)
    graph.add("linear", x, units=4, bias=True)
    return graph.json()


class DataParallelTest(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)
        idx_files.write_set(self.folder, 300, 12, 4)
        self.stores = 0

    def job(self, network, epochs=2, data=None, **training):
        # 203 records: the last batch of 11 is divided unevenly.
        return {"id": 1, "seed": 3, "budget": epochs, "network": network,
                "training": {"threads": 1, "batch_size": 32, "learning_rate": 0.05, **training},
                "data": {"set": "idx", "folder": str(self.folder), "train": 203, "validation": 80, **(data or {})}}

    def start(self, job):
        process = subprocess.Popen([PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        return process

    def start_all(self, job, size, **parallel):
        self.stores += 1
        store = self.folder / f"store-{self.stores}"
        return [self.start({**job, "parallel": {"rank": rank, "size": size, "store": str(store), **parallel}})
                for rank in range(size)]

    def answers(self, process):
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        self.assertEqual(process.returncode, 0, err)
        return [json.loads(line) for line in out.splitlines()]

    def curves(self, job, size, **parallel):
        """Of each process."""
        processes = [self.start(job)] if size == 1 else self.start_all(job, size, **parallel)
        return [[answer["metrics"] for answer in self.answers(process)] for process in processes]

    def assert_same_training(self, job, size, places=1e-5):
        alone, = self.curves(job, 1)
        together = self.curves(job, size)
        self.assertGreater(len(alone), 2)
        for curve in together:
            self.assertEqual(len(curve), len(alone))
            for mine, theirs in zip(curve, alone):
                for name in theirs.keys() - TIMED:
                    if name.endswith("loss") or "loss." in name:
                        self.assertLessEqual(abs(mine[name] - theirs[name]), places * abs(theirs[name]), name)
        for curve in together[1:]:
            for mine, first in zip(curve, together[0]):
                self.assertEqual({n: v for n, v in mine.items() if n not in TIMED},
                                 {n: v for n, v in first.items() if n not in TIMED})

    def test_two_follow_one(self):
        # 14 steps of 7 an epoch; beyond some 20 steps float32 rounding grows.
        self.assert_same_training(self.job(network()), 2)

    def test_three_follow_one_without_batch_norm(self):
        self.assert_same_training(self.job(network(batch_norm=False), optimizer="adamw", learning_rate=0.001,
                                           class_weights="balanced", label_smoothing=0.1, clip_norm=1.0), 3)

    def test_augmentation_is_that_of_the_whole_batch(self):
        self.assert_same_training(self.job(network(), crop_padding=2, flip=True, input_noise=0.1, cutout=4), 2)

    def test_records_that_are_read_during_training(self):
        self.assert_same_training(self.job(network(), data={"resident_mib": 0}), 2)

    def test_batch_norm_of_each_share_is_another_training(self):
        job = self.job(network())
        whole = self.curves(job, 2)[0][-1]["train_loss"]
        shares = self.curves(job, 2, sync_batch_norm=False)
        self.assertGreater(abs(shares[0][-1]["train_loss"] - whole), 1e-4 * whole)
        self.assertEqual(shares[0][-1]["val_loss"], shares[1][-1]["val_loss"])

    def test_checkpoints_go_on_with_another_number_of_processes(self):
        checkpoint = {"checkpoint": str(self.folder / "kept")}
        self.curves({**self.job(network(), epochs=1), "full_budget": 2, **checkpoint}, 2)
        resumed = self.curves({**self.job(network()), "full_budget": 2, **checkpoint}, 3)[0]
        whole, = self.curves({**self.job(network()), "full_budget": 2}, 1)
        self.assertEqual(len(resumed), len(whole))
        self.assertLessEqual(abs(resumed[-1]["val_loss"] - whole[-1]["val_loss"]), 1e-5 * whole[-1]["val_loss"])

    def test_the_death_of_one_fails_the_others_but_does_not_end_them(self):
        job = self.job(network(), epochs=5000)
        first, second = self.start_all(job, 2, patience=20)
        while json.loads(first.stdout.readline())["epoch"] < 2:
            pass
        second.kill()
        began = time.monotonic()
        small = {**self.job(network(), epochs=1), "id": 2}
        out, err = first.communicate(json.dumps(small) + "\n", timeout=PATIENCE_SECONDS)
        self.assertEqual(first.returncode, 0, err)
        answers = [json.loads(line) for line in out.splitlines()]
        failed = next(answer for answer in answers if "error" in answer)
        self.assertEqual(failed["id"], 1)
        self.assertIn("val_loss", answers[-1]["metrics"])
        self.assertLess(time.monotonic() - began, PATIENCE_SECONDS)

    def test_one_that_never_comes_is_waited_for_only_so_long(self):
        self.stores += 1
        alone = self.start({**self.job(network()), "parallel": {"rank": 0, "size": 2, "patience": 2,
                                                                "store": str(self.folder / "lonely")}})
        error = self.answers(alone)[-1]["error"]
        self.assertIn("parallel", error)

    def test_a_plan_that_is_none(self):
        for plan in ({}, {"rank": 2, "size": 2, "store": "x"}, {"rank": "0", "size": 2, "store": "x"}):
            answer, = self.answers(self.start({**self.job(network()), "parallel": plan}))
            self.assertTrue(answer["error"].startswith("parallel: expected"), answer)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
